"""Isolation levels: named, reached or refused, never lowered; full isolation for an ordinary user too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import unittest
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

import unriddle
from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Status
from unriddle.errors import BadInput, IsolationError
from unriddle.execute import isolation, open_executor, worker
from unriddle.execute.inside import landlock, seccomp
from unriddle.execute.python import PythonExecutor

ONE = CallTest("f", (1,), expect=Returns(2))


@pytest.mark.parametrize(
    ("name", "level"),
    [("namespaces+seccomp", "namespaces+seccomp"), ("namespaces", "namespaces+seccomp"), ("rlimits", "rlimits only"),
     ("rlimits only", "rlimits only"), ("in-process", "in-process")],
)  # fmt: skip
def test_levels_go_by_name_or_first_word(name, level) -> None:
    assert isolation.level_named(name) == level


@pytest.mark.parametrize("name", ["", "none", "docker", "namespace", "seccomp", "RLIMITS", "rlimits+"])
def test_an_unknown_level_is_bad_input(name) -> None:
    with pytest.raises(BadInput, match="expected one of"):
        open_executor(isolation=name)


def test_in_process_is_not_offered_for_untrusted_code() -> None:
    with pytest.raises(BadInput, match="isolates nothing"):
        open_executor(isolation="in-process")
    with pytest.raises((BadInput, IsolationError)), PythonExecutor(workers=1, isolation="in-process"):
        pass


def test_a_level_that_cannot_be_had_raises_and_says_what_to_do(monkeypatch) -> None:
    real = isolation.zygote_config

    def broken(*args, **kwargs):
        return {**real(*args, **kwargs), "readable": ["/nowhere/at/all"]}

    monkeypatch.setattr(worker, "zygote_config", broken)
    with pytest.raises(IsolationError, match=r"FileNotFoundError.*--isolation rlimits"), open_executor(workers=1):
        pytest.fail("entered a weaker sandbox")


def test_full_isolation_without_a_system_call_filter_is_refused(monkeypatch) -> None:
    """On an architecture without a filter the full level is not offered; it must not run unfiltered."""
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "aarch64")
    assert not seccomp.supported()
    with pytest.raises(IsolationError), open_executor(workers=1) as executor:
        executor.run([Candidate("def f(x): return 2")], [ONE])


def test_a_zygote_that_dies_at_birth_is_an_isolation_error(monkeypatch) -> None:
    monkeypatch.setattr(worker, "_BOOT", "raise SystemExit('no luck today')")
    with pytest.raises(IsolationError, match="no luck today"), open_executor(workers=1):
        pass


@pytest.fixture(scope="module")
def rlimits():
    with open_executor(workers=2, isolation="rlimits") as executor:
        yield executor


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def f(x): return x + 1", Status.PASS),
        ("def f(x): return x", Status.FAIL),
        ("def f(x): return 1 / 0", Status.ERROR),
        ("def f(x):\n  while True: pass", Status.TIMEOUT),
        ("import time\ndef f(x): time.sleep(60)", Status.TIMEOUT),
        ("def f(x): return len(bytearray(1 << 40))", Status.MEMORY),
        ("import os\ndef f(x): os._exit(0)", Status.CRASH),
        ("import os\ndef f(x): os.abort()", Status.CRASH),
        ("import os\ndef f(x): os.fork()", Status.FORBIDDEN),
        ("import socket\ndef f(x): socket.socket()", Status.FORBIDDEN),
        ("import os\ndef f(x): os.kill(os.getppid(), 9)", Status.FORBIDDEN),
    ],
)
def test_statuses_hold_at_the_level_with_rlimits_only(rlimits, source, status) -> None:
    if not seccomp.supported() and status is Status.FORBIDDEN:
        pytest.skip("no system call filter for this architecture")
    verdicts = rlimits.run([Candidate(source)], [ONE], limits=Limits(cpu_seconds=0.5, wall_seconds=2))
    assert verdicts[0, 0].status is status, verdicts[0, 0].error
    assert verdicts.info["isolation"] == "rlimits only"


def test_code_tests_and_scratch_work_at_the_level_with_rlimits_only(rlimits) -> None:
    source = "import os\ndef f(x):\n  open('note', 'w').close()\n  return os.listdir('.')"
    tests = [CallTest("f", (1,), expect=Returns(["note"]), isolated=True), CodeTest("assert f(1) == ['note']", "f")]
    assert rlimits.run([Candidate(source)] * 2, tests * 2).passed.all()


def test_at_the_level_with_rlimits_only_files_outside_scratch_cannot_be_changed(rlimits, tmp_path) -> None:
    """The level's description says that the file system is left readable, not writable."""
    target = tmp_path / "target.txt"
    target.write_text("kept")
    source = "import os\ndef f(p):\n  open(p, 'w').write('changed')\n  os.unlink(p)"
    rlimits.run([Candidate(source)], [CallTest("f", (str(target),))])
    assert target.exists()
    assert target.read_text() == "kept"


