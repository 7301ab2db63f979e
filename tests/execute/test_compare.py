"""Every equality policy against values whose answer is known."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle import Equality
from unriddle.execute.compare import equal, truth
from unriddle.language.values import decode, encode

NAN, INF = math.nan, math.inf
EXACT, TYPED, ARRAYS = Equality(), Equality(same_type=True), Equality(arrays=True)
Point = collections.namedtuple("Point", "x y")


def _equal(got: object, expected: object, equality: Equality) -> bool:
    return equal(decode(encode(got)), decode(encode(expected)), equality)


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (1, 1, True), (1, 1.0, True), (1, True, True), (1, 2, False), (0.0, -0.0, True), (NAN, NAN, True), (NAN, 0.0,
        False),
        (INF, INF, True), (INF, -INF, False), (2**53 + 1, float(2**53), False), (0.1 + 0.2, 0.3, False), (1 + 0j, 1,
        True),
        (decimal.Decimal("0.5"), 0.5, True), (fractions.Fraction(1, 2), 0.5, True), ("a", "a", True), ("a", b"a",
        False),
        (b"a", bytearray(b"a"), True), ("", None, False), (0, None, False), (0, "", False), (False, None, False),
        ([1], [1], True), ([1], (1,), False), ([], (), False), ([], None, False), ([1, 2], [1], False), ([1], [1, 2],
        False),
        ([NAN], [NAN], True), ([[NAN]], [[0]], False), ({1: [NAN]}, {1: [NAN]}, True), ({1: 2}, {1: 3}, False),
        ({1: 2}, {1.0: 2.0}, True), ({1: 2}, {1: 2, 3: 4}, False), ({1: 2, 3: 4}, {1: 2}, False), ({}, [], False),
        ({1: 1, 2: 2}, {2: 2, 1: 1}, True), ({1, 2}, {2, 1}, True), ({1}, frozenset({1}), True), ({1}, [1], False),
        (set(), {}, False), (range(3), [0, 1, 2], False), (range(3), range(3), True), (iter([1]), [1], False),
        (collections.deque([1]), [1], False), (collections.deque([1]), collections.deque([1]), True), (Point(1, 2), (1,
        2), True),
        ((1, 2), Point(1, 2), True), (Point(1, 2), [1, 2], False), (np.int64(3), 3, True), (np.bool_(True), True, True),
        (np.float32(0.1), 0.1, False), (np.array([1, 2]), [1, 2], False), (np.array([1, 2]), np.array([1.0, 2.0]),
        True),
        (np.array([1, 2]), np.array([[1, 2]]), False), (np.array([NAN]), np.array([NAN]), True), (np.array([2]), 2,
        False),
        (np.array(2), 2, False), (np.str_("a"), "a", True), (object(), object(), False), ([object()], [1], False),
        (datetime.date(2020, 1, 1), datetime.date(2020, 1, 1), True), (datetime.datetime(2020, 1, 1),
        datetime.date(2020, 1, 1), False),
        ("1", 1, False), ([1, "a", None], [1, "a", None], True), (np.array([], int), np.array([], float), True),
        (10**400, INF, False), (10**400, 10**400, True),
    ],
)  # fmt: skip
def test_exact(got, expected, same) -> None:
    assert _equal(got, expected, EXACT) is same


_nested = st.recursive(
    st.booleans() | st.integers(-2, 2) | st.floats(-2, 2, width=16) | st.sampled_from(["", "a", b"a", None]),
    lambda inside: (
        st.lists(inside, max_size=2) | st.tuples(inside) | st.dictionaries(st.integers(0, 2), inside, max_size=2)
        | st.sets(st.integers(0, 2), max_size=2)
    ),
    max_leaves=5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ({math.nan}, {float("nan")}, True),
        ({math.nan, 1}, {1.0, float("nan")}, True),
        ({(1, math.nan)}, {(1, float("nan"))}, True),
        ({math.nan}, {1}, False),
        ({math.nan, 1}, {float("nan"), 2}, False),
        ({math.nan}, {float("nan"), float("-nan")}, False),
        ({math.nan: 1}, {float("nan"): 1}, True),
        ({math.nan: 1}, {float("nan"): 2}, False),
        ({math.nan: 1, 2: 3}, {2: 3, float("nan"): 1}, True),
        ({math.nan: 1}, {2: 1}, False),
    ],
)
def test_a_nan_inside_a_set_or_a_key_equals_its_like(got, expected, same) -> None:
    assert _equal(got, expected, EXACT) is same


@given(_nested, _nested)
def test_exact_is_the_languages_own_equality(one, other) -> None:
    assert _equal(one, other, EXACT) == (one == other)
    assert _equal(one, one, EXACT)


@given(_nested, _nested)
def test_every_policy_but_truth_accepts_the_value_itself_and_typed_implies_untyped(one, other) -> None:
    for equality in (EXACT, TYPED, ARRAYS, Equality("close", atol=0.1), Equality("close", same_type=True)):
        assert _equal(one, one, equality)
    if _equal(one, other, TYPED):
        assert _equal(one, other, EXACT)
    if _equal(one, other, EXACT):
        assert _equal(one, other, ARRAYS)
        assert _equal(one, other, Equality("close", atol=0.1))


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (1, 1, True), (1, True, False), (True, 1, False), (1, 1.0, False), ([1], [1], True), ([True], [1], False),
        ({"a": (1, 2.0)}, {"a": (1, 2)}, False), (Point(1, 2), (1, 2), False), (np.int64(1), 1, False), (NAN, NAN,
        True),
        ({True: 1}, {1: 1}, False), ({True}, {1}, False), (frozenset({1}), {1}, False), ([[[True]]], [[[1]]], False),
    ],
)  # fmt: skip
def test_same_type_holds_at_every_level(got, expected, same) -> None:
    assert _equal(got, expected, TYPED) is same


@pytest.mark.parametrize(
    ("got", "expected"), [((1, 2), [2, 1]), ([[True]], [[1]]), ([{True: 1}], [{1: 1}]), ([True, 2], [1, 2])]
)
def test_same_type_holds_without_order_too(got, expected) -> None:
    assert not _equal(got, expected, Equality("unordered", same_type=True))
    assert _equal(got, expected, Equality("unordered"))


@pytest.mark.parametrize(
    ("got", "expected", "atol", "rtol", "same"),
    [
        (1.0005, 1.0, 1e-3, 0, True), (1.01, 1.0, 1e-3, 0, False), (1001, 1000, 0, 1e-3, True), (1002, 1000, 0, 1e-3,
        False),
        ([1.0005, {"a": (2,)}], [1.0, {"a": (2.0005,)}], 1e-3, 0, True), ([1.0], [1.0, 2.0], 1e9, 1e9, False),
        (NAN, NAN, 1, 1, True), (NAN, 1.0, 1e9, 1e9, False), (1.0, NAN, 1e9, 1e9, False), (INF, INF, 0, 0, True),
        (INF, 1e308, 1, 1, False), (1e308, INF, 1, 1, False), (-INF, INF, 1, 1, False), ("1.0", 1.0, 1, 1, False),
        ("a", "b", 9, 9, False), (1 + 1e-9j, 1, 1e-6, 0, True), (None, 0, 1, 1, False), ([1.0], (1.0,), 1, 0, False),
        (decimal.Decimal("1.0001"), 1.0, 1e-3, 0, True), (fractions.Fraction(1, 3), 0.3333, 1e-3, 0, True),
        (10**400, 1.0, 1, 1, False), (np.float64(1.0001), 1.0, 1e-3, 0, True), (True, 1.0, 0.1, 0, True), (0, 0.001, 0,
        1, True),
        (np.array([1.0001]), np.array([1.0]), 1e-3, 0, True), ({0.3000001}, {0.3}, 1e-3, 0, True),
    ],
)  # fmt: skip
def test_close(got, expected, atol, rtol, same) -> None:
    assert _equal(got, expected, Equality("close", atol=atol, rtol=rtol)) is same


def test_the_relative_tolerance_is_against_the_expected_value() -> None:
    assert _equal(90, 100, Equality("close", rtol=0.1))
    assert not _equal(100, 90, Equality("close", rtol=0.1))


@pytest.mark.parametrize(
    ("got", "expected", "unordered", "as_set"),
    [
        ([2, 1], [1, 2], True, True), ((2, 1), [1, 2], True, True), ([1, 1, 2], [1, 2, 2], False, True), ([1], [1, 1],
        False, True),
        ([], [], True, True), ([], [1], False, False), ([[1], [2]], [[2], [1]], True, True), ([[1, 2]], [[2, 1]],
        False, False),
        ({1, 2}, [2, 1], True, True), ("ba", ["a", "b"], True, True), ({2: "x", 1: "y"}, [1, 2], True, True),
        ([True, 2.0], [1, 2], True, True), ([{"a": 1}, {"b": 2}], [{"b": 2}, {"a": 1}], True, True), (5, [5], False,
        False),
        (None, [], False, False), ([NAN, 1], [1, NAN], True, True), (range(3), [2, 1, 0], True, True),
        (np.array([2, 1]), [1, 2], True, True), (["a", 1], [1, "a"], True, True), ([object()], [1], False, False),
        (collections.deque([2, 1]), [1, 2], True, True), ([None, None], [None], False, True), ([1j, 2], [2, 1j], True,
        True),
    ],
)  # fmt: skip
def test_without_order_and_as_a_set(got, expected, unordered, as_set) -> None:
    assert _equal(got, expected, Equality("unordered")) is unordered
    assert _equal(got, expected, Equality("set")) is as_set


@pytest.mark.parametrize("kind", ["unordered", "set"])
def test_the_items_of_an_iterator_count_without_order(kind) -> None:
    assert _equal(iter([2, 1]), [1, 2], Equality(kind))
    assert not _equal(iter(range(99_999)), list(range(99_999)), Equality(kind)), "a cut iterator equals nothing"


def test_unordered_numbers_may_be_close() -> None:
    close = Equality("unordered", atol=1e-6)
    assert _equal([2.0000001, 1], [1, 2], close)
    assert not _equal([2.1, 1], [1, 2], close)
    assert not _equal([1], [1, 2], close)
    assert not _equal([1, 2, "a"], [1, 2.0000001, "a"], Equality("unordered"))


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (np.array([1, 2]), [1, 2], True), (np.array([1, 2]), (1, 2), True), ([1, 2], np.array([1, 2]), True),
        (np.array([[1], [2]]), [[1], [2]], True), (range(3), [0, 1, 2], True), (iter([1]), [1], True), ((1, 2), [1, 2],
        True),
        (collections.deque([1]), (1,), True), (np.array([1, 2]), [1, 3], False), (np.array([[1, 2]]), [1, 2], False),
        (np.zeros((2, 0)), [[], []], True), (np.array(["a"]), ["a"], True), ({"k": np.array([1])}, {"k": [1]}, True),
        (np.array([1]), 1, False), ("ab", ["a", "b"], False), ({1, 2}, [1, 2], False), (Point(1, 2), [1, 2], True),
    ],
)  # fmt: skip
def test_arrays_are_their_elements(got, expected, same) -> None:
    assert _equal(got, expected, ARRAYS) is same


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, False), (1, True), ("", False), ("a", True), ([], False), ([0], True), (None, False), (NAN, True), ({},
    False), (range(0), False),
     (range(10**30), True), (np.bool_(False), False), (np.array([0]), False), (np.array([1]), True), (np.array([1, 2]),
     None),
     (np.array([]), None), (object(), True), (iter([]), True), ({}.keys(), False), (Point(0, 0), True), (0j, False),
     (decimal.Decimal(0), False), (decimal.Decimal("sNaN"), True), (datetime.timedelta(0), False)],
)  # fmt: skip
def test_truth_is_what_an_if_would_see(value, expected) -> None:
    assert truth(decode(encode(value))) is expected
    for wanted in (True, False):
        assert _equal(value, wanted, Equality("truth")) is (expected is wanted)


@pytest.mark.parametrize("kind", ["exact", "close", "unordered", "set"])
def test_large_and_deep_values_are_compared_without_recursion(kind) -> None:
    flat = list(range(20_000))
    assert _equal(flat, list(flat), Equality(kind, atol=0.1 if kind == "close" else 0))
    assert not _equal(flat, [*flat[:-1], -5], Equality(kind))
    records = [{"id": i, "tags": ["x", str(i)]} for i in range(20_000)]
    assert _equal(records, records, Equality(kind))
    deep: object = 1
    for _ in range(20_000):
        deep = [deep]
    assert _equal([deep], [deep], Equality(kind))
    assert not _equal([deep], [[deep]], Equality(kind))


@pytest.mark.parametrize("kind", ["set", "unordered"])
def test_an_expected_value_without_elements_is_compared_as_it_is(kind) -> None:
    assert equal(None, None, Equality(kind))
    assert equal(1.0, 1, Equality(kind))
    assert not equal(1.0, 1, Equality(kind, same_type=True))
    assert not equal([], None, Equality(kind))
    assert not equal(2, 1, Equality(kind))
