"""The experiment of ``unriddle.methods.scaling_flaws``: identities, recorded programs, weak and strong proposers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.toy import ToyTask, draw, make_tasks, passes
from unriddle.methods.scaling_flaws import (
    StopPolicy,
    Tally,
    best_attempts,
    ceiling,
    estimate_verifier,
    fpr_slope,
    reward_curve,
    split_best_attempts,
    tally,
)
from unriddle.verdicts import Verdicts

__all__ = ["experiment"]

_Bools = list[npt.NDArray[np.bool_]]


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; the recorded part needs reference data."""
    return [
        *_exact_reward(seed),
        *_two_types(),
        *_recorded(seed, context),
        *_plus(preset, seed, context),
        *_proposers(preset, seed),
    ]


def _exact_reward(seed: int) -> list[Claim]:
    """The exact reward of one problem against a simulation and in its limits."""
    n, accepted, both, cost, k = 50, 12, 7, 2.0, 9
    weak, strong = np.arange(n) < accepted, np.arange(n) < both
    curve = reward_curve(tally([weak], [strong]), cost=cost)
    exact, worth = float(curve[k - 1]), both - cost * (accepted - both)
    simulated = _simulate(weak, strong, cost=cost, k=k, rng=generator(seed, stream=1), n_orders=1_000_000)
    differences = {
        "reward of one attempt against its limit, absolute difference": abs(float(curve[0]) - worth / n),
        "reward of all attempts against its limit, absolute difference": abs(float(curve[-1]) - worth / accepted),
    }
    return [
        claim(
            "exact reward at 9 of 50 samples (12 accepted, 7 right, cost 2)",
            exact,
            relation="between",
            baseline=-0.2337,
            low=-0.23375,
            high=-0.23365,
        ),
        claim(
            "exact against 1,000,000 simulated orders, absolute difference",
            abs(exact - simulated),
            relation="<",
            baseline=0.005,
        ),
        *(claim(name, value, relation="<", baseline=1e-12) for name, value in differences.items()),
    ]


def _two_types() -> list[Claim]:
    """The two-type model: closed form, ceiling, and the published weighting."""
    policy = StopPolicy((0.58, 0.42), (0.87, 0.13), soundness=0.75, cost=0.0)
    by_sum = sum(float(np.dot(np.array(policy.prior) * policy.reject_chance() ** j, policy.gain())) for j in range(200))
    return [
        claim(
            "two-type value in closed form against the sum over 200 attempts, absolute difference",
            abs(policy.value(200) - by_sum),
            relation="<",
            baseline=1e-9,
        ),
        claim(
            "two-type value without cost tends to its ceiling",
            policy.value(10_000),
            relation="between",
            baseline=0.716,
            low=0.7155,
            high=0.7165,
        ),
        claim(
            "the published weighting overstates it", _published(policy, 300), relation=">", baseline=policy.value(300)
        ),
    ]


