"""Programs, mistakes and repairers of the experiment on ``pyfixv``: split by file, some mistakes held out.

Not covered: mistakes collected from students, which are not public.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from unriddle.data.syntax_breaks import (
    OPERATORS,
    BrokenProgram,
    Side,
    break_programs,
    functions_in,
    library_files,
    side_of,
)
from unriddle.language.syntax_error import normal_form
from unriddle.methods._pyfixv_policy import Graded
from unriddle.methods._pyfixv_store import Repairers
from unriddle.methods.pyfixv import Feedback, feedback
from unriddle.propose.syntax_fit import fit_syntax_model
from unriddle.propose.token_model import TokenModel

__all__ = ["HELD_OUT", "Sides", "fit_repairers", "graded", "is_right", "read_sides", "run_feedback"]

HELD_OUT = ("c_operators", "capital_keyword", "missing_open", "semicolon_for_colon", "uneven_dedent")
"""Mistakes that nothing is fitted or calibrated on."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Functions of the interpreter's own library, by the side their file stands on; name of the file and source."""

    train: list[tuple[str, str]]
    calibration: list[tuple[str, str]]
    test: list[tuple[str, str]]


def read_sides(*, most: int | None = None) -> Sides:
    """The functions; those found on two sides are on none, and at most ``most`` of each side."""
    found: dict[Side, dict[str, str]] = {"train": {}, "calibration": {}, "test": {}}
    for name, source in library_files():
        rows = found[side_of(name)]
        for program in functions_in(source):
            rows.setdefault(program, name)
    rows_of: list[list[tuple[str, str]]] = []
    for side, rows in found.items():
        others = [other for key, other in found.items() if key != side]
        alone = [(name, text) for text, name in rows.items() if not any(text in other for other in others)]
        step = 1 if most is None else max(1, len(alone) // most)
        rows_of.append(alone[::step])
    return Sides(*rows_of)


def fit_repairers(
    train: Sequence[tuple[str, str]],
    *,
    rng: np.random.Generator,
    n: int,
    operators: Sequence[str] = OPERATORS,
    say: Callable[[str], None] = lambda _: None,
) -> Repairers:
    """Two repairers: each learns code from one half of the files and mistakes from the other, the second the other way.

    Args:
        train: Functions.
        rng: Breaks them.
        n: Broken programs for each repairer.
        operators: The mistakes.
        say: Takes progress messages.
    """
    names = sorted({name for name, _ in train})
    half = set(names[::2])
    parts = [[row for row in train if row[0] in half], [row for row in train if row[0] not in half]]
    models = []
    for k, (order, backward) in enumerate(((4, False), (3, True))):
        tokens = TokenModel.fit((text for _, text in parts[k]), order=order, backward=backward, least=2)
        made = break_programs(parts[1 - k], rng=rng, n=n, operators=operators)
        models.append(fit_syntax_model([(b.source, b.original) for b in made], tokens, say=say).model)
    return Repairers(*models)


def run_feedback(
    programs: Sequence[BrokenProgram],
    repairers: Repairers,
    *,
    rng: np.random.Generator,
    say: Callable[[str], None] = lambda _: None,
) -> list[Feedback]:
    """Feedback on each program, in order."""
    found = []
    for k, one in enumerate(programs, 1):
        found.append(feedback(one.source, repairers=repairers, rng=rng))
        if k % 50 == 0:
            say(f"feedback on {k} of {len(programs)} broken programs")
    return found


def is_right(fixed: str | None, original: str) -> bool:
    """Whether a repair is the program before it was broken, but for layout, comments and quotes."""
    return fixed is not None and normal_form(fixed) == normal_form(original)


def graded(programs: Sequence[BrokenProgram], found: Sequence[Feedback]) -> list[Graded]:
    """Score and truth of each feedback; the sentences follow from the repair, so they are right when it is."""
    return [
        Graded(one.score if one.fixed is not None else -inf, is_right(one.fixed, program.original))
        for program, one in zip(programs, found, strict=True)
    ]
