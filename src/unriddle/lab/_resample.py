"""Intervals of any statistic over problems, by drawing problems again.

For means use ``unriddle.benchmarks.metrics.bootstrap``, which is faster. Not covered: problems that depend on each
other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["resampled"]

_Floats = npt.NDArray[np.float64]


def resampled(
    rows: _Floats, statistic: Callable[[_Floats], float], *, rng: np.random.Generator, n_draws: int = 1000
) -> tuple[float, float]:
    """The 95 % interval of a statistic of rows ``(p, …)``, one row for each problem."""
    draws = [statistic(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(n_draws)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
