"""Properties of the work itself: output, time and texts; independence of rows; repeatability; beginning and end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from unriddle.candidate import Candidate
from unriddle.execute.contract_property import Make, NotHere, Property, must
from unriddle.outcome import Limits, Outcome
from unriddle.problem import CallTest, CodeTest, Returns, Test
from unriddle.verdicts import Verdicts

__all__ = ["WORK"]

_ONE = CallTest("f", (1,), expect=Returns(2))
_GOOD = Candidate("def f(x): return x + 1")
_PLAIN_LIMITS = Limits(cpu_seconds=2.0)


def _cells(make: Make, source: str, tests: list[Test], limits: Limits = _PLAIN_LIMITS) -> list[Outcome]:
    """The row of one program on a fresh executor."""
    with make() as executor:
        verdicts = executor.run([Candidate(source)], tests, limits=limits)
    return [verdicts[0, j] for j in range(len(tests))]


def _must_pass(verdicts: Verdicts, what: str) -> None:
    cells = [verdicts[i, j] for i in range(verdicts.shape[0]) for j in range(verdicts.shape[1])]
    bad = [f"{cell.status.name} ({cell.error})" for cell in cells if not cell.passed]
    must(not bad, what, ", ".join(bad))


def _stdout(make: Make) -> None:
    source = (
        "import os, sys\ndef f(x):\n  print('test', x, flush=True)\n  if x == 1:\n    print('y' * 3_000_000)\n"
        "    try: os.write(1, b'z' * 300_000); os.write(2, b'e' * 300_000)\n    except OSError: pass\n  return x + 1"
    )
    tests: list[Test] = [CallTest("f", (1,), expect=Returns(2)), CallTest("f", (2,), expect=Returns(3))]
    first, second = _cells(make, source, tests, Limits(cpu_seconds=2.0, output_bytes=500))
    statuses = [first.status.name, second.status.name]
    must(statuses == ["PASS", "PASS"], "printing to change no verdict", statuses)
    must(first.stdout.startswith("test 1\n"), "stdout to begin with what was printed first", first.stdout[:80])
    sizes = [len(cell.stdout.encode()) for cell in (first, second)]
    must(max(sizes) <= 500, "at most output_bytes = 500 bytes of stdout kept per test", f"{sizes} bytes")
    must(second.stdout == "test 2\n", "'test 2\\n' as the stdout of the second test", second.stdout)


def _cpu_seconds(make: Make) -> None:
    source = (
        "import time\ndef f(x):\n  if x == 'sleep': time.sleep(0.3)\n  end = time.process_time() + 0.3\n"
        "  while x == 'burn' and time.process_time() < end: pass"
    )
    tests: list[Test] = [CallTest("f", (what,)) for what in ("nothing", "burn", "sleep", "nothing")]
    cells = _cells(make, source, tests)
    seconds = [cell.cpu_seconds for cell in cells]
    statuses = [cell.status.name for cell in cells]
    must(statuses == ["PASS"] * 4, "four tests that return to pass", statuses)
    must(all(not s < 0 for s in seconds), "CPU seconds of 0 or more, or NaN", seconds)
    must(not (seconds[1] < 0.2 or seconds[1] > 1.0), "about 0.3 CPU seconds for a test that computes so long", seconds)
    must(not max(seconds[0], seconds[2], seconds[3]) > 0.2, "next to none for tests that return or sleep", seconds)


def _details(make: Make) -> None:
    source = "def f(x):\n  if x == 0: return 0\n  if x == 1: return 2\n\n  raise ValueError('told ' + str(x))"
    tests: list[Test] = [CallTest("f", (x,), expect=Returns(2)) for x in (0, 1, 2)]
    wrong, right, raised = _cells(make, source, tests)
    must(right.error == "", "no error text on a PASS", right.error)
    must(wrong.error != "", "a FAIL to say why", wrong.error)
    must("ValueError" in raised.error and "told 2" in raised.error, "the exception's type and message", raised.error)
    must(raised.line == 5, "line 5, where the program raised", raised.line)
    must(len(raised.error.splitlines()) == 1, "an error text of one line", raised.error)
    (broken,) = _cells(make, "def f(x:", [_ONE])
    must("SyntaxError" in broken.error, "a program that does not parse to be told as SyntaxError", broken.error)
    (long,) = _cells(make, "def f(x): raise ValueError('y' * 9_000_000)", [_ONE])
    must(len(long.error) < 100_000, "an error text of bounded length", f"{len(long.error)} characters")


def _deaths_told(make: Make) -> None:
    source = "import os\ndef f(x):\n  while x == 1: pass\n  os._exit(0)"
    tests: list[Test] = [CallTest("f", (x,)) for x in (1, 2, 3)]
    cells = _cells(make, source, tests, Limits(cpu_seconds=0.2, max_kills=2))
    silent = [cell.status.name for cell in cells if not cell.error]
    must(not silent, "TIMEOUT, CRASH and SKIPPED to say why", f"no text for {silent}")


def _isolated(make: Make) -> None:
    source = "import os\nn = 0\ndef f():\n  global n\n  n += 1\n  open('left', 'a').close()\n  return n"
    look = CallTest("f", expect=Returns(1), isolated=True)
    names = [cell.status.name for cell in _cells(make, source, [look, look, CodeTest("assert f() == 1", "f"), look])]
    must(names == ["PASS"] * 4, "a fresh program for every isolated test and every code test", names)


_VANDAL = """
import builtins, math, os, random, sys, time
def f(x): return 2
builtins.len = builtins.isinstance = builtins.print = lambda *a: 99
math.pi, sys.modules["re"], os.environ["LEFT"], sys.leftover = 3, None, "behind", 1
random.seed(1); sys.path.clear(); sys.setrecursionlimit(77_777)
time.time = time.process_time = time.monotonic = os.write = lambda *a: 0
try: open("left", "w").close(); os.mkdir("folder")
except OSError: pass
"""
_PROBE = """
import math, os, re, sys, time
def f(x):
    clean = (len([1]) == 1, not isinstance(1, str), math.pi > 3.1, re is not None, "LEFT" not in os.environ,
             not hasattr(sys, "leftover"), len(sys.path) > 0, sys.getrecursionlimit() < 77_777, time.time() > 1e9,
             "left" not in os.listdir("."), "folder" not in os.listdir("."))
    return 2 if all(clean) else clean
