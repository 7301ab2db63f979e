"""Types of the world, the argument names they get, and the common input bank of every signature.

The bank of a signature is the same in every run and for every problem, so that equal outputs on it mean the same
behaviour. Not covered: values of other types, and inputs larger than a line of text.
"""

from __future__ import annotations

import functools
import random
import zlib
from typing import Any

__all__ = ["BANK_SIZE", "NAMES", "bank"]

BANK_SIZE = 24

NAMES: dict[str, tuple[str, ...]] = {
    "int": ("n", "k", "m", "a", "b"),
    "str": ("s", "t", "text"),
    "list[int]": ("xs", "ys", "nums"),
    "list[str]": ("words", "names"),
    "dict[str, int]": ("d", "counts"),
    "list[list[int]]": ("rows", "grid"),
}
"""Argument names by type, in the order in which they are tried."""

_WORDS = (
    "cat", "dog", "sun", "tree", "moon", "apple", "level", "noon", "a", "is", "Red", "blue", "Tea", "ox", "eye",
    "river", "bee", "stone", "Ant", "top", "data", "Egg", "iron", "otto",
)  # fmt: skip
_ODD_TEXTS = ("", "abba", "a1b2", "Hello", "x", "2024", "aabbcc", "No On", "ABC", "banana", "r2d2", "Zoo")
_EDGE_INTS = (0, 1, 2, -1, 5, 10, 7, -4, 12, 3)


def _int(rng: random.Random, row: int) -> int:
    return _EDGE_INTS[row] if row < len(_EDGE_INTS) else rng.randint(-12, 30)


def _text(rng: random.Random, row: int) -> str:
    if row < len(_ODD_TEXTS):
        return _ODD_TEXTS[row]
    return " ".join(rng.choice(_WORDS) for _ in range(rng.choice((1, 2, 2, 3))))


def _ints(rng: random.Random, row: int) -> list[int]:
    if row < 2:
        return [[], [rng.randint(1, 9)]][row]
    low, high = ((0, 9), (-6, 9), (1, 20), (2, 4))[row % 4]
    return [rng.randint(low, high) for _ in range(rng.randint(3, 6))]


def _words(rng: random.Random, row: int) -> list[str]:
    size = row if row < 2 else rng.randint(2, 4)
    return [rng.choice(_WORDS) for _ in range(size)]


def _mapping(rng: random.Random, row: int) -> dict[str, int]:
    size = row if row < 2 else rng.randint(2, 4)
    return {key: rng.randint(*((0, 9), (-3, 12))[row % 2]) for key in rng.sample(_WORDS, size)}


def _rows(rng: random.Random, row: int) -> list[list[int]]:
    size = row if row < 2 else rng.randint(2, 3)
    return [[rng.randint(-3, 9) for _ in range(rng.randint(1, 3))] for _ in range(size)]


_MAKERS = {
    "int": _int,
    "str": _text,
    "list[int]": _ints,
    "list[str]": _words,
    "dict[str, int]": _mapping,
    "list[list[int]]": _rows,
}


@functools.cache
def bank(types: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """The common inputs of a signature, ``BANK_SIZE`` argument tuples; edge cases come first. Never change them.

    >>> bank(("int",))[0]
    (0,)
    """
    rng = random.Random(zlib.crc32(repr(types).encode()))
    orders = [list(range(BANK_SIZE)) for _ in types]
    for order in orders[1:]:  # edge cases of a second argument meet ordinary values of the first
        rng.shuffle(order)
    rows: dict[str, tuple[Any, ...]] = {}
    for places in zip(*orders, strict=True):
        row = tuple([_MAKERS[kind](rng, place) for kind, place in zip(types, places, strict=True)])
        while repr(row) in rows:
            row = tuple([_MAKERS[kind](rng, BANK_SIZE) for kind in types])
        rows[repr(row)] = row
    return tuple(rows.values())