def _simulate(
    weak: npt.NDArray[np.bool_],
    strong: npt.NDArray[np.bool_],
    *,
    cost: float,
    k: int,
    rng: np.random.Generator,
    n_orders: int,
) -> float:
    """Mean reward over random orders, stopping at the first accepted of the first k."""
    total, block = 0.0, 10_000
    for _ in range(n_orders // block):
        orders = np.argsort(rng.random((block, weak.size)), axis=1)[:, :k]
        hits = weak[orders]
        first = orders[np.arange(block), hits.argmax(axis=1)]
        total += float(np.where(hits.any(axis=1), np.where(strong[first], 1.0, -cost), 0.0).sum())
    return total / (n_orders // block * block)


def _published(policy: StopPolicy, k: int) -> float:
    """The value as the published notebook weighs it: the posterior twice."""
    b = policy.reject_chance()
    rounds = [policy.posterior(j) for j in range(k)]
    return sum(float(post @ policy.gain()) * float(b**j @ post) for j, post in enumerate(rounds))


def _recorded(seed: int, context: Context) -> list[Claim]:
    """Recorded programs; the weak verifier is the first m official asserts, the strong one all of them."""
    from unriddle.lab.recorded import NEEDS, judge_recorded

    verdicts = judge_recorded(context)
    if verdicts is None:
        return [not_run(name, NEEDS) for name in _RECORDED]
    usable = {task: v for task, v in verdicts.items() if v.shape[1] >= 4}
    strong = [v.solved() for v in usable.values()]
    tallies = [tally(_first(usable, m), strong) for m in (1, 2, 3)]
    best = [best_attempts(reward_curve(t, cost=2.0)) for t in tallies]
    rates = [1.0 - ceiling(t) for t in tallies]
    note = f"{len(usable)} of {len(verdicts)} problems (four official tests or more); one, two, three asserts: best "
    note += f"{best}, rates " + ", ".join(f"{rate:.3f}" for rate in rates)
    some = _first(usable, 3)
    chosen, promised, valued = split_best_attempts(some, strong, cost=2.0, rng=generator(seed, stream=3))
    names = iter(_RECORDED)
    return [
        claim(next(names), best[0], relation="between", low=1, high=19, note=note),
        claim(next(names), float(np.diff(best).min()), relation=">=", baseline=0, note=note),
        claim(next(names), float(np.diff(rates).max()), relation="<", baseline=0, note=note),
        *(_slope(next(names), t, seed) for t in tallies),
        *_ceiling(next(names), next(names), tallies[0]),
        claim(next(names), promised, relation=">=", baseline=valued, note=f"{chosen:.1f} attempts on average"),
    ]


_RECORDED = (
    "best number of attempts at cost 2 with one assert as verifier lies inside",
    "it does not fall from one to three asserts (smallest step)",
    "false-positive rate falls from one to three asserts (largest step)",
    "slope of the false-positive rate per doubling of the attempt, one assert, low end of 95 %",
    "the same with two asserts",
    "the same with three asserts",
    "conditional accuracy with one assert",
    "best accuracy at any number of attempts against that ceiling",
    "reward promised by the samples it was chosen on against held-out samples, three asserts, cost 2",
)


_PLUS = (
    "official tests as verifier, HumanEval+ as truth: conditional accuracy",
    "best number of attempts never grows with the cost 0, 1, 2, 4, 8 (largest step)",
    "best number of attempts at cost 4",
    "slope of the false-positive rate per doubling of the attempt, low end of 95 %",
)


def _plus(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """The paper's own pair of verifiers on the recorded programs."""
    from unriddle.lab.recorded import judge_plus

    if preset == "small":
        return [not_run(name, "the full preset only; HumanEval+ takes minutes on two cores") for name in _PLUS]
    pair = judge_plus(context)
    if pair is None:
        return [not_run(name, "needs folders codet and humanevalplus of the reference data") for name in _PLUS]
    counts = tally(*(list(truth.values()) for truth in pair))
    costs = (0.0, 1.0, 2.0, 4.0, 8.0)
    best = [best_attempts(reward_curve(counts, cost=cost)) for cost in costs]
    note = f"{counts.n.size} problems; best {best} at costs {[int(cost) for cost in costs]}"
    return [
        claim(_PLUS[0], ceiling(counts), relation="<", baseline=1.0, note=note),
        claim(_PLUS[1], float(np.diff(best).max()), relation="<=", baseline=0, note=note),
        claim(_PLUS[2], best[3], relation="<", baseline=20, note=note),
        _slope(_PLUS[3], counts, seed),
    ]


def _slope(name: str, counts: Tally, seed: int) -> Claim:
    slope, low, high = fpr_slope(counts, rng=generator(seed, stream=2), n_resamples=20_000)
    return claim(name, low, relation=">", baseline=0.0, low=low, high=high, note=f"slope {slope:.4f}")


def _ceiling(name: str, top_name: str, counts: Tally) -> list[Claim]:
    quality = estimate_verifier(counts)
    note = f"completeness {quality.completeness:.3f}, soundness {quality.soundness:.3f}"
    best = float(reward_curve(counts, cost=0.0).max())
    worst = ceiling(counts, undefined="worst")
    return [
        claim(name, ceiling(counts), relation="<", baseline=1.0, note=note),
        claim(top_name, best, relation="<=", baseline=worst + 1e-12, note="problems without an accepted one count 0"),
    ]


def _first(verdicts: Mapping[str, Verdicts], m: int) -> _Bools:
    """The weak verifier: the first m tests pass."""
    return [np.asarray(v.passed[:, :m].all(axis=1), bool) for v in verdicts.values()]


def _blurred(
    tasks: Sequence[ToyTask], noise: float, *, n: int, shown: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[_Bools, _Bools]:
    """What the weak verifier (these inputs) and the strong one (all inputs) say of n programs per task."""
    weak, strong = [], []
    for task in tasks:
        trees = [draw(task, noise=noise, rng=rng) for _ in range(n)]
        weak.append(np.array([passes(tree, task, inputs=shown) for tree in trees]))
        strong.append(np.array([passes(tree, task) for tree in trees]))
    return weak, strong


def _proposers(preset: Preset, seed: int) -> list[Claim]:
    """Toy proposers of little and much noise; the weak verifier looks at two inputs, the control at all of them."""
    rng = generator(seed, stream=4)
    p, n = (60, 300) if preset == "small" else (300, 1000)
    tasks = make_tasks(p, rng=rng, n_operators=(2, 6))
    runs = {noise: _blurred(tasks, noise, n=n, shown=np.array([12, 13]), rng=rng) for noise in (0.45, 0.03)}
    single = float(np.mean([s.mean() for s in runs[0.03][1]]))
    flawed = ceiling(tally(*runs[0.45]), undefined="best")
    perfect = reward_curve(tally(runs[0.45][1], runs[0.45][1]), cost=0.0)
    noisy, careful = (tally(*runs[noise]) for noise in (0.45, 0.03))
    note = f"{p} toy tasks, {n} programs each; verifier of two inputs"
    return [
        claim(
            "strong proposer's single attempt against the weak proposer's ceiling",
            single,
            relation=">",
            baseline=flawed,
            note=note,
        ),
        claim(
            "control: with a perfect verifier the weak proposer's resampling beats that single attempt",
            float(perfect[-1]),
            relation=">",
            baseline=single,
            note=note,
        ),
        claim(
            "the weak proposer has the higher false-positive rate",
            1.0 - ceiling(noisy),
            relation=">",
            baseline=1.0 - ceiling(careful),
            note=note,
        ),
        _slope("its false-positive rate rises with the attempt: slope per doubling, low end of 95 %", noisy, seed),
    ]
