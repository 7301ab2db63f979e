"""Test code in the driver, the program in another process: ordinary use works as if they shared one."""

from __future__ import annotations

import pytest

from unriddle import CodeTest, Limits, Status


def _status(outcomes, source: str, code: str, **options) -> Status:
    limits = options.pop("limits", Limits(cpu_seconds=1, wall_seconds=8))
    (cell,) = outcomes(source, CodeTest(code, options.pop("entry", "f"), **options), limits=limits)
    return cell.status


ADD = "def f(x, y=1):\n  return x + y\n"


@pytest.mark.parametrize(
    ("source", "code", "status"),
    [
        (ADD, "assert f(1) == 2\nassert candidate(1, y=2) == 3", Status.PASS),
        (ADD, "assert f(1) == 3", Status.FAIL),
        (ADD, "", Status.PASS),
        (ADD, "x = f(1)\nfor i in range(3):\n  x = f(x)\nassert x == 5", Status.PASS),
        (ADD, "def check(g):\n  assert g(1) == 2\ncheck(f)", Status.PASS),
        (ADD, "import math\nassert math.isclose(f(0.1, 0.2), 0.3)", Status.PASS),
        (ADD, "assert f([1], [2]) == [1, 2]\nassert f((1,), (2,)) == (1, 2)\nassert f('a', 'b') == 'ab'", Status.PASS),
        (ADD, "try:\n  f('a', 1)\nexcept TypeError:\n  pass\nelse:\n  assert False", Status.PASS),
        (ADD, "try:\n  f(1)\nexcept TypeError:\n  pass\nelse:\n  assert False", Status.FAIL),
        (ADD, "assert f(1) == 2, 'message'\nassert list(map(f, [1, 2])) == [2, 3]", Status.PASS),
        (ADD, "undefined_name(1)", Status.FAIL),
        (ADD, "assert sorted([3, 1], key=f) == [1, 3]", Status.PASS),
        ("def f(n):\n  yield from range(n)", "assert list(f(3)) == [0, 1, 2]\ng = f(2)\nassert next(g) == 0",
        Status.PASS),
        ("def f(g, x): return g(g(x))", "assert f(lambda v: v * 2, 3) == 12", Status.PASS),
        ("def f(g): return [g(i) for i in range(3)]", "n = []\nf(n.append)\nassert n == [0, 1, 2]", Status.PASS),
        ("def f(x): return lambda y: x + y", "assert f(1)(2) == 3", Status.PASS),
        ("def f(it): return sum(it)", "assert f(i for i in range(4)) == 6", Status.PASS),
        ("def f(x): raise ValueError('bad')", "try:\n  f(1)\nexcept ValueError as e:\n  assert str(e) == 'bad'",
        Status.PASS),
        ("def f(x): return b'\\xff'.decode()", "try:\n  f(1)\n  assert 0\nexcept ValueError:\n  pass", Status.PASS),
        ("def f(x): return {}['k']", "try:\n  f(1)\n  assert 0\nexcept KeyError:\n  pass", Status.PASS),
        ("from decimal import Decimal\ndef f(x): return Decimal(x)", "assert f('1.5') == 1.5", Status.PASS),
        ("import datetime\ndef f(x): return datetime.date(2020, 1, x)", "assert f(3).day == 3", Status.PASS),
        ("from collections import namedtuple\nP = namedtuple('P', 'a b')\ndef f(): return P(1, 2)",
         "assert f().a == 1\nassert f() == (1, 2)", Status.PASS),
        ("from collections import Counter\ndef f(x): return Counter(x)", "assert f('aab') == {'a': 2, 'b': 1}",
        Status.PASS),
        ("def f(x): x.sort()", "v = [3, 1]\nf(v)\nassert v == [1, 3]", Status.PASS),
        ("class f:\n  def __init__(s, x): s.x = x\n  def get(s): return s.x",
        "assert f(3).get() == 3\nassert f(4).x == 4", Status.PASS),
        ("def f(x): return x\nHELPER = 5\ndef g(): return 6", "assert HELPER == 5\nassert g() == 6", Status.PASS),
        ("import numpy as np\ndef f(x): return np.arange(x)",
        "import numpy as np\nassert (f(3) == np.array([0, 1, 2])).all()", Status.PASS),
    ],
)  # fmt: skip
def test_test_code_reads_the_program_as_if_it_were_its_own(outcomes, source, code, status) -> None:
    assert _status(outcomes, source, code) is status


def test_an_exception_of_the_program_is_an_error_and_one_of_the_test_a_failure(outcomes) -> None:
    assert _status(outcomes, "def f(): raise ValueError", "f()") is Status.ERROR
    assert _status(outcomes, "def f(): assert False", "f()") is Status.ERROR
    assert _status(outcomes, "def f(): raise SystemExit", "f()") is Status.ERROR
    assert _status(outcomes, "def f(): return 1", "raise ValueError") is Status.FAIL
    assert _status(outcomes, "def f(): return 1", "f().nothing") is Status.FAIL


def test_the_entry_must_exist(outcomes) -> None:
    (cell,) = outcomes("def g(): pass", CodeTest("assert f(1) == 2", "f"))
    assert cell.status is Status.ERROR
    assert "NameError" in cell.error
    assert "'f'" in cell.error


def test_other_names_of_the_program_are_found_unless_the_test_defines_them(outcomes) -> None:
    source = "def f(x): return helper(x)\ndef helper(x): return 'wrong'\ndef other(x): return 7"
    code = "def helper(x): return 'right'\nassert f(1) == 'wrong'\nassert helper(1) == 'right'\nassert other(1) == 7"
    assert _status(outcomes, source, code) is Status.PASS


