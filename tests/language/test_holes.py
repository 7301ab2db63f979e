"""What can be said of a program with holes without running it."""

import pytest

from unriddle.language.holes import changeable, readable, undefined_calls


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("x = f(y)", {"x"}),
        ("a, (b, *c) = f()", {"a", "b", "c"}),
        ("x += f()", {"x"}),
        ("xs[i].y = f()", {"xs"}),
        ("box.items.append(f(x))", {"box"}),
        ("if_(x, y)", {"x", "y"}),
        ("f()", set()),
        ("import no.such as n, other", {"n", "other"}),
        ("print(y := f())", {"y"}),
        ("sort the words", {"sort", "the", "words"}),
    ],
)
def test_changeable(statement, names):
    assert changeable(statement) == names


def test_readable_keeps_line_numbers_and_python():
    source = "x = 1\nfor i in range(3):\n    add i to x\n    while x looks small:\n        x += 1\n"
    lines = readable(source).split("\n")
    assert lines[:2] == source.split("\n")[:2]
    assert lines[2:4] == ["    __unread__('add i to x')", "    while __unread__('x looks small'):"]
    assert readable("x = 1") == "x = 1"


@pytest.mark.parametrize("source", ["this is\nnot Python at\nall, and too\nlong", "x = '\0'"])
def test_what_cannot_be_made_readable(source):
    assert readable(source, max_lines=2) is None


def test_undefined_calls_see_definitions_imports_and_handed_functions():
    source = "from m import a\ndef b(c): return c(1) + a() + d()\ne = b\nsorted(map(f, e()), key=g)\nh.i()\n"
    assert undefined_calls(source) == {"d", "f", "g"}
    assert undefined_calls("not python at all (") == set()
