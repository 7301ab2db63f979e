"""Rows that behave alike: the classes that every agreement rule (CodeT, B4, MBR, votes, clusters) counts.

Rows are grouped by a hash and then compared cell by cell, so a class is never the result of a collision. A masked
cell is no pass of its program. SKIPPED says that the program used up its kills, so such a cell reads like any other
cell that was not passed; INFRA is our own failure, so it keeps its row apart from rows that met the test and failed
it. Not covered: near-equal rows; rows are alike or they are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts

__all__ = ["Classes", "counts", "equal_rows", "output_classes", "pass_classes"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Classes:
    """A partition of n rows into c classes of equal rows.

    Attributes:
        of_row: ``(n,)`` number of each row's class.
        first: ``(c,)`` one row of each class.
        size: ``(c,)`` rows in each class, or the sum of their counts where counts were given.
    """

    of_row: _Ints
    first: _Ints
    size: _Floats


def equal_rows(table: npt.NDArray[np.generic], *, weights: _Floats | None = None) -> Classes:
    """The classes of equal rows of a table ``(n, m)``; with ``m = 0`` all rows are equal.

    Args:
        table: Any array of plain numbers or booleans.
        weights: ``(n,)`` what each row counts; 1 when ``None``.

    >>> equal_rows(np.array([[1, 2], [3, 4], [1, 2]])).size.tolist()
    [2.0, 1.0]
    """
    n = len(table)
    if not n:
        return Classes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    if not table.shape[1]:
        of_row, first = np.zeros(n, np.int64), np.zeros(1, np.int64)
    else:
        packed = np.packbits(table.astype(np.bool_, copy=False), axis=1) if table.dtype == np.bool_ else table
        of_row, first = _unique_rows(np.ascontiguousarray(packed))
    of_row = of_row.reshape(n).astype(np.int64)
    return Classes(of_row, first.astype(np.int64), np.bincount(of_row, weights=weights).astype(np.float64))


def _unique_rows(table: npt.NDArray[np.generic]) -> tuple[_Ints, _Ints]:
    """``(class of each row, one row of each class)``; by a hash that is then checked cell by cell."""
    n, width = table.shape
    if np.issubdtype(table.dtype, np.integer):
        factors = np.random.default_rng(width).integers(1, 2**63, size=width, dtype=np.uint64) | np.uint64(1)
        hashes = np.einsum("nm,m->n", table.astype(np.uint64), factors)
        _, first, of_row = np.unique(hashes, return_index=True, return_inverse=True)
        of_row = of_row.reshape(n)
        if len(first) == n or np.array_equal(table, table[first[of_row]]):
            return of_row.astype(np.int64), first.astype(np.int64)
    keys = table.view(np.dtype((np.void, table.dtype.itemsize * width))).ravel()
    _, first, of_row = np.unique(keys, return_index=True, return_inverse=True)
    return of_row.reshape(n).astype(np.int64), first.astype(np.int64)


def pass_classes(verdicts: Verdicts, *, weights: _Floats | None = None) -> Classes:
    """The classes of candidates that pass the same tests."""
    infra = np.equal(verdicts.status, Status.INFRA)
    table = np.hstack([verdicts.passed, infra]) if infra.any() else verdicts.passed
    return equal_rows(table, weights=weights)


def output_classes(verdicts: Verdicts, *, weights: _Floats | None = None) -> Classes:
    """The classes of candidates that return equal values; where there is no value, the status takes its place.

    SKIPPED and INFRA read alike: nothing is known in either.
    """
    status = np.where(verdicts.known, verdicts.status, np.int8(Status.SKIPPED)).astype(np.int32)
    symbol = np.where(verdicts.value >= 0, verdicts.value, -1 - status)
    return equal_rows(symbol.astype(np.int32), weights=weights)


def counts(given: npt.ArrayLike | None, size: int, *, name: str) -> _Floats:
    """The multiplicities ``(size,)`` as floats; ones when ``None``.

    Raises:
        BadShape: They are not one number for each.
        BadInput: One is negative or not finite.
    """
    if given is None:
        return np.ones(size)
    array = np.asarray(given, dtype=np.float64)
    if array.shape != (size,):
        raise BadShape(f"{name}: expected one count for each, shape ({size},), got {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any():
        raise BadInput(f"{name}: counts must be finite and not negative, got {shorten(array.tolist())}")
    return array
