"""Whether stated confidence can be believed: reliability, Brier score, calibration error, risk against coverage.

One number and one truth per problem: the confidence in its chosen program, and whether that was right (or the chance
that it was, where ties are drawn from). Not covered: making confidence better (``unriddle.score.recalibrate``) and
drawing (``unriddle.score.calibration_plot``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten

__all__ = [
    "Calibration",
    "Reliability",
    "RiskCoverage",
    "brier",
    "calibration",
    "checked_pairs",
    "reliability",
    "risk_coverage",
]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence against accuracy in bins of equal width.

    Attributes:
        edges: ``(b + 1,)`` of the bins; a bin includes its upper edge, the first one its lower edge too.
        count: ``(b,)`` problems in each bin.
        confidence: ``(b,)`` mean confidence; NaN in an empty bin.
        accuracy: ``(b,)`` share that was right; NaN in an empty bin.
        error: Expected calibration error: the mean of ``|accuracy - confidence|`` over problems.
        worst: Largest gap of a bin with problems in it.
    """

    edges: _Floats
    count: _Ints
    confidence: _Floats
    accuracy: _Floats
    error: float
    worst: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What abstaining on the least sure problems buys.

    Attributes:
        threshold: ``(q,)`` answer when the confidence is at least this, falling.
        coverage: ``(q,)`` share of problems answered.
        risk: ``(q,)`` share of the answered that is wrong.
        area: Area under risk against coverage; lower is better.
        ideal: The same area for a confidence that puts all right answers first.
    """

    threshold: _Floats
    coverage: _Floats
    risk: _Floats
    area: float
    ideal: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything about one confidence on one set of problems."""

    n_problems: int
    accuracy: float
    brier: float
    reliability: Reliability
    risk_coverage: RiskCoverage

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON; an empty bin's numbers are ``None``."""
        bins, curve = self.reliability, self.risk_coverage
        return {
            "n_problems": self.n_problems,
            "accuracy": self.accuracy,
            "brier": self.brier,
            "expected_calibration_error": bins.error,
            "worst_gap": bins.worst,
            "reliability": {
                "edges": bins.edges.tolist(),
                "count": bins.count.tolist(),
                "confidence": _plain(bins.confidence),
                "accuracy": _plain(bins.accuracy),
            },
            "risk_coverage": {
                "threshold": curve.threshold.tolist(),
                "coverage": curve.coverage.tolist(),
                "risk": curve.risk.tolist(),
                "area": curve.area,
                "ideal_area": curve.ideal,
            },
        }


def calibration(confidence: npt.ArrayLike, right: npt.ArrayLike, *, n_bins: int = 10) -> Calibration:
    """All measures at once.

    Args:
        confidence: ``(p,)`` between 0 and 1.
        right: ``(p,)`` booleans, or chances of being right.
        n_bins: Bins of the reliability diagram.

    Raises:
        BadInput: No problems, numbers outside 0..1, or ``n_bins`` less than 1.
        BadShape: The two differ in length.
    """
    c, r = checked_pairs(confidence, right)
    return Calibration(len(c), float(r.mean()), brier(c, r), reliability(c, r, n_bins=n_bins), risk_coverage(c, r))


def brier(confidence: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Mean squared distance of confidence from the truth; 0 is perfect, 0.25 is always saying one half.

    Where ``right`` is a chance, the expectation over the draw is taken.

    >>> brier([1.0, 0.5], [True, False])
    0.125
    """
    c, r = checked_pairs(confidence, right)
    return float((r * (1 - c) ** 2 + (1 - r) * c**2).mean())


def reliability(confidence: npt.ArrayLike, right: npt.ArrayLike, *, n_bins: int = 10) -> Reliability:
    """Confidence against accuracy, in ``n_bins`` bins of equal width.

    Raises:
        BadInput: See ``calibration``.
        BadShape: See ``calibration``.
    """
    c, r = checked_pairs(confidence, right)
    if n_bins < 1:
        raise BadInput(f"reliability: n_bins must be at least 1, got {n_bins}")
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    place = np.clip(np.searchsorted(edges, c, side="left") - 1, 0, n_bins - 1)
    count = np.bincount(place, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        mean_c = np.bincount(place, weights=c, minlength=n_bins) / count
        mean_r = np.bincount(place, weights=r, minlength=n_bins) / count
    gaps = np.abs(mean_c - mean_r)[count > 0]
    error = float((gaps * count[count > 0]).sum() / len(c))
    return Reliability(edges, count.astype(np.int64), mean_c, mean_r, error, float(gaps.max()))


def risk_coverage(confidence: npt.ArrayLike, right: npt.ArrayLike) -> RiskCoverage:
    """Risk at every coverage that a threshold on the confidence can reach; problems of equal confidence go together.

    The area is the mean risk over coverages 1/p, 2/p, …, 1, with equal confidence in expected order.

    Raises:
        BadInput: See ``calibration``.
        BadShape: See ``calibration``.
    """
    c, r = checked_pairs(confidence, right)
    levels, place, size = np.unique(-c, return_inverse=True, return_counts=True)
    wrong = np.bincount(place.reshape(-1), weights=1 - r)
    answered, mistakes = np.cumsum(size), np.cumsum(wrong)
    before = answered - size
    area = 0.0
    for start, n, bad, already in zip(before, size, wrong, mistakes - wrong, strict=True):
        steps = np.arange(1, n + 1)
        area += float(((already + bad / n * steps) / (start + steps)).sum())
    best = np.sort(1 - r)
    ideal = float((np.cumsum(best) / np.arange(1, len(c) + 1)).mean())
    return RiskCoverage(-levels, answered / len(c), mistakes / answered, area / len(c), ideal)


def checked_pairs(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    """Both as ``(p,)`` floats between 0 and 1.

    Raises:
        BadInput: No problems, or numbers outside 0..1.
        BadShape: The two differ in length.
    """
    c, r = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if c.ndim != 1 or c.shape != r.shape:
        raise BadShape(f"calibration: confidence and right must have one shape (p,), got {c.shape} and {r.shape}")
    if not len(c):
        raise BadInput("calibration: needs at least one problem")
    for name, values in (("confidence", c), ("right", r)):
        bad = ~((values >= 0) & (values <= 1))
        if bad.any():
            raise BadInput(
                f"calibration: {name} must lie in 0..1, got {shorten(values[bad].tolist())} at {np.flatnonzero(bad)[0]}"
            )
    return c, r


def _plain(values: _Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
