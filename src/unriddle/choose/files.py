"""Programs, inputs and answers read from files.

Programs: Python files, folders of them, or JSON Lines with a whole program under ``solution``, or with ``prompt`` and
``completion``, or HumanEval-style rows with ``task_id``. Not covered: other languages than Python.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, shorten
from unriddle.language.fold import fold
from unriddle.language.values import encode, key
from unriddle.record import read_jsonl

__all__ = ["read_answer_file", "read_inputs", "read_pairs", "read_programs"]


def read_programs(paths: Sequence[Path], *, task: str | None = None) -> list[Candidate]:
    """The candidates in these files and folders, in order; equal programs are kept as often as they stand there.

    Args:
        paths: Python files, folders of Python files (by name), or JSON Lines files (``.gz`` and ``.xz`` too).
        task: Of rows with a ``task_id`` only those of this task.

    Raises:
        BadInput: A file cannot be read, a row holds no program, rows of several tasks are mixed, or there are none.
    """
    found: list[Candidate] = []
    for path in paths:
        if path.is_dir():
            found += [_python(file) for file in sorted(path.glob("*.py"))]
        elif path.suffix == ".py":
            found.append(_python(path))
        else:
            found += _rows(path, task)
    if not found:
        given = ", ".join(str(path) for path in paths)
        raise BadInput(f"{given}: expected programs (.py files, or JSON Lines with 'solution'), found none")
    return found


def _python(path: Path) -> Candidate:
    try:
        return Candidate(path.read_text(encoding="utf-8"), proposer=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); expected a Python file in UTF-8") from error


def _rows(path: Path, task: str | None) -> list[Candidate]:
    rows = [(n, row) for n, row in read_jsonl(path) if task is None or str(row.get("task_id", task)) == task]
    tasks = list(dict.fromkeys(str(row["task_id"]) for _, row in rows if row.get("task_id") is not None))
    if len(tasks) > 1:
        raise BadInput(
            f"{path}: it holds programs for {len(tasks)} tasks ({', '.join(tasks[:3])}, …); give --task NAME"
        )
    if not rows:
        raise BadInput(f"{path}: expected programs, found no row" + (f" of task {task}" if task else ""))
    return [c for number, row in rows for c in _row(row, f"{path}, line {number}")]


def _row(row: Mapping[str, Any], where: str) -> list[Candidate]:
    solution, prompt, completion = (row.get(name) for name in ("solution", "prompt", "completion"))
    many = row.get("samples")
    if isinstance(solution, str):
        return [Candidate(solution, proposer="file")]
    if isinstance(prompt, str) and isinstance(completion, str):
        return [Candidate(prompt + completion, proposer="file")]
    if isinstance(prompt, str) and isinstance(many, list) and all(isinstance(text, str) for text in many):
        return [Candidate(prompt + text, proposer="file") for text in many]
    if isinstance(completion, str) and isinstance(row.get("task_id"), str):
        from unriddle.benchmarks import humaneval

        return [humaneval.load().program(row["task_id"], {"completion": completion})]
    raise BadInput(
        f"{where}: expected text under 'solution', or 'prompt' and 'completion', or 'task_id' and 'completion'; it has "
        f"the keys {sorted(row)}"
    )


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); expected a text file in UTF-8") from error
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def read_inputs(path: Path) -> list[tuple[Any, ...]]:
    """Argument tuples, one a line: a list or tuple of the arguments as JSON or as a Python literal.

    Raises:
        BadInput: A line is no list of arguments; the message has its number.
    """
    found = []
    for number, line in _lines(path):
        value = _value(line)
        if isinstance(value, dict) and isinstance(value.get("input"), (list, tuple)):
            value = value["input"]
        if not isinstance(value, (list, tuple)):
            raise BadInput(
                f"{path}, line {number}: expected the list of arguments of one call, such as [[1, 2], 3], got "
                f"{shorten(line.strip())}"
            )
        found.append(tuple(value))
    return found


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        pass
    try:
        return fold(ast.parse(line.strip(), mode="eval").body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def read_answer_file(path: Path) -> list[str] | list[tuple[tuple[Any, ...], Any]]:
    """What an answer file holds: lines as they would be typed, or pairs of arguments and right value.

    A file whose first line is an object with ``input`` and ``output`` holds pairs (see ``read_pairs``).

    Raises:
        BadInput: It cannot be read or is empty, or a line of pairs is no pair.
    """
    lines = _lines(path)
    if not lines:
        raise BadInput(f"{path}: expected answers, one a line, found none")
    first = _value(lines[0][1])
    if isinstance(first, dict) and "input" in first:
        return read_pairs(path)
    return [line for _, line in lines]


def read_pairs(path: Path) -> list[tuple[tuple[Any, ...], Any]]:
    """Pairs of arguments and right value, one object ``{"input": [arguments], "output": value}`` a line.

    Raises:
        BadInput: A line is no such object, or gives another value for the arguments of an earlier line; the message
            has its number.
    """
    pairs: list[tuple[tuple[Any, ...], Any]] = []
    said: dict[bytes, tuple[int, bytes]] = {}
    for number, line in _lines(path):
        row = _value(line)
        if not isinstance(row, dict) or not isinstance(row.get("input"), (list, tuple)) or "output" not in row:
            raise BadInput(
                f'{path}, line {number}: expected {{"input": [arguments], "output": value}}, got '
                f"{shorten(line.strip())}"
            )
        args, value = tuple(row["input"]), row["output"]
        earlier, before = said.setdefault(_name(args), (number, _name(value)))
        if before != _name(value):
            raise BadInput(
                f"{path}, line {number}: it contradicts line {earlier}, which gives another output for the same "
                "input; remove one of them"
            )
        pairs.append((args, value))
    return pairs


def _name(value: Any) -> bytes:
    """Equal bytes for equal values."""
    data = encode(value)
    return key(data) or data
