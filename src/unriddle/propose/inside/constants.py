"""Answers that stand in the puzzle already, or are a small step away from something that does."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Try every harvested value of the answer's type, then what small steps make of them; return when all are tried."""
    kind = puzzle.kind
    tried: set[Any] = set()

    def attempt(value: Any) -> None:
        value = kind.cast(value)
        if value is None:
            return
        key = repr(value) if type(value) is not int else value
        if key not in tried and len(tried) < 60_000:
            tried.add(key)
            puzzle.accepts(value)

    for value in kind.simplest()[:6]:
        puzzle.distance(value)
    for value in [*kind.simplest(), *seeds, *material.values]:
        attempt(value)
    level = list(material.values)
    for _ in range(2):
        level = [new for value in level[:1500] for new in _steps(value)]
        for value in level:
            attempt(value)
    for value in _pairs(material):
        attempt(value)
    if kind.listed:
        singles = [v for v in map(kind.item.cast, material.values) if v is not None][:60]
        for length in (1, 2):
            for items in itertools.product(singles, repeat=length):
                attempt(list(items))


def _steps(value: Any) -> Iterator[Any]:
    if type(value) is int:
        yield from (value + 1, value - 1, -value, value * 2, value // 2)
        if 0 <= value < 10**30:
            yield int(value**0.5)
    elif type(value) is float:
        yield from (-value, value + 1, value * 2, value / 2, round(value), abs(value) ** 0.5)
    elif type(value) is str:
        yield from (value[::-1], value.upper(), value.lower(), value.title(), value.strip(), value[1:], value[:-1])
        yield from (len(value), value.split(), value.swapcase(), "".join(sorted(value)))
    elif isinstance(value, (list, tuple)) and len(value) <= 5000:
        value = list(value)
        yield from (value[::-1], value[1:], value[:-1], len(value), value * 2)
        if value and len({type(v) for v in value}) == 1 and isinstance(value[0], (int, float, str)):
            yield from (sorted(value), sorted(value, reverse=True), min(value), max(value), list(dict.fromkeys(value)))
            yield from ((sum(value),) if not isinstance(value[0], str) else ("".join(value), " ".join(value)))
        yield from value[:40]
        yield sorted(range(len(value)), key=lambda i: repr(value[i]))


def _pairs(material: Material) -> Iterator[Any]:
    ints = [v for v in material.ints if abs(v) < 10**40][:60]
    for a, b in itertools.product(ints, repeat=2):
        yield from (a + b, a - b, a * b)
        if b:
            yield from (a // b, a % b)
        if 0 <= b <= 64 and abs(a) < 10**6:
            yield a**b
    texts = material.texts[:25]
    for one, other in itertools.product(texts, repeat=2):
        yield from (one + other, one + " " + other)
    for text in texts:
        for n in [n for n in ints if 0 <= n <= 5000][:25]:
            yield from (text * n, text[:n], text[n:])
