"""Worked examples for an explanation: those whose error and repair are most like the program's, the best one last.

Part of ``unriddle.methods.pyfixv``. Not covered: where examples come from.
"""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.language.loose_tokens import essential_tokens, token_distance
from unriddle.language.syntax_error import syntax_problem

__all__ = ["Shot", "choose_shots", "line_diff", "masked_line_diff", "masked_token_diff"]


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example: a broken program, its repair, and what an expert says of it."""

    buggy: str
    fixed: str
    explanation: str


def choose_shots(pool: Sequence[Shot], buggy: str, fixed: str, *, rng: np.random.Generator, n: int = 3) -> list[Shot]:
    """The ``n`` examples most like the repair of this program, the most alike last.

    They are compared by the parser's complaint, then by how far the edits of tokens, then those of lines, are apart
    (names and values masked); equals are drawn.

    Args:
        pool: Examples.
        buggy: The program.
        fixed: Its repair.
        rng: Orders equals.
        n: How many.
    """
    kind = _kind(buggy)
    tokens, lines = masked_token_diff(buggy, fixed), masked_line_diff(buggy, fixed)
    draws = rng.random(len(pool))
    keys = [
        (
            kind == _kind(shot.buggy),
            -token_distance(tokens, masked_token_diff(shot.buggy, shot.fixed)),
            -token_distance(lines, masked_line_diff(shot.buggy, shot.fixed)),
            float(draw),
        )
        for shot, draw in zip(pool, draws, strict=True)
    ]
    order = sorted(range(len(pool)), key=lambda k: keys[k])
    return [pool[k] for k in order[max(0, len(order) - n) :]]


def _kind(source: str) -> str:
    problem = syntax_problem(source)
    return problem.kind if problem else ""


def _masked(token: str) -> str:
    plain = keyword.iskeyword(token) or not token.strip() or not (token[0].isalnum() or token[0] in "_'\"")
    return token if plain else "M"


def masked_token_diff(buggy: str, fixed: str) -> list[str]:
    """The operations that turn one program's tokens into the other's; names and values masked.

    >>> masked_token_diff("if x\\n  y", "if x:\\n  y")
    ['Add :']
    """
    old, new = essential_tokens(buggy), essential_tokens(fixed)
    steps: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        shared = min(b - a, d - c)
        steps += [f"Replace {_masked(old[a + k])} {_masked(new[c + k])}" for k in range(shared)]
        steps += [f"Remove {_masked(token)}" for token in old[a + shared : b]]
        steps += [f"Add {_masked(token)}" for token in new[c + shared : d]]
    return steps


def masked_line_diff(buggy: str, fixed: str) -> list[str]:
    """The changed lines as tokens, names and values masked, each line begun by a minus or a plus."""
    found: list[str] = []
    for line in line_diff(buggy, fixed).splitlines():
        found += [line[:1], *(_masked(token) for token in essential_tokens(line[1:].strip()))]
    return found


def line_diff(buggy: str, fixed: str) -> str:
    """The lines that go (``-``) and come (``+``), without those around them.

    >>> print(line_diff("if x\\n  y", "if x:\\n  y"))
    - if x
    + if x:
    """
    lines = difflib.ndiff(buggy.rstrip().splitlines(), fixed.rstrip().splitlines())
    return "\n".join(line for line in lines if line[:1] in "+-")
