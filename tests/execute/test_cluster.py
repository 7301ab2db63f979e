"""The executor on a real Ray cluster: two nodes on this machine, bound to the loopback address."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import unriddle
from unriddle import CallTest, Candidate, CodeTest, Limits, Raises, Returns, Satisfies, Status, Verdicts
from unriddle.errors import BadInput, BadProblem, ExecutorError, IsolationError
from unriddle.execute import open_executor
from unriddle.execute.cluster import ClusterExecutor
from unriddle.execute.python import PythonExecutor

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")

FAST = Limits(cpu_seconds=0.2, wall_seconds=20.0)
STORE = "--object-store-memory=80000000"
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
# A lost node is noticed within seconds.
HEALTH = {"RAY_health_check_period_ms": "500", "RAY_health_check_timeout_ms": "5000"}
# Ray lets a second node join through the machine's own address only; this one is told that it is at 127.0.0.1 too.
JOIN = """
import ctypes, sys
from ray._private import services
from ray.scripts.scripts import main
libc = ctypes.CDLL(None)
libc.prctl(1, 15, 0, 0, 0)
services.resolve_ip_for_localhost = lambda host: host
services.get_node_ip_address = lambda *address: "127.0.0.1"
{more}
main()
"""
AS_ANOTHER_MACHINE = "libc.personality(8)"
"""The node's kernel calls itself i686 from here on, for which there is no system call filter."""

TESTS = [
    CallTest("f", (1,), expect=Returns(2), name="one"),
    CallTest("f", (2,), {"k": 5}, expect=Returns(7)),
    CallTest("f", ("a",), expect=Raises("TypeError")),
    CallTest("f", (2,), expect=Satisfies("def sat(x, y): return x == y", args=(3,), type="int"), isolated=True),
    CallTest("f", (np.arange(3),)),
    CodeTest("assert f(1) == 2", "f"),
]
SOURCES = [
    "def f(x, k=1): return x + k",
    "def f(x, k=1):\n  print('seen')\n  return 0",
    "def f(x, k=1): raise ValueError('no')",
    "def f(x, k=1):\n  while True: pass",
    "import os\ndef f(x, k=1): os.kill(os.getpid(), 11)",
    "def f(x, k=1): return object()",
    "def f(x",
]
BURN = (
    "import time\ndef f(x):\n  end = time.process_time() + 0.1\n  while time.process_time() < end: pass\n  return {i}"
)


