"""What an evaluation looks like: the ``--json`` document, a table for people, and files in the field's style.

Not covered: the run store's own export (``unriddle runs export``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unriddle import verdicts_file
from unriddle.benchmarks.run import Evaluation, first_statuses
from unriddle.errors import BadInput
from unriddle.outcome import Status
from unriddle.whole_file import write_whole

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["document", "results", "save", "status_line", "summary_table", "task_table"]


_RESULTS = {Status.PASS: "passed", Status.INFRA: "not judged: INFRA"}


def document(evaluation: Evaluation) -> dict[str, Any]:
    """The ``eval --json`` document, schema 1.

    In ``per_problem``, ``n`` are the candidates about which something is known and ``c`` those that passed all hidden
    tests; candidates our machine could not judge are ``status_counts["INFRA"]``.
    """
    return {
        "schema": 1,
        "benchmark": evaluation.benchmark,
        "n_problems": evaluation.n_problems,
        "n_candidates": evaluation.n_candidates,
        "metrics": {name: dict(metric) for name, metric in evaluation.metrics.items()},
        "status_counts": dict(evaluation.status_counts),
        "isolation": evaluation.isolation,
        "limits": evaluation.limits.as_dict(),
        "seconds": round(evaluation.seconds, 3),
        "per_problem": {task: {"n": r.n, "c": r.c} for task, r in evaluation.per_problem.items()},
    }


def summary_table(evaluation: Evaluation) -> Table:
    """The metrics with their intervals, one line each."""
    from rich.table import Table

    title = f"{evaluation.benchmark}: {evaluation.n_candidates} candidates, {evaluation.n_problems} problems"
    table = Table(title=title, title_justify="left")
    for name in ("metric", "value", "95 % interval over problems"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for name, metric in evaluation.metrics.items():
        table.add_row(name, f"{metric['value']:.1%}", f"{metric['low']:.1%} – {metric['high']:.1%}")
    return table


def status_line(evaluation: Evaluation) -> str:
    """How many candidates ended in each status; a candidate's status is its first that is not PASS."""
    counts = ", ".join(f"{name} {n}" for name, n in evaluation.status_counts.items() if n)
    return f"candidates by first status that is not PASS: {counts}"


def task_table(evaluation: Evaluation) -> Table:
    """One line per task: n, c, and the statuses of its candidates."""
    from rich.table import Table

    table = Table(title=f"{evaluation.benchmark}, task by task", title_justify="left")
    for name in ("task", "n", "c", "statuses"):
        table.add_column(name, justify="right" if name in ("n", "c") else "left")
    for task, result in evaluation.per_problem.items():
        statuses = first_statuses(result.verdicts)[list(result.rows)]
        counts = [(Status(s).name, int((statuses == s).sum())) for s in sorted(set(statuses.tolist()))]
        table.add_row(task, str(result.n), str(result.c), ", ".join(f"{name} {k}" for name, k in counts))
    return table


def results(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """One record per candidate in the order given: task id, whether it passed, and the status of every test.

    ``passed`` is ``None`` where our machine failed; ``verdicts_row`` is its row in the task's verdicts file.
    """
    for task, result in evaluation.per_problem.items():
        verdicts, statuses = result.verdicts, first_statuses(result.verdicts)
        tests = [name or f"test {j}" for j, name in enumerate(verdicts.tests)]
        names = [[Status(int(s)).name for s in row] for row in verdicts.status]
        for row in result.rows:
            status = Status(int(statuses[row]))
            yield {
                "task_id": task,
                "candidate": verdicts.candidates[row],
                "passed": None if status is Status.INFRA else status is Status.PASS,
                "result": _RESULTS.get(status, f"failed: {status.name}"),
                "status": dict(zip(tests, names[row], strict=True)),
                "verdicts_row": row,
            }


def save(evaluation: Evaluation, folder: str | Path) -> None:
    """Write ``summary.json``, ``<benchmark>_results.jsonl`` and ``verdicts/<task>.npz`` into a folder.

    Raises:
        BadInput: The folder cannot be written.
    """
    folder = Path(folder)
    try:
        (folder / "verdicts").mkdir(parents=True, exist_ok=True)
        for task, result in evaluation.per_problem.items():
            verdicts_file.save(result.verdicts, folder / "verdicts" / f"{_plain(task)}.npz")
        lines = "".join(json.dumps(record) + "\n" for record in results(evaluation))
        write_whole(folder / f"{_plain(evaluation.benchmark)}_results.jsonl", lines)
        write_whole(folder / "summary.json", json.dumps(document(evaluation), indent=1) + "\n")
    except OSError as error:
        raise BadInput(f"{folder}: results cannot be written ({error}); choose another folder with --out") from error


def _plain(name: str) -> str:
    """A file name: everything but letters, digits, ``+``, ``-`` and ``.`` becomes ``_``."""
    return re.sub(r"[^\w.+-]", "_", name)
