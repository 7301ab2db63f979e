"""Runs one checker on one hostile program, confined so that the program cannot hurt the machine.

Bubblewrap gives new pid, network, mount, IPC and UTS namespaces with a private read-only root (the system's and the
interpreter's files, nothing of yours), small tmpfs folders, and the loopback only. ``supervise.py`` is process 1 there;
it gives the checker another user id, a user namespace of its own and strict rlimits. Whatever still lives at the end
dies with the pid namespace. Not covered: a cgroup; memory is bounded per process and watched in sum.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["missing", "run_confined"]

HERE = Path(__file__).resolve().parent
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
_TMPFS = (("/tmp", 256), ("/var/tmp", 64), ("/home/user", 64), ("/dev/shm", 64), ("/verdict", 1))
_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_CHOWN")
_FIRST_UID = 61234
_ENVIRONMENT = {
    "HOME": "/home/user",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "CANARY_KEY": "what a user's environment holds and no program should see",
}


def missing() -> str:
    """What keeps the confinement from working here, and what to do; empty when nothing does."""
    if not sys.platform.startswith("linux"):
        return "the confinement needs Linux namespaces; run this on Linux"
    if shutil.which("bwrap") is None:
        return "the program bwrap was not found; install the package bubblewrap (apt install bubblewrap)"
    done = subprocess.run([*_bwrap(()), "/bin/true"], capture_output=True, text=True, check=False)
    return f"bwrap does not work here: {done.stderr.strip()[-200:]}" if done.returncode else ""


def run_confined(
    command: Sequence[str],
    check: dict[str, Any],
    *,
    canaries: Mapping[str, Any],
    readable: Sequence[Path],
    wall_seconds: float,
    lane: int = 0,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What ``supervise.py`` saw of one run; ``{"ended": "lost"}`` when even that is not known.

    Args:
        command: The adapter, as the confined machine sees it.
        check: The adapter's job, plain data.
        canaries: ``port`` on the loopback, name of the abstract ``socket`` and ``file`` that nobody should touch.
        readable: Folders that it sees, read-only, at the same place.
        wall_seconds: Wall seconds until the whole pid namespace is killed.
        environment: What the checker finds in its environment besides the bare necessary.
        lane: Number of this run among those at the same time; each has a user id of its own.
    """
    job = {
        "command": list(command),
        "check": check,
        "canaries": dict(canaries),
        "nonce": secrets.token_hex(8),
        "uid": _FIRST_UID + lane,
        "wall_seconds": wall_seconds,
        "environment": {**_ENVIRONMENT, **(environment or {})},
    }
    return _supervised(job, [Path(sys.base_prefix), HERE, *readable], wall_seconds)


def _supervised(job: dict[str, Any], readable: Sequence[Path], wall_seconds: float) -> dict[str, Any]:
    supervisor = [os.path.realpath(sys.executable), "-I", "-S", str(HERE / "supervise.py")]
    process = subprocess.Popen(
        [*_bwrap(readable), *supervisor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, error = process.communicate(json.dumps(job) + "\n", timeout=wall_seconds + 20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {"ended": "lost", "error": "the supervisor itself did not answer"}
    try:
        return dict(json.loads(out))
    except ValueError:
        return {"ended": "lost", "error": error.strip()[-300:] or f"exit {process.returncode}"}


def _bwrap(readable: Sequence[Path]) -> list[str]:
    words = ["bwrap", "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
    words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:
        for name in _CAPABILITIES:
            words += ["--cap-add", name]
    else:
        words += ["--unshare-user", "--uid", "1000", "--gid", "1000"]  # mapping id 0 once more needs a right
    words += ["--clearenv", "--proc", "/proc", "--dev", "/dev"]
    for folder, size_mb in _TMPFS:
        words += ["--perms", "1777", "--size", str(size_mb << 20), "--tmpfs", folder]
    for path in dict.fromkeys([*_SYSTEM, *map(str, readable)]):
        for parent in reversed(Path(path).parents[:-1]):  # or bwrap would make them for its own user only
            words += ["--perms", "0755", "--dir", str(parent)]
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    return [*words, "--remount-ro", "/", "--chdir", "/"]
