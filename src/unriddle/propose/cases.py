"""Case distinctions: ``a if test else b`` over expressions that are right on some of the examples.

Not covered: more than ``depth`` tests deep.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.propose.affine import same
from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import COMPARISON, SUM, TERNARY, Expression, Operator, applied, literal

__all__ = ["cases", "thresholds"]

_IF = Operator(
    "{1} if {0} else {2}", ("bool", "", ""), "", lambda test, yes, no: yes if test else no, 1, TERNARY, (1, 1, 0)
)
_AT_LEAST = Operator("{0} >= {1}", ("", ""), "bool", lambda a, b: a >= b, 1, COMPARISON, (SUM, SUM))


def thresholds(expression: Expression) -> Iterator[Expression]:
    """``e >= t`` for a numeric expression, with the roundest ``t`` between each two neighbouring values."""
    values = sorted(set(expression.column))
    for low, high in itertools.pairwise(values):
        limit = literal(_roundest(low, high), n_rows=len(expression.column), cost=1)
        made = applied(_AT_LEAST, (expression, limit))
        if made is not None:
            yield made


def _roundest(low: float, high: float) -> int | float:
    """The number with the fewest digits in ``(low, high]``."""
    for step in (1000, 500, 100, 50, 10, 5, 1, 0.5, 0.1, 0.01):
        number = high // step * step
        if low < number <= high:
            return int(number) if isinstance(high, int) or step >= 1 else round(number, 2)
    return high


def cases(
    leaves: Sequence[Expression], conditions: Sequence[Expression], goal: Sequence[Any], *, depth: int = 2
) -> Expression | None:
    """The cheapest ``a if test else b`` (at most ``depth`` tests deep) that equals the goal; ``None`` if there is none.

    Args:
        leaves: What the branches may be.
        conditions: Expressions of type ``bool``.
        goal: The column wanted.
        depth: How many tests may follow one another.
    """
    everything = (1 << len(goal)) - 1
    branches = _cheapest(leaves, [_mask(e, goal) for e in leaves], limit=200)
    tests = _cheapest(conditions, [sum(1 << i for i, v in enumerate(e.column) if v) for e in conditions], limit=80)
    made = decide(branches, tests, everything, depth=depth)
    return None if made is None or made.part is not None else _built(made)


def _built(choice: Choice[Expression]) -> Expression | None:
    if choice.test is None or choice.yes is None or choice.no is None:
        return choice.part
    yes, no = _built(choice.yes), _built(choice.no)
    if yes is None or no is None:
        return None
    return applied(dataclasses.replace(_IF, gives=yes.type), (choice.test, yes, no))


def _mask(expression: Expression, goal: Sequence[Any]) -> int:
    """Which rows of the goal the expression gets right, one bit each."""
    return sum(1 << i for i, (v, w) in enumerate(zip(expression.column, goal, strict=True)) if same(v, w))


def _cheapest(expressions: Sequence[Expression], masks: Sequence[int], *, limit: int) -> list[Option[Expression]]:
    """The cheapest expression for each set of rows; at most ``limit`` of them, cheap ones first."""
    kept: dict[int, Option[Expression]] = {}
    for expression, mask in sorted(zip(expressions, masks, strict=True), key=lambda pair: pair[0].cost):
        if mask and len(kept) < limit:
            # A literal that is right on one row only would be learnt by heart.
            kept.setdefault(mask, Option(mask, expression.cost, expression, expression.is_literal))
    return list(kept.values())
