"""Puzzles: the verifier is the specification."""

import pytest

from unriddle.errors import BadProblem
from unriddle.pose import read_problem
from unriddle.problem import Satisfies


@pytest.fixture
def pose(tmp_path):
    def write(text):
        path = tmp_path / "puzzle.py"
        path.write_text(text)
        return read_problem(str(path))

    return write


def test_puzzle_asks_for_a_program_with_the_other_parameters(pose):
    problem = pose('def sat(x: List[int], n=3, s="ab") -> bool:\n    """Find x."""\n    return len(x) == n\n')
    assert problem.kind == "puzzle"
    assert problem.entry == "sol"
    assert problem.signature.header() == "def sol(n=3, s='ab') -> List[int]:"
    assert problem.statement == "Find x."
    (test,) = problem.tests
    assert isinstance(test.expect, Satisfies)
    assert test.expect.type == "List[int]"
    assert test.args == ()
    assert test.expect.code.startswith("from typing import List\n")


def test_imports_of_the_file_are_not_repeated_and_helpers_stay(pose):
    code = "from typing import *\n\n\ndef twice(x):\n    return 2 * x\n\n\n"
    code += "def sat(x: List[int], n=3):\n    return twice(n) in x\n"
    assert pose(code).tests[0].expect.code == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def sat(x):\n    return x == 1\n", "needs an annotation"),
        ("def sat(x: Widget):\n    return x == 1\n", "not supported"),
        ("def sat(x: 'List[Widget]'):\n    return x == 1\n", "not supported"),
        ("def sat():\n    return True\n", "must take the value sought first"),
        ("def sat(*x):\n    return True\n", "must take the value sought first"),
        ("def sat(x: int = 3):\n    return x == 1\n", "has no default"),
        ("def sat(x: int, n):\n    return x == n\n", "parameter n of sat needs a default"),
        ("def sat(x: int, n=len('ab')):\n    return x == n\n", "plain data"),
        ("def sat(x: int, n: int = 'a'):\n    return x == n\n", "must be exactly int"),
        ("def sat(x: int):\n    return 1\ndef sat(x: int):\n    return 2\n", "expected one function named sat"),
        ("async def sat(x: int):\n    return 1\n", "async"),
    ],
)
def test_bad_puzzle_is_one_line_that_says_where(pose, text, says):
    with pytest.raises(BadProblem, match=says) as caught:
        pose(text)
    assert "puzzle.py:" in str(caught.value)
    assert "\n" not in str(caught.value)
