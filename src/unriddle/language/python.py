"""What can be read off Python source without running it: signatures, names, constants, doctests, complete statements.

Everything here works on the syntax tree; no source is ever executed. Not covered: types (annotations are kept as
text), what names mean at run time, and other versions of Python than the one that is running.
"""

from __future__ import annotations

import ast
import builtins
import copy
import doctest as _doctest
import re
import warnings
from collections.abc import Iterator
from typing import Any, cast

from unriddle.errors import BadProblem, shorten
from unriddle.problem import Parameter, Signature

__all__ = [
    "Definition",
    "definition",
    "docstring",
    "doctests",
    "function_names",
    "imports",
    "literals",
    "parse",
    "rename_function",
    "signature",
    "unparse",
]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def parse(source: str, *, what: str = "the source") -> ast.Module:
    """The syntax tree of a whole program; warnings about odd escapes are not shown.

    Args:
        source: Python source text.
        what: How messages call it ("task.py", "the stub of HumanEval/3").

    Raises:
        BadProblem: It is not Python; the message has the line number.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise BadProblem(
            f"{what}, line {error.lineno or 1}: expected Python source, got {shorten((error.text or '').strip())} "
            f"({error.msg}); correct that line"
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadProblem(f"{what}, line 1: cannot be read as Python ({error or type(error).__name__})") from error


def definition(source: str, name: str | None = None, *, what: str = "the source") -> Definition:
    """The top-level ``def`` or ``class`` called ``name``; without a name the last ``def``, else the last class.

    Raises:
        BadProblem: The source is unreadable or has no such definition; the message lists those it has.
    """
    found = [node for node in parse(source, what=what).body if isinstance(node, Definition)]
    if name is not None:
        found = [node for node in found if node.name == name] or _missing(found, name, what)
    functions = [node for node in found if not isinstance(node, ast.ClassDef)]
    if not found:
        raise BadProblem(f"{what}: expected a top-level function or class, found none; add a `def` line")
    return found[-1] if name is not None or not functions else functions[-1]


def _missing(found: list[Definition], name: str, what: str) -> list[Definition]:
    have = ", ".join(dict.fromkeys(node.name for node in found)) or "none"
    raise BadProblem(f"{what}: expected a top-level function or class named {name!r}; it has: {have}")


def signature(source: str, name: str | None = None) -> Signature:
    """Name, parameters and return annotation of the function called ``name`` (default: see ``definition``).

    A class gives the parameters of its ``__init__`` without ``self``. ``*args``, ``**kw`` and the markers ``*`` and
    ``/`` are kept as parameters with those names, so that ``Signature.header()`` reads like the original.

    Raises:
        BadProblem: The source is unreadable or has no such definition.

    >>> signature("def f(x: int, *, k=2) -> int: ...").header()
    'def f(x: int, *, k=2) -> int:'
    """
    node = definition(source, name)
    if isinstance(node, ast.ClassDef):
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        return Signature(node.name, _parameters(inits[-1].args)[1:] if inits else ())
    return Signature(node.name, _parameters(node.args), _text(node.returns))


def _parameters(args: ast.arguments) -> tuple[Parameter, ...]:
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    out = [Parameter(a.arg, _text(a.annotation), _text(d)) for a, d in zip(plain, defaults, strict=True)]
    if args.posonlyargs:
        out.insert(len(args.posonlyargs), Parameter("/"))
    if args.vararg:
        out.append(Parameter("*" + args.vararg.arg, _text(args.vararg.annotation)))
    elif args.kwonlyargs:
        out.append(Parameter("*"))
    for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        out.append(Parameter(a.arg, _text(a.annotation), _text(d)))
    if args.kwarg:
        out.append(Parameter("**" + args.kwarg.arg, _text(args.kwarg.annotation)))
    return tuple(out)


def _text(node: ast.expr | None) -> str:
    return "" if node is None else unparse(node)


def unparse(node: ast.AST) -> str:
    """The source text of a tree; integers too long for Python's decimal writer are written in hexadecimal."""
    try:
        return ast.unparse(node)
    except ValueError:
        holder: Any = ast.Tuple(cast(list[ast.expr], [copy.deepcopy(node)]), ast.Load())
    for parent in ast.walk(holder):
        for name, value in ast.iter_fields(parent):
            children = value if isinstance(value, list) else [value]
            made = [ast.Name(hex(c.value), ast.Load()) if _is_long(c) else c for c in children]
            setattr(parent, name, made if isinstance(value, list) else made[0])
    return ast.unparse(holder.elts[0])


