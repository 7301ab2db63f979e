import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unriddle.errors import BadProblem
from unriddle.execute.compare import equal
from unriddle.language import asserts
from unriddle.language.values import decode, encode
from unriddle.problem import CallTest, CodeTest, Equality, Raises, Returns


def one(code, entry="f", **kw):
    (test,) = asserts.tests_from_code(code, entry, **kw)
    return test


@pytest.mark.parametrize(
    ("code", "args", "expect"),
    [
        ("assert f(1, [2]) == {'a': 3}", (1, [2]), Returns({"a": 3})),
        ("assert -2.5 == f()", (), Returns(-2.5)),
        ("assert f('x') is True", ("x",), Returns(True, Equality(same_type=True))),
        ("assert f('x') is None, 'message'", ("x",), Returns(None, Equality(same_type=True))),
        ("assert not f(0)", (0,), Returns(False, Equality("truth"))),
        ("assert f(0)", (0,), Returns(True, Equality("truth"))),
        ("assert abs(f(2) - 1.5) <= 1e-6", (2,), Returns(1.5, Equality("close", atol=1e-6))),
        ("assert 0.1 > abs(1 - f(2))", (2,), Returns(1, Equality("close", atol=math.nextafter(0.1, 0)))),
        ("import math\nassert math.fabs(f(2) - 1) < 1", (2,), Returns(1, Equality("close", atol=math.nextafter(1, 0)))),
        ("from math import isclose\nassert isclose(f(2), 4.0)", (2,), Returns(4.0, Equality("close", atol=4e-9))),
        ("import math as m\nassert m.isclose(2, f(), abs_tol=0.5)", (), Returns(2, Equality("close", atol=0.5))),
        ("assert set(f(1)) == set((4, 5))", (1,), Returns({4, 5}, Equality("set"))),
        ("assert {'a'} == set(f(1))", (1,), Returns({"a"}, Equality("set"))),
        ("assert sorted(f(1)) == [1, 2]", (1,), Returns([1, 2], Equality("unordered"))),
        ("assert f([0] * 3, 'a' * 2) == 2**10", ([0, 0, 0], "aa"), Returns(1024)),
        ("assert f(float('inf')) == set()", (math.inf,), Returns(set())),
    ],
)
def test_shapes_that_become_calls(code, args, expect):
    test = one(code)
    assert isinstance(test, CallTest)
    assert (test.entry, test.args, test.expect) == ("f", args, expect)


def test_keyword_arguments_and_the_reading_are_kept():
    test = one("assert f(1, k=[2]) == 3, f'{1}'")
    assert (dict(test.kwargs), test.source) == ({"k": [2]}, "assert f(1, k=[2]) == 3")


@pytest.mark.parametrize(
    "code",
    [
        "assert f(1) != 2",
        "assert f(1) == f(2)",
        "assert f(1) == 2 == 2",
        "assert f(1) == 2 and f(2) == 3",
        "assert f(*[1]) == 2",
        "assert f(**{'a': 1}) == 2",
        "assert f(1)[0] == 2",
        "assert f(1).x == 2",
        "assert round(f(1), 2) == 2.5",
        "assert tuple(f(1)) == (2,)",
        "assert len(f(1)) == 2",
        "assert f(1) > 2",
        "assert f(1) in [1, 2]",
        "assert f(1) is not None",
        "assert f(1) is 5",
        "assert f(1) == float('nan')",
        "assert f(1) == [float('nan')]",
        "assert sorted(f(1)) == [2, 1]",
        "assert sorted(f(1)) == (1, 2)",
        "assert sorted(f(1), reverse=True) == [2, 1]",
        "assert sorted(f(1)) == [{1}, {1, 2}]",
        "assert set(f(1)) == [1]",
        "assert abs(f(1) - float('inf')) < 1",
        "assert abs(f(1) - 2) < 0",
        "assert abs(f(1) - f(2)) < 1",
        "assert abs(f(1)) < 1",
        "assert abs(f(1) - 2**60) < 1",
        "import math\nassert math.isclose(f(1), 2, rel_tol=0.01)",
        "assert math.isclose(f(1), 2)",
        "assert f([[0] * 2] * 2) == 1",
        "assert f(g(1)) == 2",
        "assert (f(1) == 2, 'always true')",
        "assert other(1) == 2",
    ],
)
def test_shapes_that_stay_code(code):
    test = one(code)
    assert isinstance(test, CodeTest)
    assert test.entry == "f"


@pytest.mark.parametrize(
    "code",
    [
        "def abs(x): return 0\nassert abs(f(1) - 2) < 1",
        "from numpy import *\nassert abs(f(1) - 2) < 1",
        "from numpy import abs\nassert abs(f(1) - 2) < 1",
        "class set(list): pass\nassert set(f(1)) == set([1])",
        "def float(x): return 3\nassert f(1) == float('1')",
    ],
)
def test_shadowed_names_are_not_taken_for_the_builtins(code):
    assert isinstance(one(code), CodeTest)


