"""The nursery: held-out problems of the generated world, as a benchmark.

Problems are made on the spot from a seed, or read from a file that ``unriddle data world`` wrote; nothing is
downloaded. Not covered: problems of published benchmarks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.data.world import Split, WorldProblem, generate
from unriddle.data.world.rows import from_record
from unriddle.errors import BadInput, shorten
from unriddle.outcome import Limits
from unriddle.record import read_records

__all__ = ["load", "parse_levels", "task", "tasks"]

LIMITS = Limits(cpu_seconds=1.0, memory_mb=512)


def load(
    path: str | Path | None = None,
    *,
    levels: Sequence[int] | int | str = (1, 2),
    n: int = 200,
    seed: int = 0,
    split: Split = "held_out",
) -> TaskBenchmark:
    """``n`` problems of these levels, or the problems of a file; the same arguments give the same problems.

    Args:
        path: A file of problems, or levels as text, so that ``nursery:4`` and ``nursery:held_out.jsonl`` are names.
        levels: Levels, as numbers or as text (``"1,2"``).
        n: How many problems.
        seed: Seed of the stream.
        split: ``held_out`` or ``train``.

    Raises:
        BadInput: There is no such level, split or file, or ``n`` is not positive.
    """
    if path is not None and not re.fullmatch(r"\d+(,\d+)*", str(path)):
        return _from_file(Path(path))
    levels = levels if path is None else str(path)
    wanted = parse_levels(levels)
    if type(n) is not int or n < 1:
        raise BadInput(f"benchmark nursery: n must be a whole number above 0, got {shorten(n)}")
    meta = {"levels": list(wanted), "n": n, "seed": seed, "split": split}
    return TaskBenchmark(
        "nursery", tuple(tasks(islice(generate(levels=wanted, split=split, seed=seed), n))), LIMITS, meta
    )


def _from_file(path: Path) -> TaskBenchmark:
    problems = [from_record(record) for record in read_records(path) if record.kind == "problem"]
    if not problems:
        raise BadInput(f"{path}: expected problems, found none; write them with unriddle data world --out FILE")
    meta = {"source": path.name, "n": len(problems), "levels": sorted({problem.level for problem in problems})}
    return TaskBenchmark("nursery", tuple(tasks(iter(problems))), LIMITS, meta)


def parse_levels(levels: Sequence[int] | int | str) -> tuple[int, ...]:
    """Levels given as numbers or as text (``"1,2"``).

    Raises:
        BadInput: One is no number.
    """
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