def _is_long(node: Any) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value.bit_length() > 14_000


def function_names(source: str) -> list[str]:
    """Names of the top-level functions, in order of first definition.

    Raises:
        BadProblem: The source is unreadable.
    """
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return list(dict.fromkeys(node.name for node in parse(source).body if isinstance(node, functions)))


def imports(source: str) -> set[str]:
    """Top-level names of the modules imported anywhere in the source (relative imports are left out).

    Raises:
        BadProblem: The source is unreadable.

    >>> sorted(imports("import os.path\\ndef f():\\n    from math import pi"))
    ['math', 'os']
    """
    names: set[str] = set()
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def docstring(source: str, name: str | None = None) -> str:
    """The cleaned docstring of the definition called ``name`` (default: see ``definition``); "" without one.

    Raises:
        BadProblem: The source is unreadable or has no such definition.
    """
    return ast.get_docstring(definition(source, name)) or ""


def literals(source: str) -> list[Any]:
    """The constants written in the source, distinct by type and value, in order of appearance.

    Numbers, texts, bytes and booleans count, a minus sign belongs to its number; docstrings, ``None`` and ``...`` do
    not count.

    Raises:
        BadProblem: The source is unreadable.

    >>> literals("def f(x):\\n    'doc'\\n    return x[-1] + 'a' * 2")
    [-1, 'a', 2]
    """
    found: dict[tuple[type, str], Any] = {}
    for value in _constants(parse(source)):
        if value is not None and value is not ...:
            found.setdefault((type(value), repr(value)), value)
    return list(found.values())


