"""Memory that can be forgotten: what a candidate sent or was sent must not be found by the next one.

Children inherit the zygote's memory, and memory that Python frees keeps its bytes. So programs, arguments and answers
lie in mappings of their own, which are given back to the kernel after each job. Not covered: lengths and times.
"""

from __future__ import annotations

import mmap
import os

__all__ = ["Area"]

_FIRST = 1 << 16


class Area:
    """Bytes that grow at the end, outside of Python's heap.

    Attributes:
        size: Bytes in it.
    """

    __slots__ = ("_map", "size")

    def __init__(self, room: int = _FIRST) -> None:
        self.size = 0
        self._map = mmap.mmap(-1, max(1, room), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def read(self, fd: int, most: int) -> int:
        """Take at most ``most`` bytes from a descriptor; how many came, 0 at its end.

        Raises:
            BlockingIOError: There is nothing to read and the descriptor does not wait.
        """
        if len(self._map) - self.size < most:
            self._grow(self.size + most)
        with memoryview(self._map) as view:
            n = os.readv(fd, [view[self.size : self.size + most]])
        self.size += n
        return n

    def number(self, at: int) -> int:
        """The four bytes at a place as a number, little endian."""
        return int.from_bytes(self._map[at : at + 4], "little")

    def cut(self, size: int) -> None:
        """Drop what lies behind the first ``size`` bytes."""
        self.size = min(self.size, size)

    def view(self) -> memoryview:
        """The bytes in it; to be released before ``forget``."""
        return memoryview(self._map)[: self.size]

    def forget(self) -> None:
        """Give the memory back."""
        self._map.close()

    def _grow(self, room: int) -> None:
        larger = mmap.mmap(-1, max(room, 2 * len(self._map)), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with self.view() as old, memoryview(larger) as new:
            new[: self.size] = old
        self._map.close()
        self._map = larger