def test_a_prelude_shadows_too_and_is_carried():
    prelude = "def sorted(x): return [1]\n"
    test = one("assert sorted(f(1)) == [1]", prelude=prelude)
    assert isinstance(test, CodeTest)
    assert test.prelude == prelude


CHECK = '''
METADATA = {"author": "x"}
import math

def twice(x):
    return helper(x) * 2

def helper(x):
    return x

def unused():
    return 0

def check(candidate):
    """Docstring."""
    import random
    print("started", 1)
    # comment
    assert candidate(1) == 2, "message"
    assert True, "always"
    assert 1 == 1
    assert candidate(3) == twice(3)
    pass

check(f)
'''


def test_independent_asserts_of_a_check_function_are_split():
    first, second = asserts.tests_from_code(CHECK, "f")
    assert (first.args, first.expect) == ((1,), Returns(2))
    assert isinstance(second, CodeTest)
    assert "def twice" in second.code
    assert "def helper" in second.code
    assert "unused" not in second.code
    assert "METADATA" not in second.code
    run(second, lambda x: 2 * x)
    with pytest.raises(AssertionError):
        run(second, lambda x: x)


def run(test, function):
    """Run the trusted code of a CodeTest in this process, as the driver would."""
    space = {"candidate": function, "__name__": "driver"}
    exec(test.prelude, space)
    space[test.entry] = function
    exec(test.code, space)


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(3):\n        assert candidate(i) == i + 1",
        "x = [1]\n    assert candidate(x) == 1\n    assert x == [1]",
        "try:\n        candidate('a')\n        assert False\n    except TypeError:\n        pass",
        "assert candidate(1) == 2\n    candidate(5)",
        "assert (y := candidate(1)) == 2\n    assert y",
        "with open('x'):\n        pass",
    ],
)
def test_a_check_function_with_state_stays_whole(body):
    code = f"import math\ndef check(candidate):\n    {body}\n"
    test = one(code)
    assert isinstance(test, CodeTest)
    assert code in test.code
    assert test.code.endswith("\ncheck(candidate)\n")


def test_a_check_function_is_called_with_the_candidate():
    test = one("def check(candidate):\n    total = candidate(1) + candidate(2)\n    assert total == 5\n", "add_one")
    run(test, lambda x: x + 1)
    with pytest.raises(AssertionError):
        run(test, lambda x: x)


@pytest.mark.parametrize(
    "code",
    [
        "f = lambda x: 1\nassert f(1) == 1",
        "def f(x): return 1\nassert f(1) == 1",
        "n = 0\ndef g():\n    global n\n    n += 1\n    return n\nassert f(1) == 1",
        "x = [1]\nassert f(x) == 1",
    ],
)
def test_code_that_rebinds_or_keeps_state_stays_whole(code):
    assert one(code) == CodeTest(code, "f", source=code)


def test_an_alias_of_the_entry_point_is_followed():
    tests = asserts.tests_from_code("candidate = f\nassert candidate(1) == 2\nassert f(2) == 3", "f")
    assert [t.args for t in tests] == [(1,), (2,)]


def test_an_entry_point_that_is_itself_called_check():
    test = one("def check(candidate):\n    assert candidate(1) == 2\n", entry="check")
    run(test, lambda x: x + 1)
    with pytest.raises(AssertionError):
        run(test, lambda x: x)


def test_false_constants_are_kept_and_true_ones_dropped():
    assert asserts.tests_from_code("assert True\nassert 2 > 1\nassert 'x'", "f") == []
    assert isinstance(one("assert False"), CodeTest)


def test_unreadable_test_code_is_a_bad_problem():
    with pytest.raises(BadProblem, match=r"the test code of f, line 2"):
        asserts.tests_from_code("assert f(1) == 2\nassert f(1 ==", "f")


values = st.recursive(
    st.sampled_from([None, True, False, 0.0, 1.0, -1.5, 2.0000000001, math.inf, "", "a", "ab", "ba"])
    | st.integers(-3, 3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2)
    ),
    max_leaves=5,
)

