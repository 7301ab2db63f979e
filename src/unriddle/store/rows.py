"""One row of Verdicts as plain bytes and JSON, and back.

Status, value numbers and CPU seconds are the arrays' own bytes (little-endian); the distinct values of the row stand
behind one another after their lengths, numbered in order of first use, so that two rows with the same results have the
same bytes and share one stored blob. Never a pickle. Not covered: sources of programs.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unriddle.errors import BadInput
from unriddle.verdicts import Detail, Verdicts

__all__ = ["StoredRow", "decode_row", "encode_rows"]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row in stored form.

    Attributes:
        candidate: Id of the program.
        status: int8 ``(m,)`` as bytes.
        value: int32 ``(m,)`` as bytes: numbers into ``values``, −1 where none.
        cpu_seconds: float32 ``(m,)`` as bytes.
        prior: Log-weight; ``None`` where not known.
        details: JSON list of ``[column, stdout, error, line]``; ``None`` when no cell has any.
        values: The packed encodings of the row's distinct values.
        tests: The packed names of the tests.
        info: The packed JSON of the matrix's ``info``.
    """

    candidate: str
    status: bytes
    value: bytes
    cpu_seconds: bytes
    prior: float | None
    details: str | None
    values: bytes
    tests: bytes
    info: bytes


def encode_rows(verdicts: Verdicts) -> list[StoredRow]:
    """Every row of the matrix, in order."""
    n, _ = verdicts.shape
    details: dict[int, list[list[Any]]] = {}
    for (i, j), detail in sorted(verdicts.details.items()):
        details.setdefault(i, []).append([j, detail.stdout, detail.error, detail.line])
    tests = _pack_json(list(verdicts.tests))
    info = _pack_json(dict(verdicts.info))
    return [_encode_row(verdicts, i, details.get(i), tests, info) for i in range(n)]


def _encode_row(verdicts: Verdicts, i: int, details: list[list[Any]] | None, tests: bytes, info: bytes) -> StoredRow:
    numbers: dict[int, int] = {}
    value = [numbers.setdefault(k, len(numbers)) if k >= 0 else -1 for k in verdicts.value[i].tolist()]
    prior = float(verdicts.prior[i])
    return StoredRow(
        candidate=verdicts.candidates[i],
        status=verdicts.status[i].astype("<i1").tobytes(),
        value=np.array(value, dtype="<i4").tobytes(),
        cpu_seconds=verdicts.cpu_seconds[i].astype("<f4").tobytes(),
        prior=None if np.isnan(prior) else prior,
        details=json.dumps(details) if details else None,
        values=_pack([verdicts.values[k] for k in numbers]),
        tests=tests,
        info=info,
    )


def decode_row(row: StoredRow) -> Verdicts:
    """The row as a matrix ``(1, m)``.

    Raises:
        BadInput: The bytes are not what ``encode_rows`` wrote.
    """
    try:
        tests = json.loads(zlib.decompress(row.tests))
        details = json.loads(row.details) if row.details else []
        return Verdicts(
            status=np.frombuffer(row.status, "<i1").astype(np.int8)[None, :],
            value=np.frombuffer(row.value, "<i4").astype(np.int32)[None, :],
            cpu_seconds=np.frombuffer(row.cpu_seconds, "<f4").astype(np.float32)[None, :],
            prior=np.array([np.nan if row.prior is None else row.prior]),
            candidates=(row.candidate,),
            tests=tuple(tests),
            values=_unpack(row.values),
            details={(0, j): Detail(stdout, error, line) for j, stdout, error, line in details},
            info=json.loads(zlib.decompress(row.info)),
        )
    except (ValueError, TypeError, struct.error, zlib.error) as error:
        raise BadInput(
            f"run store: the row of candidate {row.candidate} is damaged ({error}); delete the run with "
            "`unriddle runs delete ID` and run it again"
        ) from error


def _pack(values: Sequence[bytes]) -> bytes:
    head = struct.pack(f"<I{len(values)}Q", len(values), *map(len, values))
    return zlib.compress(head + b"".join(values), 1)


def _unpack(packed: bytes) -> tuple[bytes, ...]:
    data = zlib.decompress(packed)
    (n,) = struct.unpack_from("<I", data)
    lengths = struct.unpack_from(f"<{n}Q", data, 4)
    begin, values = 4 + 8 * n, []
    for length in lengths:
        values.append(data[begin : begin + length])
        begin += length
    if begin != len(data):
        raise ValueError(f"the values should take {begin} bytes, there are {len(data)}")
    return tuple(values)


def _pack_json(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, sort_keys=True, default=str).encode(), 1)
