"""Encoding of plain data. Runs inside the sandbox too, so it needs the standard library only.

Built-in types go through ``marshal`` version 2; a scan in C (``set(map(type, …))``) first makes sure that there is
nothing else inside, because marshal would take any buffer for bytes. All other values are walked here, iteratively,
so that depth is bounded by the byte limit alone.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import marshal
import struct
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

from unriddle.language.values import MAX_ITEMS, Fields, Items, Large, Opaque, ValueTooLarge

__all__ = ["encode", "encode_trusted"]

_ATOMS = frozenset({int, str, float, bool, type(None), bytes, complex})
_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_DICTS = frozenset({dict, Counter, OrderedDict, defaultdict})
_VIEWS = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_MAX_SCAN = 1_000_000
_DTYPE_KINDS = "biufcSUmM"


def encode(value: Any, limit: int) -> bytes:
    """See ``unriddle.language.values.encode``."""
    data = _marshalled(value)
    if data is None:
        data = b"".join(_walk(value, limit))
    if len(data) > limit:
        raise ValueTooLarge(f"{len(data)} bytes, limit {limit}")
    return data


def encode_trusted(value: Any) -> bytes:
    """For arguments on their way into the sandbox: a first byte says whether marshal may read the rest."""
    data = _marshalled(value)
    return b"M" + data if data is not None else b"G" + encode(value, 2**31)


def _marshalled(value: Any) -> bytes | None:
    """What marshal makes of it; ``None`` where there is more than built-in types, or deeper than marshal goes."""
    if type(value) not in _ATOMS and not _only_builtin(value):
        return None
    try:
        return marshal.dumps(value, 2)
    except ValueError:
        return None


def _only_builtin(value: Any) -> bool:
    """Whether there is nothing but exact built-in types all the way down (False also for cycles)."""
    if type(value) not in _CONTAINERS:
        return False
    stack, seen = [value], 0
    while stack:
        container = stack.pop()
        seen += 1
        if seen > _MAX_SCAN:
            return False
        parts = (container, container.values()) if type(container) is dict else (container,)
        for part in parts:
            kinds = set(map(type, part))
            if kinds <= _ATOMS:
                continue
            if not kinds <= _ATOMS | _CONTAINERS:
                return False
            stack.extend(item for item in part if type(item) in _CONTAINERS)
    return True


def _count(tag: bytes, n: int) -> bytes:
    return tag + struct.pack("<i", n)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return _count(b"u", len(data)) + data


class _Leave:
    """Marks on the stack where a container ends, so that only containers on the current path count as a cycle."""

    __slots__ = ("of",)

    def __init__(self, of: int) -> None:
        self.of = of


class _Raw:
    """Bytes to be put out as they are."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def _walk(value: Any, limit: int) -> list[bytes]:
    out: list[bytes] = []
    size = 0
    path: set[int] = set()
    keep: list[Any] = []  # containers made here must outlive their id in ``path``
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is _Leave:
            path.discard(item.of)
            continue
        if kind is _Raw:
            data = item.data
        elif kind in _ATOMS:
            data = marshal.dumps(item, 2)
        elif id(item) in path:
            data = b"O" + _text("cycle")
        else:
            data, inside = _open(item, kind)
            if inside:
                path.add(id(item))
                keep.append(item)
                stack.append(_Leave(id(item)))
                stack.extend(reversed(inside))
        out.append(data)
        size += len(data)
        if size > limit:
            raise ValueTooLarge(f"more than {limit} bytes")
    return out


def _open(item: Any, kind: type) -> tuple[bytes, list[Any]]:
    """The head of a value that is not an atom, and the values that follow it."""
    if kind is list:
        return _count(b"[", list.__len__(item)), list(item)
    if kind is tuple:
        return _count(b"(", tuple.__len__(item)), list(item)
    if kind in _DICTS:
        inside: list[Any] = [part for pair in dict.items(item) for part in pair]
        return b"{", [*inside, _Raw(b"0")]
    if kind is set or kind is frozenset:
        return _count(b"<" if kind is set else b">", len(item)), list(item)
    return _open_library(item, kind)


def _open_library(item: Any, kind: type) -> tuple[bytes, list[Any]]:
    """Types of the standard library that are not containers of the language."""
    if kind is bytearray:
        return b"b", [bytes(item)]
    if kind is deque:
        return _count(b"q", len(item)), list(item)
    if kind is range:
        return b"R", [item.start, item.stop, item.step]
    if kind is decimal.Decimal:
        return b"D", [str(item)]
    if kind is fractions.Fraction:
        return b"Q", [item.numerator, item.denominator]
    if kind is datetime.timedelta:
        return b"e", [item.days, item.seconds, item.microseconds]
    if kind is datetime.datetime or kind is datetime.date or kind is datetime.time:
        return b"d", [kind.__name__, item.isoformat()]
    if kind is Fields:
        return _fields(item.kind, item.type_name, item.names, item.items)
    if kind is Items:
        return _count(b"S", len(item.items)), [item.kind, item.cut, *item.items]
    if kind is Large:
        more = [item.encoded] if item.encoded else []
        return b"h" if more else b"H", [item.digest, item.n_bytes, *more]
    if kind is Opaque:
        return b"O" + _text(item.type_name), []
    return _open_other(item, kind)


def _open_other(item: Any, kind: type) -> tuple[bytes, list[Any]]:
    """Values of numpy, records and iterators; an opaque token for the rest."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if kind is numpy.ndarray:
            return _array(item)
        if isinstance(item, numpy.generic) and item.dtype.kind in _DTYPE_KINDS:
            return b"a", [item.dtype.str, item.tobytes()]
    if kind in _VIEWS or (hasattr(kind, "__next__") and hasattr(kind, "__iter__")):
        taken, cut = _take(item)
        return _count(b"S", len(taken)), [kind.__name__, cut, *taken]
    names = getattr(kind, "__dataclass_fields__", None)
    if type(names) is dict:
        return _fields("dataclass", kind.__name__, tuple(names), tuple(getattr(item, name) for name in names))
    names = getattr(kind, "_fields", None)
    if isinstance(item, tuple) and type(names) is tuple and len(names) == tuple.__len__(item):
        return _fields("namedtuple", kind.__name__, names, tuple(tuple.__iter__(item)))
    return b"O" + _text(str(getattr(kind, "__name__", "object"))), []


def _fields(kind: str, name: str, names: tuple[str, ...], items: tuple[Any, ...]) -> tuple[bytes, list[Any]]:
    head = _count(b"C" if kind == "dataclass" else b"P", len(names))
    return head, [str(name), *(str(n) for n in names), *items]


def _array(item: Any) -> tuple[bytes, list[Any]]:
    if item.dtype.kind == "O":
        return b"A", ["O", list(item.shape), item.ravel().tolist()]
    if item.dtype.kind not in _DTYPE_KINDS or item.dtype.names:
        return b"O" + _text("ndarray"), []
    return b"A", [item.dtype.str, list(item.shape), item.tobytes()]


def _take(iterator: Any) -> tuple[list[Any], bool]:
    taken: list[Any] = []
    for item in iterator:
        if len(taken) == MAX_ITEMS:
            return taken, True
        taken.append(item)
    return taken, False
