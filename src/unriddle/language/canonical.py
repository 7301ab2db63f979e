"""One key per equivalence class of values under Python's ``==``, for interning.

A value is brought to a normal form made of built-in types (numbers to int where they are integers, dicts and sets to
sorted tuples under a marker) and encoded. Not covered: structures nested deeper than ``_DEPTH``; those share a key
only when their encodings are the same.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
from collections import deque
from typing import Any

from unriddle.language.decode import decode
from unriddle.language.encode import encode
from unriddle.language.values import Fields, Items, Large, Opaque

__all__ = ["key"]

_DEPTH = 150
_SAME = frozenset({int, str, type(None), bytes})
_LIMIT = 2**31


class _EqualsNothing(Exception):
    """There is an opaque token or a cut iterator inside."""


class _TooDeep(Exception):
    pass


def key(data: bytes) -> bytes | None:
    """The key of an encoded value; ``None`` when the value equals nothing (opaque inside, or a cut iterator).

    Raises:
        ValueError: The bytes are not an encoding.
    """
    value = decode(data)
    if type(value) in _SAME:
        return data
    try:
        return encode(_normal(value, 0), _LIMIT)
    except _EqualsNothing:
        return None
    except _TooDeep:
        return None if _opaque_inside(data) else data


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
        return ("\0dict", _sorted(pairs))
    if kind is set or kind is frozenset:
        return ("\0set", _sorted([_normal(item, depth + 1) for item in value]))
    return _normal_other(value, kind, depth + 1)


def _normal_other(value: Any, kind: type, depth: int) -> Any:
    if kind is bytearray:
        return bytes(value)
    if kind is Fields:
        items = tuple(_normal(item, depth) for item in value.items)
        return items if value.kind == "namedtuple" else ("\0dataclass", value.type_name, value.names, items)
    if kind is Items and not value.cut:
        return ("\0items", tuple(_normal(item, depth) for item in value.items))
    if kind is deque:
        return ("\0deque", tuple(_normal(item, depth) for item in value))
    if kind is range:
        return ("\0range", (len(value), *value[:2])) if len(value) < 3 else ("\0range", (len(value), *value[:3:2]))
    if kind is Large:
        return ("\0large", value.digest, value.n_bytes)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return _moment(value)
    if kind is Opaque or kind is Items:
        raise _EqualsNothing
    return _numpy(value, depth)


def _number(value: Any) -> Any:
    """Equal numbers of any type to one form."""
    if isinstance(value, complex):
        return _number(value.real) if value.imag == 0 else ("\0complex", _number(value.real), _number(value.imag))
    if value != value:
        return ("\0nan",)
    if isinstance(value, decimal.Decimal) and value.is_finite() and abs(value.adjusted()) > 400:
        return ("\0decimal", str(value.normalize()))
    if isinstance(value, float | decimal.Decimal) and math.isinf(value):
        return ("\0inf", value > 0)
    if value == int(value):
        return int(value)
    if isinstance(value, float):
        return value
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    return near if near == value else ("\0exact", *value.as_integer_ratio())


def _moment(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return ("\0timedelta", value.days, value.seconds, value.microseconds)
    if isinstance(value, datetime.datetime) and value.utcoffset() is not None:
        gap = value - datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
        return ("\0instant", gap.days, gap.seconds, gap.microseconds)
    return ("\0" + type(value).__name__, value.isoformat())


def _numpy(value: Any, depth: int) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        if value.dtype.kind in "mM":
            return ("\0array", value.shape, value.dtype.str, value.tobytes())
        return ("\0array", value.shape, tuple(_normal(item, depth) for item in value.ravel().tolist()))
    if isinstance(value, np.datetime64 | np.timedelta64):
        return ("\0" + value.dtype.str, str(value))
    item = value.item()
    return _normal(item, depth) if not isinstance(item, np.generic) else ("\0number", value.dtype.str, value.tobytes())


def _sorted(items: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: encode(item, _LIMIT)))


def _opaque_inside(data: bytes) -> bool:
    """For structures too deep to walk: may there be an opaque token? A wrong yes only keeps two values apart."""
    return b"Ou" in data
