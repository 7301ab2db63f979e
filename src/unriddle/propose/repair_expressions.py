"""Small changes of one expression: the mistakes that people make, undone.

Every change has a cost, the negative logarithm of how common the mistake is thought to be; the costs were set by hand
and never fitted to a benchmark. Not covered: changes of statements (``repair_statements``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from unriddle.propose.repair_conditions import Replacement, changed_conditions, conditions
from unriddle.propose.repair_scope import Donors, Scope, is_condition, size

__all__ = ["replacements"]

_COMPARISONS: tuple[tuple[type[ast.cmpop], ...], ...] = (
    (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq), (ast.In, ast.NotIn), (ast.Is, ast.IsNot, ast.Eq, ast.NotEq),
)  # fmt: skip
_OPERATORS: tuple[tuple[type[ast.operator], ...], ...] = (
    (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift, ast.Sub, ast.Add),
)
_FUNCTIONS = (
    ("min", "max", "sum", "len"), ("any", "all"), ("sorted", "list", "reversed", "set", "tuple"),
    ("int", "float", "str"), ("int", "round", "abs"), ("range", "reversed", "enumerate", "list"),
)  # fmt: skip
_METHODS = (
    ("append", "extend", "add", "update", "appendleft"), ("pop", "popleft", "remove", "discard"),
    ("keys", "values", "items"),
    ("upper", "lower", "title", "capitalize"), ("startswith", "endswith"), ("find", "rfind", "index", "rindex"),
    ("strip", "lstrip", "rstrip"), ("isalpha", "isalnum", "isdigit"), ("union", "intersection", "difference"),
    ("floor", "ceil"), ("heappush", "heappop", "heappushpop", "heapreplace", "heapify"),
    ("split", "rsplit", "splitlines"),
)  # fmt: skip


def replacements(node: ast.expr, holder: ast.AST, field: str, *, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    """What may stand in place of an expression.

    Args:
        node: The expression.
        holder: What it stands in.
        field: Under which name.
        scope: Names in reach.
        donors: Expressions of the file.
    """
    if isinstance(node, ast.Slice | ast.Starred | ast.JoinedStr | ast.FormattedValue):
        yield from _slice(node, scope)
        return
    if isinstance(getattr(node, "ctx", None), ast.Store):
        yield from _target(node, scope, donors)
        return
    if isinstance(holder, ast.Call) and field == "func":
        yield from _called(node, holder, scope, donors)
        return
    for kind, rule in _RULES:
        if isinstance(node, kind):
            yield from rule(node, scope, donors)
    tested = field in ("test", "ifs") or (isinstance(holder, ast.BoolOp))
    if tested or is_condition(node):
        yield from changed_conditions(node, scope, donors)
    else:
        yield from _value(node, holder, field, scope, donors)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _number(value: int) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _off(node: ast.expr, by: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(_name(name), list(args), [])


def _of_name(node: ast.Name, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    for other in scope.names:
        if other != node.id:
            yield "wrong variable", 1.6, _name(other)


def _of_constant(node: ast.Constant, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    value = node.value
    if isinstance(value, bool):
        yield "wrong constant", 1.2, ast.Constant(not value)
    elif isinstance(value, int):
        for new in dict.fromkeys((value + 1, value - 1, 0, 1, 2, -1, value * 2)):
            if new != value:
                yield "wrong constant", 1.2 if abs(new - value) == 1 else 1.8, _number(new)
    elif isinstance(value, float):
        for amount in (value + 1, value - 1, 0.0, value * 10, value / 10, -value):
            yield "wrong constant", 1.8, ast.Constant(amount)
    for text, other in donors.constants.items():
        if isinstance(other, ast.Constant) and type(other.value) is type(value) and text != repr(value):
            yield "wrong constant", 2.0, ast.Constant(other.value)
    if value is None or isinstance(value, int):
        for name in scope.names:
            yield "variable for constant", 2.2, _name(name)
    if value is None:
        yield from (("wrong constant", 2.2, ast.Constant(new)) for new in (0, 1, True, False))
        yield "wrong constant", 2.2, ast.List([], ast.Load())


def _of_compare(node: ast.Compare, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    for i, op in enumerate(node.ops):
        for group in _COMPARISONS:
            for new in group if type(op) in group else ():
                if new is not type(op):
                    yield (
                        "wrong comparison",
                        1.0,
                        ast.Compare(node.left, [*node.ops[:i], new(), *node.ops[i + 1 :]], node.comparators),
                    )
    if len(node.ops) == 1:
        yield "swapped operands", 1.8, ast.Compare(node.comparators[0], node.ops, [node.left])


def _of_binary(node: ast.BinOp, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    for group in _OPERATORS:
        for new in group if type(node.op) in group else ():
            if new is not type(node.op):
                yield "wrong operator", 1.3, ast.BinOp(node.left, new(), node.right)
    yield "swapped operands", 1.5, ast.BinOp(node.right, node.op, node.left)
    yield "superfluous operand", 1.6, node.left
    yield "superfluous operand", 1.6, node.right


def _of_logic(node: ast.BoolOp, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    yield "and for or", 1.2, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for i in range(len(node.values)):
        rest = [*node.values[:i], *node.values[i + 1 :]]
        yield "superfluous condition", 1.6, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_unary(node: ast.UnaryOp, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    yield "superfluous sign", 1.3, node.operand


def _of_call(node: ast.Call, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    args = node.args

    def new(changed: list[ast.expr]) -> ast.expr:
        return ast.Call(node.func, changed, node.keywords)

    for i in range(len(args)):
        for j in range(i + 1, len(args)):
            swapped = list(args)
            swapped[i], swapped[j] = args[j], args[i]
            yield "swapped arguments", 1.2, new(swapped)
    for i in range(len(args)):
        yield "superfluous argument", 2.0, new([*args[:i], *args[i + 1 :]])
    for i in range(len(args) + 1):
        for name in scope.names:
            yield "missing argument", 2.2, new([*args[:i], _name(name), *args[i:]])
        for value in (0, 1):
            yield "missing argument", 2.4, new([*args[:i], ast.Constant(value), *args[i:]])
    if len(args) == 1 and isinstance(node.func, ast.Name):
        yield "superfluous call", 1.8, args[0]
    if isinstance(node.func, ast.Attribute):
        yield "superfluous call", 2.2, node.func.value
    if isinstance(node.func, ast.Name) and node.func.id in ("min", "max") and len(args) > 1:
        for i, arg in enumerate(args):
            for name in scope.names:
                yield "missing operand", 2.2, new([*args[:i], ast.BinOp(arg, ast.Add(), _name(name)), *args[i + 1 :]])


def _of_attribute(node: ast.Attribute, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    for other in donors.attributes:
        if other != node.attr:
            yield "wrong attribute", 1.5, ast.Attribute(node.value, other, ast.Load())
    yield "superfluous attribute", 1.8, node.value


def _of_subscript(node: ast.Subscript, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    yield "superfluous index", 2.0, node.value
    if not isinstance(node.slice, ast.Slice | ast.Tuple):
        for by in (1, -1):
            yield "index one off", 1.2, ast.Subscript(node.value, _off(node.slice, by), ast.Load())
        if isinstance(node.value, ast.Subscript):
            inner = ast.Subscript(node.value.value, node.slice, ast.Load())
            yield "swapped indices", 1.6, ast.Subscript(inner, node.value.slice, ast.Load())
        yield "slice for index", 2.4, ast.Subscript(node.value, ast.Slice(None, node.slice), ast.Load())
        yield "slice for index", 2.4, ast.Subscript(node.value, ast.Slice(node.slice, None), ast.Load())


def _of_display(node: ast.List | ast.Tuple | ast.Set, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    items = node.elts

    def new(changed: list[ast.expr]) -> ast.expr:
        if isinstance(node, ast.Set):
            return ast.Set(changed)
        return ast.List(changed, ast.Load()) if isinstance(node, ast.List) else ast.Tuple(changed, ast.Load())

    for i in range(len(items)):
        if len(items) > 1:
            yield "superfluous element", 1.8, new([*items[:i], *items[i + 1 :]])
        for j in range(i + 1, len(items)):
            swapped = list(items)
            swapped[i], swapped[j] = items[j], items[i]
            yield "swapped elements", 1.5, new(swapped)
    for i in {0, len(items)}:
        for name in scope.names:
            yield "missing element", 2.2, new([*items[:i], _name(name), *items[i:]])
    if not items and isinstance(node, ast.List):
        for inside in (ast.List([], ast.Load()), ast.Constant(0), ast.Constant(1), ast.Tuple([], ast.Load())):
            yield "missing element", 1.9, new([inside])


def _of_conditional(node: ast.IfExp, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    yield "wrong branch", 1.4, ast.IfExp(node.test, node.orelse, node.body)
    yield "superfluous condition", 1.8, node.body
    yield "superfluous condition", 1.8, node.orelse


def _of_comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope, donors: Donors
) -> Iterator[Replacement]:
    own = [n.id for part in node.generators for n in ast.walk(part.target) if isinstance(n, ast.Name)]
    inner = Scope(tuple(dict.fromkeys([*own, *scope.names])), scope.parameters, scope.functions)
    for i, part in enumerate(node.generators):
        for cost, test in conditions(inner, donors):
            if any(isinstance(n, ast.Name) and n.id in own for n in ast.walk(test)):
                changed = ast.comprehension(part.target, part.iter, [*part.ifs, test], part.is_async)
                yield "missing filter", cost + 0.4, _with_generators(node, i, changed)
        for k in range(len(part.ifs)):
            changed = ast.comprehension(part.target, part.iter, [*part.ifs[:k], *part.ifs[k + 1 :]], part.is_async)
            yield "superfluous filter", 1.7, _with_generators(node, i, changed)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        for name in own:
            yield "wrong element", 2.0, type(node)(_name(name), node.generators)


def _with_generators(node: ast.expr, place: int, part: ast.comprehension) -> ast.expr:
    fields: dict[str, Any] = dict(ast.iter_fields(node))
    fields["generators"] = [part if i == place else old for i, old in enumerate(fields["generators"])]
    return type(node)(**fields)


def _slice(node: ast.expr, scope: Scope) -> Iterator[Replacement]:
    if not isinstance(node, ast.Slice):
        return
    for first in (True, False):
        old = node.lower if first else node.upper

        def new(bound: ast.expr | None, *, first: bool = first) -> ast.Slice:
            return ast.Slice(bound, node.upper, node.step) if first else ast.Slice(node.lower, bound, node.step)

        if old is not None:
            yield "slice bound one off", 1.2, new(_off(old, 1))
            yield "slice bound one off", 1.2, new(_off(old, -1))
            yield "superfluous bound", 1.6, new(None)
        else:
            for bound in [*map(_name, scope.names), ast.Constant(1), _number(-1)]:
                yield "missing bound", 1.9, new(bound)
    if node.lower is not None and node.upper is None:
        yield "other part", 1.7, ast.Slice(None, node.lower, node.step)
    if node.upper is not None and node.lower is None:
        yield "other part", 1.7, ast.Slice(node.upper, None, node.step)


def _target(node: ast.expr, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    if isinstance(node, ast.Name):
        for name in scope.names:
            if name != node.id:
                yield "wrong target", 2.0, ast.Name(name, ast.Store())
    elif isinstance(node, ast.Attribute):
        for other in donors.attributes:
            if other != node.attr:
                yield "wrong target", 1.7, ast.Attribute(node.value, other, ast.Store())
    elif isinstance(node, ast.Subscript):
        for name in scope.names:
            yield "wrong target", 2.0, ast.Subscript(_name(name), node.slice, ast.Store())
            yield "wrong target", 2.0, ast.Subscript(node.value, _name(name), ast.Store())
            yield "wrong target", 2.2, ast.Subscript(_name(name), node.slice, ast.Store())
            for other in scope.names:
                yield "wrong target", 2.4, ast.Subscript(_name(name), _name(other), ast.Store())
        if not isinstance(node.slice, ast.Slice):
            for by in (1, -1):
                yield "index one off", 1.3, ast.Subscript(node.value, _off(node.slice, by), ast.Store())
    if not isinstance(node, ast.Tuple | ast.List):
        for text, donor in donors.targets.items():
            if text != ast.unparse(node):
                yield "wrong target", 2.2, donor


def _called(node: ast.expr, call: ast.Call, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    if isinstance(node, ast.Name):
        for group in _FUNCTIONS:
            for other in group if node.id in group else ():
                if other != node.id:
                    yield "wrong function", 1.5, _name(other)
        for other, n_args in donors.functions.items():
            if other != node.id and len(call.args) in n_args:
                yield "wrong function", 2.0, _name(other)
        for other in scope.functions:
            if other != node.id and other not in donors.functions:
                yield "wrong function", 2.2, _name(other)
    elif isinstance(node, ast.Attribute):
        found: dict[str, float] = {}
        for group in _METHODS:
            found.update(dict.fromkeys(group if node.attr in group else (), 1.5))
        found.update({name: 2.0 for name in donors.methods if name not in found})
        for other, cost in found.items():
            if other != node.attr:
                yield "wrong method", cost, ast.Attribute(node.value, other, ast.Load())
        for name in scope.names:
            if ast.unparse(node.value) != name:
                yield "wrong variable", 1.9, ast.Attribute(_name(name), node.attr, ast.Load())


def _value(node: ast.expr, holder: ast.AST, field: str, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    plain = isinstance(node, ast.Constant)
    bound = isinstance(holder, ast.Compare | ast.Return | ast.Call) or field == "slice"
    if not plain and not isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Set | ast.ListComp):
        for by in (1, -1):
            yield "one off", 1.3 if bound else 1.7, _off(node, by)
        for name in scope.names:
            for op in (ast.Add, ast.Sub):
                yield "missing operand", 2.6, ast.BinOp(node, op(), _name(name))
        yield "missing sign", 2.6, ast.UnaryOp(ast.USub(), node)
    if not plain:
        yield from _wrapped(node, holder, scope)
    for name in scope.names if not isinstance(node, ast.Name) and not plain else ():
        yield "variable for expression", 2.2, _name(name)
    for attribute in donors.attributes:
        yield "missing attribute", 2.2, ast.Attribute(node, attribute, ast.Load())
    for donor in donors.values.values():
        if type(donor) is type(node) or isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.Attribute):
            yield "other expression", 2.4 + 0.15 * size(donor), donor


def _wrapped(node: ast.expr, holder: ast.AST, scope: Scope) -> Iterator[Replacement]:
    yield "missing list", 2.3, ast.List([node], ast.Load())
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        for bound in [*map(_name, scope.names), ast.Constant(1), _number(-1)]:
            if ast.unparse(bound) != ast.unparse(node):
                yield "missing slice", 2.2, ast.Subscript(node, ast.Slice(bound, None), ast.Load())
                yield "missing slice", 2.2, ast.Subscript(node, ast.Slice(None, bound), ast.Load())
                yield "missing index", 2.4, ast.Subscript(node, bound, ast.Load())
        for function in ("len", "sorted", "list", "reversed", "set", "abs", "str", "int", "tuple", "sum"):
            yield "missing call", 2.7, _call(function, node)
    if isinstance(holder, ast.Assign | ast.Return):
        for name in scope.names:
            for function in ("max", "min"):
                yield "missing choice", 2.6, _call(function, _name(name), node)
    for name in scope.names:
        if isinstance(holder, ast.Assign | ast.Return | ast.Call | ast.BinOp):
            yield "missing element", 2.5, ast.BinOp(ast.List([_name(name)], ast.Load()), ast.Add(), node)
            yield "missing element", 2.5, ast.BinOp(node, ast.Add(), ast.List([_name(name)], ast.Load()))


_RULES: tuple[tuple[Any, Callable[[Any, Scope, Donors], Iterator[Replacement]]], ...] = (
    (ast.Name, _of_name),
    (ast.Constant, _of_constant),
    (ast.Compare, _of_compare),
    (ast.BinOp, _of_binary),
    (ast.BoolOp, _of_logic),
    (ast.UnaryOp, _of_unary),
    (ast.Call, _of_call),
    (ast.Attribute, _of_attribute),
    (ast.Subscript, _of_subscript),
    ((ast.List, ast.Tuple, ast.Set), _of_display),
    (ast.IfExp, _of_conditional),
    ((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), _of_comprehension),
)
