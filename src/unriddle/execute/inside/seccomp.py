"""The seccomp filter: assembled here into classic BPF, once per zygote, patched with the child's pid, and loaded.

A refused call fails with EPERM instead of killing the process, so that an honest program sees an ordinary
PermissionError. Not covered: architectures other than x86-64.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from unriddle.execute.inside import syscalls

__all__ = ["Filter", "supported"]

_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000
_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_PID_MARK = 0x7FFFFFF1


def supported() -> bool:
    """Whether there is a filter for this machine's architecture."""
    return platform.machine() == "x86_64"


def _op(code: int, jt: int, jf: int, k: int) -> bytes:
    return struct.pack("<HBBI", code, jt, jf, k)


def _allow_if(argument: int, values: tuple[int, ...], *, code: int = _JEQ) -> list[bytes]:
    """With the call's number matched: allow when the argument compares with one of the values, refuse otherwise."""
    tests = [_op(code, 0, 1, value) + _op(_RET, 0, 0, _ALLOW) for value in values]
    return [_op(_LOAD, 0, 0, argument), *tests, _op(_RET, 0, 0, _ERRNO | errno.EPERM)]


def _when(number: int, body: list[bytes]) -> bytes:
    code = b"".join(body)
    return _op(_JEQ, 0, len(code) // 8, number) + code


def _assemble(*, contained: bool) -> bytes:
    head = [
        _op(_LOAD, 0, 0, _ARCH),
        _op(_JEQ, 1, 0, _ARCH_X86_64),
        _op(_RET, 0, 0, _KILL),
        _op(_LOAD, 0, 0, _NR),
        _op(_JGE, 0, 1, _X32_BIT),
        _op(_RET, 0, 0, _ERRNO | errno.EPERM),
    ]
    refused = () if contained else syscalls.ATTRIBUTES.values()
    allowed = [nr for nr in syscalls.ALLOWED.values() if nr not in refused]
    plain = [_op(_JEQ, 0, 1, nr) + _op(_RET, 0, 0, _ALLOW) for nr in allowed]
    special = [
        *(_when(nr, _allow_if(_ARG0, (_PID_MARK,))) for nr in syscalls.KILLS.values()),
        _when(syscalls.CLONE, _allow_if(_ARG0, (_CLONE_THREAD,), code=_JSET)),
        _when(syscalls.CLONE3, [_op(_RET, 0, 0, _ERRNO | errno.ENOSYS)]),
        _when(syscalls.FCNTL, _allow_if(_ARG1, syscalls.FCNTLS)),
        _when(syscalls.IOCTL, _allow_if(_ARG1, syscalls.IOCTLS)),
        _when(syscalls.PRCTL[0], _allow_if(_ARG0, (syscalls.PRCTL[1],))),
        _when(syscalls.PRLIMIT, _allow_if(_ARG0, (0, _PID_MARK))),
    ]
    return b"".join([*head, *plain, *special, _op(_RET, 0, 0, _ERRNO | errno.EPERM)])


class Filter:
    """A filter that a child loads on itself after the fork; made once in the zygote.

    Args:
        contained: The file system is the sandbox's own, so that modes and times may be changed.
    """

    __slots__ = ("_code", "_places", "_prctl")

    def __init__(self, *, contained: bool) -> None:
        self._code = bytearray(_assemble(contained=contained))
        mark = struct.pack("<I", _PID_MARK)
        self._places = [i for i in range(4, len(self._code), 8) if self._code[i : i + 4] == mark]
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def load(self, pid: int) -> None:
        """Confine the calling process, whose pid is ``pid``.

        Raises:
            OSError: The kernel refused the filter.
        """
        for place in self._places:
            self._code[place : place + 4] = struct.pack("<I", pid)
        code = (ctypes.c_char * len(self._code)).from_buffer(self._code)
        program = struct.pack("@HxxxxxxP", len(self._code) // 8, ctypes.addressof(code))
        for arguments in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)):
            if self._prctl(*arguments) != 0:
                number = ctypes.get_errno()
                raise OSError(number, "prctl refused the seccomp filter")
