"""Verdicts in one file: NPZ (needs numpy only) or Parquet (one row per cell; needs pyarrow).

Values travel as their encodings, never as pickles. A file is written beside its final name and renamed, so an
interrupted save leaves the old file whole. Not covered: partial reads.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.errors import BadInput, MissingExtra
from unriddle.verdicts import Detail, Verdicts
from unriddle.whole_file import replacing

__all__ = ["load", "save"]

_SCHEMA = 1
_DAMAGE = (
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, MemoryError),
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError),  # zipfile: encrypted, or a method it lacks
)


def save(verdicts: Verdicts, path: str | Path) -> None:
    """Write the whole matrix to ``path``; the suffix (``.npz`` or ``.parquet``) chooses the format.

    Raises:
        BadInput: The suffix is neither.
        MissingExtra: Parquet without pyarrow.
    """
    path = Path(path)
    with replacing(path) as scratch:
        _writer(path)(verdicts, scratch)


def load(path: str | Path) -> Verdicts:
    """Read a matrix that ``save`` wrote.

    Raises:
        BadInput: The file is absent, of another format, or damaged.
        MissingExtra: Parquet without pyarrow.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f"{path}: no such file; expected a .npz or .parquet written by unriddle")
    try:
        return _load_parquet(path) if path.suffix == ".parquet" else _load_npz(path)
    except _DAMAGE as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path}: not a verdicts file, or damaged ({error}); write it again with save()") from error


def _writer(path: Path) -> Any:
    writers = {".npz": _save_npz, ".parquet": _save_parquet}
    if path.suffix not in writers:
        raise BadInput(f"{path}: the name must end in .npz or .parquet, got suffix {path.suffix!r}")
    return writers[path.suffix]


def _head(verdicts: Verdicts) -> str:
    return json.dumps(
        {
            "schema": _SCHEMA,
            "candidates": verdicts.candidates,
            "tests": verdicts.tests,
            "info": dict(verdicts.info),
        }
    )


def _read_head(text: str) -> dict[str, Any]:
    head = json.loads(text)
    if head.get("schema") != _SCHEMA:
        raise BadInput(f"verdicts file of schema {head.get('schema')!r}; this version reads schema {_SCHEMA}")
    return dict(head)


def _save_npz(verdicts: Verdicts, path: Path) -> None:
    lengths = np.array([len(v) for v in verdicts.values], dtype=np.int64)
    details = [[i, j, d.stdout, d.error, d.line] for (i, j), d in sorted(verdicts.details.items())]
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            head=np.frombuffer(_head(verdicts).encode(), np.uint8),
            status=verdicts.status,
            value=verdicts.value,
            cpu_seconds=verdicts.cpu_seconds,
            prior=verdicts.prior,
            value_lengths=lengths,
            value_bytes=np.frombuffer(b"".join(verdicts.values), np.uint8),
            details=np.frombuffer(json.dumps(details).encode(), np.uint8),
        )


def _load_npz(path: Path) -> Verdicts:
    with np.load(path, allow_pickle=False) as arrays:
        head = _read_head(arrays["head"].tobytes().decode())
        ends = np.cumsum(arrays["value_lengths"])
        blob = arrays["value_bytes"].tobytes()
        details = json.loads(arrays["details"].tobytes().decode())
        return Verdicts(
            status=arrays["status"],
            value=arrays["value"],
            cpu_seconds=arrays["cpu_seconds"],
            prior=arrays["prior"],
            candidates=tuple(head["candidates"]),
            tests=tuple(head["tests"]),
            values=tuple(blob[end - length : end] for end, length in zip(ends, arrays["value_lengths"], strict=True)),
            details={(i, j): Detail(stdout, error, line) for i, j, stdout, error, line in details},
            info=head["info"],
        )


def _save_parquet(verdicts: Verdicts, path: Path) -> None:
    pa, pq = _pyarrow()
    n, m = verdicts.shape
    cells = [(i, j) for i in range(n) for j in range(m)]
    none = Detail()
    texts = [verdicts.details.get(cell, none) for cell in cells]
    numbers = verdicts.value.ravel()
    table = pa.table(
        {
            "candidate": pa.array([verdicts.candidates[i] for i, _ in cells], pa.string()),
            "test": pa.array([verdicts.tests[j] for _, j in cells], pa.string()),
            "status": pa.array(verdicts.status.ravel(), pa.int8()),
            "value": pa.array(numbers, pa.int32()),
            "cpu_seconds": pa.array(verdicts.cpu_seconds.ravel(), pa.float32()),
            "prior": pa.array(np.repeat(verdicts.prior, m), pa.float64()),
            "encoded": pa.array([verdicts.values[k] if k >= 0 else None for k in numbers], pa.binary()),
            "stdout": pa.array([_utf8(d.stdout) for d in texts], pa.string()),
            "error": pa.array([_utf8(d.error) for d in texts], pa.string()),
            "line": pa.array([d.line for d in texts], pa.int32()),
        }
    )
    used = set(numbers.tolist())
    head = {
        b"unriddle": _head(verdicts).encode(),
        b"unriddle_prior": json.dumps(verdicts.prior.tolist()).encode(),
        b"unriddle_n_values": str(len(verdicts.values)).encode(),
        b"unriddle_unused": json.dumps({k: v.hex() for k, v in enumerate(verdicts.values) if k not in used}).encode(),
    }
    pq.write_table(table.replace_schema_metadata(head), path)


def _load_parquet(path: Path) -> Verdicts:
    pa, pq = _pyarrow()
    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise BadInput(f"{path}: not a Parquet file ({error})") from error
    meta = table.schema.metadata or {}
    if b"unriddle" not in meta:
        raise BadInput(f"{path}: a Parquet file, but not one of verdicts; write it with save()")
    head = _read_head(meta[b"unriddle"].decode())
    shape = (len(head["candidates"]), len(head["tests"]))
    value = table["value"].to_numpy().reshape(shape).astype(np.int32)
    values = [b""] * int(meta[b"unriddle_n_values"])
    for k, text in json.loads(meta[b"unriddle_unused"]).items():
        values[int(k)] = bytes.fromhex(text)
    for k, encoded in zip(value.ravel().tolist(), table["encoded"].to_pylist(), strict=True):
        if k >= 0:
            values[k] = encoded
    details = {
        divmod(position, shape[1]): Detail(stdout, error, line)
        for position, (stdout, error, line) in enumerate(
            zip(*(table[name].to_pylist() for name in ("stdout", "error", "line")), strict=True)
        )
        if stdout or error or line
    }
    return Verdicts(
        status=table["status"].to_numpy().reshape(shape).astype(np.int8),
        value=value,
        cpu_seconds=table["cpu_seconds"].to_numpy().reshape(shape).astype(np.float32),
        prior=np.array(json.loads(meta[b"unriddle_prior"]), dtype=np.float64),
        candidates=tuple(head["candidates"]),
        tests=tuple(head["tests"]),
        values=tuple(values),
        details=details,
        info=head["info"],
    )


def _utf8(text: str) -> str:
    """Printed text may hold lone surrogates, which Parquet strings cannot; they are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Parquet", "unriddle[parquet]") from error
    return pyarrow, pyarrow.parquet
