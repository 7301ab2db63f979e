"""A problem that is a benchmark's task: its visible tests pose it, its hidden tests stay with the benchmark.

Not covered: judging; ``TaskBenchmark.judge`` does that.
"""

from __future__ import annotations

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.names import load_benchmark
from unriddle.contracts import Executor

__all__ = ["read_task"]


def read_task(what: str, *, executor: Executor | None = None) -> tuple[TaskBenchmark, Task]:
    """The benchmark and the task named ``benchmark/task``.

    Raises:
        BadInput: There is no such benchmark or task; the message lists near names.
    """
    name, _, number = what.rpartition("/")
    benchmark = load_benchmark(name, executor=executor)
    return benchmark, benchmark.task(number)
