"""TOML problems: the documented schema, and errors with the path of the key."""

import pytest

from unriddle.errors import BadProblem
from unriddle.pose import read_problem
from unriddle.problem import CallTest, Equality, Raises, Returns


@pytest.fixture
def pose(tmp_path):
    def write(text):
        path = tmp_path / "task.toml"
        path.write_text(text)
        return read_problem(str(path))

    return write


FULL = """
id = "half"
statement = "Half of x."
signature = "half(x: float, *, down: bool = False) -> float"
context = "LIMIT = 3"

[[tests]]
args = [3.0]
returns = 1.5
atol = 0.01

[[tests]]
name = "down"
args = [3.0]
kwargs = { down = true }
returns = 1

[[tests]]
args = ["a"]
raises = "TypeError"

[[tests]]
args = [[2, 1]]
returns = [1, 2]
unordered = true

[[tests]]
code = "assert half(2.0) == 1.0"
"""


def test_every_kind_of_test(pose):
    problem = pose(FULL)
    assert problem.id == "half"
    assert problem.signature.header() == "def half(x: float, *, down: bool = False) -> float:"
    assert problem.context == "LIMIT = 3"
    first, down, bad, loose, code = problem.tests
    assert first == CallTest("half", (3.0,), expect=Returns(1.5, Equality("close", 0.01)), name="test 1")
    assert (down.name, down.kwargs, down.expect) == ("down", {"down": True}, Returns(1))
    assert bad.expect == Raises("TypeError")
    assert loose.expect.equality.kind == "unordered"
    assert (code.args, code.expect, code.name) == ((2.0,), Returns(1.0), "test 5")


def test_stub_gives_entry_and_doctests(pose):
    problem = pose("stub = '''\ndef f(x):\n    \"\"\"\n    >>> f(1)\n    2\n    \"\"\"\n'''\n")
    assert (problem.id, problem.entry, len(problem.tests)) == ("task", "f", 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("entry = 'f'\nentry = 'g'\n", r"task\.toml:2: not readable TOML"),
        ("statement = 'x'\n[[tests]]\nreturns = 1\n", "no entry point"),
        ("entry = 'f'\n", "no tests"),
        ("entry = 'not a name'\n[[tests]]\nreturns = 1\n", "entry: expected a Python name"),
        ("entry = 3\n", "entry: expected a text, got 3"),
        ("entry = 'f'\nstatment = 'x'\n", "unknown key 'statment'; did you mean 'statement'"),
        ("signature = 'f(x'\n[[tests]]\nreturns = 1\n", "signature: expected"),
        ("entry = 'g'\nsignature = 'f(x)'\n[[tests]]\nreturns = 1\n", "differ"),
        ("entry = 'f'\n[[tests]]\nargs = 3\nreturns = 1\n", r"tests\[1\]\.args: expected a list, got 3"),
        ("entry = 'f'\n[[tests]]\nargs = [1]\n", r"tests\[1\]: expected one of 'returns', 'raises' and 'code'"),
        ("entry = 'f'\n[[tests]]\nreturns = 1\nraises = 'ValueError'\n", "got both"),
        ("entry = 'f'\n[[tests]]\nraises = 'NoSuchError'\n", r"tests\[1\]\.raises: expected the name of a built-in"),
        ("entry = 'f'\n[[tests]]\nreturns = 1\natol = 'a'\n", r"tests\[1\]\.atol: expected a number"),
        ("entry = 'f'\n[[tests]]\nargs = [2024-01-01]\nreturns = 1\n", r"tests\[1\]\.args\[0\]: .*write it as a text"),
        ("entry = 'f'\n[[tests]]\ncode = 'assert f('\n", r"tests\[1\]\.code:1: not readable Python"),
        (
            "entry = 'f'\n[[tests]]\ncode = 'x = 1'\nargs = [1]\n",
            r"tests\[1\]\.args: cannot be used together with 'code'",
        ),
        ("entry = 'f'\ntests = 3\n", r"tests: expected tables"),
        ("entry = 'f'\n[[tests]]\nname='a'\nreturns = 1\n[[tests]]\nname='a'\nreturns = 1\n", "two are named 'a'"),
        ("entry = 'f'\nstub = 'def f(x'\n[[tests]]\nreturns = 1\n", "stub:1: not readable Python"),
    ],
)
def test_bad_toml_names_the_key(pose, text, says):
    with pytest.raises(BadProblem, match=says) as caught:
        pose(text)
    assert "\n" not in str(caught.value)
