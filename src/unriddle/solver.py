"""solve(): the one driver loop (ask, run, tell, choose), and Solution, its answer.

Not covered: judging on hidden tests; that is a Benchmark's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from unriddle.budget import Budget, Spent, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Proposer, Score
from unriddle.errors import BadProblem
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Satisfies
from unriddle.verdicts import Verdicts

__all__ = ["Progress", "Solution", "Solver", "fraction_passed", "solve"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot for whoever watches: what is spent, how many distinct programs, the best row so far."""

    spent: Spent
    n_distinct: int
    best_passed: int
    n_tests: int


@dataclass(frozen=True, slots=True)
class Solution:
    """The answer: a program, the evidence for it, and how sure we are.

    Attributes:
        problem: Id of the problem.
        solved: The program passes every visible test.
        candidate: The chosen program; ``None`` when nothing was proposed.
        verdicts: ``(n, m)``, every distinct candidate that was run.
        row: The chosen candidate's row in ``verdicts``; −1 when there is none.
        confidence: Between 0 and 1; ``why`` says what it is the chance of.
        why: One or two sentences: the evidence behind ``confidence``, or what stopped the search.
        spent: What it cost.
        runners_up: The next best candidates, best first.
        interrupted: The user stopped the search; this is what had been found by then.
    """

    problem: str
    solved: bool
    candidate: Candidate | None
    verdicts: Verdicts
    row: int
    confidence: float
    why: str
    spent: Spent
    runners_up: tuple[Candidate, ...] = ()
    interrupted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The ``solve --json`` document."""
        row = self.verdicts.take([self.row]) if self.row >= 0 else Verdicts.empty(self.verdicts.tests)
        return {
            "schema": 1,
            "problem": self.problem,
            "solved": self.solved,
            "program": self.candidate.source if self.candidate else None,
            "language": self.candidate.language if self.candidate else None,
            "tests": {"passed": int(row.passed.sum()), "known": int(row.known.sum())},
            "confidence": self.confidence,
            "why": self.why,
            "spent": self.spent.as_dict(),
            "interrupted": self.interrupted,
            "isolation": self.verdicts.info.get("isolation"),
            "runners_up": [candidate.source for candidate in self.runners_up],
        }


class Solver(Protocol):
    """Anything that answers a problem under a budget."""

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The answer; it may be unsolved."""
        ...


@dataclass(slots=True)
class _Search:
    """State of one call of solve(): distinct candidates in order, and their rows."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    parts: list[Verdicts] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    best: int = 0


def fraction_passed(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """``(n,)`` share of the known tests that passed; 0 where nothing is known. The loop's default score."""
    known = verdicts.known.sum(axis=1)
    return np.asarray(verdicts.passed.sum(axis=1) / np.maximum(known, 1), dtype=np.float64)


def solve(
    problem: Problem,
    proposer: Proposer,
    *,
    executor: Executor,
    budget: Budget,
    score: Score = fraction_passed,
    limits: Limits | None = None,
    batch: int = 8,
    stop_when_passed: int = 1,
    watch: Callable[[Progress], None] | None = None,
) -> Solution:
    """The best candidate on the problem's visible tests.

    Asks for up to ``batch`` candidates, runs the ones not seen before, tells, and repeats until
    ``stop_when_passed`` distinct candidates pass every visible test, the proposer is exhausted, or the budget is
    spent. Ties of the score go to the candidate proposed first. Ctrl-C ends the search and keeps what was found.

    Args:
        problem: What to solve; it needs at least one visible test.
        proposer: Made for this problem.
        executor: Where candidates run.
        budget: Checked before every ask.
        score: Chooses the answer among all candidates.
        limits: Limits per test; the defaults of ``Limits`` when ``None``.
        batch: Candidates per ask.
        stop_when_passed: How many distinct passing candidates to wait for.
        watch: Called after every batch.

    Raises:
        BadProblem: The problem has no visible tests, so nothing could be chosen.
    """
    if not problem.tests:
        raise BadProblem(
            f"Problem {problem.id}: no visible tests, so no answer could be told from another; add a "
            "doctest, an assert or an example"
        )
    search, clock, interrupted, why = _Search(), stopwatch(), False, ""
    try:
        while True:
            search.spent.seconds = clock()
            left = budget.left(search.spent)
            if left == 0:
                why = budget.why_over(search.spent)
                break
            asked = proposer.ask(min(batch, left))
            if not asked:
                why = "the proposer has nothing more to propose"
                break
            rows = _run_new(search, asked, problem, executor, limits or Limits())
            proposer.tell(asked, rows)
            search.spent.seconds = clock()
            if watch:
                watch(Progress(search.spent, len(search.candidates), search.best, len(problem.tests)))
            if sum(int(part.solved().sum()) for part in search.parts) >= stop_when_passed:
                break
    except KeyboardInterrupt:
        interrupted, why = True, "interrupted"
    search.spent.seconds = clock()
    return _answer(problem, search, score, why, interrupted=interrupted)


