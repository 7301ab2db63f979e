from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.methods.large_language_monkeys import (
    allocate,
    behaviours,
    coverage,
    expected_draws,
    fit_beta_binomial,
    fit_exp_power_law,
    fit_log_linear,
    fit_scaling,
    log_spaced,
    sampling_flops,
    sampling_tokens,
    select,
    selection_accuracy,
)
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts


def matrix(status, value):
    status, value = np.asarray(status, np.int8), np.asarray(value, np.int32)
    n, m = status.shape
    return Verdicts(
        status=status,
        value=value,
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
        values=tuple(bytes([i]) for i in range(int(value.max(initial=-1)) + 1)),
    )


# coverage


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n), min_size=1, max_size=5))))
def test_coverage_equals_counting_subsets(case):
    n, correct = case
    ks = sorted({1, (n + 1) // 2, n})
    by_hand = [np.mean([1 - comb(n - c, k) / comb(n, k) for c in correct]) for k in ks]
    np.testing.assert_allclose(coverage(n, correct, ks=ks), by_hand, atol=1e-9)


def test_coverage_refuses_more_draws_than_samples():
    with pytest.raises(BadInput):
        coverage(10, [3], ks=[11])


def test_log_spaced_begins_at_one_and_ends_at_the_last():
    assert log_spaced(1) == [1]
    ks = log_spaced(1000)
    assert (ks[0], ks[-1]) == (1, 1000)
    assert ks == sorted(set(ks))


# laws


@pytest.mark.parametrize(("a", "b"), [(-3.0, -0.3), (-0.8, -0.5), (-6.0, -0.2)])
def test_power_law_recovers_its_own_numbers(a, b):
    ks = log_spaced(1000)
    law = fit_exp_power_law(ks, np.exp(a * np.array(ks, float) ** b))
    assert (law.a, law.b) == (pytest.approx(a, rel=1e-3), pytest.approx(b, rel=1e-3))
    assert law.r_squared == pytest.approx(1.0)
    assert law.predict(50) == pytest.approx(np.exp(a * 50.0**b), rel=1e-3)


def test_power_law_stays_a_law_on_flat_and_odd_points():
    law = fit_exp_power_law([1, 10, 100], [0.5, 0.5, 0.5])
    assert law.a < 0
    assert law.b < 0
    assert law.predict([1, 100]) == pytest.approx([0.5, 0.5], abs=1e-3)
    assert np.isnan(law.r_squared)
    assert 0 < float(fit_exp_power_law([1, 10, 100], [0.0, 0.1, 1.0]).predict(10)) < 1


def test_log_linear_is_the_line():
    line = fit_log_linear([1, np.e, np.e**2], [0.1, 0.2, 0.3])
    assert (line.intercept, line.slope) == (pytest.approx(0.1), pytest.approx(0.1))


def test_beta_binomial_recovers_its_own_numbers():
    rng = np.random.default_rng(0)
    c = rng.binomial(200, rng.beta(0.5, 2.0, 4000))
    law = fit_beta_binomial(200, c)
    assert law.alpha == pytest.approx(0.5, rel=0.08)
    assert law.beta == pytest.approx(2.0, rel=0.1)
    assert law.zero == 0.0


def test_beta_binomial_prediction_is_the_integral():
    scipy_integrate = pytest.importorskip("scipy.integrate")
    stats = pytest.importorskip("scipy.stats")
    law = fit_beta_binomial(20, [3, 10, 12, 1, 0, 5])
    for k in (1, 7, 50):
        integral, _ = scipy_integrate.quad(
            lambda p, k=k: (1 - (1 - p) ** k) * stats.beta.pdf(p, law.alpha, law.beta), 0, 1
        )
        assert float(law.predict(k)) == pytest.approx(integral, abs=1e-4)


def test_beta_binomial_likelihood_is_at_its_top_and_matches_scipy():
    stats = pytest.importorskip("scipy.stats")
    c = np.array([0, 0, 1, 3, 3, 7, 19, 20])
    law = fit_beta_binomial(20, c)

    def likelihood(alpha, beta):
        return stats.betabinom.logpmf(c, 20, alpha, beta).sum()

    coefficients = sum(np.log(float(comb(20, int(x)))) for x in c)
    assert law.log_likelihood + coefficients == pytest.approx(likelihood(law.alpha, law.beta))
    for a, b in ((1.05, 1.0), (0.95, 1.0), (1.0, 1.05), (1.0, 0.95)):
        assert likelihood(law.alpha, law.beta) >= likelihood(law.alpha * a, law.beta * b) - 1e-9


def test_impossible_problems_are_found_by_the_inflated_fit():
    rng = np.random.default_rng(1)
    c = rng.binomial(300, rng.beta(2.0, 6.0, 2000)) * (rng.random(2000) >= 0.3)
    law = fit_beta_binomial(300, c, zero_inflated=True)
    assert law.zero == pytest.approx(0.3, abs=0.04)
    assert float(law.predict(10**9)) == pytest.approx(1 - law.zero, abs=1e-3)
    assert law.log_likelihood > fit_beta_binomial(300, c).log_likelihood


def test_fits_refuse_what_cannot_be_fitted():
    with pytest.raises(BadInput, match="0 or 1 at every k"):
        fit_exp_power_law([1, 2], [1.0, 1.0])
    with pytest.raises(BadInput, match="two or more"):
        fit_log_linear([3, 3], [0.1, 0.2])
    with pytest.raises(BadShape):
        fit_log_linear([1, 2], [0.1])
    with pytest.raises(BadInput, match="no sample"):
        fit_beta_binomial(10, [0, 0])
    with pytest.raises(BadInput, match=r"0\.\.n"):
        fit_beta_binomial(10, [11])


def test_fit_scaling_orders_the_laws_beyond_the_data():
    rng = np.random.default_rng(0)
    p = rng.beta(0.3, 3.0, 2000)
    fits = fit_scaling(100, rng.binomial(100, p))
    truth = float(np.mean(1 - (1 - p) ** 1000))
    beta, power, line = (
        abs(float(law.predict(1000)) / truth - 1) for law in (fits.beta_binomial, fits.exp_power_law, fits.log_linear)
    )
    assert beta < 0.03
    assert power < 0.06
    assert line > 2 * power


# selection


def test_behaviours_tell_values_and_failures_apart_but_not_passes():
    status = [
        [Status.PASS, Status.PASS],
        [Status.FAIL, Status.PASS],
        [Status.PASS, Status.ERROR],
        [Status.PASS, Status.TIMEOUT],
        [Status.ERROR, Status.ERROR],
    ]
    value = [[0, 1], [0, 1], [0, -1], [0, -1], [-1, -1]]
    ids = behaviours(matrix(status, value))
    assert ids[0] == ids[1]
    assert len({ids[0], ids[2], ids[3]}) == 3
    assert ids[4] == -1


def test_behaviours_without_tests_have_no_answer():
    assert behaviours(matrix(np.zeros((2, 0)), np.zeros((2, 0)))).tolist() == [-1, -1]


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=8))
def test_majority_is_the_commonest_answer(answers):
    chosen = select(answers)
    real = [a for a in answers if a >= 0]
    if not real:
        assert chosen == -1
    else:
        most = max(real.count(a) for a in real)
        assert real.count(answers[chosen]) == most
        assert answers.index(answers[chosen]) == chosen
        assert all(real.count(a) < most for a in answers[:chosen] if a >= 0)


