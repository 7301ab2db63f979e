"""Answers of a regular shape: ranges, repeated and interleaved pieces, mapped and filtered ranges, grids.

Filters may be the verifier itself: an item stays when the list of it alone breaks nothing.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]

_MAPS: dict[str, Callable[[int, int, int], int]] = {
    "i": lambda i, a, b: i,
    "i+a": lambda i, a, b: i + a,
    "a*i": lambda i, a, b: a * i,
    "a*i+b": lambda i, a, b: a * i + b,
    "a-i": lambda i, a, b: a - i,
    "i*i": lambda i, a, b: i * i,
    "2**i": lambda i, a, b: 2**i if i < 2000 else 0,
    "a**i": lambda i, a, b: a**i if i < 60 else 0,
    "i%a": lambda i, a, b: i % a if a else 0,
    "i//a": lambda i, a, b: i // a if a else 0,
    "i^1": lambda i, a, b: i ^ 1,
    "i%a+b": lambda i, a, b: i % a + b if a else b,
    "(i+a)%b": lambda i, a, b: (i + a) % b if b else 0,
    "(a*i)%b": lambda i, a, b: (a * i) % b if b else 0,
    "a": lambda i, a, b: a,
}


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Try every shape with the harvested constants; return when all are tried."""
    name = puzzle.kind.name
    if name == "str":
        _texts(puzzle, material)
    elif puzzle.kind.listed:
        item = puzzle.kind.item
        if item.name == "int":
            _ints(puzzle, material)
        elif item.name == "str":
            _names(puzzle, material)
        elif item.listed and item.item.name == "int":
            _grids(puzzle, material)
        _filters(puzzle, material, rng)


def _texts(puzzle: Puzzle, material: Material) -> None:
    pieces = list(dict.fromkeys([*material.texts, *material.alphabet()]))[:30]
    counts = [n for n in material.lengths if n <= 20_000][:30]
    for piece in pieces:
        for n in counts:
            puzzle.accepts(piece * n)
    for a, b in itertools.product(pieces[:14], repeat=2):
        for n in counts[:16]:
            for text in (a * n + b, a + b * n, (a + b) * n, (a + b) * n + a):
                puzzle.accepts(text)
            for m in counts[:16]:
                puzzle.accepts(a * n + b * m)
                puzzle.accepts(b * m + a * n + b * m)
    for filler in pieces[:14]:
        for a, b in itertools.product(pieces[:10], repeat=2):
            for n in counts[:12]:
                for m in counts[:12]:
                    room = m - n * len(a)
                    if 0 <= room <= 20_000:
                        puzzle.accepts(a * n + filler * room)
                        puzzle.accepts(filler * room + a * n)
                    puzzle.accepts(filler * n + a + b)
    lists = [v for v in material.values if isinstance(v, list) and v and all(type(t) is str for t in v)]
    for texts in lists[:10]:
        for sep in ["", *pieces[:10]]:
            for many in (texts, texts[::-1], sorted(texts), [t[::-1] for t in texts], texts + [t[::-1] for t in texts]):
                puzzle.accepts(sep.join(many))
        width = max(map(len, texts))
        for filler in [" ", *(p for p in pieces[:5] if len(p) == 1)]:
            padded = [t.ljust(width, filler) for t in texts]
            puzzle.accepts("".join("".join(column) for column in zip(*padded)))
    for text in material.texts[:20]:
        for sep in pieces[:20]:
            puzzle.accepts(sep.join(text))
            puzzle.accepts(sep + sep.join(text))
        for other in pieces[:20]:
            for n in counts[:12]:
                puzzle.accepts(other * n + text)
                puzzle.accepts(text + other * n)
                puzzle.accepts(other * n + text + other * n)


