"""A linter for short programs: does the text compile, and is every name bound before the text uses it?

These are the two kinds of error (syntax, undefined name) that matter for edit sequences, found without running
anything. Not covered: imports that fail, attributes, flow that skips an assignment.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

__all__ = ["problem_lines"]

_BUILTINS = frozenset(dir(builtins))
_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def problem_lines(source: str) -> tuple[int, ...]:
    """Numbers of the lines with an error, sorted; empty for a clean program.

    >>> problem_lines("def f(x):\\n    return y\\n"), problem_lines("def f(:\\n"), problem_lines("x = 1\\n")
    ((2,), (1,), ())
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return (max(1, min(error.lineno or 1, source.count("\n") + 1)),)
    found: set[int] = set()
    top = {name for node in tree.body for name in _bound_by(node)}
    _check(tree.body, top | _BUILTINS, set(), found)
    return tuple(sorted(found))


def _bound_by(node: ast.AST) -> set[str]:
    """The names a statement binds in its own scope."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _check(body: Iterable[ast.stmt], outer: set[str], known: set[str], found: set[int]) -> None:
    """Add the lines of names that no scope has bound; functions see every name of the scopes around them."""
    for node in body:
        _visit(node, outer, known, found)


def _visit(node: ast.AST, outer: set[str], known: set[str], found: set[int]) -> None:
    if isinstance(node, ast.FunctionDef):
        known.add(node.name)
        inner = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
        local = {name for child in node.body for name in _bound_by(child)}
        _check(node.body, (outer | known) - local, inner, found)
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            known.add(node.id)
        elif node.id not in known and node.id not in outer:
            found.add(node.lineno)
    elif isinstance(node, ast.Assign):
        _visit(node.value, outer, known, found)
        for target in node.targets:
            _visit(target, outer, known, found)
    elif isinstance(node, ast.AugAssign):
        _visit(node.value, outer, known, found)
        if isinstance(node.target, ast.Name) and node.target.id not in known | outer:
            found.add(node.lineno)
        elif not isinstance(node.target, ast.Name):
            _visit(node.target, outer, known, found)
    elif isinstance(node, ast.For):
        parts: tuple[ast.AST, ...] = (node.iter, node.target, *node.body, *node.orelse)
        for part in parts:
            _visit(part, outer, known, found)
    elif isinstance(node, _SCOPES):
        _visit_expression_scope(node, outer, known, found)
    else:
        for child in ast.iter_child_nodes(node):
            _visit(child, outer, known, found)


def _visit_expression_scope(node: ast.AST, outer: set[str], known: set[str], found: set[int]) -> None:
    """A comprehension or a lambda: its own names end with it."""
    inner = set(known)
    if isinstance(node, ast.Lambda):
        inner |= {argument.arg for argument in node.args.args}
        _visit(node.body, outer, inner, found)
        return
    for generator in getattr(node, "generators", []):
        for part in (generator.iter, generator.target, *generator.ifs):
            _visit(part, outer, inner, found)
    for field in ("key", "value", "elt"):
        part = getattr(node, field, None)
        if part is not None:
            _visit(part, outer, inner, found)
