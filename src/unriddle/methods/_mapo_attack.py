"""How badly a policy can do: a fresh adversary on a grid, then fresh plays where it did worst.

Part of ``unriddle.methods.active_learning``. The maximum of noisy estimates is too high, so what is reported comes
from plays of its own, with an interval. Not covered: hypotheses outside the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.methods._mapo_play import play_out
from unriddle.methods._mapo_rules import Policy

__all__ = ["Attack", "mean_loss", "worst_loss"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Attack:
    """The worst place found for a policy.

    Attributes:
        loss: Expected loss there, from fresh plays.
        low: Lower end of its 95 % interval.
        high: Upper end.
        hypothesis: What was true there.
        noise: Chance of a wrong answer there.
    """

    loss: float
    low: float
    high: float
    hypothesis: int
    noise: float


def worst_loss(
    policy: Policy,
    *,
    noise: float,
    rng: np.random.Generator,
    n_levels: int = 5,
    n_random: int = 20,
    n_search: int = 400,
    n_final: int = 4000,
    n_kept: int = 6,
) -> Attack:
    """The worst expected loss over every hypothesis and every noise from 0 to ``noise``.

    Args:
        policy: What is attacked; it draws its queries from its chances.
        noise: The class's largest chance of a wrong answer.
        rng: Draws the plays.
        n_levels: Noise levels of the grid, for every hypothesis.
        n_random: Random (hypothesis, noise) places besides.
        n_search: Plays per place of the grid.
        n_final: Fresh plays at each place that is kept.
        n_kept: Places of highest loss that are played afresh.
    """
    n = policy.questions.shape[0]
    levels = np.linspace(0.0, noise, n_levels)
    hypothesis = np.concatenate([np.repeat(np.arange(n), n_levels), rng.integers(0, n, n_random)])
    level = np.concatenate([np.tile(levels, n), rng.random(n_random) * noise])
    rough, _ = _losses(policy, hypothesis, level, n_search, rng)
    kept = np.argsort(-rough, kind="stable")[:n_kept]
    fine, error = _losses(policy, hypothesis[kept], level[kept], n_final, rng)
    i = int(fine.argmax())
    half = 1.96 * float(error[i])
    value = float(fine[i])
    return Attack(value, value - half, value + half, int(hypothesis[kept[i]]), float(level[kept[i]]))


def mean_loss(policy: Policy, *, noise: float, rng: np.random.Generator, n_plays: int = 20_000) -> tuple[float, float]:
    """Expected loss at this noise with every hypothesis equally likely, and its standard error."""
    n = policy.questions.shape[0]
    each = max(2, n_plays // n)
    value, error = _losses(policy, np.arange(n), np.full(n, noise), each, rng)
    return float(value.mean()), float(np.sqrt((error**2).sum()) / n)


def _losses(
    policy: Policy, hypothesis: _Ints, noise: _Floats, each: int, rng: np.random.Generator, *, at_once: int = 20_000
) -> tuple[_Floats, _Floats]:
    """``(q,)`` mean loss and its standard error at each place, from ``each`` plays."""
    total, squares = np.zeros(hypothesis.size), np.zeros(hypothesis.size)
    place = np.repeat(np.arange(hypothesis.size), each)
    for start in range(0, place.size, at_once):
        now = place[start : start + at_once]
        loss = play_out(
            policy.questions,
            policy.chances,
            hypothesis=hypothesis[now],
            noise=noise[now],
            n_questions=policy.n_questions,
            rng=rng,
        ).loss
        total += np.bincount(now, loss, hypothesis.size)
        squares += np.bincount(now, loss**2, hypothesis.size)
    mean = total / each
    return mean, np.sqrt(np.maximum(squares / each - mean**2, 0.0) / each)
