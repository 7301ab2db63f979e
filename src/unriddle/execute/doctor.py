"""What this machine can do: which isolation levels start here, and how to get a better one."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from unriddle.candidate import Candidate
from unriddle.errors import IsolationError
from unriddle.execute.isolation import LEVELS, Level
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Returns

__all__ = ["advice", "best_level", "try_level"]


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
        return str(error)
    return "" if verdicts.passed.all() else f"a correct program was judged {verdicts[0, 0].status.name}"


def best_level() -> tuple[Level, dict[str, str]]:
    """The strongest level that works here, and why the stronger ones do not."""
    reasons: dict[str, str] = {}
    for level in LEVELS:
        reason = try_level(level)
        if not reason:
            return level, reasons
        reasons[level] = reason
    return LEVELS[-1], reasons


def advice(level: Level) -> list[str]:
    """How to reach full isolation from here, most likely cause first; empty when it is reached."""
    if level == "namespaces+seccomp":
        return []
    lines = []
    if platform.system() != "Linux":
        lines.append("the sandbox needs Linux: run unriddle in a Linux machine or virtual machine")
    if platform.machine() != "x86_64":
        lines.append("the seccomp filter knows x86-64 only; other architectures run at the level 'rlimits only'")
    for path, bad, how in _KNOBS:
        text = Path(path).read_text().strip() if Path(path).exists() else None
        if text == bad and os.geteuid() != 0:
            lines.append(f"{path} is {bad}: as root, {how}")
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        lines.append(
            "inside a container the namespaces are usually denied: start it with --security-opt seccomp=unconfined "
            "(and --cap-add SYS_ADMIN when it runs as root)"
        )
    lines.append("or run untrusted code with --isolation rlimits, knowing that it can then read your files")
    return lines


_KNOBS = (
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
