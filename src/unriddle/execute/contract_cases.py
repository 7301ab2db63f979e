"""Properties that are tables: programs, the tests they meet, and the statuses that must come of it."""

from __future__ import annotations

from dataclasses import dataclass

from unriddle.candidate import Candidate
from unriddle.errors import shorten
from unriddle.execute.contract_property import Make, Property, must
from unriddle.outcome import Limits, Outcome
from unriddle.problem import CallTest, CodeTest, Returns, Test

__all__ = ["CASES"]

_FAST = Limits(cpu_seconds=0.5, wall_seconds=8.0, max_kills=9)


@dataclass(frozen=True, slots=True)
class _Case:
    """A table: each program with its row of statuses, by name; ``|`` stands between those that are both right."""

    name: str
    meaning: str
    tests: tuple[Test, ...]
    rows: tuple[tuple[str, str], ...]
    limits: Limits = _FAST
    trusted: bool = False

    def check(self, make: Make) -> None:
        """Run the table, every row at once."""
        with make() as executor:
            verdicts = executor.run([Candidate(source) for source, _ in self.rows], self.tests, limits=self.limits)
        for i, (source, expected) in enumerate(self.rows):
            cells = [verdicts[i, j] for j in range(len(self.tests))]
            must(_as(cells, expected), f"{expected} from {shorten(source, 200)}", _shown(cells))


def _as(cells: list[Outcome], expected: str) -> bool:
    allowed = [word.split("|") for word in expected.split()]
    return all(cell.status.name in names for cell, names in zip(cells, allowed, strict=True))


def _shown(cells: list[Outcome]) -> str:
    return " ".join(f"{cell.status.name} ({shorten(cell.error)})" for cell in cells)


