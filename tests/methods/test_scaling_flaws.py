from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.methods.scaling_flaws import (
    StopPolicy,
    best_attempts,
    ceiling,
    estimate_verifier,
    fpr_by_attempt,
    fpr_slope,
    resampling_report,
    reward_curve,
    split_best_attempts,
    tally,
)


def samples(n, accepted, both):
    """n samples of one problem: the first ``accepted`` pass the weak verifier, the first ``both`` are right."""
    order = np.arange(n)
    return order < accepted, order < both


def by_permutations(weak, strong, *, cost, price=0.0):
    """R(K) of one problem from every order of its samples."""
    n = len(weak)
    total = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        for k in range(1, n + 1):
            reward = 0.0
            for i in order[:k]:
                reward -= price
                if weak[i]:
                    reward += 1.0 if strong[i] else -cost
                    break
            total[k - 1] += reward
    return total / len(orders)


one_problem = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(one_problem, st.floats(0, 8), st.floats(0, 0.5))
def test_reward_curve_equals_every_permutation(pairs, cost, price):
    weak, strong = map(list, zip(*pairs, strict=True))
    exact = reward_curve(tally([weak], [strong]), cost=cost, price=price)
    np.testing.assert_allclose(exact, by_permutations(weak, strong, cost=cost, price=price), atol=1e-9)


def test_reward_of_the_published_example():
    weak, strong = samples(50, 12, 7)
    assert reward_curve(tally([weak], [strong]), cost=2.0)[8] == pytest.approx(-0.2337, abs=5e-5)


def test_reward_limits_at_one_and_at_all_samples():
    rows = [samples(20, 5, 3), samples(20, 8, 1), samples(20, 0, 0)]
    weak, strong = [w for w, _ in rows], [s for _, s in rows]
    curve = reward_curve(tally(weak, strong), cost=2.0)
    assert curve[0] == pytest.approx(np.mean([(3 - 2 * 2) / 20, (1 - 2 * 7) / 20, 0]))
    assert curve[-1] == pytest.approx(np.mean([(3 - 2 * 2) / 5, (1 - 2 * 7) / 8, 0]))


def test_no_number_of_attempts_beats_the_ceiling():
    rows = [samples(20, 5, 3), samples(20, 8, 1), samples(20, 1, 1)]
    counts = tally([w for w, _ in rows], [s for _, s in rows])
    assert reward_curve(counts, cost=0.0).max() <= ceiling(counts, undefined="worst") + 1e-12


def test_ceiling_says_what_it_does_with_problems_nobody_passed():
    rows = [samples(4, 2, 1), samples(4, 0, 0)]
    counts = tally([w for w, _ in rows], [s for _, s in rows])
    assert ceiling(counts) == 0.5
    assert ceiling(counts, undefined="worst") == 0.25
    assert ceiling(counts, undefined="best") == 0.75
    assert np.isnan(ceiling(counts.take([1])))


def test_verifier_quality_and_the_means_of_the_notebook():
    weak = [np.array([1, 1, 1, 0, 0, 0], bool)]
    strong = [np.array([1, 1, 0, 1, 0, 0], bool)]
    quality = estimate_verifier(tally(weak, strong))
    assert quality.completeness == pytest.approx(2 / 3)
    r_base, r_plus, g = 3 / 6, 3 / 6, 2 / 3
    assert quality.soundness == pytest.approx((1 - r_base - r_plus + g * r_base) / (1 - r_plus))


def test_quality_is_nan_where_nothing_is_seen():
    assert np.isnan(estimate_verifier(tally([[True]], [[True]])).soundness)
    assert np.isnan(estimate_verifier(tally([[True]], [[False]])).completeness)


def test_dropping_inconsistent_problems():
    weak, strong = [[True, False], [True, True]], [[True, True], [True, False]]
    assert tally(weak, strong).n.size == 2
    assert tally(weak, strong, drop_inconsistent=True).n.size == 1
    with pytest.raises(BadInput, match="no problem is left"):
        tally(weak[:1], strong[:1], drop_inconsistent=True)


