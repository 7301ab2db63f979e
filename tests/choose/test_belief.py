from __future__ import annotations

from math import ceil, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.choose.belief import NOVEL, Belief, first_belief, next_question, questions_enough, update
from unriddle.testgen.distinguish import UNKNOWN


def ask_until_settled(answers: np.ndarray, counts: np.ndarray, truth: int) -> tuple[int, int]:
    """Questions asked, and the behaviour that is left."""
    belief, open_columns, asked = first_belief(counts), np.ones(answers.shape[1], bool), 0
    enough = questions_enough(len(answers))
    while belief.alive.sum() > 1:
        column = next_question(
            answers,
            belief,
            open_columns=open_columns,
            returns=np.ones(answers.shape),
            sizes=np.arange(answers.shape[1]),
            allowance=enough - asked,
        )
        assert column is not None
        asked += 1
        open_columns[column] = False
        belief = update(belief, answers[:, column], said=int(answers[truth, column]))
    return asked, belief.best


@given(b=st.integers(1, 70), seed=st.integers(0, 10_000), extra=st.integers(0, 30), skew=st.floats(0, 3))
@settings(max_examples=150, deadline=None)
def test_few_questions_where_halving_inputs_exist(b: int, seed: int, extra: int, skew: float) -> None:
    # Thresholds halve every set of behaviours; other inputs, and very uneven counts, may tempt away from them.
    rng = np.random.default_rng(seed)
    names = rng.permutation(b)
    thresholds = (names[:, None] >= np.arange(1, b)[None, :]).astype(np.int64)
    singles = (names[:, None] == rng.integers(0, b, extra)[None, :]).astype(np.int64)
    answers = np.concatenate([singles, thresholds, rng.integers(0, 3, (b, extra))], axis=1)
    answers = answers[:, rng.permutation(answers.shape[1])]
    counts = np.maximum(1, (rng.pareto(1, b) ** skew).clip(0, 1e6)).astype(np.int64)
    truth = int(rng.integers(b))
    asked, found = ask_until_settled(answers, counts, truth)
    assert found == truth
    assert asked <= ceil(log2(b)) + 1


def test_the_bound_is_what_it_says() -> None:
    assert all(questions_enough(b) == ceil(log2(b)) + 1 for b in range(1, 300))
    assert questions_enough(0) == 1


def test_an_answer_without_noise_rules_out_and_new_ones_rule_out_all() -> None:
    start = first_belief([2, 1, 1])
    after = update(start, [5, 5, 6], said=5)
    assert after.alive.tolist() == [True, True, False]
    assert after.weight[0] == pytest.approx(2 * after.weight[1])
    nothing = update(start, [5, 5, 6], said=NOVEL)
    assert not nothing.alive.any()
    assert (nothing.none, nothing.best) == (1.0, -1)


def test_noise_follows_bayes() -> None:
    # Two behaviours and a new answer: three options; a wrong answer is either of the two others.
    after = update(Belief(np.array([0.5, 0.3]), 0.2), [0, 1], said=0, noise=0.2)
    parts = np.array([0.5 * 0.8, 0.3 * 0.1, 0.2 / 3])
    assert [*after.weight, after.none] == pytest.approx(parts / parts.sum())


def test_unknown_answers_tell_nothing_against_a_behaviour() -> None:
    after = update(first_belief([1, 1, 1]), [0, 1, UNKNOWN], said=0)
    assert after.alive.tolist() == [True, False, True]


def test_no_question_where_nothing_divides() -> None:
    belief = first_belief([1, 1])
    kwargs = {"open_columns": [True, True], "returns": np.ones((2, 2)), "sizes": [1, 1]}
    assert next_question([[0, UNKNOWN], [0, 3]], belief, **kwargs) is None  # type: ignore[arg-type]
    assert next_question([[0, 1], [1, 3]], belief, **{**kwargs, "open_columns": [False, False]}) is None  # type: ignore[arg-type]


def test_valid_inputs_and_small_inputs_are_preferred() -> None:
    belief = first_belief([1, 1, 1, 1])
    answers = np.array([[0, 4, 0], [1, -4, 0], [2, -4, 1], [3, -4, 1]])
    returns = np.array([[1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1]])
    ask = {"open_columns": [False, True, True], "returns": returns}
    assert next_question(answers, belief, sizes=[1, 1, 1], **ask) == 2  # type: ignore[arg-type]
    twice = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    got = next_question(twice, belief, open_columns=[1, 1], returns=np.ones((4, 2)), sizes=[9, 3])
    assert got == 1
