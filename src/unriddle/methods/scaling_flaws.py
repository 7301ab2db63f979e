"""Stroebl 2024: Inference Scaling fLaws: The Limits of LLM Resampling with Imperfect Verifiers (arXiv 2411.17501).

Sampling until the tests pass cannot beat the tests: a wrong program that slips through is accepted, and more samples
give more chances to slip. Accuracy has a ceiling below 1, and once a wrong answer costs something, a small number of
attempts is best.

What differs from the paper: every expectation is computed exactly instead of by drawing permutations; the value of
the two-type model is weighed with the prior once (the published notebook weighs it twice, which overstates it);
the best number of attempts can be chosen on one half of the samples and valued on the other; a price per sample is
part of the reward; tasks where the weak verifier rejects right programs are kept unless you drop them.

Expected in the lab: on the recorded CodeGen-16B programs with one visible assert as the verifier, an interior best
number of attempts below 20 when a wrong answer costs twice what a right one earns. Measured: with one or two asserts
it does not pay to start at all, with three it pays to try once; with all official tests as verifier and HumanEval+ as
truth, two attempts are best when a wrong answer costs four times what a right one earns.

Not covered: why false positives happen; quality of wrong programs beyond right and wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.methods._stop_policy import StopPolicy

__all__ = [
    "Bucket",
    "Report",
    "StopPolicy",
    "Tally",
    "VerifierQuality",
    "best_attempts",
    "ceiling",
    "estimate_verifier",
    "fpr_by_attempt",
    "fpr_slope",
    "resampling_report",
    "reward_curve",
    "split_best_attempts",
    "tally",
]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a weak and a strong verifier said, counted per problem; all arrays ``(p,)``.

    Attributes:
        n: Samples.
        accepted: Samples the weak verifier accepts.
        both: Samples both accept (true positives).
        right: Samples the strong verifier accepts.
    """

    n: _Ints
    accepted: _Ints
    both: _Ints
    right: _Ints

    def take(self, rows: npt.ArrayLike) -> Tally:
        """The tally of these problems, in this order (a boolean mask works too)."""
        i = np.asarray(rows)
        return Tally(self.n[i], self.accepted[i], self.both[i], self.right[i])


@dataclass(frozen=True, slots=True)
class VerifierQuality:
    """Chance that the weak verifier accepts a right program, and that it rejects a wrong one; NaN if none is seen."""

    completeness: float
    soundness: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """False positives among the attempts ``first..last`` at which sampling stops.

    Attributes:
        first: First attempt of the bucket.
        last: Last attempt of the bucket.
        n_stops: Expected number of problems that stop in it.
        fpr: Share of these that accepted a wrong program; NaN when nothing stops here.
    """

    first: int
    last: int
    n_stops: float
    fpr: float


@dataclass(frozen=True, slots=True)
class Report:
    """Resampling under an imperfect verifier, for one set of samples.

    Attributes:
        ceiling: Conditional accuracy, problems without an accepted sample left out, counted as 0, counted as 1.
        coverage: Share of problems with an accepted sample.
        gap: Mean acceptance rate minus mean true accuracy.
        verifier: Completeness and soundness.
        rewards: Reward at 1..k_max attempts for each cost, ``(k_max,)`` each.
        best: For each cost, the best number of attempts (0: do not start) and its reward.
        by_attempt: False positives by attempt.
    """

    ceiling: dict[str, float]
    coverage: float
    gap: float
    verifier: VerifierQuality
    rewards: dict[float, _Floats]
    best: dict[float, tuple[int, float]]
    by_attempt: tuple[Bucket, ...]


def tally(weak: Sequence[npt.ArrayLike], strong: Sequence[npt.ArrayLike], *, drop_inconsistent: bool = False) -> Tally:
    """Counts per problem from two aligned lists of booleans per problem.

    Args:
        weak: ``p`` arrays ``(n_i,)``: the weak verifier accepts.
        strong: ``p`` arrays ``(n_i,)``: the strong verifier accepts; taken as the truth.
        drop_inconsistent: Leave out problems where a right sample is rejected by the weak verifier. This conditions
            the problems on the outcome, so report both ways.

    Raises:
        BadShape: The two do not fit together.
        BadInput: A problem has no samples, or no problem is left.
    """
    pairs = [(np.asarray(w, bool), np.asarray(s, bool)) for w, s in zip(weak, strong, strict=False)]
    if len(weak) != len(strong) or any(w.shape != s.shape or w.ndim != 1 for w, s in pairs):
        raise BadShape("tally: weak and strong must hold equally long lists of booleans for the same problems")
    if any(not w.size for w, _ in pairs):
        raise BadInput("tally: a problem has no samples; leave it out or sample it")
    if drop_inconsistent:
        pairs = [(w, s) for w, s in pairs if not (s & ~w).any()]
    if not pairs:
        raise BadInput("tally: no problem is left to count")
    columns = [(w.size, w.sum(), (w & s).sum(), s.sum()) for w, s in pairs]
    n, accepted, both, right = np.array(columns, np.int64).T
    return Tally(n, accepted, both, right)


