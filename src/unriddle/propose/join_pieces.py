"""A text goal as known pieces one after the other: a shortest-path search over places in the goal.

Not covered: pieces that are empty on the first example.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Piece", "joins"]

_MAX_POPS = 2000
_N_FITTING = 3
Ref = TypeVar("Ref")


@dataclass(frozen=True, slots=True)
class Piece(Generic[Ref]):
    """Something with a text on every example.

    Attributes:
        cost: What using it costs.
        column: Its texts, ``(m,)``.
        ref: What it stands for.
    """

    cost: int
    column: tuple[str, ...]
    ref: Ref


def joins(
    pieces: Iterable[Piece[Ref]],
    goal: Sequence[str],
    *,
    n_best: int = 3,
    extra: Callable[[Sequence[str]], Iterator[Piece[Ref]]] | None = None,
) -> list[tuple[Piece[Ref], ...]]:
    """The cheapest ways to write the goal as pieces one after the other; cheapest first.

    Args:
        pieces: What may be used, cheap ones first.
        goal: The texts wanted, ``(m,)``.
        n_best: How many ways.
        extra: More pieces for what is left to write, ``(m,)`` texts.
    """
    index: dict[str, list[Piece[Ref]]] = defaultdict(list)
    for piece in pieces:
        if piece.column[0] and piece.column[0] in goal[0]:
            index[piece.column[0]].append(piece)
    lengths = sorted({len(text) for text in index})
    end = tuple(map(len, goal))
    counter = itertools.count()
    heap: list[tuple[int, int, tuple[int, ...], tuple[Piece[Ref], ...]]] = [(0, next(counter), (0,) * len(goal), ())]
    visits: dict[tuple[int, ...], int] = defaultdict(int)
    found: list[tuple[Piece[Ref], ...]] = []
    for _ in range(_MAX_POPS):
        if not heap or len(found) >= n_best:
            break
        cost, _, at, parts = heapq.heappop(heap)
        visits[at] += 1
        if at == end:
            found.append(parts)
            continue
        if visits[at] > n_best:
            continue
        for piece in _next_pieces(index, lengths, goal, at, extra):
            after = tuple(p + len(text) for p, text in zip(at, piece.column, strict=True))
            heapq.heappush(heap, (cost + piece.cost + 1, next(counter), after, (*parts, piece)))
    return found


def _next_pieces(
    index: dict[str, list[Piece[Ref]]],
    lengths: Sequence[int],
    goal: Sequence[str],
    at: tuple[int, ...],
    extra: Callable[[Sequence[str]], Iterator[Piece[Ref]]] | None,
) -> Iterator[Piece[Ref]]:
    for length in lengths:
        if length > len(goal[0]) - at[0]:
            break
        n_given = 0
        for piece in index.get(goal[0][at[0] : at[0] + length], ()):
            if all(text.startswith(value, p) for text, value, p in zip(goal, piece.column, at, strict=True)):
                yield piece
                n_given += 1
                if n_given == _N_FITTING:
                    break
    if extra is not None:
        yield from extra([text[p:] for text, p in zip(goal, at, strict=True)])
