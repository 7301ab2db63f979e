"""What one training example is, and the pieces that several formats share.

Not covered: tokens, packing and masks (``unriddle.train``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unriddle.data.world.problem import Case, WorldProblem
from unriddle.prompt.nursery import case_line, nursery_prompt

__all__ = ["Example", "Format", "body_of", "call_of", "case_of", "words_of"]


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn. The training text is prompt, target and ``<|end|>``; loss is on the last two only.

    Args:
        prompt: What is given.
        target: What is to be written, without the end marker.
        task: Name of the format.
        problem: Id of the problem it was made from.
    """

    prompt: str
    target: str
    task: str
    problem: str


Format = Callable[[WorldProblem, np.random.Generator], list[Example]]
"""A task format: examples of one problem; an empty list where the problem does not fit."""


def body_of(program: str, problem: WorldProblem) -> str:
    """What a program says below the problem's header: a line break, the body, helpers."""
    return program[len(problem.header) :].rstrip("\n")


def call_of(problem: WorldProblem, args: tuple[object, ...]) -> str:
    """A call as text: ``f(1, 'a')``."""
    return f"{problem.entry}({', '.join([repr(value) for value in args])})"


def case_of(problem: WorldProblem, case: Case) -> str:
    """A case as text: ``f(1) == 2``."""
    return case_line(call_of(problem, case[0]), case[1])


def words_of(problem: WorldProblem, *, n_examples: int = 0) -> str:
    """The prompt of a problem up to its program: statement and examples."""
    return nursery_prompt(problem.problem(n_examples=n_examples), n_examples=n_examples).partition("<|program|>")[0]
