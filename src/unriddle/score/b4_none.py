"""How well "no candidate is right" explains a matrix, under B4's model and priors.

With no right candidate every test may be right or wrong, so the joint probability is a sum over all ``2 ** m``
assignments. Given the thetas it factorises over tests; what is left is an integral over theta_y, theta_1 and theta_0,
taken by Gauss-Hermite quadrature around the mode in logits. Where few tests make the sum itself cheap it is taken
exactly. Not covered: candidates that are right although their class is not wholly so.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from unriddle.score._beta import log_beta
from unriddle.score.b4_model import Evidence

__all__ = ["log_none"]

_Floats = npt.NDArray[np.float64]
_EXACT_TESTS = 12
_NODES = 7
_STEPS = 60


def log_none(found: Evidence, *, a: float, b0: float) -> float:
    """The logarithm of the joint probability of the matrix and "none is right", on the scale of ``log_scores``."""
    ones, zeros = found.passes, found.known - found.passes
    weights = found.test_counts
    kept = weights > 0
    ones, zeros, weights = ones[kept], zeros[kept], weights[kept]
    nobody = float(log_beta(a, found.n_programs + 1))
    if len(weights) <= _EXACT_TESTS:
        return nobody + _summed(ones, zeros, weights, a, b0)
    return nobody + _integrated(ones, zeros, weights, a, b0)


def _summed(ones: _Floats, zeros: _Floats, weights: _Floats, a: float, b0: float) -> float:
    """The sum over every assignment of right and wrong to the tests; tests of one row come and go together."""
    y = np.array(list(itertools.product((0.0, 1.0), repeat=len(weights)))).reshape(2 ** len(weights), -1)
    right, total = y @ weights, weights.sum()
    n1, z1 = y @ (weights * ones), y @ (weights * zeros)
    n0, z0 = (weights * ones).sum() - n1, (weights * zeros).sum() - z1
    logs = log_beta(right + a, total - right + 1)
    logs += log_beta(n1 + 1, np.maximum(z1, 0) + 1) + log_beta(np.maximum(n0, 0) + 1, np.maximum(z0, 0) + b0)
    return float(np.logaddexp.reduce(logs))


def _integrated(ones: _Floats, zeros: _Floats, weights: _Floats, a: float, b0: float) -> float:
    """The same sum as an integral over the logits of (theta_y, theta_1, theta_0), around each of its modes."""
    pairs, place = np.unique(np.stack([ones, zeros], axis=1), axis=0, return_inverse=True)
    n_pairs = np.bincount(place.reshape(-1), weights=weights)
    found: list[tuple[_Floats, float]] = []
    for start in ((0.5, 0.7, 0.1), (0.5, 0.1, 0.7), (0.95, 0.5, 0.5), (0.05, 0.5, 0.5)):
        centre = _mode(np.array(start), pairs, n_pairs, a, b0)
        if all(np.abs(centre - other).max() > 0.5 for other, _ in found):
            found.append((centre, _around(centre, pairs, n_pairs, a, b0)))
    return float(np.logaddexp.reduce([value for _, value in found]))


def _mode(thetas: _Floats, pairs: _Floats, n_pairs: _Floats, a: float, b0: float) -> _Floats:
    """The logits of a mode, by expectation maximisation; the change to logits adds one count on either side."""
    ones, zeros = pairs.T
    for _ in range(_STEPS):
        y, one, zero = np.clip(thetas, 1e-12, 1 - 1e-12)
        good = np.log(y) + ones * np.log(one) + zeros * np.log1p(-one)
        bad = np.log1p(-y) + ones * np.log(zero) + zeros * np.log1p(-zero)
        share = n_pairs / (1.0 + np.exp(np.clip(bad - good, -700, 700)))
        rest = n_pairs - share
        new = np.array(
            [
                (share.sum() + a) / (n_pairs.sum() + a + 1),
                (share @ ones + 1) / (share @ (ones + zeros) + 2),
                (rest @ ones + 1) / (rest @ (ones + zeros) + 1 + b0),
            ]
        )
        if np.abs(new - thetas).max() < 1e-10:
            break
        thetas = new
    thetas = np.clip(thetas, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(thetas) - np.log1p(-thetas), dtype=np.float64)


def _log_density(logits: _Floats, pairs: _Floats, n_pairs: _Floats, a: float, b0: float) -> _Floats:
    """``(q,)`` logarithm of the integrand at logits ``(q, 3)``, Jacobian included."""
    up, down = -np.logaddexp(0.0, -logits), -np.logaddexp(0.0, logits)
    ones, zeros = pairs.T
    good = up[:, :1] + up[:, 1:2] * ones + down[:, 1:2] * zeros
    bad = down[:, :1] + up[:, 2:] * ones + down[:, 2:] * zeros
    prior = a * up[:, 0] + down[:, 0] + up[:, 1] + down[:, 1] + up[:, 2] + b0 * down[:, 2]
    return np.asarray(np.logaddexp(good, bad) @ n_pairs + prior, dtype=np.float64)


def _around(centre: _Floats, pairs: _Floats, n_pairs: _Floats, a: float, b0: float) -> float:
    """The logarithm of the integral around one mode: a Gaussian fitted there, corrected at its quadrature nodes."""
    h = 1e-3
    steps = np.array(list(itertools.product((-1, 0, 1), repeat=3)), dtype=np.float64)
    values = dict(zip(map(tuple, steps), _log_density(centre + h * steps, pairs, n_pairs, a, b0), strict=True))
    unit = np.eye(3)
    hessian = np.empty((3, 3))
    for i, j in itertools.product(range(3), repeat=2):
        if i == j:
            hessian[i, i] = values[tuple(unit[i])] - 2 * values[(0.0, 0.0, 0.0)] + values[tuple(-unit[i])]
        else:
            corners = [values[tuple(s * unit[i] + t * unit[j])] for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / 4
    sizes, axes = np.linalg.eigh(-hessian / h**2)
    root = axes / np.sqrt(np.maximum(sizes, 1e-2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    z = np.array(list(itertools.product(nodes, repeat=3)))
    log_w = np.log(np.array(list(itertools.product(weights, repeat=3)))).sum(axis=1)
    logs = _log_density(centre + z @ root.T, pairs, n_pairs, a, b0) + log_w + (z**2).sum(axis=1) / 2
    return float(np.logaddexp.reduce(logs) - 0.5 * np.log(np.maximum(sizes, 1e-2)).sum())
