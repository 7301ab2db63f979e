"""Scores made of scores: a weighted sum of normalised scores, or one after the other.

−inf from any part means "never" for the whole. Not covered: weights learned from data
(``fit_reranker(groups=("rules",))`` in ``unriddle.score.reranker``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Score
from unriddle.errors import BadInput, BadShape, shorten
from unriddle.score.ties import tie_levels
from unriddle.verdicts import Verdicts

__all__ = ["lexicographic", "rank_normalised", "weighted", "z_normalised"]

_Floats = npt.NDArray[np.float64]


def rank_normalised(scores: npt.ArrayLike) -> _Floats:
    """``(n,)`` the share of scored candidates that each one beats, ties counting half; −inf stays.

    >>> rank_normalised([5.0, 1.0, 1.0, float("-inf")]).tolist()
    [1.0, 0.25, 0.25, -inf]
    """
    values = np.asarray(scores, dtype=np.float64)
    out, below = np.full(values.shape, -np.inf), 0
    levels = tie_levels(values)
    n = sum(map(len, levels))
    for level in reversed(levels):
        out[level] = (below + (len(level) - 1) / 2) / (n - 1) if n > 1 else 0.5
        below += len(level)
    return out


def z_normalised(scores: npt.ArrayLike) -> _Floats:
    """``(n,)`` distance from the mean of the finite scores in standard deviations; 0 where all are equal.

    Infinite scores stay as they are.
    """
    values = np.asarray(scores, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return values.copy()
    spread = float(values[finite].std())
    centred = values - values[finite].mean()
    return np.where(
        finite, centred / spread if spread > 1e-12 * max(1.0, np.abs(values[finite]).max()) else 0.0, values
    )


def weighted(scores: Sequence[Score], *, weights: Sequence[float], normalise: Literal["rank", "z"] = "rank") -> Score:
    """A score: the weighted sum of normalised scores.

    Args:
        scores: The parts.
        weights: One per part; negative turns a part round.
        normalise: By rank (robust, the default) or to mean 0 and standard deviation 1.

    Raises:
        BadShape: Not one weight per score.
        BadInput: No scores, an unknown normalisation, or a weight that is not finite.
    """
    if len(scores) != len(weights):
        raise BadShape(f"weighted: expected one weight per score, got {len(scores)} scores and {len(weights)} weights")
    if not scores or not np.isfinite(list(weights)).all():
        raise BadInput(f"weighted: needs at least one score and finite weights, got {shorten(list(weights))}")
    if normalise not in ("rank", "z"):
        raise BadInput(f"weighted: normalise must be 'rank' or 'z', got {shorten(normalise)}")
    scale = rank_normalised if normalise == "rank" else z_normalised

    def score(verdicts: Verdicts) -> _Floats:
        total, never = np.zeros(verdicts.shape[0]), np.zeros(verdicts.shape[0], np.bool_)
        for part, weight in zip(scores, weights, strict=True):
            values = scale(part(verdicts))
            never |= np.isneginf(values)
            total += weight * np.where(np.isfinite(values), values, 0.0)
        return np.where(never, -np.inf, total)

    return score


def lexicographic(scores: Sequence[Score]) -> Score:
    """A score that orders by the first, breaks its ties by the second, and so on.

    The values are ranks: the number of candidates that are worse.

    Raises:
        BadInput: No scores.
    """
    if not scores:
        raise BadInput("lexicographic: needs at least one score")

    def score(verdicts: Verdicts) -> _Floats:
        columns = [_level_numbers(part(verdicts)) for part in scores]
        keys = np.stack(columns, axis=1) if columns else np.zeros((0, 0))
        never = (keys < 0).any(axis=1)
        kept = keys[~never]
        out = np.full(len(keys), -np.inf)
        if len(kept):
            _, place, size = np.unique(kept, axis=0, return_inverse=True, return_counts=True)
            out[~never] = (np.cumsum(size) - size)[place.reshape(-1)]
        return out

    return score


def _level_numbers(scores: _Floats) -> npt.NDArray[np.int64]:
    """``(n,)`` number of each row's level, worst first; −1 for "never"."""
    numbers = np.full(len(scores), -1, np.int64)
    for number, level in enumerate(reversed(tie_levels(scores))):
        numbers[level] = number
    return numbers
