"""Generated tests from files: what language models wrote, joined to the tasks of a benchmark.

Rows are raw draws (``{"task_id" or "prompt", "samples": [text, …]}``, as the CodeT recordings have them) or ready
asserts (``{"task_id" or "prompt", "tests": ["assert …", …]}``). Not covered: whether a test is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, task_of
from unriddle.errors import BadInput, shorten
from unriddle.language.truncate import complete_statements
from unriddle.problem import Test
from unriddle.record import read_jsonl
from unriddle.testgen.asserts_in_text import read_tests

__all__ = ["read_generated_tests"]


def read_generated_tests(path: str | Path, benchmark: TaskBenchmark, *, limit: int | None = 5) -> dict[str, list[Test]]:
    """Tests by task id, in file order; a test written twice stands there twice. A task without any has an empty list.

    Args:
        path: A JSON Lines file (``.gz`` and ``.xz`` too).
        benchmark: Whose tasks they are for; a prompt is matched by its text, else by entry point and shared lines.
        limit: At most this many asserts of each raw draw; ready asserts are all kept.

    Raises:
        BadInput: The file cannot be read, or a row is neither of the two; the message has the line number.
    """
    found: dict[str, list[Test]] = {}
    for number, row in read_jsonl(path):
        try:
            task = task_of(_without_open_assert(row), benchmark)
            found.setdefault(task.problem.id, []).extend(_tests(row, task, limit))
        except BadInput as error:
            raise BadInput(f"{path}, line {number}: {error}") from error
    if not found:
        raise BadInput(f"{path}: expected generated tests, one JSON object per line, found none")
    return found


def _without_open_assert(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with its prompt as far as it can be read: a prompt for tests ends in the middle of an assert."""
    prompt = row.get("prompt")
    whole = complete_statements(prompt) if isinstance(prompt, str) else ""
    return {**row, "prompt": whole} if whole else row


def _tests(row: Mapping[str, Any], task: Task, limit: int | None) -> list[Test]:
    entry = task.problem.entry
    if ("samples" in row) == ("tests" in row):
        raise BadInput(f"expected either 'samples' (raw draws) or 'tests' (asserts), got the keys {sorted(row)}")
    if "samples" in row:
        return read_tests(_texts(row["samples"], "samples"), entry, limit=limit)
    lines = _texts(row["tests"], "tests")
    made = [read_tests([line], entry, limit=None) for line in lines]
    for line, tests in zip(lines, made, strict=True):
        if not tests:
            raise BadInput(f"'tests' must hold asserts that call {entry}, got {shorten(line)}")
    return [test for tests in made for test in tests]


def _texts(value: Any, what: str) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadInput(f"{what!r} must be a list of texts, got {shorten(value)}")
    return value