def test_the_trusted_prelude_wins_over_the_program(outcomes) -> None:
    """A helper the problem brings (``poly`` of find_zero) must not be replaced by the candidate's own."""
    prelude = "def poly(xs, x): return sum(c * x ** i for i, c in enumerate(xs))"
    source = "def poly(xs, x): return 0.0\ndef f(xs): return 123.0"
    code = "assert abs(poly([1, 2], f([1, 2]))) < 1e-4"
    assert _status(outcomes, source, code, prelude=prelude) is Status.FAIL
    assert _status(outcomes, "def f(xs): return -0.5", code, prelude=prelude) is Status.PASS


def test_the_entry_means_the_program_even_where_the_prelude_has_a_stub(outcomes) -> None:
    assert _status(outcomes, ADD, "assert f(1) == 2", prelude="def f(x): return 2") is Status.PASS
    assert _status(outcomes, "def f(x): return 0", "assert f(1) == 2", prelude="def f(x): return 2") is Status.FAIL


def test_builtins_mean_the_builtins(outcomes) -> None:
    source = "def len(x): return 3\ndef sorted(x): return [1]\ndef abs(x): return 0\ndef f(x): return [9]"
    for code in ("assert len(f(1)) == 3", "assert sorted(f(1)) == [1]", "assert abs(f(1)[0] - 1) < 1"):
        assert _status(outcomes, source, code) is Status.FAIL


VECTOR = """
class Vector:
    def __init__(self, x): self.x = x
    def __add__(self, other): return Vector(self.x + other.x)
    def __eq__(self, other): return self.x == other.x
    def __len__(self): return self.x
    def __getitem__(self, i): return [self.x][i]
    def __lt__(self, other): return self.x < other.x
    def __contains__(self, v): return v == self.x
    def __repr__(self): return f"Vector({self.x})"
    def __bool__(self): return self.x > 0
    def __iter__(self): return iter([self.x])
    def __enter__(self): return self
    def __exit__(self, *a): self.x = -1
    @property
    def twice(self): return 2 * self.x
    @classmethod
    def make(cls): return cls(7)
"""


def test_classes_under_test_forward_their_operators(outcomes) -> None:
    code = """
a, b = Vector(1), Vector(2)
assert a + b == Vector(3)
assert not a == b and a != b
assert len(b) == 2 and b[0] == 2 and 2 in b and a < b
assert repr(a) == "Vector(1)" and str(a) == "Vector(1)" and bool(a) and not Vector(0)
assert list(b) == [2] and b.twice == 4 and Vector.make().x == 7
b.x = 9
assert b.x == 9 and isinstance(b, Vector)
with a as c:
    assert c.x == 1
assert a.x == -1 and sorted([Vector(3), Vector(1)])[0].x == 1
"""
    assert _status(outcomes, VECTOR, code, entry="Vector", classes=("Vector",)) is Status.PASS
    assert (
        _status(outcomes, VECTOR, "assert Vector(1) == Vector(2)", entry="Vector", classes=("Vector",)) is Status.FAIL
    )


def test_without_classes_no_operator_is_forwarded(outcomes) -> None:
    for code in (
        "assert Vector(1) == Vector(1)",
        "assert len(Vector(1)) == 1",
        "assert 1 in Vector(1)",
        "Vector(1) + Vector(1)",
    ):
        assert _status(outcomes, VECTOR, code, entry="Vector") is not Status.PASS, code


def test_output_of_the_program_is_kept_with_the_cell(outcomes) -> None:
    (cell,) = outcomes("def f(x):\n  print('hello', x)\n  return x", CodeTest("print('driver')\nassert f(1) == 1", "f"))
    assert cell.passed
    assert cell.stdout == "hello 1\n"


def test_the_message_of_a_failed_assert_or_its_line_is_told(outcomes) -> None:
    with_text, without = outcomes(
        ADD, CodeTest("assert f(1) == 5, 'one and one'", "f"), CodeTest("x = 1\nassert f(x) == 5", "f")
    )
    assert "one and one" in with_text.error
    assert "line 2" in without.error


def test_limits_hold_on_both_sides(outcomes) -> None:
    limits = Limits(cpu_seconds=0.4, wall_seconds=2, max_kills=9)
    assert _status(outcomes, "def f():\n  while True: pass", "f()", limits=limits) is Status.TIMEOUT
    assert _status(outcomes, "while True: pass", "f()", limits=limits) is Status.TIMEOUT
    assert _status(outcomes, "import time\ndef f(): time.sleep(60)", "f()", limits=limits) is Status.TIMEOUT
    assert _status(outcomes, ADD, "while True: pass", limits=limits) is Status.TIMEOUT
    assert _status(outcomes, "import os\ndef f(): os._exit(0)", "f()", limits=limits) is Status.CRASH
    assert _status(outcomes, "import os\ndef f(): os.abort()", "f()", limits=limits) is Status.CRASH
    assert _status(outcomes, "import os\nos._exit(0)", "pass", limits=limits) is not Status.PASS
    assert _status(outcomes, "def f(): return bytearray(1 << 40)", "f()", limits=limits) is Status.MEMORY
    assert _status(outcomes, "import os\ndef f(): os.fork()", "f()", limits=limits) is Status.FORBIDDEN
    assert _status(outcomes, "def f(: pass", "f()", limits=limits) is Status.ERROR