def ceiling(counts: Tally, *, undefined: Literal["exclude", "worst", "best"] = "exclude") -> float:
    """Mean over problems of P(right | accepted): the accuracy that endless resampling tends to.

    Args:
        counts: See ``tally``.
        undefined: Problems without an accepted sample are left out, counted as 0, or counted as 1.

    Returns:
        Between 0 and 1; NaN when every problem is left out.
    """
    some = counts.accepted > 0
    given = counts.both[some] / counts.accepted[some]
    if undefined == "exclude":
        return float(given.mean()) if given.size else float("nan")
    return float((given.sum() + (undefined == "best") * (~some).sum()) / some.size)


def estimate_verifier(counts: Tally) -> VerifierQuality:
    """Completeness and soundness pooled over all samples."""
    right, wrong = int(counts.right.sum()), int((counts.n - counts.right).sum())
    false_positives = int((counts.accepted - counts.both).sum())
    return VerifierQuality(
        completeness=int(counts.both.sum()) / right if right else float("nan"),
        soundness=1.0 - false_positives / wrong if wrong else float("nan"),
    )


def reward_curve(counts: Tally, *, cost: float, k_max: int | None = None, price: float = 0.0) -> _Floats:
    """``(k_max,)`` exact expected reward of at most 1, 2, … attempts, mean over problems.

    Samples are drawn without replacement until the weak verifier accepts one: 1 if it is right, ``-cost`` if not, 0
    if none is accepted, and ``price`` for every sample drawn.

    Raises:
        BadInput: ``k_max`` is more than the samples of some problem, or cost or price is negative.
    """
    if cost < 0 or price < 0:
        raise BadInput(f"reward_curve: cost and price must be 0 or more, got {cost!r} and {price!r}")
    going = _still_going(counts, k_max)
    worth = counts.both - cost * (counts.accepted - counts.both)
    mean = np.divide(worth, counts.accepted, out=np.zeros(worth.shape), where=counts.accepted > 0)
    drawn = np.cumsum(going[:, :-1], axis=1)
    return np.asarray(((1.0 - going[:, 1:]) * mean[:, None] - price * drawn).mean(axis=0), np.float64)


def best_attempts(rewards: npt.ArrayLike) -> int:
    """The number of attempts with the highest reward (the fewest among equals); 0 when none is above 0.

    >>> best_attempts([0.1, 0.3, 0.2]), best_attempts([-0.1, -0.2])
    (2, 0)
    """
    curve = np.asarray(rewards, np.float64)
    k = int(np.argmax(curve))
    return k + 1 if curve[k] > 0 else 0


def fpr_by_attempt(counts: Tally, *, k_max: int | None = None) -> tuple[Bucket, ...]:
    """False positives by the attempt at which sampling stops, in buckets 1, 2–3, 4–7, …; exact.

    Every problem counts with its chance to stop in the bucket, so few problems speak at late attempts: look at
    ``n_stops``.
    """
    ends, stops, wrong = _by_bucket(counts, k_max)
    rates = np.divide(wrong.sum(axis=0), stops.sum(axis=0), out=np.full(len(ends), np.nan), where=_some(stops))
    totals = stops.sum(axis=0)
    return tuple(Bucket(*ends[i], float(totals[i]), float(rates[i])) for i in range(len(ends)))


def fpr_slope(
    counts: Tally, *, rng: np.random.Generator, k_max: int | None = None, n_resamples: int = 1000
) -> tuple[float, float, float]:
    """Slope of the false-positive rate per doubling of the attempt: ``(value, low, high)``, 95 % over problems.

    A least-squares line through the buckets of ``fpr_by_attempt``, each weighing as many problems as stop in it. NaN
    when fewer than two buckets see a stop.
    """
    ends, stops, wrong = _by_bucket(counts, k_max)
    p = counts.n.size
    times = np.concatenate([np.ones((1, p)), rng.multinomial(p, np.full(p, 1 / p), size=n_resamples)])
    weight, bad = times @ stops, times @ wrong
    rate = np.divide(bad, weight, out=np.zeros(bad.shape), where=weight > 1e-9)
    x = np.log2([first for first, _ in ends])
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    dx = x - (weight * x).sum(axis=1, keepdims=True) / total
    dy = rate - (weight * rate).sum(axis=1, keepdims=True) / total
    spread = (weight * dx**2).sum(axis=1)
    slopes = np.divide((weight * dx * dy).sum(axis=1), spread, out=np.full(spread.shape, np.nan), where=spread > 1e-9)
    if np.isnan(slopes).all():
        return float("nan"), float("nan"), float("nan")
    low, high = np.nanquantile(slopes[1:], [0.025, 0.975])
    return float(slopes[0]), float(low), float(high)


