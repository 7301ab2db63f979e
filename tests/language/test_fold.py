import ast
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.language.fold import fold, is_sorted

NAMES = {"float": "float", "complex": "complex", "set": "set", "frozenset": "frozenset", "list": "list"}
NAMES |= {"range": "range", "sorted": "sorted", "D": "decimal.Decimal", "Fraction": "fractions.Fraction"}
NAMES |= {"math": "math", "inf": "math.inf", "tuple": "tuple", "bytes": "bytes", "int": "int"}


def expression(text):
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-3", -3),
        ("2**10", 1024),
        ("2.0 / 3", 2 / 3),
        ("[0] * 5", [0] * 5),
        ("'ab' * 3 + 'c'", "abababc"),
        ("{'a': (1, [2]), -1: {3}}", {"a": (1, [2]), -1: {3}}),
        ("float('inf')", math.inf),
        ("-math.inf", -math.inf),
        ("complex(1, 2) + 3j", 1 + 5j),
        ("set()", set()),
        ("frozenset([1, 2])", frozenset({1, 2})),
        ("D('0.1')", Decimal("0.1")),
        ("Fraction(1, 3)", Fraction(1, 3)),
        ("list(range(3))", [0, 1, 2]),
        ("sorted((3, 1))", [1, 3]),
        ("not 0", True),
        ("1 < 2", True),
    ],
)
def test_what_folds(text, value):
    folded = fold(expression(text), NAMES)
    assert folded == value
    assert type(folded) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "x", "f(1)", "10**10**9", "1 << 10**9", "'a' * 10**9", "[[0] * 3] * 3", "list(range(10**9))", "bytes(10**9)",
        "1 / 0", "{[]: 1}", "'%d' % 3", "...", "[*a]", "{**a}", "float(x=1)", "'a'.upper()", "(lambda: 1)()", "f'{1}'",
        "sorted([1, 'a'])", "Fraction(3, 2)**10**9", "D(3)**10**9",
        "1 if 2 else 3", "int('9' * 10)", "-'a'", "9" * 30 + "**9999",
    ],
)  # fmt: skip
def test_what_does_not_fold(text):
    with pytest.raises(ValueError, match=r"literal|large|repetition"):
        fold(expression(text), NAMES)


def test_names_count_only_when_known():
    with pytest.raises(ValueError, match="literal"):
        fold(expression("set()"), {})


def test_deep_nesting_is_refused_not_a_crash():
    node = ast.Constant(1)
    for _ in range(100_000):
        node = ast.UnaryOp(ast.USub(), node)
    with pytest.raises(ValueError, match="literal"):
        fold(node)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(plain)
def test_folding_a_repr_gives_the_value_back(value):
    assert repr(fold(expression(repr(value)))) == repr(value)


@given(st.lists(st.integers() | st.text(max_size=2), max_size=5))
def test_is_sorted_agrees_with_sorting(items):
    try:
        expected = sorted(items) == items
    except TypeError:
        expected = False
    assert is_sorted(items) == expected


def test_partial_orders_are_not_sorted():
    assert not is_sorted([{1}, {1, 2}])
    assert not is_sorted([float("nan")])
    assert is_sorted([(1, "a"), (1, "b")])
