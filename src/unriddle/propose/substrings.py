"""Parts of a text from one computed place to another: ``(str.substr s p (- q p))`` where p and q come from the bank.

Places are numbers of the bank and, beyond it, later occurrences of a mark and neighbours of a place, which enumeration
alone reaches late.
Not covered: places counted from the end other than through the length.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from unriddle.propose.expression import Expression, Operator
from unriddle.propose.goal import Search, bits
from unriddle.propose.join_pieces import Piece
from unriddle.propose.values import Codes

__all__ = ["Span", "add_places", "spans"]

_MAX_PLACES = 250
_MAX_EXTRA = 400
_MAX_SPANS = 1200
_MAX_LENGTH = 300
_N_SOURCES = 6


class Span:
    """A part of a text, built into an expression when somebody uses it."""

    def __init__(self, search: Search, operator: Operator, text: Expression, start: Expression, size: Any) -> None:
        self._search, self._operator, self._text, self._start, self._size = search, operator, text, start, size

    def build(self) -> Expression | None:
        """The expression; ``None`` if the grammar cannot say it."""
        size = self._size() if callable(self._size) else self._size
        return None if size is None else self._search.make(self._operator, self._text, self._start, size)


def add_places(search: Search) -> None:
    """Fill ``search.extra_numbers``: second and third occurrences of marks, and neighbours of places."""
    kinds = {op.takes[1] for (name, _), ops in search.operators.items() if name == "str.substr" for op in ops}
    for kind in sorted(kinds):
        seen: dict[tuple[Any, ...], Expression] = {}
        for operator in search.named("str.indexof", kind):
            places = list(_occurrences(search, operator, kind))
            for place in [*places, *_neighbours(search, kind, places)]:
                if len(seen) < _MAX_EXTRA:
                    seen.setdefault(place.column, place)
        search.extra_numbers[kind] = sorted(seen.values(), key=lambda e: e.cost)


def _leaves(search: Search, kind: str) -> list[Expression]:
    return [leaf for leaf in search.bank.leaves if leaf.type == kind]


def _occurrences(search: Search, operator: Operator, kind: str) -> Iterator[Expression]:
    texts = [leaf for leaf in _leaves(search, operator.takes[0]) if not leaf.constant]
    marks = [leaf for leaf in _leaves(search, operator.takes[1]) if leaf.constant and leaf.column[0]]
    zero = next((leaf for leaf in _leaves(search, operator.takes[2]) if leaf.constant and leaf.column[0] == 0), None)
    if zero is None:
        return
    for text in texts:
        last: list[Expression] = []
        for depth in range(3):
            starts = [zero] if depth == 0 else [after for e in last for after in _after(search, e)]
            last = []
            for start in starts[:60]:
                for mark in marks[:12]:
                    made = search.make(operator, text, mark, start)
                    if made is not None and any(place >= 0 for place in made.column):
                        last.append(made)
            yield from last


def _after(search: Search, place: Expression) -> Iterator[Expression]:
    one = next((leaf for leaf in _leaves(search, place.type) if leaf.constant and leaf.column[0] == 1), None)
    for plus in search.named("+", place.type):
        made = search.make(plus, place, one) if one is not None else None
        if made is not None:
            yield made


def _neighbours(search: Search, kind: str, places: list[Expression]) -> Iterator[Expression]:
    steps = [leaf for leaf in _leaves(search, kind) if leaf.constant and leaf.column[0] > 0]
    for place in places:
        for step in steps[:6]:
            for name in ("+", "-"):
                for operator in search.named(name, kind):
                    made = search.make(operator, place, step)
                    if made is not None:
                        yield made


def spans(search: Search, rows: int) -> list[Piece[Span]]:
    """Parts of the texts at hand that occur in the goal on all these rows, cheap ones first.

    Args:
        search: The search; its goal is text.
        rows: The rows that matter.
    """
    found: dict[tuple[str, ...], Piece[Span]] = {}
    for operator in search.named("str.substr", search.type):
        if operator.takes[1] != operator.takes[2]:
            continue
        for text in _sources(search, operator.takes[0], rows):
            for piece in _spans_of(search, operator, text, rows):
                known = found.get(piece.column)
                if known is None or piece.cost < known.cost:
                    found[piece.column] = piece
    return sorted(found.values(), key=lambda piece: piece.cost)[:_MAX_SPANS]


def _sources(search: Search, kind: str, rows: int) -> list[Expression]:
    texts = [text for text in search.cheapest(kind, rows, 40) if not text.is_literal]
    leaves = [text for text in texts if text.operator is None]
    return leaves + [text for text in texts if text.operator is not None][: max(0, _N_SOURCES - len(leaves))]


def _spans_of(search: Search, operator: Operator, text: Expression, rows: int) -> Iterator[Piece[Span]]:
    chosen = bits(rows, search.bank.n_rows)
    texts, goals = [text.column[row] for row in chosen], [search.goal[row] for row in chosen]
    if max(map(len, texts)) > _MAX_LENGTH:
        return
    kind = operator.takes[1]
    columns, numbers = _places(search, kind)
    sizes = np.array([len(t) for t in texts])[:, None]
    columns = columns[chosen]
    places: dict[tuple[int, ...], Expression] = {}
    for place in np.flatnonzero(((columns >= 0) & (columns <= sizes)).all(axis=0)).tolist():
        if len(places) < _MAX_PLACES:
            places.setdefault(tuple(columns[:, place].tolist()), numbers[place])
    if not places:
        return
    at = np.array(list(places), dtype=np.int64).T
    ok = np.ones((at.shape[1], at.shape[1]), dtype=bool)
    for row, (source, goal) in enumerate(zip(texts, goals, strict=True)):
        ok &= _inside(source, goal)[at[row][:, None], at[row][None, :]]
    yield from _as_pieces(search, operator, text, texts, list(places.values()), at, ok, rows)


def _places(search: Search, kind: str) -> tuple[Codes, list[Expression]]:
    """Numbers that may be places, cheap ones first, and their columns ``(m, k)``."""
    if ("places", kind) not in search.memo:
        everything = (1 << search.bank.n_rows) - 1
        numbers = [*search.cheapest(kind, everything, 4 * _MAX_PLACES), *search.extra_numbers.get(kind, ())]
        numbers = sorted((e for e in numbers if all(-1 <= v <= _MAX_LENGTH for v in e.column)), key=lambda e: e.cost)
        columns = np.array([e.column for e in numbers], dtype=np.int64).reshape(len(numbers), search.bank.n_rows)
        search.memo["places", kind] = (columns.T, numbers)
    found: tuple[Codes, list[Expression]] = search.memo["places", kind]
    return found


@functools.lru_cache(maxsize=4096)
def _inside(source: str, goal: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """``(l + 1, l + 1)``: whether the part from the one place to the other is in the goal and not empty."""
    table = np.zeros((len(source) + 1, len(source) + 1), dtype=bool)
    for i in range(len(source)):
        j = i + 1
        while j <= len(source) and source[i:j] in goal:
            table[i, j] = True
            j += 1
    return table


def _as_pieces(
    search: Search,
    operator: Operator,
    text: Expression,
    texts: list[str],
    places: list[Expression],
    at: np.ndarray[Any, np.dtype[np.int64]],
    ok: np.ndarray[Any, np.dtype[np.bool_]],
    rows: int,
) -> Iterator[Piece[Span]]:
    kind = operator.takes[2]
    starts, ends = np.nonzero(ok)
    costs = np.array([place.cost for place in places])
    order = np.argsort(costs[starts] + costs[ends], kind="stable")[:_MAX_SPANS]
    starts, ends = starts[order], ends[order]
    known = search.index(kind, rows).find(at[:, ends] - at[:, starts])
    lengths = next((op for op in search.named("str.len", kind)), None)
    whole = search.make(lengths, text) if lengths is not None else None
    minus = search.named("-", kind)
    full = np.array([len(t) for t in texts])
    for start, end, number in zip(starts.tolist(), ends.tolist(), known.tolist(), strict=True):
        size: Any = places[end] if not at[:, start].any() else None
        if number >= 0:
            size = search.bank.expression(kind, number)
        if whole is not None and (at[:, end] == full).all() and (size is None or whole.cost < size.cost):
            size = whole
        cost = size.cost if size is not None else places[start].cost + places[end].cost + 1
        if size is None:
            if not minus:
                continue
            size = _Difference(search, minus[0], places[end], places[start])
        column = tuple(t[p:q] for t, p, q in zip(texts, at[:, start].tolist(), at[:, end].tolist(), strict=True))
        ref = Span(search, operator, text, places[start], size)
        yield Piece(operator.cost + text.cost + places[start].cost + cost, column, ref)


class _Difference:
    """``(- q p)``, built when it is used."""

    def __init__(self, search: Search, operator: Operator, end: Expression, start: Expression) -> None:
        self._parts = (search, operator, end, start)

    def __call__(self) -> Expression | None:
        search, operator, end, start = self._parts
        return search.make(operator, end, start)
