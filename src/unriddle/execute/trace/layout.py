"""The layout of a program as plain data, ready to go into the sandbox with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unriddle.language.blocks import EXIT, Scope

__all__ = ["layout"]


def layout(scopes: Sequence[Scope]) -> list[dict[str, Any]]:
    """One entry per scope; ``inside.layout.Place`` says what is in it."""
    return [_of(scope) for scope in scopes]


def _of(scope: Scope) -> dict[str, Any]:
    loops = []
    for head in scope.blocks:
        if head.body < 0:
            continue
        loops.append([head.number, head.body, head.lines[0]])
        if not head.decides:  # an endless loop, whose head may be skipped
            back = [b.number for b in scope.blocks if head.number in b.successors and head.number <= b.number]
            loops += [[number, head.body, head.lines[0]] for number in back if number != head.number]
    return {
        "name": scope.name,
        "line": scope.line,
        "lines": [list(block.lines) for block in scope.blocks],
        "again": [block.number for block in scope.blocks if block.number in block.successors],
        "decides": [[block.number, block.decides] for block in scope.blocks if block.decides],
        "leaves": [block.number for block in scope.blocks if EXIT in block.successors],
        "loops": loops,
    }
