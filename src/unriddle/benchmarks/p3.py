"""Programming puzzles (P3): find a value that a verifier accepts (Schuster 2021, MIT licence).

Reads ``puzzles.json`` (also ``.gz`` or ``.xz``) from a path you name. The verifier is the whole specification, so the
visible test and the hidden one are the same: ``sat(answer)`` is exactly ``True`` and the answer has exactly the
annotated type. A program defines ``sol``, whose parameters are the verifier's other ones with their defaults. Instances
of one template (``meta["template"]``) are near duplicates: use ``instances="first"`` or average by template.

Some puzzles have no bundled solution, and some bundled ones are slow. Integers of more than 4,300 digits are rewritten
in hexadecimal, because Python refuses to read them in decimal.
Not covered: the generators, the study subsets, and the recorded Codex runs.
"""

from __future__ import annotations

import inspect
import io
import re
import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, near
from unriddle.benchmarks.rows import list_field, read_json, text_field
from unriddle.errors import BadInput
from unriddle.language import python
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Satisfies

__all__ = ["load"]

LIMITS = Limits(cpu_seconds=2.0)
_DIGITS = 4300
_IMPORTS = "from typing import *\n\n\n"


def load(path: str | Path, *, split: str | None = None, instances: str = "all") -> TaskBenchmark:
    """The benchmark from ``puzzles.json``.

    Args:
        path: The file.
        split: A key of ``split.json`` in the same folder (``train``, ``test``); all puzzles when ``None``.
        instances: ``all``, or ``first`` for one instance per template.

    Raises:
        BadInput: A file cannot be read, a row is not a puzzle, or an option is unknown.
    """
    path = Path(path)
    document = read_json(path)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise BadInput(f"{path}: expected a list of puzzles, got {type(document).__name__}")
    if instances not in ("all", "first"):
        raise BadInput(f"p3: instances must be 'all' or 'first', got {instances!r}")
    templates = _templates(path.parent / "split.json", split) if split else None
    tasks, seen = [], set()
    for i, row in enumerate(document):
        task = _task(row, where=f"{path}, puzzle {i}")
        template = task.problem.meta["template"]
        if (templates is None or template in templates) and (instances == "all" or template not in seen):
            tasks.append(task)
        seen.add(template)
    return TaskBenchmark("p3", tuple(tasks), LIMITS, {"source": path.name, "split": split, "instances": instances})


def _templates(path: Path, split: str) -> set[str]:
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get(split), list):
        known = document if isinstance(document, dict) else []
        raise BadInput(f"{path}: there is no split {split!r}; {near(split, map(str, known))}")
    return set(map(str, document[split]))


def _task(row: Mapping[str, Any], *, where: str) -> Task:
    name, kind = (text_field(row, key, where=where) for key in ("name", "ans_type"))
    verifier = _readable(text_field(row, "sat", where=where))
    header = _readable(text_field(row, "sol_header", where=where, default="def sol():"))
    docstring = text_field(row, "sol_docstring", where=where, default="")
    bodies = list_field(row, "sol_bodies", where=where, of=str)
    stub = f"{_IMPORTS}{header}\n" + (f"{docstring}\n" if docstring.strip() else "")
    test = CallTest(
        "sol",
        expect=Satisfies(_IMPORTS + verifier, "sat", type=kind),
        name="sat",
        source=f"sat(sol()) is True  # {kind}",
    )
    try:
        python.definition(verifier, "sat", what="the verifier")
        problem = Problem(
            id=name,
            statement=inspect.cleandoc(docstring.strip().strip('"')),
            signature=python.signature(f"{stub}    pass\n", "sol"),
            stub=stub,
            tests=(test,),
            kind="puzzle",
            meta={
                "template": name.partition(":")[0],
                "sat": verifier,
                "ans_type": kind,
                "module": row.get("module", ""),
                "notes": row.get("notes", ""),
                "weight": row.get("weight", 1.0),
            },
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    return Task(problem, (test,), stub + _readable(bodies[0]) + "\n" if bodies else "", stub)


def _readable(source: str) -> str:
    """The source with integer literals too long for Python's decimal reader written in hexadecimal."""
    if not re.search(rf"\d{{{_DIGITS + 1}}}", source):
        return source
    lines = source.splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, IndentationError):
        return source
    for token in reversed(tokens):
        if token.type == tokenize.NUMBER and token.string.isdigit() and len(token.string) > _DIGITS:
            (row, begin), (_, end) = token.start, token.end
            lines[row - 1] = lines[row - 1][:begin] + hex(_integer(token.string)) + lines[row - 1][end:]
    return "".join(lines)


def _integer(digits: str) -> int:
    value = 0
    for i in range(0, len(digits), _DIGITS):
        part = digits[i : i + _DIGITS]
        value = value * 10 ** len(part) + int(part)
    return value
