"""Ties made explicit: levels of equal score, the exact expectation of a random draw from them, and seeded picks.

A score that cannot tell two candidates apart must not prefer the one that happens to stand first. Not covered:
breaking ties by a second score (``unriddle.score.combine.lexicographic``).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.score.classes import counts

__all__ = ["expected_pass_at_k", "pick", "pick_k", "tie_levels"]

_Floats = npt.NDArray[np.float64]


def tie_levels(scores: npt.ArrayLike, *, tolerance: float = 1e-9) -> list[npt.NDArray[np.int64]]:
    """The rows of each level of equal score, best level first; rows with −inf are in none.

    Args:
        scores: ``(n,)``.
        tolerance: Scores that differ from the best of a level by at most this much, relative to its size where that
            is more than 1, belong to it.

    Raises:
        BadInput: A score is NaN, or the tolerance is negative.
        BadShape: Scores that are not one-dimensional.

    >>> [level.tolist() for level in tie_levels([1.0, 3.0, 1.0, float("-inf")])]
    [[1], [0, 2]]
    """
    values = _checked(scores)
    if not tolerance >= 0:
        raise BadInput(f"tie_levels: tolerance must not be negative, got {tolerance}")
    order = np.argsort(-values, kind="stable")
    order = order[values[order] > -np.inf]
    levels: list[npt.NDArray[np.int64]] = []
    start = 0
    ranked = values[order]
    for i in range(1, len(order) + 1):
        if i == len(order) or not _close(ranked[start], ranked[i], tolerance):
            levels.append(np.sort(order[start:i]).astype(np.int64))
            start = i
    return levels


def _close(top: float, value: float, tolerance: float) -> bool:
    return bool(top == value or top - value <= tolerance * max(1.0, abs(top)) < math.inf)


def _checked(scores: npt.ArrayLike) -> _Floats:
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1:
        raise BadShape(f"scores must have shape (n,), got {values.shape}")
    if np.isnan(values).any():
        row = int(np.flatnonzero(np.isnan(values))[0])
        raise BadInput(f"scores: row {row} is NaN; a score that does not know must say −inf")
    return values


def expected_pass_at_k(
    scores: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    k: int = 1,
    program_counts: npt.ArrayLike | None = None,
    tolerance: float = 1e-9,
) -> float:
    """The chance that one of ``k`` picks is right, over the random draws inside the levels, in closed form.

    One candidate is drawn from each of the top k levels, again from the top when there are fewer levels. Where no
    candidate is scored, k are drawn at random without replacement.

    Args:
        scores: ``(n,)``.
        right: ``(n,)`` whether each candidate is right.
        k: Picks.
        program_counts: ``(n,)`` how often each candidate was drawn; draws inside a level are in proportion.
        tolerance: See ``tie_levels``.

    Returns:
        Between 0 and 1; 0 where there are no candidates.

    Raises:
        BadInput: ``k`` is less than 1, or a score is NaN.
        BadShape: ``scores``, ``right`` and the counts differ in length.

    >>> expected_pass_at_k([2.0, 2.0, 1.0], [True, False, True])
    0.5
    """
    truth = np.asarray(right, dtype=np.bool_)
    values = _checked(scores)
    if truth.shape != values.shape:
        raise BadShape(f"expected_pass_at_k: scores have shape {values.shape} and right has {truth.shape}")
    if k < 1:
        raise BadInput(f"expected_pass_at_k: k must be at least 1, got {shorten(k)}")
    weights = counts(program_counts, len(values), name="expected_pass_at_k: program_counts")
    levels = [level for level in tie_levels(values, tolerance=tolerance) if weights[level].sum() > 0]
    if not levels:
        return _random(weights, truth, k)
    wrong = [1.0 - float(weights[level] @ truth[level] / weights[level].sum()) for level in levels[:k]]
    rounds, rest = divmod(k, len(levels))
    times = [rounds + (i < rest) for i in range(len(wrong))]
    return 1.0 - math.prod(share**n for share, n in zip(wrong, times, strict=True))


def _random(weights: _Floats, truth: npt.NDArray[np.bool_], k: int) -> float:
    """The unbiased ``1 − C(n−c, k) / C(n, k)``; all candidates where there are fewer than k."""
    n, c = round(float(weights.sum())), round(float(weights @ truth))
    k = min(k, n)
    return 1.0 - math.comb(n - c, k) / math.comb(n, k) if n else 0.0


def pick(scores: npt.ArrayLike, *, rng: np.random.Generator, tolerance: float = 1e-9) -> int:
    """The row of one candidate, drawn evenly from the best level; from all rows where none is scored.

    Raises:
        BadInput: There are no candidates, or a score is NaN.
    """
    picked = pick_k(scores, k=1, rng=rng, tolerance=tolerance)
    if not picked:
        raise BadInput("pick: there are no candidates to pick from")
    return picked[0]


def pick_k(scores: npt.ArrayLike, *, k: int, rng: np.random.Generator, tolerance: float = 1e-9) -> list[int]:
    """At most ``k`` different rows: one drawn from each level, best first, cycling while any are left.

    Raises:
        BadInput: ``k`` is less than 1, or a score is NaN.
    """
    if k < 1:
        raise BadInput(f"pick_k: k must be at least 1, got {shorten(k)}")
    values = _checked(scores)
    levels = tie_levels(values, tolerance=tolerance) or ([np.arange(len(values))] if len(values) else [])
    queues = [rng.permutation(level).tolist() for level in levels]
    picked: list[int] = []
    while len(picked) < k and any(queues):
        for queue in queues:
            if queue and len(picked) < k:
                picked.append(int(queue.pop()))
    return picked
