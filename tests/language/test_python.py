import ast

import pytest

from unriddle.errors import BadProblem
from unriddle.language import python


def test_signature_of_every_parameter_kind_reads_like_the_original():
    source = "async def f(a, /, b: int = 2, *rest: str, key, other: 'x' = {}, **kw) -> dict[str, int]: ..."
    header = python.signature(source).header()
    assert header == "def f(a, /, b: int = 2, *rest: str, key, other: 'x' = {}, **kw) -> dict[str, int]:"
    ast.parse(header + " ...")


def test_signature_without_a_name_takes_the_last_function_and_a_class_only_without_functions():
    assert python.signature("def a(): ...\ndef b(x): ...\nclass C: ...").name == "b"
    stack = python.signature("class Stack:\n    def __init__(self, size: int = 3): ...")
    assert stack.header() == "def Stack(size: int = 3):"
    assert python.signature("class Empty: ...").parameters == ()


def test_the_last_definition_of_a_name_counts():
    assert python.signature("def f(old): ...\ndef f(new): ...", "f").parameters[0].name == "new"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:\n  pass", "line 1"),
        ("x = 1\ndef f(x):\nreturn 1", "line 3"),
        ("def f():\n    return '\0'", "line"),
        ("x = 1", "found none"),
    ],
)
def test_unreadable_source_is_a_bad_problem_with_its_place(source, message):
    with pytest.raises(BadProblem, match=message):
        python.signature(source)


def test_a_missing_name_lists_what_there_is():
    with pytest.raises(BadProblem, match=r"'h'; it has: f, g"):
        python.signature("def f(): ...\ndef g(): ...", "h")


def test_nothing_is_executed(capsys):
    source = "print('ran')\nraise SystemExit\ndef f(): 'doc'"
    assert python.docstring(source, "f") == "doc"
    assert python.function_names(source) == ["f"]
    assert capsys.readouterr().out == ""


def test_imports_are_found_anywhere_by_top_level_name():
    source = "import os.path as p\ndef f():\n    from a.b import c\n    from . import d\n    import numpy, math\n"
    assert python.imports(source) == {"os", "a", "numpy", "math"}


def test_literals_are_distinct_by_type_and_leave_out_docstrings():
    source = '"module"\ndef f(x=1):\n    "doc"\n    return [True, 1, 1.0, -3, b"q", None, ..., {"k": "v"}, 1]\n'
    assert [repr(v) for v in python.literals(source)] == ["1", "True", "1.0", "-3", "b'q'", "'k'", "'v'"]


def test_doctests_with_exceptions_continuations_and_missing_blanks():
    text = """
    >>> f([1,
    ...    2])
    3
    >>>f(2)
    'a'
    >>> f(None)
    Traceback (most recent call last):
        ...
    pkg.errors.Oops: no

    >>> print("x")
    x
    """
    assert python.doctests(text) == [
        ("f([1,\n   2])", "3", None),
        ("f(2)", "'a'", None),
        ("f(None)", "Traceback (most recent call last):\n    ...\npkg.errors.Oops: no", "Oops"),
        ('print("x")', "x", None),
    ]


def test_a_broken_example_does_not_hide_the_others():
    text = ">>> f(1)\n1\n>>> f('a\nb')\n'c'\n>>> f(2)\n2\n"
    assert (">>> f(1)"[4:], "1", None) in python.doctests(text)
    indented = "    >>> f('ab\nc')\n    'x'\n    >>> f(2)\n    2\n"
    assert ("f(2)", "2", None) in python.doctests(indented)


PROGRAM = """def helper(n):  # f stays in comments
    return n

@cache
def f(n: 'f', k=helper):
    f_ = 'f'
    return f(n - 1) + helper(n).f + g(f=2)

def shadow(f):
    return f(1)

def local():
    f = 3
    return f

def through():
    global f
    return f

y = (lambda f: f)(f)
"""


def test_rename_respects_scopes_and_layout():
    renamed = python.rename_function(PROGRAM.replace("    global f\n", ""), "f", "solve")
    assert "def solve(n: 'f', k=helper):" in renamed
    assert "return solve(n - 1) + helper(n).f + g(f=2)" in renamed
    assert "def shadow(f):\n    return f(1)" in renamed
    assert "    f = 3\n    return f\n" in renamed
    assert "def through():\n    return solve\n" in renamed
    assert "y = (lambda f: f)(solve)" in renamed
    assert "# f stays in comments" in renamed


def test_rename_handles_global_statements_and_f_strings():
    renamed = python.rename_function(PROGRAM + "z = f'{f(1)} f'\n", "f", "solve")
    assert "global solve" in renamed
    assert "{solve(1)} f'" in renamed


def test_rename_of_an_entry_that_is_not_ascii_and_of_windows_lines():
    assert python.rename_function("é = 1\r\ndef größe(x):\r\n    return 'é', größe\r\n", "größe", "f") == (
        "é = 1\r\ndef f(x):\r\n    return 'é', f\r\n"
    )


def test_rename_refuses_what_is_not_a_name():
    with pytest.raises(BadProblem, match="Python name"):
        python.rename_function("def f(): ...", "f", "1x")
    with pytest.raises(BadProblem, match="it has: f"):
        python.rename_function("def f(): ...", "g", "h")


def test_integers_beyond_the_decimal_limit_are_printed_in_hexadecimal():
    big = hex(10**5000)
    sig = python.signature(f"def f(n={big}, xs=[{big}, 1]): ...")
    assert sig.header() == f"def f(n={big}, xs=[{big}, 1]):"
