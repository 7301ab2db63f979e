"""Three laws for coverage as a function of the number of samples: fitted here, compared in the lab.

Part of ``unriddle.methods.large_language_monkeys``. Needs scipy. Not covered: intervals for the fitted numbers;
refit on resampled problems for those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, MissingExtra

__all__ = ["BetaBinomial", "ExpPowerLaw", "LogLinear", "fit_beta_binomial", "fit_exp_power_law", "fit_log_linear"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpPowerLaw:
    """``coverage(k) = exp(a * k**b)`` with ``a, b < 0``. It always tends to 1, so it cannot hold impossible problems.

    Attributes:
        a: Log of coverage at ``k = 1``.
        b: Exponent; nearer to 0 means slower growth.
        r_squared: Share of the variance of the fitted points that it explains; NaN when they are all equal.
    """

    a: float
    b: float
    r_squared: float

    def predict(self, k: npt.ArrayLike) -> _Floats:
        """Coverage at ``k`` samples, same shape as ``k``."""
        return np.exp(self.a * np.asarray(k, np.float64) ** self.b)


@dataclass(frozen=True, slots=True)
class LogLinear:
    """``coverage(k) = intercept + slope * ln k``, the naive baseline; it is not kept inside 0..1."""

    intercept: float
    slope: float

    def predict(self, k: npt.ArrayLike) -> _Floats:
        """Coverage at ``k`` samples, same shape as ``k``."""
        return self.intercept + self.slope * np.log(np.asarray(k, np.float64))


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Success chances of problems follow Beta(alpha, beta), and a share ``zero`` of the problems is impossible.

    Attributes:
        alpha: Shape near 0; failures fall like ``k**-alpha``.
        beta: Shape near 1.
        zero: Share of problems that no number of samples solves.
        log_likelihood: Of the counts it was fitted on, binomial coefficients left out.
    """

    alpha: float
    beta: float
    zero: float
    log_likelihood: float

    def predict(self, k: npt.ArrayLike) -> _Floats:
        """Coverage at ``k`` samples, same shape as ``k``: ``(1 - zero) (1 - B(alpha, beta + k) / B(alpha, beta))``."""
        betaln = _scipy().special.betaln
        ratio = np.exp(betaln(self.alpha, self.beta + np.asarray(k, np.float64)) - betaln(self.alpha, self.beta))
        return np.asarray((1.0 - self.zero) * (1.0 - ratio), np.float64)


def fit_exp_power_law(ks: npt.ArrayLike, coverage: npt.ArrayLike) -> ExpPowerLaw:
    """Least squares on coverage itself; choose log-spaced ``ks`` so that no decade outweighs another.

    Args:
        ks: ``(q,)`` numbers of samples, at least two different ones.
        coverage: ``(q,)`` measured coverage, not all 0 and not all 1.

    Raises:
        BadShape: The two have different lengths.
        BadInput: There are fewer than two points, a ``k`` below 1, or nothing to fit.
        MissingExtra: scipy is not installed.
    """
    k, c = _points(ks, coverage)
    inside = (c > 0) & (c < 1)
    if not inside.any():
        raise BadInput(
            "fit_exp_power_law: coverage is 0 or 1 at every k, so any law fits; use more samples or other problems"
        )
    slope, intercept = _line(np.log(k[inside]), np.log(-np.log(c[inside])))

    def residuals(x: _Floats) -> _Floats:
        return np.asarray(np.exp(-np.exp(x[0]) * k ** -np.exp(x[1])) - c, np.float64)

    start = np.array([np.clip(intercept, -20.0, 5.0), np.log(np.clip(-slope, 1e-4, 5.0))])
    x = _scipy().optimize.least_squares(residuals, start, bounds=([-30.0, -15.0], [10.0, 3.0])).x
    spread = float(((c - c.mean()) ** 2).sum())
    explained = 1.0 - float((residuals(x) ** 2).sum()) / spread if spread > 0 else float("nan")
    return ExpPowerLaw(a=float(-np.exp(x[0])), b=float(-np.exp(x[1])), r_squared=explained)


