"""How good a suite is: which branches it takes, which small mistakes it notices, and which of its tests add nothing.

A mutant that no test notices is either a hole in the suite or equivalent to the program; those that also agree with
the program on generated inputs are counted as *perhaps equivalent* and left out of the score. Programs and tests share
a process here: the verdicts describe the user's own suite, they are no defence against hostile programs. Not covered:
tests that need files or a network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.coverage import CodeJob, Covered, cover_code
from unriddle.language.branches import Branch
from unriddle.language.mutants import Mutant, draw_mutants
from unriddle.outcome import Limits, Status
from unriddle.testgen.pytest_file import Piece
from unriddle.testgen.reduce import greedy_cover

__all__ = ["LIMITS", "Suite", "measure_suite"]

LIMITS = Limits(cpu_seconds=2.0, max_kills=1)
_PATIENCE = 20
"""A mutant may take this many times as long as the slowest test takes on the program."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite is worth.

    Attributes:
        pieces: ``(m,)`` the tests that ran and pass; everything below is about them.
        failing: Tests that fail on the program, with one line about why.
        unsteady: Names of tests that did not end the same way twice.
        skipped: Tests that could not be run here, with the reason.
        covered: Runs of the program under the tests.
        branch_coverage: Part of the branches inside functions that they take.
        missed: Branches no test takes.
        mutants: ``(k,)`` the mistakes tried.
        killed: ``(m, k)`` which test notices which mistake.
        perhaps_equivalent: ``(k,)`` no test notices it, nor did generated inputs.
        kept: Places of tests that together take the same branches and notice the same mistakes.
    """

    pieces: tuple[Piece, ...]
    failing: tuple[tuple[Piece, str], ...]
    unsteady: tuple[str, ...]
    skipped: tuple[Piece, ...]
    covered: Covered
    branch_coverage: float
    missed: tuple[Branch, ...]
    mutants: tuple[Mutant, ...]
    killed: npt.NDArray[np.bool_]
    perhaps_equivalent: npt.NDArray[np.bool_]
    kept: tuple[int, ...]

    @property
    def mutation_score(self) -> float:
        """Part of the mutants that some test notices, the perhaps equivalent ones left out; NaN for none."""
        judged = ~self.perhaps_equivalent
        return float(np.any(self.killed, axis=0)[judged].mean()) if judged.any() else float("nan")

    @property
    def redundant(self) -> list[Piece]:
        """Tests that the kept ones make superfluous."""
        return [piece for j, piece in enumerate(self.pieces) if j not in self.kept]


def measure_suite(
    program: str,
    pieces: Sequence[Piece],
    *,
    executor: Executor,
    rng: np.random.Generator,
    n_mutants: int = 100,
    same: Callable[[Sequence[str]], Sequence[bool]] | None = None,
    limits: Limits = LIMITS,
    say: Callable[[str], None] = lambda _: None,
) -> Suite:
    """What the tests are worth for the program.

    Args:
        program: Source of the program under test.
        pieces: Its tests.
        executor: Runs everything.
        rng: Draws the mutants.
        n_mutants: How many mistakes are tried at most, drawn evenly.
        same: Says of surviving mutants whether they act like the program on generated inputs; when ``None`` no mutant
            counts as equivalent.
        limits: Per test.
        say: Takes progress messages.

    Raises:
        BadInput: No test can be run, or none passes.
        BadProblem: The program cannot be read.
    """
    runnable = [piece for piece in pieces if not piece.skipped]
    if not runnable:
        why = f"; {pieces[0].name}: {pieces[0].skipped}" if pieces else ""
        raise BadInput(f"suite: none of {len(pieces)} tests can be run here{why}")
    say(f"running {len(runnable)} tests twice")
    first, second = _run([(program, [p.code for p in runnable])] * 2, executor, limits)
    good = (first.status == Status.PASS) & (second.status == Status.PASS)
    unsteady = [p.name for p, a, b in zip(runnable, first.status, second.status, strict=True) if a != b]
    failing = [
        (p, error or Status(int(s)).name)
        for p, s, error in zip(runnable, first.status, first.errors, strict=True)
        if s != Status.PASS
    ]
    if not good.any():
        raise BadInput(
            f"suite: no test passes on the program; the first one, {runnable[0].name}: "
            f"{first.errors[0] or Status(int(first.status[0])).name}"
        )
    places = np.flatnonzero(good)
    passing = [runnable[i] for i in places]
    covered = first.take(places)
    drawn = draw_mutants(program, n=n_mutants, rng=rng)
    mutants = sorted(drawn, key=lambda mutant: (mutant.line, mutant.operator, mutant.source))
    say(f"{len(mutants)} mutants")
    slowest = float(np.nanmax(covered.cpu_seconds, initial=0))
    soon = dataclasses.replace(limits, cpu_seconds=min(limits.cpu_seconds, max(0.2, _PATIENCE * slowest)))
    killed = _killed(mutants, passing, covered, executor, soon)
    equivalent = np.zeros(len(mutants), dtype=np.bool_)
    alive = np.flatnonzero(~killed.any(axis=0))
    if same is not None and len(alive):
        equivalent[alive] = same([mutants[i].source for i in alive])
    met = np.hstack([covered.taken, killed])
    inside = np.array([bool(branch.function) for branch in covered.branches], dtype=np.bool_)
    missing = inside & ~(covered.taken.any(axis=0) | (covered.loading > 0))
    return Suite(
        pieces=tuple(passing),
        failing=tuple(failing),
        unsteady=tuple(unsteady),
        skipped=tuple(piece for piece in pieces if piece.skipped),
        covered=covered,
        branch_coverage=covered.share(),
        missed=tuple(branch for branch, away in zip(covered.branches, missing, strict=True) if away),
        mutants=tuple(mutants),
        killed=killed,
        perhaps_equivalent=equivalent,
        kept=tuple(sorted(greedy_cover(met, prefer=[len(piece.code) for piece in passing]))),
    )


def _run(jobs: Sequence[CodeJob], executor: Executor, limits: Limits) -> list[Covered]:
    found: dict[int, Covered] = dict(cover_code(jobs, executor=executor, limits=limits))
    return [found[i] for i in range(len(jobs))]


def _killed(
    mutants: Sequence[Mutant], pieces: Sequence[Piece], covered: Covered, executor: Executor, limits: Limits
) -> npt.NDArray[np.bool_]:
    """``(m, k)``; a mutant meets every test. A test that had to be ended killed it, and the tests after it are taken
    not to: they were not run.
    """
    killed = np.zeros((len(pieces), len(mutants)), dtype=np.bool_)
    jobs = [(mutant.source, [piece.code for piece in pieces]) for mutant in mutants]
    for number, run in cover_code(jobs, executor=executor, limits=limits, isolated=False):
        known = (run.status != Status.SKIPPED) & (run.status != Status.INFRA)
        killed[:, number] = known & (run.status != Status.PASS)
    return killed