def test_a_signal_by_descriptor_does_not_reach_the_judge(rlimits) -> None:
    """F_SETOWN and F_SETSIG make the kernel send any signal to any process of the same user."""
    source = (
        "import fcntl, os, time\ndef f(pid):\n  r, w = os.pipe()\n  fcntl.fcntl(r, 8, pid); fcntl.fcntl(r, 10, 10)\n"
        "  fcntl.fcntl(r, fcntl.F_SETFL, fcntl.fcntl(r, fcntl.F_GETFL) | 0o20000)\n  os.write(w, b'x')\n  return 2"
    )
    bait = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        rlimits.run([Candidate(source)], [CallTest("f", (bait.pid,))])
        with pytest.raises(subprocess.TimeoutExpired):
            bait.wait(timeout=0.5)
    finally:
        bait.kill()
        bait.wait()


def test_packages_that_are_not_installed_are_left_out_and_others_stay_hidden() -> None:
    with open_executor(workers=1, packages=("nosuchpackage", "numpy")) as executor:
        sources = [
            "import numpy\ndef f(x): return 2",
            "import hypothesis\ndef f(x): return 2",
            "import pytest\ndef f(x): return 2",
        ]
        verdicts = executor.run([Candidate(s) for s in sources], [ONE])
        assert verdicts.status[:, 0].tolist() == [Status.PASS, Status.ERROR, Status.ERROR]
        assert verdicts.info["packages"] == ["numpy"]
    with open_executor(workers=1, packages=()) as executor:
        assert executor.run([Candidate("import numpy\ndef f(x): return 2")], [ONE])[0, 0].status is Status.ERROR


READ = """
import os, numpy
def f(folder):
    def readable(path):
        try:
            return bool(open(path, "rb").read(1))
        except OSError:
            return False
    return sorted({os.path.relpath(os.path.join(at, name), folder).split(os.sep)[0].split(".")[0]
                   for at, _, names in os.walk(folder) for name in names if readable(os.path.join(at, name))})
"""


@pytest.mark.parametrize("level", ["namespaces", "rlimits"])
def test_beside_a_package_that_was_asked_for_no_other_one_can_be_read(level) -> None:
    """Installed packages hold the answers of benchmarks; every path that leads to them must be covered."""
    if level == "rlimits" and not landlock.supported():
        pytest.skip("no Landlock in this kernel")
    site = Path(numpy.__file__).parents[1]
    system = [p for p in Path("/lib").glob("python3*/*-packages") if any(p.iterdir())]
    with open_executor(workers=1, isolation=level) as executor:
        tests = [CallTest("f", (str(folder),)) for folder in (site, *system)]
        verdicts = executor.run([Candidate(READ)], tests, limits=Limits(cpu_seconds=20))
        by_name = CallTest("f", (pytest.__file__,))
        opened = executor.run([Candidate("import numpy\ndef f(path): return open(path).read(1)")], [by_name])
    assert verdicts[0, 0].result == (["numpy"] if level == "namespaces" else []), verdicts[0, 0].error
    assert opened[0, 0].status in (Status.ERROR, Status.FORBIDDEN)
    assert [verdicts[0, j].result for j in range(1, len(tests))] == [[] for _ in system]


