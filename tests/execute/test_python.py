"""PythonExecutor as a service: shapes and order, reuse, dead sandboxes, interruption, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Satisfies, Status
from unriddle.errors import BadInput, BadProblem
from unriddle.execute.python import PythonExecutor

GOOD, WRONG, RAISES = "def f(x): return x + 1", "def f(x): return x", "def f(x): raise ValueError"
DIES = "import os\ndef f(x): os._exit(1)"
TESTS = [
    CallTest("f", (1,), expect=Returns(2)),
    CallTest("f", (2,), expect=Returns(3), isolated=True),
    CodeTest("assert f(3) == 4", "f"),
    CallTest("f", (3,), expect=Satisfies("def sat(x): return x == 4")),
]
SOURCES = [GOOD, WRONG, RAISES, DIES, GOOD + "\n", "def f(x:"]


def _candidates() -> list[Candidate]:
    return [Candidate(source, prior=-float(i)) for i, source in enumerate(SOURCES)]


def test_run_stream_and_groups_agree(executor) -> None:
    whole = executor.run(_candidates(), TESTS)
    rows = dict(executor.stream(_candidates(), TESTS))
    assert sorted(rows) == list(range(len(SOURCES)))
    for i, row in rows.items():
        assert row.shape == (1, len(TESTS))
        assert row.candidates == whole.candidates[i : i + 1]
        assert row.status.tolist() == whole.status[i : i + 1].tolist()
        assert [row[0, j].result for j in range(4)] == [whole[i, j].result for j in range(4)]
    groups = dict(executor.run_groups([(_candidates(), TESTS), (_candidates()[::-1], TESTS[:1])]))
    assert groups[0].status.tolist() == whole.status.tolist()
    assert groups[1].status[:, 0].tolist() == whole.status[::-1, 0].tolist()
    assert groups[0].value.tolist() == whole.value.tolist()


def test_many_rows_come_back_in_their_own_places(executor) -> None:
    candidates = [Candidate(f"def f(x): return x * {i}") for i in range(60)]
    verdicts = executor.run(candidates, [CallTest("f", (7,)), CodeTest("assert f(1) < 30", "f")])
    assert [verdicts[i, 0].result for i in range(60)] == [7 * i for i in range(60)]
    assert verdicts.passed[:, 1].tolist() == [i < 30 for i in range(60)]


def test_no_candidates_and_no_tests(executor) -> None:
    assert executor.run([], TESTS).shape == (0, 4)
    assert executor.run([], TESTS).tests == ("t0", "t1", "t2", "t3")
    nothing = executor.run([Candidate(GOOD)] * 2, [])
    assert nothing.shape == (2, 0)
    assert not nothing.solved().any()
    assert list(executor.stream([], TESTS)) == []
    assert list(executor.run_groups([])) == []
    assert sorted(n for n, _ in executor.run_groups([([], TESTS), ([Candidate(GOOD)], []), ([], [])])) == [0, 1, 2]


def test_info_holds_what_a_reader_needs(executor) -> None:
    info = executor.run([Candidate(GOOD)], TESTS, limits=Limits(cpu_seconds=2.5)).info
    assert info["isolation"] == "namespaces+seccomp" == executor.isolation
    assert info["limits"]["cpu_seconds"] == 2.5
    assert info["limits"]["wall_seconds"] == 12.5
    assert {"python", "unriddle", "packages"} <= set(info)


def test_the_caller_is_told_of_its_own_mistakes(executor) -> None:
    with pytest.raises(BadInput, match="javascript"):
        executor.run([Candidate("x", language="javascript")], TESTS)
    for args in ((object(),), (iter([1]),), ([lambda: 1],)):
        with pytest.raises(BadProblem, match="plain data"):
            executor.run([Candidate(GOOD)], [CallTest("f", args)])
    with pytest.raises(BadProblem, match="plain data"):
        executor.run([Candidate(GOOD)], [CallTest("f", expect=Returns(object()))])
    with pytest.raises(BadProblem, match="Wrong"):
        executor.run([Candidate(GOOD)], [CallTest("f", expect=Satisfies("", type="Wrong"))])
    with pytest.raises(BadInput, match="workers"):
        PythonExecutor(workers=0)
    assert executor.run([Candidate(GOOD)], TESTS).passed.all(), "and goes on working"


def test_a_bad_group_in_the_middle_spoils_nothing_after_it(executor) -> None:
    good = ([Candidate(GOOD)], TESTS)
    with pytest.raises(BadProblem):
        list(executor.run_groups([good, ([Candidate(GOOD)], [CallTest("f", (object(),))]), good]))
    assert executor.run(*good).passed.all()


def test_two_executors_at_once(executor) -> None:
    with PythonExecutor(workers=1) as other:
        ours, theirs = executor.stream(_candidates(), TESTS), other.stream(_candidates(), TESTS)
        pairs = [(next(ours), next(theirs)) for _ in SOURCES]
    status = {which: {i: row.status.tolist() for i, row in rows} for which, rows in enumerate(zip(*pairs, strict=True))}
    assert status[0] == status[1]


def test_an_executor_can_be_used_again_after_close() -> None:
    executor = PythonExecutor(workers=1)
    try:
        for _ in range(2):
            assert executor.run([Candidate(GOOD)], TESTS).passed.all()
            executor.close()
            executor.close()
    finally:
        executor.close()


def _workers(executor: PythonExecutor) -> list:
    return [worker for lane in executor._pool._lanes for worker in lane.workers.values()]


def test_a_killed_idle_sandbox_is_replaced() -> None:
    with PythonExecutor(workers=2) as executor:
        executor.run([Candidate(GOOD)] * 4, TESTS)
        for worker in _workers(executor):
            os.kill(worker._process.pid, signal.SIGKILL)
        verdicts = executor.run([Candidate(GOOD), Candidate(WRONG)] * 3, TESTS)
        assert verdicts.passed.all(axis=1).tolist() == [True, False] * 3
        assert verdicts.known.all()


@pytest.mark.parametrize("which", ["candidate", "driver"])
def test_a_sandbox_killed_at_work_gives_the_right_row_or_infra(which) -> None:
    slow = "import time\ndef f(x):\n  time.sleep(0.4)\n  return x + 1"
    with PythonExecutor(workers=1) as executor:
        executor.run([Candidate(GOOD)], TESTS)
        rows = executor.stream([Candidate(GOOD), Candidate(slow), Candidate(WRONG), Candidate(GOOD)], TESTS)
        found = {0: next(rows)[1]}
        (lane,) = executor._pool._lanes
        os.kill(lane.workers[which, False]._process.pid, signal.SIGKILL)
        found.update(rows)
        for i, expected in enumerate([Status.PASS, Status.PASS, Status.FAIL, Status.PASS]):
            assert set(found[i].status[0].tolist()) <= {expected, Status.INFRA}
        assert executor.run([Candidate(GOOD)], TESTS).passed.all()


def _open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _children() -> set[str]:
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_nothing_is_left_after_close(executor, tmp_path, monkeypatch) -> None:
    descriptors, children = _open_descriptors(), _children()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for isolation in ("namespaces+seccomp", "rlimits only"):
        with PythonExecutor(workers=2, isolation=isolation) as other:
            other.run([*_candidates(), Candidate("import numpy\ndef f(x): open('left', 'w')")], TESTS)
            stream = other.stream(_candidates(), TESTS)
            next(stream)
            del stream
    assert _open_descriptors() == descriptors
    assert _children() == children
    assert list(tmp_path.iterdir()) == []


def test_an_abandoned_stream_does_not_answer_the_next_run(executor) -> None:
    for _ in range(3):
        stream = executor.stream([Candidate(f"def f(x): return {i} + 100") for i in range(8)], TESTS[:1])
        next(stream)
        stream.close()
        verdicts = executor.run([Candidate("def f(x): return 2")], TESTS[:1])
        assert verdicts[0, 0].result == 2


def test_an_interrupt_leaves_no_processes() -> None:
    code = """
    import os, signal, threading
    from pathlib import Path
    from unriddle import CallTest, Candidate, Limits
    from unriddle.execute.python import PythonExecutor
    def children():
        return {p for t in Path("/proc/self/task").iterdir() for p in (t / "children").read_text().split()}
    executor = PythonExecutor(workers=2)
    with executor:
        threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            executor.run([Candidate("import time\\ndef f(x): time.sleep(30)")] * 4, [CallTest("f", (1,))])
        except KeyboardInterrupt:
            print("interrupted")
        verdicts = executor.run([Candidate("def f(x): return 5")], [CallTest("f", (1,))])
        print(verdicts[0, 0].result)
    print("left", children())
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120)
    assert run.stdout.split("\n")[:3] == ["interrupted", "5", "left set()"], run.stderr


