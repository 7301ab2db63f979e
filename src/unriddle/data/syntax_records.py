"""Graded feedback on syntax errors in the form in which PyFiXV's samples are published: a JSON list of records.

A record has ``bad_program_EventID``, ``buggy_program``, ``python_major``, ``partition``, ``parser_output`` (type, text,
line and offset of the error) and ``annotation``, a list of ``fixed_program`` with ``feedback``. Not covered: Python 2
programs as anything but text (they need Python 2's parser).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.data.syntax_breaks import BrokenProgram
from unriddle.errors import BadInput

__all__ = ["SyntaxRecord", "read_syntax_records", "record_of", "write_syntax_records"]


@dataclass(frozen=True, slots=True)
class SyntaxRecord:
    """One broken program with what experts (or the one who broke it) say of it.

    Attributes:
        name: Its identifier.
        buggy: The program.
        python: Major version it is written for.
        partition: ``training``, ``testing`` or another word.
        error_type: The parser's message.
        error_line: Line, from 1.
        error_offset: Column, from 1.
        error_text: The line the parser shows.
        annotations: Fixed program and explanation, one pair per expert.
    """

    name: str
    buggy: str
    python: int
    partition: str
    error_type: str
    error_line: int
    error_offset: int
    error_text: str
    annotations: tuple[tuple[str, str], ...]


def record_of(broken: BrokenProgram, *, name: str, partition: str = "", feedback: str = "") -> SyntaxRecord:
    """A generated broken program as such a record."""
    lines = broken.source.split("\n")
    at = min(broken.problem.line, len(lines))
    return SyntaxRecord(
        name, broken.source, 3, partition, broken.problem.message, broken.problem.line, broken.problem.column,
        lines[at - 1] + "\n", ((broken.original, feedback),),
    )  # fmt: skip


def write_syntax_records(records: Iterable[SyntaxRecord]) -> str:
    """The records as JSON text."""
    return json.dumps([_plain(one) for one in records], indent=1, ensure_ascii=False) + "\n"


def _plain(one: SyntaxRecord) -> dict[str, Any]:
    return {
        "annotation": [{"feedback": feedback, "fixed_program": fixed} for fixed, feedback in one.annotations],
        "bad_program_EventID": one.name,
        "buggy_program": one.buggy,
        "parser_output": {
            "error_line": one.error_line,
            "error_offset": one.error_offset,
            "error_text": one.error_text,
            "error_type": one.error_type,
            "source": None,
        },
        "partition": one.partition,
        "python_major": one.python,
    }


def read_syntax_records(text: str, *, where: str = "the records") -> list[SyntaxRecord]:
    """The records of a JSON text.

    Raises:
        BadInput: It is no list of such records; the message says which one and what it lacks.
    """
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{where}: expected a JSON list of broken programs ({error})") from error
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise BadInput(f"{where}: expected a JSON list of broken programs, got {type(rows).__name__}")
    return [_record(row, f"{where}, record {k + 1}") for k, row in enumerate(rows)]


def _record(row: Any, where: str) -> SyntaxRecord:
    try:
        parser = row["parser_output"]
        notes = tuple((str(one["fixed_program"]), str(one["feedback"])) for one in row["annotation"])
        return SyntaxRecord(
            str(row["bad_program_EventID"]), str(row["buggy_program"]), int(row["python_major"]), str(row["partition"]),
            str(parser["error_type"]), int(parser["error_line"] or 1), int(parser["error_offset"] or 0),
            str(parser["error_text"] or ""), notes,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{where}: not a record of a broken program; it lacks or has wrong: {error!r}") from error
