"""The nursery: held-out problems of the generated world, as a benchmark.

Problems are made on the spot from a seed; nothing is downloaded. Not covered: problems of published benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.data.world import Split, WorldProblem, generate
from unriddle.errors import BadInput, shorten
from unriddle.outcome import Limits

__all__ = ["load", "task", "tasks"]

LIMITS = Limits(cpu_seconds=1.0, memory_mb=512)


def load(
    *, levels: Sequence[int] | int | str = (1, 2), n: int = 200, seed: int = 0, split: Split = "held_out"
) -> TaskBenchmark:
    """``n`` problems of these levels; the same arguments give the same problems.

    Args:
        levels: Levels, as numbers or as text (``"1,2"``).
        n: How many problems.
        seed: Seed of the stream.
        split: ``held_out`` or ``train``.

    Raises:
        BadInput: There is no such level or split, or ``n`` is not positive.
    """
    wanted = _levels(levels)
    if type(n) is not int or n < 1:
        raise BadInput(f"benchmark nursery: n must be a whole number above 0, got {shorten(n)}")
    meta = {"levels": list(wanted), "n": n, "seed": seed, "split": split}
    return TaskBenchmark(
        "nursery", tuple(tasks(islice(generate(levels=wanted, split=split, seed=seed), n))), LIMITS, meta
    )


def _levels(levels: Sequence[int] | int | str) -> tuple[int, ...]:
    try:
        given = levels.split(",") if isinstance(levels, str) else [levels] if isinstance(levels, int) else levels
        return tuple(int(level) for level in given)
    except (TypeError, ValueError):
        raise BadInput(f"benchmark nursery: levels must be numbers (1,2), got {shorten(levels)}") from None


def tasks(problems: Iterator[WorldProblem]) -> Iterator[Task]:
    """The tasks of problems, in their order."""
    return (task(problem) for problem in problems)


def task(problem: WorldProblem) -> Task:
    """The problem as a task: visible examples in the problem, hidden cases and the reference in the task."""
    shown = problem.problem()
    return Task(shown, problem.tests(problem.hidden, "hidden"), problem.program, problem.header)
