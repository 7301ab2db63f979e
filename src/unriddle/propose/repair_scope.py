"""What a repair may be made of: the variables in reach, and the expressions, conditions and statements of the file."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass

from unriddle.propose.repair_text import Program, Site, own_expressions

__all__ = ["Donors", "Scope", "donors_of", "is_condition", "scope_of", "size"]

_LARGEST = 9
"""Nodes of an expression that is lent to other places."""


@dataclass(frozen=True, slots=True)
class Donors:
    """Expressions of the file, by text, the smaller first.

    Attributes:
        values: Other than bare names and constants.
        conditions: Comparisons and what stands in tests.
        attributes: Names behind a dot that are read or written, not called.
        methods: Names behind a dot that are called.
        functions: Plain names that are called, with the numbers of arguments.
        constants: Numbers and short texts, by their ``repr``.
        returned: What is returned, where it is a constant, a name or an empty container.
        statements: Simple statements.
        targets: What is assigned to, other than bare names.
    """

    values: dict[str, ast.expr]
    conditions: dict[str, ast.expr]
    attributes: tuple[str, ...]
    methods: tuple[str, ...]
    functions: dict[str, set[int]]
    constants: dict[str, ast.expr]
    returned: dict[str, ast.expr]
    statements: dict[str, ast.stmt]
    targets: dict[str, ast.expr]


@dataclass(frozen=True, slots=True)
class Scope:
    """Names that a place can read: ``names`` are variables, ``parameters`` those of the innermost function."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    functions: tuple[str, ...]


def size(node: ast.AST) -> int:
    """Nodes of an expression, contexts and operators not counted."""
    return sum(isinstance(part, ast.expr | ast.comprehension) for part in ast.walk(node))


def is_condition(node: ast.AST) -> bool:
    """Whether the value is certainly true or false."""
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def donors_of(program: Program) -> Donors:
    """What the file holds."""
    found = Donors({}, {}, (), (), {}, {}, {}, {}, {})
    attributes: dict[str, None] = {}
    methods: dict[str, None] = {}
    for site in program.sites:
        node = site.node
        called = {id(part.func) for _, _, _, part in own_expressions(node) if isinstance(part, ast.Call)}
        for holder, name, _, part in own_expressions(node):
            if isinstance(part, ast.Attribute):
                (methods if id(part) in called else attributes)[part.attr] = None
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                found.functions.setdefault(part.func.id, set()).add(len(part.args))
            _lend(found, holder, name, part, id(part) in called)
        if isinstance(node, ast.Return) and node.value is not None and size(node.value) <= 2:
            found.returned[ast.unparse(node.value)] = node.value
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Return | ast.Raise) and site.functions:
            found.statements[ast.unparse(node)] = node
    return Donors(
        _small_first(found.values), _small_first(found.conditions), tuple(attributes), tuple(methods),
        found.functions, found.constants, found.returned, found.statements, found.targets,
    )  # fmt: skip


def _lend(found: Donors, holder: ast.AST, name: str, part: ast.expr, called: bool) -> None:
    if isinstance(getattr(part, "ctx", None), ast.Store):
        if not isinstance(part, ast.Name | ast.Tuple | ast.List):
            found.targets[ast.unparse(part)] = part
        return
    if called or isinstance(part, ast.Starred | ast.Slice | ast.JoinedStr | ast.FormattedValue):
        return
    tested = name == "test" or name == "ifs" or isinstance(holder, ast.BoolOp)
    if isinstance(part, ast.Constant):
        if isinstance(part.value, int | float | str) and len(repr(part.value)) < 20:
            found.constants[repr(part.value)] = part
    elif is_condition(part) or (tested and not isinstance(part, ast.BoolOp)):
        found.conditions[ast.unparse(part)] = part
    elif not isinstance(part, ast.Name) and size(part) <= _LARGEST:
        found.values[ast.unparse(part)] = part


def _small_first(table: dict[str, ast.expr]) -> dict[str, ast.expr]:
    return dict(sorted(table.items(), key=lambda item: (size(item[1]), item[0])))


def scope_of(program: Program, site: Site) -> Scope:
    """The names that can be read at a statement."""
    names: dict[str, None] = {}
    parameters: tuple[str, ...] = ()
    for function in reversed(site.functions):
        own = _parameters(function.args)
        parameters = parameters or own
        names.update(dict.fromkeys([*own, *_stored(function)]))
    for _, _, _, part in own_expressions(site.node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names[part.id] = None
    module = [node.name for node in program.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    inner = [n.name for f in site.functions for n in ast.walk(f) if isinstance(n, ast.FunctionDef)]
    called = dict.fromkeys([*inner, *module])
    top = _stored_in(program.tree.body) if site.functions else ()
    everything = dict.fromkeys([*names, *top])
    usable = tuple(name for name in everything if name not in called and name not in vars(builtins))
    return Scope(usable, parameters, tuple(called))


def _parameters(args: ast.arguments) -> tuple[str, ...]:
    return tuple(a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs])


def _stored(function: ast.AST) -> Iterable[str]:
    """Variables a function assigns, those of functions and comprehensions inside it excepted."""
    stack, found = list(getattr(function, "body", ())), []
    while stack:
        node = stack.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.comprehension):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        stack = [*ast.iter_child_nodes(node), *stack]
    return found


def _stored_in(body: list[ast.stmt]) -> list[str]:
    return [
        target.id for node in body if isinstance(node, ast.Assign) for target in node.targets
        if isinstance(target, ast.Name)
    ]  # fmt: skip
