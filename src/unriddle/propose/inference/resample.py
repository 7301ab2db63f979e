"""Resampling: who of a population goes on. Each rule draws n ancestors so that i has n wᵢ / Z children on average.

That average is all that validity needs; the rules differ in how far a draw strays from it. Not covered: residual
resampling, numbers of children that depend on anything but the weights.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from unriddle.propose.inference.chance import Chance
from unriddle.propose.inference.weight import LogWeight, Weight, log_weight, share

__all__ = ["RESAMPLERS", "Ancestors", "multinomial", "stratified", "systematic"]

Ancestors = Callable[[Chance, Sequence[Weight], int], list[int]]
"""``(chance, weights not all 0, n) -> n`` places of ancestors, in ascending order."""


def multinomial(chance: Chance, weights: Sequence[Weight], n: int) -> list[int]:
    """Independent draws; in ascending order, so that equal populations are written alike."""
    return sorted(chance.picks(weights, n))


def stratified(chance: Chance, weights: Sequence[Weight], n: int) -> list[int]:
    """One draw from each n-th part of the unit interval."""
    sums = _sums(weights)
    return [_at(sums, (i + chance.uniform(_cuts(sums, n, i))) / n) for i in range(n)]


def systematic(chance: Chance, weights: Sequence[Weight], n: int) -> list[int]:
    """One draw, shifted by every n-th part: children stray from their average by less than one."""
    sums = _sums(weights)
    dither = chance.uniform([cut for i in range(n) for cut in _cuts(sums, n, i) or ()] if _exact(sums) else None)
    return [_at(sums, (i + dither) / n) for i in range(n)]


RESAMPLERS: dict[str, Ancestors] = {"multinomial": multinomial, "stratified": stratified, "systematic": systematic}


def _sums(weights: Sequence[Weight]) -> list[Any]:
    """Running shares up to each place, with weight 0 behind the last positive one left out."""
    last = max(i for i, weight in enumerate(weights) if weight)
    if isinstance(weights[0], LogWeight):
        top = max(log_weight(weight) for weight in weights)
        sums = list(accumulate(share(weight, top) for weight in weights[: last + 1]))
    else:
        sums = list(accumulate(weights[: last + 1]))
    return [part / sums[-1] for part in sums]


def _exact(sums: Sequence[Any]) -> bool:
    return not isinstance(sums[0], float)


def _at(sums: Sequence[Any], place: Any) -> int:
    # Rounding may carry a place up to 1; it belongs to the last particle of positive weight.
    return min(bisect_right(sums, place), len(sums) - 1)


def _cuts(sums: Sequence[Any], n: int, i: int) -> list[Any] | None:
    """The dithers at which the i-th place moves to another ancestor."""
    return [n * part - i for part in sums if 0 < n * part - i < 1] if _exact(sums) else None
