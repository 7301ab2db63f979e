"""What the parts of a one-line program are worth.

They are evaluated in process, so this is for programs of the world only. Not covered: longer programs; they are traced
(``unriddle.data.world.trace``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Any

from unriddle.data.world.problem import WorldProblem
from unriddle.data.world.trace import FILE, RAISED

__all__ = ["parts"]

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()), range)


def parts(problem: WorldProblem, args: tuple[Any, ...]) -> list[tuple[str, str]]:
    """The parts of a one-line program with their values, from the inside out, the whole last; empty for others.

    Parts that depend on a loop variable are left out, and so are names and constants.
    """
    lines = problem.body.splitlines()
    if len(lines) != 1 or not lines[0].startswith("    return "):
        return []
    tree = ast.parse(lines[0].strip().removeprefix("return "), mode="eval")
    names = dict(zip([name for name, _ in problem.params], args, strict=True))
    shown: list[tuple[str, str]] = []
    for node in _inside_out(tree.body):
        code: CodeType = compile(ast.Expression(node), FILE, "eval", dont_inherit=True)
        try:
            value = eval(code, dict(names))
        except RAISED:
            return []
        if isinstance(node, ast.GeneratorExp) or isinstance(value, _VIEWS):
            value = list(value)
        shown.append((ast.unparse(node), repr(value)))
    return list(dict.fromkeys(shown))


def _inside_out(node: ast.expr) -> Iterator[ast.expr]:
    """The node's parts that are worth showing, children first; comprehensions are not entered."""
    if isinstance(node, ast.Constant | ast.Name):
        return
    if not isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _inside_out(child)
            elif isinstance(child, ast.keyword):
                yield from _inside_out(child.value)
    whole = not isinstance(node, ast.Attribute | ast.Slice)
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    if whole and not negative:
        yield node
