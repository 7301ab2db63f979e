"""Writing a text goal as pieces one after the other, a shortest-path search over places in the goal.

Not covered: pieces that are empty on the first example.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from unriddle.propose.expression import PRODUCT, SUM, Expression, Operator, applied, literal

__all__ = ["concatenation"]

_JOIN = Operator("{0} + {1}", ("str", "str"), "str", lambda a, b: a + b, 1, SUM, (SUM, PRODUCT))
_SLICE = Operator("{0}[{1}:{2}]", ("str", "k", "k"), "str", lambda s, i, j: s[i:j], needs=(15,))
_FROM = Operator("{0}[{1}:]", ("str", "k"), "str", lambda s, i: s[i:], needs=(15,))
_TO = Operator("{0}[:{1}]", ("str", "k"), "str", lambda s, i: s[:i], needs=(15,))
_MAX_SLICED = 30
_MAX_POPS = 4000
_MAX_LITERAL = 16


def concatenation(pieces: Sequence[Expression], goal: Sequence[str], *, n_best: int = 3) -> list[Expression]:
    """The cheapest ways to write a text goal as pieces one after the other; cheapest first.

    A piece is an expression or a literal that all rows share at that place. A literal costs six for
    each letter and digit, so that what can be computed is computed.
    """
    index = _index(pieces, goal)
    start, end = (0,) * len(goal), tuple(map(len, goal))
    counter = itertools.count()
    heap: list[tuple[int, int, tuple[int, ...], tuple[Expression, ...]]] = [(0, next(counter), start, ())]
    visits: dict[tuple[int, ...], int] = defaultdict(int)
    found: list[Expression] = []
    for _ in range(_MAX_POPS):
        if not heap or len(found) >= n_best:
            break
        cost, _, at, parts = heapq.heappop(heap)
        visits[at] += 1
        if at == end:
            made = _joined(parts)
            found += [made] if made is not None else []
            continue
        if visits[at] > n_best:
            continue
        for piece in _next_pieces(index, goal, at):
            after = tuple(p + len(text) for p, text in zip(at, piece.column, strict=True))
            heapq.heappush(heap, (cost + piece.cost + 1, next(counter), after, (*parts, piece)))
    return found


def _index(pieces: Sequence[Expression], goal: Sequence[str]) -> dict[str, list[Expression]]:
    """Pieces by their text on the first row, as far as it occurs in the goal; cheap ones first."""
    texts = sorted((p for p in pieces if p.type == "str" and not p.is_literal), key=lambda p: p.cost)
    sliced = [piece for text in texts if text.cost <= 2 for piece in _slices(text, goal)]
    index: dict[str, list[Expression]] = defaultdict(list)
    for piece in sorted((*texts, *sliced), key=lambda p: p.cost):
        if piece.column[0] and piece.column[0] in goal[0]:
            index[piece.column[0]].append(piece)
    return index


def _slices(text: Expression, goal: Sequence[str]) -> Iterator[Expression]:
    """Fixed places of a text that occur in the goal on every row."""
    width = len(text.column[0])
    if width > _MAX_SLICED:
        return
    for i, j in itertools.combinations(range(width + 1), 2):
        if all(value[i:j] and value[i:j] in wanted for value, wanted in zip(text.column, goal, strict=True)):
            ends = [literal(place, n_rows=len(goal), cost=1) for place in (i, j)]
            made = applied(_FROM, (text, ends[0])) if j == width and i else applied(_SLICE, (text, *ends))
            made = applied(_TO, (text, ends[1])) if i == 0 else made
            if made is not None:
                yield made


def _next_pieces(index: dict[str, list[Expression]], goal: Sequence[str], at: tuple[int, ...]) -> Iterator[Expression]:
    for length in range(1, len(goal[0]) - at[0] + 1):
        fitting = [
            piece
            for piece in index.get(goal[0][at[0] : at[0] + length], ())
            if all(text.startswith(value, p) for text, value, p in zip(goal, piece.column, at, strict=True))
        ]
        yield from fitting[:3]
    rest = [text[p:] for text, p in zip(goal, at, strict=True)]
    for length in range(1, min(_MAX_LITERAL, *map(len, rest)) + 1):
        shared = rest[0][:length]
        if not all(text.startswith(shared) for text in rest):
            return
        yield literal(shared, n_rows=len(goal), cost=1 + 6 * sum(c.isalnum() for c in shared))


def _joined(parts: Sequence[Expression]) -> Expression | None:
    made: Expression | None = parts[0]
    for part in parts[1:]:
        made = applied(_JOIN, (made, part)) if made is not None else None
    return made
