"""What a tracer knows of a program before it runs: lines, blocks, branches and loops of each scope, as plain data.

The layout is made outside (``unriddle.execute.trace.layout``) and crosses into the sandbox; a ``Place`` is one scope of
it, and ``places`` says which code object belongs to which. Comprehensions, generator expressions and lambdas have code
objects of their own that lie in the scope around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any

__all__ = ["Place", "Places", "places"]


class Place:
    """One scope.

    Attributes:
        number: Its place in the layout.
        name: Its qualified name.
        blocks: Number of the block of each line.
        first: First line of each block.
        again: Blocks that may follow themselves.
        decides: Line of the condition that a block ends with, by block; only blocks that have one.
        leaves: Blocks from which the scope may be left.
        loops: Head line of the loop of which going from one block to another begins an iteration.
    """

    __slots__ = ("again", "blocks", "decides", "first", "leaves", "loops", "name", "number")

    def __init__(self, number: int, data: dict[str, Any]) -> None:
        self.number = number
        self.name: str = data["name"]
        self.blocks: dict[int, int] = {line: i for i, lines in enumerate(data["lines"]) for line in lines}
        self.first: list[int] = [lines[0] for lines in data["lines"]]
        self.again: set[int] = set(data["again"])
        self.decides: dict[int, int] = dict(data["decides"])
        self.leaves: set[int] = set(data["leaves"])
        self.loops: dict[tuple[int, int], int] = {(a, b): line for a, b, line in data["loops"]}


Places = dict[int, tuple[CodeType, Place, bool]]
"""By the identity of each code object (to hash one takes long): itself, its scope, and whether it is the scope's own
code (no lambda or the like)."""


def places(code: CodeType, layout: Sequence[dict[str, Any]]) -> Places:
    """The scope of every code object in ``code``."""
    known = {(data["line"], data["name"].rpartition(".")[2]): Place(i, data) for i, data in enumerate(layout)}
    return {id(inner): (inner, place, own) for inner, place, own in _walk(code, known, None)}


def _walk(
    code: CodeType, known: dict[tuple[int, str], Place], around: Place | None
) -> Iterator[tuple[CodeType, Place, bool]]:
    own = code.co_name[:1] != "<" or code.co_name == "<module>"
    place = known.get((max(1, code.co_firstlineno), code.co_name)) if own else around
    if place is not None:
        yield code, place, own
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _walk(constant, known, place)
