"""Verdicts: the candidates × tests matrix, the one object everything after execution is a function of.

Four aligned arrays hold what scores need; text (stdout, error, line) hangs behind ``verdicts[i, j]``. Files are
one NPZ or one Parquet, see ``unriddle.verdicts_file``. Not covered: the sources of the candidates; keep those in
Records, joined by candidate id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Outcome, Status

__all__ = ["Detail", "Verdicts"]


@dataclass(frozen=True, slots=True)
class Detail:
    """The text of one cell: what it printed, why it ended, and the candidate's line where it raised."""

    stdout: str = ""
    error: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What happened when n candidates met m tests.

    Args:
        status: ``(n, m)`` int8, values of ``Status``.
        value: ``(n, m)`` int32, number of the returned value in ``values``; −1 where none. Equal values share a
            number across the whole matrix.
        cpu_seconds: ``(n, m)`` float32, NaN where not known.
        prior: ``(n,)`` float64, log-weight of each candidate; NaN where its proposer does not know it.
        candidates: ``(n,)`` ids of the candidates.
        tests: ``(m,)`` names of the tests.
        values: Encodings of the distinct values, one representative each (``unriddle.language.values``).
        details: Text of the cells that have any, by ``(i, j)``.
        info: Isolation level, limits, versions and seeds under which the matrix was made.

    Raises:
        BadShape: The arrays do not fit together.
        BadInput: A status or a value number is out of range.
    """

    status: npt.NDArray[np.int8]
    value: npt.NDArray[np.int32]
    cpu_seconds: npt.NDArray[np.float32]
    prior: npt.NDArray[np.float64]
    candidates: tuple[str, ...]
    tests: tuple[str, ...]
    values: tuple[bytes, ...] = ()
    details: Mapping[tuple[int, int], Detail] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.candidates), len(self.tests))
        for name in ("status", "value", "cpu_seconds"):
            got = getattr(self, name).shape
            if got != shape:
                raise BadShape(
                    f"Verdicts: {name} must have shape (n, m) = {shape} for {shape[0]} candidates and "
                    f"{shape[1]} tests, got {got}"
                )
        if self.prior.shape != shape[:1]:
            raise BadShape(f"Verdicts: prior must have shape (n,) = {shape[:1]}, got {self.prior.shape}")
        if self.status.size and not (self.status.min() >= 0 and self.status.max() <= max(Status)):
            raise BadInput(f"Verdicts: status must lie in 0..{int(max(Status))}")
        if self.value.size and not (self.value.min() >= -1 and self.value.max() < len(self.values)):
            raise BadInput(
                f"Verdicts: value numbers must lie in -1..{len(self.values) - 1} (there are "
                f"{len(self.values)} values), got up to {self.value.max()}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """``(n, m)``: candidates and tests."""
        return len(self.candidates), len(self.tests)

    @property
    def passed(self) -> npt.NDArray[np.bool_]:
        """``(n, m)``: the cell's status is PASS."""
        return np.equal(self.status, Status.PASS)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """``(n, m)``: the cell tells something about its candidate (neither SKIPPED nor INFRA)."""
        return np.not_equal(self.status, Status.SKIPPED) & np.not_equal(self.status, Status.INFRA)

    def __getitem__(self, cell: tuple[int, int]) -> Outcome:
        """The full outcome of one cell, with its value decoded."""
        from unriddle.language.values import decode

        i, j = cell
        n, m = self.shape
        if not (-n <= i < n and -m <= j < m):
            raise IndexError(f"Verdicts: cell ({i}, {j}) is outside the matrix of shape {self.shape}")
        i, j = i % n, j % m
        number = int(self.value[i, j])
        detail = self.details.get((i, j), Detail())
        return Outcome(
            status=Status(int(self.status[i, j])),
            value=number,
            cpu_seconds=float(self.cpu_seconds[i, j]),
            result=decode(self.values[number]) if number >= 0 else None,
            stdout=detail.stdout,
            error=detail.error,
            line=detail.line,
        )

    def status_counts(self) -> dict[str, int]:
        """How many cells ended in each status, by name, in the order of ``Status``."""
        counts = np.bincount(self.status.ravel(), minlength=len(Status))
        return {status.name: int(counts[status]) for status in Status}

    def solved(self) -> npt.NDArray[np.bool_]:
        """``(n,)``: the candidate passed every test. With no tests nobody has solved anything."""
        n, m = self.shape
        return np.logical_and.reduce(self.passed, axis=1) if m else np.zeros(n, dtype=np.bool_)

    def take(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> Verdicts:
        """The sub-matrix of these rows and columns, in this order; ``None`` keeps all of them."""
        n, m = self.shape
        r = _places(rows, n, "row")
        c = _places(columns, m, "column")
        index = np.ix_(r, c)
        details = {
            (a, b): self.details[i, j] for a, i in enumerate(r) for b, j in enumerate(c) if (i, j) in self.details
        }
        return Verdicts(
            status=self.status[index],
            value=self.value[index],
            cpu_seconds=self.cpu_seconds[index],
            prior=self.prior[r],
            candidates=tuple(self.candidates[i] for i in r),
            tests=tuple(self.tests[j] for j in c),
            values=self.values,
            details=details,
            info=self.info,
        )

    @staticmethod
    def join_rows(parts: Sequence[Verdicts]) -> Verdicts:
        """Matrices over the same tests, one under the other: ``(n1 + n2 + …, m)``.

        Raises:
            BadShape: There is no part, or their tests differ.
        """
        return _join(parts, axis=0)

    @staticmethod
    def join_columns(parts: Sequence[Verdicts]) -> Verdicts:
        """Matrices over the same candidates, side by side: ``(n, m1 + m2 + …)``.

        Raises:
            BadShape: There is no part, or their candidates differ.
        """
        return _join(parts, axis=1)

    @staticmethod
    def empty(tests: Sequence[str] = (), *, info: Mapping[str, Any] | None = None) -> Verdicts:
        """No candidates yet: ``(0, m)``."""
        shape = (0, len(tests))
        return Verdicts(
            status=np.zeros(shape, np.int8),
            value=np.zeros(shape, np.int32),
            cpu_seconds=np.zeros(shape, np.float32),
            prior=np.zeros(0),
            candidates=(),
            tests=tuple(tests),
            info=dict(info or {}),
        )


def _places(wanted: Sequence[int] | None, size: int, what: str) -> list[int]:
    places = range(size) if wanted is None else [int(i) for i in wanted]
    for i in places:
        if not -size <= i < size:
            raise IndexError(f"Verdicts: {what} {i} is outside a matrix with {size}")
    return [i % size for i in places]


def _join(parts: Sequence[Verdicts], *, axis: int) -> Verdicts:
    along, other = ("rows", "tests") if axis == 0 else ("columns", "candidates")
    if not parts:
        raise BadShape(f"Verdicts.join_{along}: needs at least one matrix")
    for part in parts[1:]:
        if getattr(part, other) != getattr(parts[0], other):
            raise BadShape(
                f"Verdicts.join_{along}: the matrices must share their {other}; shapes are {[p.shape for p in parts]}"
            )
    if len(parts) == 1:
        return parts[0]
    from unriddle.language.values import key

    values: list[bytes] = []
    numbers_of: dict[bytes, int] = {}
    numbers, details, offset = [], {}, 0
    for part in parts:
        table = []
        for encoded in part.values:
            same = key(encoded)
            number = len(values) if same is None else numbers_of.setdefault(same, len(values))
            if number == len(values):
                values.append(encoded)
            table.append(number)
        numbers.append(np.array([*table, -1], dtype=np.int32)[part.value])
        shift = (offset, 0) if axis == 0 else (0, offset)
        details.update({(i + shift[0], j + shift[1]): d for (i, j), d in part.details.items()})
        offset += part.shape[axis]
    first = parts[0]
    return Verdicts(
        status=np.concatenate([p.status for p in parts], axis=axis),
        value=np.concatenate(numbers, axis=axis),
        cpu_seconds=np.concatenate([p.cpu_seconds for p in parts], axis=axis),
        prior=np.concatenate([p.prior for p in parts]) if axis == 0 else first.prior,
        candidates=sum((p.candidates for p in parts), ()) if axis == 0 else first.candidates,
        tests=first.tests if axis == 0 else sum((p.tests for p in parts), ()),
        values=tuple(values),
        details=details,
        info=first.info,
    )
