"""Every small answer in turn: numbers outwards from zero and from harvested ones, short lists and texts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Try all small values of the answer's type until time is over."""
    name = puzzle.kind.name
    if name == "int":
        _numbers(puzzle, material, rng)
    elif name == "float":
        _floats(puzzle, material)
    elif name == "str":
        _texts(puzzle, material, rng)
    elif puzzle.kind.listed:
        _lists(puzzle, material, rng)
    else:
        for value in puzzle.kind.simplest():
            puzzle.accepts(value)


def _numbers(puzzle: Puzzle, material: Material, rng: random.Random) -> None:
    accepts = puzzle.accepts
    starts = [0, *[v for v in material.ints if abs(v) > 50][:40]]
    first, width = 0, 2000
    while True:
        for start in starts:
            for i in range(first, first + width):
                accepts(start + i)
                accepts(start - i)
            puzzle.clock()
        for factor in [v for v in material.ints if abs(v) >= 2][:20] if first == 0 else ():
            for i in range(1000):
                accepts(factor * i)
        first += width
        width = min(width * 2, 100_000)
        if first > 50_000:
            starts = [0]


def _floats(puzzle: Puzzle, material: Material) -> None:
    for digits in range(7):
        for i in range(2000 * (digits + 1)):
            puzzle.accepts(i / 10**digits)
            puzzle.accepts(-i / 10**digits)
        for base in material.floats[:30]:
            for i in range(-50, 50):
                puzzle.accepts(base + i / 10**digits)


def _texts(puzzle: Puzzle, material: Material, rng: random.Random) -> None:
    for text in material.texts[:50]:
        n = len(text)
        if n <= 120:
            for i, j in itertools.combinations(range(n + 1), 2):
                puzzle.accepts(text[i:j])
    alphabets = [material.alphabet()[:40], list("0123456789"), list("abcdefghijklmnopqrstuvwxyz")]
    turns = [_product(alphabet, range(1, 8)) for alphabet in alphabets]
    while turns:
        for turn in list(turns):
            count = 0
            for items in itertools.islice(turn, 2000):
                puzzle.accepts("".join(items))
                count += 1
            if count < 2000:
                turns.remove(turn)


def _lists(puzzle: Puzzle, material: Material, rng: random.Random) -> None:
    lengths = list(dict.fromkeys([*material.outer, *range(8)])) if not material.outer else material.outer
    item = puzzle.kind.item
    while True:
        domain = material.domain(item, rng, 60)[:60]
        turn = _product(domain, lengths)
        for items in itertools.islice(turn, 60_000):
            puzzle.accepts([v[:] if type(v) is list else v for v in items])
        puzzle.clock()
        if len(domain) <= 12:
            for items in itertools.islice(_subsets(domain), 5000):
                puzzle.accepts(items)


def _product(domain: list[Any], lengths: Any) -> Iterator[Any]:
    for n in lengths:
        yield from itertools.product(domain, repeat=n)


def _subsets(domain: list[Any]) -> Iterator[Any]:
    for n in range(len(domain) + 1):
        yield from map(list, itertools.combinations(domain, n))
