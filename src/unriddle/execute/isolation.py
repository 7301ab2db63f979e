"""Isolation levels: what each needs and what each leaves open.

``namespaces+seccomp`` is the full sandbox. ``rlimits only`` does without namespaces: the seccomp filter and Landlock,
where there are any, keep a program from other processes, the network and your files; ``leaves_open`` says what they do
not keep it from. It runs untrusted code only when asked for by name. ``in-process`` has no isolation at all and is for
trusted code. Not covered: containers and virtual machines around us.
"""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Sequence
from typing import Any, Literal

from unriddle.errors import BadInput, IsolationError
from unriddle.execute.inside import landlock, seccomp
from unriddle.execute.visible import visible, visible_to_tool

__all__ = ["LEVELS", "Level", "installed", "leaves_open", "level_named", "tool_config", "zygote_config"]

Level = Literal["namespaces+seccomp", "rlimits only", "in-process"]
LEVELS: tuple[Level, ...] = ("namespaces+seccomp", "rlimits only", "in-process")

_PRELOAD = (
    *("typing", "math", "re", "collections", "itertools", "functools", "heapq", "bisect", "string", "random", "copy"),
    *("operator", "datetime", "decimal", "fractions", "dataclasses"),
)
_OWN = ("unriddle.language.encode", "unriddle.language.decode")
"""Parts of ours that are imported late, when nothing of ours can be imported any more."""


def level_named(name: str) -> Level:
    """The level of a name or its first word.

    Raises:
        BadInput: There is no such level.

    >>> level_named("rlimits")
    'rlimits only'
    """
    for level in LEVELS:
        if name in (level, level.split()[0], level.split("+")[0]):
            return level
    raise BadInput(f"isolation level {name!r} does not exist; expected one of {', '.join(LEVELS)}")


def leaves_open(level: Level, *, landlock_version: int, filtered: bool) -> list[str]:
    """What an untrusted program can still do at this level, worst first; empty for the full one.

    Args:
        level: Isolation level.
        landlock_version: ``landlock.supported()`` of the kernel.
        filtered: Whether there is a seccomp filter for the architecture.

    >>> leaves_open("rlimits only", landlock_version=0, filtered=True)[0]
    'read every file that you can read'
    """
    if level == "namespaces+seccomp":
        return []
    if level == "in-process":
        return ["do everything that you can do"]
    holes = [
        (not landlock_version, "read every file that you can read"),
        (not landlock_version, "read the memory of other programs of yours, unless ptrace is restricted"),
        (not filtered, "start other processes, and leave them behind"),
        (not filtered and landlock_version < 6, "end other processes of yours"),
        (not filtered and landlock_version < 4, "use the network"),
        (not filtered and landlock_version >= 4, "use the network other than by TCP"),
        (not filtered and landlock_version < 3, "empty files that you may write"),
        (not filtered, "change modes and dates of your files"),
        (True, "see names, sizes and dates of files whose path it knows"),
        (True, "start threads until its memory is used up"),
        (bool(landlock_version), "fill the disk that the scratch folder is on, until it is ended"),
    ]
    return [hole for there, hole in holes if there]


def installed(packages: Sequence[str]) -> tuple[str, ...]:
    """Those of the packages that this interpreter can import."""
    return tuple(name for name in packages if importlib.util.find_spec(name) is not None)


def zygote_config(level: Level, *, packages: Sequence[str], scratch_mb: int, scratch: str) -> dict[str, Any]:
    """What a zygote of this level must know; the keys are read by ``inside/zygote.py``.

    Where neither namespaces nor Landlock keep a program from ``/proc``, this process becomes undumpable, so that its
    memory and environment (expected values, keys) are closed to other processes of the same user.

    Args:
        level: Isolation level.
        packages: Third-party packages that candidates may import; they are loaded before the sandbox closes.
        scratch_mb: Size of the scratch folder in MiB.
        scratch: Scratch folder on the host, for the level without namespaces.

    Raises:
        IsolationError: The level cannot be had on this system, architecture or kernel.
        BadInput: A package is not installed.
    """
    shown = visible(packages)
    return {
        **_config(level, scratch_mb=scratch_mb, scratch=scratch),
        "preload": [*_PRELOAD, *_OWN, *packages],
        "path": shown.folders,
        "readable": shown.readable,
        "hidden": shown.hidden,
    }


def tool_config(level: Level, *, tool: str, scratch_mb: int, scratch: str) -> dict[str, Any]:
    """What the sandbox of a tool of this machine must know; the keys are read by ``inside/tool.py``.

    Args:
        level: Isolation level.
        tool: Absolute path of the program; what is installed beside it is shown too.
        scratch_mb: Size of the scratch folder in MiB.
        scratch: Scratch folder on the host, for the level without namespaces.

    Raises:
        IsolationError: The level cannot be had on this system, architecture or kernel.
    """
    shown = visible_to_tool(tool)
    shared = _config(level, scratch_mb=scratch_mb, scratch=scratch)
    return {**shared, "readable": shown.readable, "hidden": shown.hidden}


def _config(level: Level, *, scratch_mb: int, scratch: str) -> dict[str, Any]:
    _check_possible(level)
    if level == "rlimits only" and not landlock.supported():
        landlock.close_memory()
    return {
        "namespaces": level == "namespaces+seccomp",
        "seccomp": seccomp.supported(),
        "scratch": scratch,
        "scratch_mb": scratch_mb,
    }


def _check_possible(level: Level) -> None:
    """Refuse what no attempt could give: what is missing here is part of the level."""
    if platform.system() != "Linux":
        raise IsolationError(
            f"the level {level!r} needs Linux, this is {platform.system()}; run unriddle in a Linux machine, virtual "
            "machine or container"
        )
    if seccomp.supported():
        return
    if level == "namespaces+seccomp":
        raise IsolationError(
            f"there is no system call filter for {platform.machine()}, so the level {level!r} cannot be had here; run "
            "on x86-64, or ask for --isolation rlimits by name"
        )
    if not landlock.supported():
        raise IsolationError(
            f"on {platform.machine()} the level {level!r} needs Landlock, and {landlock.why_not()}; without either a "
            "program could rewrite your files and its own verdict"
        )