def _start(folder: Path, name: str, *args: str, code: str = "from ray.scripts.scripts import main; main()"):
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **LOOPBACK, **HEALTH}
    if code.startswith("\n"):
        del env["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"]
    with (folder / name).open("wb") as log:
        command = [sys.executable, "-c", code, "start", "--block", "--node-ip-address=127.0.0.1", "--num-cpus=2", STORE]
        return subprocess.Popen(
            [*command, *args], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _until(true, what: str, *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def _alive() -> int:
    import ray

    return sum(node["Alive"] for node in ray.nodes())


def _stop(process: subprocess.Popen, how: int = signal.SIGTERM) -> None:
    os.killpg(process.pid, how) if how == signal.SIGKILL else process.send_signal(how)
    process.wait(timeout=60)


class Cluster:
    """Two nodes, and more on request; the first one is the head."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.nodes = folder, []
        args = ["--head", "--port=0", f"--temp-dir={folder}", "--include-dashboard=false"]
        self.nodes.append(_start(folder, "head.log", *args))
        written = folder / "ray_current_cluster"
        _until(lambda: written.exists() and written.read_text().strip(), "the head node")
        self.address = written.read_text().strip()
        self.add("second.log")

    def add(self, name: str, *, more: str = "") -> subprocess.Popen:
        self.nodes.append(_start(self.folder, name, f"--address={self.address}", code=JOIN.replace("{more}", more)))
        return self.nodes[-1]


@pytest.fixture(scope="module")
def cluster(processes) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="unr-ray-", ignore_cleanup_errors=True) as folder:
        made = Cluster(Path(folder))
        try:
            _until(lambda: "Ray runtime started" in (Path(folder) / "second.log").read_text(), "the second node")
            yield made
        finally:
            for process in reversed(made.nodes):
                if process.poll() is None:
                    _stop(process)
        _until(lambda: not processes.with_text(folder), "the end of Ray's processes")


@pytest.fixture(scope="module")
def executor(cluster) -> Iterator[ClusterExecutor]:
    try:
        with ClusterExecutor(cluster.address, workers=2) as running:
            assert running.n_workers == 2
            yield running
    except IsolationError as error:
        pytest.skip(f"no full isolation on this machine: {error}")


def _outcomes(verdicts: Verdicts) -> list[list[tuple]]:
    n, m = verdicts.shape
    cells = [[verdicts[i, j] for j in range(m)] for i in range(n)]
    return [[(c.status, c.value, repr(c.result), c.stdout, c.error, c.line) for c in row] for row in cells]


def _mixed() -> list[Candidate]:
    return [Candidate(s, prior=None if i % 3 else -i / 2, meta={"not": lambda: 0}) for i, s in enumerate(SOURCES * 2)]


@pytest.fixture(scope="module")
def local() -> Verdicts:
    with PythonExecutor(workers=2) as running:
        return running.run(_mixed(), TESTS, limits=FAST)


def test_the_verdicts_are_those_of_the_local_executor(executor, local) -> None:
    verdicts = executor.run(_mixed(), TESTS, limits=FAST)
    assert set(np.unique(local.status)) >= {Status.PASS, Status.FAIL, Status.ERROR, Status.TIMEOUT, Status.CRASH}
    assert _outcomes(verdicts) == _outcomes(local)
    assert (verdicts.candidates, verdicts.tests, verdicts.values) == (local.candidates, local.tests, local.values)
    assert verdicts.info == local.info
    np.testing.assert_array_equal(verdicts.prior, local.prior)
    assert [getattr(verdicts, a).dtype for a in ("status", "value", "cpu_seconds")] == [np.int8, np.int32, np.float32]
    assert all(getattr(verdicts, a).flags.writeable for a in ("status", "value", "cpu_seconds", "prior"))


def test_only_plain_data_comes_back(executor) -> None:
    source = "class Lie:\n  def __eq__(self, other): return True\ndef f(x): return [Lie(), x]"
    verdicts = executor.run([Candidate(source)], [CallTest("f", (1,), expect=Returns([1, 1]))])
    assert verdicts[0, 0].status is Status.FAIL
    kinds, todo = set(), [getattr(verdicts, f.name) for f in dataclasses.fields(verdicts)]
    while todo:
        item = todo.pop()
        kinds.add(type(item).__name__)
        if isinstance(item, np.ndarray):
            assert not item.dtype.hasobject
        elif isinstance(item, dict):
            todo += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            todo += item
        elif dataclasses.is_dataclass(item):
            todo += [getattr(item, f.name) for f in dataclasses.fields(item)]
    assert kinds <= {"ndarray", "tuple", "list", "dict", "str", "bytes", "int", "float", "NoneType", "Detail"}


def test_tests_may_hold_classes_that_no_node_knows(executor) -> None:
    @dataclasses.dataclass
    class Point:
        x: int

    source = "from dataclasses import dataclass\n@dataclass\nclass Point:\n  x: int\ndef f(x): return Point(x)"
    verdicts = executor.run([Candidate(source)], [CallTest("f", (1,), expect=Returns(Point(1)))])
    assert verdicts.passed.all()


def test_every_row_is_streamed_once(executor, local) -> None:
    given = _mixed()[: len(SOURCES)]
    rows = list(executor.stream(given, TESTS, limits=FAST))
    assert sorted(i for i, _ in rows) == list(range(len(given)))
    for i, row in rows:
        assert row.shape == (1, len(TESTS))
        assert row.candidates == local.candidates[i : i + 1]
        assert [o[0] for o in _outcomes(row)[0]] == [o[0] for o in _outcomes(local.take([i]))[0]]


def test_groups_are_read_as_places_become_free(executor) -> None:
    n_read, n_done, ahead = 0, 0, []

    def groups():
        nonlocal n_read
        for i in range(60):
            n_read += 1
            yield [Candidate(f"def f(x): return {i}")] * (i % 3), [CallTest("f", (1,), expect=Returns(i))]

    for number, verdicts in executor.run_groups(groups()):
        n_done += 1
        ahead.append(n_read - n_done)
        assert verdicts.shape == (number % 3, 1)
        assert verdicts.passed.all()
    assert (n_read, n_done) == (60, 60)
    assert max(ahead) <= 3 * 2 * executor.n_workers, "no more than the batches in flight and the empty ones between"


def test_a_long_group_is_one_matrix_in_its_order(executor) -> None:
    verdicts = executor.run([Candidate(f"def f(x): return x + {i}") for i in range(300)], [CallTest("f", (5,))] * 3)
    assert [verdicts[i, 2].result for i in range(300)] == [5 + i for i in range(300)]
    assert verdicts.value[:, 0].tolist() == list(range(300))


def test_rows_that_met_the_wall_limit_while_computing_are_repeated_and_stand_in_their_place(executor) -> None:
    sources = [f"def f(x): return {i}" if i % 3 else "def f(x):\n  while True: pass" for i in range(7)]
    verdicts = executor.run(
        [Candidate(source) for source in sources],
        [CallTest("f", (1,)), CallTest("f", (2,))],
        limits=Limits(cpu_seconds=1.0, wall_seconds=0.5, max_kills=1),
    )
    assert verdicts.candidates == tuple(Candidate(source).id for source in sources)
    late = [Status.TIMEOUT, Status.SKIPPED]
    assert verdicts.status.tolist() == [[Status.PASS] * 2 if i % 3 else late for i in range(7)]
    assert verdicts.value[:, 0].tolist() == [-1, 0, 1, -1, 2, 3, -1]


def test_an_abandoned_run_does_not_answer_the_next(executor) -> None:
    for _ in executor.stream([Candidate(BURN.format(i=i)) for i in range(20)], [CallTest("f", (1,))]):
        break
    left = executor.run_groups(([Candidate(BURN.format(i=i))], [CallTest("f", (1,))]) for i in range(20))
    next(left)
    assert executor.run([Candidate("def f(x): return 'next'")], [CallTest("f", (1,))])[0, 0].result == "next"
    with pytest.raises(ExecutorError, match="something else"):
        next(left)


def test_mistakes_of_the_caller_are_raised_here(executor) -> None:
    with pytest.raises(BadProblem, match="plain data"):
        executor.run([Candidate("")], [CallTest("f", (object(),))])
    with pytest.raises(BadInput, match="javascript"):
        executor.run([Candidate("1", language="javascript")], TESTS)
    with pytest.raises(BadInput, match="already"):
        ClusterExecutor("127.0.0.1:1").__enter__()
    for bad in ({"workers": 0}, {"max_failures": 0}):
        with pytest.raises(BadInput, match="1 or more"):
            ClusterExecutor(**bad)
    assert executor.run([Candidate("def f(x, k=1): return x + k")], TESTS[:2]).passed.all()


def _run_and_break(executor: ClusterExecutor, break_it) -> list[tuple[int, Verdicts]]:
    """24 groups of one slow program each; ``break_it`` is called while they run."""
    groups = [([Candidate(BURN.format(i=i))], [CallTest("f", (1,), expect=Returns(i))] * 2) for i in range(24)]
    done = []
    for number, verdicts in executor.run_groups(iter(groups)):
        done.append((number, verdicts))
        if len(done) == 2:
            break_it()
    assert sorted(number for number, _ in done) == list(range(24)), "every group once"
    assert all(verdicts.candidates == (groups[number][0][0].id,) for number, verdicts in done)
    return done


def test_a_killed_worker_loses_nothing(executor, processes) -> None:
    before = dict(executor._places.pids)
    victim = next(iter(before.values()))
    sandbox = processes.descendants(victim)
    done = _run_and_break(executor, lambda: os.kill(victim, signal.SIGKILL))
    assert sandbox
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in sandbox), "the end of its sandbox")
    assert all(verdicts.passed.all() for _, verdicts in done)
    assert executor.n_workers == 2
    assert set(dict(executor._places.pids).values()) != set(before.values()), "a new process took its place"


def test_a_batch_that_failed_too_often_is_infra(executor) -> None:
    with ClusterExecutor(workers=1, max_failures=1) as once:
        done = _run_and_break(once, lambda: os.kill(once._places.pids[0][1], signal.SIGKILL))
        statuses = [Status(verdicts.status[0, 0]) for _, verdicts in done]
        assert statuses.count(Status.INFRA) == 1
        assert statuses.count(Status.PASS) == 23
        lost = next(verdicts for _, verdicts in done if verdicts.status[0, 0] == Status.INFRA)
        assert not lost.known.any()
        assert "our machines failed" in lost[0, 0].error
        assert lost.info == done[0][1].info


@pytest.mark.slow
def test_a_lost_node_loses_nothing(cluster, executor) -> None:
    third = cluster.add("third.log")
    _until(lambda: _alive() == 3, "the third node")
    with ClusterExecutor("auto", workers=3) as wide:
        assert len({node for node, _ in wide._places.pids}) == 3
        done = _run_and_break(wide, lambda: _stop(third, signal.SIGKILL))
        assert all(verdicts.passed.all() for _, verdicts in done)
        _until(lambda: _alive() == 2, "Ray to see the loss")
        assert wide.run([Candidate(SOURCES[0])] * 9, TESTS[:2]).passed.all()


@pytest.mark.slow
def test_a_node_that_cannot_isolate_is_named(cluster, executor) -> None:
    strange = cluster.add("fourth.log", more=AS_ANOTHER_MACHINE)
    _until(lambda: _alive() == 3, "the fourth node")
    try:
        with pytest.raises(IsolationError, match=r"node 127\.0\.0\.1 of the cluster: .*i686"):
            ClusterExecutor(workers=3).__enter__()
    finally:
        _stop(strange)
        _until(lambda: _alive() == 2, "its end")


def test_another_version_on_a_node_is_refused(executor, monkeypatch) -> None:
    monkeypatch.setattr(unriddle, "__version__", "9.9.9")
    with pytest.raises(ExecutorError, match=r"node 127\.0\.0\.1 does not run what this process runs.*9\.9\.9"):
        ClusterExecutor(workers=1).__enter__()


def test_it_can_be_used_again_after_close(executor, processes) -> None:
    again = open_executor(cluster="auto", workers=1)
    assert isinstance(again, ClusterExecutor)
    for _ in range(2):
        with again:
            assert again.isolation == "namespaces+seccomp"
            assert again.run([Candidate(SOURCES[0])], TESTS[:1]).passed.all()
            started = [pid for _, actor in again._places.pids for pid in (actor, *processes.descendants(actor))]
        _until(lambda pids=started: not any(Path(f"/proc/{pid}").exists() for pid in pids), "the end of the sandbox")
    assert again.n_workers == 0


@pytest.mark.slow
def test_it_keeps_the_contract_of_executors(cluster) -> None:
    # In a process of its own, because the kit looks at what descends from its process, and here Ray's nodes do.
    code = """
import sys
from unriddle.execute.cluster import ClusterExecutor
from unriddle.execute.cluster_address import connect
from unriddle.execute.contract import check_executor
with connect(sys.argv[1], cpus=None):
    print(check_executor(lambda: ClusterExecutor(workers=2)).as_text())
"""
    command = [sys.executable, "-c", code, cluster.address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert " 0 failed, 0 skipped" in done.stdout, done.stdout + done.stderr
