"""Judged rows become Verdicts, one row at a time, so that no more than a row is held as Python objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unriddle.candidate import Candidate
from unriddle.execute.intern import Interner
from unriddle.execute.judge import Cell
from unriddle.execute.plan import Plan
from unriddle.verdicts import Detail, Verdicts

__all__ = ["Builder"]

_NOTHING = Detail()


class Builder:
    """The matrix of one group under construction, values interned.

    Args:
        candidates: ``(n,)`` its rows.
        plan: Its columns.
        info: Kept with the result.
    """

    def __init__(self, candidates: Sequence[Candidate], plan: Plan, info: dict[str, Any]) -> None:
        n, m = len(candidates), len(plan.names)
        self._candidates, self._plan, self._info, self._left = candidates, plan, info, n
        self._status, self._value = np.zeros((n, m), np.int8), np.full((n, m), -1, np.int32)
        self._cpu_seconds = np.full((n, m), np.nan, np.float32)
        self._interner, self._details = Interner(), dict[tuple[int, int], Detail]()

    @property
    def done(self) -> bool:
        """Whether every row is there."""
        return self._left == 0

    def add(self, i: int, cells: Sequence[Cell]) -> None:
        """Row ``i``, ``(m,)`` cells; once per row."""
        self._left -= 1
        number, first = self._interner.number, i * len(cells)
        self._status[i] = [cell.status for cell in cells]
        self._cpu_seconds[i] = [cell.cpu_seconds for cell in cells]
        self._value[i] = [number(c.value, first + j) if c.value else -1 for j, c in enumerate(cells)]
        for j, cell in enumerate(cells):
            if cell.detail is not _NOTHING and cell.detail != _NOTHING:
                self._details[i, j] = cell.detail

    def verdicts(self) -> Verdicts:
        """The matrix; values are numbered by row and column of their first appearance, whatever finished first."""
        values, numbers = self._in_order()
        prior = np.array([np.nan if c.prior is None else c.prior for c in self._candidates], np.float64)
        return Verdicts(
            status=self._status,
            value=numbers,
            cpu_seconds=self._cpu_seconds,
            prior=prior,
            candidates=tuple(c.id for c in self._candidates),
            tests=self._plan.names,
            values=values,
            details=dict(sorted(self._details.items())),
            info=self._info,
        )

    def _in_order(self) -> tuple[tuple[bytes, ...], np.ndarray[Any, np.dtype[np.int32]]]:
        known, first = np.unique(self._value, return_index=True)
        order = known[np.argsort(first)]
        order = order[order >= 0]
        place = np.full(len(self._interner.values) + 1, -1, np.int32)
        place[order] = np.arange(len(order))
        return tuple(self._interner.values[i] for i in order), place[self._value]
