"""The system as a module sees it: input, output, clock and random numbers that are the same in each run.

These functions of WASI (preview 1) are ours, so that output is bounded, no thread of the engine calls back into this
process, sleeping costs no time, and a probe cannot change what a program reads from its clock. The others are the
engine's; there are no files, no network, no environment. Not covered: real time and real randomness.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

__all__ = ["System"]

_WASI = "wasi_snapshot_preview1"
_DONE, _BAD_FILE, _FAULT, _INVALID = 0, 8, 21, 28
_MOST = 1 << 20
_STEP = 1_000_000  # nanoseconds that pass between two looks at the clock


class System:
    """Input, output, clock and random numbers of one run.

    Args:
        stdin: What can be read.
        most: Bytes kept of either output.
    """

    def __init__(self, stdin: bytes, *, most: int) -> None:
        self.printed: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self._stdin, self._read, self._most = stdin, 0, most
        self._time, self._seed = 0, 1

    def define(self, w: Any, linker: Any) -> None:
        """Put the functions where a module looks for them."""
        i, q = w.ValType.i32(), w.ValType.i64()
        linker.allow_shadowing = True
        for name, kinds, function in (
            ("fd_write", [i] * 4, self._fd_write),
            ("fd_read", [i] * 4, self._fd_read),
            ("clock_time_get", [i, q, i], self._clock_time_get),
            ("random_get", [i, i], self._random_get),
            ("poll_oneoff", [i] * 4, self._poll_oneoff),
        ):
            linker.define_func(_WASI, name, w.FuncType(kinds, [i]), _guarded(function), access_caller=True)
        linker.allow_shadowing = False

    def _fd_write(self, memory: _Memory, fd: int, vectors: int, n: int, written: int) -> int:
        if fd not in self.printed:
            return _BAD_FILE
        total, kept = 0, self.printed[fd]
        for at, size in memory.vectors(vectors, n):
            data = memory.read(at, size)
            kept.extend(data[: max(0, self._most - len(kept))])
            total += size
        memory.write(written, struct.pack("<I", total & 0xFFFFFFFF))
        return _DONE

    def _fd_read(self, memory: _Memory, fd: int, vectors: int, n: int, read: int) -> int:
        if fd != 0:
            return _BAD_FILE
        total = 0
        for at, size in memory.vectors(vectors, n):
            data = self._stdin[self._read : self._read + size]
            memory.write(at, data)
            self._read += len(data)
            total += len(data)
        memory.write(read, struct.pack("<I", total))
        return _DONE

    def _clock_time_get(self, memory: _Memory, _clock: int, _precision: int, at: int) -> int:
        self._time += _STEP
        memory.write(at, struct.pack("<Q", self._time))
        return _DONE

    def _random_get(self, memory: _Memory, at: int, n: int) -> int:
        if not 0 <= n <= _MOST:
            return _INVALID
        data = bytearray()
        for _ in range(n):
            self._seed = (self._seed * 6364136223846793005 + 1442695040888963407) % 2**64
            data.append(self._seed >> 56)
        memory.write(at, bytes(data))
        return _DONE

    def _poll_oneoff(self, memory: _Memory, wanted: int, found: int, n: int, n_found: int) -> int:
        """Files are ready at once; otherwise the clock is put to the first time that is waited for."""
        if not 0 < n <= 1024:
            return _INVALID
        ready, waits = [], []
        for k in range(n):
            data = memory.read(wanted + 48 * k, 48)
            user, kind = struct.unpack_from("<QB", data)
            if kind == 0:
                until, absolute = struct.unpack_from("<Q8xH", data, 24)
                waits.append((until if absolute & 1 else self._time + until, user))
            else:
                ready.append((user, kind))
        if not ready:
            self._time = max(self._time, min(min(waits)[0], 2**63))
            ready = [(user, 0) for until, user in waits if until <= self._time]
        for k, (user, kind) in enumerate(ready):
            memory.write(found + 32 * k, struct.pack("<QHB21x", user, 0, kind))
        memory.write(n_found, struct.pack("<I", len(ready)))
        return _DONE


class _Fault(Exception):
    """An address outside the program's memory."""


class _Memory:
    """The calling program's memory."""

    def __init__(self, caller: Any) -> None:
        self._caller = caller
        self._memory = caller.get("memory")
        self._size = self._memory.data_len(caller) if hasattr(self._memory, "data_len") else 0

    def _check(self, at: int, n: int) -> int:
        at &= 0xFFFFFFFF  # addresses come as signed numbers
        if not 0 <= n <= self._size - at:
            raise _Fault
        return at

    def read(self, at: int, n: int) -> bytes:
        at = self._check(at, n)
        return bytes(self._memory.read(self._caller, at, at + n))

    def write(self, at: int, data: bytes) -> None:
        at = self._check(at, len(data))
        if data:
            self._memory.write(self._caller, data, at)

    def vectors(self, at: int, n: int) -> list[tuple[int, int]]:
        """Addresses and sizes."""
        data = self.read(at, 8 * (n & 0xFFFFFFFF))
        return list(struct.iter_unpack("<II", data))


def _guarded(function: Callable[..., int]) -> Callable[..., int]:
    def call(caller: Any, *given: int) -> int:
        try:
            return function(_Memory(caller), *given)
        except _Fault:
            return _FAULT

    return call