"""


def _independent(make: Make) -> None:
    sources = [_PROBE, _VANDAL, "import os\ndef f(x): os._exit(0)", "def f(x): return 3", _GOOD.source]
    tests: list[Test] = [_ONE, CallTest("f", (1,), expect=Returns(2), isolated=True), CodeTest("assert f(1) == 2", "f")]
    limits = Limits(cpu_seconds=1.0, max_kills=9)
    wanted = ["PASS", "", "CRASH", "FAIL", "PASS"]
    with make() as executor:
        for order in ((0, 1, 2, 3, 4), (1, 0, 2, 4, 3), (4, 3, 2, 1, 0), (1, 2, 0, 3, 4)):
            verdicts = executor.run([Candidate(sources[i]) for i in order], tests, limits=limits)
            for place, i in enumerate(order):
                names = [verdicts[place, j].status.name for j in range(3)]
                shown = f"{names} with {verdicts[place, 0].result!r} after the programs {order[:place]}"
                must(not wanted[i] or names == [wanted[i]] * 3, f"program {i} to be {wanted[i]} in any order", shown)


_CHANCE = """
import random
try: import numpy
except ImportError: numpy = None
def f(x):
    drawn = [random.random(), random.sample(range(99), 5), hash("text"), hash(x), list({"a", "b", "c", "d", "e"})]
    return drawn + ([] if numpy is None else [float(numpy.random.rand()), numpy.random.permutation(9).tolist()])
