import pytest

from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.execute.coverage import cover_code
from unriddle.outcome import Status
from unriddle.testgen.pytest_file import STAND_IN, read_pieces

PROGRAM = "def half(x):\n    if x < 0:\n        raise ValueError('negative: ' + str(x))\n    return x / 2\n"
TESTS = """
import unittest
import pytest
import half_module as h
from pkg.half_module import half

@pytest.fixture
def four():
    return 4

@pytest.mark.parametrize("x, want", [(2, 1), (3, 1.5), (5, 2)])
def test_half(x, want):
    assert half(x) == pytest.approx(want)

def test_fixture(four):
    assert h.half(four) == 2

def test_raises():
    with pytest.raises(ValueError, match="negative: -1"):
        half(-1)

class TestGroup:
    def setup_method(self):
        self.x = 6
    def test_six(self):
        assert half(self.x) == 3

class Case(unittest.TestCase):
    def test_case(self):
        self.assertEqual(half(8), 4)

def test_file(tmp_path):
    pass

@pytest.mark.skip
def test_not_now():
    pass

async def test_later():
    pass
"""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as running:
        yield running


def endings(executor, text, program=PROGRAM):
    pieces = read_pieces(text, module="half_module")
    good = [p for p in pieces if not p.skipped]
    ((_, covered),) = cover_code([(program, [p.code for p in good])], executor=executor)
    return {p.name: Status(s).name for p, s in zip(good, covered.status, strict=True)}, pieces


def test_every_form_of_test_runs_and_only_wrong_ones_fail(executor):
    found, pieces = endings(executor, TESTS)
    assert found == {
        "test_half[0]": "PASS",
        "test_half[1]": "PASS",
        "test_half[2]": "ERROR",
        "test_fixture": "PASS",
        "test_raises": "PASS",
        "TestGroup::test_six": "PASS",
        "Case::test_case": "PASS",
    }
    skipped = {p.name: p.skipped for p in pieces if p.skipped}
    assert set(skipped) == {"test_file", "test_not_now", "test_later"}
    assert "tmp_path" in skipped["test_file"]
    assert TESTS.splitlines()[pieces[0].line - 1].startswith("def test_half")


def test_the_tests_notice_a_wrong_program(executor):
    found, _ = endings(executor, TESTS, program=PROGRAM.replace("x / 2", "x // 2").replace("negative", "neg"))
    assert found["test_half[1]"] == "ERROR"
    assert found["test_raises"] == "ERROR"


def test_bare_asserts_are_tests(executor):
    found, _ = endings(executor, "from half_module import *\nx = 4\nassert half(x) == 2\nassert half(1) == 1\n")
    assert found == {"line 3": "PASS", "line 4": "ERROR"}


APPROX = [
    ("approx(1.0)", 1.0 + 1e-7, True),
    ("approx(1.0)", 1.0 + 1e-5, False),
    ("approx(1.0, abs=0.1)", 1.05, True),
    ("approx([1.0, 2.0])", [1.0, 2.0000001], True),
    ("approx([1.0, 2.0])", [1.0], False),
    ("approx({'a': 0.1})", {"a": 0.1}, True),
    ("approx(0.0)", 1e-13, True),
    ("approx(100, rel=0.1)", 109, True),
    ("approx('a')", "a", True),
]


@pytest.mark.parametrize(("text", "value", "equal"), APPROX)
def test_approx_of_the_stand_in_is_that_of_pytest(text, value, equal):
    names = {}
    exec(STAND_IN, names)
    ours = value == eval(f"pytest.{text}", names)
    assert ours is equal
    if text != "approx('a')":
        assert (value == eval(f"pytest.{text}", {"pytest": pytest})) is equal


def test_raises_of_the_stand_in_lets_other_exceptions_through():
    names = {}
    exec(STAND_IN, names)
    stand_in = names["pytest"]
    with pytest.raises(AssertionError, match="did not raise"), stand_in.raises(ValueError):
        pass
    with pytest.raises(KeyError), stand_in.raises(ValueError):
        raise KeyError("x")
    with stand_in.raises((ValueError, KeyError)) as caught:
        raise KeyError("x")
    assert isinstance(caught.value, KeyError)


def test_files_without_tests_or_that_are_not_python_are_refused():
    with pytest.raises(BadInput, match="has no test"):
        read_pieces("x = 1\n", module="m")
    with pytest.raises(BadProblem):
        read_pieces("def test_(:", module="m")
