"""Whether the first value that differs from the right run's names the mistaken line.

A verified plan stands for the right run here: the reference itself is traced. Not covered: mistakes that change no
value of the traced call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import UnriddleError
from unriddle.execute.trace import Step, outermost, steps, trace
from unriddle.lab._ldb_traces import first_difference
from unriddle.language.mutants import Mutant, draw_mutants
from unriddle.outcome import Limits

__all__ = ["OPERATOR_MISTAKES", "Places", "first_update", "place_mutants"]

OPERATOR_MISTAKES = ("comparison", "arithmetic", "logic")
"""The kinds of ``language.mutants`` that exchange an operator."""

_LIMITS = Limits(cpu_seconds=5.0)
_MAX_EVENTS = 3000


@dataclass(frozen=True, slots=True)
class Places:
    """Of mutants that change the run, each ``(n,)``: whether a line is the mutated one.

    Attributes:
        update: The line of the first update of a variable, or of the returned value, that differs.
        step: The line of the first difference of any kind, also in which line comes next.
        last: The last line that ran.
        chance: Share of the mutated line among the lines that ran: what a random one would score.
    """

    update: np.ndarray
    step: np.ndarray
    last: np.ndarray
    chance: np.ndarray


def first_update(right: Sequence[Step], wrong: Sequence[Step]) -> int:
    """Line of the first update in ``wrong`` that differs from the one at its turn in ``right``; 0 where none does.

    Updates are taken in order, whichever lines made them; a returned or raised value is one too.
    """
    wanted, seen = _updates(right), _updates(wrong)
    for i, (line, what) in enumerate(seen):
        if i >= len(wanted) or wanted[i][1] != what:
            return line
    return seen[-1][0] if seen and len(seen) < len(wanted) else 0


def _updates(of: Sequence[Step]) -> list[tuple[int, object]]:
    found: list[tuple[int, object]] = []
    for step in of:
        line = step.lines[-1] if step.lines else 0
        found += [(line, change) for change in step.changed]
        if step.returned is not None or step.raised:
            found.append((line, (step.returned, step.raised)))
    return found


def place_mutants(
    programs: Sequence[tuple[str, str]], *, n: int, executor: Executor, rng: np.random.Generator
) -> Places:
    """One mutant of each right program (source and call) that changes its run, until there are ``n``."""
    rows: list[tuple[bool, bool, bool, float]] = []
    for source, call in programs:
        if len(rows) == n:
            break
        try:
            drawn = draw_mutants(source, n=3, rng=rng, operators=OPERATOR_MISTAKES)
        except UnriddleError:
            continue
        right = _lines(source, call, executor) if drawn else []
        for mutant in drawn if right else ():
            row = _placed(right, _lines(mutant.source, call, executor), mutant)
            if row is not None:
                rows.append(row)
                break
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return Places(*(np.array(column, dtype=np.float64) for column in columns))


def _lines(source: str, call: str, executor: Executor) -> list[Step]:
    """The outermost call line by line; empty where nothing could be seen."""
    seen = trace(source, call, executor=executor, limits=_LIMITS, max_events=_MAX_EVENTS)
    return [step for step in steps(seen, level="line", calls=outermost(seen)) if step.lines]


def _placed(right: Sequence[Step], wrong: Sequence[Step], mutant: Mutant) -> tuple[bool, bool, bool, float] | None:
    """Whether each way names the mutated line; ``None`` where the run is as it was."""
    at = first_difference(right, wrong)
    if not wrong or at < 0:
        return None
    ran = {line for step in wrong for line in step.lines}
    return (
        first_update(right, wrong) == mutant.line,
        mutant.line in wrong[at].lines,
        wrong[-1].lines[-1] == mutant.line,
        float(mutant.line in ran) / len(ran),
    )
