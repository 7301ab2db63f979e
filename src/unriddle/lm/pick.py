"""Which token comes next: temperature, top-p, and uniform numbers that depend on a draw's seed and its step alone.

Not covered: penalties, top-k and beam search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

__all__ = ["pick", "uniforms"]

_FEW = 64
"""Tokens that hold ``top_p`` of the probability nearly always; the rest is sorted only where they do not."""


def uniforms(seeds: npt.NDArray[np.uint64], steps: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """``(r,)`` numbers in [0, 1), one per pair of seed and step, by two rounds of SplitMix64.

    They are a function of the pair, so that a draw does not depend on what is decoded beside it.

    >>> a = uniforms(np.array([3, 4], np.uint64), np.array([0, 0], np.uint64))
    >>> bool(a[0] == uniforms(np.array([3], np.uint64), np.array([0], np.uint64))[0])
    True
    """
    mixed = _mix(_mix(seeds.astype(np.uint64)) + steps.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return np.asarray((mixed >> np.uint64(11)) * (1.0 / 2**53), dtype=np.float64)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = state + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def pick(logits: torch.Tensor, uniform: torch.Tensor, *, temperature: float, top_p: float) -> torch.Tensor:
    """``(r,)`` int64 token numbers.

    Args:
        logits: ``(r, vocabulary)``.
        uniform: ``(r,)`` float64 in [0, 1); looks the token up in the cumulated probabilities, in the order of token
            numbers. Not used at temperature 0.
        temperature: 0 takes the likeliest token.
        top_p: Only the likeliest tokens that together have this probability; tokens tied with the last are kept.
    """
    import torch

    if temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits.float() / temperature, -1)
    if top_p < 1:
        least = _least_kept(probabilities, top_p)
        probabilities = probabilities.masked_fill(probabilities < least[:, None], 0.0)
    cumulated = probabilities.double().cumsum(-1)
    total = cumulated[:, -1]
    at = torch.minimum(uniform.to(total.device) * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulated, at[:, None], right=True).squeeze(1)


def _least_kept(probabilities: torch.Tensor, top_p: float) -> torch.Tensor:
    """``(r,)`` the smallest probability among the likeliest tokens that together reach ``top_p``."""
    few = min(_FEW, probabilities.shape[-1])
    likeliest = probabilities.topk(few, -1).values
    reached = likeliest.double().cumsum(-1)
    if few < probabilities.shape[-1] and bool((reached[:, -1] < top_p).any()):
        likeliest = probabilities.sort(-1, descending=True).values
        reached = likeliest.double().cumsum(-1)
    n_kept = (reached < top_p).sum(-1, keepdim=True).clamp(max=likeliest.shape[-1] - 1)
    return likeliest.gather(-1, n_kept).squeeze(-1)
