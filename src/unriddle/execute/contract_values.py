"""Properties of what comes back and how it is judged: plain data, equality policies, expectations, code tests."""

from __future__ import annotations

import datetime
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import shorten
from unriddle.execute.contract_property import Make, Property, must
from unriddle.language.values import encode
from unriddle.outcome import Outcome, Status
from unriddle.problem import CallTest, CodeTest, Equality, Expectation, Raises, Returns, Satisfies, Test

__all__ = ["VALUES"]

_INF, _NAN = float("inf"), float("nan")
_DAY = datetime.datetime(2024, 2, 29, 1, 2, 3)
_PLAIN: dict[str, Any] = {
    "None": None, "True": True, "-7": -7, "1 << 200": 1 << 200, "-0.0": -0.0, "float('nan')": _NAN,
    "-float('inf')": -_INF, "1 + 2j": 1 + 2j, "'h\\u00e9\\n\\0'": "h\u00e9\n\0", "'\\ud800'": "\ud800",
    "b'\\xff\\0'": b"\xff\0", "bytearray(b'a')": bytearray(b"a"), "[1, [2.5, ()]]": [1, [2.5, ()]],
    "(1, (True, None))": (1, (True, None)),
    "{'a': {1: [2]}, (1, 2): {}}": {"a": {1: [2]}, (1, 2): {}}, "{1}": {1}, "frozenset({'a'})": frozenset({"a"}),
    "range(2, 9, 3)": range(2, 9, 3), "__import__('collections').deque([1])": deque([1]),
    "__import__('decimal').Decimal('1.50')": Decimal("1.50"), "__import__('fractions').Fraction(1, 3)": Fraction(1, 3),
    "__import__('datetime').datetime(2024, 2, 29, 1, 2, 3)": _DAY,
    "__import__('datetime').timedelta(days=-1)": datetime.timedelta(days=-1),
}  # fmt: skip
_POLICIES: tuple[tuple[str, Any, Equality, bool], ...] = (
    ("1.0", 1, Equality(), True), ("True", 1, Equality(), True), ("'1'", 1, Equality(), False),
    ("(1, 2)", [1, 2], Equality(), False), ("{'b': 2, 'a': 1}", {"a": 1, "b": 2}, Equality(), True),
    ("float('nan')", _NAN, Equality(), True), ("[float('nan')]", [_NAN], Equality(), True),
    ("0.1 + 0.2", 0.3, Equality(), False), ("[0.1 + 0.2]", [0.3], Equality("close", atol=1e-9), True),
    ("101.0", 100.0, Equality("close", rtol=0.01), True), ("100.0", 98.9, Equality("close", rtol=0.01), False),
    ("float('inf')", 1.0, Equality("close", rtol=9.0), False), ("True", 1, Equality(same_type=True), False),
    ("[1.0]", [1], Equality(same_type=True), False), ("[1]", [1], Equality(same_type=True), True),
    ("[3, 1, 1]", [1, 3, 1], Equality("unordered"), True), ("[3, 1]", [1, 3, 1], Equality("unordered"), False),
    ("[3, 1]", [1, 3, 1], Equality("set"), True), ("[3, 2]", [1, 3], Equality("set"), False),
    ("[0]", True, Equality("truth"), True), ("[]", True, Equality("truth"), False),
    ("map(int, '12')", [1, 2], Equality(arrays=True), True), ("map(int, '12')", [1, 2], Equality(), False),
    ("object()", 1, Equality(), False), ("lambda: 1", 1, Equality(), False),
)  # fmt: skip
_SAT = "def sat(x, k): return True if x == k else 1 if x == 'truthy' else 1 / 0 if x == 'raises' else False"
_EXPECTATIONS: tuple[tuple[str, Expectation | None, Status], ...] = (
    ("return object()", None, Status.PASS),
    ("raise KeyError('k')", Raises("KeyError"), Status.PASS),
    ("raise KeyError('k')", Raises("LookupError"), Status.PASS),
    ("raise type('Own', (ValueError,), {})('o')", Raises("ValueError"), Status.PASS),
    ("raise KeyError('k')", Raises("ValueError"), Status.ERROR),
    ("return KeyError('k')", Raises("KeyError"), Status.FAIL),
    ("raise ValueError('v')", None, Status.ERROR),
    ("return 4", Satisfies(_SAT, args=(4,)), Status.PASS),
    ("return 5", Satisfies(_SAT, args=(4,)), Status.FAIL),
    ("return 'truthy'", Satisfies(_SAT, args=(4,)), Status.FAIL),
    ("return 'raises'", Satisfies(_SAT, args=(4,)), Status.FAIL),
    ("raise ValueError('v')", Satisfies(_SAT, args=(4,)), Status.ERROR),
    ("return [4]", Satisfies(_SAT, args=([4],), type="List[int]"), Status.PASS),
    ("return [True]", Satisfies(_SAT, args=([True],), type="List[int]"), Status.FAIL),
)
_PROGRAM = (
    "def f(x, k=1): return x + k\n"
    "def helper(): return 40\n"
    "def fill(v): v.append(9)\n"
    "def gen(): yield from (1, 2)\n"
    "def no(): raise KeyError('no')\n"
    "class Box:\n"
    "  def __init__(self, n): self.n = n\n"
    "  def __eq__(self, other): return self.n == other.n\n"
    "  def __len__(self): return self.n\n"
)
_CODE: tuple[tuple[CodeTest, str], ...] = (
    (CodeTest("assert f(1) == 2\nfor i in range(3):\n  assert candidate(i, k=2) == i + 2", "f"), "PASS"),
    (CodeTest("assert f(1) == 2\nassert f(1) == 3", "f"), "FAIL"),
    (CodeTest("assert f(1) == K", "f", prelude="K = 2"), "PASS"),
    (CodeTest("assert f(helper(), k=2) == 42", "f"), "PASS"),
    (CodeTest("v = []\nfill(v)\nassert v == [9]", "fill"), "PASS"),
    (CodeTest("assert list(gen()) == [1, 2]", "gen"), "PASS"),
    (CodeTest("a = Box(2)\nassert a == Box(2) and a.n == 2 and len(a) == 2", "Box", classes=("Box",)), "PASS"),
    (CodeTest("no()", "no"), "ERROR"),
    (CodeTest("try:\n  no()\nexcept KeyError: pass\nelse: assert False", "no"), "PASS"),
    (CodeTest("assert f(1) + 'a'", "f"), "FAIL ERROR"),
    (CodeTest("assert absent(1)", "absent"), "FAIL ERROR"),
)


