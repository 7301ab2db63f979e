"""Conditions that a repair may put in: those of the file, presence of what has attributes, comparisons of variables.

Not covered: conditions with constants other than 0 and 1 that the file does not hold.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from unriddle.propose.repair_scope import Donors, Scope, size

__all__ = ["Replacement", "changed_conditions", "conditions"]

Replacement = tuple[str, float, ast.expr]
"""Name of the rule, cost, the new expression."""

_COMMON: tuple[tuple[Callable[[], ast.cmpop], float], ...] = (
    (ast.NotIn, 2.7), (ast.In, 2.7), (ast.Lt, 2.9), (ast.Eq, 2.9), (ast.NotEq, 2.9),
)  # fmt: skip


def conditions(scope: Scope, donors: Donors) -> Iterator[tuple[float, ast.expr]]:
    """``(cost, condition)``: those of the file, presence of what has attributes, and comparisons of variables."""
    for donor in donors.conditions.values():
        if size(donor) <= 7:
            yield 2.0 + 0.1 * size(donor), donor
    bases = {ast.unparse(v.value): v.value for v in donors.values.values() if isinstance(v, ast.Attribute)}
    for base in bases.values():
        yield 1.9, ast.Compare(base, [ast.Is()], [ast.Constant(None)])
        yield 2.3, ast.Compare(base, [ast.IsNot()], [ast.Constant(None)])
    for held in donors.values.values():
        if isinstance(held, ast.Attribute) and isinstance(held.value, ast.Name):
            yield 2.6, ast.UnaryOp(ast.Not(), held)
    names = [ast.Name(name, ast.Load()) for name in scope.names]
    for one in names:
        yield 2.5, one
        yield 2.5, ast.UnaryOp(ast.Not(), one)
        for value in (0, 1):
            for kind, _ in (*_COMMON[2:], (ast.Gt, 0.0)):
                yield 3.0, ast.Compare(one, [kind()], [ast.Constant(value)])
        for two in names:
            if one is not two:
                for kind, cost in _COMMON:
                    yield cost, ast.Compare(one, [kind()], [two])


def changed_conditions(node: ast.expr, scope: Scope, donors: Donors) -> Iterator[Replacement]:
    """What may stand in place of a condition: its opposite, another one, or it together with another one."""
    opposite = node.operand if isinstance(node, ast.UnaryOp) else ast.UnaryOp(ast.Not(), node)
    yield "negated condition", 1.3, opposite
    yield "superfluous condition", 2.2, ast.Constant(True)
    yield "superfluous condition", 2.2, ast.Constant(False)
    text = ast.unparse(node)
    inside = dict.fromkeys(ast.unparse(n) for n in ast.walk(node) if isinstance(n, ast.expr))
    for cost, other in conditions(scope, donors):
        if ast.unparse(other) == text:
            continue
        near = 0.0 if any(ast.unparse(n) in inside for n in ast.walk(other) if isinstance(n, ast.Name)) else 0.3
        yield "missing condition", cost + near, ast.BoolOp(ast.Or(), [other, node])
        yield "missing condition", cost + near, ast.BoolOp(ast.And(), [other, node])
        yield "missing condition", cost + near + 0.3, ast.BoolOp(ast.Or(), [node, other])
        yield "missing condition", cost + near + 0.3, ast.BoolOp(ast.And(), [node, other])
        yield "wrong condition", cost + 0.5, other
