"""A problem from a Python stub: the function to write, with doctests in it and asserts after it.

Not covered: classes to write, and stubs over several files.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path

from unriddle.errors import BadProblem
from unriddle.language.asserts import tests_from_code, tests_from_doctests
from unriddle.language.python import signature
from unriddle.pose.files import parse_python
from unriddle.problem import Problem, Test

__all__ = ["numbered", "stub_problem"]


def stub_problem(source: str, *, path: Path) -> Problem:
    """The problem a stub poses.

    The entry point is the only top-level function whose body is empty (a docstring, ``pass``, ``...`` or ``raise
    NotImplementedError``). What stands before it belongs to every program; what stands after it is test code.

    Raises:
        BadProblem: Not Python, nothing to write or several functions to write, or no tests.
    """
    tree = parse_python(source, where=str(path))
    node = _entry(tree, path)
    lines = source.splitlines(keepends=True)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    dropped = {
        number
        for other in tree.body
        if isinstance(other, ast.Assert) and other.lineno <= first
        for number in range(other.lineno - 1, (other.end_lineno or other.lineno))
    }
    before = "".join(line for number, line in enumerate(lines[:first]) if number not in dropped).strip("\n")
    stub = (before + "\n\n\n" if before else "") + "".join(lines[first : _stub_end(node)]).rstrip() + "\n"
    later = [other for other in tree.body if other.lineno > node.lineno and not _is_main_guard(other)]
    code = "\n".join(filter(None, (ast.get_source_segment(source, other) for other in later)))
    tests = _tests(node, stub, code, before, path)
    return Problem(
        id=path.stem,
        statement=inspect.cleandoc(ast.get_docstring(node, clean=False) or ""),
        signature=signature(source, node.name),
        stub=stub,
        tests=tests,
        meta={"file": path.name},
    )


def _tests(node: ast.FunctionDef, stub: str, code: str, before: str, path: Path) -> tuple[Test, ...]:
    tests = numbered(tests_from_doctests(stub, node.name), "doctest")
    tests += numbered(tests_from_code(code, node.name, prelude=before), "assert") if code else ()
    if not tests:
        raise BadProblem(
            f"{path}:{node.lineno}: function {node.name} has no tests, so no answer could be told from another; add a "
            f"doctest (>>> {node.name}(...)) to its docstring or an assert after it"
        )
    return tests


def numbered(tests: list[Test], word: str) -> tuple[Test, ...]:
    """The tests under the names ``word 1``, ``word 2``, …; a test that has a name keeps it if it is the only one."""
    names = [test.name for test in tests]
    return tuple(
        test
        if test.name and names.count(test.name) == 1 and not test.name.isdigit()
        else dataclasses.replace(test, name=f"{word} {i}")
        for i, test in enumerate(tests, start=1)
    )


def _entry(tree: ast.Module, path: Path) -> ast.FunctionDef:
    for other in tree.body:
        if isinstance(other, ast.AsyncFunctionDef):
            raise BadProblem(f"{path}:{other.lineno}: {other.name} is async, which is not supported; write a plain def")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    empty = [node for node in functions if _is_empty(node)]
    if len(empty) == 1:
        return empty[0]
    if empty:
        names = ", ".join(f"{node.name} (line {node.lineno})" for node in empty)
        raise BadProblem(
            f"{path}:{empty[1].lineno}: several functions are still to be written: {names}; leave one empty"
        )
    if functions:
        last = functions[-1]
        raise BadProblem(
            f"{path}:{last.lineno}: nothing to write: {last.name} has a body already; "
            "replace it by its docstring and '...'"
        )
    raise BadProblem(
        f"{path}:1: no entry point: expected a top-level function with a docstring and an empty body, got none; add "
        "'def name(x):' with a docstring that holds a doctest"
    )


def _is_empty(node: ast.FunctionDef) -> bool:
    """Whether the body holds nothing but docstring, ``pass``, ``...`` and ``raise NotImplementedError``."""
    return all(_is_placeholder(statement) for statement in node.body)


def _is_placeholder(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) and (value.value is Ellipsis or isinstance(value.value, str))
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return False


def _stub_end(node: ast.FunctionDef) -> int:
    """Number of the line after the docstring, or after the header when there is none."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        return first.end_lineno or first.lineno
    return first.lineno - 1 if first.lineno > node.lineno else node.lineno


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
