"""Numbers over problems: pass@k (unbiased), coverage at many k, bootstrap intervals, paired differences.

Every interval is over *problems*: they are what was drawn; the candidates of one problem are not independent evidence.
Not covered: intervals for the difference of two systems on different problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten

__all__ = ["Interval", "bootstrap", "coverage", "paired_bootstrap", "pass_at_k"]

_CELLS = 4_000_000
"""Most cells of one resampling block, to bound memory."""


class Interval(TypedDict):
    """A mean over problems and the ends of its interval."""

    value: float
    low: float
    high: float


def pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: int) -> npt.NDArray[np.float64]:
    """``(p,)`` chance that one of ``k`` candidates drawn from ``n``, ``c`` of which are right, is right.

    The unbiased estimator ``1 - prod_{i=n-c+1}^{n} (1 - k/i)``; sums of logarithms keep it exact to about 1e-12 for
    ``n`` up to 10,000 and more. ``n`` and ``c`` broadcast; two numbers give an array of shape ``()``.

    Args:
        n: Candidates per problem, ``(p,)`` or one number.
        c: How many of them are right, ``(p,)``.
        k: Draws.

    Raises:
        BadInput: Some ``k > n``, ``k < 1``, ``c`` is outside ``0..n``, or a count is not a whole number.
        BadShape: ``n`` and ``c`` do not fit together.

    >>> float(pass_at_k(10, 1, 10)), float(pass_at_k(10, 0, 5))
    (1.0, 0.0)
    """
    totals, rights = _counts(n, c)
    if k != int(k) or k < 1:
        raise BadInput(f"pass_at_k: k must be a whole number of at least 1, got {shorten(k)}")
    if totals.size and k > totals.min():
        raise BadInput(
            f"pass_at_k: k={k} draws need at least {k} candidates for every problem, one has {totals.min()}; "
            "ask for a smaller k or make more candidates"
        )
    out = np.empty(totals.shape)
    known: dict[tuple[int, int], float] = {}
    for place in np.ndindex(totals.shape):
        pair = int(totals[place]), int(rights[place])
        if pair not in known:
            known[pair] = _estimate(*pair, int(k))
        out[place] = known[pair]
    return out


def _counts(n: npt.ArrayLike, c: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    totals, rights = np.asarray(n), np.asarray(c)
    try:
        totals, rights = np.broadcast_arrays(totals, rights)
    except ValueError as error:
        raise BadShape(f"pass_at_k: n has shape {totals.shape} and c has shape {rights.shape}") from error
    whole = [a.astype(np.int64) if np.issubdtype(a.dtype, np.number) else None for a in (totals, rights)]
    if whole[0] is None or whole[1] is None or (whole[0] != totals).any() or (whole[1] != rights).any():
        raise BadInput(f"pass_at_k: n and c must be whole numbers, got {shorten(n)} and {shorten(c)}")
    if ((whole[1] < 0) | (whole[1] > whole[0])).any():
        raise BadInput(f"pass_at_k: c must lie in 0..n, got n={shorten(n)} and c={shorten(c)}")
    return whole[0], whole[1]


def _estimate(n: int, c: int, k: int) -> float:
    if n - c < k:
        return 1.0
    # C(n-c, k) / C(n, k) is symmetric in c and k: the product over the smaller of them has the fewest terms.
    few, many = min(c, k), max(c, k)
    return float(0.0 - np.expm1(np.log1p(-many / np.arange(n - few + 1, n + 1)).sum()))


def bootstrap(
    per_problem: npt.ArrayLike, *, rng: np.random.Generator, n_resamples: int = 1000, level: float = 0.95
) -> Interval:
    """The mean over problems and its percentile bootstrap interval.

    Args:
        per_problem: ``(p,)`` one number per problem.
        rng: Draws the resamples.
        n_resamples: How many.
        level: Share of the resampled means inside the interval.

    Raises:
        BadInput: There are no problems, a value is NaN, or ``n_resamples`` or ``level`` is out of range.
        BadShape: ``per_problem`` is not one-dimensional.
    """
    values = np.asarray(per_problem, dtype=np.float64)
    if values.ndim != 1:
        raise BadShape(f"bootstrap: per_problem must have shape (p,), got {values.shape}")
    if not values.size or np.isnan(values).any():
        raise BadInput("bootstrap: needs one number per problem, none of them NaN; leave out unknown problems first")
    if n_resamples < 1 or not 0 < level < 1:
        raise BadInput(f"bootstrap: needs n_resamples >= 1 and 0 < level < 1, got {n_resamples} and {level}")
    p = values.size
    block = max(1, _CELLS // p)
    sizes = [min(block, n_resamples - done) for done in range(0, n_resamples, block)]
    means = np.concatenate([values[rng.integers(p, size=(size, p))].mean(axis=1) for size in sizes])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def wilson(n_right: int, n: int, *, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 % unless ``z`` says otherwise; ``(0, 1)`` where nothing was counted.

    Raises:
        BadInput: There are fewer than ``n_right``.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not 0 <= n_right <= n:
        raise BadInput(f"wilson: n_right must be from 0 to n, got {n_right} of {n}")
    if n == 0:
        return 0.0, 1.0
    share, more = n_right / n, z * z / n
    middle = (share + more / 2) / (1 + more)
    half = z / (1 + more) * float(np.sqrt(share * (1 - share) / n + more / (4 * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_bootstrap(
    per_problem: npt.ArrayLike,
    baseline: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The mean difference of two systems on the same problems, and its percentile bootstrap interval.

    Problems are resampled as pairs, so what makes a problem hard for both cancels.

    Args:
        per_problem: ``(p,)`` one number per problem.
        baseline: ``(p,)`` the other system's numbers on the same problems, in the same order.
        rng: Draws the resamples.
        n_resamples: How many.
        level: Share of the resampled means inside the interval.

    Raises:
        BadInput: See ``bootstrap``.
        BadShape: The two differ in shape, or are not one-dimensional.

    >>> paired_bootstrap([1, 0, 1], [0, 0, 1], rng=np.random.default_rng(0))["value"]
    0.3333333333333333
    """
    values, others = np.asarray(per_problem, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    if values.shape != others.shape:
        raise BadShape(f"paired_bootstrap: per_problem has shape {values.shape} and baseline has {others.shape}")
    return bootstrap(values - others, rng=rng, n_resamples=n_resamples, level=level)


def coverage(
    counts: Sequence[tuple[int, int]] | npt.NDArray[np.int64],
    ks: Sequence[int],
    *,
    rng: np.random.Generator,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> dict[int, Interval]:
    """pass@k averaged over problems, for every ``k`` in ``ks``, each with its interval.

    Args:
        counts: ``(p, 2)``: candidates and right candidates of each problem.
        ks: Numbers of draws.
        rng: Draws the resamples.
        n_resamples: Resamples per interval.
        level: Share of the resampled means inside an interval.

    Raises:
        BadInput: See ``pass_at_k`` and ``bootstrap``.
        BadShape: ``counts`` is not ``(p, 2)``.
    """
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[1] != 2:
        raise BadShape(f"coverage: counts must have shape (p, 2), one (n, c) per problem, got {table.shape}")
    return {
        int(k): bootstrap(pass_at_k(table[:, 0], table[:, 1], k), rng=rng, n_resamples=n_resamples, level=level)
        for k in ks
    }
