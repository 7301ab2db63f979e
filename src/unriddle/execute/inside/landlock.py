"""Landlock: for the level without namespaces, no reading or writing outside what a program needs.

Landlock needs no privilege. Reading is confined to the libraries and the scratch folder, writing to the scratch
folder; newer kernels add TCP, signals and abstract sockets. It does not cover changing modes, owners and times of
files (the seccomp filter of that level refuses those), nor seeing that a file exists. What older versions leave open
is closed by a filter in ``paths``. Not covered: sockets other than TCP.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.execute.inside import paths

__all__ = ["close_memory", "confine", "supported", "why_not"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
# write_file, remove_dir, remove_file, and make_{char, dir, reg, sock, fifo, block, sym}
_WRITES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_EXECUTE, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 0, 1 << 13, 1 << 14, 1 << 15
_NET, _SCOPES = 0b11, 0b11
"""Binding and connecting TCP; abstract unix sockets and signals."""
_PR_SET_DUMPABLE = 4

_libc = ctypes.CDLL(None, use_errno=True)


def supported() -> int:
    """Landlock's version on this kernel; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


def why_not() -> str:
    """Why there is no Landlock; an empty string where there is one."""
    if supported():
        return ""
    number = ctypes.get_errno()
    reasons = {
        errno.ENOSYS: "this kernel was built without it (it came with Linux 5.13)",
        errno.EOPNOTSUPP: "it is built in but not switched on: add landlock to the boot parameter lsm=",
        errno.EPERM: "a seccomp filter on this process refuses it",
    }
    return reasons.get(number, os.strerror(number))


def confine(scratch: str, *, readable: Sequence[str], hidden: Sequence[str], runnable: bool = False) -> None:
    """From now on this process and its children read only these paths and write only the scratch folder.

    Without Landlock in the kernel they write nowhere at all, and may read everything that their user can. The process
    also becomes undumpable, so that its memory is closed to its own children.

    Args:
        scratch: The folder that may be read and written; ``/dev/null`` may be too.
        readable: Files and folders that may be read.
        hidden: Folders below them whose files may not be read, but for those that lie below a readable path in them.
        runnable: Whether readable files may be run as programs.

    Raises:
        OSError: The kernel has no Landlock, and this is root, whose files would be left readable.
    """
    version = supported()
    if not version and os.geteuid() == 0:
        raise OSError(f"landlock: without it this level would let programs read all files as root; {why_not()}")
    paths.refuse_unguarded(version)
    close_memory()
    if not version:
        return
    writes = _WRITES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    reads = _READ_FILE | _READ_DIR
    handled = writes | reads | _EXECUTE | (_IOCTL_DEV if version >= 5 else 0)
    attributes = struct.pack("<QQQ", handled, _NET, _SCOPES)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _check(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0))
    rules = dict.fromkeys(_without(readable, hidden), _READ_FILE | (_EXECUTE if runnable else 0))
    rules |= dict.fromkeys(("/dev/zero", "/dev/random", "/dev/urandom"), _READ_FILE)
    _allow(ruleset, "/dev/null", _READ_FILE | writes & (_WRITE_FILE | _TRUNCATE))
    for path in readable:
        if os.path.isdir(path):
            _allow(ruleset, path, _READ_DIR)
    for path, rights in rules.items():
        _allow(ruleset, path, rights)
    _allow(ruleset, scratch, writes | reads)
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def close_memory() -> None:
    """Make this process undumpable: the kernel then keeps its ``/proc`` entries and ptrace for root."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))


def _without(readable: Sequence[str], hidden: Sequence[str]) -> Iterator[str]:
    """The paths; one with a hidden folder below it is replaced by its entries, because a rule holds for all below.

    Entries that are links are left out: what they point to is readable only where it lies itself.
    """
    away = {os.path.realpath(path) for path in hidden}
    for path in readable:
        real = os.path.realpath(path)
        if real in away:
            continue
        if any(other.startswith(real.rstrip("/") + "/") for other in away):
            yield from _without([entry.path for entry in os.scandir(real) if not entry.is_symlink()], hidden)
        else:
            yield real


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH)
    except (FileNotFoundError, PermissionError):  # a dangling link, or what this user cannot reach anyway
        return
    try:
        _check(_libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("<Qi", rights, fd), 0))
    finally:
        os.close(fd)


def _check(result: Any) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return int(result)