def test_rewards_choose_and_weigh():
    answers, rewards = [1, 1, 2, -1], [0.2, 0.2, 0.3, 9.0]
    assert select(answers, rewards=rewards, method="best") == 2
    assert select(answers, rewards=rewards, method="weighted") == 0
    with pytest.raises(BadInput, match="rewards"):
        select(answers, method="best")
    with pytest.raises(BadShape):
        select(answers, rewards=[1.0], method="best")


def test_selection_accuracy_at_one_is_the_share_of_right_samples():
    rng = np.random.default_rng(0)
    answers, correct = [0, 0, 1, 2], [True, True, False, False]
    assert selection_accuracy(answers, correct, k=1, rng=rng, n_subsets=4000) == pytest.approx(0.5, abs=0.03)
    assert selection_accuracy(answers, correct, k=4, rng=rng) == 1.0
    assert selection_accuracy([-1, -1], [False, False], k=2, rng=rng) == 0.0
    with pytest.raises(BadInput, match=r"1\.\.4"):
        selection_accuracy(answers, correct, k=5, rng=rng)


# cost and allocation


def test_flops_share_the_prompt():
    cost = {"parameters": 1e6, "n_layers": 2, "width": 10, "prompt_tokens": 100, "completion_tokens": 50}
    one, two, three = (sampling_flops(k, **cost) for k in (1, 2, 3))
    assert three - two == pytest.approx(two - one)
    prompt = 100 * 2 * (1e6 + 2 * 2 * 10 * 50)
    assert one == pytest.approx(prompt + 50 * 2 * (1e6 + 2 * 2 * 10 * 125))
    assert sampling_flops(0, **cost) == pytest.approx(prompt)


def test_tokens_share_the_prompt_or_not():
    assert sampling_tokens(5, prompt_tokens=100, completion_tokens=10) == 150
    assert sampling_tokens(5, prompt_tokens=100, completion_tokens=10, shared_prompt=False) == 550


def test_expected_draws_by_hand():
    assert expected_draws(2, [0, 1, 2], k=2).tolist() == pytest.approx([2.0, 1.5, 1.0])
    assert expected_draws(5, [1], k=5).tolist() == pytest.approx([3.0])
    assert expected_draws(5, [0], k=1).tolist() == [1.0]


def test_allocation_leaves_solved_problems_alone():
    calls = []

    def draw(problems):
        calls.append(list(problems))
        return [p == 0 or (p == 1 and len(calls) == 3) for p in problems]

    spent = allocate(3, draw, budget=8)
    assert calls == [[0, 1, 2], [1, 2], [1, 2], [2]]
    assert spent.drawn.tolist() == [1, 3, 4]
    assert spent.solved.tolist() == [True, True, False]


def test_allocation_keeps_its_bounds():
    assert allocate(3, lambda p: [False] * len(p), budget=2).drawn.tolist() == [1, 1, 0]
    assert allocate(2, lambda p: [False] * len(p), budget=100, per_problem=3).drawn.tolist() == [3, 3]
    assert allocate(2, lambda p: [True] * len(p), budget=0).drawn.tolist() == [0, 0]
    with pytest.raises(BadShape):
        allocate(2, lambda p: [True], budget=5)
    with pytest.raises(BadInput):
        allocate(2, lambda p: [True, True], budget=-1)
