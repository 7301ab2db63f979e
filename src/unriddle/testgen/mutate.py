"""A value changed a little and kept of its type, as EvalPlus makes new inputs from old ones.

Numbers move by one or a little, texts and containers lose, repeat or gain an item or have one changed. Not covered:
changing the type of a value.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from unriddle.testgen.draw import Pool, draw, hashable
from unriddle.testgen.kinds import ANY, Kind, fits, kind_of_values
from unriddle.testgen.mutate_text import LONGEST, mutate_text

__all__ = ["mutate"]

_FAR = (10**6, 10**9 + 7, 2**31 - 1, 999_983, 10**12, 2**20)
"""Large numbers, primes among them, on which slow and inexact programs show."""


def mutate(value: Any, *, rng: np.random.Generator, pool: Pool, kind: Kind | None = None) -> Any:
    """A changed copy of the value, of the same type; ``None`` and unknown types come back as they are.

    Args:
        value: What to change; it is not touched.
        rng: Where randomness comes from.
        pool: Literals to mix in.
        kind: What the parameter takes, so that new items are like the old; read from the value when ``None``.

    >>> rng = np.random.default_rng(0)
    >>> type(mutate([1, 2], rng=rng, pool={})).__name__
    'list'
    """
    kind = _narrow(kind, value)
    if kind.name == "literal":
        return kind.values[int(rng.integers(len(kind.values)))]
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return _number(value, rng, pool)
    if isinstance(value, str):
        return mutate_text(value, rng=rng, known=pool.get("str", ()))
    if isinstance(value, bytes):
        return bytes(b % 256 for b in _items(list(value), rng, pool, Kind("int")))
    if isinstance(value, dict):
        return _mapping(value, rng, pool, kind)
    if isinstance(value, tuple) and kind.name == "row":
        return _row(value, rng, pool, kind)
    if isinstance(value, (set, frozenset)):
        items = _items(sorted(value, key=lambda item: (type(item).__name__, repr(item))), rng, pool, _inside(kind))
        return type(value)(hashable(item) for item in items)
    if isinstance(value, (list, tuple, deque)):
        return type(value)(_items(list(value), rng, pool, _inside(kind)))
    return value


def _narrow(kind: Kind | None, value: Any) -> Kind:
    """What the value itself is, told as far as the wider kind knows."""
    within = () if kind is None else kind.inside if kind.name == "either" else (kind,)
    return next((k for k in within if k.name != "any" and fits(value, k)), None) or kind_of_values([value])


def _inside(kind: Kind) -> Kind:
    return kind.inside[-1] if kind.inside else ANY


def _number(value: float, rng: np.random.Generator, pool: Pool) -> Any:
    known = pool.get("int" if isinstance(value, int) else "float", ())
    if known and rng.random() < 0.3:
        return known[int(rng.integers(len(known)))]
    way = int(rng.integers(10))
    if way == 0:
        return type(value)(_FAR[int(rng.integers(len(_FAR)))]) if rng.random() < 0.3 else value * 10
    if way == 1:
        return -value
    if way == 2:
        return value * 2
    if way == 3 and isinstance(value, float):
        return round(value * (1 + float(rng.uniform(-0.1, 0.1))), 4)
    if way == 3:
        return value // 2
    if way == 6 and isinstance(value, float) and abs(value) < 2**53:
        return float(round(value))
    if way == 4:  # another one of about the same size
        reach = int(min(abs(value), 1e15)) + 2 if value == value else 2
        return value + type(value)(int(rng.integers(-reach, reach + 1)))
    if way == 5 and isinstance(value, int):  # a digit more or less
        return value * 10 + int(rng.integers(10)) if rng.random() < 0.5 else value // 10
    return value + (1 if rng.random() < 0.5 else -1)


def _items(items: list[Any], rng: np.random.Generator, pool: Pool, inside: Kind) -> list[Any]:
    n, way = len(items), int(rng.integers(8))
    if n == 0 or (way == 0 and n < LONGEST):
        place = int(rng.integers(n + 1))
        return [*items[:place], draw(inside, size=5, rng=rng, pool=pool), *items[place:]]
    place = int(rng.integers(n))
    if way == 1:
        return items[:place] + items[place + 1 :]
    if way == 2 and n < LONGEST:
        return [*items[: place + 1], items[place], *items[place + 1 :]]
    if way == 3:
        return [items[i] for i in rng.permutation(n)]
    if way == 4 and n <= LONGEST // 2:
        return items + (items[::-1] if rng.random() < 0.5 else items)
    if way == 5 and n > 1:  # one in place of another: repeats are what naive programs stumble over
        return [*items[:place], items[int(rng.integers(n))], *items[place + 1 :]]
    return [*items[:place], mutate(items[place], rng=rng, pool=pool, kind=inside), *items[place + 1 :]]


def _row(value: tuple[Any, ...], rng: np.random.Generator, pool: Pool, kind: Kind) -> tuple[Any, ...]:
    if not value:
        return value
    place = int(rng.integers(len(value)))
    return tuple(
        mutate(v, rng=rng, pool=pool, kind=k) if i == place else v
        for i, (v, k) in enumerate(zip(value, kind.inside, strict=True))
    )


def _mapping(value: dict[Any, Any], rng: np.random.Generator, pool: Pool, kind: Kind) -> dict[Any, Any]:
    keys, inside = list(value), _inside(kind)
    if not keys:
        wanted = kind if kind.name == "dict" else Kind("dict", (Kind("str"), ANY))
        return dict(draw(wanted, size=3, rng=rng, pool=pool))
    key, way = keys[int(rng.integers(len(keys)))], int(rng.integers(3))
    if way == 0:
        return {k: v for k, v in value.items() if k != key}
    if way == 1:
        return {**value, hashable(mutate(key, rng=rng, pool=pool)): value[key]}
    return {k: mutate(v, rng=rng, pool=pool, kind=inside) if k == key else v for k, v in value.items()}
