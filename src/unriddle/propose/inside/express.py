"""Typed bottom-up enumeration of Python expressions over the defaults; each new value of the answer's type is tried.

An expression is kept for what it is worth only: two with the same value are one.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]

MAX_BITS, MAX_LENGTH = 2000, 20_000


class _Bank:
    def __init__(self, puzzle: Puzzle) -> None:
        self.puzzle = puzzle
        self.seen: set[Any] = set()
        self.levels: dict[tuple[str, int], list[Any]] = {}

    def add(self, value: Any, size: int) -> None:
        kind = _kind(value)
        if kind is None:
            return
        key = (kind, value if kind in ("int", "str", "float", "bool") else repr(value))
        if key in self.seen:
            return
        if len(self.seen) > 400_000:
            return
        self.seen.add(key)
        self.levels.setdefault((kind, size), []).append(value)
        made = self.puzzle.kind.cast(value)
        if made is not None:
            self.puzzle.accepts(made)

    def of(self, kind: str, size: int) -> Any:
        return self.levels.get((kind, size), ())


def _kind(value: Any) -> Any:
    if type(value) is bool:
        return "bool"
    if type(value) is int:
        return "int" if value.bit_length() <= MAX_BITS else None
    if type(value) is float:
        return "float" if value == value and abs(value) < 1e300 else None
    if type(value) is str:
        return "str" if len(value) <= MAX_LENGTH else None
    if type(value) is list and len(value) <= MAX_LENGTH:
        kinds = {type(v) for v in value[:50]}
        if kinds <= {int, bool}:
            return "ints"
        return "texts" if kinds == {str} else "lists" if kinds == {list} else None
    return None


_UNARY: dict[str, tuple[Any, ...]] = {
    "int": (
        lambda x: -x,
        lambda x: x + 1,
        lambda x: x - 1,
        str,
        lambda x: list(range(x)) if 0 <= x <= MAX_LENGTH else None,
        lambda x: x * x,
        float,
        abs,
    ),
    "float": (lambda x: -x, lambda x: x * x, lambda x: abs(x) ** 0.5, int),
    "str": (
        lambda x: x[::-1],
        len,
        lambda x: x.upper(),
        lambda x: x.lower(),
        lambda x: "".join(sorted(x)),
        list,
        lambda x: x.split(),
        lambda x: x.title(),
        lambda x: x.swapcase(),
        lambda x: int(x) if len(x) < 300 else None,
        lambda x: x.strip(),
    ),
    "ints": (
        len,
        sum,
        sorted,
        lambda x: x[::-1],
        min,
        max,
        lambda x: list(dict.fromkeys(x)),
        lambda x: [-v for v in x],
        lambda x: sorted(x)[::-1],
        lambda x: sorted(range(len(x)), key=x.__getitem__),
        lambda x: x[1:],
        lambda x: list(itertools.accumulate(x)),
        lambda x: [b - a for a, b in itertools.pairwise(x)],
        lambda x: [v + 1 for v in x],
        lambda x: [v - 1 for v in x],
    ),
    "texts": (
        len,
        sorted,
        lambda x: x[::-1],
        "".join,
        " ".join,
        min,
        max,
        lambda x: [t[::-1] for t in x],
        lambda x: [len(t) for t in x],
        lambda x: sorted(x, key=len),
        lambda x: list(dict.fromkeys(x)),
    ),
    "lists": (
        len,
        lambda x: x[::-1],
        sorted,
        lambda x: [len(v) for v in x],
        lambda x: [sum(v) for v in x],
        lambda x: [list(v) for v in zip(*x)],
        lambda x: [v for row in x for v in row],
        lambda x: [max(v) for v in x],
        lambda x: [min(v) for v in x],
    ),
}
_BINARY: dict[tuple[str, str], tuple[Any, ...]] = {
    ("int", "int"): (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a // b,
        lambda a, b: a % b,
        lambda a, b: a**b if 0 <= b <= 64 and a.bit_length() * b <= MAX_BITS else None,
        max,
        min,
        lambda a, b: a ^ b,
        lambda a, b: list(range(a, b)) if b - a <= MAX_LENGTH else None,
        lambda a, b: [a, b],
        lambda a, b: [a] * b if b <= MAX_LENGTH else None,
    ),
    ("str", "str"): (
        lambda a, b: a + b,
        lambda a, b: a.count(b),
        lambda a, b: a.split(b),
        lambda a, b: b.join(a),
        lambda a, b: a.replace(b, ""),
        lambda a, b: a.find(b),
        lambda a, b: [a, b],
    ),
    ("str", "int"): (
        lambda a, b: a[b],
        lambda a, b: a[b:],
        lambda a, b: a[:b],
        lambda a, b: a * b if len(a) * b <= MAX_LENGTH else None,
        lambda a, b: a[::b],
        lambda a, b: a + str(b),
        lambda a, b: [a] * b if b <= MAX_LENGTH else None,
    ),
    ("ints", "int"): (
        lambda a, b: a[b],
        lambda a, b: a[b:],
        lambda a, b: a[:b],
        lambda a, b: [*a, b],
        lambda a, b: [b, *a],
        lambda a, b: a.index(b),
        lambda a, b: a.count(b),
        lambda a, b: [v + b for v in a],
        lambda a, b: [v * b for v in a] if abs(b) < 10**9 else None,
        lambda a, b: [v for v in a if v < b],
        lambda a, b: [v for v in a if v > b],
        lambda a, b: [v % b for v in a],
        lambda a, b: [v // b for v in a],
        lambda a, b: a * b if len(a) * b <= MAX_LENGTH else None,
        lambda a, b: [b - v for v in a],
        lambda a, b: a[::b],
        lambda a, b: [v for v in a if v % b == 0],
    ),
    ("ints", "ints"): (
        lambda a, b: a + b,
        lambda a, b: [x + y for x, y in zip(a, b)],
        lambda a, b: [x - y for x, y in zip(a, b)],
        lambda a, b: [v for v in a if v not in b],
        lambda a, b: [a[i] for i in b],
        lambda a, b: [x * y for x, y in zip(a, b)],
        lambda a, b: [a, b],
    ),
    ("texts", "int"): (
        lambda a, b: a[b],
        lambda a, b: a[b:],
        lambda a, b: a[:b],
        lambda a, b: [t[:b] for t in a],
        lambda a, b: a * b if len(a) * b <= MAX_LENGTH else None,
        lambda a, b: [t[b] for t in a],
    ),
    ("texts", "str"): (
        lambda a, b: b.join(a),
        lambda a, b: [*a, b],
        lambda a, b: a.index(b),
        lambda a, b: a.count(b),
        lambda a, b: [t + b for t in a],
        lambda a, b: [b + t for t in a],
    ),
    ("texts", "texts"): (lambda a, b: a + b, lambda a, b: [v for v in a if v in b]),
    ("lists", "int"): (lambda a, b: a[b], lambda a, b: [v[b] for v in a], lambda a, b: a[b:], lambda a, b: a[:b]),
    ("lists", "lists"): (lambda a, b: a + b,),
    ("float", "float"): (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: [a, b],
    ),
    ("int", "float"): (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: b / a,
    ),
}
_FAILS = (ValueError, TypeError, ArithmeticError, LookupError, MemoryError, AttributeError)


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Expressions by growing size until time is over or nothing new comes."""
    bank = _Bank(puzzle)
    for value in [*puzzle.defaults.values(), 0, 1, 2, "", " "]:
        bank.add(value, 1)
    for value in material.values:
        bank.add(list(value) if isinstance(value, tuple) else value, 2)
    for size in range(2, 9):
        for kind, functions in _UNARY.items():
            for function in functions:
                for value in list(bank.of(kind, size - 1)):
                    _grow(bank, function, (value,), size)
        for (left, right), functions in _BINARY.items():
            for i in range(1, size - 1):
                for a, b in itertools.product(list(bank.of(left, i)), list(bank.of(right, size - 1 - i))):
                    for function in functions:
                        _grow(bank, function, (a, b), size)
                    puzzle.n_runs += 1
                    if not puzzle.n_runs & 63:
                        puzzle.clock()


def _grow(bank: Any, function: Any, args: Any, size: int) -> None:
    try:
        bank.add(function(*args), size)
    except _FAILS:
        return
