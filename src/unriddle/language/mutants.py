"""Programs with one small mistake, made from right ones by editing their syntax tree; nothing is executed here.

The mistakes are those that people and models make: another operator, a number one off, a bound one off, a negated
condition, a dropped statement, another variable of the function, swapped arguments, a built-in for its opposite. Some
mutants are equivalent to their original; only running tells. Not covered: several mistakes at once, and edits that
need the meaning of a name (another attribute, another class).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from unriddle.errors import BadInput, shorten
from unriddle.language.python import parse

__all__ = ["OPERATORS", "Mutant", "all_mutants", "draw_mutants", "mutants"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed program.

    Attributes:
        source: Its text.
        line: Line of the original where it differs.
        operator: Name of the mistake, one of ``OPERATORS``.
    """

    source: str
    line: int
    operator: str


_Edit = tuple[str, int, Callable[[], Callable[[], None]]]
"""Operator, line, and what makes the edit in place and gives back what undoes it."""

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.LtE), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mult), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,), ast.BitXor: (ast.BitAnd,), ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
}  # fmt: skip
_OPPOSITES = (
    ("min", "max"), ("any", "all"), ("upper", "lower"), ("startswith", "endswith"), ("find", "rfind"),
    ("lstrip", "rstrip"), ("floor", "ceil"), ("append", "appendleft"), ("index", "rindex"), ("isupper", "islower"),
    ("union", "intersection"), ("keys", "values"), ("isalpha", "isalnum"), ("isdigit", "isalnum"),
)  # fmt: skip
_OTHER = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])} | {"sorted": "list", "set": "list", "abs": "int"}


def mutants(source: str, *, n: int, rng: np.random.Generator, operators: Sequence[str] = ()) -> list[str]:
    """At most ``n`` distinct programs that differ from ``source`` in one place, drawn evenly over the edits.

    Args:
        source: A readable Python program.
        n: How many at most; fewer when there are fewer edits.
        rng: Draws them.
        operators: Only these mistakes; all of ``OPERATORS`` when empty.

    Raises:
        BadProblem: The source cannot be read.
        BadInput: There is no such operator.
    """
    return [mutant.source for mutant in draw_mutants(source, n=n, rng=rng, operators=operators)]


def draw_mutants(source: str, *, n: int, rng: np.random.Generator, operators: Sequence[str] = ()) -> list[Mutant]:
    """As ``mutants``, with line and operator; only the drawn ones are written out: of a long file a small part.

    Raises:
        BadProblem: The source cannot be read.
        BadInput: There is no such operator.
    """
    return list(islice(_written(source, operators, rng), n))


def all_mutants(source: str, *, operators: Sequence[str] = ()) -> list[Mutant]:
    """Every distinct mutant, in order of place.

    Args:
        source: A readable Python program.
        operators: Only these mistakes; all of ``OPERATORS`` when empty.

    Raises:
        BadProblem: The source cannot be read.
        BadInput: There is no such operator.

    >>> [m.source for m in all_mutants("x = a + 1", operators=["arithmetic"])]
    ['x = a - 1']
    """
    return list(_written(source, operators, None))


def _written(source: str, operators: Sequence[str], rng: np.random.Generator | None) -> Iterator[Mutant]:
    """Distinct mutants as they are written out, in order of place or in a drawn order."""
    strange = [name for name in operators if name not in OPERATORS]
    if strange:
        raise BadInput(f"mutants: operators must be among {', '.join(OPERATORS)}; got {shorten(strange[0])}")
    tree = parse(source)
    seen = {ast.unparse(tree)}
    edits = list(_edits(tree, set(operators or OPERATORS)))
    for i in range(len(edits)) if rng is None else rng.permutation(len(edits)).tolist():
        operator, line, make = edits[i]
        undo = make()
        text = ast.unparse(ast.fix_missing_locations(tree))
        undo()
        if text not in seen:
            seen.add(text)
            yield Mutant(text, line, operator)


def _edits(tree: ast.Module, wanted: set[str]) -> Iterator[_Edit]:
    names = _names_by_function(tree)
    for node in ast.walk(tree):
        for operator, edits in _OPERATORS.items():
            if operator in wanted:
                for make in edits(node, names):
                    yield operator, getattr(node, "lineno", 0), make


_Names = dict[int, list[str]]
_Make = Callable[[], Callable[[], None]]


