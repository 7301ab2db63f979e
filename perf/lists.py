"""How many tasks over lists are solved from examples, next to plain enumeration by size over the same operators.

    python perf/lists.py --tasks list_tasks.json --routines list-routines.tar.xz [--seconds 10] [--keep results.jsonl]
                         [--limit 20] [--plain 100] [--json]

Half of a task's examples are shown; a task is solved when the first program found is right on all the others too, as
the executor says. Both searches get ``--seconds`` CPU seconds a task, and the plain one has the same operators,
functions of an element and constants; ``--plain`` runs it on so many tasks of each set only, drawn by lot. ``--keep``
writes every result to a file as it is made, and goes on where that file ends. The search was developed on a fixed half
of each set, drawn by lot; both halves are reported. ``--half`` runs one of them alone.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unriddle.benchmarks import dreamcoder_lists, list_routines
from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.metrics import wilson
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.execute import open_executor
from unriddle.propose.list_programs import list_columns, list_program
from unriddle.propose.list_search import by_size, list_expressions

METHODS = ("unriddle", "plain")


def main() -> int:
    parser = argparse.ArgumentParser(description="tasks over lists, next to plain enumeration")
    parser.add_argument("--tasks", type=Path, help="list_tasks.json of DreamCoder")
    parser.add_argument("--routines", type=Path, help="the list routines, a folder or a .tar.xz")
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds per task and search")
    parser.add_argument("--keep", type=Path, help="a file of results to write and to go on from")
    parser.add_argument("--limit", type=int, help="so many tasks of each set, drawn by lot")
    parser.add_argument("--plain", type=int, help="so many tasks of each set for the plain enumeration")
    parser.add_argument("--half", choices=("developed on", "other"), help="one half only")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = (
        [json.loads(line) for line in asked.keep.read_text().splitlines()] if asked.keep and asked.keep.exists() else []
    )
    known = {(row["set"], row["task"], row["method"]) for row in rows}
    sets = [("tasks", dreamcoder_lists.load(asked.tasks))] if asked.tasks else []
    sets += [("routines", list_routines.load(asked.routines))] if asked.routines else []
    with open_executor(workers=1) as executor:
        work = [(name, bench, *one) for name, bench in sets for one in _chosen(bench, asked)]
        random.Random(3).shuffle(work)  # so that a run that was ended early is a sample, too
        for name, bench, task, half, methods in work:
            for method in methods:
                if (name, task.problem.id, method) in known:
                    continue
                row = {"set": name, "task": task.problem.id, "half": half, "method": method,
                       **_solved(bench, task, method, asked.seconds, executor)}  # fmt: skip
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
                if asked.keep:
                    with asked.keep.open("a") as file:
                        file.write(json.dumps(row) + "\n")
    made = {"schema": 1, "seconds": asked.seconds, **_summary(rows)}
    print(json.dumps(made, indent=2) if asked.json else "\n".join(f"{key}: {value}" for key, value in made.items()))
    return 0


def _chosen(bench: TaskBenchmark, asked: argparse.Namespace) -> list[tuple[Task, str, tuple[str, ...]]]:
    tasks = list(bench.tasks)
    developed = set(random.Random(0).sample(range(len(tasks)), len(tasks) // 2))
    plain = set(random.Random(1).sample(range(len(tasks)), min(len(tasks), asked.plain or len(tasks))))
    chosen = []
    for i, task in enumerate(tasks):
        half = "developed on" if i in developed else "other"
        if asked.half in (None, half):
            chosen.append((task, half, METHODS if i in plain else METHODS[:1]))
    return random.Random(2).sample(chosen, min(len(chosen), asked.limit or len(chosen)))


def _solved(bench: TaskBenchmark, task: Task, method: str, seconds: float, executor: Executor) -> dict[str, Any]:
    columns = list_columns(task.problem)
    begun = time.process_time()
    found = []
    if columns is not None and method == "unriddle":
        found = list_expressions(*columns, cpu_seconds=seconds)
    elif columns is not None:
        search = by_size(*columns, stop=lambda: time.process_time() - begun >= seconds)
        found = [made for made in [next(search, None)] if made is not None]
    spent = round(time.process_time() - begun, 3)
    if not found:
        return {"found": False, "solved": False, "cpu_seconds": spent}
    source = list_program(task.problem, found[0])
    shown = executor.run([Candidate(source)], task.problem.tests)
    ((_, hidden),) = bench.judge({task.problem.id: [Candidate(source)]}, executor=executor)
    return {"found": bool(shown.solved().all()), "solved": bool(shown.solved().all() and hidden.solved().all()),
            "cpu_seconds": spent, "program": found[0].source}  # fmt: skip


def _summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in dict.fromkeys(row["set"] for row in rows):
        for half in ("developed on", "other", "all"):
            chosen = [row for row in rows if row["set"] == name and half in (row["half"], "all")]
            for method in METHODS:
                own = [row for row in chosen if row["method"] == method]
                if own:
                    made[f"{name}, {half}, {method}"] = _share(own)
            pairs = _pairs(chosen)
            if pairs:
                made[f"{name}, {half}, paired"] = _paired(pairs)
    return made


def _share(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    solved = sum(row["solved"] for row in rows)
    low, high = wilson(solved, len(rows))
    times = sorted(row["cpu_seconds"] for row in rows if row["solved"])
    return {"solved": solved, "of": len(rows), "low": round(low, 3), "high": round(high, 3),
            "fits but wrong": sum(row["found"] and not row["solved"] for row in rows),
            "median_cpu_seconds": times[len(times) // 2] if times else None}  # fmt: skip


def _pairs(rows: Sequence[dict[str, Any]]) -> list[tuple[bool, bool]]:
    by_task: dict[str, dict[str, bool]] = {}
    for row in rows:
        by_task.setdefault(row["task"], {})[row["method"]] = row["solved"]
    return [(one["unriddle"], one["plain"]) for one in by_task.values() if len(one) == 2]


def _paired(pairs: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    """On the tasks both tried: who alone solved how many, and the exact two-sided sign test."""
    ours, theirs = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    n = ours + theirs
    tail = sum(math.comb(n, k) for k in range(min(ours, theirs) + 1)) / 2**n
    return {"tasks": len(pairs), "unriddle": sum(a for a, _ in pairs), "plain": sum(b for _, b in pairs),
            "unriddle_alone": ours, "plain_alone": theirs, "p": round(min(1.0, 2 * tail), 5)}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