@pytest.mark.parametrize("level", ["namespaces", "rlimits"])
def test_a_package_below_a_covered_folder_is_shown_alone(monkeypatch, level) -> None:
    if level == "rlimits" and not landlock.supported():
        pytest.skip("no Landlock in this kernel")
    folder = os.path.dirname(unittest.__file__)
    real = isolation.visible

    def with_a_cover(packages):
        shown = real(packages)
        return replace(shown, hidden=[*shown.hidden, folder], readable=[*shown.readable, f"{folder}/case.py"])

    monkeypatch.setattr(isolation, "visible", with_a_cover)
    with open_executor(workers=1, isolation=level) as executor:
        cell = executor.run([Candidate(READ)], [CallTest("f", (folder,))], limits=Limits(cpu_seconds=5))[0, 0]
    assert cell.result == ["case"], cell.error


def _interpreter_for_everyone() -> str | None:
    """A Python that any user may start; the one of the tests may lie in a private folder."""
    version = f"python3.{sys.version_info[1]}"
    for path in (sys._base_executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        real = os.path.realpath(path)
        open_to_all = os.path.exists(real) and all(
            os.stat(p).st_mode & 1 for p in [real, *map(str, Path(real).parents)]
        )
        if open_to_all and Path(real).name.startswith(version):
            return real
    return None


def test_an_ordinary_user_has_full_isolation(tmp_path_factory) -> None:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to become somebody else (an ordinary user's own run tests this anyway)")
    python = _interpreter_for_everyone()
    if python is None:
        pytest.skip("no interpreter of this version that every user may start")
    code = """
    from unriddle import *
    from unriddle.execute import open_executor
    with open_executor(workers=2) as executor:
        sources = ["def f(x): return x + 1", "import os\\ndef f(x): return os.listdir('/etc') and 1 or 2",
                   "import os\\ndef f(x): os.fork()",
                   "import os\\ndef f(x): return int(os.path.exists('/tmp/bait')) + 2",
                   "import numpy, threading\\ndef f(x):\\n  t = threading.Thread(target=int); t.start(); return 2"]
        verdicts = executor.run([Candidate(s) for s in sources], [CallTest("f", (1,), expect=Returns(2))] * 2)
        print(executor.isolation, [verdicts[i, 0].status.name for i in range(5)], verdicts[4, 0].error)
    """
    import tempfile

    with tempfile.TemporaryDirectory() as home:  # the folders of the tests themselves may be private
        os.chmod(home, 0o755)
        shutil.copytree(Path(unriddle.__file__).parent, Path(home) / "unriddle")
        packages = Path(numpy.__file__).parent
        for source in (packages, packages.parent / "numpy.libs"):
            if source.exists():
                shutil.copytree(source, Path(home) / source.name)
        command = [
            "setpriv",
            "--reuid",
            "61234",
            "--regid",
            "61234",
            "--clear-groups",
            python,
            "-c",
            textwrap.dedent(code),
        ]
        environment = {"PYTHONPATH": home, "PATH": "/usr/bin:/bin", "HOME": home}
        run = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, timeout=120)
    if "user namespaces" in run.stderr or ("unshare" in run.stderr and "IsolationError" in run.stderr):
        pytest.skip(f"this kernel gives ordinary users no namespaces: {run.stderr[-200:]}")
    statuses = run.stdout.partition("[")[2].partition("]")[0].replace("'", "").split(", ")
    assert run.stdout.startswith("namespaces+seccomp"), run.stderr[-800:]
    assert statuses[0] == "PASS"
    assert statuses[2] == "FORBIDDEN"
    assert statuses[3] == "PASS"
    assert statuses[4] == "PASS", run.stdout
