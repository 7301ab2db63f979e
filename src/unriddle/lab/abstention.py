"""Experiment on abstention: recorded programs on recorded tests, when to give no answer.

The chosen program is B4's; truth is the official tests, which nothing else looks at. Not covered: drawing more
programs (``scaling_flaws``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    claims = []
    for name, other, baseline in (
        (_POSTERIOR, lambda c, g, r: 1.0 - r.mean(), overall),
        (_GAP, lambda c, g, r: risk_coverage(g, r).area, by_gap),
    ):
        low, high = _interval(chosen, other, seed)
        told = note + f"[{low:+.3f}, {high:+.3f}]"
        claims.append(claim(name, area.area, relation="<", baseline=baseline, note=told))
    return claims


def _interval(
    chosen: _Chosen, other: Callable[[_Floats, _Floats, _Floats], float], seed: int, n: int = 400
) -> tuple[float, float]:
    """95 % interval of the posterior's area minus the other's, by drawing problems again."""
    rng = generator(seed, stream=1)
    p, draws = len(chosen.right), []
    for _ in range(n):
        i = rng.integers(0, p, p)
        c, g, r = chosen.posterior[i], chosen.gap[i], chosen.right[i]
        draws.append(risk_coverage(c, r).area - other(c, g, r))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _rewards(chosen: _Chosen, cost: float, seed: int) -> list[Claim]:
    """Reward for one cost: cross-fitted threshold, the posterior taken at its word, always and never answering."""
    rng = generator(seed, stream=2)
    p = len(chosen.right)
    repeats = [answers_cross_fitted(chosen.posterior, chosen.right, cost=cost, rng=rng) for _ in range(20)]
    fitted = float(np.mean([reward(a, chosen.right, cost=cost).mean() for a in repeats]))
    by_gap = float(
        np.mean(
            [
                reward(
                    answers_cross_fitted(chosen.gap, chosen.right, cost=cost, rng=rng), chosen.right, cost=cost
                ).mean()
                for _ in range(20)
            ]
        )
    )
    at_word = float(reward(chosen.posterior > break_even(cost), chosen.right, cost=cost).mean())
    always = float(reward(np.ones(p), chosen.right, cost=cost).mean())
    share = float(np.mean([a.mean() for a in repeats]))
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