def _names_by_function(tree: ast.Module) -> _Names:
    """Local variables of the function that a name stands in, by identity of the node; none for bare constants."""
    found: _Names = {id(node.value): [] for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
            written = [node.id for node in inside if isinstance(node.ctx, ast.Store)]
            local = list(dict.fromkeys([*(a.arg for a in _arguments(function.args)), *written]))
            found.update({id(node): local for node in inside if isinstance(node.ctx, ast.Load)})
    return found


def _arguments(args: ast.arguments) -> list[ast.arg]:
    return [*args.posonlyargs, *args.args, *args.kwonlyargs]


def _put(node: Any, field: str, value: Any, place: int | None = None) -> _Make:
    """An edit that puts a value into a field, or into one place of a field that is a list."""

    def make() -> Callable[[], None]:
        holder, key = (node.__dict__, field) if place is None else (getattr(node, field), place)
        old = holder[key]
        holder[key] = value

        def undo() -> None:
            holder[key] = old

        return undo

    return make


def _comparison(node: ast.AST, names: _Names) -> Iterator[_Make]:
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            yield from (_put(node, "ops", new(), i) for new in _COMPARISONS[type(op)])


def _arithmetic(node: ast.AST, names: _Names) -> Iterator[_Make]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        yield from (_put(node, "op", new()) for new in _ARITHMETIC.get(type(node.op), ()))


def _logic(node: ast.AST, names: _Names) -> Iterator[_Make]:
    if isinstance(node, ast.BoolOp):
        yield _put(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for i in range(len(node.values)):
            rest = [value for j, value in enumerate(node.values) if j != i]
            if len(rest) > 1:
                yield _put(node, "values", rest)
            else:  # an operator of one operand: written as the operand alone
                yield _put(node, "values", [rest[0], ast.Constant(isinstance(node.op, ast.And))])


def _negation(node: ast.AST, names: _Names) -> Iterator[_Make]:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _put(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        yield from (_put(node, "ifs", ast.UnaryOp(ast.Not(), test), i) for i, test in enumerate(node.ifs))
        if node.ifs:
            yield _put(node, "ifs", node.ifs[1:])


def _constant(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """Numbers one off or nothing, texts empty, trimmed or in lower case; docstrings stay."""
    if isinstance(node, ast.Constant) and id(node) not in names:
        value = node.value
        if isinstance(value, bool):
            yield _put(node, "value", not value)
        elif isinstance(value, int | float):
            yield from (_put(node, "value", new) for new in dict.fromkeys((value + 1, value - 1, 0)) if new != value)
        elif isinstance(value, str):
            yield _put(node, "value", value + "x" if not value else "")
            if value.strip() != value or value.lower() != value:
                yield _put(node, "value", value.strip() if value.strip() != value else value.lower())


def _unary(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """Minus and ``not`` dropped, where the operand stands in an expression."""
    for field, value in ast.iter_fields(node):
        places = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for place, operand in places:
            if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.USub | ast.Not):
                yield _put(node, field, operand.operand, place)


def _bound(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """An index, the end of a slice or the end of a range, one more or one less; a bound left out."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Constant):
        if isinstance(node.slice, ast.Slice):
            for field in ("lower", "upper"):
                value = getattr(node.slice, field)
                if value is not None:
                    yield from (_put(node.slice, field, _off(value, by)) for by in (1, -1))
                    yield _put(node.slice, field, None)
        elif not isinstance(node.slice, ast.Tuple):
            yield from (_put(node, "slice", _off(node.slice, by)) for by in (1, -1))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and node.args:
        last = 0 if len(node.args) == 1 else 1
        yield from (_put(node, "args", _off(node.args[last], by), last) for by in (1, -1))
        if len(node.args) > 1:
            yield from (_put(node, "args", _off(node.args[0], by), 0) for by in (1, -1))
        else:
            yield _put(node, "args", [ast.Constant(1), node.args[0]])


def _off(node: ast.expr, by: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(1))


def _statement(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """A statement dropped: with ``pass`` in its place where the block would be empty."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if not isinstance(block, list) or isinstance(node, ast.Module | ast.ClassDef):
            continue
        for i, statement in enumerate(block):
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass):
                continue
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                rest = [*block[:i], *block[i + 1 :]]
                yield _put(node, field, rest if rest or field != "body" else [ast.Pass()])


def _jump(node: ast.AST, names: _Names) -> Iterator[_Make]:
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        for i, statement in enumerate(block if isinstance(block, list) else ()):
            if isinstance(statement, ast.Break):
                yield _put(node, field, ast.Continue(), i)
            elif isinstance(statement, ast.Continue):
                yield _put(node, field, ast.Break(), i)


def _returned(node: ast.AST, names: _Names) -> Iterator[_Make]:
    if isinstance(node, ast.Return) and node.value is not None:
        empty = isinstance(node.value, ast.Constant) and node.value.value is None
        if not empty:
            yield _put(node, "value", ast.Constant(None))


def _swapped(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """Two arguments, or the operands of an operator where the order matters."""
    if isinstance(node, ast.Call) and len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args):
        for i in range(len(node.args) - 1):
            yield _put(node, "args", [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Add):
        if isinstance(node.op, ast.Add) and any(_is_number(side) for side in (node.left, node.right)):
            return

        def make() -> Callable[[], None]:
            def exchange() -> None:
                node.left, node.right = node.right, node.left

            exchange()
            return exchange

        yield make


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex)


def _call(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """A built-in or method for its opposite."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OTHER:
        yield _put(node.func, "id", _OTHER[node.func.id])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OTHER:
        yield _put(node.func, "attr", _OTHER[node.func.attr])


def _variable(node: ast.AST, names: _Names) -> Iterator[_Make]:
    """One of the two variables of the function that follow it; all would drown the other mistakes."""
    if isinstance(node, ast.Name) and node.id in names.get(id(node), ()):
        local = names[id(node)]
        after = [*local[local.index(node.id) + 1 :], *local[: local.index(node.id)]]
        yield from (_put(node, "id", other) for other in after[:2])


_OPERATORS: dict[str, Callable[[ast.AST, _Names], Iterator[_Make]]] = {
    "comparison": _comparison,
    "arithmetic": _arithmetic,
    "logic": _logic,
    "negation": _negation,
    "constant": _constant,
    "unary": _unary,
    "bound": _bound,
    "statement": _statement,
    "jump": _jump,
    "returned": _returned,
    "swapped": _swapped,
    "call": _call,
    "variable": _variable,
}

OPERATORS = tuple(_OPERATORS)
"""Names of the mistakes."""
