"""Tests of a module as the text of a pytest file.

Not covered: choosing the tests (``unriddle.testgen.module_tests``).
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence

from unriddle.language.branches import Branch
from unriddle.language.python import parse
from unriddle.testgen.cases import Call, Made
from unriddle.testgen.module_tests import Written
from unriddle.testgen.naming import condition_words, name_test, value_words

__all__ = ["pytest_text"]

_IMPORTS = (
    ("math", r"\bmath\."),
    ("datetime", r"\bdatetime\."),
)
_FROM = (
    ("collections", "deque", r"\bdeque\("),
    ("decimal", "Decimal", r"\bDecimal\("),
    ("fractions", "Fraction", r"\bFraction\("),
)


def pytest_text(
    tests: Sequence[Written], source: str, *, module: str, said_by: str, head: str
) -> tuple[str, list[str]]:
    """The file, and the names of its tests.

    Args:
        tests: In the order they are to stand.
        source: The module's text.
        module: Name to import it by.
        said_by: Whose values are expected; stands beside each.
        head: Docstring of the file.
    """
    conditions = _conditions(source)
    used: set[str] = set()
    names, bodies = [], []
    for test in tests:
        name = _name(test, conditions, used)
        names.append(name)
        bodies.append("\n".join([f"def {name}():", *(f"    {line}" for line in _lines(test, said_by))]))
    text = "\n\n\n".join(bodies)
    imported = sorted(
        {t.case.target.name.partition(".")[0] for t in tests} | set(_own_classes(tests)) | set(_own_exceptions(tests))
    )
    return f'"""{head}"""\n\n{_imports(text, module, imported)}\n\n\n{text}\n', names


def _own_classes(tests: Sequence[Written]) -> Iterator[str]:
    def inside(call: Call) -> Iterator[str]:
        for arg in call.args:
            if isinstance(arg, Made):
                yield arg.call.function.entry.partition(".")[0]
                yield from inside(arg.call)

    for test in tests:
        for call in [*([test.case.make] if test.case.make else []), *test.case.calls]:
            yield from inside(call)


def _own_exceptions(tests: Sequence[Written]) -> Iterator[str]:
    """Exceptions that are expected and not built in; the module has their names, its own or imported."""
    names = (test.raises.partition(":")[0] for test in tests if test.raises)
    yield from (name for name in names if not hasattr(builtins, name))


def _imports(text: str, module: str, names: Sequence[str]) -> str:
    lines = [f"import {name}" for name, pattern in _IMPORTS if re.search(pattern, text)]
    lines += [f"from {place} import {name}" for place, name, pattern in _FROM if re.search(pattern, text)]
    blocks = ["\n".join(lines)] if lines else []
    if "pytest." in text:
        blocks.append("import pytest")
    blocks.append(f"from {module} import {', '.join(names)}" if len(", ".join(names)) < 80 else
                  f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")")  # fmt: skip
    return "\n\n".join(blocks)


def _lines(test: Written, said_by: str) -> Iterator[str]:
    yield from test.case.lines
    if test.raises:
        name, _, message = test.raises.partition(": ")
        match = f", match={_pattern(message)}" if message and len(message) < 80 and "\n" not in message else ""
        yield f"with pytest.raises({name}{match}):  # {said_by}"
        yield f"    {test.expression}"
    else:
        yield f"{test.statement}  # {said_by}" if "\n" not in test.statement else test.statement


def _pattern(message: str) -> str:
    escaped = re.escape(message)
    plain = escaped.replace("\\ ", " ").replace("\\-", "-").replace("\\'", "'")
    return f'r"{plain}"' if '"' not in plain and not plain.endswith("\\") else repr(escaped)


def _name(test: Written, conditions: dict[tuple[int, str], ast.expr], used: set[str]) -> str:
    if test.raises:
        outcome = f"raises_{_snake(test.raises.partition(':')[0])}"
    else:
        outcome = "returns_" + value_words(test.value)
        if test.case.calls and test.case.calls[-1].function.kind == "property":
            outcome = "is_" + value_words(test.value)
    at_home = [branch for branch in test.own if branch.function == test.case.entry]
    words = [_branch_words(branch, conditions) for branch in reversed(at_home)]
    last = test.case.calls[-1] if test.case.calls else test.case.make
    values = [arg for arg in (last.args if last else ()) if not isinstance(arg, Made)]
    return name_test(test.case.entry, outcome=outcome, conditions=words, inputs=values, used=used)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _branch_words(branch: Branch, conditions: dict[tuple[int, str], ast.expr]) -> str:
    condition = conditions.get((branch.line, branch.kind))
    return condition_words(condition, branch.taken) if condition is not None else ""


def _conditions(source: str) -> dict[tuple[int, str], ast.expr]:
    """Conditions by line and kind of branch, as ``count_branches`` numbers lines."""
    found: dict[tuple[int, str], ast.expr] = {}
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.If):
            found[node.lineno, "if"] = node.test
        elif isinstance(node, ast.While):
            found[node.lineno, "while"] = node.test
        elif isinstance(node, ast.IfExp):
            found[node.lineno, "conditional"] = node.test
    return found
