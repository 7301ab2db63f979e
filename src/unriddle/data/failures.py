"""From judged programs of a model to repair examples: what a model got wrong, what was seen, and what is right.

The programs are not run here; the executor ran them, and their verdicts say what happened. Not covered: drawing and
judging programs (``unriddle eval``, ``unriddle.train.evaluation``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unriddle.candidate import Candidate
from unriddle.data.formats import Example, fix_failure
from unriddle.data.world.problem import WorldProblem
from unriddle.errors import BadInput, shorten
from unriddle.verdicts import Verdicts

__all__ = ["FailureKind", "fix_examples"]

FailureKind = Literal["none", "error", "counterexample"]
"""How much is said about what is wrong."""


def fix_examples(
    problem: WorldProblem,
    candidates: Sequence[Candidate],
    verdicts: Verdicts,
    *,
    kind: FailureKind = "counterexample",
    most: int | None = None,
) -> list[Example]:
    """One example for each distinct program that failed a hidden case, in the order of the candidates.

    Args:
        problem: The problem they were written for.
        candidates: ``(n,)`` programs, repeats included; those without a row are left out.
        verdicts: ``(k, m)`` on the problem's hidden cases, a row for each distinct program, in any order: what
            ``Evaluation.per_problem`` and the run store keep.
        kind: How much is said.
        most: At most this many; ``None`` means all.

    Raises:
        BadShape: The matrix does not have one column per hidden case.
        BadInput: A program passed a case with another value than the problem's: the verdicts are of other tests.
    """
    place = {name: i for i, name in enumerate(verdicts.candidates)}
    made: list[Example] = []
    for candidate in {one.id: one for one in candidates}.values():
        if most is not None and len(made) >= most:
            break
        if candidate.id in place:
            row = verdicts.take([place[candidate.id]])
            found = fix_failure(problem, candidate, row, kind=kind)
            _check_tests(problem, row)
            made += found
    return made


def _check_tests(problem: WorldProblem, row: Verdicts) -> None:
    for j, (_, value) in enumerate(problem.hidden):
        if row.passed[0, j] and row[0, j].result != value:
            raise BadInput(
                f"fix_examples: {problem.id}: a program passed {row.tests[j]} with {shorten(row[0, j].result)}, but "
                f"the problem expects {shorten(value)} there; take the problems from the file that was judged"
            )
