"""Folding: the value of a Python expression made of literals, computed by our own bounded rules.

``2 ** 10``, ``[0] * 5``, ``float("inf")`` and ``set()`` are literals in this sense; names, attributes and calls of
anything else are not. Nothing is executed. Repeated lists of lists are refused: their items would be one shared object.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import itertools
import math
import operator
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["fold", "has_nan", "is_literal", "is_real", "is_sorted", "meanings", "qualified"]

_SIZE = 1_000_000
"""Most items of a folded sequence."""
_BITS = 65_536
"""Most bits of a folded integer."""

_CALLS: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (float, complex, bool, set, frozenset, list, tuple, dict, range, sorted, bytes)},
    "decimal.Decimal": decimal.Decimal,
    "fractions.Fraction": fractions.Fraction,
    "collections.deque": deque,
    "datetime.date": datetime.date,
}
_VALUES = {"math.inf": math.inf, "math.nan": math.nan, "math.pi": math.pi, "math.e": math.e}
_BUILTINS = (*(name for name in _CALLS if "." not in name), "abs")
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert, ast.Not: operator.not_,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def fold(node: ast.expr, names: Mapping[str, str] | None = None) -> Any:
    """The value of an expression made of literals, computed here under bounds on its size.

    Args:
        node: The expression.
        names: What names in it stand for (``{"D": "decimal.Decimal"}``); the built-in constructors when ``None``.

    Raises:
        ValueError: It is not a literal in this sense, or too large.
    """
    names = {name: name for name in _BUILTINS} if names is None else names
    try:
        value = _fold(node, names)
    except (TypeError, ArithmeticError, MemoryError, RecursionError) as error:
        raise ValueError(f"not a literal: {error}") from error
    return value


def _fold(node: ast.expr, names: Mapping[str, str]) -> Any:
    if isinstance(node, ast.Constant) and node.value is not ...:
        return node.value
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = [_fold(item, names) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items) if isinstance(node, ast.Tuple) else set(items)
    if isinstance(node, ast.Dict):
        pairs = [(k, v) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
        if len(pairs) == len(node.keys):
            return {_fold(k, names): _fold(v, names) for k, v in pairs}
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_fold(node.operand, names))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _fold(node.left, names), _fold(node.right, names)
        _bound(node.op, left, right)
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_fold(node.left, names), _fold(node.comparators[0], names))
    if isinstance(node, (ast.Name, ast.Attribute)) and qualified(node, names) in _VALUES:
        return _VALUES[qualified(node, names)]
    if isinstance(node, ast.Call) and qualified(node.func, names) in _CALLS and not node.keywords:
        function, args = _CALLS[qualified(node.func, names)], [_fold(arg, names) for arg in node.args]
        if any(isinstance(a, int) and function is bytes for a in args) or any(_length(a) > _SIZE for a in args):
            raise ValueError("too large")
        return function(*args)
    raise ValueError(f"not a literal: {type(node).__name__}")


def qualified(node: ast.expr, names: Mapping[str, str]) -> str:
    """What a name or dotted name stands for (``math.isclose``); "" when that is not known."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{names.get(node.value.id, '')}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes, list, tuple, set, frozenset, dict, range, deque)) else 0


def _bound(op: ast.operator, left: Any, right: Any) -> None:
    """Refuse what would be large, and repeated lists of lists (their items would be one shared object)."""
    numbers = isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex))
    if isinstance(op, ast.Mult) and not numbers:
        box, times = (right, left) if isinstance(left, int) else (left, right)
        shared = isinstance(box, (list, tuple)) and not all(isinstance(x, (int, float, str, bytes)) for x in box)
        if shared or not isinstance(times, int) or _length(box) * times > _SIZE:
            raise ValueError("a repetition that is too large, or of mutable items")
    bits = [x.bit_length() for x in (left, right) if isinstance(x, int)]
    if isinstance(op, (ast.Mod, ast.Pow)) and not numbers:
        raise ValueError("text formatting and powers of fractions are not literals")
    if isinstance(op, (ast.Pow, ast.LShift)) and len(bits) == 2:
        grown = bits[0] * max(right, 0) if isinstance(op, ast.Pow) else bits[0] + right
        bits = [grown if abs(right) <= _BITS else _BITS + 1]
    if sum(bits) > _BITS:
        raise ValueError("an integer that is too large")


def is_literal(node: ast.expr, names: Mapping[str, str] | None = None) -> bool:
    """Whether ``fold`` has a value for the expression."""
    try:
        fold(node, names)
    except ValueError:
        return False
    return True


def is_real(value: Any) -> bool:
    """A finite number for which arithmetic in floats says what arithmetic on the number itself says."""
    if type(value) is int:
        return abs(value) <= 2**53
    return type(value) is float and math.isfinite(value)


def has_nan(value: Any) -> bool:
    """Whether there is a NaN anywhere in a folded value (it equals nothing, itself included)."""
    if isinstance(value, dict):
        return any(has_nan(v) for pair in value.items() for v in pair)
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return any(has_nan(v) for v in value)
    return bool(value != value)


def is_sorted(items: list[Any]) -> bool:
    """Sorted, and of a kind whose order is total, so that equal bags have equal sorted lists."""
    flat = items + [x for item in items if isinstance(item, (list, tuple)) for x in item]
    kinds = all(type(x) in (int, float, str, bool, list, tuple) for x in flat)
    deep = any(isinstance(x, (list, tuple)) for item in items if isinstance(item, (list, tuple)) for x in item)
    try:
        return kinds and not deep and not has_nan(items) and all(a <= b for a, b in itertools.pairwise(items))
    except TypeError:
        return False


def meanings(trees: Iterable[ast.Module], own: set[str]) -> dict[str, str]:
    """What names stand for, as far as it is certain: built-ins that nothing shadows, and plain imports."""
    known, bound = {name: name for name in (*_BUILTINS,)}, set(own)
    for node in (n for tree in trees for n in ast.walk(tree)):
        if isinstance(node, ast.Import):
            known.update({a.asname or a.name: a.name for a in node.names})
        elif isinstance(node, ast.ImportFrom):
            stars = any(a.name == "*" for a in node.names) and node.module not in ("math", "typing")
            bound |= set(known) if stars else {a.asname or a.name for a in node.names} & set(_BUILTINS)
            known.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return {name: meaning for name, meaning in known.items() if name not in bound}
