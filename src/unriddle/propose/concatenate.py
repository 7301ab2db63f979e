"""Writing a text goal as expressions and literals one after the other, for the Python grammar.

Not covered: pieces that are empty on the first example.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from unriddle.propose.expression import PRODUCT, SUM, Expression, Operator, applied, literal
from unriddle.propose.join_pieces import Piece, joins

__all__ = ["concatenation"]

_JOIN = Operator("{0} + {1}", ("str", "str"), "str", lambda a, b: a + b, 1, SUM, (SUM, PRODUCT))
_SLICE = Operator("{0}[{1}:{2}]", ("str", "k", "k"), "str", lambda s, i, j: s[i:j], needs=(15,))
_FROM = Operator("{0}[{1}:]", ("str", "k"), "str", lambda s, i: s[i:], needs=(15,))
_TO = Operator("{0}[:{1}]", ("str", "k"), "str", lambda s, i: s[:i], needs=(15,))
_MAX_SLICED = 30
_MAX_LITERAL = 16


def concatenation(pieces: Sequence[Expression], goal: Sequence[str], *, n_best: int = 3) -> list[Expression]:
    """The cheapest ways to write a text goal as pieces one after the other; cheapest first.

    A piece is an expression or a literal that all rows share at that place. A literal costs six for
    each letter and digit, so that what can be computed is computed.
    """
    texts = sorted((p for p in pieces if p.type == "str" and not p.is_literal), key=lambda p: p.cost)
    sliced = [piece for text in texts if text.cost <= 2 for piece in _slices(text, goal)]
    usable = [_piece(text) for text in sorted((*texts, *sliced), key=lambda p: p.cost)]
    found = joins(usable, goal, n_best=n_best, extra=lambda rest: map(_piece, _literals(rest)))
    return [made for parts in found if (made := _joined([part.ref for part in parts])) is not None]


def _piece(expression: Expression) -> Piece[Expression]:
    return Piece(expression.cost, expression.column, expression)


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


def _literals(rest: Sequence[str]) -> Iterator[Expression]:
    """Beginnings that all the texts share."""
    for length in range(1, min(_MAX_LITERAL, *map(len, rest)) + 1):
        shared = rest[0][:length]
        if not all(text.startswith(shared) for text in rest):
            return
        yield literal(shared, n_rows=len(rest), cost=1 + 6 * sum(c.isalnum() for c in shared))


def _joined(parts: Sequence[Expression]) -> Expression | None:
    made: Expression | None = parts[0]
    for part in parts[1:]:
        made = applied(_JOIN, (made, part)) if made is not None else None
    return made
