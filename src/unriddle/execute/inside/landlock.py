"""Landlock: for the level without namespaces, no writing outside the scratch folder.

Landlock needs no privilege. It does not cover changing modes, owners and times of files; the seccomp filter of that
level refuses those. Not covered: reading; at that level a program can read what its user can.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Any

__all__ = ["only_write_below", "supported"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
# write_file, remove_dir, remove_file, and make_{char, dir, reg, sock, fifo, block, sym}; refer and truncate came later
_WRITES = 1 << 1 | sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14

_libc = ctypes.CDLL(None, use_errno=True)


def supported() -> int:
    """Landlock's version on this kernel; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


def only_write_below(folder: str) -> None:
    """From now on this process and its children write only below ``folder`` and to ``/dev/null``.

    Raises:
        OSError: The kernel has no Landlock, and this is root, who could then write anywhere.
    """
    version = supported()
    if not version:
        if os.geteuid() == 0:
            raise OSError("without Landlock in the kernel this level would let programs write as root")
        return
    rights = _WRITES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    ruleset = _check(_libc.syscall(_CREATE_RULESET, struct.pack("<Q", rights), ctypes.c_size_t(8), 0))
    for path, allowed in ((folder, rights), ("/dev/null", rights & ((1 << 1) | _TRUNCATE))):
        fd = os.open(path, os.O_PATH)
        _check(_libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("<Qi", allowed, fd), 0))
        os.close(fd)
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _check(result: Any) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return int(result)