def _cells(executor: Executor, rows: list[tuple[str, Test]]) -> list[Outcome]:
    """The cell of each program on its own test."""
    found = dict(executor.run_groups([([Candidate(source)], [test]) for source, test in rows]))
    return [found[i][0, 0] for i in range(len(rows))]


def _one_each(make: Make, rows: list[tuple[str, Test, str]]) -> list[Outcome]:
    """The cells, each of which must have one of its statuses."""
    with make() as executor:
        cells = _cells(executor, [(source, test) for source, test, _ in rows])
    for cell, (source, test, allowed) in zip(cells, rows, strict=True):
        expected = test.expect if isinstance(test, CallTest) else test.code
        where = f"{allowed.replace(' ', ' or ')} for {shorten(source)} where the test wants {shorten(expected)}"
        must(cell.status.name in allowed.split(), where, f"{cell.status.name} ({cell.error})")
    return cells


def _plain(make: Make) -> None:
    rows: list[tuple[str, Test, str]] = []
    for text, value in _PLAIN.items():
        rows.append((f"def f(): return {text}", CallTest("f", expect=Returns(value)), "PASS"))
        rows.append(("def f(x): return [x]", CallTest("f", (value,), expect=Returns([value])), "PASS"))
    for cell, (source, test, _) in zip(_one_each(make, rows), rows, strict=True):
        assert isinstance(test, CallTest)
        assert isinstance(test.expect, Returns)
        value = test.expect.value
        same = type(cell.result) is type(value) and encode(cell.result) == encode(value)
        must(same, f"the very value {shorten(value)} of {source}", cell.result)


def _policies(make: Make) -> None:
    _one_each(
        make,
        [
            (f"def f(): return {text}", CallTest("f", expect=Returns(value, equality)), "PASS" if same else "FAIL")
            for text, value, equality, same in _POLICIES
        ],
    )


def _expectations(make: Make) -> None:
    _one_each(
        make,
        [(f"def f(): {body}", CallTest("f", expect=expect), status.name) for body, expect, status in _EXPECTATIONS],
    )


def _code(make: Make) -> None:
    _one_each(make, [(_PROGRAM, test, allowed) for test, allowed in _CODE])


def _interned(make: Make) -> None:
    sources = ["def f(): return [1, {2}]", "def f(): return [1.0, {True + 1}]", "def f(): return [1, {3}]",
               "def f(): return [1, {2}], 0", "def f(): raise ValueError"]  # fmt: skip
    with make() as executor:
        verdicts = executor.run([Candidate(source) for source in sources], [CallTest("f")] * 2)
    first, second = verdicts.value[:, 0].tolist(), verdicts.value[:, 1].tolist()
    must(first == second, "the same number for the same value in every column", (first, second))
    must(first[0] == first[1], "the same number for [1, {2}] and [1.0, {2}], which are equal", first)
    must(len(set(first)) == 4 and min(first[:4]) >= 0, "different numbers for different values", first)
    must(first[4] == -1, "the number -1 where nothing was returned", first)


def _copies(make: Make) -> None:
    shared = {"a": [1]}
    tests = [CallTest("f", (shared["a"],), {"b": shared}, expect=Returns(2))] * 3
    with make() as executor:
        verdicts = executor.run([Candidate("def f(a, b): a.append(1); b.clear(); return len(a)")], tests)
    names = [Status(status).name for status in verdicts.status[0].tolist()]
    must(names == ["PASS"] * 3, "arguments as the test gives them, each time", names)
    must(shared == {"a": [1]}, "the caller's own arguments to stay as they were", shared)


VALUES = (
    Property("values-plain", "plain data comes back, and goes in, as exactly the same value", _plain, trusted=True),
    Property("values-interned", "equal values share a number, different ones do not, -1 is none", _interned,
             trusted=True),
    Property("values-copied", "a program that changes its arguments changes nobody else's", _copies, trusted=True),
    Property("equality-policies", "exact, close, unordered, set and truth mean what Equality says", _policies,
             trusted=True),
    Property("expectations", "Raises, Satisfies and no expectation are judged as they say", _expectations,
             trusted=True),
    Property("code-tests", "test code passes by running to its end, and only then", _code, trusted=True),
)  # fmt: skip
