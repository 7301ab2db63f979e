"""Random and boundary values of a kind.

A draw takes a size: containers hold at most that many items and numbers grow with it. Known literals are mixed in,
because programs branch on the constants they are written with. Not covered: values that must meet a condition across
parameters (a valid index, a sorted list).
"""

from __future__ import annotations

import string
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from unriddle.testgen.kinds import Kind

__all__ = ["Pool", "boundary", "draw", "hashable"]

Pool = Mapping[str, Sequence[Any]]
"""Literals to mix in, by kind name."""

_LETTERS = string.ascii_lowercase
_MARKS = string.ascii_letters + string.digits + " .,;:-_()[]{}<>/+*!?'\"\n"
_VAGUE = tuple(
    Kind(name, inside)
    for name, inside in (
        ("int", ()),
        ("str", ()),
        ("list", (Kind("int"),)),
        ("float", ()),
        ("bool", ()),
        ("list", (Kind("str"),)),
        ("none", ()),
        ("dict", (Kind("str"), Kind("int"))),
    )
)
_SHARE_KNOWN = 0.25
"""Share of simple values taken from the literals where there are any."""


def draw(kind: Kind, *, size: int, rng: np.random.Generator, pool: Pool, special: bool = False) -> Any:
    """A random value of the kind.

    Args:
        kind: What to make.
        size: Most items of a container; numbers lie within about ``10 * size``.
        rng: Where randomness comes from.
        pool: Literals to mix in.
        special: Infinities and NaN may be drawn where a float is wanted.
    """
    if kind.name == "either":
        return draw(_one(kind.inside, rng), size=size, rng=rng, pool=pool, special=special)
    if kind.name == "any":
        return draw(_one(_VAGUE, rng), size=size, rng=rng, pool=pool, special=special)
    if kind.name == "literal":
        return _one(kind.values, rng)
    if kind.inside or kind.name == "row":
        return _box(kind, size, rng, pool, special)
    return _simple(kind.name, size, rng, pool, special)


def _one(values: Sequence[Any], rng: np.random.Generator) -> Any:
    return values[int(rng.integers(len(values)))]


def _box(kind: Kind, size: int, rng: np.random.Generator, pool: Pool, special: bool) -> Any:
    smaller = max(1, size // 2)

    def inside(k: Kind) -> Any:
        return draw(k, size=smaller if k.inside else size, rng=rng, pool=pool, special=special)

    if kind.name == "row":
        return tuple(inside(k) for k in kind.inside)
    n = int(rng.integers(size + 1))
    if kind.name == "dict":
        keys = [hashable(inside(kind.inside[0])) for _ in range(n)]
        return {key: inside(kind.inside[1]) for key in keys}
    items = [inside(kind.inside[0]) for _ in range(n)]
    if n > 1 and rng.random() < 0.3:  # repeated items are what naive programs stumble over
        items[int(rng.integers(n))] = items[int(rng.integers(n))]
    if n > 1 and rng.random() < 0.1:
        items.sort(key=lambda item: (type(item).__name__, repr(item)) if not _is_number(item) else ("", item))
    if kind.name in ("set", "frozenset"):
        items = [hashable(item) for item in items]
    return _MAKE[kind.name](items)


_MAKE: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def hashable(value: Any) -> Any:
    """The value, or its nearest hashable form: lists become tuples, sets frozen, dicts tuples of pairs."""
    if isinstance(value, (list, deque)):
        return tuple(hashable(item) for item in value)
    if isinstance(value, tuple):
        return tuple(hashable(item) for item in value)
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, dict):
        return tuple((key, hashable(item)) for key, item in value.items())
    return value


def _simple(name: str, size: int, rng: np.random.Generator, pool: Pool, special: bool) -> Any:
    known = pool.get(name, ())
    if known and rng.random() < _SHARE_KNOWN:
        return _one(known, rng)
    reach = 10 * size
    if name == "int":
        small = rng.random() < 0.6
        return int(rng.integers(-size, size + 1) if small else rng.integers(-reach, reach + 1))
    if name == "float":
        return _float(reach, rng, special)
    if name == "bool":
        return bool(rng.integers(2))
    if name == "complex":
        return complex(_float(reach, rng, False), _float(reach, rng, False))
    if name == "bytes":
        return bytes(int(b) for b in rng.integers(0, 256, int(rng.integers(size + 1))))
    if name == "str":
        return _text(size, rng)
    return None


