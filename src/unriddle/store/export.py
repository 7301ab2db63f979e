"""export: a run as JSON Lines or Parquet, one record per judged candidate.

Not covered: the values that candidates returned; ``unriddle eval --out`` keeps those as verdicts files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, MissingExtra
from unriddle.outcome import Status
from unriddle.store.run import Run
from unriddle.verdicts import Verdicts
from unriddle.whole_file import replacing

__all__ = ["export", "records"]


def export(run: Run, path: str | Path) -> int:
    """Write the run to ``path`` and return how many records; the suffix chooses ``.jsonl`` or ``.parquet``.

    The file is written beside its final name and renamed, so a broken export leaves no half file.

    Raises:
        BadInput: The suffix is neither, or the folder cannot be written.
        MissingExtra: Parquet without pyarrow.
    """
    path = Path(path)
    writers: dict[str, Callable[[Iterator[dict[str, Any]], Path], int]] = {
        ".jsonl": _write_jsonl,
        ".parquet": _write_parquet,
    }
    if path.suffix not in writers:
        raise BadInput(f"{path}: the name must end in .jsonl or .parquet, got suffix {path.suffix!r}")
    try:
        with replacing(path) as scratch:
            return writers[path.suffix](records(run), scratch)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error}); choose a folder that exists") from error


def records(run: Run) -> Iterator[dict[str, Any]]:
    """One record per candidate in order: the program, where it came from, and its verdicts if it has any.

    ``passed`` is ``None`` where nothing is known: not judged yet, or our machine failed.
    """
    for task in run.tasks():
        rows, calls = run.done_rows(task), run.done_calls(task)
        used: dict[str, int] = {}
        candidates = run.candidates(task)
        for position, candidate in enumerate(candidates):
            copy = used.get(candidate.id, 0)
            used[candidate.id] = copy + 1
            row = rows.get((candidate.id, copy), rows.get((candidate.id, 0)))
            yield {
                "task_id": task,
                "position": position,
                "candidate": candidate.id,
                "language": candidate.language,
                "source": candidate.source,
                "proposer": candidate.proposer,
                "prior": candidate.prior,
                "n_tokens": candidate.n_tokens,
                "completion": calls[position].text if position < len(calls) else None,
                **_judged(row),
            }


def _judged(row: Verdicts | None) -> dict[str, Any]:
    if row is None:
        return {"passed": None, "tests": [], "status": [], "cpu_seconds": [], "errors": []}
    known = not (row.status == Status.INFRA).any()
    m = row.shape[1]
    errors = [row.details[0, j].error if (0, j) in row.details else "" for j in range(m)]
    return {
        "passed": bool(row.solved()[0]) if known else None,
        "tests": list(row.tests),
        "status": [Status(int(s)).name for s in row.status[0]],
        "cpu_seconds": [None if s != s else round(float(s), 6) for s in row.cpu_seconds[0].tolist()],
        "errors": errors,
    }


def _write_jsonl(rows: Iterator[dict[str, Any]], path: Path) -> int:
    n = 0
    with path.open("w", encoding="utf-8") as file:
        for n, row in enumerate(rows, start=1):  # noqa: B007
            file.write(json.dumps(row) + "\n")
    return n


def _write_parquet(rows: Iterator[dict[str, Any]], path: Path) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("Parquet", "unriddle[parquet]") from error
    texts = ("task_id", "candidate", "language", "source", "proposer", "completion")
    schema = pa.schema(
        [(name, pa.string()) for name in texts]
        + [("position", pa.int64()), ("prior", pa.float64()), ("n_tokens", pa.int64()), ("passed", pa.bool_())]
        + [(name, pa.list_(pa.string())) for name in ("tests", "status", "errors")]
        + [("cpu_seconds", pa.list_(pa.float64()))]
    )
    plain = [{name: _utf8(value) for name, value in row.items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(plain, schema=schema), path)
    return len(plain)


def _utf8(value: Any) -> Any:
    """Text may hold lone surrogates, which Parquet cannot keep; they are shown as escapes."""
    if isinstance(value, list):
        return [_utf8(item) for item in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
