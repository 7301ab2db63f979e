"""Equality of plain data under a Test's policy, applied by the judge to decoded values.

Iterative, so that nesting has no limit, and safe on hostile values: everything compared here was built by our own
decoder from exact types. Not covered: pandas objects (they do not cross as plain data).
"""

from __future__ import annotations

import decimal
import fractions
import math
from collections import Counter, deque
from typing import Any

from unriddle.language.values import Fields, Items, Opaque, encode, key
from unriddle.problem import Equality

__all__ = ["equal", "truth"]

_NUMBERS = (int, float, complex, decimal.Decimal, fractions.Fraction)


def equal(got: Any, expected: Any, equality: Equality) -> bool:
    """Whether ``got`` equals ``expected`` under the policy.

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
    if equality.kind in ("set", "unordered"):
        return _as_bag(got, expected, equality)
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
        return [] if isinstance(a, set | frozenset) and a == b else None
    left, right = _sequence(a, arrays=equality.arrays), _sequence(b, arrays=equality.arrays)
    if left is not None and right is not None:
        return _open_sequences(left, right)
    if left is not None or right is not None:
        return None
    return [] if type(a) is type(b) and a == b else None


def _open_dict(a: Any, b: dict[Any, Any]) -> list[tuple[Any, Any]] | None:
    if not isinstance(a, dict) or len(a) != len(b) or any(k not in a for k in b):
        return None
    return [(a[k], b[k]) for k in b]


def _open_sequences(left: tuple[str, Any], right: tuple[str, Any]) -> list[tuple[Any, Any]] | None:
    if left[0] != right[0] or len(left[1]) != len(right[1]):
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


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) or (hasattr(value, "dtype") and not hasattr(value, "__len__"))


def _numbers_equal(a: Any, b: Any, equality: Equality) -> bool:
    if hasattr(a, "dtype"):
        a = a.item()
    if hasattr(b, "dtype"):
        b = b.item()
    try:
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


def _finite(value: complex) -> bool:
    return math.isfinite(value.real) and math.isfinite(value.imag)


def _as_bag(got: Any, expected: Any, equality: Equality) -> bool:
    """The two collections have the same elements: with counts (``unordered``) or without (``set``).

    Elements are compared by canonical key, so the cost stays near linear on hostile input. A tolerance applies when
    all elements are real numbers: sorted, then pairwise.
    """
    left, right = _elements(got), _elements(expected)
    if left is None or right is None:
        return False
    if equality.same_type and sorted(type(x).__name__ for x in left) != sorted(type(x).__name__ for x in right):
        return False
    left_keys, right_keys = [key(encode(x)) for x in left], [key(encode(x)) for x in right]
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


def _elements(value: Any) -> list[Any] | None:
    if isinstance(value, set | frozenset | dict | str | bytes):
        return list(value)
    sequence = _sequence(value, arrays=True)
    return None if sequence is None else list(sequence[1])
