"""Logarithms of the Beta function for arrays, without SciPy, which the core does not need."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["log_beta"]

_lgamma = np.frompyfunc(math.lgamma, 1, 1)


def log_beta(a: npt.ArrayLike, b: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """``ln B(a, b)`` element by element, for positive a and b.

    >>> round(float(log_beta(2, 3)), 12) == round(-math.log(12), 12)
    True
    """
    x, y = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    return np.asarray(_lgamma(x) + _lgamma(y) - _lgamma(x + y), dtype=np.float64)
