"""One process at a time works on a run: a file lock that the system releases however the process ends.

Not covered: machines that share a folder over a network file system without locks.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RunLock", "held", "locks_folder", "try_lock"]


@dataclass(frozen=True, slots=True)
class RunLock:
    """A held lock: its file and the descriptor that holds it."""

    path: Path
    descriptor: int

    def release(self, *, remove: bool) -> None:
        """Let go. ``remove`` only when nobody will ever lock this run again (it is finished or deleted)."""
        if remove:
            self.path.unlink(missing_ok=True)
        # Unlocked by name, because a forked child may still hold a copy of the descriptor.
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        os.close(self.descriptor)


def try_lock(path: Path) -> RunLock | int:
    """The lock, or the id of the process that holds it (0 when that is not known)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).strip()
        os.close(descriptor)
        return int(holder) if holder.isdigit() else 0
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return RunLock(path, descriptor)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it for the time of the block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def locks_folder(store: Path) -> Path:
    """Where the lock files of a store lie: in a folder beside it."""
    return store.with_name(f"{store.name}.locks")
