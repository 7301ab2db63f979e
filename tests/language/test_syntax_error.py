"""What the parser says, also of hostile text."""

import pytest

from unriddle.language.syntax_error import normal_form, syntax_problem


@pytest.mark.parametrize("source", ["", "\n\n", "x = 1", "# only a comment", "async def f():\n    await g()"])
def test_nothing_is_wrong_with_programs(source):
    assert syntax_problem(source) is None


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = 1\nif x\n    y", 2), ("return 1", 1), ("x = 1\nbreak", 2), ("def f():\n    x = 1\n     y = 2", 3)],
)
def test_the_line_is_named(source, line):
    problem = syntax_problem(source)
    assert problem is not None
    assert problem.readable
    assert problem.line == line


@pytest.mark.parametrize(
    "source",
    [
        "(" * 50_000,
        "-" * 200_000 + "1",
        "not " * 100_000 + "x",
        "f(x)" + "[0]" * 20_000,
        "x = " + "1 + " * 20_000 + "1",
    ],
)
def test_deep_nesting_is_reported_and_does_not_crash(source):
    problem = syntax_problem(source)
    assert problem is not None
    assert normal_form(source) is None or "+" in source


def test_a_zero_byte_is_reported():
    assert syntax_problem("x = 1\0") is not None


def test_messages_of_one_kind_are_equal_whatever_the_names():
    first, second = syntax_problem("def f():\nx = 1"), syntax_problem("y = 1\ndef g():\nx = 1")
    assert first.message != second.message
    assert first.kind == second.kind


def test_the_normal_form_ignores_layout_and_keeps_names_and_values():
    assert normal_form("x=( 1 )  # c") == normal_form("x = 1")
    assert normal_form("x = 'a'") == normal_form('x = "a"')
    assert normal_form("x = 1") != normal_form("x = 2")
    assert normal_form("x =") is None