def _ints(puzzle: Puzzle, material: Material) -> None:
    small = [v for v in [*range(-1, 4), *material.ints] if abs(v) < 10**7]
    small = list(dict.fromkeys(small))[:16]
    lengths = list(dict.fromkeys([*(n for n in material.lengths if n <= 50_000), *range(1, 13), 20, 100]))[:40]
    _splits(puzzle, material, small, lengths)
    _periods(puzzle, lengths)
    for n in lengths:
        for shape, function in _MAPS.items():
            firsts = small if "a" in shape else [0]
            seconds = small if "b" in shape else [0]
            if n > 2000:
                firsts, seconds = firsts[:6], seconds[:6]
            for a, b in itertools.product(firsts, seconds):
                made = [function(i, a, b) for i in range(n)]
                puzzle.accepts(made)
        for shift in range(1, min(n, 12)):
            puzzle.accepts([*range(shift, n), *range(shift)])
        if n <= 2000:
            for a, b in itertools.product(small[:10], repeat=2):
                puzzle.accepts([a] * (n // 2) + [b] * (n - n // 2))
                puzzle.accepts([a, b] * (n // 2))
                puzzle.accepts([a, *range(1, n)])
                for m in lengths[:12]:
                    puzzle.accepts([a] * n + [b] * m)
        puzzle.clock()
    for a, b, c in itertools.product(small, small, [v for v in small if v]):
        if 0 < (b - a) / c < 50_000:
            puzzle.accepts(list(range(a, b, c)))
            puzzle.accepts(list(range(a, b + (1 if c > 0 else -1), c)))


def _periods(puzzle: Puzzle, lengths: list[int]) -> None:
    """A few small numbers over and over."""
    for n in lengths[:8]:
        for width in (2, 3):
            for items in itertools.product(range(-2, 4), repeat=width):
                puzzle.accepts([items[i % width] for i in range(n)])


def _splits(puzzle: Puzzle, material: Material, small: Any, lengths: Any) -> None:
    """Lists of a given length and sum: two values, or a regular start and one item that makes up the rest."""
    totals = [v for v in material.ints if abs(v) < 10**7][:24]
    for n in [n for n in lengths if 1 <= n <= 20_000][:24]:
        for total in totals:
            for a, step in itertools.product(small[:8], (0, 1, 2)):
                start = [a + step * i for i in range(n - 1)]
                puzzle.accepts([*start, total - sum(start)])
            for a, b in itertools.combinations(small[:8], 2):
                n_b, rest = divmod(total - a * n, b - a)
                if rest == 0 and 0 <= n_b <= n:
                    puzzle.accepts([a] * (n - n_b) + [b] * n_b)


def _names(puzzle: Puzzle, material: Material) -> None:
    counts = list(dict.fromkeys([*(n for n in material.lengths if n <= 5000), *range(12)]))
    texts = list(dict.fromkeys([*material.texts[:12], *material.alphabet()[:8]]))
    for n in counts:
        puzzle.accepts([str(i) for i in range(n)])
        for a in texts:
            puzzle.accepts([a] * n)
            puzzle.accepts([a * i for i in range(n)] if n <= 300 else [])
            for b in texts[:8]:
                for k in (0, 1, 2) if n <= 1500 else ():
                    puzzle.accepts([a * (i + k) + b for i in range(n)])
                    puzzle.accepts([a + b * (i + k) for i in range(n)])
                puzzle.accepts([a + b + str(i) for i in range(n)])
        puzzle.clock()
    for text in texts:
        parts = dict.fromkeys(text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1))
        puzzle.accepts(list(parts))
        puzzle.accepts([part for part in parts if part])
        for sep in texts:
            if sep:
                puzzle.accepts(text.split(sep))


def _grids(puzzle: Puzzle, material: Material) -> None:
    sizes = list(dict.fromkeys([v for v in material.ints if 0 < v <= 40]))[:8]
    steps = [1, *[v for v in sizes if v > 1]][:6]
    for m, n in itertools.product(sizes, repeat=2):
        for s, t in itertools.product(steps, repeat=2):
            puzzle.accepts([[i, j] for i in range(0, m, s) for j in range(0, n, t)])
            puzzle.accepts([[i, j, i, j + 1] for i in range(m) for j in range(0, n - 1, 2)])
            puzzle.accepts([[i, j, i + 1, j] for i in range(0, m - 1, 2) for j in range(n)])
        for a, b in itertools.product((1, 2, 3, m // 2, m - 1), (0, 1)):
            puzzle.accepts([[i, (a * i + b) % n] for i in range(m)])
    for n in sizes + [n for n in material.lengths if n <= 2000][:20]:
        for a, b in itertools.product([*range(4), *sizes[:4]], repeat=2):
            puzzle.accepts([[a, b]] * n)
            puzzle.accepts([[i, i + a] for i in range(b, b + n)])


def _filters(puzzle: Puzzle, material: Material, rng: random.Random) -> None:
    """Ranges and harvested items without those that break something on their own."""
    before, _ = puzzle.sites([])
    before = dict(before)
    domains = [material.domain(puzzle.kind.item, rng, 3000) for _ in range(6)]
    if puzzle.kind.item.name == "int":
        domains += [list(range(n + 1)) for n in sorted((n for n in material.ints if 2 <= n <= 3000), reverse=True)[:6]]
    for domain in domains:
        kept = []
        for item in domain:
            sites, _ = puzzle.sites([item])
            if all(distance > 0 or sites.get(site, 1.0) == 0 for site, distance in before.items()):
                kept.append(item)
        puzzle.accepts(kept)
        for n in material.lengths[:30]:
            puzzle.accepts(kept[:n])
