"""What a module offers to be tested: its public functions, classes and methods, and the exceptions it raises itself.

Read from the source, nothing is executed. Not covered: names made at run time, and what it re-exports.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from unriddle.errors import BadProblem
from unriddle.language.python import parse

__all__ = ["Class", "Function", "Module", "absolute_imports", "read_module"]


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method.

    Attributes:
        name: Its own name.
        entry: Its dotted name in the module (``Stack.push``).
        n_required: Parameters that must be given, ``self`` left out.
        n_places: Parameters that can be given by place, ``self`` left out.
        annotations: By place, as source; empty where there is none.
        kind: ``function``, ``method``, ``classmethod``, ``staticmethod`` or ``property``.
        skipped: Why it cannot be tested; empty where it can.
        more: Annotation of what any number of further places take; ``None`` where there are no more.
        keywords: Parameters that only go by name: name, annotation, default; those without a default must be given.
    """

    name: str
    entry: str
    n_required: int
    n_places: int
    annotations: tuple[str, ...]
    kind: str = "function"
    skipped: str = ""
    more: str | None = None
    keywords: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Class:
    """One class: how it is made, and its public methods.

    Attributes:
        name: Its name.
        make: Its constructor, as a function; ``None`` for enumerations, which are not called.
        methods: Its public methods, properties and operators, in order.
        members: Names of the members of an enumeration.
        shows: It says itself how it is shown (``__repr__`` or ``__str__``, a dataclass, an enumeration).
        bases: Names of the classes it is made from, those of the module all the way up.
    """

    name: str
    make: Function | None
    methods: tuple[Function, ...]
    members: tuple[str, ...] = ()
    shows: bool = False
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """What a module offers.

    Attributes:
        functions: Public functions, in order.
        classes: Public classes, in order.
        raised: Names of exceptions that stand in its ``raise`` statements.
        skipped: What cannot be tested, with the reason.
    """

    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    raised: frozenset[str]
    skipped: dict[str, str] = field(default_factory=dict)


_OPERATORS = ("__len__", "__contains__", "__getitem__", "__eq__", "__ne__", "__lt__", "__add__", "__iter__", "__bool__",
              "__call__", "__sub__", "__mul__", "__neg__", "__hash__", "__repr__", "__str__", "__enter__", "__le__",
              "__gt__", "__ge__", "__or__", "__and__", "__setitem__", "__delitem__", "__reversed__", "__xor__",
              "__truediv__", "__floordiv__", "__mod__", "__pow__", "__abs__", "__invert__", "__int__", "__float__",
              "__index__", "__radd__", "__rsub__", "__rmul__", "__ror__", "__rand__", "__iadd__", "__isub__", "__ior__",
              "__iand__", "__ixor__", "__next__", "__format__", "__copy__", "__replace__", "__getstate__",
              "__setstate__")  # fmt: skip


def read_module(source: str) -> Module:
    """The module's public functions and classes.

    Raises:
        BadProblem: The source cannot be read.

    >>> [f.entry for f in read_module("def f(x): return x\\ndef _g(): pass\\n").functions]
    ['f']
    """
    tree = parse(source)
    public = _public(tree)
    functions, classes = [], []
    above = {node.name: node for node in _definitions(tree.body) if isinstance(node, ast.ClassDef)}
    skipped: dict[str, str] = {}
    for node in _definitions(tree.body):
        if node.name.startswith("_") and node.name not in public:
            continue
        if isinstance(node, ast.ClassDef):
            classes.append(replace(_class(node), bases=_bases(node, above)))
        else:
            function = _function(node, node.name, "function")
            functions.append(function)
    for f in [*functions, *(m for c in classes for m in c.methods)]:
        if f.skipped:
            skipped[f.entry] = f.skipped
    raised = {_raised(node) for node in ast.walk(tree) if isinstance(node, ast.Raise)} - {""}
    return Module(
        tuple(f for f in functions if not f.skipped),
        tuple(classes),
        frozenset(raised),
        skipped,
    )


