"""DreamCoder's list tasks: functions of a list or a number from fifteen examples (Ellis 2021, MIT licence).

Reads ``list_tasks.json`` of the repository ``ellisk42/ec`` from a path you name. Half of a task's examples are shown.
Names tell the answer, so problems are numbered; ``meta["names"]`` of the benchmark has the names.
Not covered: ``list_tasks2.json``.
"""

from __future__ import annotations

from pathlib import Path

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.benchmarks.examples import example_task
from unriddle.benchmarks.rows import list_field, read_json, text_field
from unriddle.errors import BadInput

__all__ = ["load"]


def load(path: str | Path, *, shown: float = 0.5) -> TaskBenchmark:
    """The benchmark from ``list_tasks.json``.

    Args:
        path: The file.
        shown: Share of the examples that is visible, rounded up.

    Raises:
        BadInput: It cannot be read, or a row is no such task.
    """
    rows = read_json(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"{path}: expected a list of tasks, got {type(rows).__name__}")
    tasks, names = [], {}
    for i, row in enumerate(rows):
        where = f"{path}, task {i}"
        name = text_field(row, "name", where=where)
        pairs = list_field(row, "examples", where=where, of=dict)
        if not all(set(pair) == {"i", "o"} for pair in pairs):
            raise BadInput(f"{where}: expected examples with the keys 'i' and 'o'")
        n_shown = -int(-len(pairs) * shown // 1)
        examples = [(pair["i"], pair["o"]) for pair in pairs]
        tasks.append(example_task(f"list/{i}", examples, n_shown=n_shown, where=where))
        names[f"list/{i}"] = name
    return TaskBenchmark("dreamcoder_lists", tuple(tasks), meta={"path": str(path), "shown": shown, "names": names})
