"""Statement (and examples) to program, and back.

Not covered: programs in several steps (``plans``, ``edits``).
"""

from __future__ import annotations

import numpy as np

from unriddle.data.formats.base import Example, body_of
from unriddle.data.world.problem import WorldProblem
from unriddle.prompt.nursery import nursery_prompt

__all__ = ["describe", "program", "program_plain"]

_N_EXAMPLES = (0, 1, 2, 3)
_SHARES = (0.4, 0.2, 0.3, 0.1)


def program(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement with none to three examples -> program, so that both ways of asking work."""
    return [_asked(problem, n_examples=int(rng.choice(_N_EXAMPLES, p=_SHARES)), task="program")]


def program_plain(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Statement alone -> program."""
    return [_asked(problem, n_examples=0, task="program_plain")]


def _asked(problem: WorldProblem, *, n_examples: int, task: str) -> Example:
    prompt = nursery_prompt(problem.problem(n_examples=n_examples), n_examples=n_examples)
    return Example(prompt, body_of(problem.program, problem), task, problem.id)


def describe(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Program -> statement."""
    return [Example(f"<|program|>{problem.program.rstrip()}<|statement|>", problem.statement, "describe", problem.id)]