def test_fpr_rises_when_late_stops_come_from_hard_problems():
    easy, hard = samples(32, 28, 28), samples(32, 2, 0)
    counts = tally([easy[0], hard[0]], [easy[1], hard[1]])
    buckets = fpr_by_attempt(counts)
    assert [(b.first, b.last) for b in buckets] == [(1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 32)]
    rates = [b.fpr for b in buckets if b.n_stops > 1e-9]
    assert rates == sorted(rates)
    assert rates[0] < 0.1
    assert rates[-1] > 0.9
    assert sum(b.n_stops for b in buckets) == pytest.approx(2.0)


def test_fpr_bucket_equals_permutations():
    weak, strong = [True, False, True, False], [True, False, False, False]
    wrong = stops = 0
    for order in permutations(range(4)):
        at = next(j for j, i in enumerate(order) if weak[i])
        if at == 1:
            stops += 1
            wrong += not strong[order[at]]
    bucket = fpr_by_attempt(tally([weak], [strong]), k_max=2)[1]
    assert (bucket.n_stops, bucket.fpr) == (pytest.approx(stops / 24), pytest.approx(wrong / stops))


def test_fpr_slope_is_positive_with_its_interval_on_mixed_problems():
    rows = [samples(32, 28, 28)] * 10 + [samples(32, 4, 0)] * 10
    counts = tally([w for w, _ in rows], [s for _, s in rows])
    value, low, high = fpr_slope(counts, rng=np.random.default_rng(0), n_resamples=200)
    assert 0 < low <= value <= high


def test_fpr_slope_is_nan_without_two_buckets_and_the_line_through_two():
    assert np.isnan(fpr_slope(tally([[True]], [[True]]), rng=np.random.default_rng(0), n_resamples=10)[0])
    rows = [samples(3, 2, 2), samples(3, 1, 0)]
    counts = tally([w for w, _ in rows], [s for _, s in rows])
    one, two = fpr_by_attempt(counts)
    assert fpr_slope(counts, rng=np.random.default_rng(0), n_resamples=10)[0] == pytest.approx(two.fpr - one.fpr)


def test_best_attempts_abstains_and_prefers_fewer():
    assert best_attempts([-0.1, -0.3]) == 0
    assert best_attempts([0.2, 0.2, 0.1]) == 1


def test_split_halves_promise_more_than_they_keep():
    rng = np.random.default_rng(1)
    strong = [rng.random(20) < p for p in rng.beta(0.4, 1.0, 40)]
    weak = [s | (rng.random(20) < 0.2) for s in strong]
    _, promised, valued = split_best_attempts(weak, strong, cost=2.0, rng=rng, n_splits=100)
    assert promised > valued


def test_report_holds_together():
    rows = [samples(20, 15, 14), samples(20, 3, 1), samples(20, 0, 0)]
    report = resampling_report([w for w, _ in rows], [s for _, s in rows])
    assert report.coverage == pytest.approx(2 / 3)
    assert report.gap == pytest.approx((1 + 2 + 0) / 60)
    for cost, (k, reward) in report.best.items():
        curve = report.rewards[cost]
        assert reward == pytest.approx(max(0.0, curve.max()))
        assert k == best_attempts(curve)
    assert all(a >= b for a, b in zip(list(report.best.values())[:-1], list(report.best.values())[1:], strict=True))


@pytest.mark.parametrize(
    ("weak", "strong", "error"),
    [([[True]], [], BadShape), ([[True]], [[True, False]], BadShape), ([[]], [[]], BadInput), ([], [], BadInput)],
)
def test_tally_refuses_what_does_not_fit(weak, strong, error):
    with pytest.raises(error):
        tally(weak, strong)


def test_more_attempts_than_samples_are_refused():
    counts = tally([[True, False]], [[True, False]])
    with pytest.raises(BadInput, match=r"1\.\.2"):
        reward_curve(counts, cost=1.0, k_max=3)
    with pytest.raises(BadInput, match="0 or more"):
        reward_curve(counts, cost=-1.0)