_ONE = (CallTest("f", (1,), expect=Returns(2)),)
_THREE_WAYS = (*_ONE, CallTest("f", (1,), expect=Returns(2), isolated=True), CodeTest("assert f(1) == 2", "f"))
_FIVE = tuple(CallTest("f", (i,), expect=Returns(i)) for i in range(5))
_TABLES = (
    _Case("status-answers", "PASS, FAIL and ERROR tell the right value, a wrong one, and none", _THREE_WAYS, (
        ("def f(x): return x + 1", "PASS PASS PASS"),
        ("def f(x): return x", "FAIL FAIL FAIL"),
        ("def f(x): raise ValueError('no')", "ERROR ERROR ERROR"),
        ("def g(x): return 2", "ERROR ERROR ERROR|FAIL"),
        ("f = 2", "ERROR ERROR ERROR|FAIL"),
        ("def f(x: 1 +", "ERROR ERROR ERROR"),
        ("1 / 0\ndef f(x): return 2", "ERROR ERROR ERROR"),
        ("import no_such_module_anywhere\ndef f(x): return 2", "ERROR ERROR ERROR"),
        ("def f(): return 2", "ERROR ERROR ERROR"),
        ("", "ERROR ERROR ERROR|FAIL"),
    ), trusted=True),
    _Case("status-timeout", "a program that computes without end is TIMEOUT, whatever it catches", _THREE_WAYS, (
        ("def f(x):\n  while True: pass", "TIMEOUT TIMEOUT TIMEOUT"),
        ("def f(x): return sum(range(10 ** 12))", "TIMEOUT TIMEOUT TIMEOUT"),
        ("def f(x):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass",
         "TIMEOUT TIMEOUT TIMEOUT"),
        ("while True: pass\ndef f(x): return 2", "TIMEOUT TIMEOUT TIMEOUT"),
    ), Limits(cpu_seconds=0.2, wall_seconds=8.0, max_kills=9)),
    _Case("status-asleep", "a program that waits without end is TIMEOUT by wall time", _ONE, (
        ("import time\ndef f(x): time.sleep(99); return 2", "TIMEOUT"),
        ("import threading\ndef f(x): threading.Event().wait(); return 2", "TIMEOUT"),
    ), Limits(cpu_seconds=5.0, wall_seconds=0.7)),
    _Case("status-memory", "a program that asks for too much memory is MEMORY", _THREE_WAYS[:2], (
        ("def f(x): return len(bytearray(3 << 30)) and 2", "MEMORY MEMORY"),
        ("def f(x):\n  kept = []\n  while True: kept.append(bytearray(16 << 20))", "MEMORY MEMORY"),
        ("kept = bytearray(3 << 30)\ndef f(x): return 2", "MEMORY MEMORY"),
    ), Limits(cpu_seconds=3.0, memory_mb=512, max_kills=9)),
    _Case("status-crash", "a process that ends without an answer is CRASH, whatever its exit code", _THREE_WAYS, (
        ("import os\ndef f(x): os._exit(0)", "CRASH CRASH CRASH"),
        ("import os\ndef f(x): os.abort()", "CRASH CRASH CRASH"),
        ("import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGSEGV)", "CRASH CRASH CRASH"),
        ("import os\nos._exit(0)\ndef f(x): return 2", "CRASH CRASH CRASH"),
        ("import sys\ndef f(x): sys.exit(0)", "ERROR|CRASH ERROR|CRASH ERROR|CRASH"),
    )),
    _Case("status-forbidden", "writing outside the program's own folder is FORBIDDEN", _THREE_WAYS, (
        ("def f(x): open('/unriddle-probe', 'w').write('x'); return 2", "FORBIDDEN FORBIDDEN FORBIDDEN"),
        ("import os\ndef f(x): os.mkdir('/unriddle-probe'); return 2", "FORBIDDEN FORBIDDEN FORBIDDEN"),
    )),
    _Case("status-skipped", "a row is given up, rest SKIPPED, after max_kills killed tests", _FIVE, (
        ("import os\ndef f(x): os._exit(0)", "CRASH CRASH SKIPPED SKIPPED SKIPPED"),
        ("import os\ndef f(x): return x if x in (0, 2) else os._exit(0)", "PASS CRASH PASS CRASH SKIPPED"),
        ("def f(x): raise ValueError", "ERROR ERROR ERROR ERROR ERROR"),
        ("def f(x): return x", "PASS PASS PASS PASS PASS"),
    ), Limits(cpu_seconds=0.5, max_kills=2)),
    _Case("status-skipped-at-one", "max_kills is the caller's to choose", _FIVE[:3], (
        ("import os\ndef f(x): os._exit(0)", "CRASH SKIPPED SKIPPED"),
    ), Limits(cpu_seconds=0.5, max_kills=1)),
    _Case("status-goes-on", "after a killed test the others of the row are still run", _FIVE[:4], (
        ("import os\ndef f(x): return os._exit(0) if x == 1 else x", "PASS CRASH PASS PASS"),
        ("def f(x):\n  while x == 2: pass\n  return x", "PASS PASS TIMEOUT PASS"),
        ("def f(x): return len(bytearray(3 << 30)) if x == 0 else x", "MEMORY PASS PASS PASS"),
    )),
    _Case("limit-cpu-low", "the caller's CPU limit is the one that counts", _ONE, (
        ("import time\ndef f(x):\n  while time.process_time() < 0.6: pass\n  return 2", "TIMEOUT"),
    ), Limits(cpu_seconds=0.2)),
    _Case("limit-cpu-high", "a program within the caller's CPU limit is not ended", _ONE, (
        ("from time import process_time as clock\ndef f(x):\n"
         "  end = clock() + 0.6\n  while clock() < end: pass\n  return 2",
         "PASS"),
    ), Limits(cpu_seconds=4.0, wall_seconds=60.0)),
    _Case("limit-memory-low", "the caller's memory limit is the one that counts", _ONE, (
        ("def f(x): return len(bytearray(400 << 20)) and 2", "MEMORY"),
    ), Limits(memory_mb=300)),
    _Case("limit-memory-high", "a program within the caller's memory limit is not ended", _ONE, (
        ("def f(x): return len(bytearray(400 << 20)) and 2", "PASS"),
    ), Limits(memory_mb=1500)),
    _Case("limit-value", "a result longer than value_bytes is MEMORY, a shorter one is not", (
        CallTest("f", (1_000,), expect=Returns("a" * 1_000)), CallTest("f", (100_000,), expect=Returns("a" * 100_000)),
    ), (
        ("def f(x): return 'a' * x", "PASS MEMORY"),
    ), Limits(value_bytes=10_000)),
)  # fmt: skip

CASES = tuple(Property(table.name, table.meaning, table.check, trusted=table.trusted) for table in _TABLES)
