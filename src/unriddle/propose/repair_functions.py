"""Small changes of a function as a whole: the value it ends with, and what its parameters are when not given.

Not covered: other parameters, decorators and annotations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unriddle.propose.repair_expressions import replacements
from unriddle.propose.repair_scope import Donors, scope_of
from unriddle.propose.repair_statements import Edited
from unriddle.propose.repair_text import Program, Site

__all__ = ["default_edits", "return_edits"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def return_edits(program: Program, site: Site, *, donors: Donors) -> Iterator[Edited]:
    """Values that the function at a site may return when it comes to its end."""
    node = site.node
    if not isinstance(node, _Function) or any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(node)):
        return
    last = node.body[-1]
    indent, end = program.indent(last), program.line_end(last)
    if isinstance(last, ast.Return | ast.Raise | ast.Pass) or indent is None or end is None:
        return
    scope = scope_of(program, _last_site(site))
    costs = {name: 2.3 if name in scope.parameters else 1.9 for name in scope.names}
    costs |= {text: 2.3 for text in donors.returned if text not in costs}
    costs |= {text: 2.4 for text in ("True", "False") if text not in costs}
    for text, cost in costs.items():
        yield "missing return", cost, ((end, end, f"\n{indent}return {text}"),)


def _last_site(site: Site) -> Site:
    node = site.node
    assert isinstance(node, _Function)
    return Site(node.body[-1], (*site.functions, node), node.body, len(node.body) - 1, node, False)


def default_edits(program: Program, site: Site, *, donors: Donors) -> Iterator[Edited]:
    """Other defaults; a list, set or table that all calls share is made anew in each of them."""
    node = site.node
    if not isinstance(node, _Function):
        return
    args, scope = node.args, scope_of(program, site)
    plain = [*args.posonlyargs, *args.args]
    given = [*zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True)]
    for parameter, default in [*given, *zip(args.kwonlyargs, args.kw_defaults, strict=True)]:
        if default is None:
            continue
        span = program.span(default)
        for rule, cost, new in replacements(default, args, "defaults", scope=scope, donors=donors):
            yield rule, cost, ((*span, ast.unparse(new)),)
        first = next((one for one in node.body if not _is_text(one)), None)
        indent = None if first is None else program.indent(first)
        if first is not None and indent is not None and _is_shared(default):
            at, name = program.starts[first.lineno - 1], parameter.arg
            text = f"{indent}if {name} is None:\n{indent}    {name} = {program.text(default)}\n"
            yield "shared default", 1.5, ((*span, "None"), (at, at, text))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_shared(node: ast.expr) -> bool:
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("list", "dict", "set")
    return made or isinstance(node, ast.List | ast.Dict | ast.Set)
