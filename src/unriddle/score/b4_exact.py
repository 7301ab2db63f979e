"""B4 by brute force: every assignment of right and wrong, with the thetas integrated numerically.

The independent check of the closed form in ``unriddle.score.b4``, for at most about 12 programs and tests together.
Not covered: masked cells and multiplicities.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape

__all__ = ["Exact", "b4_exact"]

_Bools = npt.NDArray[np.bool_]
_MOST = 16
_NODES = 128


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact posterior of a small matrix.

    Attributes:
        right_programs: ``(n,)`` the most probable set of right programs among those that pass something.
        right_tests: ``(m,)`` the tests that are right with it.
        chance: ``(n,)`` marginal probability that each program is right.
        none_right: Probability that no program is right.
    """

    right_programs: _Bools
    right_tests: _Bools
    chance: npt.NDArray[np.float64]
    none_right: float


def b4_exact(passed: npt.ArrayLike, *, a: float, b0: float) -> Exact:
    """The exact posterior over which programs and tests are right.

    Sums over all ``2 ** (n + m)`` assignments and integrates every theta by Gauss-Legendre quadrature, which is exact
    for whole-number priors and counts below 256. Unlike the closed form it also weighs subsets of a class.

    Args:
        passed: ``(n, m)`` booleans.
        a: theta_x, theta_y ~ Beta(a, 1).
        b0: theta_0 ~ Beta(1, b0).

    Raises:
        BadShape: ``passed`` is not a matrix.
        BadInput: It has no cells or is too large to enumerate, or no program passes anything.
    """
    table = np.asarray(passed, dtype=np.bool_)
    if table.ndim != 2:
        raise BadShape(f"b4_exact: passed must have shape (n, m), got {table.shape}")
    if not table.size or sum(table.shape) > _MOST or not table.any():
        raise BadInput(f"b4_exact: needs a matrix with a pass and n + m <= {_MOST}, got shape {table.shape}")
    if not (a > 0 and b0 > 0):
        raise BadInput(f"b4_exact: priors must be positive, got a={a} and b0={b0}")
    n, m = table.shape
    best, found = -1.0, (np.zeros(n, np.bool_), np.zeros(m, np.bool_))
    chance, none, total = np.zeros(n), 0.0, 0.0
    for x in itertools.product((False, True), repeat=n):
        right = np.array(x)
        rows = table[right]
        if len(rows) and not (rows == rows[0]).all():
            continue
        for y in [rows[0]] if len(rows) else map(np.array, itertools.product((False, True), repeat=m)):
            weight = _joint(table, right, y, a, b0)
            total += weight
            chance += weight * right
            none += weight * (not len(rows))
            if len(rows) and y.any() and weight > best:
                best, found = weight, (right, y)
    return Exact(*found, chance / total, none / total)


def _joint(table: _Bools, right: _Bools, good: _Bools, a: float, b0: float) -> float:
    """``P(E, x, y)`` with constant factors dropped: a product of four integrals over one theta each."""
    n, m = table.shape
    n_right, n_good = int(right.sum()), int(good.sum())
    by_test = table[~right].sum(axis=0)
    ones, zeros = int(by_test[good].sum()), int(by_test[~good].sum())
    n_wrong = n - n_right
    return (
        _integral(n_right, n_wrong, a - 1, 0)
        * _integral(n_good, m - n_good, a - 1, 0)
        * _integral(ones, n_wrong * n_good - ones, 0, 0)
        * _integral(zeros, n_wrong * (m - n_good) - zeros, 0, b0 - 1)
    )


@functools.cache
def _nodes() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


@functools.lru_cache(maxsize=4096)
def _integral(n_true: int, n_false: int, up: float, down: float) -> float:
    """The integral over 0..1 of ``t ** (n_true + up) * (1 - t) ** (n_false + down)``."""
    t, weights = _nodes()
    return float(weights @ (t ** (n_true + up) * (1 - t) ** (n_false + down)))
