"""How well "no candidate is right" explains a matrix, under B4's model and priors.

With no right candidate every test may be right or wrong, so the joint probability is a sum over all ``2 ** m``
assignments. Given the thetas it factorises over tests; what is left is an integral over theta_y, theta_1 and theta_0.
It is taken by importance weights at fixed points around its modes, in logits. Where few tests make the sum itself cheap
it is taken exactly. Against that sum the logarithm is off by less than 0.05 as a rule and by up to 0.6 where a mode was
missed. Not covered: candidates that are right although their class is not wholly so.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from unriddle.score._beta import log_beta
from unriddle.score.b4_model import Evidence

__all__ = ["log_none"]

_Floats = npt.NDArray[np.float64]
_EXACT_TESTS = 12
_POINTS = 1000
_FREEDOM = 5
_SPLITS = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)
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
    n_pairs = np.bincount(place.reshape(-1), weights=weights).astype(np.float64)
    data = pairs, n_pairs, a, b0
    centres: list[_Floats] = []
    for start in _starts(pairs, n_pairs):
        centre = _mode(start, *data)
        if all(np.abs(centre - other).max() > 0.5 for other in centres):
            centres.append(centre)
    roots = [_root(centre, *data) for centre in centres]
    points, log_heights = _mixture(centres, roots)
    return float(np.logaddexp.reduce(_log_density(points, *data) - log_heights) - np.log(len(points)))


def _starts(pairs: _Floats, n_pairs: _Floats) -> list[_Floats]:
    """Where to look for modes: the tests that pass most (or least) are right, a tenth to nine tenths of them."""
    ones, zeros = pairs.T
    order = np.argsort(ones / np.maximum(ones + zeros, 1e-300), kind="stable")
    reached = np.cumsum(n_pairs[order]) / n_pairs.sum()
    starts = []
    for share in _SPLITS:
        low = np.zeros(len(pairs), np.bool_)
        low[order[reached <= share]] = True
        for good in (low, ~low):
            n1, n0 = n_pairs * good, n_pairs * ~good
            rates = [(n @ ones + 0.5) / (n @ (ones + zeros) + 1.0) for n in (n1, n0)]
            starts.append(np.array([(n1.sum() + 0.5) / (n_pairs.sum() + 1.0), *rates]))
    return starts


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


def _root(centre: _Floats, pairs: _Floats, n_pairs: _Floats, a: float, b0: float) -> _Floats:
    """``(3, 3)`` a square root of the covariance of the Gaussian that fits the integrand at a mode."""
    h = 1e-3
    steps = np.array(list(itertools.product((-1, 0, 1), repeat=3)), dtype=np.float64)
    logs = _log_density(centre + h * steps, pairs, n_pairs, a, b0)
    values = dict(zip(itertools.product((-1, 0, 1), repeat=3), logs.tolist(), strict=True))
    unit = np.eye(3, dtype=np.int64)
    hessian = np.empty((3, 3))
    for i, j in itertools.product(range(3), repeat=2):
        if i == j:
            hessian[i, i] = values[tuple(unit[i])] - 2 * values[0, 0, 0] + values[tuple(-unit[i])]
        else:
            corners = [values[tuple(s * unit[i] + t * unit[j])] for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / 4
    sizes, axes = np.linalg.eigh(-hessian / h**2)
    return np.asarray(axes / np.sqrt(np.maximum(sizes, 0.05)), dtype=np.float64)


def _mixture(centres: list[_Floats], roots: list[_Floats]) -> tuple[_Floats, _Floats]:
    """``(q, 3)`` points of a mixture of t distributions, one per mode, and the ``(q,)`` log-density of the mixture.

    The points are always the same multiples of the roots, so the estimate is a function of the matrix alone.
    """
    rng = np.random.default_rng(0)
    z = rng.standard_normal((_POINTS // 2, 3))
    z = np.concatenate([z, -z]) / np.sqrt(np.tile(rng.chisquare(_FREEDOM, _POINTS // 2), 2) / _FREEDOM)[:, None]
    points = np.concatenate([centre + z @ root.T for centre, root in zip(centres, roots, strict=True)])
    heights = []
    shift = math.lgamma((_FREEDOM + 3) / 2) - math.lgamma(_FREEDOM / 2) - 1.5 * math.log(_FREEDOM * math.pi)
    for centre, root in zip(centres, roots, strict=True):
        distance = (np.linalg.solve(root, (points - centre).T) ** 2).sum(axis=0)
        scale = math.log(abs(float(np.linalg.det(root))))
        heights.append(shift - scale - (_FREEDOM + 3) / 2 * np.log1p(distance / _FREEDOM))
    return points, np.logaddexp.reduce(heights, axis=0) - math.log(len(centres))
