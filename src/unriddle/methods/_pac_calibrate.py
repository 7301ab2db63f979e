"""How many errors a calibration set may have, and which threshold it certifies.

Part of ``unriddle.methods.pac_prediction_sets``. Not covered: examples that are not exchangeable with what comes later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape

__all__ = ["Certificate", "certified_place", "certify", "group_hits", "max_errors", "upper_bound"]

_Floats = npt.NDArray[np.float64]
_ROUNDING = 1e-10
"""Two logarithms closer than this are equal: exact ties exist (half of all coins)."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What calibration showed.

    With confidence ``1 - delta`` over the calibration examples, a set misses its target with chance at most ``eps``.

    Attributes:
        eps: Allowed chance of a miss.
        delta: Allowed chance that the calibration misleads.
        n: Calibration examples (groups, when they were grouped).
        allowed: Errors that still certify; -1 when ``n`` is too small for any.
        errors: Errors at the chosen threshold.
        place: Its number in the grid; the grid's length for the full hole.
        threshold: The chosen threshold; infinite for the full hole.
        bound: Upper Clopper-Pearson bound, at confidence ``1 - delta``, of the miss rate at the chosen threshold.
    """

    eps: float
    delta: float
    n: int
    allowed: int
    errors: int
    place: int
    threshold: float
    bound: float

    @property
    def informative(self) -> bool:
        """Whether anything less than the full hole was certified."""
        return math.isfinite(self.threshold)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; the threshold of the full hole is ``None``."""
        names = ("eps", "delta", "n", "allowed", "errors", "place", "threshold", "bound")
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        return values if self.informative else {**values, "threshold": None}


def max_errors(n: int, eps: float, delta: float) -> int:
    """The most errors among ``n`` examples that still show an error rate of at most ``eps``; -1 when none do.

    That is the largest k with ``P[Binomial(n, eps) <= k] <= delta``.

    Args:
        n: Examples, 0 or more.
        eps: Rate, between 0 and 1.
        delta: Chance of being wrong, between 0 and 1.

    Raises:
        BadInput: A number is out of range.

    >>> max_errors(100, 0.1, 0.1), max_errors(5, 0.1, 0.1)
    (5, -1)
    """
    _check(eps, delta)
    if n < 0:
        raise BadInput(f"max_errors: n must be 0 or more, got {n}")
    return int(np.searchsorted(_log_tail(n, eps), math.log(delta) + _ROUNDING, side="right")) - 1


def upper_bound(errors: int, n: int, delta: float) -> float:
    """Upper Clopper-Pearson bound at confidence ``1 - delta`` of a rate that showed ``errors`` among ``n``.

    Raises:
        BadInput: ``errors`` lies outside ``0..n``, or delta is not between 0 and 1.

    >>> round(upper_bound(0, 10, 0.05), 4)
    0.2589
    """
    _check(0.5, delta)
    if not 0 <= errors <= n:
        raise BadInput(f"upper_bound: errors must lie in 0..{n}, got {errors}")
    if errors == n:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _log_tail(n, middle)[errors] > math.log(delta) else (low, middle)
    return high


def certify(hits: npt.ArrayLike, grid: _Floats, *, eps: float, delta: float) -> Certificate:
    """The smallest threshold of the grid whose errors are few enough.

    Args:
        hits: ``(n,)`` number of the first threshold at which each example's set holds its target; the grid's length
            when none does. Sets are nested, so they hold it from there on.
        grid: ``(g,)`` thresholds, growing.
        eps: Allowed chance of a miss.
        delta: Allowed chance that the calibration misleads.

    Raises:
        BadInput: A hit lies outside ``0..g``, or a number is out of range.
    """
    first, g = np.asarray(hits, np.int64).reshape(-1), len(grid)
    if first.size and not (first.min() >= 0 and first.max() <= g):
        raise BadInput(f"certify: hits must lie in 0..{g}, got {first.min()}..{first.max()}")
    allowed = max_errors(first.size, eps, delta)
    place = certified_place(first, allowed, g)
    if place == g:
        return Certificate(eps, delta, first.size, allowed, 0, g, math.inf, 0.0)
    made = int((first > place).sum())
    return Certificate(
        eps, delta, first.size, allowed, made, place, float(grid[place]), upper_bound(made, first.size, delta)
    )


def certified_place(hits: npt.NDArray[np.int64], allowed: int, g: int) -> int:
    """Number of the first threshold with at most ``allowed`` of ``hits`` beyond it; ``g`` when there is none.

    >>> certified_place(np.array([0, 3, 1, 9]), 1, 100)
    3
    """
    if allowed < 0:
        return g
    return int(np.sort(hits)[hits.size - 1 - allowed]) if allowed < hits.size else 0


def group_hits(
    hits: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    rule: Literal["one", "any"] = "any",
    rng: np.random.Generator | None = None,
) -> npt.NDArray[np.int64]:
    """One hit per group, because several examples of one problem are not independent.

    Args:
        hits: ``(n,)`` as ``certify`` takes them.
        groups: ``(n,)`` what each example belongs to.
        rule: ``any``: a group errs when any of its examples does (then, of a new problem, all sets hold). ``one``:
            one example of each group stands for it, drawn with ``rng`` (then a random example of a new problem holds).
        rng: Needed by ``one``.

    Raises:
        BadShape: There are not as many groups as hits.
        BadInput: ``one`` was asked for without ``rng``.

    >>> group_hits([3, 5, 1], ["a", "a", "b"]).tolist()
    [5, 1]
    """
    first = np.asarray(hits, np.int64)
    if first.shape != (len(groups),):
        raise BadShape(f"group_hits: {len(groups)} groups need as many hits, got shape {first.shape}")
    rows: dict[Any, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    if rule == "any":
        return np.array([first[members].max() for members in rows.values()], np.int64)
    if rng is None:
        raise BadInput("group_hits: the rule 'one' draws an example of each group; give rng")
    return np.array([first[members[int(rng.integers(len(members)))]] for members in rows.values()], np.int64)


def _log_tail(n: int, eps: float) -> _Floats:
    """``(n + 1,)`` log of ``P[Binomial(n, eps) <= k]`` for every k."""
    i = np.arange(n + 1)
    steps = np.concatenate([[0.0], np.log(np.arange(1, n + 1))])
    factorial = np.cumsum(steps)
    log_mass = factorial[n] - factorial[i] - factorial[n - i] + i * math.log(eps) + (n - i) * math.log1p(-eps)
    return np.asarray(np.logaddexp.accumulate(log_mass))


def _check(eps: float, delta: float) -> None:
    for name, value in (("eps", eps), ("delta", delta)):
        if not 0 < value < 1:
            raise BadInput(f"{name} must be more than 0 and less than 1, got {value!r}")
