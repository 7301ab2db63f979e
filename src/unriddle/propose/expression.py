"""Typed expressions of our own small grammar: what they say, and their values on every example.

An expression is evaluated column-wise in this process by operator functions we wrote (``operators``); its source is
what a sandbox later confirms. Types are texts: ``int``, ``float``, ``str``, ``bool`` and ``list[...]`` of those.
Not covered: variables bound inside an expression; comprehensions are single operators.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Expression", "Operator", "applied", "evaluate", "key", "literal", "type_of", "variable"]

MAX_BITS = 4096
MAX_LENGTH = 10_000
ATOM, UNARY, SUM, PRODUCT, COMPARISON, TERNARY = 15, 12, 10, 11, 4, 0
_ERRORS = (ArithmeticError, ValueError, LookupError, TypeError)


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to build an expression from others.

    Args:
        template: Source with ``{0}``, ``{1}``, … for the arguments.
        takes: Types of the arguments; ``k`` is an ``int`` literal and ``sep`` a ``str`` literal.
        gives: Type of the result.
        function: Computes one row; it must refuse (raise ``ValueError``) what would be too large before computing it.
        cost: What it adds to the cost of its arguments.
        precedence: How tightly the result binds, as in Python.
        needs: How tightly each argument must bind to stand without parentheses; 0 where omitted.
    """

    template: str
    takes: tuple[str, ...]
    gives: str
    function: Callable[..., Any]
    cost: int = 1
    precedence: int = ATOM
    needs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression with its values.

    Attributes:
        source: Python source.
        type: Type of its values.
        column: Its value on each example, ``(m,)``.
        cost: Its size, weighted; smaller ones are more plausible.
        precedence: How tightly it binds.
        operator: What built it; ``None`` for a variable or a literal.
        args: What it was built from.
    """

    source: str
    type: str
    column: tuple[Any, ...]
    cost: int
    precedence: int = ATOM
    operator: Operator | None = None
    args: tuple[Expression, ...] = ()

    @property
    def is_literal(self) -> bool:
        """Whether it is written without any input."""
        if self.operator is None:
            return not self.source.isidentifier() or self.source in ("True", "False")
        return all(arg.is_literal for arg in self.args)


def type_of(value: Any) -> str:
    """The type of a plain value; empty when the grammar does not have it (mixed and empty lists, tables, ``None``).

    >>> type_of([1, 2]), type_of(True), type_of([1, "a"])
    ('list[int]', 'bool', '')
    """
    if isinstance(value, bool | int | float | str):
        return type(value).__name__
    if isinstance(value, list) and value:
        inner = {type_of(element) for element in value}
        found = inner.pop() if len(inner) == 1 else ""
        return f"list[{found}]" if found else ""
    return ""


def variable(name: str, column: Sequence[Any], type_name: str) -> Expression:
    """An input, of cost 1."""
    return Expression(name, type_name, tuple(column), 1)


def literal(value: Any, *, n_rows: int, cost: int, type_name: str = "") -> Expression:
    """A constant, with the same value on every row."""
    negative = isinstance(value, int | float) and not isinstance(value, bool) and value < 0
    kind = type_name or type_of(value)
    return Expression(repr(value), kind, (value,) * n_rows, cost, UNARY if negative else ATOM)


def applied(operator: Operator, args: Sequence[Expression]) -> Expression | None:
    """The operator on these arguments; ``None`` when it fails or grows too large on some row."""
    try:
        column = tuple([_small(operator.function(*row)) for row in zip(*(arg.column for arg in args), strict=True)])
    except _ERRORS:
        return None
    needs = operator.needs + (0,) * (len(args) - len(operator.needs))
    shown = [a.source if a.precedence >= need else f"({a.source})" for a, need in zip(args, needs, strict=True)]
    cost = operator.cost + sum(arg.cost for arg in args)
    source = operator.template.format(*shown)
    return Expression(source, operator.gives, column, cost, operator.precedence, operator, tuple(args))


def evaluate(expression: Expression, inputs: Mapping[str, Any]) -> Any:
    """The expression's value on other inputs.

    Raises:
        ArithmeticError, ValueError, LookupError, TypeError: It has no value there.
    """
    if expression.operator is None:
        return inputs[expression.source] if expression.source in inputs else expression.column[0]
    return _small(expression.operator.function(*(evaluate(arg, inputs) for arg in expression.args)))


def key(expression: Expression) -> Hashable:
    """Equal for two expressions that cannot be told apart on the examples."""
    return expression.type, _frozen(expression.column)


def _frozen(value: Any) -> Hashable:
    if isinstance(value, list | tuple):
        return tuple(_frozen(element) for element in value)
    return value if value != 0 or not isinstance(value, float) else 0.0


def _small(value: Any) -> Any:
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise ValueError
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError
    elif len(value) > MAX_LENGTH:
        raise ValueError
    return value
