"""Stubs: what is asked, what the tests are, and what is refused."""

from pathlib import Path

import pytest

from unriddle.errors import BadProblem
from unriddle.pose import read_problem
from unriddle.problem import CallTest, Raises


@pytest.fixture
def pose(tmp_path):
    def write(text, name="task.py"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_problem(str(path))

    return write


DOUBLE = '''def double(x: int) -> int:
    """Return twice x.

    >>> double(2)
    4
    """
'''


@pytest.mark.parametrize(
    "body",
    ["", "    pass\n", "    ...\n", "    raise NotImplementedError\n", "    raise NotImplementedError('todo')\n"],
)
def test_placeholder_bodies_are_dropped(pose, body):
    problem = pose(DOUBLE + body)
    assert problem.entry == "double"
    assert problem.stub == DOUBLE
    assert problem.signature.header() == "def double(x: int) -> int:"
    assert problem.statement.startswith("Return twice x.")
    (test,) = problem.tests
    assert (test.args, test.expect.value) == ((2,), 4)


def test_asserts_after_the_stub_are_tests_with_distinct_names(pose):
    problem = pose(DOUBLE + "\n\nassert double(3) == 6\nassert double(0) == 0, 'zero'\n")
    assert [test.name for test in problem.tests] == ["doctest 1", "assert 1", "assert 2"]
    assert all(isinstance(test, CallTest) for test in problem.tests)


def test_imports_and_helpers_before_the_stub_belong_to_every_program(pose):
    problem = pose("from math import pi\n\nK = 2\n\n\ndef helper(x):\n    return x\n\n\n" + DOUBLE)
    assert problem.entry == "double"
    assert problem.stub.startswith("from math import pi")
    assert "def helper" in problem.stub


def test_main_guard_is_no_test(pose):
    assert len(pose(DOUBLE + "\n\nif __name__ == '__main__':\n    assert double(1) == 3\n").tests) == 1


def test_doctest_that_raises(pose):
    problem = pose(
        'def f(x):\n    """\n    >>> f(-1)\n    Traceback (most recent call last):\n    ValueError: no\n    """\n'
    )
    assert problem.tests[0].expect == Raises("ValueError")


def test_decorated_stub_keeps_its_decorator(pose):
    assert pose("import functools\n\n\n@functools.cache\n" + DOUBLE).stub.endswith("@functools.cache\n" + DOUBLE)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("def f(:\n    pass\n", 1, "not readable Python"),
        ("x = 1\ndef f(x)\n    pass\n", 2, "not readable Python"),
        ("x = 1\n", 1, "no entry point"),
        ('def f(x):\n    """No tests."""\n', 1, "has no tests"),
        ('def f(x):\n    """Odd.\n\n    >>> f(\n    """\n', 1, "has no tests"),
        ("def f():\n    return 1\n\nassert f() == 1\n", 1, "has a body already"),
        ("def f(): ...\ndef g(): ...\nassert f() == g()\n", 2, "several functions"),
        ("async def f(): ...\nassert f() == 1\n", 1, "async"),
        ("", 1, "empty"),
        (b"x = 1\nname = '\xff'\n", 2, "expected UTF-8"),
        ("x = 1\n\0", 2, "zero byte"),
    ],
)
def test_bad_stub_is_one_line_that_says_where(pose, text, line, says):
    with pytest.raises(BadProblem, match=says) as caught:
        pose(text)
    assert f"task.py:{line}:" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_odd_doctests_do_not_lose_the_good_ones(pose):
    text = 'def f(x):\n    """Odd.\n\n    >>> f(1)\n    2\n    >>> print(f(\n    >>>f(2)\n    3\n    """\n'
    problem = pose(text)
    assert problem.tests[0].args == (1,)


def test_missing_file_and_wrong_ending(tmp_path):
    with pytest.raises(BadProblem, match="No such file"):
        read_problem(str(tmp_path / "none.py"))
    with pytest.raises(BadProblem, match=r"expected a \.py, \.toml or \.csv file"):
        read_problem(str(tmp_path / "task.txt"))
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(BadProblem, match="cannot read"):
        read_problem(str(tmp_path / "folder.py"))


def test_examples_of_the_repository_can_be_posed():
    folder = Path(__file__).parents[2] / "examples"
    names = ("double.py", "count_vowels.py", "mirror_puzzle.py", "sum_puzzle.py", "names.csv")
    problems = [read_problem(str(folder / name)) for name in names]
    assert {problem.kind for problem in problems} == {"function", "puzzle", "table"}
