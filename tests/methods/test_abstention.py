from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.methods._stop_policy import StopPolicy
from unriddle.methods.abstention import (
    abstain,
    answers_cross_fitted,
    best_threshold,
    break_even,
    next_step,
    reward,
)
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def matrix(passed: list[list[int]]) -> Verdicts:
    table = np.array(passed, dtype=bool).reshape(len(passed), -1)
    n, m = table.shape
    return Verdicts(
        status=np.where(table, Status.PASS, Status.FAIL).astype(np.int8),
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.full(n, np.nan),
        candidates=tuple(map(str, range(n))),
        tests=tuple(map(str, range(m))),
    )


@given(p=st.floats(0, 1), cost=st.floats(0, 50))
def test_answering_pays_exactly_above_break_even(p: float, cost: float) -> None:
    worth = float(reward([True], [p], cost=cost)[0])
    if abs(p - break_even(cost)) > 1e-9:
        assert (worth > 0) == (p > break_even(cost))


@given(
    pairs=st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1, max_size=14),
    cost=st.sampled_from([0.0, 0.5, 1.0, 4.0]),
)
def test_the_best_threshold_is_the_best_of_all(pairs: list[tuple[float, bool]], cost: float) -> None:
    c, r = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    found = best_threshold(c, r, cost=cost)
    got = reward(c > found, r, cost=cost).sum()
    tried = [-np.inf, *np.linspace(0, 1, 41), np.inf]
    assert got == pytest.approx(max(reward(c > t, r, cost=cost).sum() for t in tried))


def test_thresholds_at_the_ends() -> None:
    assert best_threshold([0.2, 0.9], [True, True], cost=3) == -np.inf
    assert best_threshold([0.2, 0.9], [False, False], cost=3) == np.inf
    assert best_threshold([0.2, 0.9], [False, True], cost=3) == pytest.approx(0.55)


def test_no_problem_has_a_say_in_its_own_threshold() -> None:
    # One right answer among wrong ones: only a threshold fitted on itself would answer it.
    c = np.linspace(0.05, 0.95, 20)
    r = np.zeros(20, bool)
    r[-1] = True
    answered = answers_cross_fitted(c, r, cost=1.0, rng=rng(), n_folds=20)
    assert not answered[-1]


def test_cross_fitting_finds_a_threshold_that_is_there() -> None:
    c = rng(1).random(600)
    r = rng(2).random(600) < np.where(c > 0.6, 0.95, 0.05)
    answered = answers_cross_fitted(c, r, cost=2.0, rng=rng())
    assert np.mean(answered == (c > 0.6)) > 0.95
    again = answers_cross_fitted(c, r, cost=2.0, rng=rng())
    assert np.array_equal(answered, again)


def test_a_clear_matrix_is_answered_and_a_doubtful_one_is_not() -> None:
    clear = matrix([[1] * 12] * 5 + [[0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], [0] * 11 + [1]])
    sure = abstain(clear, rng=rng(), cost=1.0)
    assert sure.answered
    assert sure.row in range(5)
    assert sure.step == "answer"
    doubtful = abstain(matrix([[1, 0], [0, 1]]), rng=rng(), cost=8.0)
    assert not doubtful.answered
    assert doubtful.step == "abstain"
    assert doubtful.threshold == pytest.approx(8 / 9)
    assert doubtful.confidence + doubtful.none == pytest.approx(1.0)


def test_nothing_passes_or_nothing_is_there() -> None:
    for verdicts in (matrix([[0, 0], [0, 0]]), Verdicts.empty(["a"]), matrix([[]])):
        decision = abstain(verdicts, rng=rng(), cost=0.0)
        assert (decision.row, decision.answered, decision.confidence) == (-1, False, 0.0)


def test_more_programs_are_drawn_while_they_are_worth_it() -> None:
    hopeful = StopPolicy((1.0,), (0.5,), soundness=0.99, cost=1.0)
    hopeless = StopPolicy((1.0,), (0.01,), soundness=0.5, cost=8.0)
    assert next_step(0.2, cost=1.0, policy=hopeful, n_drawn=3) == "draw"
    assert next_step(0.2, cost=8.0, policy=hopeless, n_drawn=3) == "abstain"
    assert next_step(0.9, cost=1.0, policy=hopeless) == "answer"
    assert next_step(0.2, cost=1.0) == "abstain"
    assert abstain(matrix([[0, 0]]), rng=rng(), policy=hopeful).step == "draw"


def test_a_score_and_a_confidence_of_ones_own() -> None:
    verdicts = matrix([[1, 1], [1, 0]])
    decision = abstain(
        verdicts,
        rng=rng(),
        threshold=0.5,
        score=lambda v: np.array([0.0, 1.0]),
        confidence=lambda v: np.array([0.9, 0.4]),
    )
    assert (decision.row, decision.answered, decision.confidence) == (1, False, 0.4)


def test_bad_input() -> None:
    with pytest.raises(BadInput, match="cost"):
        break_even(-1)
    with pytest.raises(BadInput, match="cost"):
        break_even(float("nan"))
    with pytest.raises(BadInput, match="confidence"):
        next_step(1.5, cost=1)
    with pytest.raises(BadInput, match="two problems"):
        answers_cross_fitted([0.5], [True], cost=1, rng=rng())
    with pytest.raises(BadShape):
        best_threshold([0.5], [True, False], cost=1)
