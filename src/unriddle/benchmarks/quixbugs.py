"""QuixBugs: 40 small Python programs with one bug each, to repair (Lin 2017, MIT licence).

Reads a folder laid out as the published repository. Every program of ``python_programs`` is a task; the buggy source
is ``meta["buggy"]``, the program of ``correct_python_programs`` the reference. Rows of ``json_testcases`` become calls,
compared as the program's pytest file compares them (``list(…)`` around a generator, ``pytest.approx``, rows of
tuples); rows that file skips as too slow are left out unless ``slow=True``. Programs on graphs have tests in code: they
become ``CodeTest``s whose nodes live in the test process. There are no visible tests.

Not covered: the Java half, and test files of another shape than the published ones.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.errors import BadInput
from unriddle.language import python
from unriddle.language.fold import fold, is_literal
from unriddle.outcome import Limits
from unriddle.problem import CallTest, CodeTest, Equality, Problem, Returns, Test

__all__ = ["load"]

LIMITS = Limits(cpu_seconds=3.0)
_HARNESS = {"pytest", "load_testdata", "node"}


def load(path: str | Path, *, slow: bool = False) -> TaskBenchmark:
    """The benchmark from a folder.

    Args:
        path: The folder that holds ``python_programs`` and ``json_testcases``.
        slow: Keep the rows that the published tests skip.

    Raises:
        BadInput: The folder is not laid out so, or a file in it cannot be read.
    """
    folder = Path(path)
    programs = folder / "python_programs"
    if not programs.is_dir():
        raise BadInput(f"{folder}: expected the QuixBugs folder, with python_programs inside; found none")
    node = programs / "node.py"
    context = _read(node) if node.is_file() else ""
    files = [f for f in sorted(programs.glob("*.py")) if f.stem != "node" and not f.stem.endswith("_test")]
    tasks = [_task(folder, file, context, slow=slow) for file in files if not file.stem.startswith("__")]
    return TaskBenchmark("quixbugs", tuple(tasks), LIMITS, {"source": folder.name, "slow": slow})


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read ({error})") from error


def _task(folder: Path, file: Path, node: str, *, slow: bool) -> Task:
    name, buggy = file.stem, _read(file)
    correct = folder / "correct_python_programs" / file.name
    rows = folder / "json_testcases" / f"{name}.json"
    code = folder / "python_testcases" / f"test_{name}.py"
    pytest_code = _read(code) if code.is_file() else ""
    if rows.is_file():
        hidden, context = _call_tests(rows, name, pytest_code, slow=slow), ""
    elif pytest_code:
        hidden, context = _code_tests(pytest_code, name, node), node if "Node" in pytest_code else ""
    else:
        raise BadInput(
            f"{folder}: expected json_testcases/{name}.json or python_testcases/test_{name}.py, found neither"
        )
    header = python.signature(buggy, name)
    problem = Problem(
        id=f"QuixBugs/{name}",
        statement=_statement(buggy),
        signature=header,
        context=context,
        meta={"buggy": buggy, "name": name},
    )
    reference = _read(correct) if correct.is_file() else ""
    joined = f"{context.rstrip()}\n\n\n{reference}" if context and reference else reference
    return Task(problem, named(hidden, "case"), joined)


def _statement(source: str) -> str:
    """The description: the last text that stands alone at the end of the program."""
    texts = [
        n.value.value
        for n in python.parse(source).body
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    ]
    return str(texts[-1]).strip() if texts else ""


def _call_tests(file: Path, name: str, code: str, *, slow: bool) -> list[Test]:
    how, skipped = _comparison(code, name), _skipped(code)
    tests: list[Test] = []
    for number, line in enumerate(_read(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            given, expected = json.loads(line)
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"{file}, line {number}: expected [arguments, result], got {line[:60]!r} ({error})"
            ) from error
        if slow or given not in skipped:
            args = tuple(given) if isinstance(given, list) else (given,)
            tests.append(CallTest(name, args, expect=_returns(expected, args, how)))
    return tests


def _comparison(code: str, name: str) -> Mapping[str, bool]:
    """How the pytest file compares a result with the second part of a row."""
    text = python.unparse(python.parse(code)) if code else ""
    return {
        "iterable": f"list({name}(*input_data))" in text,
        "approx": "approx(expected, abs=input_data[-1])" in text,
        "near": "approx(expected" in text,
        "tuples": "[tuple(x) for x in out]" in text,
    }


def _returns(expected: Any, args: tuple[Any, ...], how: Mapping[str, bool]) -> Returns:
    if how["approx"]:
        return Returns(expected, Equality("close", atol=float(args[-1])))
    if how["near"]:
        return Returns(expected, Equality("close", atol=1e-12, rtol=1e-6))
    if how["tuples"]:
        expected = [tuple(row) for row in expected]
    return Returns(expected, Equality(arrays=how["iterable"]))


def _skipped(code: str) -> list[Any]:
    """Arguments for which the pytest file skips: ``if input_data == [...]: pytest.skip(...)``."""
    guards = [n for n in ast.walk(python.parse(code)) if isinstance(n, ast.If) and "skip" in python.unparse(n.body[0])]
    compared = [n for guard in guards for n in ast.walk(guard.test) if isinstance(n, ast.Compare)]
    values = [n.comparators[0] for n in compared if python.unparse(n.left) == "input_data"]
    return [fold(value) for value in values if is_literal(value)]


def _code_tests(code: str, name: str, node: str) -> list[Test]:
    """One test per test function, after the setup code of its module; the harness's own imports are left out."""
    setup: list[str] = []
    tests: list[tuple[str, str]] = []
    for part in python.parse(code, what=f"test_{name}.py").body:
        text = python.unparse(part)
        if isinstance(part, ast.FunctionDef) and part.name.startswith("test"):
            tests.append((part.name, text))
        elif not (_is_harness(part) or "pytest" in text):
            setup.append(text)
    prelude = node if "Node" in code else ""
    return [
        CodeTest("\n".join([*setup, text, f"{label}()"]), name, prelude, name=label, source=text)
        for label, text in tests
    ]


def _is_harness(part: ast.stmt) -> bool:
    if isinstance(part, ast.Import):
        return any(alias.name in _HARNESS for alias in part.names)
    return isinstance(part, ast.ImportFrom) and part.module in _HARNESS