def _run_new(
    search: _Search, asked: Sequence[Candidate], problem: Problem, executor: Executor, limits: Limits
) -> Verdicts:
    """Run what was not run before; return the rows of ``asked`` in its order, repeats included."""
    search.spent.candidates += len(asked)
    search.spent.tokens += sum(candidate.n_tokens for candidate in asked)
    fresh = {c.id: c for c in asked if c.id not in search.candidates}
    if fresh:
        rows = executor.run(list(fresh.values()), problem.tests, limits=limits)
        search.candidates.update(fresh)
        search.parts.append(rows)
        search.spent.runs += int(rows.known.sum())
        search.spent.cpu_seconds += float(np.nansum(rows.cpu_seconds))
        search.best = max(search.best, int(rows.passed.sum(axis=1).max()))
    search.parts[:] = [Verdicts.join_rows(search.parts)]
    place = {candidate: i for i, candidate in enumerate(search.parts[0].candidates)}
    return search.parts[0].take([place[c.id] for c in asked])


def _answer(problem: Problem, search: _Search, score: Score, why: str, *, interrupted: bool) -> Solution:
    if not search.parts:
        empty = Verdicts.empty([test.name for test in problem.tests])
        return Solution(problem.id, False, None, empty, -1, 0.0, why, search.spent, (), interrupted)
    verdicts = Verdicts.join_rows(search.parts)
    candidates = list(search.candidates.values())
    scores = score(verdicts)
    order = [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > -np.inf]
    if not order:
        never = "The score rules every candidate out."
        return Solution(problem.id, False, None, verdicts, -1, 0.0, never, search.spent, (), interrupted)
    row = order[0]
    solved = bool(verdicts.solved()[row])
    confidence, evidence = _confidence(problem, verdicts, row)
    text = evidence if solved else f"{evidence} The search ended because {why}." if why else evidence
    return Solution(
        problem=problem.id,
        solved=solved,
        candidate=candidates[row],
        verdicts=verdicts,
        row=row,
        confidence=confidence,
        why=text,
        spent=search.spent,
        runners_up=tuple(candidates[i] for i in order[1:4]),
        interrupted=interrupted,
    )


def _confidence(problem: Problem, verdicts: Verdicts, row: int) -> tuple[float, str]:
    """How sure, and of what: a verifier that is the whole specification proves; examples only suggest."""
    passed, known = int(verdicts.passed[row].sum()), int(verdicts.known[row].sum())
    if passed < known or not known:
        return 0.0, f"The best program passes {passed} of {known} visible tests, so it is wrong."
    if all(isinstance(test, CallTest) and isinstance(test.expect, Satisfies) for test in problem.tests):
        return 1.0, "The verifier accepted the value, and the verifier is the whole specification."
    chance = (known + 1) / (known + 2)
    return chance, (
        f"It passes all {known} visible tests; by the rule of succession, (m + 1) / (m + 2), another test of the "
        f"same kind would pass with chance {chance:.2f}. Whether it is right beyond such tests is not known."
    )
