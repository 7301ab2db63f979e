"""Statement to tests, statement to plan, plan to program.

Not covered: plans that a model wrote.
"""

from __future__ import annotations

import numpy as np

from unriddle.data.formats.base import Example, body_of, case_of, words_of
from unriddle.data.world.problem import WorldProblem

__all__ = ["plan", "plan_program", "tests"]

_N_TESTS = 3


def tests(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement and header -> three cases, one a line."""
    cases = problem.examples + problem.hidden
    chosen = [cases[int(j)] for j in rng.permutation(len(cases))[:_N_TESTS]]
    prompt = f"{words_of(problem)}<|program|>{problem.header}<|tests|>"
    return [Example(prompt, "\n".join([case_of(problem, case) for case in chosen]), "tests", problem.id)]


def plan(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement -> plan: the steps in words, one a line."""
    return [Example(f"{words_of(problem)}<|plan|>", "\n".join(problem.plan), "plan", problem.id)]


def plan_program(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement and plan -> program."""
    steps = "\n".join(problem.plan)
    prompt = f"{words_of(problem)}<|plan|>{steps}<|program|>{problem.header}"
    return [Example(prompt, body_of(problem.program, problem), "plan_program", problem.id)]
