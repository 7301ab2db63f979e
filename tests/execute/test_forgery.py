"""A candidate that talks to the judge directly gains nothing: no value it could not have returned, no other status.

The sandboxed program can read its own nonce by walking frames; the tests here give it every such help.
"""

from __future__ import annotations

import math

import pytest

from unriddle import CallTest, Candidate, Limits, Returns, Status

FORGER = """
import marshal, os, struct, sys, time
def secrets():
    frame = sys._getframe()
    while not {"nonce", "capture"} <= set(frame.f_locals):
        frame = frame.f_back
    return frame.f_locals
def send(kind, value=b"N", cpu=0.0, out="", error="", message="", line=0, number=0, nonce=None):
    harness = sys.modules["unriddle.execute.inside.harness"]
    harness.send(nonce or secrets()["nonce"], kind.encode("utf-8", "replace")[:1] or b"?", cpu_seconds=cpu, value=value,
                 stdout=out.encode("utf-8", "replace"), error=(error, message, line, number))
TWO = marshal.dumps(2, 2)
"""
ONE = CallTest("f", (1,), expect=Returns(2))


def test_forged_values_are_judged_like_returned_ones(outcomes) -> None:
    wrong = FORGER + "def f(x):\n  send('V', marshal.dumps(3, 2)); os._exit(0)"
    assert outcomes(wrong, ONE)[0].status is Status.FAIL


@pytest.mark.parametrize("kind", ["P", "PASS", "", "T", "G", "X", "A", "L", "E", "K", "\ud800"])
def test_no_kind_of_frame_says_passed(outcomes, kind) -> None:
    source = FORGER + f"def f(x):\n  send({kind!r}, TWO); os._exit(0)"
    assert not outcomes(source, ONE)[0].passed


def test_frames_with_another_nonce_are_not_read(outcomes) -> None:
    source = FORGER + "def f(x):\n  send('V', TWO, nonce=b'x' * 8); os._exit(0)"
    assert outcomes(source, ONE)[0].status is Status.CRASH


def test_printing_a_verdict_is_only_printing(outcomes) -> None:
    source = (
        "import os, sys\ndef f(x):\n  print('PASS', 0, True)\n  os.write(1, b'PASS'); os.write(2, b'0')\n  return 3"
    )
    (cell,) = outcomes(source, ONE)
    assert cell.status is Status.FAIL


def test_early_exit_with_success_is_no_pass(outcomes) -> None:
    for code in (
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
        "raise SystemExit(0)",
        "quit = exit\nimport os; os._exit(0)",
    ):
        assert not outcomes(f"{code}\ndef f(x): return 2", ONE)[0].passed


@pytest.mark.parametrize("lie", ["-1e300", "float('nan')", "float('inf')", "-1.0", "1e300"])
def test_cpu_seconds_are_what_the_kernel_measured(executor, outcomes, lie) -> None:
    (cell,) = outcomes(FORGER + f"def f(x):\n  send('V', TWO, cpu={lie}); return 2", ONE)
    assert math.isnan(cell.cpu_seconds) or 0 <= cell.cpu_seconds < 1.0


def test_an_understated_cpu_time_does_not_hide_the_work(outcomes) -> None:
    burn = "  end = time.process_time() + 0.3\n  while time.process_time() < end: pass\n"
    (cell,) = outcomes(FORGER + f"def f(x):\n{burn}  send('V', TWO, cpu=0.0); os._exit(0)", ONE)
    assert cell.cpu_seconds >= 0.25 or not cell.passed


def test_forged_text_is_bounded_and_storable(outcomes, tmp_path, executor) -> None:
    from unriddle import verdicts_file

    source = FORGER + "def f(x):\n  send('E', out='x' * 999999, error='Y' * 99999, message='z' * 999999, line=1 << 90)"
    limits = Limits(cpu_seconds=0.5, output_bytes=1000)
    verdicts = executor.run([Candidate(source)], [ONE], limits=limits)
    cell = verdicts[0, 0]
    assert cell.status is Status.ERROR
    assert len(cell.stdout) <= 1000
    assert len(cell.error) <= 10_000
    for name in ("v.npz", "v.parquet"):
        pytest.importorskip("pyarrow")
        verdicts_file.save(verdicts, tmp_path / name)
        assert verdicts_file.load(tmp_path / name)[0, 0].status is Status.ERROR


