"""Equality of plain data under a Test's policy, applied by the judge to decoded values.

Iterative, so that nesting has no limit, and safe on hostile values: everything compared here was built by our own
decoder from exact types. Not covered: pandas objects (they do not cross as plain data).
"""

from __future__ import annotations

import decimal
import fractions
import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from unriddle.language.values import Fields, Items, Opaque, encode, key
from unriddle.problem import Equality

__all__ = ["equal", "truth"]

_NUMBERS = (int, float, complex, decimal.Decimal, fractions.Fraction)


def equal(got: Any, expected: Any, equality: Equality) -> bool:
    """Whether ``got`` equals ``expected`` under the policy; an expected value without elements is compared as it is.

    Args:
        got: Decoded value from a candidate.
        expected: Decoded value of the test.
        equality: The policy.

    >>> equal(float("nan"), float("nan"), Equality())
    True
    >>> equal(True, 1, Equality(same_type=True))
    False
    >>> equal([0.1 + 0.2], [0.3], Equality("close", atol=1e-9))
    True
    """
    if equality.kind == "truth":
        return truth(got) == bool(expected)
    if equality.kind in ("set", "unordered") and _elements(expected) is not None:
        kinds_differ = equality.same_type and type(got) is not type(expected)
        return not kinds_differ and _as_bag(got, expected, equality)
    stack = [(got, expected)]
    while stack:
        a, b = stack.pop()
        inside = _open(a, b, equality)
        if inside is None:
            return False
        stack.extend(inside)
    return True


def truth(value: Any) -> bool | None:
    """The truth value Python gives plain data; ``None`` for an array of several elements.

    An opaque token is true, as objects are unless they say otherwise, and what they say is not asked.
    """
    if isinstance(value, Opaque):
        return True
    if isinstance(value, Items):
        return bool(value.items) if value.kind.startswith("dict_") else True
    if isinstance(value, Fields):
        return bool(value.items) if value.kind == "namedtuple" else True
    if hasattr(value, "dtype") and getattr(value, "size", 1) != 1:
        return None
    return bool(value)


def _open(a: Any, b: Any, equality: Equality) -> list[tuple[Any, Any]] | None:
    """Pairs that must be equal for ``a`` and ``b`` to be equal; ``None`` when they are not."""
    if isinstance(b, Opaque) or isinstance(a, Opaque):
        return None
    if equality.same_type and type(a) is not type(b):
        return None
    if _is_number(a) and _is_number(b):
        return [] if _numbers_equal(a, b, equality) else None
    if isinstance(b, str | bytes | bytearray):
        return [] if isinstance(a, str | bytes | bytearray) and a == b else None
    if isinstance(b, dict):
        return _open_dict(a, b)
    if isinstance(b, set | frozenset):
        return _open_set(a, b, equality)
    if isinstance(a, range) and isinstance(b, range):
        return [] if a == b else None
    left, right = _sequence(a, arrays=equality.arrays), _sequence(b, arrays=equality.arrays)
    if left is not None and right is not None:
        return _open_sequences(left, right)
    if left is not None or right is not None:
        return None
    return [] if type(a) is type(b) and a == b else None


def _open_dict(a: Any, b: dict[Any, Any]) -> list[tuple[Any, Any]] | None:
    if not isinstance(a, dict) or len(a) != len(b):
        return None
    own = {k: k for k in a}
    if any(k not in own for k in b):
        return _open_dict_by_key(a, b)
    return [*((own[k], k) for k in b), *((a[k], b[k]) for k in b)]


def _open_dict_by_key(a: dict[Any, Any], b: dict[Any, Any]) -> list[tuple[Any, Any]] | None:
    """Where Python finds no equal key: one with a NaN inside equals the like of it here."""
    own: dict[bytes | None, list[Any]] = {}
    for k in reversed(a):
        own.setdefault(_key(k), []).append(k)
    pairs = []
    for k, value in b.items():
        like = own.get(_key(k) or b"")
        if not like:
            return None
        mine = like.pop()
        pairs += [(mine, k), (a[mine], value)]
    return pairs


def _open_set(a: Any, b: Any, equality: Equality) -> list[tuple[Any, Any]] | None:
    if not isinstance(a, set | frozenset):
        return None
    if a == b:
        own = {item: item for item in a}
        return [(own[item], item) for item in b] if equality.same_type else []
    if len(a) == len(b) and _as_bag(a, b, replace(equality, kind="unordered", atol=0.0, rtol=0.0)):
        return []  # an element with a NaN inside equals the like of it here
    close = equality.atol != 0 or equality.rtol != 0
    return [] if close and _as_bag(a, b, replace(equality, kind="set")) else None