def split_best_attempts(
    weak: Sequence[npt.ArrayLike],
    strong: Sequence[npt.ArrayLike],
    *,
    cost: float,
    rng: np.random.Generator,
    price: float = 0.0,
    n_splits: int = 20,
) -> tuple[float, float, float]:
    """Best number of attempts chosen on half of each problem's samples and valued on the other half, both ways round.

    Returns:
        Means over splits of: the number chosen, the reward the choosing half promised, the reward on the other half.

    Raises:
        BadInput: A problem has fewer than two samples.
        BadShape: The two lists do not fit together.
    """
    whole = tally(weak, strong)
    if (whole.n < 2).any():
        raise BadInput("split_best_attempts: every problem needs at least two samples to be split")
    rows = [(np.asarray(w, bool), np.asarray(s, bool)) for w, s in zip(weak, strong, strict=True)]
    out = []
    for _ in range(n_splits):
        orders = [rng.permutation(w.size) for w, _ in rows]
        halves = [_half(rows, [order[part::2] for order in orders]) for part in (0, 1)]
        k_max = int(min(half.n.min() for half in halves))
        curves = [reward_curve(half, cost=cost, k_max=k_max, price=price) for half in halves]
        for here, there in (curves, curves[::-1]):
            k = best_attempts(here)
            out.append((float(k), float(here[k - 1]) if k else 0.0, float(there[k - 1]) if k else 0.0))
    chosen, promised, valued = np.mean(out, axis=0)
    return float(chosen), float(promised), float(valued)


def resampling_report(
    weak: Sequence[npt.ArrayLike],
    strong: Sequence[npt.ArrayLike],
    *,
    costs: Sequence[float] = (0.0, 1.0, 2.0, 4.0, 8.0),
    k_max: int | None = None,
    price: float = 0.0,
    drop_inconsistent: bool = False,
) -> Report:
    """Everything above for one set of samples; arguments as in ``tally`` and ``reward_curve``.

    Raises:
        BadShape: ``weak`` and ``strong`` do not fit together.
        BadInput: No samples, ``k_max`` more than the samples there are, or a negative cost or price.
    """
    counts = tally(weak, strong, drop_inconsistent=drop_inconsistent)
    rewards = {cost: reward_curve(counts, cost=cost, k_max=k_max, price=price) for cost in costs}
    best = {cost: best_attempts(curve) for cost, curve in rewards.items()}
    return Report(
        ceiling={
            "exclude": ceiling(counts, undefined="exclude"),
            "worst": ceiling(counts, undefined="worst"),
            "best": ceiling(counts, undefined="best"),
        },
        coverage=float((counts.accepted > 0).mean()),
        gap=float(((counts.accepted - counts.right) / counts.n).mean()),
        verifier=estimate_verifier(counts),
        rewards=rewards,
        best={cost: (k, float(rewards[cost][k - 1]) if k else 0.0) for cost, k in best.items()},
        by_attempt=fpr_by_attempt(counts, k_max=k_max),
    )


def _half(rows: Sequence[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]], picked: Sequence[_Ints]) -> Tally:
    """The tally of these samples only."""
    some = [(w[i], s[i]) for (w, s), i in zip(rows, picked, strict=True)]
    return tally([w for w, _ in some], [s for _, s in some])


def _still_going(counts: Tally, k_max: int | None) -> _Floats:
    """``(p, k_max + 1)`` chance that the first 0, 1, … samples were all rejected: C(n - b, k) / C(n, k)."""
    smallest = int(counts.n.min())
    k = smallest if k_max is None else k_max
    if not 1 <= k <= smallest:
        raise BadInput(f"k_max must lie in 1..{smallest}, the samples of the problem with the fewest, got {k}")
    j = np.arange(k)
    step = np.maximum(counts.n[:, None] - counts.accepted[:, None] - j, 0) / (counts.n[:, None] - j)
    return np.concatenate([np.ones((counts.n.size, 1)), np.cumprod(step, axis=1)], axis=1)


def _by_bucket(counts: Tally, k_max: int | None) -> tuple[list[tuple[int, int]], _Floats, _Floats]:
    """Ends of the buckets, and ``(p, buckets)`` chances to stop there at all and with a wrong program."""
    chances = _stop_chances(counts, k_max)
    k = chances.shape[1]
    ends = [(2**i, min(2 ** (i + 1) - 1, k)) for i in range(k.bit_length())]
    stops = np.stack([chances[:, first - 1 : last].sum(axis=1) for first, last in ends], axis=1)
    share = np.divide(counts.both, counts.accepted, out=np.zeros(counts.n.shape), where=counts.accepted > 0)
    return ends, stops, stops * (1.0 - share)[:, None]


def _some(stops: _Floats) -> npt.NDArray[np.bool_]:
    """``(buckets,)`` whether any problem stops there, beyond rounding."""
    return np.asarray(stops.sum(axis=0) > 1e-12, bool)


def _stop_chances(counts: Tally, k_max: int | None) -> _Floats:
    """``(p, k_max)`` chance that the first accepted sample is number 1, 2, …."""
    return -np.diff(_still_going(counts, k_max), axis=1)