# the two-type model

TYPES = {"prior": (0.58, 0.42), "accuracy": (0.87, 0.13), "soundness": 0.75}


def published_value(policy, k):
    """The notebook's formula, which weighs with the posterior twice."""
    total, b, prior = 0.0, policy.reject_chance(), np.array(policy.prior)
    for j in range(k):
        posterior = prior * b**j / (prior * b**j).sum()
        total += float(posterior @ policy.gain()) * float(b**j @ posterior)
    return total


def test_value_beside_the_published_formula():
    policy = StopPolicy(**TYPES, cost=0.0)
    ceiling_value = sum(p * r / (r + 0.25 * (1 - r)) for p, r in zip(policy.prior, policy.accuracy, strict=True))
    assert policy.value(10_000) == pytest.approx(ceiling_value)
    assert ceiling_value == pytest.approx(0.716, abs=5e-4)
    assert published_value(policy, 300) == pytest.approx(0.870, abs=5e-4)


@pytest.mark.parametrize(("cost", "attempts"), [(0.7, 3), (1.0, 2), (2.0, 1)])
def test_best_attempts_of_the_two_types(cost, attempts):
    policy = StopPolicy(**TYPES, cost=cost)
    assert policy.best_attempts() == attempts
    values = [policy.value(k) for k in range(50)]
    assert int(np.argmax(values)) == attempts


chance = st.floats(0.01, 0.99)


@given(chance, chance, chance, st.floats(0.3, 1.0), st.floats(0.0, 0.99), st.floats(0, 8), st.integers(0, 40))
def test_value_equals_the_sum_over_attempts(p, r1, r2, completeness, soundness, cost, k):
    policy = StopPolicy((p, 1 - p), (r1, r2), completeness, soundness, cost=cost, price=0.01)
    by_hand = sum(
        pi * b**j * g
        for j in range(k)
        for pi, b, g in zip(policy.prior, policy.reject_chance(), policy.gain(), strict=True)
    )
    assert policy.value(k) == pytest.approx(by_hand, abs=1e-9)


@given(chance, chance, chance, st.floats(0, 0.99), st.floats(0, 8), st.integers(0, 30))
def test_continuing_is_worth_it_exactly_when_the_value_grows(p, r1, r2, soundness, cost, k):
    policy = StopPolicy((p, 1 - p), (r1, r2), 1.0, soundness, cost=cost)
    growth = policy.value(k + 1) - policy.value(k)
    if abs(growth) > 1e-9:
        assert policy.should_continue(k) == (growth > 0)


def test_posterior_after_very_many_rejections_is_the_hardest_type():
    policy = StopPolicy((0.9, 0.1), (0.9, 0.05), soundness=0.5, cost=1.0)
    assert policy.posterior(100_000).tolist() == pytest.approx([0.0, 1.0])


def test_a_perfect_verifier_never_says_stop_without_a_price():
    policy = StopPolicy((0.5, 0.5), (0.9, 0.01), cost=8.0)
    assert policy.best_attempts(k_max=500) == 500
    assert StopPolicy((0.5, 0.5), (0.9, 0.01), cost=8.0, price=0.05).best_attempts(k_max=500) < 10


def test_policy_from_counts_shrinks_towards_the_mean():
    policy = StopPolicy.from_counts(10, [0, 10], completeness=1.0, soundness=0.9, cost=1.0)
    assert policy.accuracy == pytest.approx((1 / 12, 11 / 12))
    with pytest.raises(BadInput):
        StopPolicy.from_counts(10, [11], completeness=1.0, soundness=0.9, cost=1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prior": (0.5, 0.4)},
        {"accuracy": (1.2, 0.1)},
        {"accuracy": (0.5,)},
        {"soundness": -0.1},
        {"cost": -1.0},
    ],
)
def test_policy_refuses_impossible_numbers(wrong):
    with pytest.raises((BadInput, BadShape)):
        StopPolicy(**{**TYPES, "cost": 1.0, **wrong})