def fit_log_linear(ks: npt.ArrayLike, coverage: npt.ArrayLike) -> LogLinear:
    """A straight line in ``ln k``.

    Args:
        ks: ``(q,)`` numbers of samples, at least two different ones.
        coverage: ``(q,)`` measured coverage.

    Raises:
        BadShape: The two have different lengths.
        BadInput: There are fewer than two points, or a ``k`` below 1.
    """
    k, c = _points(ks, coverage)
    slope, intercept = _line(np.log(k), c)
    return LogLinear(intercept=intercept, slope=slope)


def fit_beta_binomial(n: npt.ArrayLike, correct: npt.ArrayLike, *, zero_inflated: bool = False) -> BetaBinomial:
    """Maximum likelihood of the counts per problem.

    Args:
        n: Samples per problem, one number or ``(p,)``.
        correct: ``(p,)`` correct samples per problem.
        zero_inflated: Also fit a share of impossible problems.

    Raises:
        BadInput: A count lies outside ``0..n``, or no sample of any problem is correct.
        MissingExtra: scipy is not installed.
    """
    c = np.asarray(correct, np.float64)
    size = np.broadcast_to(np.asarray(n, np.float64), c.shape)
    if c.size == 0 or (c < 0).any() or (c > size).any():
        raise BadInput("fit_beta_binomial: needs at least one problem, and every count must lie in 0..n")
    if not c.any():
        raise BadInput("fit_beta_binomial: no sample of any problem is correct, so nothing says how rare success is")
    scipy = _scipy()

    def loss(x: _Floats) -> float:
        return -_log_likelihood(x, size, c, scipy.special.betaln)

    zeros = [-3.0, 0.0] if zero_inflated else [None]
    starts = [[a, b] + ([z] if z is not None else []) for a in (-1.5, 0.5) for b in (0.0, 2.0) for z in zeros]
    box = [(-9.0, 9.0), (-9.0, 9.0)] + ([(-12.0, 12.0)] if zero_inflated else [])
    fits = [scipy.optimize.minimize(loss, np.array(s), method="L-BFGS-B", bounds=box) for s in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    zero = float(1.0 / (1.0 + np.exp(-best.x[2]))) if zero_inflated else 0.0
    return BetaBinomial(float(np.exp(best.x[0])), float(np.exp(best.x[1])), zero, -float(best.fun))


def _log_likelihood(x: _Floats, size: _Floats, c: _Floats, betaln: Any) -> float:
    alpha, beta = np.exp(x[0]), np.exp(x[1])
    each = betaln(alpha + c, beta + size - c) - betaln(alpha, beta)
    if len(x) == 3:
        log_zero, log_rest = -np.logaddexp(0.0, -x[2]), -np.logaddexp(0.0, x[2])
        each = np.where(c == 0, np.logaddexp(log_zero, log_rest + each), log_rest + each)
    return float(each.sum())


def _points(ks: npt.ArrayLike, coverage: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    k, c = np.asarray(ks, np.float64), np.asarray(coverage, np.float64)
    if k.shape != c.shape or k.ndim != 1:
        raise BadShape(f"fit: ks and coverage must both have shape (q,), got {k.shape} and {c.shape}")
    if np.unique(k).size < 2 or (k < 1).any():
        raise BadInput("fit: needs coverage at two or more different k, each 1 or more")
    if not ((c >= 0) & (c <= 1)).all():
        raise BadInput("fit: coverage must lie in 0..1")
    return k, c


def _line(x: _Floats, y: _Floats) -> tuple[float, float]:
    """Slope and intercept of the least-squares line; slope 0 through a single point."""
    if np.unique(x).size < 2:
        return 0.0, float(y.mean())
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept)


def _scipy() -> Any:
    try:
        import scipy.optimize
        import scipy.special
    except ImportError:
        raise MissingExtra("fitting a coverage law", "unriddle[fit]") from None
    return scipy
