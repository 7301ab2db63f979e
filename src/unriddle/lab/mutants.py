"""Programs with one small mistake, made from right ones by editing their syntax tree; nothing is executed here.

Operators: another comparison, another arithmetic operator, a number one off, ``and`` for ``or``, a negated condition,
a dropped statement. Some mutants are equivalent to their original; only running tells. Not covered: several mistakes at
once.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import numpy as np

from unriddle.language.python import parse

__all__ = ["mutants"]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}


def mutants(source: str, *, n: int, rng: np.random.Generator) -> list[str]:
    """At most ``n`` distinct programs that differ from ``source`` in one place, drawn evenly over the places.

    Args:
        source: A readable Python program.
        n: How many at most; fewer when the program has fewer places.
        rng: Draws them.

    Raises:
        BadProblem: The source cannot be read.
    """
    tree = parse(source)
    original = ast.unparse(tree)
    found = list(dict.fromkeys(text for text in _all(tree) if text != original))
    return [found[i] for i in rng.permutation(len(found))[:n]]


def _all(tree: ast.Module) -> Iterator[str]:
    for place, node in enumerate(ast.walk(tree)):
        for edit in range(_n_edits(node)):
            changed = copy.deepcopy(tree)
            target = next(other for i, other in enumerate(ast.walk(changed)) if i == place)
            if _apply(target, edit):
                yield ast.unparse(ast.fix_missing_locations(changed))


def _n_edits(node: ast.AST) -> int:
    """How many edits there are at this node."""
    if isinstance(node, ast.Compare):
        return len(_COMPARISONS[type(node.ops[0])])
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return len(_ARITHMETIC.get(type(node.op), ()))
    if isinstance(node, ast.BoolOp | ast.If | ast.While):
        return 1
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return 2
    if isinstance(node, ast.FunctionDef):
        return len(node.body) if len(node.body) > 1 else 0
    return 0


def _apply(node: ast.AST, edit: int) -> bool:
    """Make edit number ``edit`` in place; false when it would change nothing that can be executed."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARISONS[type(node.ops[0])][edit]()
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = _ARITHMETIC[type(node.op)][edit]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1 if edit == 0 else -1
    elif isinstance(node, ast.FunctionDef):
        dropped = node.body.pop(edit)
        return not (isinstance(dropped, ast.Expr) and isinstance(dropped.value, ast.Constant))
    return True
