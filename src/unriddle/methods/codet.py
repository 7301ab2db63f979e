"""Chen 2022: CodeT: Code Generation with Generated Tests (arXiv 2207.10397).

The model that writes the programs also writes tests. Every program runs on every test; programs that pass the same
tests form a consensus set, scored by the square root of its size times the number of tests it passes. The best set is
the answer: right programs agree with each other and with right tests, wrong ones seldom agree at all.

What differs from the paper: programs run in the sandbox, with one CPU second per test where the paper has 0.1 s of wall
time; a program that had to be ended three times is given up and passes none of the tests it did not reach; asserts
that do not call the function are dropped; the model's own examples stay in the prompt for programs and are removed
from the prompt for tests.

Expected in the lab, on the authors' recorded CodeGen-16B programs and tests for HumanEval: CodeT near the published
36.7 % right; a random choice below the published 29.7 %, because the recording was drawn at a temperature of 0.8.

Not covered: tests that are not asserts; correcting tests that most programs misread in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lm.base import LM
from unriddle.methods._agreement import Draws, Ranking, solve_by_agreement
from unriddle.methods._all_pairs import AllPairs, run_all_pairs
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.score import classes
from unriddle.score.codet import codet as dual_agreement
from unriddle.solver import Solution

__all__ = ["CodeT", "rank", "rank_pairs"]


def rank(
    programs: Sequence[Candidate],
    tests: Sequence[Test],
    *,
    executor: Executor,
    damping: Literal["sqrt", "none"] = "sqrt",
    limits: Limits | None = None,
) -> Ranking:
    """Programs and tests that exist already, ranked by dual execution agreement.

    Args:
        programs: As drawn; equal ones run once and count as often as they stand there.
        tests: As written, likewise (``unriddle.testgen.asserts_in_text.read_tests`` reads them out of text).
        executor: Where programs run.
        damping: ``sqrt`` as in the authors' code, ``none`` as in the paper's basic form.
        limits: Per test.

    Raises:
        BadInput: There are no programs.
    """
    return rank_pairs(run_all_pairs(programs, tests, executor=executor, limits=limits), damping=damping)


def rank_pairs(pairs: AllPairs, *, damping: Literal["sqrt", "none"] = "sqrt") -> Ranking:
    """The ranking of a matrix that is there already."""
    counts = pairs.plan.program_counts
    scores = dual_agreement(pairs.verdicts, program_counts=counts, test_counts=pairs.plan.test_counts, damping=damping)
    groups = classes.pass_classes(pairs.verdicts, weights=counts.astype(np.float64))
    share = np.where(scores > -np.inf, groups.size[groups.of_row] / counts.sum(), 0.0)
    return Ranking(pairs, scores, share, "Confidence is the share of programs drawn that pass the same tests.")


@dataclass(frozen=True, slots=True)
class CodeT:
    """A Solver: one language model writes tests and programs, dual agreement chooses.

    Args:
        lm: The model.
        executor: Where programs run; already open.
        draws: How much is drawn, and how.
        damping: See ``rank``.
        limits: Per test.
    """

    lm: LM
    executor: Executor
    draws: Draws = field(default_factory=Draws)
    damping: Literal["sqrt", "none"] = "sqrt"
    limits: Limits | None = None

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The answer; ``confidence`` is the share of programs that pass the same tests as the chosen one."""
        return solve_by_agreement(
            problem,
            lm=self.lm,
            executor=self.executor,
            budget=budget,
            rule=lambda pairs: rank_pairs(pairs, damping=self.damping),
            draws=self.draws,
            limits=self.limits,
        )
