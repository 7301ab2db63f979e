"""B4: the closed form against brute force, its priors, masks and posterior."""

from __future__ import annotations

import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Status
from unriddle.score import b4_none
from unriddle.score.b4 import b4, b4_exact, b4_posterior, scaled_priors
from unriddle.score.b4_model import evidence
from unriddle.score.codet import codet
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction
from unriddle.score.ties import expected_pass_at_k
from unriddle.verdicts import Verdicts


def matrix(passed, *, status=None) -> Verdicts:
    passed = np.asarray(passed, bool)
    n, m = passed.shape
    return Verdicts(
        status=np.where(passed, Status.PASS, Status.FAIL).astype(np.int8) if status is None else status,
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
    )


def agrees(rng: np.random.Generator) -> bool:
    n, m = rng.integers(2, 7), rng.integers(1, 7)
    passed = rng.random((n, m)) < rng.choice([0.2, 0.5, 0.8])
    passed[rng.integers(n)] = passed[rng.integers(n)]
    if not passed.any():
        return True
    a, b0 = float(rng.choice([8, 10, 15])), float(rng.choice([1, 10, 20]))
    exact, scores = b4_exact(passed, a=a, b0=b0), b4(matrix(passed), a=a, b0=b0)
    best = scores >= scores.max() - 1e-9
    # Equally good classes are tied in the closed form; brute force names the first of them.
    return bool((exact.right_programs <= best).all() and mbr(matrix(passed))[exact.right_programs].max() > 0) and bool(
        exact.right_programs.sum() == mbr(matrix(passed))[exact.right_programs][0]
    )


def test_the_closed_form_agrees_with_brute_force_on_100_matrices():
    rng = np.random.default_rng(0)
    assert all(agrees(rng) for _ in range(100))


@pytest.mark.slow
def test_the_closed_form_agrees_with_brute_force_on_500_matrices():
    rng = np.random.default_rng(1)
    assert all(agrees(rng) for _ in range(500))


def simulate(rng, *, x, y, wrong_passes_wrong, wrong_passes_right, n=10, m=30):
    """A matrix of the paper's model with at least one right program."""
    while True:
        right, good = rng.random(n) < x, rng.random(m) < y
        if right.any():
            noise = rng.random((n, m)) < np.where(good, wrong_passes_right, wrong_passes_wrong)
            return np.where(right[:, None], good, noise), right


@pytest.mark.parametrize(
    ("thetas", "card"),
    [((0.2, 0.3, 0.1, 0.4), (0.60, 0.73, 0.83, 0.98)), ((0.1, 0.2, 0.1, 0.4), (0.20, 0.47, 0.39, 0.88))],
)
def test_the_simulation_of_the_paper(thetas, card):
    rng = np.random.default_rng(3)
    x, y, zero, one = thetas
    got = []
    for _ in range(400):
        passed, right = simulate(rng, x=x, y=y, wrong_passes_wrong=zero, wrong_passes_right=one)
        got.append([expected_pass_at_k(score(matrix(passed)), right) for score in (fraction, mbr, codet, b4)])
    # 400 draws have a standard error of up to 0.025.
    np.testing.assert_allclose(np.mean(got, axis=0), card, atol=0.07)


def test_priors_follow_the_rule_and_can_be_given():
    assert scaled_priors(10, 30) == (10.0, 10.0)
    a, b0 = scaled_priors(100, 500)
    assert 900 < a < 1100
    assert 0.8e5 < b0 < 1.2e5
    assert scaled_priors(1, 1) == (1.0, 1.0)
    passed = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], bool)
    np.testing.assert_array_equal(b4(matrix(passed)), b4(matrix(passed), a=1.0, b0=1.0))
    with pytest.raises(BadInput, match="prior a must be a positive"):
        b4(matrix(passed), a=0)
    with pytest.raises(BadInput, match="prior b0"):
        b4(matrix(passed), b0=float("nan"))


def test_counts_weigh_like_repeated_rows_and_columns():
    rng = np.random.default_rng(4)
    passed = rng.random((5, 6)) < 0.5
    rows, columns = rng.integers(1, 4, 5), rng.integers(1, 4, 6)
    spread = matrix(np.repeat(np.repeat(passed, rows, 0), columns, 1))
    for score in (b4, codet):
        weighted = score(matrix(passed), program_counts=rows, test_counts=columns)
        np.testing.assert_allclose(np.repeat(weighted, rows), score(spread), rtol=1e-12)
    with pytest.raises(BadShape, match="program_counts"):
        b4(matrix(passed), program_counts=[1, 2])
    with pytest.raises(BadInput, match="not negative"):
        b4(matrix(passed), test_counts=[-1] * 6)


