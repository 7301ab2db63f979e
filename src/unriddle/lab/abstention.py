"""Experiment on abstention: recorded programs on recorded tests, when to give no answer.

The chosen program is B4's; truth is the official tests, which nothing else looks at. Not covered: drawing more
programs (``scaling_flaws``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from unriddle.lab._resample import resampled
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.codet import recorded_tasks
from unriddle.lab.recorded import NEEDS
from unriddle.lab.recorded_tests import RecordedTask, given_up
from unriddle.methods.abstention import answers_cross_fitted, break_even, reward
from unriddle.score.b4 import b4, b4_posterior
from unriddle.score.calibration import risk_coverage
from unriddle.score.confidence import margin
from unriddle.score.ties import expected_pass_at_k

__all__ = ["experiment"]

_Floats = npt.NDArray[np.float64]

_COSTS = (0.0, 1.0, 2.0, 4.0, 8.0)
_POSTERIOR = "risk over all coverages, posterior against random abstention"
_GAP = "risk over all coverages, posterior against the raw gap of scores"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """B4's choice on each problem; all ``(p,)``.

    Attributes:
        right: Chance that it is right (equals are drawn).
        posterior: Its posterior, "none is right" among the alternatives.
        gap: Distance to the next score, ``g / (1 + g)``.
    """

    right: _Floats
    posterior: _Floats
    gap: _Floats


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Risk against coverage, and the reward for each cost of a wrong answer."""
    found = recorded_tasks(preset, context)
    if found is None:
        return [not_run(name, NEEDS) for name in (_POSTERIOR, _GAP, "reward with abstention")]
    chosen = choices(found[0])
    return [
        *_areas(chosen, seed),
        *(one for cost in _COSTS for one in _rewards(chosen, cost, seed)),
        *_ceilings(chosen),
    ]


def choices(tasks: list[RecordedTask]) -> _Chosen:
    """B4 on distinct programs and tests, problem by problem."""
    rows = []
    for task in tasks:
        verdicts = given_up(task.pairs.verdicts)
        place = list(task.pairs.plan.rows)
        scores = b4(verdicts)
        top = scores == scores.max(initial=-np.inf)
        sure = float(b4_posterior(verdicts)[top].max(initial=0.0)) if np.isfinite(scores).any() else 0.0
        gap = margin(scores)
        rows.append(
            (expected_pass_at_k(scores[place], task.right, k=1), sure, 1.0 if np.isinf(gap) else gap / (1 + gap))
        )
    right, posterior, gaps = np.array(rows, np.float64).T
    return _Chosen(right, np.clip(posterior, 0, 1), gaps)


def _areas(chosen: _Chosen, seed: int) -> list[Claim]:
    """Mean risk over all coverages (the area under the curve), with paired intervals over problems."""
    area = risk_coverage(chosen.posterior, chosen.right)
    overall = 1.0 - float(chosen.right.mean())
    by_gap = risk_coverage(chosen.gap, chosen.right).area
    note = f"{len(chosen.right)} problems, {area.ideal:.3f} with right answers first; difference, 95 % over problems: "
    rows = np.stack([chosen.posterior, chosen.gap, chosen.right], axis=1)
    claims = []
    for name, other, baseline in (
        (_POSTERIOR, lambda x: 1.0 - x[:, 2].mean(), overall),
        (_GAP, lambda x: risk_coverage(x[:, 1], x[:, 2]).area, by_gap),
    ):
        low, high = resampled(rows, partial(_less, other), rng=generator(seed, stream=1), n_draws=400)
        told = note + f"[{low:+.3f}, {high:+.3f}]"
        claims.append(claim(name, area.area, relation="<", baseline=baseline, note=told))
    return claims


def _less(other: Callable[[_Floats], float], rows: _Floats) -> float:
    """The posterior's area minus the other risk, on rows of posterior, gap and truth."""
    return float(risk_coverage(rows[:, 0], rows[:, 2]).area - other(rows))


def _rewards(chosen: _Chosen, cost: float, seed: int) -> list[Claim]:
    """Reward for one cost: cross-fitted threshold, the posterior taken at its word, always and never answering."""
    rng = generator(seed, stream=2)
    fitted, share = _cross_fitted(chosen.posterior, chosen.right, cost, rng)
    by_gap, _ = _cross_fitted(chosen.gap, chosen.right, cost, rng)
    p = len(chosen.right)
    at_word = float(reward(chosen.posterior > break_even(cost), chosen.right, cost=cost).mean())
    always = float(reward(np.ones(p), chosen.right, cost=cost).mean())
    note = (
        f"{share:.2f} of {p} problems answered; always {always:+.3f}, never 0, posterior at its word {at_word:+.3f}, "
        f"cross-fitted on the raw gap {by_gap:+.3f}; mean over 20 deals of 10 folds"
    )
    return [
        claim(
            f"reward per problem when a wrong answer costs {cost:g}: cross-fitted threshold against the better of "
            "always and never answering",
            fitted,
            relation=">=",
            baseline=max(always, 0.0),
            note=note,
        )
    ]


def _cross_fitted(
    confidence: _Floats, right: _Floats, cost: float, rng: np.random.Generator, n_deals: int = 20
) -> tuple[float, float]:
    """Reward per problem and share answered, with thresholds from the other folds; means over deals of the folds."""
    deals = [answers_cross_fitted(confidence, right, cost=cost, rng=rng) for _ in range(n_deals)]
    rewards = [reward(answered, right, cost=cost).mean() for answered in deals]
    return float(np.mean(rewards)), float(np.mean([answered.mean() for answered in deals]))


def _ceilings(chosen: _Chosen) -> list[Claim]:
    """How accurate the surest answers are: abstaining has a ceiling as well."""
    curve = risk_coverage(chosen.posterior, chosen.right)
    few = int(np.argmax(curve.coverage >= 0.2))
    return [
        claim(
            "accuracy of the surest fifth of the answers against all answers",
            1.0 - float(curve.risk[few]),
            relation=">",
            baseline=float(chosen.right.mean()),
            note=f"coverage {curve.coverage[few]:.2f}, confidence at least {curve.threshold[few]:.3f}",
        )
    ]
