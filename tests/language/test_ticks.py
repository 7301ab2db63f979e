"""Programs that count their steps: the same count everywhere, and a stop where seconds would differ."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadProblem
from unriddle.language.ticks import COUNTER, ERROR, with_ticks


def run(source, call, n_ticks=1000):
    """Our own sources only: value (or the exception's name) and ticks used."""
    names = {}
    exec(with_ticks(source, n_ticks=n_ticks), names)
    begin = names[COUNTER][0]
    try:
        value = eval(call, names)
    except BaseException as error:
        value = type(error).__name__
    return value, begin - names[COUNTER][0]


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("def f(n):\n    return n", 1),
        ("def f(n):\n    for i in range(n):\n        pass", 1 + 10),
        ("def f(n):\n    while n:\n        n -= 1", 1 + 10),
        ("def f(n):\n    return [i for i in range(n)]", 1 + 10),
        ("def f(n):\n    return sum(i * 1 for i in range(n) if i % 2)", 1 + 10),
        ("def f(n):\n    return list(map(lambda i: i, range(n)))", 1 + 10),
        ("def f(n):\n    return f(n - 1) if n else 0", 11),
    ],
)
def test_calls_and_turns_are_one_tick_each(source, n):
    assert run(source, "f(10)")[1] == n


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        pass",
        "return 10 ** 10 ** 9",
        "return 1 << 10 ** 12",
        "return 'a' * 10 ** 12",
        "return 10 ** 9 * [0]",
        "x = 7\n    x **= 10 ** 9\n    return x",
        "return f()",
        "return [0 for i in range(10 ** 9)]",
        "return sum(i for i in range(10 ** 9))",
        "return sum(range(10 ** 9))",
        "return sorted(range(10 ** 9))",
        "return -1.5 in range(10 ** 9)",
    ],
)
def test_what_never_ends_or_grows_is_stopped_before_it_does(body):
    assert run(f"def f():\n    {body}", "f()", n_ticks=300)[0] == ERROR


def test_catching_every_exception_does_not_outlive_the_budget():
    source = "def f():\n    while True:\n        try:\n            f\n        except Exception:\n            pass"
    assert run(source, "f()")[0] == ERROR


def test_lists_multiplied_in_place_are_the_same_lists():
    source = "def f():\n    a = [1]\n    b = a\n    a *= 2\n    return b"
    assert run(source, "f()")[0] == [1, 1]


def test_text_future_imports_and_long_numbers_survive():
    head = '"""Text."""\nfrom __future__ import annotations\n\n\n'
    source = f'{head}def f(x: int):\n    """Doc."""\n    return {hex(10**5000)}\n'
    rewritten = with_ticks(source)
    assert ast.get_docstring(ast.parse(rewritten)) == "Text."
    names = {}
    exec(rewritten, names)
    assert names["f"](1) == 10**5000
    assert names["f"].__doc__ == "Doc."


def test_source_that_is_not_python_is_refused():
    with pytest.raises(BadProblem):
        with_ticks("def f(:")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-50, 50), max_size=8), st.integers(1, 5))
def test_values_are_those_of_the_source_and_counts_repeat(xs, k):
    source = (
        "def f(xs, k):\n    out = []\n    for x in xs:\n        x *= k\n        out.append(abs(x) ** 2 << 1)\n"
        "    return sorted(out), {x: xs.count(x) for x in xs}, any(x in out for x in xs)"
    )
    plain = {}
    exec(source, plain)
    call = f"f({xs}, {k})"
    first = run(source, call)
    assert first == run(source, call)
    assert first[0] == plain["f"](xs, k)
