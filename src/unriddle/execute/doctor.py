"""What this machine can do: which isolation levels start here, why others do not, and how to get a better one.

Every mechanism is tried on its own, and every level by running a candidate at it. Not covered: language models and
extras; the command shows those.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from unriddle.candidate import Candidate
from unriddle.errors import IsolationError
from unriddle.execute.advice import Surroundings, advice, surroundings
from unriddle.execute.cgroup import cgroup_state
from unriddle.execute.isolation import LEVELS, Level, leaves_open
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Returns

__all__ = ["Examination", "Mechanism", "examine", "try_level", "try_mechanisms"]

_SOURCE = str(Path(__file__).resolve().parents[2])
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from unriddle.execute.inside.probe import main; main()"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism of the sandbox, tried on its own.

    Attributes:
        name: What it is.
        works: Whether it can be had here.
        detail: Its version, or why it cannot be had.
    """

    name: str
    works: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out about isolation on this machine.

    Attributes:
        level: The strongest level that works. Only the first of ``LEVELS`` is ever used without being asked for.
        refused: Why each stronger level does not work.
        mechanisms: What was tried on its own.
        leaves_open: What an untrusted program can still do at ``level``.
        advice: How to get the next better level; empty when there is none.
        kernel: Release and architecture.
        user: ``root``, ``root without CAP_SYS_ADMIN`` or ``uid N``.
    """

    level: Level
    refused: dict[Level, str]
    mechanisms: tuple[Mechanism, ...]
    leaves_open: tuple[str, ...]
    advice: tuple[str, ...]
    kernel: str
    user: str


def examine() -> Examination:
    """Try every mechanism and every level until one works."""
    around = surroundings()
    refused: dict[Level, str] = {}
    lines: list[str] = []
    level: Level = LEVELS[-1]
    for level in LEVELS:
        reason = try_level(level)
        if not reason:
            break
        refused[level] = reason
        lines += [line for line in advice(level, reason, around) if line not in lines]
    mechanisms = try_mechanisms(around)
    filtered = any(mechanism.works for mechanism in mechanisms if mechanism.name == "seccomp filter")
    if level != "rlimits only":  # the lower level is no way out where it does not start either, nor needed at the top
        lines = [line for line in lines if "--isolation rlimits" not in line]
    return Examination(
        level=level,
        refused=refused,
        mechanisms=mechanisms,
        leaves_open=tuple(leaves_open(level, landlock_version=around.landlock_version, filtered=filtered)),
        advice=tuple(lines),
        kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
        user=_user(around),
    )


def try_level(level: Level) -> str:
    """An empty string when a candidate runs under the level here; otherwise the reason it does not."""
    from unriddle.execute.python import PythonExecutor

    if level == "in-process":
        return ""
    try:
        with PythonExecutor(workers=1, isolation=level, packages=()) as executor:
            test = CallTest("f", (1,), expect=Returns(2))
            verdicts = executor.run([Candidate("def f(x): return x + 1")], [test], limits=Limits(cpu_seconds=2))
    except IsolationError as error:
        return str(error.__cause__ or error)
    return "" if verdicts.passed.all() else f"a correct program was judged {verdicts[0, 0].status.name}"


def try_mechanisms(around: Surroundings) -> tuple[Mechanism, ...]:
    """Each mechanism on its own, and the facts that bear on it; nothing is left behind."""
    if around.system != "Linux":
        return (Mechanism("Linux", False, f"this is {around.system}"),)
    command = [sys.executable, "-s", "-S", "-P", "-B", "-c", _BOOT, _SOURCE]
    run = subprocess.run(command, capture_output=True, text=True, cwd="/", env={"LANG": "C.UTF-8"}, timeout=60)
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
        return (Mechanism("a fresh interpreter", False, last),)
    found: dict[str, str] = json.loads(run.stdout)
    tried = [Mechanism(name, not reason, reason or _detail(name, around)) for name, reason in found.items()]
    groups = {controller: cgroup_state(controller) for controller in ("memory", "pids")}
    return (
        *tried,
        *(Mechanism(f"cgroup {controller}", state.endswith("writable"), state) for controller, state in groups.items()),
    )


def _detail(name: str, around: Surroundings) -> str:
    if name == "Landlock":
        return f"version {around.landlock_version}"
    return "not needed: CAP_SYS_ADMIN is there" if name == "user namespace" and around.admin else ""


def _user(around: Surroundings) -> str:
    if around.root:
        return "root" if around.admin else "root without CAP_SYS_ADMIN"
    return f"uid {os.geteuid()}"
