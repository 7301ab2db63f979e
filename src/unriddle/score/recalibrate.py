"""Confidence made to fit: temperature and isotonic recalibration, fitted on some problems and used on others.

``cross_fitted`` never lets a problem's own truth touch its confidence: folds are made of whole groups (problems).
Not covered: recalibrating without any labelled problems.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.score.calibration import checked_pairs

__all__ = ["Isotonic", "Temperature", "cross_fitted", "fit_isotonic", "fit_temperature", "group_folds"]

_Floats = npt.NDArray[np.float64]
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Temperature:
    """Logits divided by one number (more than 1: less sure) and moved by another."""

    temperature: float
    shift: float

    def __call__(self, confidence: npt.ArrayLike) -> _Floats:
        """``(p,)`` recalibrated confidence."""
        return _sigmoid(_logit(np.asarray(confidence, np.float64)) / self.temperature + self.shift)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """The rising step function that fits best, linear between its points."""

    at: tuple[float, ...]
    value: tuple[float, ...]

    def __call__(self, confidence: npt.ArrayLike) -> _Floats:
        """``(p,)`` recalibrated confidence."""
        return np.asarray(np.interp(np.asarray(confidence, np.float64), self.at, self.value), dtype=np.float64)


def fit_temperature(confidence: npt.ArrayLike, right: npt.ArrayLike, *, shift: bool = True) -> Temperature:
    """The temperature (and shift) under which the truth is most probable, by Newton's method.

    A Gaussian prior of unit width, around slope 1 and shift 0, keeps a few problems from making it infinitely sure.

    Args:
        confidence: ``(p,)`` between 0 and 1.
        right: ``(p,)`` booleans or chances.
        shift: Also fit a shift (Platt's form); without it only the temperature.

    Raises:
        BadInput: No problems, or numbers outside 0..1.
        BadShape: The two differ in length.
    """
    c, r = checked_pairs(confidence, right)
    x = np.stack([_logit(c), np.full(len(c), float(shift))], axis=1)
    w, start = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(100):
        p = _sigmoid(x @ w)
        gradient = x.T @ (p - r) + (w - start)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        w = w - step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-10:
            break
    return Temperature(1.0 / max(float(w[0]), 1e-3), float(w[1]) if shift else 0.0)


def fit_isotonic(confidence: npt.ArrayLike, right: npt.ArrayLike) -> Isotonic:
    """The rising function with the least squared error, by pooling adjacent violators.

    Raises:
        BadInput: No problems, or numbers outside 0..1.
        BadShape: The two differ in length.
    """
    c, r = checked_pairs(confidence, right)
    at, place, size = np.unique(c, return_inverse=True, return_counts=True)
    means = np.bincount(place.reshape(-1), weights=r) / size
    blocks: list[list[float]] = []
    for mean, weight in zip(means.tolist(), size.tolist(), strict=True):
        blocks.append([mean, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            later, earlier = blocks.pop(), blocks.pop()
            total = earlier[1] + later[1]
            pooled = (earlier[0] * earlier[1] + later[0] * later[1]) / total
            blocks.append([pooled, total, earlier[2] + later[2]])
    value = np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])
    return Isotonic(tuple(at.tolist()), tuple(float(v) for v in value))


def cross_fitted(
    confidence: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    groups: Sequence[Hashable],
    rng: np.random.Generator,
    kind: Literal["temperature", "isotonic"] = "temperature",
    n_folds: int = 5,
) -> _Floats:
    """``(p,)`` confidence of each row, recalibrated by what the other folds showed.

    Args:
        confidence: ``(p,)`` between 0 and 1.
        right: ``(p,)`` booleans or chances.
        groups: ``(p,)`` the problem of each row; rows of one problem are in one fold.
        rng: Makes the folds.
        kind: Which recalibration.
        n_folds: Folds; no more than there are groups.

    Raises:
        BadInput: Fewer than two groups, an unknown kind, or numbers outside 0..1.
        BadShape: Lengths differ.
    """
    c, r = checked_pairs(confidence, right)
    if kind not in ("temperature", "isotonic"):
        raise BadInput(f"cross_fitted: kind must be 'temperature' or 'isotonic', got {shorten(kind)}")
    fold = group_folds(groups, rng=rng, n_folds=n_folds)
    if fold.shape != c.shape:
        raise BadShape(f"cross_fitted: expected one group per row, {len(c)} rows and {len(fold)} groups")
    out = np.empty(len(c))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        fit = fit_temperature(c[~held], r[~held]) if kind == "temperature" else fit_isotonic(c[~held], r[~held])
        out[held] = fit(c[held])
    return out


def group_folds(groups: Sequence[Hashable], *, rng: np.random.Generator, n_folds: int = 5) -> npt.NDArray[np.int64]:
    """``(p,)`` fold of each row; a group's rows share one, and folds have equally many groups, give or take one.

    Raises:
        BadInput: Fewer than two groups or folds.
    """
    names = list(dict.fromkeys(groups))
    if len(names) < 2 or n_folds < 2:
        raise BadInput(f"group_folds: needs at least two groups and two folds, got {len(names)} and {n_folds}")
    order = rng.permutation(len(names))
    fold_of = {names[i]: position % min(n_folds, len(names)) for position, i in enumerate(order.tolist())}
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def _logit(p: _Floats) -> _Floats:
    q = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(q) - np.log1p(-q), dtype=np.float64)


def _sigmoid(x: _Floats) -> _Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(x / 2.0)), dtype=np.float64)
