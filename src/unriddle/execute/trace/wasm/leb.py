"""The bytes of WebAssembly: numbers of varying length, names, and a reader that moves forward."""

from __future__ import annotations

from unriddle.errors import BadInput

__all__ = ["Reader", "signed", "unsigned", "vector"]

_LONGEST = 10
"""Bytes of a number: 64 bits, seven in each."""


def unsigned(value: int) -> bytes:
    """A number of 0 or more as LEB128."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        out.append(low | (128 if value else 0))
        if not value:
            return bytes(out)


def signed(value: int) -> bytes:
    """A number as signed LEB128."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        done = value == (-1 if low & 64 else 0)
        out.append(low | (0 if done else 128))
        if done:
            return bytes(out)


def vector(items: list[bytes]) -> bytes:
    """Encoded items after their number."""
    return unsigned(len(items)) + b"".join(items)


class Reader:
    """A place in bytes, moving forward."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, n: int) -> bytes:
        """The next ``n`` bytes."""
        if n < 0 or self.at + n > len(self.data):
            raise BadInput(f"WebAssembly module: it ends in the middle, at byte {len(self.data)}; is the file whole?")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self) -> int:
        """An unsigned LEB128 number."""
        return self._digits()[0]

    def whole(self) -> int:
        """A signed LEB128 number."""
        value, shift, negative = self._digits()
        return value - (1 << shift) if negative else value

    def _digits(self) -> tuple[int, int, bool]:
        """The bits of a number, how many there are, and the last one; no number of a module has more than ten bytes."""
        value = 0
        for i in range(_LONGEST):
            byte = self.take(1)[0]
            value |= (byte & 127) << 7 * i
            if not byte & 128:
                return value, 7 * (i + 1), bool(byte & 64)
        raise BadInput(f"WebAssembly module: a number of more than {_LONGEST} bytes before byte {self.at}")

    def name(self) -> str:
        """A name: its length, then UTF-8."""
        return self.take(self.number()).decode("utf-8", "replace")
