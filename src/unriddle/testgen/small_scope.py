"""All small inputs of given kinds, the smallest first: most mistakes show on a small one, and it is readable.

Cost counts what a reader has to look at: items, letters, digits; constants of the programs count as small. Not covered:
values in between, which random drawing reaches (``unriddle.testgen.draw``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from unriddle.language.values import encode
from unriddle.testgen.draw import Pool, hashable
from unriddle.testgen.kinds import Kind

__all__ = ["small_inputs", "small_values"]

_LEVEL = 3000
"""Values of one kind and cost at most; more are cut, which only matters for costs nobody reaches."""
_MAX_COST = 14
_LETTERS = "ab"
_MORE_LETTERS = " A1(),-"
_INTS = {1: (0, 1), 2: (-1, 2), 3: (3, -2), 4: (4, 5, 10), 5: (6, 7, 8, 9, -3), 6: (12, 15, 16, 20, 100)}
_FLOATS = {1: (0.0, 1.0), 2: (-1.0, 0.5, 2.0), 3: (1.5, -0.5), 4: (3.0, 2.5, 0.1), 5: (10.0, 100.0, 0.25)}
_MAKE: dict[str, Callable[[list[Any]], Any]] = {
    "list": list, "tuple": tuple, "deque": deque,
    "set": lambda items: set(map(hashable, items)), "frozenset": lambda items: frozenset(map(hashable, items)),
}  # fmt: skip
_ANY = (Kind("int"), Kind("str"), Kind("list", (Kind("int"),)), Kind("bool"), Kind("none"), Kind("float"))


def small_inputs(kinds: Sequence[Kind], *, pool: Pool | None = None, limit: int = 10_000) -> Iterator[tuple[Any, ...]]:
    """Distinct argument tuples of these kinds, by growing cost.

    Args:
        kinds: ``(number of arguments,)``.
        pool: Constants of the programs, by kind name; numbers among them and their neighbours count as small, and so
            do the letters of texts.
        limit: At most so many.

    >>> list(small_inputs([Kind("bool"), Kind("int")], limit=4))
    [(False, 0), (False, 1), (True, 0), (True, 1)]
    """
    made = _Small(pool or {})
    return islice(_rows(made, tuple(kinds)), limit)


def small_values(kind: Kind, *, pool: Pool | None = None, limit: int = 100) -> list[Any]:
    """The smallest values of a kind, by growing cost.

    >>> small_values(Kind("list", (Kind("bool"),)), limit=4)
    [[], [False], [True], [False, False]]
    """
    return [args[0] for args in small_inputs([kind], pool=pool, limit=limit)]


def _rows(made: _Small, kinds: tuple[Kind, ...]) -> Iterator[tuple[Any, ...]]:
    seen: set[bytes] = set()
    for cost in range(len(kinds), _MAX_COST + len(kinds) + 1):
        for args in made.rows(kinds, cost):
            mark = encode(args)
            if mark not in seen:
                seen.add(mark)
                yield args


@dataclass(slots=True)
class _Small:
    """Values by kind and exact cost, remembered."""

    pool: Pool
    known: dict[tuple[Kind, int], list[Any]] = field(default_factory=dict)

    def values(self, kind: Kind, cost: int) -> list[Any]:
        name = (kind, cost)
        if name not in self.known:
            self.known[name] = list(islice(self._make(kind, cost), _LEVEL)) if cost > 0 else []
        return self.known[name]

    def rows(self, kinds: tuple[Kind, ...], cost: int) -> Iterator[tuple[Any, ...]]:
        """Tuples of these kinds whose costs add up to ``cost``."""
        for parts in _split(cost, len(kinds)):
            yield from product(*(self.values(kind, part) for kind, part in zip(kinds, parts, strict=True)))

    def _make(self, kind: Kind, cost: int) -> Iterator[Any]:
        name = kind.name
        if name in ("either", "any"):
            for inside in kind.inside or _ANY:
                yield from self.values(inside, cost)
        elif name == "literal":
            yield from kind.values if cost == 1 else ()
        elif name == "row":
            # A place costs nothing of its own, so that a pair is as small as two arguments.
            yield from self.rows(kind.inside, cost) if kind.inside else ([()] if cost == 1 else [])
        elif name == "dict":
            yield from self._dicts(kind, cost)
        elif name in _MAKE:
            yield from self._boxes(kind, cost)
        else:
            yield from self._simple(name, cost)

    def _boxes(self, kind: Kind, cost: int) -> Iterator[Any]:
        make, inside = _MAKE[kind.name], kind.inside[0]
        if cost == 1:
            yield make([])
        for n in range(1, cost):
            yield from (make(list(items)) for items in self.rows((inside,) * n, cost - 1))

    def _dicts(self, kind: Kind, cost: int) -> Iterator[Any]:
        if cost == 1:
            yield {}
        for n in range(1, cost // 2 + 1):
            for flat in self.rows(kind.inside * n, cost - 1):
                made = {hashable(key): value for key, value in zip(flat[::2], flat[1::2], strict=True)}
                if len(made) == n:
                    yield made

    def _simple(self, name: str, cost: int) -> Iterator[Any]:
        if name == "bool":
            yield from (False, True) if cost == 1 else ()
        elif name == "none":
            yield from (None,) if cost == 1 else ()
        elif name in ("int", "float"):
            yield from self._numbers(name, cost)
        elif name == "str":
            yield from self._texts(cost)
        elif name == "bytes":
            yield from (text.encode() for text in self._texts(cost) if text.isascii())
        elif name == "complex":
            yield from {1: (0j,), 2: (1j, 1 + 0j), 3: (1 + 1j, -1j)}.get(cost, ())

    def _numbers(self, name: str, cost: int) -> Iterator[Any]:
        yield from (_INTS if name == "int" else _FLOATS).get(cost, ())
        constants = [c for c in self.pool.get(name, ()) if abs(c) > 2]
        if cost == 3:
            yield from constants
        elif cost == 4:
            yield from (c + step for c in constants for step in (-1, 1))

    def _texts(self, cost: int) -> Iterator[str]:
        known = [text for text in self.pool.get("str", ()) if text]
        letters = dict.fromkeys(_LETTERS + "".join(c for text in known for c in text if len(text) < 12))
        first = "".join(islice(letters, 8))
        if cost == 1:
            yield ""
        elif cost == 2:
            yield from dict.fromkeys("".join(letters) + _MORE_LETTERS)
        else:
            yield from (text for text in known if len(text) > 1 and cost == 3)
            yield from map("".join, product(first, repeat=cost - 1))


def _split(total: int, n: int) -> Iterator[tuple[int, ...]]:
    """Ways to write ``total`` as ``n`` numbers of at least 1."""
    if n == 0:
        if total == 0:
            yield ()
    elif n == 1:
        if total >= 1:
            yield (total,)
    else:
        for first in range(1, total - n + 2):
            yield from ((first, *rest) for rest in _split(total - first, n - 1))
