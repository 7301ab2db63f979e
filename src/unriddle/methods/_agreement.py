"""Solving by agreement: one language model writes programs and tests, all pairs run, a rule of the matrix chooses.

CodeT and B4 are this loop with their own rule. Not covered: the rules themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.budget import Budget, Spent, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._all_pairs import AllPairs, draw_programs, run_all_pairs, solution
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.score.ties import expected_pass_at_k, pick_k
from unriddle.solver import Solution
from unriddle.testgen.lm_tests import OPTIONS, Generated, is_vacuous, sample_tests
from unriddle.verdicts import Verdicts

__all__ = ["Draws", "Ranking", "Rule", "solve_by_agreement"]

_Floats = npt.NDArray[np.float64]

Rule = Callable[[AllPairs], "Ranking"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Distinct programs with their scores, and how sure.

    Attributes:
        pairs: Programs, tests and the matrix behind it.
        scores: ``(n,)``, higher is better; −inf for a program that passes no test.
        chance: ``(n,)`` between 0 and 1; ``meaning`` says of what.
        meaning: What ``chance`` is the chance of.
    """

    pairs: AllPairs
    scores: _Floats
    chance: _Floats
    meaning: str

    def expected_pass_at_k(self, right: npt.ArrayLike, *, k: int = 1) -> float:
        """The chance that one of ``k`` choices is right, over the draws inside levels of equal score.

        Args:
            right: ``(n,)`` whether each distinct program is right.
            k: Choices: one from each of the top levels, again from the top where there are fewer.
        """
        return expected_pass_at_k(self.scores, right, k=k, program_counts=self.pairs.plan.program_counts)

    def best(self, k: int = 1, *, rng: np.random.Generator) -> list[Candidate]:
        """``k`` different programs, one drawn from each of the top levels; fewer when there are fewer."""
        return [self.pairs.plan.programs[i] for i in pick_k(self.scores, k=k, rng=rng)]


@dataclass(frozen=True, slots=True)
class Draws:
    """How much is drawn, and how.

    Args:
        n_programs: Programs.
        n_tests: Draws of tests.
        limit: At most this many asserts of each draw.
        options: How to sample both.
        drop_vacuous: Leave out tests that a program without knowledge passes.
        seed: Breaks ties.

    Raises:
        BadInput: A count is less than 1.
    """

    n_programs: int = 100
    n_tests: int = 100
    limit: int | None = 5
    options: SampleOptions = OPTIONS
    drop_vacuous: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_programs", "n_tests"):
            if getattr(self, name) < 1:
                raise BadInput(f"Draws: {name} must be 1 or more, got {getattr(self, name)}")


def solve_by_agreement(
    problem: Problem,
    *,
    lm: LM,
    executor: Executor,
    budget: Budget,
    rule: Rule,
    draws: Draws,
    limits: Limits | None = None,
) -> Solution:
    """The program that the rule ranks highest; the problem's visible tests are run but do not choose.

    Args:
        problem: What to solve; it needs no tests.
        lm: Writes tests and programs.
        executor: Where programs run.
        budget: Looked at before every call of the model; bounds the pairs that run by leaving the last tests out.
        rule: Ranks the programs by the matrix.
        draws: How much is drawn.
        limits: Per test.
    """
    clock, spent = stopwatch(), Spent()
    generated = _tests(problem, lm, draws, budget, spent)
    programs = draw_programs(problem, lm, n=draws.n_programs, budget=budget, spent=spent, options=draws.options)
    if not programs:
        empty = Verdicts.empty([test.name for test in problem.tests])
        return Solution(problem.id, False, None, empty, -1, 0.0, budget.why_over(spent), spent)
    tests = list(generated.tests)
    if draws.drop_vacuous:
        vacuous = is_vacuous(tests, problem, executor=executor, limits=limits)
        tests = [test for test, bad in zip(tests, vacuous.tolist(), strict=True) if not bad]
    tests = _affordable(tests, len({program.id for program in programs}), budget)
    ranking = rule(run_all_pairs(programs, tests, executor=executor, limits=limits))
    plan, matrix = ranking.pairs.plan, ranking.pairs.verdicts
    shown = executor.run(plan.programs, problem.tests, limits=limits)
    spent.runs += plan.shared.places.size * len(plan.programs) + shown.status.size
    spent.cpu_seconds += float(np.nansum(ranking.pairs.calls.cpu_seconds)) + float(np.nansum(shown.cpu_seconds))
    spent.seconds = clock()
    return solution(
        problem,
        plan.programs,
        Verdicts.join_columns([shown, matrix]),
        ranking.scores,
        n_visible=len(problem.tests),
        chance=ranking.chance,
        why=f"{ranking.meaning} {len(tests)} generated tests, {len(programs)} programs drawn.",
        spent=spent,
        rng=np.random.default_rng(draws.seed),
    )


def _tests(problem: Problem, lm: LM, draws: Draws, budget: Budget, spent: Spent) -> Generated:
    if budget.left(spent) == 0:
        return Generated((), 0, 0)
    made = sample_tests(lm, problem, n=draws.n_tests, options=draws.options, limit=draws.limit)
    spent.tokens += made.n_tokens
    return made


def _affordable(tests: Sequence[Test], n: int, budget: Budget) -> list[Test]:
    """The first tests, as many as the budget has runs for."""
    return list(tests if budget.runs is None else tests[: budget.runs // n])
