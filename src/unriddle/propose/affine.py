"""Solving for a factor and an offset: ``e * a + b`` for a numeric goal, where enumeration would reach them late.

Not covered: factors that depend on the row, and constants of more than six digits.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.propose.expression import PRODUCT, SUM, UNARY, Expression, Operator, applied, literal

__all__ = ["affine", "matches", "same"]

_TIMES = Operator("{0} * {1}", ("float", "float"), "float", lambda a, b: a * b, 1, PRODUCT, (PRODUCT, UNARY))
_PLUS = Operator("{0} + {1}", ("float", "float"), "float", lambda a, b: a + b, 1, SUM, (SUM, PRODUCT))
_MINUS = Operator("{0} - {1}", ("float", "float"), "float", lambda a, b: a - b, 1, SUM, (SUM, PRODUCT))
_ROUND = Operator("round({0}, {1})", ("float", "k"), "float", round)


def matches(column: Sequence[Any], goal: Sequence[Any]) -> bool:
    """Whether the columns are equal, floats up to rounding."""
    return all(same(value, wanted) for value, wanted in zip(column, goal, strict=True))


def same(value: Any, wanted: Any) -> bool:
    """Whether a value is the one wanted: of one type and equal; a wanted float may differ by rounding."""
    if isinstance(wanted, float) and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)
        except OverflowError:
            return False
    return type(value) is type(wanted) and bool(value == wanted)


def affine(expression: Expression, goal: Sequence[Any]) -> Iterator[Expression]:
    """``e * a``, ``e + b`` and ``e * a + b`` that equal a numeric goal, ``e * a`` also rounded; short constants only.

    A factor or an offset needs two distinct rows, both together three: otherwise any data would fit.
    """
    points = sorted(set(zip(expression.column, goal, strict=True)))
    if expression.type not in ("int", "float") or len({x for x, _ in points}) < 2 or max(map(abs, goal)) > 1e15:
        return
    if any(abs(x) > 1e15 for x, _ in points):
        return
    (x0, y0), (x1, y1) = points[0], points[-1]
    slope = (y1 - y0) / (x1 - x0)
    largest, wanted = max(points, key=lambda point: abs(point[0]))
    trials: list[tuple[float, float]] = [(wanted / largest, 0.0), (1.0, y0 - x0)]
    if len({x for x, _ in points}) >= 3:
        trials.append((slope, y0 - slope * x0))
    places = max((len(repr(y).partition(".")[2]) for y in goal), default=0)
    for factor, offset in trials:
        for digits in (1, 2, 3, 4, 6):
            made = _scaled(expression, _short(factor, digits), _short(offset, digits))
            if made is None:
                continue
            if matches(made.column, goal):
                yield made
                break
            plain = offset == 0 and digits <= 3 and isinstance(goal[0], float)
            rounded = _rounded(made, min(places, 6)) if plain else None
            if rounded is not None and matches(rounded.column, goal):
                yield rounded
                break


def _short(value: float, digits: int) -> int | float:
    number = float(f"{value:.{digits}g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _scaled(expression: Expression, factor: int | float, offset: int | float) -> Expression | None:
    made: Expression | None = expression
    if factor == 0:
        return None
    n_rows = len(expression.column)
    if factor != 1:
        made = applied(_typed(_TIMES, factor, expression), (expression, _number(factor, n_rows)))
    if offset and made is not None:
        sign = _PLUS if offset > 0 else _MINUS
        made = applied(_typed(sign, offset, made), (made, _number(abs(offset), n_rows)))
    return made


def _typed(operator: Operator, constant: int | float, expression: Expression) -> Operator:
    whole = isinstance(constant, int) and expression.type == "int"
    return dataclasses.replace(operator, gives="int" if whole else "float")


def _number(value: int | float, n_rows: int) -> Expression:
    return literal(value, n_rows=n_rows, cost=1 + len(repr(value)) // 3)


def _rounded(expression: Expression, places: int) -> Expression | None:
    return applied(_ROUND, (expression, literal(places, n_rows=len(expression.column), cost=1)))
