"""Judged cells become Verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unriddle.candidate import Candidate
from unriddle.execute.intern import Interner
from unriddle.execute.judge import Cell
from unriddle.execute.plan import Plan
from unriddle.verdicts import Detail, Verdicts

__all__ = ["to_verdicts"]


def to_verdicts(
    candidates: Sequence[Candidate], plan: Plan, rows: Sequence[Sequence[Cell]], info: dict[str, Any]
) -> Verdicts:
    """Judged cells as a matrix, values interned."""
    n, m = len(rows), len(plan.names)
    status, value = np.zeros((n, m), np.int8), np.full((n, m), -1, np.int32)
    cpu_seconds = np.full((n, m), np.nan, np.float32)
    interner, details, none = Interner(), {}, Detail()
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            status[i, j] = cell.status
            cpu_seconds[i, j] = cell.cpu_seconds
            if cell.value:
                value[i, j] = interner.number(cell.value)
            if cell.detail != none:
                details[i, j] = cell.detail
    prior = np.array([np.nan if c.prior is None else c.prior for c in candidates], np.float64)
    return Verdicts(
        status=status,
        value=value,
        cpu_seconds=cpu_seconds,
        prior=prior,
        candidates=tuple(c.id for c in candidates),
        tests=plan.names,
        values=tuple(interner.values),
        details=details,
        info=info,
    )
