"""A problem from a puzzle: a function ``sat`` that checks a value; what is sought is a value it accepts.

Not covered: verifiers that read files or need third-party packages, and answers that are not plain data.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

from unriddle.errors import BadProblem, shorten
from unriddle.language.typecheck import check_annotation, has_type
from unriddle.pose.files import parse_python
from unriddle.problem import CallTest, Parameter, Problem, Satisfies, Signature

__all__ = ["has_verifier", "puzzle_problem"]

_TYPING = ("Dict", "FrozenSet", "List", "Optional", "Set", "Tuple", "Union", "Any", "Callable")


def has_verifier(tree: ast.Module) -> bool:
    """Whether the file is a puzzle: it has a top-level function named ``sat``."""
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "sat" for node in tree.body)


def puzzle_problem(source: str, *, path: Path) -> Problem:
    """The problem a verifier poses: write ``sol``, which takes the verifier's other parameters with their defaults.

    Raises:
        BadProblem: Not Python, several verifiers, a first parameter without a supported annotation, or another
            parameter whose default is absent, not plain data or not of its annotated type.
    """
    tree = parse_python(source, where=str(path))
    node = _verifier(tree, path)
    answer, *others = [*node.args.posonlyargs, *node.args.args]
    wanted = _annotation(answer, node, path)
    parameters, defaults = [], {}
    for argument, default in zip(others, node.args.defaults[-len(others) :] if others else [], strict=True):
        defaults[argument.arg] = _default(argument, default, path)
        written = ast.unparse(argument.annotation) if argument.annotation else ""
        parameters.append(Parameter(argument.arg, written, ast.unparse(default)))
    code = _typing_import(tree) + source.strip("\n") + "\n"
    signature = Signature("sol", tuple(parameters), wanted)
    test = CallTest(
        "sol", expect=Satisfies(code=code, entry="sat", type=wanted), name="sat", source="assert sat(sol())"
    )
    return Problem(
        id=path.stem,
        statement=inspect.cleandoc(ast.get_docstring(node, clean=False) or ""),
        signature=signature,
        stub=_typing_import_for(signature) + signature.header() + "\n",
        tests=(test,),
        kind="puzzle",
        meta={"file": path.name, "defaults": defaults},
    )


def _verifier(tree: ast.Module, path: Path) -> ast.FunctionDef:
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == "sat"]
    if len(found) != 1:
        where, got = (found[1].lineno, f"{len(found)}") if found else (1, "none")
        raise BadProblem(f"{path}:{where}: expected one function named sat, got {got}; a puzzle has one verifier")
    node = found[0]
    if isinstance(node, ast.AsyncFunctionDef):
        raise BadProblem(f"{path}:{node.lineno}: sat is async, which is not supported; write a plain def")
    arguments = [*node.args.posonlyargs, *node.args.args]
    if not arguments or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
        raise BadProblem(
            f"{path}:{node.lineno}: sat must take the value sought first and then plain parameters with defaults "
            "(no *args, no keyword-only ones)"
        )
    n_defaults = len(node.args.defaults)
    if n_defaults == len(arguments):
        raise BadProblem(f"{path}:{node.lineno}: the first parameter of sat is what is sought, so it has no default")
    if n_defaults < len(arguments) - 1:
        missing = arguments[1].arg
        raise BadProblem(f"{path}:{node.lineno}: parameter {missing} of sat needs a default that is plain data")
    return node


def _annotation(argument: ast.arg, node: ast.FunctionDef, path: Path) -> str:
    if argument.annotation is None:
        raise BadProblem(
            f"{path}:{node.lineno}: the first parameter {argument.arg} of sat needs an annotation that says the "
            f"exact type of the answer, for example '{argument.arg}: List[int]'"
        )
    text = ast.unparse(argument.annotation)
    if isinstance(argument.annotation, ast.Constant) and isinstance(argument.annotation.value, str):
        text = argument.annotation.value
    try:
        check_annotation(text)
    except BadProblem as error:
        raise BadProblem(f"{path}:{node.lineno}: parameter {argument.arg} of sat: {error}") from None
    return text


def _default(argument: ast.arg, default: ast.expr, path: Path) -> Any:
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise BadProblem(
            f"{path}:{default.lineno}: the default of {argument.arg} must be plain data written out, got "
            f"{shorten(ast.unparse(default))}"
        ) from None
    if argument.annotation is not None and not _fits(value, ast.unparse(argument.annotation)):
        wanted = ast.unparse(argument.annotation)
        raise BadProblem(
            f"{path}:{default.lineno}: the default of {argument.arg} must be exactly {wanted}, got {shorten(value)}"
        )
    return value


def _fits(value: Any, annotation: str) -> bool:
    """Whether the default is of its annotated type; annotations that only help the reader say nothing."""
    try:
        return has_type(value, annotation)
    except BadProblem:
        return True


def _typing_import(tree: ast.Module) -> str:
    """The import of the ``typing`` names the file uses without importing them; puzzles often leave it out."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    missing = [name for name in _TYPING if name in used and name not in imported and "*" not in imported]
    return f"from typing import {', '.join(missing)}\n\n\n" if missing else ""


def _typing_import_for(signature: Signature) -> str:
    return _typing_import(ast.parse(signature.header() + "\n    pass\n"))
