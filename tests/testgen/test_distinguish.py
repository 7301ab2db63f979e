from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.outcome import Status
from unriddle.problem import CallTest
from unriddle.testgen.distinguish import (
    OPAQUE,
    UNKNOWN,
    cell_answers,
    divisions,
    most_dividing,
    shrink_input,
    size,
    smaller,
)
from unriddle.verdicts import Verdicts

PROGRAMS = ["def f(x): return abs(x)", "def f(x): return x", "def f(x): return -x", "def f(x): return 1 // x"]


def run(*inputs: tuple[Any, ...]) -> Verdicts:
    with InProcessExecutor() as executor:
        return executor.run([Candidate(p) for p in PROGRAMS], [CallTest("f", args) for args in inputs])


def test_answers_are_values_or_how_it_ended() -> None:
    answers = cell_answers(run((2,), (0,)))
    assert answers[0, 0] == answers[1, 0] != answers[2, 0]
    assert len(set(answers[:3, 1].tolist())) == 1
    assert answers[3, 1] == -2 - Status.ERROR


def test_what_equals_nothing_is_told_from_plain_values_only_and_what_was_not_run_is_unknown() -> None:
    sources = ["class A: pass\ndef f(x): return A()", "def f(x): return [object()]", "def f(x): return 1"]
    with InProcessExecutor() as executor:
        v = executor.run([Candidate(source) for source in sources], [CallTest("f", (1,))])
    answers = cell_answers(v)[:, 0].tolist()
    assert answers[:2] == [OPAQUE, OPAQUE]
    assert answers[2] >= 0
    skipped = Verdicts(
        np.full((1, 2), [Status.SKIPPED, Status.INFRA], np.int8),
        np.full((1, 2), -1, np.int32),
        np.zeros((1, 2), np.float32),
        np.zeros(1),
        ("a",),
        ("s", "t"),
    )
    assert cell_answers(skipped).tolist() == [[UNKNOWN, UNKNOWN]]


def test_the_input_that_divides_most_comes_first_and_ties_keep_their_order() -> None:
    v = run((1,), (0,), (-2,), (-3,))
    order = most_dividing(v)
    assert order[:2] == [2, 3]  # abs, x, -x, 1 // x: {2, -2, 2, -1}
    assert most_dividing(v, measure="worst")[:2] == [2, 3]
    assert most_dividing(v, weight=[1, 0, 1, 0])[0] == 0  # only 1 tells |x| from -x


def test_entropy_of_an_even_split_is_one_bit() -> None:
    d = divisions([[0], [0], [1], [1]])
    assert (d.entropy[0], d.expected[0], d.worst[0], d.n_answers[0]) == (1.0, 0.5, 2, 2)
    uneven = divisions([[0], [1]], weight=[3, 1])
    assert uneven.entropy[0] == pytest.approx(0.811278, abs=1e-6)


@given(
    table=hnp.arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(-1, 3)),
    seed=st.integers(0, 9),
)
def test_divisions_agree_with_counting(table: np.ndarray, seed: int) -> None:
    w = np.random.default_rng(seed).random(len(table)) + 0.1
    w /= w.sum()
    d = divisions(table, weight=w)
    for j, column in enumerate(table.T):
        blind = column == UNKNOWN
        known = [a for a in set(column.tolist()) if a != UNKNOWN]
        total = w[~blind].sum()
        remains = {a: w[(column == a) | blind].sum() for a in known}
        chance = {a: w[column == a].sum() / total for a in known}
        expected = sum(chance[a] * remains[a] for a in known) if known else 1.0
        worst = max((int(((column == a) | blind).sum()) for a in known), default=len(column))
        assert d.expected[j] == pytest.approx(expected)
        assert d.worst[j] == worst
        assert d.n_answers[j] == len(known)


def test_bad_weights_are_refused_and_empty_tables_are_fine() -> None:
    with pytest.raises(BadShape, match=r"\(n,\) = \(2,\)"):
        divisions([[0], [1]], weight=[1.0])
    with pytest.raises(BadInput, match="at least 0"):
        divisions([[0], [1]], weight=[1.0, float("nan")])
    with pytest.raises(BadShape):
        divisions([0, 1])
    with pytest.raises(BadInput, match="measure"):
        most_dividing(run((1,)), measure="loudest")  # type: ignore[arg-type]
    assert divisions(np.zeros((0, 3))).n_answers.tolist() == [0, 0, 0]
    assert divisions(np.zeros((2, 0))).entropy.shape == (0,)
    assert divisions([[0], [1]], weight=[0, 0]).worst.tolist() == [0]


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(value=VALUES)
def test_smaller_values_keep_the_type(value: Any) -> None:
    for less in smaller(value):
        assert type(less) is type(value)
        if isinstance(value, tuple):
            assert len(less) == len(value)


def test_smaller_values_of_containers() -> None:
    assert [1] in list(smaller([1, 2]))
    assert {1} in list(smaller({1, 2}))
    assert deque() in list(smaller(deque([5])))
    assert list(smaller(None)) == []
    assert list(smaller(0)) == []


def test_shrinking_finds_a_smallest_input_that_divides() -> None:
    calls = []

    def divides(tried: list[tuple[Any, ...]]) -> list[bool]:
        calls.append(len(tried))
        return [7 in args[0] for args in tried]

    assert shrink_input(([3, 7, 9, 7, 1, 12, 5, 8],), divides=divides) == ([7],)
    assert max(calls) <= 60
    same = ([7],)
    assert shrink_input(same, divides=divides) is same


@given(value=st.lists(st.integers(), max_size=6))
def test_shrinking_never_grows(value: list[int]) -> None:
    got = shrink_input((value,), divides=lambda tried: [True] * len(tried))
    assert size(got) <= size((value,))