def _open_sequences(left: tuple[str, Any], right: tuple[str, Any]) -> list[tuple[Any, Any]] | None:
    if left[0] != right[0] or _length(left[1]) != _length(right[1]):
        return None
    return list(zip(left[1], right[1], strict=True))


def _sequence(value: Any, *, arrays: bool) -> tuple[str, Any] | None:
    """A class name within which sequences may be equal, and the elements."""
    kind: str | None = None
    items: Any = value
    if isinstance(value, list | tuple):
        kind = "any" if arrays else type(value).__name__
    elif isinstance(value, Fields):
        items = value.items
        kind = f"dataclass {value.type_name} {value.names}"
        if value.kind == "namedtuple":
            kind = "any" if arrays else "tuple"
    elif isinstance(value, Items):
        if value.cut:
            return None
        kind, items = "any" if arrays else "iterator", value.items
    elif isinstance(value, deque | range):
        kind = "any" if arrays else type(value).__name__
    elif type(value).__name__ == "ndarray":
        kind, items = _array(value, arrays=arrays)
    return None if kind is None else (kind, items)


def _array(value: Any, *, arrays: bool) -> tuple[str, Any]:
    if arrays:
        return "any", value.tolist() if value.ndim else [value.item()]
    flat = value.ravel()
    return f"array {value.shape}", flat.tolist() if value.dtype.kind not in "mM" else list(flat)


def _length(items: Any) -> int:
    """The number of items; −1 for a range longer than memory."""
    try:
        return len(items)
    except OverflowError:
        return -1


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) or (hasattr(value, "dtype") and not hasattr(value, "__len__"))


def _numbers_equal(a: Any, b: Any, equality: Equality) -> bool:
    if hasattr(a, "dtype"):
        a = a.item()
    if hasattr(b, "dtype"):
        b = b.item()
    try:
        if _sizes_differ(a, b) or _sizes_differ(b, a):
            return False
        if a == b or (a != a and b != b):
            return True
        if equality.atol == 0 and equality.rtol == 0:
            return False
        if isinstance(a, complex) or isinstance(b, complex):
            a, b = complex(a), complex(b)
        else:
            a, b = float(a), float(b)
        return bool(_finite(b) and abs(a - b) <= equality.atol + equality.rtol * abs(b))
    except (OverflowError, TypeError, ArithmeticError):
        return False


def _sizes_differ(a: Any, b: Any) -> bool:
    """Whether a huge integer and a Decimal are surely unequal; comparing them exactly could take minutes."""
    if not isinstance(b, decimal.Decimal) or not isinstance(a, int | fractions.Fraction):
        return False
    bits = max(a.numerator.bit_length(), a.denominator.bit_length())
    return bits > 100_000 and (a.denominator != 1 or not b.is_finite() or abs(b.adjusted() - bits * 0.30103) > 2)


def _finite(value: complex) -> bool:
    return math.isfinite(value.real) and math.isfinite(value.imag)


def _as_bag(got: Any, expected: Any, equality: Equality) -> bool:
    """The two collections have the same elements: with counts (``unordered``) or without (``set``).

    Elements are compared by canonical key, so the cost stays near linear on hostile input. A tolerance applies when
    all elements are real numbers: sorted, then pairwise.
    """
    right = _elements(expected)
    left = None if right is None or _surely_longer(got, len(right)) else _elements(got)
    if left is None or right is None:
        return False
    name: Callable[[Any], bytes | None] = encode if equality.same_type else _key
    left_keys, right_keys = [name(x) for x in left], [name(x) for x in right]
    if None in left_keys or None in right_keys:
        return False
    bag = Counter if equality.kind == "unordered" else frozenset
    if bag(left_keys) == bag(right_keys):
        return True
    numbers = [x for x in (*left, *right) if isinstance(x, int | float) and x == x]
    if not (equality.atol or equality.rtol) or len(numbers) < len(left) + len(right):
        return False
    if equality.kind == "set":
        left, right = list(set(left)), list(set(right))
    pairs = list(zip(sorted(left), sorted(right), strict=False))
    return len(left) == len(right) and all(_numbers_equal(a, b, equality) for a, b in pairs)


def _key(item: Any) -> bytes | None:
    return key(encode(item))


def _surely_longer(got: Any, n: int) -> bool:
    """A range is as long as it says and has no repeats; it is not written out to find that it does not fit."""
    return isinstance(got, range) and not 0 <= _length(got) <= n


def _elements(value: Any) -> list[Any] | None:
    if isinstance(value, set | frozenset | dict | str | bytes):
        return list(value)
    sequence = _sequence(value, arrays=True)
    return None if sequence is None else list(sequence[1])