def test_a_line_number_beyond_every_file_is_not_kept(outcomes) -> None:
    (cell,) = outcomes(FORGER + "def f(x):\n  send('E', error='ValueError', line=1 << 100_000)", ONE)
    assert cell.status is Status.ERROR
    assert 0 <= cell.line < 2**31


def test_forged_surrogates_in_texts_are_harmless(outcomes) -> None:
    (cell,) = outcomes(FORGER + "def f(x):\n  send('E', error='\\ud800', message='\\udfff', out='\\ud800')", ONE)
    assert cell.status is Status.ERROR


def test_more_frames_than_tests_change_nothing_in_other_rows(executor) -> None:
    forger = FORGER + "def f(x):\n  for i in range(50): send('V', TWO)\n  return 2"
    honest = "def f(x): return x + 1"
    verdicts = executor.run([Candidate(forger), Candidate(honest), Candidate("def f(x): return 0")], [ONE])
    assert verdicts.status[:, 0].tolist() == [Status.PASS, Status.PASS, Status.FAIL]


def test_frames_do_not_buy_cpu_time(outcomes) -> None:
    source = FORGER + (
        "def f(x):\n  end = time.process_time() + 2.4\n"
        "  while time.process_time() < end:\n    send('K')\n    time.sleep(0.001)\n"
        "    for i in range(20000): pass\n  return 2"
    )
    (cell,) = outcomes(source, ONE, limits=Limits(cpu_seconds=0.5, wall_seconds=20))
    assert cell.status is Status.TIMEOUT


def test_frames_do_not_buy_wall_time(outcomes) -> None:
    source = FORGER + "def f(x):\n  for i in range(60):\n    send('K'); time.sleep(0.1)\n  return 2"
    (cell,) = outcomes(source, ONE, limits=Limits(cpu_seconds=1, wall_seconds=1.0))
    assert cell.status is Status.TIMEOUT


@pytest.mark.parametrize(
    "bytes_",
    [
        "b'\\xff' * 100000",
        "b'\\0' * 4000",
        "struct.pack('<I', 2**32 - 1) + b'x'",
        "struct.pack('<I', 5) + b'hello'",
        "os.urandom(5000)",
        "struct.pack('<I', 6) + b'(\\x09\\0\\0\\0N'",
    ],
)
def test_garbage_on_every_descriptor_is_not_a_pass(outcomes, bytes_) -> None:
    source = (
        "import os, struct\ndef f(x):\n  for fd in range(3, 21):\n    try: os.write(fd, " + bytes_ + ")\n"
        "    except OSError: pass\n  return 2\n"
    )
    later = CallTest("f", (5,), expect=Returns(7))
    first, second = outcomes(source, ONE, later)
    assert not first.passed
    assert first.known
    assert not second.passed


def test_a_flood_on_the_result_pipe_ends_the_row_with_memory(outcomes) -> None:
    source = (
        "import os\ndef f(x):\n  while True:\n    for fd in range(3, 21):\n"
        "      try: os.write(fd, b'\\xff' * 65536)\n      except OSError: pass\n"
    )
    (cell,) = outcomes(source, ONE, limits=Limits(cpu_seconds=10, value_bytes=1 << 20))
    assert cell.status is Status.MEMORY


def test_floods_on_standard_output_are_drained_and_cut(outcomes) -> None:
    source = (
        "import os, sys\ndef f(x):\n  print('first', flush=True)\n  for i in range(300):\n    print('y' * 10000)\n"
        "    os.write(1, b'z' * 65536); os.write(2, b'e' * 65536)\n    sys.stderr.write('e' * 65536)\n  return 2"
    )
    (cell,) = outcomes(source, ONE, limits=Limits(cpu_seconds=5, output_bytes=500))
    assert cell.passed
    assert cell.stdout.startswith("first\nyyy")
    assert len(cell.stdout) <= 500


