"""What runs on this machine, read from /proc without any library; tests reach it as the fixture ``processes``."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["descendants", "descriptors", "with_text"]


def descendants(pid: int | None = None) -> set[int]:
    """Every process below this one (or that one)."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    top = os.getpid() if pid is None else pid
    found = {top}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {top}


def descriptors() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def with_text(text: str) -> list[str]:
    """The command lines, shortened, that have the text in them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in line:
                found.append(line[:100])
    return found