def _public(tree: ast.Module) -> set[str]:
    """What ``__all__`` names."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(ast.unparse(t) == "__all__" for t in node.targets):
            try:
                return set(ast.literal_eval(node.value))
            except (ValueError, TypeError):
                return set()
    return set()


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(body: list[ast.stmt]) -> Iterator[_Definition]:
    """Those of the module's top, also below ``if`` and ``try``; the last of a name counts."""
    found: dict[str, _Definition] = {}
    for node in body:
        if isinstance(node, _Definition):
            found[node.name] = node
        elif isinstance(node, ast.If | ast.Try):
            for inner in _definitions([*node.body, *node.orelse]):
                found.setdefault(inner.name, inner)
    yield from found.values()


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, entry: str, kind: str) -> Function:
    places = [*node.args.posonlyargs, *node.args.args]
    if kind in ("method", "classmethod", "property"):
        places = places[1:]
    n_required = max(0, len(places) - len(node.args.defaults))
    skipped = ""
    if isinstance(node, ast.AsyncFunctionDef):
        skipped = "it is asynchronous"
    annotations = tuple(_text(a.annotation) for a in places)
    more = _text(node.args.vararg.annotation) if node.args.vararg else None
    keywords = tuple(
        (a.arg, _text(a.annotation), _text(default))
        for a, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    )
    return Function(node.name, entry, n_required, len(places), annotations, kind, skipped, more, keywords)


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""


def _class(node: ast.ClassDef) -> Class:
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    made = [_function(n, f"{node.name}.{n.name}", _kind(n)) for n in methods if _is_public(n.name)]
    own = {n.name for n in methods}
    if any(base.endswith(("Enum", "Flag")) for base in bases):
        members = [t.id for n in node.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
        return Class(node.name, None, tuple(made), tuple(members), shows=True)
    is_data = any("dataclass" in ast.unparse(d) for d in node.decorator_list) or "NamedTuple" in bases
    make = next((_function(n, node.name, "method") for n in methods if n.name == "__init__"), None)
    if make is None and is_data:
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and "ClassVar" not in ast.unparse(n.annotation)]
        n_required = sum(n.value is None for n in fields)
        make = Function(node.name, node.name, n_required, len(fields), tuple(ast.unparse(n.annotation) for n in fields))
    shows = is_data or bool(own & {"__repr__", "__str__"})
    return Class(node.name, make or Function(node.name, node.name, 0, 0, ()), tuple(made), (), shows)


def _bases(node: ast.ClassDef, above: dict[str, ast.ClassDef]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    todo = [node]
    while todo:
        for name in (ast.unparse(base).partition("[")[0] for base in todo.pop().bases):
            if name not in found:
                found[name] = None
                todo += [above[name]] if name in above else []
    return tuple(found)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or name in _OPERATORS


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = {ast.unparse(d).rpartition(".")[2] for d in node.decorator_list}
    for kind in ("classmethod", "staticmethod"):
        if kind in decorators:
            return kind
    if decorators & {"property", "cached_property"}:
        return "property"
    return "setter" if decorators & {"setter", "deleter"} else "method"


def _raised(node: ast.Raise) -> str:
    target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return ast.unparse(target).rpartition(".")[2] if isinstance(target, ast.Name | ast.Attribute) else ""


def absolute_imports(source: str, package: str) -> str:
    """The source with relative imports as seen from ``package``, so that it can be run outside it; lines stay in place.

    Raises:
        BadProblem: It cannot be read, or imports from above the package.

    >>> absolute_imports("from . import a\\nfrom ..b import c\\n", "x.y")
    'from x.y import a\\nfrom x.b import c'
    """
    tree = parse(source)
    relative = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
    if not relative:
        return source
    parts = package.split(".") if package else []
    lines = source.splitlines(keepends=True)
    for node in sorted(relative, key=lambda n: (n.lineno, -n.col_offset)):
        if node.level > len(parts):
            raise BadProblem(
                f"line {node.lineno}: a relative import, but the file lies in no package that deep; run it from the "
                "folder that holds the package, or make the import absolute"
            )
        above = parts[: len(parts) - node.level + 1]
        whole = ".".join([*above, node.module] if node.module else above)
        line = lines[node.lineno - 1].encode()
        old = r"from[\s.]+" + re.escape(node.module) if node.module else r"from[\s.]+?(?=\s*import)"
        new = re.sub(old, f"from {whole}", line[node.col_offset :].decode(), count=1)
        lines[node.lineno - 1] = line[: node.col_offset].decode() + new
    return "".join(lines)
