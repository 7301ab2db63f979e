"""No state passes from one candidate to another, and none between tests that ask for isolation."""

from __future__ import annotations

import pytest

from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Status
from unriddle.execute.python import PythonExecutor

COUNT = "n = 0\ndef f(x):\n  global n\n  n += 1\n  return n"


def test_tests_of_one_candidate_share_a_process_unless_isolated(outcomes) -> None:
    calls = [CallTest("f", (1,)), CallTest("f", (1,)), CallTest("f", (1,), isolated=True), CallTest("f", (1,))]
    assert [c.result for c in outcomes(COUNT, *calls)] == [1, 2, 1, 3]


def test_every_code_test_has_a_fresh_program(outcomes) -> None:
    test = CodeTest("assert f(0) == 1\nassert f(0) == 2", "f")
    assert all(c.passed for c in outcomes(COUNT, test, test))


VANDAL = """
import builtins, sys, os, time, math, json, random, marshal, io
def f(x):
    return 2
builtins.len = lambda x: 99
builtins.sum = None
builtins.isinstance = lambda *a: True
math.pi = 3
time.time = time.process_time = time.monotonic = lambda: 0.0
os.listdir = lambda *a: []
json.loads = lambda *a: "vandal"
random.random = lambda: 4
sys.modules["re"] = None
sys.path.clear()
sys.setrecursionlimit(50000)
os.environ["LEFT"] = "behind"
sys.leftover = "leftover"
"""
PROBE = """
import sys, os, time, math, json, re
def f(x):
    clean = [len([1]) == 1, sum([1]) == 1, not isinstance(1, str), math.pi > 3.1, time.time() > 1e9,
             json.loads("1") == 1, re.match("a", "a") is not None, len(sys.path) > 0, sys.getrecursionlimit() == 1000,
             "LEFT" not in os.environ, not hasattr(sys, "leftover"), os.listdir(".") == []]
    return clean
"""


def test_what_one_candidate_patches_the_next_does_not_see() -> None:
    with PythonExecutor(workers=1) as executor:
        for _ in range(2):
            verdicts = executor.run([Candidate(VANDAL), Candidate(PROBE)], [CallTest("f", (1,))])
            assert verdicts[1, 0].result == [True] * 12, verdicts[1, 0]


def test_patched_clocks_and_writers_do_not_help(outcomes) -> None:
    patches = [
        "import time\ntime.process_time = lambda: 0\ndef f(x):\n  while True: pass",
        "import os\nos.write = lambda fd, data: len(data)\ndef f(x):\n  while True: pass",
        "import os\nos.write = lambda fd, data: len(data)\ndef f(x): return 3",
        "import marshal\nmarshal.dumps = lambda *a: b'i\\7\\0\\0\\0'\ndef f(x): return 3",  # as good as: return 7
        "import unriddle.language.encode as e\ne.encode = lambda *a: b'T'\ndef f(x): return 3",
        "import builtins\nbuiltins.BaseException = ValueError\ndef f(x): raise KeyError",
        "import sys\nsys.setprofile(lambda *a: None); sys.settrace(lambda *a: None)\ndef f(x): return 3",
        "import atexit\natexit.register(print, 'PASS')\ndef f(x): return 3",
        "import gc, sys\nsys.exit = lambda *a: None\ndef f(x): return [o for o in gc.get_objects()][:0] or 3",
    ]
    limits = Limits(cpu_seconds=0.3, wall_seconds=5)
    for patch in patches:
        assert not outcomes(patch, CallTest("f", (1,), expect=Returns(2)), limits=limits)[0].passed, patch


LITTER = """
import os
def f(x):
    os.makedirs("a/b/c")
    open("a/b/c/file", "w").write("left behind")
    os.symlink("/", "link"); os.symlink("nowhere", "dangling")
    here = os.getcwd()
    for i in range(300):
        os.mkdir("d"); os.chdir("d")
    os.chdir(here)
    open(".hidden", "w").close(); open("moved-1", "w").close(); os.mkdir("moved-2"); os.mkdir("moved-2/inner")
    os.mkdir("locked"); open("locked/file", "w").close(); os.makedirs("lock/deep/deeper")
    os.chmod("lock/deep", 0); os.chmod("locked", 0); os.chmod("a", 0o111)
    return sorted(os.listdir("."))
"""
LOOK = "import os\ndef f(x): return [os.listdir('.'), os.getcwd(), open('mine', 'w').write('ok')]"


