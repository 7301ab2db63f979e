"""What the methods that repair from feedback share: the loop, and what is left of a budget for it.

Not covered: the words of the feedback (``unriddle.feedback``).
"""

from __future__ import annotations

from dataclasses import replace

from unriddle.budget import Budget, Spent
from unriddle.contracts import Executor
from unriddle.language.truncate import parse
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.propose.lm_repair import LMRepair
from unriddle.solver import Solution, solve

__all__ = ["loads", "repair_until_passed"]

_SPENT = ("candidates", "tokens", "runs", "cpu_seconds", "seconds")


def loads(source: str) -> bool:
    """Whether a program can be read at all."""
    return parse(source) is not None


def repair_until_passed(
    problem: Problem,
    proposer: LMRepair,
    *,
    executor: Executor,
    budget: Budget,
    limits: Limits | None,
    spent: Spent | None = None,
) -> Solution:
    """The best program by the visible tests once one passes them all, the lineages are over or the budget is spent.

    Args:
        problem: With visible tests.
        proposer: Made for it.
        executor: Where programs run.
        budget: One repair is one candidate.
        limits: Per test.
        spent: Spent before; counted, and taken off the budget.
    """
    before = spent or Spent()
    left = {
        name: None if getattr(budget, name) is None else max(0, getattr(budget, name) - getattr(before, name))
        for name in _SPENT
    }
    found = solve(problem, proposer, executor=executor, budget=replace(budget, **left), limits=limits, batch=1)
    found.spent.tokens = proposer.n_tokens
    for name in _SPENT:
        setattr(found.spent, name, getattr(found.spent, name) + getattr(before, name))
    return found
