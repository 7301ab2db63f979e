"""A Python that every user may start, run in surroundings of its own; the machine stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy
import pytest
import rich

import unriddle

UID = 61234
ENTER = """
import ctypes, json, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
how, code, *rest = json.loads(sys.argv[1]), *sys.argv[2:]
if "as_root_of_a_user_namespace" in how or "max_user_namespaces" in how:
    uid, gid = os.getuid(), os.getgid()
    inner = 0 if "as_root_of_a_user_namespace" in how else uid
    assert libc.unshare(0x10000000) == 0, os.strerror(ctypes.get_errno())
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inner} {uid} 1"), ("gid_map", f"{inner} {gid} 1")):
        open(f"/proc/self/{name}", "w").write(text)
if "max_user_namespaces" in how:
    open("/proc/sys/user/max_user_namespaces", "w").write(str(how["max_user_namespaces"]))
if how.get("deny"):
    body = b"".join(struct.pack("<HBBIHBBI", 0x15, 0, 1, int(n), 6, 0, 0, 0x50000 | e) for n, e in how["deny"].items())
    body = struct.pack("<HBBI", 0x20, 0, 0, 0) + body + struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000)
    kept = ctypes.create_string_buffer(body, len(body))
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, struct.pack("@HxxxxxxP", len(body) // 8, ctypes.addressof(kept)), 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-c", code, *rest])
"""
DOCTOR = "import sys; from unriddle.cli.main import main; main(['doctor', *sys.argv[1:]])"

RUN = """
import json, os, sys
from unriddle import CallTest, Candidate, Returns
from unriddle.errors import IsolationError
from unriddle.execute import open_executor
level, sources, arguments = json.loads(sys.argv[1])
try:
    with open_executor(workers=1, **({"isolation": level} if level else {})) as executor:
        verdicts = executor.run([Candidate(s) for s in sources], [CallTest("f", (a,)) for a in arguments])
        cells = [[[c.status.name, c.result, c.error] for c in row] for row in
                 [[verdicts[i, j] for j in range(len(arguments))] for i in range(len(sources))]]
        print(json.dumps({"level": verdicts.info["isolation"], "cells": cells}, default=repr))
except IsolationError as error:
    print(json.dumps({"refused": str(error)}))
"""


@dataclass(frozen=True)
class Place:
    """A Python that everybody may start, with this package and what its command line needs."""

    python: str
    path: str
    show: str = DOCTOR

    def run(self, code: str, *arguments: str, root: bool = False, before: tuple[str, ...] = (), **how: object) -> str:
        """What the code prints, in surroundings made as ``how`` says; its exit code goes before it."""
        if root and os.geteuid() != 0:
            pytest.skip("needs root")
        user = {} if root or before or os.geteuid() != 0 else {"user": UID, "group": UID, "extra_groups": []}
        command = [*before, self.python, "-c", ENTER, json.dumps(how), code, *arguments]
        environment = {"PYTHONPATH": self.path, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "COLUMNS": "200"}
        run = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, timeout=120, **user)
        assert run.returncode in (0, 1), run.stderr[-2000:]
        assert "Traceback" not in run.stderr, run.stderr[-2000:]
        return f"{run.returncode} {run.stdout}"

    def judge(self, level: str, sources: list[str], arguments: list[object], **how: object) -> dict:
        """The stored level and the cells of a run, or what the refusal says; the default level when it is empty."""
        return json.loads(self.run(RUN, json.dumps([level, sources, arguments]), **how).partition(" ")[2])

    def doctor(self, **how: object) -> tuple[int, dict]:
        """Exit code and document of ``unriddle doctor --json``."""
        code, _, text = self.run(DOCTOR, "--json", **how).partition(" ")
        return int(code), json.loads(text)


def _interpreter_for_everyone() -> str | None:
    version = f"python3.{sys.version_info[1]}"
    for path in (sys._base_executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        real = Path(os.path.realpath(path))
        if (
            real.name == version
            and real.exists()
            and all(p.stat().st_mode & stat.S_IXOTH for p in (real, *real.parents))
        ):
            return str(real)
    return None


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("the surroundings are made with x86-64 system call numbers")
    python = _interpreter_for_everyone() if os.geteuid() == 0 else sys.executable
    if python is None:
        pytest.skip("no interpreter of this version that every user may start")
    with tempfile.TemporaryDirectory() as home:  # the folders of the tests themselves may be private
        os.chmod(home, 0o755)
        for package in (unriddle, click, rich, numpy):
            shutil.copytree(Path(package.__file__).parent, Path(home, package.__name__))
        libraries = Path(numpy.__file__).parent.parent / "numpy.libs"
        if libraries.exists():
            shutil.copytree(libraries, Path(home, "numpy.libs"))
        yield Place(python, home)


@pytest.fixture(scope="module")
def free(place: Place) -> Place:
    """The place, on a machine that gives ordinary users namespaces; only there can a test take them away."""
    refused = place.judge("", ["def f(x): return x"], [1]).get("refused")
    if refused:
        pytest.skip(f"this machine gives ordinary users no namespaces: {refused}")
    return place