@pytest.mark.parametrize("deed", ["", "; os.chmod('.', 0)", "; os.chmod('.', 0o500)"])
def test_the_scratch_folder_is_empty_for_the_next_candidate(deed) -> None:
    source = LITTER.replace("    return", f"    found = sorted(os.listdir('.')){deed}\n    return found or")
    with PythonExecutor(workers=1) as executor:
        for _ in range(2):
            verdicts = executor.run([Candidate(source), Candidate(LOOK)], [CallTest("f", (1,), isolated=True)] * 2)
            assert verdicts[0, 0].passed, verdicts[0, 0]
            assert verdicts[1, 0].result == [[], "/scratch", 2], verdicts[1, 0]
            assert verdicts[1, 1].result == [[], "/scratch", 2], "isolated tests do not see each other's files"


def test_littering_does_not_cost_the_sandbox() -> None:
    with PythonExecutor(workers=1) as executor:
        executor.run([Candidate(LOOK)], [CallTest("f", (1,))])
        (first,) = executor._pool._lanes[0].workers.values()
        executor.run([Candidate(LITTER), Candidate("import os\ndef f(x): os.chmod('.', 0)")], [CallTest("f", (1,))])
        executor.run([Candidate(LOOK)], [CallTest("f", (1,))])
        assert list(executor._pool._lanes[0].workers.values()) == [first]


def test_changed_arguments_do_not_reach_the_next_test(outcomes) -> None:
    shared = [3, 1, 2]
    source = "def f(a, b={}):\n  a.sort(); a.append(0); b[len(b)] = 1\n  return a"
    cells = outcomes(source, *[CallTest("f", (shared,), expect=Returns([1, 2, 3, 0]))] * 3)
    assert [c.status for c in cells] == [Status.PASS] * 3
    assert shared == [3, 1, 2]


def test_numpy_arguments_may_be_changed_in_place(outcomes) -> None:
    np = pytest.importorskip("numpy")
    array = np.array([3, 1, 2])
    source = "def f(a):\n  a.sort()\n  a += 1\n  return a"
    cells = outcomes(source, *[CallTest("f", (array,), expect=Returns(np.array([2, 3, 4])))] * 2)
    assert [c.status for c in cells] == [Status.PASS] * 2, cells[0].error
    assert array.tolist() == [3, 1, 2]


def test_results_do_not_depend_on_chance_or_on_the_sandbox() -> None:
    source = (
        "import random\nimport numpy as np\n"
        "def f(x): return [random.random(), random.sample(range(99), 5),"
        " float(np.random.rand()), hash('text'), hash(x),"
        " list({'a', 'b', 'c', 'd', 'e'}), np.random.permutation(9).tolist()]"
    )
    seen = []
    for workers in (1, 2):
        with PythonExecutor(workers=workers) as executor:
            verdicts = executor.run([Candidate(source)] * 3, [CallTest("f", ("x",), isolated=True)] * 2)
            assert verdicts.passed.all(), verdicts[0, 0].error
            assert set(verdicts.value.ravel().tolist()) == {0}
            seen.append(verdicts[0, 0].result)
    assert seen[0] == seen[1]


def test_the_hash_seed_of_this_process_does_not_matter(monkeypatch) -> None:
    found = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with PythonExecutor(workers=1) as executor:
            source = "def f(x): return list({'a', 'b', 'c'})"
            found.append(executor.run([Candidate(source)], [CallTest("f", (1,))])[0, 0].result)
    assert found[0] == found[1]


def test_printed_text_belongs_to_its_test(outcomes) -> None:
    source = "print('loading')\ndef f(x):\n  print('test', x)\n  if x == 2: raise ValueError\n  return x"
    cells = outcomes(source, *[CallTest("f", (i,)) for i in range(4)])
    assert cells[0].stdout.endswith("test 0\n")
    assert [c.stdout for c in cells[1:]] == ["test 1\n", "test 2\n", "test 3\n"]


def test_printing_odd_text_and_closing_the_stream_is_harmless(outcomes) -> None:
    sources = [
        "def f(x):\n  print('\\ud800 \\u20ac \\0 \\xff')\n  return 2",
        "import sys\ndef f(x):\n  sys.stdout.close()\n  return 2",
        "import sys\ndef f(x):\n  sys.stdout.detach()\n  return 2",
        "import sys\ndef f(x):\n  sys.stdout = None\n  print('x')\n  return 2",
        "import sys\ndef f(x):\n  sys.stdout.buffer.write(b'\\xff' * 99)\n  return 2",
        "import sys\ndef f(x):\n  sys.stdin.read()\n  return 2",
        "import sys\ndef f(x):\n  del sys.stdout, sys.stderr\n  return 2",
    ]
    for source in sources:
        (cell,) = outcomes(source, CallTest("f", (1,), expect=Returns(2)))
        assert cell.passed, (source, cell)


def test_input_ends_at_once(outcomes) -> None:
    (cell,) = outcomes("def f(x): return input()", CallTest("f", (1,)))
    assert (cell.status, cell.error.partition(":")[0]) == (Status.ERROR, "EOFError")
