import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.score.ties import expected_pass_at_k, pick, pick_k, tie_levels

NEVER = -math.inf
scored = st.lists(st.tuples(st.sampled_from([NEVER, 0.0, 1.0, 2.0, 3.0]), st.booleans()), min_size=1, max_size=8)


def test_levels_best_first_without_the_never_ones():
    levels = tie_levels([1.0, 2.0, NEVER, 1.0 + 1e-12, math.inf])
    assert [level.tolist() for level in levels] == [[4], [1], [0, 3]]
    assert tie_levels([]) == []
    assert [level.tolist() for level in tie_levels([0.0, 0.4, 0.8], tolerance=0.5)] == [[1, 2], [0]]
    # relative to large scores: log-likelihoods of thousands of cells differ by rounding
    assert len(tie_levels([-1e6, -1e6 - 1e-6])) == 1


def test_the_card_of_codet():
    # levels: {right, wrong}, {wrong}; k=3 draws top, second, top again: 1 - (1/2)^2 * 1
    assert expected_pass_at_k([5.0, 5.0, 1.0], [True, False, False], k=3) == pytest.approx(0.75)
    # nothing scored: the random choice 1 - C(3, 2) / C(4, 2)
    assert expected_pass_at_k([NEVER] * 4, [True, False, False, False], k=2) == pytest.approx(0.5)
    assert expected_pass_at_k([NEVER] * 2, [True, False], k=9) == 1.0
    assert expected_pass_at_k([], []) == 0.0
    assert expected_pass_at_k([1.0, 1.0], [True, False], program_counts=[3, 1]) == pytest.approx(0.75)


@given(scored, st.integers(1, 4))
def test_expectation_agrees_with_drawing(pairs, k):
    scores, right = [list(part) for part in zip(*pairs, strict=True)]
    rng = np.random.default_rng(0)
    levels = [level for level in tie_levels(scores) if len(level)]
    expected = expected_pass_at_k(scores, right, k=k)
    assert 0 <= expected <= 1
    if levels and k <= len(levels):
        drawn = [any(right[i] for i in pick_k(scores, k=k, rng=rng)) for _ in range(400)]
        assert abs(np.mean(drawn) - expected) < 0.13


@given(scored)
def test_picks_are_different_rows_of_the_best_levels(pairs):
    scores = [score for score, _ in pairs]
    rows = pick_k(scores, k=5, rng=np.random.default_rng(1))
    assert len(set(rows)) == len(rows) <= 5
    allowed = [i for i, s in enumerate(scores) if s > NEVER] or list(range(len(scores)))
    assert set(rows) <= set(allowed)
    assert scores[rows[0]] == max(scores)


def test_picks_are_reproducible_and_even():
    first = [pick([1.0, 1.0, 0.0], rng=np.random.default_rng(7)) for _ in range(3)]
    assert len(set(first)) == 1
    rng = np.random.default_rng(0)
    counts = np.bincount([pick([1.0, 1.0, 0.0], rng=rng) for _ in range(1000)], minlength=3)
    assert counts[2] == 0
    assert abs(counts[0] - 500) < 80


def test_bad_input():
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="row 1 is NaN"):
        tie_levels([0.0, math.nan])
    with pytest.raises(BadShape):
        tie_levels([[0.0]])
    with pytest.raises(BadInput, match="tolerance"):
        tie_levels([0.0], tolerance=-1)
    with pytest.raises(BadInput, match="no candidates"):
        pick([], rng=rng)
    with pytest.raises(BadInput, match="k must be at least 1"):
        pick_k([1.0], k=0, rng=rng)
    with pytest.raises(BadShape, match="right"):
        expected_pass_at_k([1.0], [True, False])
    with pytest.raises(BadInput, match="k must be"):
        expected_pass_at_k([1.0], [True], k=0)
