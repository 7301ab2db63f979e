"""Reaching a cluster: addresses that lead nowhere, and a Ray that the executor starts for itself."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from unriddle.errors import MissingExtra
from unriddle.execute.cluster import ClusterExecutor

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")

CLI = "from unriddle.cli.main import main; main()"


def _until_gone(processes: ModuleType, text: str, *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while left := processes.with_text(text):
        assert time.monotonic() < deadline, f"still there after {seconds} s: {left}"
        time.sleep(0.05)


def test_without_ray_the_pip_line_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'unriddle\[cluster\]'"):
        ClusterExecutor().__enter__()


@contextlib.contextmanager
def _deaf() -> Iterator[str]:
    """The address of something that listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "nothing answers there"),
        ("ray://127.0.0.1:1", "nothing answers there"),
        ("nonsense", "expected 'auto', 'local', HOST:PORT"),
        ("127.0.0.1:99999", "expected 'auto', 'local', HOST:PORT"),
    ],
)
def test_a_bad_address_is_one_clear_line(tmp_path, address, message) -> None:
    (tmp_path / "p.py").write_text("def sat(x: int): return x == 3\n")
    command = [sys.executable, "-c", CLI, "solve", "p.py", "--strategy", "enumerate", "--cluster", address]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_where_something_else_listens_is_refused_in_time() -> None:
    code = (
        "import sys\nfrom unriddle.errors import BadInput\n"
        "from unriddle.execute import cluster_address, open_executor\n"
        "cluster_address._CHECK_SECONDS = 3.0\n"
        "try: open_executor(cluster=sys.argv[1]).__enter__()\nexcept BadInput as error: print(error)"
    )
    with _deaf() as address:
        done = subprocess.run([sys.executable, "-c", code, address], capture_output=True, text=True, timeout=60)
    assert "does not speak Ray's protocol" in done.stdout, done.stderr


@pytest.fixture
def short() -> Iterator[str]:
    """A folder for temporary files with a path short enough for Ray's sockets."""
    with tempfile.TemporaryDirectory(prefix="u", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield folder


@pytest.mark.slow
def test_a_ray_of_its_own_gets_no_secret_and_leaves_nothing(short, processes) -> None:
    code = """
from unriddle import CallTest, Candidate
from unriddle.execute.cluster import ClusterExecutor
with ClusterExecutor("local", workers=1) as executor:
    print(executor.run([Candidate("def f(): return 41 + 1")], [CallTest("f")])[0, 0].result)
    pid = executor._places.pids[0][1]
    raylet = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1]
    for process in (pid, raylet):
        print("SECRET" in open(f"/proc/{process}/environ").read())
"""
    env = {**os.environ, "SECRET_KEY": "SECRET", "TMPDIR": short}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["42", "False", "False"], done.stderr
    assert done.stderr == ""
    _until_gone(processes, short)
    assert not list(Path(short).iterdir())


@pytest.mark.slow
def test_a_ray_of_its_own_ends_when_its_owner_is_killed(short, processes) -> None:
    code = """
import sys, time
from unriddle.execute.cluster import ClusterExecutor
with ClusterExecutor("local", workers=1):
    print("open", flush=True)
    time.sleep(60)
"""
    env = {**os.environ, "TMPDIR": short}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) as process:
        timer = threading.Timer(60, process.kill)
        timer.start()
        assert process.stdout.readline() == "open\n"
        timer.cancel()
        process.kill()
    _until_gone(processes, short)
