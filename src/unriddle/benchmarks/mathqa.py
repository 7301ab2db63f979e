"""MathQA-Python: word problems whose program returns a number (Amini 2019, Austin 2021; CC-BY-4.0, as in mxeval).

Reads mxeval's rows (``.jsonl``, also ``.gz`` or ``.xz``). There are no visible tests: the one hidden test is the
answer, right when it differs by less than 1e-8, as published (an absolute tolerance, also for large answers).

Not covered: the original MathQA's formulas and its multiple-choice answers.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.benchmarks.rows import text_field
from unriddle.errors import BadInput
from unriddle.language import asserts, fold, python
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Equality, Problem, Returns, Test
from unriddle.record import read_jsonl

__all__ = ["load"]

LIMITS = Limits(cpu_seconds=3.0)
_COMPARE = "return math.fabs(x - y) < 1e-08"


def load(path: str | Path) -> TaskBenchmark:
    """The benchmark from one file of rows.

    Raises:
        BadInput: The file cannot be read or a row is not a task; the message has the line number.
    """
    tasks = [_task(row, where=f"{path}, line {number}") for number, row in read_jsonl(path)]
    return TaskBenchmark("mathqa", tuple(tasks), LIMITS, {"source": Path(path).name})


def _task(row: Mapping[str, Any], *, where: str) -> Task:
    name, prompt, entry = (text_field(row, key, where=where) for key in ("task_id", "prompt", "entry_point"))
    test = text_field(row, "test", where=where)
    solution = text_field(row, "canonical_solution", where=where, default="")
    try:
        hidden = _tests(test, entry)
        problem = Problem(
            id=name,
            statement=text_field(row, "description", where=where, default=python.docstring(prompt, entry)),
            signature=python.signature(prompt, entry),
            stub=prompt,
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    return Task(problem, named(hidden, "answer"), prompt + solution if solution else "", prompt)


def _tests(code: str, entry: str) -> list[Test]:
    """``assert compare(candidate(), ANSWER)`` with the published ``compare`` as a call; other code as it is."""
    body = python.parse(code, what=f"the test code of {entry}").body
    compares = [n for n in body if isinstance(n, ast.FunctionDef) and n.name == "compare"]
    found = [n.test for n in body if isinstance(n, ast.Assert)]
    published = [ast.unparse(line) for n in compares for line in n.body] == [_COMPARE]
    if published and len(found) == 1 and isinstance(found[0], ast.Call) and len(found[0].args) == 2:
        call, answer = found[0].args
        if ast.unparse(call) in ("candidate()", f"{entry}()") and fold.is_literal(answer):
            value = fold.fold(answer)
            if fold.is_real(value):
                within = Equality("close", atol=math.nextafter(1e-8, 0.0))
                return [CallTest(entry, expect=Returns(value, within), source=f"abs({entry}() - {value!r}) < 1e-8")]
    return asserts.tests_from_code(code, entry)
