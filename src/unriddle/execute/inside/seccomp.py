"""The seccomp filters: one that the zygote loads once, and a short one that every child adds for itself.

The zygote's filter has everything a zygote or a candidate may call; children inherit it. The child's takes away what
only a zygote needs (new processes, waiting, sockets) and allows signals to the child itself only, so it holds the
child's pid. It is short because loading it is paid for by every candidate. A tool (a compiler) has the zygote's filter,
but may start programs and signal nobody. A refused call fails with EPERM instead of killing the process: an honest
program sees an ordinary PermissionError. Not covered: architectures other than x86-64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from unriddle.execute.inside import bpf, syscalls

__all__ = ["ChildFilter", "load", "load_tool_filter", "load_zygote_filter", "supported"]

_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080
"""CLONE_NEW* for time, mount, cgroup, uts, ipc, user, pid and net."""
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_PID_MARK = 0x7FFFFFF1
_REFUSE = bpf.refuse(errno.EPERM)


def supported() -> bool:
    """Whether there is a filter for this machine's architecture."""
    return platform.machine() == "x86_64"


def _zygote_code(*, tool: bool = False) -> bytes:
    """The zygote's filter; that of a tool may start programs and signal nobody, itself included."""
    more = (syscalls.EXECVE,) if tool else tuple(syscalls.KILLS.values())
    numbers = *syscalls.ALLOWED.values(), *syscalls.ZYGOTE.values(), *more, syscalls.PRLIMIT
    rules = dict.fromkeys(numbers, bpf.ret(bpf.ALLOW))
    rules[syscalls.CLONE] = bpf.allow_unless(0, _CLONE_NEW, otherwise=_REFUSE, all_clear=True)
    rules[syscalls.CLONE3] = bpf.refuse(errno.ENOSYS)
    prctl = syscalls.PRCTL, 0, (syscalls.SET_NAME, syscalls.SET_SECCOMP)
    for number, argument, values in (*syscalls.BY_ARGUMENT, prctl):
        rules[number] = bpf.allow_if(argument, values, otherwise=_REFUSE)
    return bpf.header() + bpf.by_number(rules, otherwise=_REFUSE)


def _child_code(*, contained: bool) -> bytes:
    refused = *syscalls.ZYGOTE.values(), *(() if contained else syscalls.ATTRIBUTES.values())
    rules = dict.fromkeys(refused, _REFUSE)
    rules[syscalls.PRCTL] = bpf.allow_if(0, (syscalls.SET_NAME,), otherwise=_REFUSE)
    rules[syscalls.CLONE] = bpf.allow_unless(0, _CLONE_THREAD, otherwise=_REFUSE, all_clear=False)
    for number in syscalls.KILLS.values():
        rules[number] = bpf.allow_if(0, (_PID_MARK,), otherwise=_REFUSE)
    rules[syscalls.PRLIMIT] = bpf.allow_if(0, (0, _PID_MARK), otherwise=_REFUSE)
    return bpf.header() + bpf.by_number(rules, otherwise=bpf.ret(bpf.ALLOW))


class _Program:
    """Filter code in memory, ready to be handed to the kernel."""

    __slots__ = ("_code", "_prctl", "_program")

    def __init__(self, code: bytes) -> None:
        self._code = (ctypes.c_char * len(code)).from_buffer(bytearray(code))
        self._program = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(self._code))
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def patch(self, places: tuple[int, ...], value: bytes) -> None:
        """Write the value at these places."""
        for place in places:
            ctypes.memmove(ctypes.addressof(self._code) + place, value, len(value))

    def load(self) -> None:
        """Confine this process with it, for good."""
        if self._prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, self._program, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def load(code: bytes) -> None:
    """Confine this process and its children-to-be with a filter, for good.

    Raises:
        OSError: The kernel refused the filter.
    """
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _Program(code).load()


def load_zygote_filter() -> None:
    """Confine the calling zygote and all its children-to-be.

    Raises:
        OSError: The kernel refused the filter.
    """
    load(_zygote_code())


def load_tool_filter() -> None:
    """Confine the calling process and a tool that it starts: as a zygote, but it may start programs and signal nobody.

    Raises:
        OSError: The kernel refused the filter.
    """
    load(_zygote_code(tool=True))


class ChildFilter:
    """What a child loads on itself after the fork; made once in the zygote.

    Args:
        contained: The file system is the sandbox's own, so that modes and times may be changed.
    """

    __slots__ = ("_places", "_program")

    def __init__(self, *, contained: bool) -> None:
        code, mark = _child_code(contained=contained), struct.pack("<I", _PID_MARK)
        self._places = tuple(i for i in range(4, len(code), 8) if code[i : i + 4] == mark)
        self._program = _Program(code)

    def load(self, pid: int) -> None:
        """Confine the calling process, whose pid is ``pid``.

        Raises:
            OSError: The kernel refused the filter.
        """
        self._program.patch(self._places, struct.pack("<I", pid))
        self._program.load()
