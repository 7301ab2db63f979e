"""Typed expressions of our own small grammar: what they say, and their values on every example.

An expression is evaluated column-wise in this process by operator functions we wrote (``operators``); its source is
what a sandbox later confirms. Types are texts: ``int``, ``float``, ``str``, ``bool`` and ``list[...]`` of those.
Not covered: variables bound inside an expression; comprehensions are single operators.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.grammar.term import BitVector

__all__ = [
    "ERRORS",
    "Expression",
    "Operator",
    "applied",
    "built",
    "evaluate",
    "key",
    "literal",
    "small",
    "type_of",
    "variable",
]

MAX_BITS = 4096
MAX_LENGTH = 10_000
ATOM, UNARY, SUM, PRODUCT, COMPARISON, TERNARY = 15, 12, 10, 11, 4, 0
ERRORS = (ArithmeticError, ValueError, LookupError, TypeError)


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
        name: What the operator is called in its language; empty where the template says it all.
        array: The same on arrays of codes (``values``), for types whose values are their own codes.
        bound: The largest size the array form can reach, from the largest sizes of its arguments; ``None`` if all fit.
        total: The function has a value for all arguments, and a small one.
        relevant: Whether the first two of three arguments can give anything that is not already had more cheaply.
        idle: Pointless on two equal arguments (``x - x``).
        partial: What the first two of three arguments come to, where that is fewer different things than they are.
        table: All values for a list of first arguments (of ``partial`` if there is one) and a list of last ones, the
            last ones changing fastest; none may fail.
    """

    template: str
    takes: tuple[str, ...]
    gives: str
    function: Callable[..., Any]
    cost: int = 1
    precedence: int = ATOM
    needs: tuple[int, ...] = ()
    name: str = ""
    array: Callable[..., Any] | None = None
    bound: Callable[..., int] | None = None
    total: bool = False
    relevant: Callable[..., bool] | None = None
    idle: bool = False
    partial: Callable[[Any, Any], Any] | None = None
    table: Callable[[list[Any], list[Any]], list[Any]] | None = None


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
        constant: A leaf that is a literal.
    """

    source: str
    type: str
    column: tuple[Any, ...]
    cost: int
    precedence: int = ATOM
    operator: Operator | None = None
    args: tuple[Expression, ...] = ()
    constant: bool = False

    @property
    def is_literal(self) -> bool:
        """Whether it is written without any input."""
        return self.constant if self.operator is None else all(arg.is_literal for arg in self.args)


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
    return Expression(repr(value), kind, (value,) * n_rows, cost, UNARY if negative else ATOM, constant=True)


def applied(operator: Operator, args: Sequence[Expression]) -> Expression | None:
    """The operator on these arguments; ``None`` when it fails or grows too large on some row."""
    try:
        column = tuple([small(operator.function(*row)) for row in zip(*(arg.column for arg in args), strict=True)])
    except ERRORS:
        return None
    return built(operator, args, column)


def built(operator: Operator, args: Sequence[Expression], column: Sequence[Any]) -> Expression:
    """The operator on these arguments, whose values are known already."""
    needs = operator.needs + (0,) * (len(args) - len(operator.needs))
    shown = [a.source if a.precedence >= need else f"({a.source})" for a, need in zip(args, needs, strict=True)]
    cost = operator.cost + sum(arg.cost for arg in args)
    source = operator.template.format(*shown)
    return Expression(source, operator.gives, tuple(column), cost, operator.precedence, operator, tuple(args))


def evaluate(expression: Expression, inputs: Mapping[str, Any]) -> Any:
    """The expression's value on other inputs.

    Raises:
        ArithmeticError, ValueError, LookupError, TypeError: It has no value there.
    """
    if expression.operator is None:
        return expression.column[0] if expression.constant else inputs[expression.source]
    return small(expression.operator.function(*(evaluate(arg, inputs) for arg in expression.args)))


def key(expression: Expression) -> Hashable:
    """Equal for two expressions that cannot be told apart on the examples."""
    return expression.type, _frozen(expression.column)


def _frozen(value: Any) -> Hashable:
    if isinstance(value, list | tuple):
        return tuple(_frozen(element) for element in value)
    return value if value != 0 or not isinstance(value, float) else 0.0


def small(value: Any) -> Any:
    """The value, if it is not too large to keep.

    Raises:
        ValueError: It is, or it is no number.
    """
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise ValueError
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError
    elif not isinstance(value, BitVector) and len(value) > MAX_LENGTH:
        raise ValueError
    return value