def test_closed_descriptors_are_no_pass_and_no_infra(outcomes) -> None:
    for code in ("os.closerange(0, 64)", "os.closerange(3, 64)", "[os.dup2(0, fd) for fd in range(3, 21)]"):
        (cell,) = outcomes(f"import os\ndef f(x):\n  {code}\n  return 2", ONE)
        assert cell.status is Status.CRASH, (code, cell)


def test_closing_the_pipe_does_not_buy_endless_time(outcomes) -> None:
    (cell,) = outcomes("import os\ndef f(x):\n  os.closerange(3, 64)\n  while True: pass", ONE)
    assert cell.status in (Status.CRASH, Status.TIMEOUT)


def test_the_expected_value_is_nowhere_in_the_candidates_process(outcomes) -> None:
    needle = "expected" + "-needle-" + "q7Zk31xW"
    halves = needle[:14], needle[14:]
    source = f"""
import gc, sys, ctypes
needle = lambda: {halves[0]!r} + {halves[1]!r}
def seen():
    wanted = needle()
    frame, found, visited = sys._getframe(1), [], set()
    stack = [sys.modules, *gc.get_objects()]
    while frame is not None:
        stack += [frame.f_locals, frame.f_globals]
        frame = frame.f_back
    while stack:
        thing = stack.pop()
        if id(thing) in visited:
            continue
        visited.add(id(thing))
        if type(thing) in (str, bytes, bytearray):
            text = thing if type(thing) is str else bytes(thing).decode("latin-1")
            if wanted in text and thing is not wanted:
                found.append(text[:80])
        elif type(thing) in (list, tuple, set, frozenset):
            stack += list(thing)
        elif type(thing) is dict:
            stack += [*thing.keys(), *thing.values()]
    return found
def f(x):
    return seen()
"""
    expected = CallTest("f", (1,), expect=Returns(needle))
    (cell,) = outcomes(source, expected, limits=Limits(cpu_seconds=10))
    assert cell.result == [], cell.error
    (known,) = outcomes(source, CallTest("f", (needle,)), limits=Limits(cpu_seconds=10))
    assert known.result != [], "the search must be able to find what is there"


def test_the_expected_value_is_not_in_its_raw_memory(outcomes) -> None:
    source = """
import ctypes, gc
def f(x):
    needle = ("raw-needle-" + "u8Qm52").encode() + b"-end"
    pages = {id(thing) & ~4095 for thing in gc.get_objects()}
    hits = sum(needle in ctypes.string_at(page, 4096).replace(needle[:-4] + b'")', b"") for page in pages)
    return [hits, len(pages) > 10]
"""
    test = CallTest("f", (1,), expect=Returns("raw-needle-" + "u8Qm52" + "-end"))
    (cell,) = outcomes(source, test, limits=Limits(cpu_seconds=20, wall_seconds=60))
    assert cell.result is not None
    assert cell.result[1]
    assert cell.result[0] <= 1, "its own copy at most"


def test_a_value_cannot_lie_about_itself(outcomes) -> None:
    liars = [
        "class L:\n  def __eq__(s, o): return True\n  def __reduce__(s): return (int, (2,))",
        "class L(int):\n  def __eq__(s, o): return True\n  def __int__(s): return 2\n  def __index__(s): return 2",
        "class L(str):\n  def __eq__(s, o): return True",
        "class L(list):\n  def __eq__(s, o): return True\n  def __iter__(s): return iter([2])",
        "class L(dict):\n  def __eq__(s, o): return True",
        "class L(bool.__class__):\n  pass\nL = type('L', (), {'__eq__': lambda s, o: True, '__class__': int})",
    ]
    for liar in liars:
        cells = outcomes(f"{liar}\ndef f(x): return L()", ONE, CallTest("f", (1,), expect=Returns([2])))
        assert [c.status for c in cells] == [Status.FAIL, Status.FAIL], liar


def test_an_array_is_not_the_number_it_broadcasts_to(outcomes) -> None:
    (cell,) = outcomes("import numpy as np\ndef f(x): return np.array([2])", ONE)
    assert cell.status is Status.FAIL
