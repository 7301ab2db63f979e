"""Tests for a repair read from a file: pytest, asserts, or JSON lines of ``[arguments, expected]``.

Asserts that are plain calls become calls, whose values are judged outside the sandbox; other code runs beside the
program, with the modules beside the test file that it imports. Not covered: fixtures that yield, asynchronous tests
(they are named and left out).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unriddle.errors import BadInput, shorten
from unriddle.language.asserts import tests_from_code
from unriddle.language.python import function_names, parse
from unriddle.pose.files import read_text
from unriddle.pose.repair_helpers import helpers_of, with_helpers
from unriddle.problem import CallTest, CodeTest, Equality, Returns, Test
from unriddle.testgen.pytest_file import read_pieces

__all__ = ["TestFile", "read_tests"]


@dataclass(frozen=True, slots=True)
class TestFile:
    """The tests of a file, ``(m,)``, and those that cannot be run here: name and reason."""

    tests: tuple[Test, ...]
    skipped: tuple[tuple[str, str], ...] = ()


def read_tests(path: Path, *, program: str, module: str, entry: str | None = None) -> TestFile:
    """The tests of a file about a program.

    Args:
        path: The file; ``.json`` and ``.jsonl`` are rows, everything else is Python.
        program: Source of the program.
        module: Name by which the tests import it.
        entry: Function that the rows call; the last one of the program when ``None``.

    Raises:
        BadInput: The file holds no test, or a row is not ``[arguments, expected]``.
        BadProblem: It cannot be read.
    """
    text = read_text(path)
    if path.suffix in (".json", ".jsonl"):
        return TestFile(_rows(text, path, _entry(entry, program) if entry else _last_function(program, path)))
    parse(text, what=str(path))
    pieces = read_pieces(text, module=module)
    called = _plain(text, pieces_are_asserts=all(p.name.startswith("line ") for p in pieces), program=program)
    if called:
        return TestFile(called)
    helpers = helpers_of(text, path.parent, module=module)
    tests = tuple(
        CodeTest(with_helpers(p.code, helpers, module=module), name=p.name, source=_source(text, p.line))
        for p in pieces if not p.skipped
    )  # fmt: skip
    skipped = tuple((p.name, p.skipped) for p in pieces if p.skipped)
    if not tests:
        raise BadInput(f"{path}: none of its {len(pieces)} tests can be run here; {skipped[0][0]}: {skipped[0][1]}")
    return TestFile(tests, skipped)


def _source(text: str, line: int) -> str:
    """The test as it stands in the file."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.stmt) and node.lineno == line:
            return ast.get_source_segment(text, node) or ""
    return ""


def _plain(text: str, *, pieces_are_asserts: bool, program: str) -> tuple[Test, ...]:
    """The asserts of a file of asserts as calls of one function; none where one of them is more than that."""
    if not pieces_are_asserts:
        return ()
    body = [node for node in parse(text).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    for entry in reversed(function_names(program)):
        names = {n.id for node in body for n in ast.walk(node) if isinstance(n, ast.Name)}
        if entry in names and all(isinstance(node, ast.Assert) for node in body):
            found = tests_from_code("\n".join(ast.unparse(node) for node in body), entry)
            if len(found) == len(body) and all(isinstance(t, CallTest) for t in found):
                lines = [node.lineno for node in body]
                return tuple(
                    CallTest(t.entry, t.args, t.kwargs, t.expect, f"line {line}", source=t.source)
                    for t, line in zip(found, lines, strict=True)
                    if isinstance(t, CallTest)
                )
    return ()


def _entry(name: str, program: str) -> str:
    """The name, where the program defines it (or may: by an import of everything)."""
    first, bound = name.partition(".")[0], set()
    for node in ast.walk(parse(program)):
        bound |= {getattr(node, "name", None), getattr(node, "asname", None), getattr(node, "id", None)}
    if first not in bound and "*" not in bound:
        there = ", ".join(function_names(program)) or "none"
        raise BadInput(f"--entry: the program has no function {shorten(name)}; it has {there}")
    return name


def _last_function(program: str, path: Path) -> str:
    names = function_names(program)
    if not names:
        raise BadInput(f"{path}: rows call a function, but the program defines none")
    return names[-1]


def _rows(text: str, path: Path, entry: str) -> tuple[Test, ...]:
    found: list[Test] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: expected JSON, [arguments, expected] a line ({error})") from None
        if not isinstance(row, list) or len(row) != 2:
            raise BadInput(f"{path}:{number}: expected [arguments, expected], got {shorten(row)}")
        given, expected = row
        args: Sequence[object] = given if isinstance(given, list) else [given]
        found.append(
            CallTest(entry, tuple(args), expect=Returns(expected, Equality(arrays=True)), name=f"row {number}")
        )
    if not found:
        raise BadInput(f"{path}: expected rows of [arguments, expected], found none")
    return tuple(found)
