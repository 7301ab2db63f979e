"""Chen 2024: B4: Towards Optimal Assessment of Plausible Code Solutions with Plausible Tests (ASE 2024).

Programs and tests may both be wrong; only who passes what is known. Under a simple model (a right program passes
exactly the right tests) the posterior of "this class of equal programs is the right one" has a closed form of four Beta
functions, and the class with the highest one is the answer. The same model says when the usual rules fail: few right
programs, or wrong programs that often pass right tests.

What differs from the paper: the priors are scaled to the size of the matrix by one rule instead of being chosen for
each data set; the posterior also weighs that no program is right; a program that had to be ended three times counts as
not passing what it did not reach. Programs are de-duplicated by text and tests by their source, as in the paper, unless
multiplicities are asked for; tests that a program without knowledge passes are dropped by the solver.

Expected in the lab: the accuracies of the paper's simulation within 0.02; on the recorded CodeGen-16B programs and
tests no loss against CodeT. The paper's gain on problems with few right programs does not come out there: with 66 such
problems the difference is within the noise, and the paper's fixed priors (a = 1e3) choose a little better than scaled
ones.

Not covered: right programs that pass a wrong test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lm.base import LM
from unriddle.methods._agreement import Draws, Ranking, solve_by_agreement
from unriddle.methods._all_pairs import AllPairs, run_all_pairs
from unriddle.methods._b4_simulation import Thetas, simulate
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.score.b4 import b4, b4_posterior
from unriddle.solver import Solution

__all__ = ["B4", "Thetas", "rank", "rank_pairs", "simulate"]


def rank(
    programs: Sequence[Candidate],
    tests: Sequence[Test],
    *,
    executor: Executor,
    a: float | None = None,
    b0: float | None = None,
    multiplicity: bool = False,
    limits: Limits | None = None,
) -> Ranking:
    """Programs and tests that exist already, ranked by the posterior.

    Args:
        programs: As drawn.
        tests: As written.
        executor: Where programs run.
        a: Prior of the chances that a program and a test are right, Beta(a, 1); scaled to the matrix when ``None``.
        b0: Prior of the chance that a wrong program passes a wrong test, Beta(1, b0); scaled likewise.
        multiplicity: Count equal programs and equal tests as often as they were drawn.
        limits: Per test.

    Raises:
        BadInput: There are no programs, or a prior is not positive.
    """
    pairs = run_all_pairs(programs, tests, executor=executor, limits=limits)
    return rank_pairs(pairs, a=a, b0=b0, multiplicity=multiplicity)


def rank_pairs(
    pairs: AllPairs, *, a: float | None = None, b0: float | None = None, multiplicity: bool = False
) -> Ranking:
    """The ranking of a matrix that is there already; ``chance`` is the posterior, "none is right" included."""
    programs = pairs.plan.program_counts if multiplicity else None
    tests = pairs.plan.test_counts if multiplicity else None
    scores = b4(pairs.verdicts, a=a, b0=b0, program_counts=programs, test_counts=tests)
    chance = b4_posterior(pairs.verdicts, a=a, b0=b0, program_counts=programs, test_counts=tests)
    return Ranking(pairs, scores, chance, "Confidence is the model's posterior that the program is right.")


@dataclass(frozen=True, slots=True)
class B4:
    """A Solver: one language model writes tests and programs, the posterior chooses.

    Args:
        lm: The model.
        executor: Where programs run; already open.
        draws: How much is drawn, and how.
        a: See ``rank``.
        b0: See ``rank``.
        multiplicity: See ``rank``.
        limits: Per test.
    """

    lm: LM
    executor: Executor
    draws: Draws = field(default_factory=lambda: Draws(drop_vacuous=True))
    a: float | None = None
    b0: float | None = None
    multiplicity: bool = False
    limits: Limits | None = None

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The answer; ``confidence`` is the posterior that it is right, under the model."""
        return solve_by_agreement(
            problem,
            lm=self.lm,
            executor=self.executor,
            budget=budget,
            rule=lambda pairs: rank_pairs(pairs, a=self.a, b0=self.b0, multiplicity=self.multiplicity),
            draws=self.draws,
            limits=self.limits,
        )