"""


def _repeatable(make: Make) -> None:
    tests = [CallTest("f", ("x",)), CallTest("f", ("x",)), CallTest("f", ("x",), isolated=True)]
    found: list[Verdicts] = []
    for _ in range(2):
        with make() as executor:
            found.append(executor.run([Candidate(_CHANCE), _GOOD, Candidate("def f(x): return {x, 'b'}")] * 2, tests))
    first, second = found
    _must_pass(first.take([0]), "a program that draws random numbers to return them")
    rows = first.value[:3].tolist(), first.value[3:].tolist()
    must(rows[0] == rows[1], "the same row for the same program, random numbers and hashes included", rows)
    for name in ("status", "value"):
        pair = [getattr(verdicts, name).tolist() for verdicts in found]
        must(np.array_equal(*pair), f"two runs with the same {name}", pair)
    must(first.values == second.values, "two runs with the same values, byte for byte", (first.values, second.values))
    must(dict(first.details) == dict(second.details), "two runs with the same texts", (first.details, second.details))


def _again(make: Make) -> None:
    executor = make()
    for turn in ("first", "second", "third"):
        with executor:
            _must_pass(executor.run([_GOOD] * 3, [_ONE]), f"the executor to work when it is entered a {turn} time")


def _abandoned(make: Make) -> None:
    with make() as executor:
        for _ in range(3):
            rows = executor.stream([Candidate(f"def f(x): return {i} + 100") for i in range(8)], [_ONE])
            next(iter(rows))
            del rows
            _must_pass(executor.run([_GOOD] * 3, [_ONE]), "the run after an abandoned stream to be its own")
        groups = executor.run_groups(([Candidate(f"def f(x): return -{i}")], [_ONE]) for i in range(99))
        next(groups)
        del groups
        _must_pass(executor.run([_GOOD] * 3, [_ONE]), "the run after abandoned groups to be its own")


def _nothing_left(make: Make) -> None:
    if not Path("/proc/self/task").exists():
        raise NotHere("there is no /proc here to look at")
    sleeper = (
        "from threading import Thread\nimport time\ndef f(x): Thread(target=time.sleep, args=(99,)).start(); return 2"
    )
    sources = ["import os\ndef f(x): os._exit(0)", "def f(x):\n  while True: pass", sleeper]
    programs = [_GOOD, *map(Candidate, sources)]
    before = _children(), _descriptors()
    with make() as executor:
        executor.run(programs, [_ONE, CodeTest("assert f(1) == 2", "f")], limits=Limits(cpu_seconds=0.2))
        rows = executor.stream(programs, [_ONE], limits=Limits(cpu_seconds=0.2))
        next(iter(rows))
        del rows
    end = time.monotonic() + 2
    while (_children() - before[0] or _descriptors() > before[1]) and time.monotonic() < end:
        time.sleep(0.05)
    left = sorted(_children() - before[0])
    must(not left, "no process of the executor to be left after its end", f"the processes {left}")
    more = _descriptors() - before[1]
    must(more <= 0, "no file descriptor of the executor to be left after its end", f"{more} more than before")


def _children() -> set[int]:
    """Process numbers of everything that descends from this process, as far as it can be seen."""
    found: set[int] = set()
    stack = [os.getpid()]
    while stack:
        for task in Path(f"/proc/{stack.pop()}/task").glob("*/children"):
            try:
                new = {int(pid) for pid in task.read_text().split()} - found
            except OSError:
                continue
            found |= new
            stack += new
    return found


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


WORK = (
    Property("stdout-bounded", "what a test prints is kept up to output_bytes, each test for itself", _stdout),
    Property("cpu-seconds", "CPU seconds are those of the test: not negative, no waiting in them", _cpu_seconds,
             trusted=True),
    Property("details-errors", "errors come with type, message and line; a PASS with none", _details, trusted=True),
    Property("details-deaths", "TIMEOUT, CRASH and SKIPPED say why", _deaths_told),
    Property("tests-isolated", "isolated tests and code tests see no state of earlier ones", _isolated),
    Property("rows-independent", "no program changes what becomes of another, in whatever order", _independent),
    Property("runs-repeatable", "two runs are the same apart from time: hashes and random numbers too", _repeatable),
    Property("life-again", "an executor works again after it was left", _again, trusted=True),
    Property("life-abandoned", "an abandoned stream does not answer the next run", _abandoned, trusted=True),
    Property("life-nothing-left", "no processes and no descriptors stay behind", _nothing_left),
)  # fmt: skip
