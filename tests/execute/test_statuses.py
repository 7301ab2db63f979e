"""Every status means what its definition says."""

from __future__ import annotations

import pytest

from unriddle import CallTest, CodeTest, Equality, Limits, Raises, Returns, Satisfies, Status

ONE = CallTest("f", (1,), expect=Returns(2))


@pytest.mark.parametrize(
    ("source", "status", "says"),
    [
        ("def f(x): return x + 1", Status.PASS, ""),
        ("def f(x): return x", Status.FAIL, "wrong value"),
        ("def f(x): return 1 / 0", Status.ERROR, "ZeroDivisionError"),
        ("def f(x:", Status.ERROR, "SyntaxError"),
        ("", Status.ERROR, "defines no 'f'"),
        ("def g(x): return 2", Status.ERROR, "it defines g"),
        ("f = 3", Status.ERROR, "TypeError"),
        ("raise KeyError('no')", Status.ERROR, "KeyError"),
        ("def f(): return 2", Status.ERROR, "TypeError"),
        ("import nosuchmodule\ndef f(x): return 2", Status.ERROR, "ModuleNotFoundError"),
        ("def f(x): raise SystemExit(0)", Status.ERROR, "SystemExit"),
        ("raise SystemExit(0)", Status.ERROR, "SystemExit"),
        ("def f(x): raise KeyboardInterrupt", Status.ERROR, "KeyboardInterrupt"),
        ("def f(x): raise AssertionError('a')", Status.ERROR, "AssertionError"),
        ("def f(x):\n  while True: pass", Status.TIMEOUT, "CPU"),
        ("while True: pass\ndef f(x): return 2", Status.TIMEOUT, "CPU"),
        ("def f(x): return len(bytearray(1 << 40))", Status.MEMORY, "MemoryError"),
        ("def f(x): return 'x' * (1 << 25)", Status.MEMORY, "too large"),
        ("import os\ndef f(x): os._exit(0)", Status.CRASH, "exit code 0"),
        ("import os\ndef f(x): os._exit(3)", Status.CRASH, "exit code 3"),
        ("import os\ndef f(x): os.abort()", Status.CRASH, "SIGABRT"),
        ("import os\nos._exit(0)", Status.CRASH, "exit code 0"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", Status.CRASH, "SIGSEGV"),
        ("def f(x): open('/lib/x', 'w')", Status.FORBIDDEN, "Error"),
        ("import os\ndef f(x): os.fork()", Status.FORBIDDEN, "PermissionError"),
        ("import socket\ndef f(x): socket.socket()", Status.FORBIDDEN, "PermissionError"),
    ],
)
def test_a_program_ends_with_the_status_its_deed_defines(outcomes, source, status, says) -> None:
    (outcome,) = outcomes(source, ONE)
    assert outcome.status is status, outcome.error
    assert says in outcome.error


@pytest.mark.parametrize(
    "body", ["a = [0]\n  while True: a = a + a", "a = b''\n  while True: a += bytes(1 << 24)", "return [0] * (1 << 26)"]
)
def test_memory_by_growth_and_by_one_request(outcomes, body) -> None:
    (outcome,) = outcomes(f"def f(x):\n  {body}", ONE, limits=Limits(cpu_seconds=5, memory_mb=256))
    assert outcome.status is Status.MEMORY, outcome.error


def test_a_program_may_recover_from_a_memory_error(outcomes) -> None:
    source = "def f(x):\n  try: bytearray(1 << 40)\n  except MemoryError: return x + 1"
    assert outcomes(source, ONE)[0].passed


def test_sleep_runs_into_the_wall_limit_and_computing_into_the_cpu_limit(outcomes) -> None:
    limits = Limits(cpu_seconds=5.0, wall_seconds=0.7)
    (asleep,) = outcomes("import time\ndef f(x): time.sleep(60)", ONE, limits=limits)
    assert asleep.status is Status.TIMEOUT
    assert "wall" in asleep.error
    (busy,) = outcomes("def f(x):\n  while True: pass", ONE, limits=Limits(cpu_seconds=0.3, wall_seconds=30.0))
    assert busy.status is Status.TIMEOUT
    assert "CPU" in busy.error
    assert busy.cpu_seconds >= 0.3


def test_the_cpu_limit_starts_anew_with_every_test(outcomes) -> None:
    burn = (
        "import time\ndef f(x):\n  end = time.process_time() + 0.3\n  while time.process_time() < end: pass\n  return 2"
    )
    tests = [CallTest("f", (i,), expect=Returns(2)) for i in range(5)]
    cells = outcomes(burn, *tests, limits=Limits(cpu_seconds=0.6, wall_seconds=20))
    assert [c.status for c in cells] == [Status.PASS] * 5
    assert all(0.25 < c.cpu_seconds < 0.6 for c in cells)


def test_loading_has_an_allowance_of_its_own(outcomes) -> None:
    burn = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"
    body = "def f(x):\n  end = time.process_time() + 0.3\n  while time.process_time() < end: pass\n  return 2"
    assert outcomes(burn + body, ONE, limits=Limits(cpu_seconds=0.6, wall_seconds=20))[0].passed


def test_a_killed_test_does_not_lose_the_others(outcomes) -> None:
    source = "import os\ndef f(x):\n  if x == 1: os._exit(0)\n  if x == 3:\n    while True: pass\n  return x"
    tests = [CallTest("f", (i,), expect=Returns(i)) for i in range(6)]
    cells = outcomes(source, *tests, limits=Limits(cpu_seconds=0.4, wall_seconds=20, max_kills=3))
    expected = [Status.PASS, Status.CRASH, Status.PASS, Status.TIMEOUT, Status.PASS, Status.PASS]
    assert [c.status for c in cells] == expected


@pytest.mark.parametrize("max_kills", [1, 2, 4])
def test_a_row_is_given_up_after_max_kills(outcomes, max_kills) -> None:
    tests = [CallTest("f", (i,), expect=Returns(i)) for i in range(5)]
    limits = Limits(cpu_seconds=0.5, wall_seconds=20, max_kills=max_kills)
    cells = outcomes("import os\ndef f(x): os._exit(1)", *tests, limits=limits)
    assert [c.status for c in cells] == [Status.CRASH] * max_kills + [Status.SKIPPED] * (5 - max_kills)
    assert not cells[-1].known


def test_kills_in_code_tests_and_isolated_calls_count_together(outcomes) -> None:
    tests = [CallTest("f", (1,), isolated=True), CallTest("f", (1,)), CodeTest("f(1)", "f"), CodeTest("f(2)", "f")]
    cells = outcomes("import os\ndef f(x): os._exit(1)", *tests)
    assert sorted(c.status.name for c in cells) == ["CRASH", "CRASH", "CRASH", "SKIPPED"]
    assert "given up: 3 of its tests had to be ended; the last: left with exit code 1" in cells[3].error


def test_a_program_that_does_not_load_costs_no_kill_and_every_cell_says_why(outcomes) -> None:
    cells = outcomes("x = 1\nraise ValueError('here')", ONE, ONE, CodeTest("assert f(1) == 2", "f"))
    assert [c.status for c in cells] == [Status.ERROR] * 3
    assert {c.error for c in cells} == {"ValueError: here"}
    assert {c.line for c in cells} == {2}


def test_the_line_is_the_innermost_one_of_the_program(outcomes) -> None:
    (cell,) = outcomes("import json\ndef g(x):\n    return json.loads(x)\n\ndef f(x):\n    return g('{')\n", ONE)
    assert (cell.status, cell.line) == (Status.ERROR, 3)
    (cell,) = outcomes("x = 1\ndef f(x:\n  pass", ONE)
    assert (cell.status, cell.line) == (Status.ERROR, 2)


def test_expect_none_records_the_value(outcomes) -> None:
    good, bad = outcomes("def f(x): return [1 // x]", CallTest("f", (1,)), CallTest("f", (0,)))
    assert (good.status, good.result) == (Status.PASS, [1])
    assert (bad.status, bad.value) == (Status.ERROR, -1)


@pytest.mark.parametrize(
    ("body", "expected", "status"),
    [
        ("raise ValueError('x')", "ValueError", Status.PASS),
        ("raise UnicodeDecodeError('utf-8', b'', 0, 1, 'r')", "ValueError", Status.PASS),
        ("raise KeyError(1)", "LookupError", Status.PASS),
        ("raise ValueError", "Exception", Status.PASS),
        ("raise TypeError", "ValueError", Status.ERROR),
        ("raise Exception", "ValueError", Status.ERROR),
        ("raise SystemExit", "Exception", Status.ERROR),
        ("raise type('Own', (ValueError,), {})('x')", "ValueError", Status.PASS),
        ("raise type('ValueError', (Exception,), {})('x')", "ValueError", Status.ERROR),
        ("return ValueError()", "ValueError", Status.FAIL),
        ("return None", "Exception", Status.FAIL),
    ],
)
def test_raises_takes_the_builtin_exception_and_its_subclasses(outcomes, body, expected, status) -> None:
    (cell,) = outcomes(f"def f():\n  {body}", CallTest("f", expect=Raises(expected)))
    assert cell.status is status, cell.error


def test_a_death_is_not_the_exception_that_was_expected(outcomes) -> None:
    (cell,) = outcomes("import os\ndef f(): os._exit(1)", CallTest("f", expect=Raises("Exception")))
    assert cell.status is Status.CRASH


@pytest.mark.parametrize(
    ("source", "annotation", "status"),
    [
        ("def f(): return 4", "int", Status.PASS),
        ("def f(): return 3", "int", Status.FAIL),
        ("def f(): return True", "int", Status.FAIL),
        ("def f(): return 4.0", "int", Status.FAIL),
        ("def f(): return 4.0", "", Status.PASS),
        ("class I(int): pass\ndef f(): return I(4)", "int", Status.FAIL),
        ("def f(): return [4]", "List[int]", Status.FAIL),
        ("def f(): return None", "int", Status.FAIL),
        ("def f(): raise ValueError", "int", Status.ERROR),
    ],
)
def test_satisfies_asks_the_predicate_and_the_type(outcomes, source, annotation, status) -> None:
    expect = Satisfies("def sat(x, k):\n    return x == k", args=(4,), type=annotation)
    (cell,) = outcomes(source, CallTest("f", expect=expect))
    assert cell.status is status, cell.error


@pytest.mark.parametrize(
    ("verifier", "passes"),
    [
        ("def sat(x): return True", True),
        ("def sat(x): return 1", False),
        ("def sat(x): return 'yes'", False),
        ("def sat(x): assert x == 5", False),
        ("def sat(x): raise ValueError", False),
        ("def sat(x):\n  while True: pass", False),
        ("import os\ndef sat(x): os._exit(0)", False),
        ("def other(x): return True", False),
        ("def sat(x:", False),
    ],
)
def test_only_exactly_true_from_the_verifier_passes(outcomes, verifier, passes) -> None:
    (cell,) = outcomes("def f(): return 4", CallTest("f", expect=Satisfies(verifier)))
    assert cell.status is (Status.PASS if passes else Status.FAIL)


def test_equality_policies_reach_the_judge(outcomes) -> None:
    source = "def f(x): return x"
    cells = outcomes(
        source,
        CallTest("f", (0.1 + 0.2,), expect=Returns(0.3)),
        CallTest("f", (0.1 + 0.2,), expect=Returns(0.3, Equality("close", atol=1e-9))),
        CallTest("f", ([2, 1],), expect=Returns([1, 2], Equality("unordered"))),
        CallTest("f", ([2, 1, 1],), expect=Returns({1, 2}, Equality("set"))),
        CallTest("f", ("no",), expect=Returns(True, Equality("truth"))),
        CallTest("f", ("",), expect=Returns(True, Equality("truth"))),
        CallTest("f", (float("nan"),), expect=Returns(float("nan"))),
        CallTest("f", (True,), expect=Returns(1, Equality(same_type=True))),
    )
    assert [c.passed for c in cells] == [False, True, True, True, True, False, True, False]


def test_value_bytes_bounds_one_result_and_not_the_sum_of_a_row(outcomes) -> None:
    tests = [CallTest("f", (900_000,), expect=Returns("a" * 900_000))] * 6
    cells = outcomes("def f(n): return 'a' * n", *tests, limits=Limits(cpu_seconds=2, value_bytes=1_000_000))
    assert [c.status for c in cells] == [Status.PASS] * 6


def test_an_object_that_is_no_plain_data_satisfies_no_verifier(outcomes) -> None:
    (cell,) = outcomes("def f(): return object()", CallTest("f", expect=Satisfies("def sat(x): return x != 3")))
    assert cell.status is Status.FAIL


def test_the_error_is_one_line(outcomes) -> None:
    (cell,) = outcomes("def f(): raise ValueError('first\\nsecond')", CallTest("f"))
    assert cell.error.startswith("ValueError: first")
    assert "\n" not in cell.error


def test_a_signal_to_itself_is_a_crash_and_not_a_timeout(outcomes) -> None:
    for name in ("SIGTERM", "SIGXCPU", "SIGKILL", "SIGUSR1"):
        source = f"import os, signal\ndef f():\n  os.kill(os.getpid(), signal.{name})\n  return 1"
        (cell,) = outcomes(source, CallTest("f"), limits=Limits(cpu_seconds=3))
        assert cell.status is Status.CRASH, (name, cell.error)
        assert name in cell.error


def test_stopping_itself_runs_into_the_wall_limit(outcomes) -> None:
    source = "import os, signal\ndef f():\n  os.kill(os.getpid(), signal.SIGSTOP)\n  return 1"
    (cell,) = outcomes(source, CallTest("f"), limits=Limits(cpu_seconds=1, wall_seconds=1))
    assert cell.status is Status.TIMEOUT


@pytest.mark.parametrize(
    "body",
    [
        "return g(x)\ndef g(x): return f(x)",
        "import re\n  return re.match('(a+)+$', 'a' * 50 + 'b')",
        "import sys\n  sys.set_int_max_str_digits(0)\n  return len(str(7 ** (10 ** 7)))",
        "import sys\n  sys.setrecursionlimit(10 ** 9)\n  return f(x)",
        "import sys\n  sys.setrecursionlimit(10 ** 9)\n  a = []\n  for i in range(10 ** 6): a = [a]\n  return repr(a)",
        "return 10 ** 10 ** 10",
        "return sum(range(10 ** 12))",
    ],
)
def test_hard_work_of_every_kind_ends(outcomes, body) -> None:
    (cell,) = outcomes(f"def f(x):\n  {body}", ONE)
    assert cell.status in (Status.ERROR, Status.TIMEOUT, Status.MEMORY, Status.CRASH)
