"""Array forms of the bit-vector operators of SMT-LIB, on codes: whole numbers with the vector's bits.

Not covered: vectors of more than 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["bit_array", "signed"]


def signed(value: int) -> np.int64:
    """The code of a vector with these bits.

    >>> int(signed(2**64 - 1))
    -1
    """
    return np.uint64(value).view(np.int64)


def bit_array(name: str, width: int) -> Callable[..., Any] | None:
    """The array form of a bit-vector operator on signed codes of ``width`` bits; ``None`` when it has none."""
    if width > 64 or name not in _BIT_OPERATORS:
        return None
    operator, mask = _BIT_OPERATORS[name], np.uint64((1 << width) - 1)

    def apply(*args: Any) -> Any:
        made = operator(np.uint64(width), *(np.asarray(arg).view(np.uint64) for arg in args))
        return made.astype(np.int64) if made.dtype == bool else (made & mask).view(np.int64)

    return apply


def _shift_left(width: Any, a: Any, b: Any) -> Any:
    return np.where(b < width, a << np.minimum(b, np.uint64(63)), np.uint64(0))


def _shift_right(width: Any, a: Any, b: Any) -> Any:
    return np.where(b < width, a >> np.minimum(b, np.uint64(63)), np.uint64(0))


def _arithmetic_right(width: Any, a: Any, b: Any) -> Any:
    empty = np.uint64(64) - width
    signed = (a << empty).view(np.int64) >> empty.astype(np.int64)
    return (signed >> np.minimum(b, np.uint64(63)).astype(np.int64)).view(np.uint64)


_BIT_OPERATORS: dict[str, Callable[..., Any]] = {
    "bvnot": lambda w, a: ~a,
    "bvneg": lambda w, a: ~a + np.uint64(1),
    "bvadd": lambda w, a, b: a + b,
    "bvsub": lambda w, a, b: a - b,
    "bvmul": lambda w, a, b: a * b,
    "bvand": lambda w, a, b: a & b,
    "bvor": lambda w, a, b: a | b,
    "bvxor": lambda w, a, b: a ^ b,
    "bvshl": _shift_left,
    "bvlshr": _shift_right,
    "bvashr": _arithmetic_right,
    "bvudiv": lambda w, a, b: np.where(b == 0, ~np.uint64(0), a // np.maximum(b, np.uint64(1))),
    "bvurem": lambda w, a, b: np.where(b == 0, a, a % np.maximum(b, np.uint64(1))),
    "bvult": lambda w, a, b: a < b,
    "bvule": lambda w, a, b: a <= b,
    "bvugt": lambda w, a, b: a > b,
    "bvuge": lambda w, a, b: a >= b,
}
