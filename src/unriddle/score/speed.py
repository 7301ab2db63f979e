"""The faster candidate first, by CPU seconds.

A crash is fast: combine with a score of correctness (``combine.lexicographic([passed, speed])``). Not covered: careful
timing with repeats.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unriddle.verdicts import Verdicts

__all__ = ["speed"]


def speed(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """``(n,)`` minus the median CPU seconds over the known cells; −inf where no time is known.

    >>> speed(Verdicts.empty()).shape
    (0,)
    """
    timed = verdicts.known & ~np.isnan(verdicts.cpu_seconds)
    seconds = np.sort(np.where(timed, verdicts.cpu_seconds, np.inf), axis=1)
    n_timed = timed.sum(axis=1)
    score = np.full(len(seconds), -np.inf)
    has = np.flatnonzero(n_timed)
    low, high = (n_timed[has] - 1) // 2, n_timed[has] // 2
    score[has] = -(seconds[has, low].astype(np.float64) + seconds[has, high]) / 2
    return score
