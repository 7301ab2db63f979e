"""select_tasks(): some tasks of a benchmark, named the way people write page ranges.

Not covered: random subsets; draw task ids yourself and pass them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.errors import BadInput

__all__ = ["select_tasks"]


def select_tasks(benchmark: TaskBenchmark, text: str) -> TaskBenchmark:
    """The benchmark with the named tasks only, in its own order.

    Args:
        benchmark: Where to select from.
        text: Parts separated by commas: a full id (``HumanEval/3``), the number at the end of an id (``3``), or a
            range of such numbers with both ends included (``0-9``).

    Raises:
        BadInput: A part names no task.
    """
    ids = [task.problem.id for task in benchmark.tasks]
    numbers = {int(end): task for task in ids if (end := task.rpartition("/")[2]).isdecimal()}
    chosen = {task for part in text.split(",") for task in _named(part.strip(), ids, numbers, benchmark)}
    return dataclasses.replace(benchmark, tasks=tuple(task for task in benchmark.tasks if task.problem.id in chosen))


def _named(part: str, ids: Sequence[str], numbers: Mapping[int, str], benchmark: TaskBenchmark) -> list[str]:
    if part in ids:
        return [part]
    low, dash, high = part.partition("-")
    if dash and low.isdecimal() and high.isdecimal():
        found = [task for number, task in numbers.items() if int(low) <= number <= int(high)]
        if not found:
            raise BadInput(
                f"tasks: {benchmark.name} has no task numbered from {low} to {high}; its tasks go from {ids[0]} to "
                f"{ids[-1]}"
            )
        return found
    if part.isdecimal() and int(part) in numbers:
        return [numbers[int(part)]]
    return [benchmark.task(part).problem.id]
