"""Record: one JSON-able fact about a run (a call, a candidate, a verdict), and its file form, JSON Lines.

Not covered: tables of numbers; those are Verdicts.
"""

from __future__ import annotations

import gzip
import json
import lzma
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO, cast

from unriddle.errors import BadInput, shorten
from unriddle.whole_file import replacing

__all__ = ["SCHEMA", "Record", "read_jsonl", "read_records", "write_jsonl"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One fact.

    Args:
        kind: What it is: ``problem``, ``call``, ``candidate``, ``verdict``, ``answer``.
        problem: Id of the problem it belongs to; may be empty.
        data: The fact itself, JSON-able.
    """

    kind: str
    problem: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The record as one JSON object, with its schema version."""
        return {**self.data, "schema": SCHEMA, "kind": self.kind, "problem": self.problem}


def read_jsonl(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers (from 1) and objects of a JSON Lines file; ``.gz`` and ``.xz`` are opened as such.

    Raises:
        BadInput: The file is absent or unreadable, or a line is not a JSON object; the message has the line number.
    """
    path = Path(path)
    number = 0
    try:
        with _open(path, kind=path.suffix, mode="rt") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, _object(line, path, number)
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError, zlib.error) as error:
        raise BadInput(f"{path}: cannot be read after line {number} ({error}); expected a JSON Lines file") from error


def write_jsonl(rows: Iterable[Mapping[str, Any]], path: str | Path) -> int:
    """Write objects one per line, compressed for ``.gz`` and ``.xz``; return how many.

    The file appears whole or not at all.
    """
    path = Path(path)
    count = 0
    with replacing(path) as scratch, _open(scratch, kind=path.suffix, mode="wt") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True) + "\n")
            count += 1
    return count


def read_records(path: str | Path) -> Iterator[Record]:
    """Records of a file that ``write_jsonl(record.as_dict() …)`` wrote.

    Raises:
        BadInput: As ``read_jsonl``; also for a schema this version does not read.
    """
    for number, row in read_jsonl(path):
        if row.pop("schema", None) != SCHEMA or "kind" not in row:
            raise BadInput(f"{path}:{number}: expected a record of schema {SCHEMA} with a kind, got {shorten(row)}")
        yield Record(str(row.pop("kind")), str(row.pop("problem", "")), row)


def _open(path: Path, *, kind: str, mode: Literal["rt", "wt"]) -> TextIO:
    if kind == ".gz":
        return cast(TextIO, gzip.open(path, mode, encoding="utf-8"))
    if kind == ".xz":
        return cast(TextIO, lzma.open(path, mode, encoding="utf-8"))
    return cast(TextIO, path.open(mode, encoding="utf-8"))


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}:{number}: not JSON ({error.msg} at column {error.colno}): {shorten(line, 60)}"
        ) from error
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits, or very deep nesting
        raise BadInput(f"{path}:{number}: cannot be read ({error}): {shorten(line, 60)}") from error
    if not isinstance(row, dict):
        raise BadInput(f"{path}:{number}: expected a JSON object, got {type(row).__name__} {shorten(row, 60)}")
    return row
