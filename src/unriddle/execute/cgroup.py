"""Which cgroup controllers could take a group of ours below the one this process is in.

Only looked at, never used: a candidate is one process whose address space, files and scratch are bounded already, and
where version 2 is in use a group with limits can be made only after moving the calling process out of its own.
Not covered: limits that somebody has set on the groups above.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cgroup_state"]


def cgroup_state(controller: str, *, proc: Path = Path("/proc/self")) -> str:
    """``"v1, writable"``, ``"v2, read-only"`` and so on for ``memory`` or ``pids``; ``"none"`` where it is not mounted.

    Args:
        controller: Name of the controller.
        proc: Folder with ``cgroup`` and ``mountinfo`` of the process.
    """
    try:
        memberships = [line.split(":", 2) for line in (proc / "cgroup").read_text().splitlines()]
        mounts = [line.split() for line in (proc / "mountinfo").read_text().splitlines()]
    except OSError:
        return "none"
    for _, names, path in memberships:
        version = 1 if controller in names.split(",") else 2 if not names else 0
        folder = _folder(mounts, path, controller=controller if version == 1 else "")
        if not version or folder is None:
            continue
        if version == 2 and controller not in _words(folder / "cgroup.controllers"):
            continue
        return f"v{version}, {'writable' if os.access(folder, os.W_OK) else 'read-only'}"
    return "none"


def _folder(mounts: list[list[str]], path: str, *, controller: str) -> Path | None:
    """Where the group ``path`` is to be seen: below the mount of the controller, or of version 2 when it is empty."""
    for words in mounts:
        dash = words.index("-")
        kind, options = words[dash + 1], words[dash + 3].split(",")
        if kind == ("cgroup" if controller else "cgroup2") and (not controller or controller in options):
            inner = os.path.relpath(path, words[3]) if path.startswith(words[3]) else "."
            return Path(words[4], inner)
    return None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
