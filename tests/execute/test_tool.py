"""Tools on hostile input: what they see, what they may do, and what comes back."""

import os
import time
from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.execute.tool import run_tool

LEVELS = ("namespaces+seccomp", "rlimits only")


def sh(script, level=LEVELS[0], **options):
    return run_tool(
        ["/bin/sh", "-c", script], files=options.pop("files", {}), collect="out", isolation=level, **options
    )


@pytest.fixture(params=LEVELS)
def level(request):
    return request.param


def test_files_go_in_and_one_comes_back(level):
    done = sh("cat a b > out; echo said; echo more >&2; exit 3", level, files={"a": b"x\0", "b": b"\xff"})
    assert (done.code, done.messages, done.made) == (3, "said\nmore\n", b"x\0\xff")
    assert sh("true", level).made is None


def test_only_the_system_is_seen_and_nothing_of_it_is_changed(level, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    for path in (secret, Path("/etc/passwd"), Path(__file__), Path("/proc/self/environ")):
        assert "hidden" not in (found := sh(f"cat {path}", level)).messages
        assert found.code != 0
    assert sh(f"echo gone > {secret}; echo there > {tmp_path}/new", level).code != 0
    assert secret.read_text() == "hidden"
    assert os.listdir(tmp_path) == ["secret"]
    assert sh("head -c 4 /bin/sh > out", level).made == b"\x7fELF"


def test_the_environment_stays_outside(level, monkeypatch):
    monkeypatch.setenv("UNRIDDLE_KEY", "s3cret")
    assert "s3cret" not in sh("env; export -p", level).messages


def test_what_is_brought_back_is_a_plain_file(level):
    assert sh("ln -s /bin/sh out", level).made is None
    assert sh("mkdir out", level).made is None


def test_nobody_else_is_signalled(level):
    sleeper = os.fork()
    if sleeper == 0:
        time.sleep(60)
        os._exit(0)
    try:
        sh(f"kill -9 {sleeper}; kill -9 -1", level)
        assert os.waitpid(sleeper, os.WNOHANG) == (0, 0)
    finally:
        os.kill(sleeper, 9)
        os.waitpid(sleeper, 0)


def test_there_is_no_network(level):
    connect = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    done = sh(f'python3 -c "{connect}"', level)
    assert done.code != 0
    assert "refused" not in done.messages  # not even a refusal by the port


def test_time_and_size_are_bounded(level):
    assert sh("while :; do :; done", level, cpu_seconds=1).code in (-9, -24, 137, 152)
    assert sh("sleep 100", level, wall_seconds=1).code is None
    done = sh("head -c 200000000 /dev/zero > out", level)
    assert done.code != 0
    assert done.made is None or len(done.made) <= 64 << 20


def test_bad_calls_are_refused():
    for name in ("a/b", "../a", "", ".."):
        with pytest.raises(BadInput, match="plain file names"):
            run_tool(["/bin/true"], files={name: b""}, collect="out")
    with pytest.raises(BadInput, match="isolates nothing"):
        run_tool(["/bin/true"], files={}, collect="out", isolation="in-process")
    for tool in ("/no/such/tool", "sh", "/etc/passwd"):
        with pytest.raises(BadInput, match="absolute path of a program"):
            run_tool([tool], files={}, collect="out")