def test_masked_cells_are_left_out_of_the_evidence():
    status = np.array([[0, 1, 0], [0, 1, 0], [1, 0, 8], [1, 0, 7]], np.int8)
    passed = status == 0
    scores = b4(matrix(passed, status=status), a=4, b0=3)

    def by_hand(row: int, members: list[int]) -> float:
        from math import lgamma

        def lb(x: float, y: float) -> float:
            return lgamma(x) + lgamma(y) - lgamma(x + y)

        others = [i for i in range(4) if i not in members]
        good = [j for j in range(3) if passed[row, j]]
        bad = [j for j in range(3) if not passed[row, j]]
        cells = [[status[i, j] for i in others for j in c if status[i, j] < 7] for c in (good, bad)]
        ones = [sum(s == 0 for s in c) for c in cells]
        return (
            lb(len(members) + 4, 4 - len(members) + 1)
            + lb(len(good) + 4, 3 - len(good) + 1)
            + lb(ones[0] + 1, len(cells[0]) - ones[0] + 1)
            + lb(ones[1] + 1, len(cells[1]) - ones[1] + 3)
        )

    expected = [by_hand(0, [0, 1]), by_hand(0, [0, 1]), by_hand(2, [2]), by_hand(3, [3])]
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


def test_brute_force_refuses_what_it_cannot_do():
    with pytest.raises(BadShape):
        b4_exact([True], a=1, b0=1)
    with pytest.raises(BadInput, match="n \\+ m <= 16"):
        b4_exact(np.ones((10, 10), bool), a=1, b0=1)
    with pytest.raises(BadInput, match="with a pass"):
        b4_exact(np.zeros((2, 2), bool), a=1, b0=1)


def test_the_posterior_is_exact_where_all_rows_differ():
    rng = np.random.default_rng(5)
    seen = 0
    while seen < 30:
        passed = rng.random((rng.integers(2, 6), rng.integers(2, 6))) < rng.choice([0.3, 0.6])
        if len(np.unique(passed, axis=0)) < len(passed) or not passed.any(axis=1).all():
            continue
        seen += 1
        a, b0 = float(rng.choice([1, 3, 10])), float(rng.choice([1, 5]))
        exact = b4_exact(passed, a=a, b0=b0)
        got = b4_posterior(matrix(passed), a=a, b0=b0)
        np.testing.assert_allclose(got, exact.chance, rtol=1e-6)
        assert 1 - got.sum() == pytest.approx(exact.none_right, rel=1e-6)


def test_the_integral_agrees_with_the_exact_sum():
    rng, errors = np.random.default_rng(6), []
    for n, m in ((10, 10), (30, 12), (100, 12)):
        for _ in range(4):
            x, y, zero, one = rng.random(4) * (0.4, 0.8, 0.3, 0.9) + 0.05
            passed, _ = simulate(rng, x=x, y=y, wrong_passes_wrong=zero, wrong_passes_right=one, n=n, m=m)
            found = evidence(matrix(passed))
            a, b0 = scaled_priors(n, m)
            parts = found.passes, found.known - found.passes, found.test_counts, a, b0
            errors.append(abs(b4_none._integrated(*parts) - b4_none._summed(*parts)))
    # Where the matrix allows many readings, a mode may be missed; the logarithm is then a little too small.
    assert np.median(errors) < 0.05
    assert max(errors) < 1.0


def test_the_posterior_knows_when_nobody_is_right():
    rng = np.random.default_rng(7)
    noise = rng.random((20, 30)) < 0.3
    assert b4_posterior(matrix(noise)).max() < 0.3
    right = noise.copy()
    right[:6] = rng.random(30) < 0.5
    chance = b4_posterior(matrix(right))
    assert chance[0] > 0.9
    assert chance[6:].max() < 0.1
    assert b4_posterior(matrix(np.zeros((3, 4), bool))).tolist() == [0, 0, 0]
    assert b4_posterior(matrix(np.zeros((3, 0), bool))).tolist() == [0, 0, 0]
    assert b4_posterior(Verdicts.empty(["t"])).shape == (0,)


def test_candidates_that_pass_nothing_can_be_a_class_as_in_the_simulation():
    passed = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 1]], bool)
    assert b4(matrix(passed))[:2].tolist() == [-np.inf, -np.inf]
    assert np.isfinite(b4(matrix(passed), drop_failing=False)).all()
    assert mbr(matrix(passed), drop_failing=False).tolist() == [2, 2, 1, 1]
    # The card: theta (.1, .1, .1, .6), N=20, M=10, a=b0=10 gives .33; dropping the class costs .05.
    rng, got = np.random.default_rng(0), []
    for _ in range(300):
        table, right = simulate(rng, x=0.1, y=0.1, wrong_passes_wrong=0.1, wrong_passes_right=0.6, n=20, m=10)
        scores = b4(matrix(table), a=10, b0=10, drop_failing=False)
        got.append(expected_pass_at_k(scores, right))
    assert np.mean(got) == pytest.approx(0.33, abs=0.07)
