"""MBPP: 974 small Python tasks with three asserts each (Austin 2021, CC-BY-4.0), and the 427 of its sanitized edition.

Reads ``mbpp.jsonl`` and ``sanitized-mbpp.json`` from a path you name. As published, the asserts that decide are the
ones a prompt shows; ``shown=1`` or ``0`` keeps the others hidden. The prompt names no parameters, so the signature has
placeholders (``arg1``); the reference's names are not shown. Setup code runs in the test process; classes it uses
(``Node`` in MBPP/367 and MBPP/927) are the candidate's.

Not covered: the few-shot prompts of the paper (``unriddle.prompt``).
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, named, near
from unriddle.benchmarks.rows import list_field, read_json, text_field
from unriddle.errors import BadInput
from unriddle.language import asserts, python
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Parameter, Problem, Signature, Test
from unriddle.record import read_jsonl

__all__ = ["SPLITS", "load", "placeholder_signature"]

LIMITS = Limits(cpu_seconds=3.0)

SPLITS = {"prompt": range(1, 11), "test": range(11, 511), "validation": range(511, 601), "train": range(601, 975)}
"""Task numbers of the published splits; they hold for the sanitized edition too."""


def load(path: str | Path, *, split: str | None = None, shown: int = 3, challenge: bool = False) -> TaskBenchmark:
    """The benchmark from ``mbpp.jsonl`` or ``sanitized-mbpp.json`` (``.gz`` and ``.xz`` too).

    Args:
        path: The file.
        split: One of ``SPLITS``; all tasks when ``None``.
        shown: How many of the asserts are visible tests, from the first one on.
        challenge: Judge on the challenge asserts of the full edition too.

    Raises:
        BadInput: The file cannot be read, a row is not a task, or an option is out of range.
    """
    if split is not None and split not in SPLITS:
        raise BadInput(f"mbpp: there is no split {split!r}; {near(split, SPLITS)}")
    if shown < 0:
        raise BadInput(f"mbpp: shown must be 0 or more, got {shown}")
    path = Path(path)
    if ".json" in path.suffixes:
        document = read_json(path)
        if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
            raise BadInput(f"{path}: expected a list of tasks, got {type(document).__name__}")
        rows = [(f"{path}, task {i}", row) for i, row in enumerate(document)]
    else:
        rows = [(f"{path}, line {number}", row) for number, row in read_jsonl(path)]
    wanted = SPLITS[split] if split else None
    tasks = [
        _task(row, where=where, shown=shown, challenge=challenge)
        for where, row in rows
        if wanted is None or row.get("task_id") in wanted
    ]
    options = {"source": path.name, "split": split, "shown": shown, "challenge": challenge}
    return TaskBenchmark("mbpp", tuple(tasks), LIMITS, options)


def _task(row: Mapping[str, Any], *, where: str, shown: int, challenge: bool) -> Task:
    number = row.get("task_id")
    if not isinstance(number, int):
        raise BadInput(f"{where}: expected a number under 'task_id'; it has the keys {sorted(row)}")
    text = text_field(row, "text" if "text" in row else "prompt", where=where)
    reference = text_field(row, "code", where=where).replace("\r\n", "\n")
    before = [
        *list_field(row, "test_imports", where=where, of=str),
        text_field(row, "test_setup_code", where=where, default=""),
    ]
    lines = list_field(row, "test_list", where=where, of=str)
    more = list_field(row, "challenge_test_list", where=where, of=str) if challenge else []
    try:
        entry = _entry(reference, lines)
        made = [_tests(before, line, entry) for line in [*lines, *more]]
        visible = [test for tests in made[: min(shown, len(lines))] for test in tests]
        problem = Problem(
            id=f"MBPP/{number}",
            statement=text,
            signature=placeholder_signature(entry, made[0] if made else []),
            stub=f'"""\n{text}\n' + "".join(f"{line}\n" for line in lines[:shown]) + '"""\n',
            tests=named(visible, "assert"),
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    return Task(problem, named([test for tests in made for test in tests], "assert"), reference, problem.stub)


def _entry(reference: str, lines: Sequence[str]) -> str:
    """The function under test: the first name the asserts call that the reference defines."""
    defined = {node.name for node in python.parse(reference).body if isinstance(node, python.Definition)}
    for line in lines:
        for node in ast.walk(python.parse(line, what="an assert")):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in defined:
                return node.func.id
    raise BadInput("the asserts call no function that the reference program defines")


def _tests(before: Sequence[str], line: str, entry: str) -> list[Test]:
    setup = "\n".join(part for part in before if part.strip()).replace("\r\n", "\n")
    made = asserts.tests_from_code(f"{setup}\n{line}" if setup else line, entry)
    return [dataclasses.replace(test, source=line) for test in made]


def placeholder_signature(entry: str, tests: Sequence[Test]) -> Signature:
    """A signature that shows no more than a call does: its number of arguments."""
    calls = [test for test in tests if isinstance(test, CallTest)]
    count = len(calls[0].args) if calls else 0
    return Signature(entry, tuple(Parameter(f"arg{i + 1}") for i in range(count)))
