"""Tasks for a workflow that plans: a list goes through five steps, each one of sixteen; all of them our own.

Not covered: how plans and programs are written down and drawn (``_lpw_symbolic``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

__all__ = ["STEPS", "Step", "Task", "draw_tasks", "end", "source", "walk"]

Numbers = list[int]

N_STEPS = 5
_N_VISIBLE, _N_HIDDEN = 3, 20


@dataclass(frozen=True, slots=True)
class Step:
    """One step: in words, as an expression of ``x``, and as a function."""

    words: str
    code: str
    of: Callable[[Numbers], Numbers]


STEPS = (
    Step("Turn it round.", "x[::-1]", lambda x: x[::-1]),
    Step("Sort it.", "sorted(x)", lambda x: sorted(x)),
    Step("Sort it, the largest first.", "sorted(x, reverse=True)", lambda x: sorted(x, reverse=True)),
    Step("Leave out its first number.", "x[1:]", lambda x: x[1:]),
    Step("Leave out its last number.", "x[:-1]", lambda x: x[:-1]),
    Step("Add one to each number.", "[v + 1 for v in x]", lambda x: [v + 1 for v in x]),
    Step("Double each number.", "[v * 2 for v in x]", lambda x: [v * 2 for v in x]),
    Step("Take three off each number.", "[v - 3 for v in x]", lambda x: [v - 3 for v in x]),
    Step("Keep the even numbers.", "[v for v in x if v % 2 == 0]", lambda x: [v for v in x if v % 2 == 0]),
    Step("Keep the numbers above four.", "[v for v in x if v > 4]", lambda x: [v for v in x if v > 4]),
    Step("Negate each number.", "[-v for v in x]", lambda x: [-v for v in x]),
    Step("Put the sum up to each number in its place.", "[sum(x[: i + 1]) for i in range(len(x))]",
         lambda x: [sum(x[: i + 1]) for i in range(len(x))]),
    Step("Keep the last digit of each square.", "[v * v % 10 for v in x]", lambda x: [v * v % 10 for v in x]),
    Step("Keep the first of equal numbers.", "list(dict.fromkeys(x))", lambda x: list(dict.fromkeys(x))),
    Step("Take the differences of neighbours.", "[b - a for a, b in zip(x, x[1:])]",
         lambda x: [b - a for a, b in itertools.pairwise(x)]),
    Step("Exchange its halves.", "x[len(x) // 2 :] + x[: len(x) // 2]", lambda x: x[len(x) // 2 :] + x[: len(x) // 2]),
)  # fmt: skip
"""What a step may be."""


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, its right steps, and hidden inputs.

    Attributes:
        problem: With visible tests.
        steps: ``(5,)`` places in ``STEPS``.
        shown: Inputs of the visible tests.
        hidden: Inputs that decide.
    """

    problem: Problem
    steps: tuple[int, ...]
    shown: tuple[tuple[int, ...], ...]
    hidden: tuple[tuple[int, ...], ...]

    def passes(self, steps: Sequence[int], *, hidden: bool) -> int:
        """How many visible tests, or hidden inputs, these steps get right."""
        inputs = self.hidden if hidden else self.shown
        return sum(end(steps, x) == end(self.steps, x) for x in inputs)

    def right(self, steps: Sequence[int]) -> bool:
        """Whether these steps get all hidden inputs right."""
        return self.passes(steps, hidden=True) == len(self.hidden)


def walk(steps: Sequence[int], x: Sequence[int]) -> list[Numbers]:
    """The list after each step."""
    found, now = [], list(x)
    for step in steps:
        now = STEPS[step].of(now)
        found.append(now)
    return found


def end(steps: Sequence[int], x: Sequence[int]) -> Numbers:
    """The list after the last step."""
    return walk(steps, x)[-1]


def source(steps: Sequence[int]) -> str:
    """The program of these steps.

    >>> print(source([0, 1]))
    def f(x):
        s1 = x = x[::-1]
        s2 = x = sorted(x)
        return x
    """
    lines = [f"    s{i} = x = {STEPS[step].code}" for i, step in enumerate(steps, start=1)]
    return "\n".join(["def f(x):", *lines, "    return x"])


def draw_tasks(n: int, *, rng: np.random.Generator) -> list[Task]:
    """``n`` tasks whose visible results differ and are not empty."""
    found: list[Task] = []
    while len(found) < n:
        steps = tuple(rng.integers(len(STEPS), size=N_STEPS).tolist())
        inputs = [tuple(rng.integers(10, size=rng.integers(5, 9)).tolist()) for _ in range(_N_VISIBLE + _N_HIDDEN)]
        ends = [end(steps, x) for x in inputs[:_N_VISIBLE]]
        if not all(ends) or len({tuple(x) for x in ends}) < _N_VISIBLE:
            continue
        tests = tuple(
            CallTest("f", (list(x),), expect=Returns(y), name=f"shown {i}")
            for i, (x, y) in enumerate(zip(inputs, ends, strict=False))
        )
        problem = Problem(
            f"list-{len(found)}", "Change a list of numbers.", Signature("f", (Parameter("x"),)), tests=tests
        )
        found.append(Task(problem, steps, tuple(inputs[:_N_VISIBLE]), tuple(inputs[_N_VISIBLE:])))
    return found
