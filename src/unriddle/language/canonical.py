"""One key per equivalence class of values under Python's ``==``, for interning.

A value is brought to a normal form made of built-in types (numbers to int where they are integers, dicts and sets
to sorted items under a mark) and encoded. Not covered: structures nested deeper than ``_DEPTH``; those share a key
only when their encodings are the same.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
from collections import deque
from typing import Any

from unriddle.language.decode import decode, integers
from unriddle.language.encode import encode
from unriddle.language.values import Fields, Items, Large, Opaque

__all__ = ["key"]

_DEPTH = 150
_SAME = frozenset({int, str, type(None), bytes})
_LIMIT = 2**31
_DIGITS = 20_000
"""Decimals with larger exponents are not written out; they share keys among themselves only."""


class _EqualsNothing(Exception):
    """There is an opaque token or a cut iterator inside."""


class _TooDeep(Exception):
    pass


def key(data: bytes) -> bytes | None:
    """The key of an encoded value; ``None`` when the value equals nothing (opaque inside, or a cut iterator).

    Raises:
        ValueError: The bytes are not an encoding.
    """
    if data in _TRUTHS:
        return _TRUTHS[data]
    if data[:1] in (b"[", b"(") and len(data) >= 5 and integers(data):
        return data
    value = decode(data)
    if type(value) in _SAME:
        return data
    try:
        return encode(_normal(value, 0), _LIMIT)
    except _EqualsNothing:
        return None
    except _TooDeep:
        return None if _opaque_inside(data) else data
    except (ArithmeticError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"a value without a key: {error}") from error


_TRUTHS = {b"T": encode(1, _LIMIT), b"F": encode(0, _LIMIT)}


def _mark(name: str, *items: Any) -> Fields:
    """A normal form under a name. Nothing else leaves a ``Fields`` in a normal form, so no value can imitate it."""
    return Fields("namedtuple", name, ("",) * len(items), items)


def _normal(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in _SAME:
        return value
    if depth > _DEPTH:
        raise _TooDeep
    if kind is list or kind is tuple:
        return kind([item if type(item) in _SAME else _normal(item, depth + 1) for item in value])
    if kind is bool or kind is float or kind is complex or isinstance(value, decimal.Decimal | fractions.Fraction):
        return _number(value)
    if kind is dict:
        pairs = [(_normal(k, depth + 1), _normal(v, depth + 1)) for k, v in value.items()]
        return _mark("dict", *_sorted(pairs))
    if kind is set or kind is frozenset:
        return _mark("set", *_sorted([_normal(item, depth + 1) for item in value]))
    return _normal_other(value, kind, depth + 1)


def _normal_other(value: Any, kind: type, depth: int) -> Any:
    if kind is bytearray:
        return bytes(value)
    if kind is Fields:
        items = tuple(_normal(item, depth) for item in value.items)
        return items if value.kind == "namedtuple" else _mark("dataclass", value.type_name, value.names, items)
    if kind is Items and not value.cut:
        return _mark("items", *(_normal(item, depth) for item in value.items))
    if kind is deque:
        return _mark("deque", *(_normal(item, depth) for item in value))
    if kind is range:
        n = max(0, -((value.start - value.stop) // value.step))  # len() refuses what is longer than memory
        return _mark("range", n, *((value.start, value.step) if n > 1 else (value.start,) if n else ()))
    if kind is Large:
        return _mark("large", value.digest, value.n_bytes)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return _moment(value)
    if kind is Opaque or kind is Items:
        raise _EqualsNothing
    return _numpy(value, depth)


_EXACT = 2.0**53


def _number(value: Any) -> Any:
    """Equal numbers of any type to one form."""
    kind = type(value)
    if kind is int:
        return value
    if kind is float and -_EXACT < value < _EXACT:
        whole = int(value)
        return whole if value == whole else value
    if isinstance(value, complex):
        return _number(value.real) if value.imag == 0 else _mark("complex", _number(value.real), _number(value.imag))
    if value.is_nan() if isinstance(value, decimal.Decimal) else value != value:
        return _mark("nan")
    if isinstance(value, decimal.Decimal) and value.is_finite() and abs(value.adjusted()) > _DIGITS:
        sign, digits, exponent = value.as_tuple()
        text = "".join(map(str, digits))
        return _mark("decimal", sign, text.rstrip("0"), int(exponent) + len(text) - len(text.rstrip("0")))
    if value.is_infinite() if isinstance(value, decimal.Decimal) else isinstance(value, float) and math.isinf(value):
        return _mark("inf", value > 0)
    if value == int(value):
        return int(value)
    if isinstance(value, float):
        return value
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    return near if near == value else _mark("exact", *value.as_integer_ratio())


def _moment(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return _mark("timedelta", value.days, value.seconds, value.microseconds)
    if isinstance(value, datetime.datetime) and value.utcoffset() is not None:
        gap = value - datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
        return _mark("instant", gap.days, gap.seconds, gap.microseconds)
    return _mark(type(value).__name__, value.isoformat())


def _numpy(value: Any, depth: int) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        if value.dtype.kind in "mM":
            return _mark("array", value.shape, value.dtype.str, value.tobytes())
        return _mark("array", value.shape, *(_normal(item, depth) for item in value.ravel().tolist()))
    if isinstance(value, np.datetime64 | np.timedelta64):
        return _mark(value.dtype.str, str(value))
    item = value.item()
    return (
        _normal(item, depth) if not isinstance(item, np.generic) else _mark("number", value.dtype.str, value.tobytes())
    )


def _sorted(items: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: encode(item, _LIMIT)))


def _opaque_inside(data: bytes) -> bool:
    """For structures too deep to walk: may there be an opaque token? A wrong yes only keeps two values apart."""
    return b"Ou" in data
