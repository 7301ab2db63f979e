"""Edit sequences in the manner of LintSeq: a program as insertions, every state between them free of lint errors.

Lines are taken out backwards; what an error forces out with a line belongs to the same edit. The header stays, as
the prompt gives it. Not covered: deletions and changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.data.formats.base import Example, words_of
from unriddle.data.lint import problem_lines
from unriddle.data.world.problem import WorldProblem
from unriddle.errors import BadInput, shorten

__all__ = ["Hunk", "edit_sequence", "edits", "read_edits", "replay", "write_edits"]

_HUNK = re.compile(r"^@(\d+)$")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines put in behind line number ``after`` of the text as it is then (1 is the header)."""

    after: int
    lines: tuple[str, ...]


Edit = tuple[Hunk, ...]


def edits(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement and header -> the edits that build the program; one sequence drawn at random."""
    lines = problem.program.rstrip("\n").split("\n")
    text = write_edits(edit_sequence(lines, rng=rng))
    return [Example(f"{words_of(problem)}<|program|>{problem.header}<|edit|>", text, "edits", problem.id)]


def edit_sequence(lines: Sequence[str], *, rng: np.random.Generator) -> list[Edit]:
    """Edits that turn the first line into all lines, in the order in which they are made.

    Args:
        lines: A program that the linter finds clean; its first line is never taken out.
        rng: Draws the lines taken out.

    Raises:
        BadInput: The program has lint errors.
    """
    errors = problem_lines("\n".join(lines))
    if errors:
        raise BadInput(f"edit_sequence: the program has an error in line {errors[0]}: {shorten(lines[errors[0] - 1])}")
    left = list(range(len(lines)))
    steps: list[Edit] = []
    while any(lines[i].strip() for i in left[1:]):
        before = left
        candidates = [i for i in left[1:] if lines[i].strip()]
        left = _without(lines, left, candidates[int(rng.integers(len(candidates)))])
        steps.append(_hunks(lines, before, left))
    return steps[::-1]


def _without(lines: Sequence[str], left: list[int], gone: int) -> list[int]:
    """What stays when a line goes, with its block and with everything that then has an error."""
    affected = {gone}
    while True:
        out = {i for line in affected for i in _block(lines, left, line)}
        left = [i for i in left if i not in out or i == 0]
        if not any(lines[i].strip() for i in left[1:]):
            return left[:1]
        errors = problem_lines("\n".join([lines[i] for i in left]))
        if not errors:
            return left
        affected = {left[number - 1] for number in errors if number <= len(left)} - {0}
        if not affected:  # the header itself: nothing of its body is left
            affected = set(left[1:])


def _block(lines: Sequence[str], left: list[int], line: int) -> list[int]:
    """A line and the deeper lines below it, and the blank lines before a helper."""
    place = left.index(line)
    indent = len(lines[line]) - len(lines[line].lstrip())
    block = [line]
    for i in left[place + 1 :]:
        if lines[i].strip() and len(lines[i]) - len(lines[i].lstrip()) <= indent:
            break
        block.append(i)
    while not lines[block[-1]].strip() and block[-1] != left[-1]:
        block.pop()
    if indent == 0:
        while place > 1 and not lines[left[place - 1]].strip():
            place -= 1
            block.append(left[place])
    return block


def _hunks(lines: Sequence[str], before: list[int], after: list[int]) -> Edit:
    """The insertions that turn ``after`` into ``before``; places count the lines put in by earlier hunks."""
    kept, hunks, run, place = set(after), list[Hunk](), list[str](), 0
    for number, i in enumerate(before):
        if i in kept:
            if run:
                hunks.append(Hunk(place, tuple(run)))
                run = []
            place = number + 1
        else:
            run.append(lines[i])
    return (*hunks, Hunk(place, tuple(run))) if run else tuple(hunks)


def write_edits(sequence: Sequence[Edit]) -> str:
    """The sequence as text: ``@2``, then lines that begin with ``+``; edits are separated by ``<|edit|>``."""
    return "<|edit|>".join(
        [
            "\n".join([part for hunk in edit for part in (f"@{hunk.after}", *[f"+{x}" for x in hunk.lines])])
            for edit in sequence
        ]
    )


def read_edits(text: str) -> list[Edit]:
    """The sequence a text stands for.

    Raises:
        BadInput: A line is neither a place nor an insertion.
    """
    sequence: list[Edit] = []
    for part in text.split("<|edit|>"):
        hunks: list[Hunk] = []
        for line in part.split("\n"):
            place = _HUNK.match(line)
            if place:
                hunks.append(Hunk(int(place.group(1)), ()))
            elif line.startswith("+") and hunks:
                hunks[-1] = Hunk(hunks[-1].after, (*hunks[-1].lines, line[1:]))
            else:
                raise BadInput(f"read_edits: expected @NUMBER or a line that begins with +, got {shorten(line)}")
        sequence.append(tuple(hunks))
    return sequence


def replay(header: str, sequence: Sequence[Edit]) -> list[str]:
    """The program after every edit, the header alone first.

    Raises:
        BadInput: A place lies outside the text.
    """
    lines, states = [header], [f"{header}\n"]
    for edit in sequence:
        for hunk in edit:
            if not 1 <= hunk.after <= len(lines):
                raise BadInput(f"replay: place {hunk.after} is outside the text of {len(lines)} lines")
            lines[hunk.after : hunk.after] = hunk.lines
        states.append("\n".join(lines) + "\n")
    return states