def _constants(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        yield -value if isinstance(value, (int, float, complex)) else value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _constants(child)


def doctests(text: str) -> list[tuple[str, str, str | None]]:
    """The examples of a docstring: ``(source, expected text, name of the expected exception or None)``.

    Text is read by the standard library's parser. Where that gives up (uneven indentation), what stands before the
    bad line is kept and the rest of that block is left out. ``>>>`` without a blank after it is read as if it had one.

    >>> doctests(">>> 1 + 1\\n2")
    [('1 + 1', '2', None)]
    """
    lines = re.sub(r"^(\s*(?:>>>|\.\.\.))(?=[^\s.>])", r"\1 ", text.expandtabs(), flags=re.MULTILINE).split("\n")
    while lines:
        try:
            examples = _doctest.DocTestParser().get_examples("\n".join(lines))
        except ValueError as error:
            found = re.match(r"line (\d+) ", str(error))
            bad = int(found[1]) if found else 1
            lines = _without_example(lines, bad - 1)
            continue
        return [(e.source.strip("\n"), e.want.rstrip("\n"), _exception(e.exc_msg)) for e in examples]
    return []


def _without_example(lines: list[str], bad: int) -> list[str]:
    """Leave out the example that line number ``bad`` (from 0) belongs to: from its prompt to the next one."""
    bad = min(bad, len(lines) - 1)
    prompts = [i for i, line in enumerate(lines) if line.lstrip().startswith(">>>")]
    start = max((i for i in prompts if i <= bad), default=bad)
    end = min((i for i in prompts if i > bad), default=len(lines))
    return lines[:start] + lines[end:]


def _exception(message: str | None) -> str | None:
    """``ValueError`` of ``ValueError: bad thing``; the last part of a dotted name."""
    return None if message is None else message.split(":")[0].strip().split(".")[-1]


def is_builtin_exception(name: str) -> bool:
    """Whether ``name`` is an exception class every program has."""
    value = getattr(builtins, name, None)
    return isinstance(value, type) and issubclass(value, BaseException)


def rename_function(source: str, old: str, new: str) -> str:
    """The source with the top-level function or class ``old``, and every use of it, called ``new``.

    Text and layout are kept (names used inside f-strings make the whole text be printed anew). Local variables and
    parameters that happen to have the old name are left alone; attributes (``x.old``), keyword arguments and words
    in texts are not uses.

    Raises:
        BadProblem: The source is unreadable, has no such definition, or ``new`` is not a Python name.

    >>> rename_function("def g(x):\\n    return g(x - 1) if x else 'g'", "g", "f")
    "def f(x):\\n    return f(x - 1) if x else 'g'"
    """
    if not new.isidentifier():
        raise BadProblem(f"rename_function: expected a Python name to rename {old!r} to, got {shorten(new)}")
    definition(source, old)
    tree = parse(source)
    # Only "\n" and its kin end a line for the parser; str.splitlines knows more (form feeds, separators).
    lines = [line.encode() for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", source)]
    nodes = list(_uses(tree, old))
    places = {_place(node, lines, old.encode()) for node in nodes}
    if None not in places:
        # From the back, so that the columns before stay true.
        for line, column in sorted((p for p in places if p), reverse=True):
            text = lines[line]
            lines[line] = text[:column] + new.encode() + text[column + len(old.encode()) :]
        return b"".join(lines).decode()
    for node in nodes:
        _set_name(node, old, new)
    return unparse(tree)


def _uses(node: ast.AST, old: str) -> Iterator[ast.AST]:
    """Nodes that mean the global ``old``: its definitions, names and ``global`` statements."""
    if isinstance(node, _FUNCTIONS) and _binds(node, old):
        if not isinstance(node, ast.Lambda) and node.name == old:
            yield node
        # Defaults, decorators and annotations belong to the scope around the function.
        for part in ast.iter_child_nodes(node):
            if not isinstance(part, ast.stmt) and part is not getattr(node, "body", None):
                yield from _uses(part, old)
        return
    named = getattr(node, "id", None) if isinstance(node, ast.Name) else getattr(node, "name", None)
    if (isinstance(node, (ast.Name, *_NAMED)) and named == old) or (isinstance(node, ast.Global) and old in node.names):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, old)


def _binds(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, old: str) -> bool:
    """Whether ``old`` is local to the function: a parameter, or bound in its own body without ``global``."""
    args = function.args
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    if any(a is not None and a.arg == old for a in named):
        return True
    stack: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
    bound = False
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global) and old in node.names:
            return False
        bound |= isinstance(node, ast.Name) and node.id == old and not isinstance(node.ctx, ast.Load)
        bound |= isinstance(node, (*_NAMED, ast.ExceptHandler)) and node.name == old
        bound |= isinstance(node, ast.alias) and (node.asname or node.name.split(".")[0]) == old
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(node))
    return bound


def _place(node: ast.AST, lines: list[bytes], old: bytes) -> tuple[int, int] | None:
    """Line (from 0) and byte column of the name in the text; ``None`` where it cannot be told."""
    if not isinstance(node, (ast.Name, *_NAMED)):
        return None
    line, column = node.lineno - 1, node.col_offset
    if not isinstance(node, ast.Name):
        found = re.compile(rb"(?:async\s+)?(?:def|class)\s+").match(lines[line], column)
        column = found.end() if found else len(lines[line])
    return (line, column) if lines[line][column : column + len(old)] == old else None


def _set_name(node: ast.AST, old: str, new: str) -> None:
    if isinstance(node, ast.Name):
        node.id = new
    elif isinstance(node, _NAMED):
        node.name = new
    elif isinstance(node, ast.Global):
        node.names = [new if name == old else name for name in node.names]
