"""Chow 1970: On Optimum Recognition Error and Reject Tradeoff.

When a wrong answer costs c times what a right one earns, and no answer earns nothing, it pays to answer exactly when
the chance of being right is above c / (1 + c). For generated programs that chance is B4's posterior, in which "none of
the programs is right" is one of the alternatives; and the choice is not only to answer or not: more programs can be
drawn, while the stopping rule of Stroebl 2024 (card: arXiv 2411.17501) says that they are worth it.

What differs from the papers: the chance comes from a model of programs and tests instead of a known distribution, so
it may be off. Where problems with known truth are there, the threshold is the one with the highest reward on the other
problems (cross-fitting: no problem has a say in its own threshold), and the two ways are shown side by side.

Expected in the lab: on recorded programs and generated tests the posterior puts right answers before wrong ones better
than chance and than the raw gap between the two best scores, and abstaining pays once a wrong answer costs something.

Not covered: a price for the test runs themselves; partial answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Score
from unriddle.errors import BadInput
from unriddle.methods._stop_policy import StopPolicy
from unriddle.score.b4 import b4, b4_posterior
from unriddle.score.calibration import checked_pairs
from unriddle.score.ties import pick
from unriddle.verdicts import Verdicts

__all__ = [
    "Decision",
    "abstain",
    "answers_cross_fitted",
    "best_threshold",
    "break_even",
    "next_step",
    "reward",
]

_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Decision:
    """To answer or not.

    Attributes:
        row: The best candidate; −1 where no candidate has a score.
        answered: Whether it is worth giving it as the answer.
        confidence: The chance that it is right.
        none: The chance that no candidate is right, or only one that was not chosen.
        threshold: Confidence above which an answer pays.
        step: ``answer``, ``draw`` (draw more programs first) or ``abstain``.
    """

    row: int
    answered: bool
    confidence: float
    none: float
    threshold: float
    step: Literal["answer", "draw", "abstain"]


def break_even(cost: float) -> float:
    """The chance of being right at which an answer is worth nothing: ``cost / (1 + cost)``.

    Raises:
        BadInput: The cost is negative or not finite.

    >>> [break_even(c) for c in (0, 1, 4)]
    [0.0, 0.5, 0.8]
    """
    if not 0 <= cost < float("inf"):
        raise BadInput(f"abstention: cost must be a number of at least 0, got {cost}")
    return cost / (1.0 + cost)


def next_step(
    confidence: float, *, cost: float, policy: StopPolicy | None = None, n_drawn: int = 0
) -> Literal["answer", "draw", "abstain"]:
    """What to do with a best candidate of this confidence.

    Args:
        confidence: Chance that it is right.
        cost: Cost of a wrong answer in units of the benefit of a right one.
        policy: Says whether one more program is worth drawing; without one nothing more is drawn.
        n_drawn: Programs drawn so far.

    Raises:
        BadInput: The cost is negative, or the confidence lies outside 0..1.
    """
    if not 0 <= confidence <= 1:
        raise BadInput(f"abstention: confidence must lie in 0..1, got {confidence}")
    if confidence > break_even(cost):
        return "answer"
    return "draw" if policy is not None and policy.should_continue(n_drawn) else "abstain"


def abstain(
    verdicts: Verdicts,
    *,
    rng: np.random.Generator,
    cost: float = 1.0,
    threshold: float | None = None,
    score: Score | None = None,
    confidence: Score | None = None,
    policy: StopPolicy | None = None,
) -> Decision:
    """The best candidate and whether to give it as the answer.

    Args:
        verdicts: ``(n, m)`` candidates on generated tests.
        rng: Draws between candidates of equal score.
        cost: Cost of a wrong answer in units of the benefit of a right one.
        threshold: Confidence above which to answer; ``break_even(cost)`` when ``None``, or see ``best_threshold``.
        score: Ranks the candidates; B4 when ``None``.
        confidence: Chance that each candidate is right; B4's posterior when ``None``.
        policy: Says whether more programs are worth drawing.

    Raises:
        BadInput: The cost is negative.
    """
    limit = break_even(cost) if threshold is None else threshold
    scores = (score or b4)(verdicts)
    row = pick(scores, rng=rng) if np.isfinite(scores).any() else -1
    sure = float((confidence or b4_posterior)(verdicts)[row]) if row >= 0 else 0.0
    answered = row >= 0 and sure > limit
    rest = next_step(0.0, cost=cost, policy=policy, n_drawn=verdicts.shape[0]) if not answered else "answer"
    step: Literal["answer", "draw", "abstain"] = "answer" if answered else "draw" if rest == "draw" else "abstain"
    return Decision(row, answered, sure, 1.0 - sure, limit, step)


def reward(answered: npt.ArrayLike, right: npt.ArrayLike, *, cost: float) -> _Floats:
    """``(p,)`` reward of each problem: 1 for a right answer, ``-cost`` for a wrong one, 0 for none.

    Args:
        answered: ``(p,)`` booleans.
        right: ``(p,)`` booleans, or the chance that the answer is right where equals are drawn.
        cost: Cost of a wrong answer.
    """
    break_even(cost)
    truth = np.asarray(right, dtype=np.float64)
    return np.where(np.asarray(answered, dtype=bool), truth - cost * (1.0 - truth), 0.0)


def best_threshold(confidence: npt.ArrayLike, right: npt.ArrayLike, *, cost: float) -> float:
    """The confidence above which to answer that earned most on these problems; inf where no answer earned anything.

    It lies halfway between two confidences that occur, and below all of them (−inf) where it paid to answer always.
    Of equals the highest: it risks least.

    Raises:
        BadInput: No problems, numbers outside 0..1, or a negative cost.
        BadShape: The two differ in length.
    """
    c, r = checked_pairs(confidence, right)
    worth = reward(np.ones(len(c)), r, cost=cost)
    levels, place = np.unique(-c, return_inverse=True)
    total = np.concatenate([[0.0], np.cumsum(np.bincount(place.reshape(-1), weights=worth))])
    k = int(np.argmax(np.round(total, 12)))
    at = -levels
    if k == 0:
        return float("inf")
    return float((at[k - 1] + at[k]) / 2) if k < len(at) else -float("inf")


def answers_cross_fitted(
    confidence: npt.ArrayLike, right: npt.ArrayLike, *, cost: float, rng: np.random.Generator, n_folds: int = 10
) -> _Bools:
    """``(p,)``: whether each problem is answered, with the threshold that earned most on the other folds.

    Args:
        confidence: ``(p,)`` chance that the chosen program is right.
        right: ``(p,)`` whether it is.
        cost: Cost of a wrong answer.
        rng: Deals the problems into folds.
        n_folds: Folds; no more than there are problems.

    Raises:
        BadInput: Fewer than two problems, numbers outside 0..1, or a negative cost.
        BadShape: The two differ in length.
    """
    c, r = checked_pairs(confidence, right)
    if len(c) < 2 or n_folds < 2:
        raise BadInput(f"abstention: cross-fitting needs two problems and two folds, got {len(c)} and {n_folds}")
    fold = rng.permutation(len(c)) % min(n_folds, len(c))
    fit = partial(best_threshold, cost=cost)
    limits = np.array([fit(c[fold != f], r[fold != f]) for f in range(int(fold.max()) + 1)])
    return np.asarray(c > limits[fold], dtype=np.bool_)
