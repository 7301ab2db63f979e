"""Decoding of plain data from bytes that may be hostile.

An iterative parser: no recursion to exhaust, no marshal, no pickle. Lengths are checked against what is left before
anything is allocated, and keys crafted to collide are refused, so that reading costs no more than a small multiple
of the bytes.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import re
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from unriddle.language.values import Fields, Items, Large, Opaque

__all__ = ["decode", "integers"]

_DTYPE = re.compile(r"[<>|=]([biufc](1|2|4|8|16)|[SU]\d{1,7}|[mM]8(\[\d{0,6}[a-zA-Z]{1,3}\])?)\Z")
_THREE = struct.Struct("<3H")
_INT, _FLOAT, _COMPLEX = struct.Struct("<i"), struct.Struct("<d"), struct.Struct("<dd")
_COUNTED = {"[": 1, "(": 1, "<": 1, ">": 1, "q": 1}
_FIXED = {"b": 1, "R": 3, "D": 1, "Q": 2, "e": 3, "d": 2, "a": 2, "A": 3, "H": 2, "h": 3}
_NOTHING = object()


def decode(data: bytes) -> Any:
    """See ``unriddle.language.values.decode``."""
    try:
        value = _quick(data)
        return _parse(data) if value is _NOTHING else value
    except _REFUSED as error:
        raise ValueError(f"not an encoded value: {error}") from error


_REFUSED = (
    *(struct.error, IndexError, TypeError, OverflowError, UnicodeError, ArithmeticError, RecursionError),
    *(MemoryError, SystemError),
)
_KEY_DEPTH = 100
"""Deepest nesting of a dict key or set element; hashing recurses."""
_DECIMAL_DIGITS = 20_000
_EMPTY_AXIS = 1_000_000


class _Frame:
    """A container under construction.

    Attributes:
        tag: What it becomes.
        missing: How many parts it has in all; −1 until the end mark.
        parts: The parts so far.
        depth: Nesting of its deepest part.
        key_depth: Nesting of its deepest part that will be hashed.
    """

    __slots__ = ("depth", "key_depth", "missing", "parts", "tag")

    def __init__(self, tag: str, missing: int) -> None:
        self.tag, self.missing, self.parts = tag, missing, list[Any]()
        self.depth = self.key_depth = 0

    def add(self, value: Any, depth: int) -> None:
        """One more part, nested this deep."""
        if depth:
            if self.tag != "{" or len(self.parts) % 2 == 0:
                self.key_depth = max(self.key_depth, depth)
            self.depth = max(self.depth, depth)
        self.parts.append(value)


def _quick(data: bytes) -> Any:
    """The most common results (a number, a text, a list of small integers) in one go; ``_NOTHING`` for all others."""
    tag, size = data[:1], len(data)
    if tag == b"i" and size == 5:
        return _INT.unpack_from(data, 1)[0]
    if tag in _SINGLE and size == 1:
        return _SINGLE[tag]
    if tag == b"g" and size == 9:
        return _FLOAT.unpack_from(data, 1)[0]
    if tag == b"u" and size >= 5 and _INT.unpack_from(data, 1)[0] == size - 5:
        return data[5:].decode("utf-8", "surrogatepass")
    if tag in (b"[", b"(") and integers(data):
        parts = [number for (number,) in _TAGGED.iter_unpack(memoryview(data)[5:])]
        return parts if tag == b"[" else tuple(parts)
    return _NOTHING


_SINGLE = {b"N": None, b"T": True, b"F": False}
_TAGGED = struct.Struct("<xi")


def integers(data: bytes) -> bool:
    """Whether these bytes, which begin like a list or tuple, are one of nothing but 32-bit integers."""
    n, rest = divmod(len(data) - 5, 5)
    return rest == 0 and _INT.unpack_from(data, 1)[0] == n and data[5::5] == b"i" * n


def _parse(data: bytes) -> Any:
    at, end = 0, len(data)
    stack: list[_Frame] = []
    while True:
        tag, depth = chr(data[at]), 0
        value, at, frame = _token(tag, data, at + 1, end)
        if frame is not None:
            if tag in "[(" and frame.missing:
                at = _numbers(frame, data, at)
            if len(frame.parts) != frame.missing:
                stack.append(frame)
                continue
            value, depth = _close(frame), 1 if frame.parts else 0
        elif value is _NOTHING:  # the end mark of a dict
            if not stack or stack[-1].missing != -1:
                raise ValueError("end mark outside a dict")
            frame = stack.pop()
            value, depth = _close(frame), frame.depth + 1
        while True:
            if not stack:
                if at != end:
                    raise ValueError(f"{end - at} bytes after the value")
                return value
            top = stack[-1]
            top.add(value, depth)
            if top.missing == -1 or len(top.parts) < top.missing:
                break
            value, depth = _close(stack.pop()), top.depth + 1


def _numbers(frame: _Frame, data: bytes, at: int) -> int:
    """Take the numbers that a list or tuple begins with, in one go; the place after them.

    Results with a million numbers are common in benchmarks, and the general way costs several times as much.
    """
    parts, missing, integer, real = frame.parts, frame.missing, _INT.unpack_from, _FLOAT.unpack_from
    while len(parts) < missing:
        tag = data[at]
        if tag == 0x69:  # i
            parts += integer(data, at + 1)
            at += 5
        elif tag == 0x67:  # g
            parts += real(data, at + 1)
            at += 9
        else:
            break
    return at


def _token(tag: str, data: bytes, at: int, end: int) -> tuple[Any, int, _Frame | None]:
    """One atom (value, place after it, None) or the head of a container (…, …, frame)."""
    if tag == "i":
        return _INT.unpack_from(data, at)[0], at + 4, None
    if tag in "us":
        size, at = _size(data, at, end)
        raw = data[at : at + size]
        return raw.decode("utf-8", "surrogatepass") if tag == "u" else raw, at + size, None
    if tag in "NTF":
        return {"N": None, "T": True, "F": False}[tag], at, None
    if tag == "g":
        return _FLOAT.unpack_from(data, at)[0], at + 8, None
    if tag == "l":
        return _long(data, at, end)
    if tag == "y":
        return complex(*_COMPLEX.unpack_from(data, at)), at + 16, None
    if tag == "0":
        return _NOTHING, at, None
    if tag == "{":
        return None, at, _Frame(tag, -1)
    if tag in _COUNTED:
        size, at = _size(data, at, end)
        return None, at, _Frame(tag, size)
    if tag in _FIXED:
        return None, at, _Frame(tag, _FIXED[tag])
    if tag in "CPS":
        size, at = _size(data, at, end)
        return None, at, _Frame(tag, 1 + 2 * size if tag != "S" else 2 + size)
    if tag == "O":
        name, at, _ = _token(chr(data[at]), data, at + 1, end)
        return Opaque(_as(name, str)), at, None
    raise ValueError(f"unknown tag {tag!r} at byte {at - 1}")


def _size(data: bytes, at: int, end: int) -> tuple[int, int]:
    size = _INT.unpack_from(data, at)[0]
    if not 0 <= size <= end - at - 4:
        raise ValueError(f"a length of {size} with {end - at - 4} bytes left")
    return size, at + 4


def _long(data: bytes, at: int, end: int) -> tuple[int, int, None]:
    """A long integer: 15-bit digits, combined pairwise so that the cost stays near linear."""
    signed = _INT.unpack_from(data, at)[0]
    n = abs(signed)
    if n * 2 > end - at - 4:
        raise ValueError(f"a long integer of {n} digits with {end - at - 4} bytes left")
    if n == 3:  # most of them: what is longer than 32 bits and shorter than 46
        low, middle, high = _THREE.unpack_from(data, at + 4)
        value = low | middle << 15 | high << 30
        return (-value if signed < 0 else value), at + 10, None
    digits = list(struct.unpack_from(f"<{n}H", data, at + 4))
    shift = 15
    while len(digits) > 1:
        if len(digits) % 2:
            digits.append(0)
        digits = [low | high << shift for low, high in zip(digits[::2], digits[1::2], strict=True)]
        shift *= 2
    value = digits[0] if digits else 0
    return (-value if signed < 0 else value), at + 4 + 2 * n, None


def _close(frame: _Frame) -> Any:
    """The finished container."""
    parts = frame.parts
    if frame.tag in "{<>" and frame.key_depth > _KEY_DEPTH:
        raise ValueError(f"a key nested deeper than {_KEY_DEPTH}")
    if frame.tag == "[":
        return parts
    if frame.tag == "(":
        return tuple(parts)
    if frame.tag == "{":
        return _mapping(parts)
    if frame.tag in "<>":
        _check_keys(parts)
        return set(parts) if frame.tag == "<" else frozenset(parts)
    return _CLOSERS[frame.tag](parts)


def _mapping(parts: list[Any]) -> dict[Any, Any]:
    if len(parts) % 2:
        raise ValueError("a dict key without a value")
    _check_keys(parts[::2])
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _check_keys(keys: list[Any]) -> None:
    """Keys that share their hash make a dict quadratic; a thousand of them are an attack, not a result."""
    if len(keys) > 1000 and len(keys) - len(dict.fromkeys(sorted(map(hash, keys)))) > 1000:
        raise ValueError("too many keys with the same hash")


def _as(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _record(kind: str) -> Callable[[list[Any]], Fields]:
    def close(parts: list[Any]) -> Fields:
        half = (len(parts) - 1) // 2
        names = tuple(_as(name, str) for name in parts[1 : 1 + half])
        return Fields(kind, _as(parts[0], str), names, tuple(parts[1 + half :]))

    return close


def _moment(parts: list[Any]) -> Any:
    kinds: dict[str, Any] = {"date": datetime.date, "time": datetime.time, "datetime": datetime.datetime}
    kind = kinds.get(_as(parts[0], str))
    if kind is None:
        raise ValueError(f"unknown moment {parts[0]!r}")
    return kind.fromisoformat(_as(parts[1], str))


def _scalar(parts: list[Any]) -> Any:
    import numpy as np

    dtype = _dtype(parts[0])
    _check_text(dtype, _as(parts[1], bytes))
    array = np.frombuffer(parts[1], dtype=dtype)
    if array.shape != (1,):
        raise ValueError("a numpy scalar of another size than its type")
    return array[0]


def _array(parts: list[Any]) -> Any:
    import numpy as np

    shape = tuple(_as(n, int) for n in _as(parts[1], list))
    if len(shape) > 32 or any(n < 0 for n in shape):
        raise ValueError(f"impossible array shape {shape}")
    if 0 in shape and max(shape) > _EMPTY_AXIS:
        raise ValueError(f"an empty array of shape {shape}")
    if parts[0] == "O":
        flat = np.empty(len(_as(parts[2], list)), dtype=object)
        flat[:] = parts[2]
        return flat.reshape(shape)
    dtype, raw = _dtype(parts[0]), _as(parts[2], bytes)
    if dtype.itemsize == 0:
        raise ValueError("an array of zero-width items")
    _check_text(dtype, raw)
    return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()


def _check_text(dtype: Any, raw: bytes) -> None:
    """Fixed-width text is stored as code points, and numpy believes any."""
    import numpy as np

    if dtype.kind == "U" and raw and int(np.frombuffer(raw, dtype=dtype.byteorder + "u4").max()) > 0x10FFFF:
        raise ValueError("text with impossible code points")


def _dtype(text: Any) -> Any:
    import numpy as np

    if not _DTYPE.match(_as(text, str)):
        raise ValueError(f"array type {text!r} is not plain")
    return np.dtype(text)


def _decimal(parts: list[Any]) -> decimal.Decimal:
    if len(_as(parts[0], str)) > _DECIMAL_DIGITS:
        raise ValueError(f"a decimal of more than {_DECIMAL_DIGITS} digits")
    return decimal.Decimal(parts[0])


_CLOSERS: dict[str, Callable[[list[Any]], Any]] = {
    "b": lambda parts: bytearray(_as(parts[0], bytes)),
    "q": lambda parts: deque(parts),
    "R": lambda parts: range(*(_as(part, int) for part in parts)),
    "D": _decimal,
    "Q": lambda parts: fractions.Fraction(_as(parts[0], int), _as(parts[1], int)),
    "e": lambda parts: datetime.timedelta(*(_as(part, int) for part in parts)),
    "d": _moment,
    "a": _scalar,
    "A": _array,
    "C": _record("dataclass"),
    "P": _record("namedtuple"),
    "S": lambda parts: Items(_as(parts[0], str), tuple(parts[2:]), _as(parts[1], bool)),
    "H": lambda parts: Large(_as(parts[0], bytes), _as(parts[1], int)),
    "h": lambda parts: Large(_as(parts[0], bytes), _as(parts[1], int), _as(parts[2], bytes)),
}
