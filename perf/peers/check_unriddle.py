"""unriddle at the full isolation level on one program, alone in its executor.

The same tests run on an honest program first: the sandboxes are then warm, and the processes they consist of are not
taken for processes that the hostile program left behind (``left_before``).
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

from adapter import answer

kept_open: list[object] = []
HONEST = "def add(x, y):\n    return x + y\n"


def check(job: dict[str, Any]) -> dict[str, Any]:
    from unriddle import CallTest, Candidate, Limits
    from unriddle.benchmarks.humaneval import task_from_row
    from unriddle.execute.python import PythonExecutor

    task = task_from_row(job["task"], where="HumanEval/53")
    tests = [dataclasses.replace(t, isolated=job["isolated"]) for t in task.hidden if isinstance(t, CallTest)]
    if len(tests) < len(job["inputs"]):
        raise ValueError(f"expected {len(job['inputs'])} calls, got {task.hidden}")
    limits = Limits(**job["limits"])
    executor = PythonExecutor(workers=1)
    executor.__enter__()
    kept_open.append(executor)  # until after the answer: its sandboxes are part of what is looked at
    # The same packages are named, so that the same kind of sandbox is warm.
    executor.run([Candidate(HONEST + ("# numpy\n" if "numpy" in job["source"] else ""))], tests, limits=limits)
    before = n_processes()
    verdicts = executor.run([Candidate(job["source"])], tests, limits=limits)
    names = [verdicts[0, j].status.name for j in range(len(tests))]
    return {
        "accepted": bool(verdicts.solved()[0]),
        "detail": " ".join(dict.fromkeys(names)),
        "left_before": before,
        "isolation": executor.isolation,
    }


def n_processes() -> int:
    """Living processes here, but for process 1 and this one."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return len([number for number in numbers if number not in (1, os.getpid())])


if __name__ == "__main__":
    answer(check)