def _float(reach: int, rng: np.random.Generator, special: bool) -> float:
    if special and rng.random() < 0.1:
        return float(_one((float("inf"), float("-inf"), float("nan")), rng))
    if rng.random() < 0.3:
        return float(rng.integers(-reach, reach + 1))
    return round(float(rng.uniform(-reach, reach)), int(rng.integers(1, 5)))


def _text(size: int, rng: np.random.Generator) -> str:
    n = int(rng.integers(size + 1))
    way = rng.random()
    if way < 0.35:  # few letters: repeats and palindromes happen
        return "".join(_LETTERS[i] for i in rng.integers(0, 3, n))
    if way < 0.55:
        return " ".join(_word(rng, _LETTERS) for _ in range(min(n, 6)))
    if way < 0.65:
        half = _word(rng, _LETTERS)
        return half + half[::-1]
    if way < 0.75:
        return "".join(string.digits[i] for i in rng.integers(0, 10, n))
    if way < 0.85:
        brackets = "()" if way < 0.8 else "()[]{}<>"
        return "".join(brackets[i] for i in rng.integers(0, len(brackets), n))
    return "".join(_MARKS[i] for i in rng.integers(0, len(_MARKS), n))


def _word(rng: np.random.Generator, letters: str) -> str:
    word = "".join(letters[i] for i in rng.integers(0, len(letters), int(rng.integers(1, 6))))
    return word.capitalize() if rng.random() < 0.3 else word


_FAR = {"int": (1000, 2**31 - 1, -(2**31), 2**63), "float": (1e300, -1e300, 5e-324)}
"""Programs that count up to their argument never come back from these, so they are asked for."""

_EDGES: dict[str, tuple[Any, ...]] = {
    "int": (0, 1, -1, 2, 3, 10, -10, 100),
    "float": (0.0, 1.0, -1.0, 0.5, -0.5, 0.1, 1e-9, 1e9, -1e9, 2.5),
    "bool": (False, True),
    "str": ("", " ", "a", "A", "aa", "ab", "0", "-1", "a b", "aA1", "\n", "é", "ß"),
    "bytes": (b"", b"\0", b"ab", b"\xff"),
    "complex": (0j, 1 + 0j, 1j),
    "none": (None,),
}


def boundary(kind: Kind, *, special: bool = False, far: bool = False, depth: int = 3) -> list[Any]:
    """Values at the edges of the kind, smallest first: empty, one item, equal items, extremes.

    Args:
        kind: What to make.
        special: Infinities and NaN as well.
        far: Numbers near the ends of machine words as well.
        depth: Levels of nesting.
    """
    name = kind.name
    if name == "any" or name == "either":
        return [v for k in (kind.inside or _VAGUE) for v in boundary(k, special=special, far=far, depth=depth)]
    if name == "literal":
        return list(kind.values)
    if name in _EDGES:
        more = (float("inf"), float("-inf"), float("nan")) if special and name == "float" else ()
        return [*_EDGES[name], *(_FAR.get(name, ()) if far else ()), *more]
    if depth == 0:
        return []
    below = [boundary(k, special=special, far=far, depth=depth - 1)[:6] for k in kind.inside]
    if name == "row":
        width = max((len(b) for b in below), default=1)
        return [tuple(b[min(i, len(b) - 1)] for b in below) for i in range(width)] if all(below) else []
    if name == "dict":
        keys = [hashable(key) for key in below[0]]
        return [{}, *({key: v} for key in keys[:2] for v in below[1][:3]), dict(zip(keys, below[1], strict=False))]
    items = below[0]
    if name in ("set", "frozenset"):
        items = [hashable(item) for item in items]
    make = _MAKE[name]
    pairs = [[item, item] for item in islice(items, 2)]
    return [make(x) for x in ([], *([item] for item in items), *pairs, items[:3], items[:3][::-1], items)]