SHAPES = [
    "assert f() == {0!r}", "assert {0!r} == f()", "assert f() is {0!r}", "assert not f()", "assert f()",
    "assert abs(f() - {0!r}) < 1", "assert abs({0!r} - f()) <= 1e-9", "assert abs(f() - {0!r}) < 1.5, 'm'",
    "assert set(f()) == set({0!r})", "assert set(f()) == {{*{0!r}}}", "assert sorted(f()) == {0!r}",
    "assert f() != {0!r}",    "assert sorted(f()) == sorted({0!r})", "import math\nassert math.isclose(f(), {0!r})",
    "import math\nassert math.isclose({0!r}, f(), rel_tol=0.5)",
    "import math\nassert math.isclose(f(), {0!r}, abs_tol=1)",
    "assert round(f(), 1) == {0!r}", "assert list(f()) == {0!r}", "assert f() == {0!r} == {0!r}",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@given(st.sampled_from(SHAPES), values, values, st.booleans())
@example("assert abs(f() - {0!r}) < 1", 2.0, 1.0, False)
@example("assert abs(f() - {0!r}) < 1", True, 1.0, False)
@example("assert sorted(f()) == {0!r}", {"b": 1, "a": 2}, ["a", "b"], False)
@example("assert sorted(f()) == {0!r}", "ba", ["a", "b"], False)
@example("assert set(f()) == set({0!r})", [[1]], (1,), False)
def test_a_conversion_never_changes_the_verdict(shape, returned, expected, same):
    expected = returned if same else expected
    code = shape.format(expected).replace("inf", "float('inf')")
    try:
        exec(code, {"f": lambda: returned})
        passes = True
    except (AssertionError, TypeError, OverflowError):
        passes = False
    (test,) = asserts.tests_from_code(code, "f") or [None]
    if test is None:
        return
    if isinstance(test, CallTest):
        got = equal(decode(encode(returned)), decode(encode(test.expect.value)), test.expect.equality)
        assert got == passes
    else:
        try:
            run(test, lambda: returned)
            assert passes
        except (AssertionError, TypeError, OverflowError):
            assert not passes


def test_doctests_become_calls_with_types_that_count():
    stub = '''
def helper():
    """
    >>> helper()
    1
    """

def f(x):
    """Text.

    >>> f(1)
    [1, 2.0]
    >>> f('a')
    >>> f(-1)
    Traceback (most recent call last):
    ValueError: negative
    """
'''
    first, second, third = asserts.tests_from_doctests(stub, "f")
    assert (first.args, first.expect) == ((1,), Returns([1, 2.0], Equality(same_type=True)))
    assert second.expect == Returns(None, Equality(same_type=True))
    assert third.expect == Raises("ValueError")
    assert first.source == ">>> f(1)\n[1, 2.0]"


DOCTEST_CODE = [
    (">>> round(f(2), 1)\n4.0", lambda x: x * 2.0, lambda x: x),
    (">>> f(2) == 4\nTrue", lambda x: x * 2, lambda x: x),
    (">>> print(f('a'), 1)\naa 1", lambda x: x * 2, lambda x: x),
    (">>> f(3)\n<object>", lambda x: type("T", (), {"__repr__": lambda s: "<object>"})(), lambda x: x),
    (">>> f(3)  # doctest: +ELLIPSIS\n[0, ..., 9]", lambda x: list(range(10)), lambda x: x),
    (">>> import math\n>>> math.floor(f(2.5))\n5", lambda x: x * 2, lambda x: x),
    (">>> x = f(2)\n>>> x + 1\n5\n>>> for i in range(2):\n...     i\n0\n1", lambda x: x * 2, lambda x: x),
    (">>> y = 1\n>>> f(y)\nTraceback (most recent call last):\nKeyError: 1", lambda x: {}[x], lambda x: x),
    (">>> from somewhere import f\n>>> str(f(1))\n'2'", lambda x: x * 2, lambda x: x),
]


@pytest.mark.parametrize(("text", "right", "wrong"), DOCTEST_CODE)
def test_other_doctests_become_code_that_says_the_same(text, right, wrong):
    (test,) = asserts.tests_from_doctests(text, "f")
    assert isinstance(test, CodeTest)
    run(test, right)
    with pytest.raises(AssertionError):
        run(test, wrong)


def test_examples_that_are_not_python_or_skipped_are_left_out():
    text = ">>> f(1) ➞ 2\n>>> f(1)  # doctest: +SKIP\n3\n>>> f(2)\n4"
    assert [t.args for t in asserts.tests_from_doctests(text, "f")] == [(2,)]
    assert asserts.tests_from_doctests("no examples", "f") == []
    assert asserts.tests_from_doctests("", "f") == []


def test_a_comparison_that_shows_nothing_is_an_assert():
    (test,) = asserts.tests_from_doctests(">>> f([1]) == 0\n>>> f([1]) [0, 1]\n", "f")
    assert (test.args, test.expect) == (([1],), Returns(0))


def test_tests_of_a_class_stay_code_and_name_the_class():
    stub = 'class Box:\n    """A box.\n\n    >>> b = Box(1)\n    >>> len(b)\n    1\n    """\n'
    (session,) = asserts.tests_from_doctests(stub, "Box")
    assert session.classes == ("Box",)
    test = one("assert Box(1) == 1", entry="Box", classes=["Box"])
    assert isinstance(test, CodeTest)
    assert test.classes == ("Box",)