def test_a_process_that_dies_takes_its_sandboxes_along() -> None:
    code = """
    import os
    from pathlib import Path
    from unriddle import Candidate, CallTest
    from unriddle.execute.python import PythonExecutor
    executor = PythonExecutor(workers=1)
    executor.run([Candidate("def f(x): return 5")], [CallTest("f", (1,))])
    pids = [p for t in Path("/proc/self/task").iterdir() for p in (t / "children").read_text().split()]
    pids += [p for q in list(pids) for p in Path(f"/proc/{q}/task/{q}/children").read_text().split()]
    print(*pids, flush=True)
    os.kill(os.getpid(), 9)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    pids = run.stdout.split()
    assert len(pids) == 2
    for _ in range(200):
        alive = [pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and not _is_zombie(pid)]
        if not alive:
            break
        signal.sigtimedwait([], 0.05)
    assert alive == []


def _is_zombie(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_limits_that_make_no_sense_are_refused_or_work(executor) -> None:
    for limits in (Limits(cpu_seconds=1, wall_seconds=1e6), Limits(cpu_seconds=0.001), Limits(max_kills=1)):
        assert executor.run([Candidate(GOOD)], TESTS[:1], limits=limits).known.all()
    for endless in ({"cpu_seconds": float("inf")}, {"wall_seconds": float("inf")}):
        with pytest.raises(BadInput, match="must be less than"):
            Limits(**endless)


def test_large_values_travel(executor) -> None:
    verdicts = executor.run(
        [Candidate("def f(x): return list(range(x))")],
        [CallTest("f", (300_000,), expect=Returns(list(range(300_000))))],
    )
    assert verdicts[0, 0].status is Status.PASS
    again = executor.run(
        [Candidate("def f(x): return x")], [CallTest("f", ("z" * 3_000_000,), expect=Returns("z" * 3_000_000))]
    )
    assert again[0, 0].status is Status.PASS
