import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.benchmarks.metrics import bootstrap, coverage, pass_at_k, wilson
from unriddle.errors import BadInput, BadShape


@st.composite
def counts(draw):
    n = draw(st.integers(1, 60))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts())
def test_pass_at_k_is_the_hypergeometric_chance(case):
    n, c, k = case
    exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
    assert float(pass_at_k(n, c, k)) == pytest.approx(float(exact), abs=1e-13)


@pytest.mark.parametrize(("n", "c", "k", "value"), [(10, 0, 5, 0), (10, 10, 1, 1), (10, 1, 10, 1), (10, 3, 1, 0.3)])
def test_pass_at_k_at_the_corners(n, c, k, value):
    assert float(pass_at_k(n, c, k)) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(("c", "k"), [(1, 100), (5, 1000), (4321, 2), (9000, 999), (37, 5000)])
def test_pass_at_k_is_exact_for_ten_thousand_candidates(c, k):
    exact = 1 - Fraction(math.comb(10_000 - c, k), math.comb(10_000, k))
    assert float(pass_at_k(10_000, c, k)) == pytest.approx(float(exact), rel=1e-11)


def test_pass_at_k_is_vectorised_and_broadcasts():
    values = pass_at_k([10, 20], [1, 2], 5)
    assert values.tolist() == [float(pass_at_k(10, 1, 5)), float(pass_at_k(20, 2, 5))]
    assert pass_at_k(10, [0, 10], 3).tolist() == [0, 1]
    assert pass_at_k(np.array([], dtype=int), np.array([], dtype=int), 3).shape == (0,)


@pytest.mark.parametrize(
    ("n", "c", "k", "message"),
    [
        (5, 2, 6, "k=6"),
        ([5, 9], [1, 1], 7, "one has 5"),
        (5, 6, 1, "0..n"),
        (5, -1, 1, "0..n"),
        (5, 2, 0, "k must"),
        (5, 2.5, 1, "whole"),
        ("a", 2, 1, "whole"),
    ],
)
def test_pass_at_k_refuses(n, c, k, message):
    with pytest.raises(BadInput, match=message):
        pass_at_k(n, c, k)


def test_pass_at_k_refuses_shapes_that_do_not_fit():
    with pytest.raises(BadShape, match=r"\(2,\).*\(3,\)"):
        pass_at_k([1, 2], [1, 1, 1], 1)


def test_bootstrap_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        interval = bootstrap(rng.random(80) < 0.4, rng=rng, n_resamples=400, level=0.9)
        hits += interval["low"] <= 0.4 <= interval["high"]
    assert 160 <= hits <= 195


def test_bootstrap_is_over_problems_and_repeatable():
    values = [0.0, 1.0, 0.5]
    first = bootstrap(values, rng=np.random.default_rng(3))
    assert first == bootstrap(values, rng=np.random.default_rng(3))
    assert first["value"] == 0.5
    assert 0 <= first["low"] < 0.5 < first["high"] <= 1
    assert bootstrap([0.25] * 7, rng=np.random.default_rng(3)) == {"value": 0.25, "low": 0.25, "high": 0.25}


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([], {}, "one number"),
        ([math.nan], {}, "NaN"),
        ([1], {"n_resamples": 0}, "n_resamples"),
        ([1], {"level": 1}, "level"),
    ],
)
def test_bootstrap_refuses(values, options, message):
    with pytest.raises(BadInput, match=message):
        bootstrap(values, rng=np.random.default_rng(0), **options)


def test_coverage_is_mean_pass_at_k_at_every_k():
    result = coverage([(10, 1), (10, 0), (10, 10)], [1, 10], rng=np.random.default_rng(0))
    assert result[1]["value"] == pytest.approx((0.1 + 0 + 1) / 3)
    assert result[10]["value"] == pytest.approx(2 / 3)
    with pytest.raises(BadShape, match=r"\(p, 2\)"):
        coverage([1, 2], [1], rng=np.random.default_rng(0))


def test_wilson_interval_is_that_of_a_reference():
    low, high = wilson(8, 10)  # R: prop.test(8, 10, correct = FALSE)
    assert (low, high) == pytest.approx((0.49016, 0.94332), abs=1e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(5, 5)[1] == pytest.approx(1)
    with pytest.raises(BadInput, match="6 of 5"):
        wilson(6, 5)
