"""What a test may hold, and how equal values get one number."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import pytest

from unriddle import CallTest, CodeTest, Returns, Satisfies
from unriddle.errors import BadProblem
from unriddle.execute.intern import Interner
from unriddle.execute.plan import make_plan
from unriddle.language.values import decode, encode

Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Pair:
    left: int


def test_columns_keep_their_places_and_names() -> None:
    tests = [CodeTest("pass"), CallTest("f", name="a"), CallTest("f", isolated=True), CallTest("f")]
    plan = make_plan(tests)
    assert plan.names == ("t0", "a", "t2", "t3")
    assert [c.column for c in plan.shared] == [1, 3]
    assert [c.column for c in plan.alone] == [2]
    assert [column for column, _ in plan.code] == [0]


@pytest.mark.parametrize(
    "value",
    [
        1,
        "Ou",
        b"Ou\x01\0\0\0x",
        ["Ou", b"GOu"],
        {"Ou": 1},
        np.array([b"Ou"]),
        collections.deque(["Ou"]),
        range(3),
        {1, 2},
    ],
)
def test_plain_data_is_taken_as_argument_and_as_expectation(value) -> None:
    (call,) = make_plan([CallTest("f", (value,), {"k": value}, Returns(value))]).shared
    assert encode(decode(call.args[1:])) == encode((value,))


@pytest.mark.parametrize(
    "value",
    [object(), len, [object()], {"k": object()}, collections.deque([object()]), (i for i in range(99_999)), iter([1])],
)
def test_what_is_not_plain_is_a_bad_problem_with_its_place(value) -> None:
    for test in (CallTest("f", (value,)), CallTest("f", kwargs={"k": value})):
        with pytest.raises(BadProblem, match=r"test 1 .*plain data"):
            make_plan([CallTest("g"), test])


@pytest.mark.parametrize("value", [object(), (i for i in range(99_999))])
def test_an_expected_value_that_equals_nothing_is_a_bad_problem(value) -> None:
    with pytest.raises(BadProblem, match="expected value"):
        make_plan([CallTest("f", expect=Returns(value))])


@pytest.mark.parametrize("value", [Point(1, 2), Pair(1)])
def test_records_as_arguments_are_refused_because_their_class_does_not_cross(value) -> None:
    with pytest.raises(BadProblem, match="plain data"):
        make_plan([CallTest("f", (value,))])


@pytest.mark.parametrize(
    "annotation", ["Wrong", "List[Wrong]", "int[", "List[...]", "Optional[...]", "'int'", "1", "int or str"]
)
def test_an_annotation_that_cannot_be_checked_is_a_bad_problem(annotation) -> None:
    with pytest.raises(BadProblem, match="annotation"):
        make_plan([CallTest("f", expect=Satisfies("", type=annotation))])


def test_equal_values_share_a_number_and_others_do_not() -> None:
    interner = Interner()
    ones = [interner.number(encode(v)) for v in (1, 1.0, True, 1 + 0j, np.int8(1))]
    assert set(ones) == {0}
    others = [interner.number(encode(v)) for v in (2, "1", b"1", [1], (1,), {1}, {1: 1}, None, float("nan"))]
    assert others == list(range(1, 10))
    assert interner.number(encode(float("nan"))) == 9
    assert [decode(v) for v in interner.values[:3]] == [1, 2, "1"]


def test_opaque_values_never_share_a_number_and_garbage_has_none() -> None:
    interner = Interner()
    assert interner.number(encode(object())) != interner.number(encode(object()))
    assert interner.number(b"") == -1
    assert interner.number(b"\xff") == -1


@pytest.mark.parametrize("n", [40_000, 50_000, 60_000, 100_000])
def test_large_values_share_a_number_when_they_are_equal(n) -> None:
    interner = Interner()
    assert (
        interner.number(encode([1] * n))
        == interner.number(encode([1.0] * n))
        == interner.number(encode([True] * n))
        == 0
    )
    assert interner.number(encode([2] * n)) == 1
    assert sum(map(len, interner.values)) < 1_000_000


@pytest.mark.parametrize(
    "test", [CodeTest("assert f(", "f"), CodeTest("pass", "f", prelude="def ("), CodeTest("\0", "f")]
)
def test_test_code_that_is_no_python_is_the_problems_mistake_and_not_the_candidates(test) -> None:
    with pytest.raises(BadProblem, match="test 0"):
        make_plan([test])
