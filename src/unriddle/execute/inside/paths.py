"""What Landlock of an old version leaves open, refused by number: a filter the zygote loads once, children inherit it.

Landlock below version 3 does not guard truncation, and without Landlock nothing guards the file system of the level
without namespaces. A filter sees the flags of a call but not its path, so without Landlock programs write nowhere, not
even in their scratch folder. Not covered: architectures other than x86-64, where nothing is filtered.
"""

from __future__ import annotations

import errno
import os
import struct

from unriddle.execute.inside import bpf, seccomp

__all__ = ["refuse_unguarded"]

_OPEN, _OPENAT, _TRUNCATE = 2, 257, 76
_CREAT = 85
_CHANGES = (82, 83, 84, _CREAT, 86, 87, 88, 258, 263, 264, 265, 266, 316)
"""rename, mkdir, rmdir, creat, link, unlink, symlink, mkdirat, unlinkat, renameat, linkat, symlinkat, renameat2."""
_O_ACCMODE, _O_TRUNC = 3, 0o1000
_WRITING = _O_ACCMODE | _O_TRUNC | os.O_CREAT | 0o20000000
"""Flags of ``open`` that write, make or empty a file; the last is O_TMPFILE without O_DIRECTORY."""
_LOAD, _AND, _JEQ, _JSET = 0x20, 0x54, 0x15, 0x45


def refuse_unguarded(landlock_version: int) -> None:
    """Load the filter that this version of Landlock needs beside it; none from version 3 on, or elsewhere than x86-64.

    Raises:
        OSError: The kernel refused the filter.
    """
    if landlock_version >= 3 or not seccomp.supported():
        return
    refuse = bpf.refuse(errno.EPERM)
    rules = {_TRUNCATE: refuse}
    for number, argument in ((_OPEN, 1), (_OPENAT, 2)):
        if landlock_version:
            rules[number] = _no_emptying_by_reader(argument)
        else:
            rules[number] = bpf.allow_unless(argument, _WRITING, otherwise=refuse, all_clear=True)
    if not landlock_version:
        rules |= dict.fromkeys(_CHANGES, refuse)
    seccomp.load(bpf.header() + bpf.by_number(rules, otherwise=bpf.ret(bpf.ALLOW)))


def _no_emptying_by_reader(argument: int) -> bytes:
    """O_TRUNC empties a file even when it is not opened for writing, and only writing is guarded by version 1 and 2."""

    def op(code: int, jt: int, jf: int, k: int) -> bytes:
        return struct.pack("<HBBI", code, jt, jf, k)

    place = 16 + 8 * argument
    return (
        op(_LOAD, 0, 0, place)
        + op(_JSET, 0, 3, _O_TRUNC)
        + op(_AND, 0, 0, _O_ACCMODE)
        + op(_JEQ, 1, 0, os.O_WRONLY)
        + op(_JEQ, 0, 1, os.O_RDWR)
        + bpf.ret(bpf.ALLOW)
        + bpf.refuse(errno.EPERM)
    )
