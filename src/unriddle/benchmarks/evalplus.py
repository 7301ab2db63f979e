"""HumanEval+ and MBPP+: HumanEval and MBPP with many more inputs (Liu 2023, EvalPlus, Apache-2.0).

Reads ``HumanEvalPlus*.jsonl(.gz)`` or ``MbppPlus.jsonl(.gz)`` from a path you name. Expected outputs are not published:
they are what the canonical solution returns, run once in the sandbox and kept in the user's cache folder by content.
Equality is that of evalplus 0.3.1: exact, or within ``atol + 1e-7 * |expected|`` when the task has a tolerance or the
expected value is floats (then ``atol`` is 1e-6), with that version's special oracles (``unriddle.benchmarks.oracles``).
Its tolerance leaks from one input to the later ones of a task; ours does not. Results too long to keep are compared
exactly, by their digests; inputs whose result is longer than 16 MiB are left out (five of
Mbpp/255; see ``meta["left_out"]`` of the benchmark).

Visible tests are the examples of the prompt. Not covered: evalplus' time limits relative to the canonical solution,
its test minimisation (the Mini file is read like any other), and the ``OriginFmt`` files.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, named, near
from unriddle.benchmarks.expected import expected_outputs
from unriddle.benchmarks.mbpp import placeholder_signature
from unriddle.benchmarks.oracles import oracle, restore_inputs
from unriddle.benchmarks.rows import list_field, text_field
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.language import asserts, python
from unriddle.language.values import Large, decode
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.record import read_jsonl

__all__ = ["load"]

LIMITS = Limits(cpu_seconds=4.0, memory_mb=4096, value_bytes=1 << 28)

_LONGEST = 1 << 24
"""Longest result, in bytes, that is asked of a candidate."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read and checked."""

    name: str
    entry: str
    prompt: str
    program: str
    contract: str
    atol: float
    inputs: list[tuple[Any, ...]]
    n_base: int


def load(
    path: str | Path,
    *,
    executor: Executor | None = None,
    base_only: bool = False,
    plus_only: bool = False,
    tasks: Sequence[str | int] | None = None,
    cache: str | Path | None = None,
) -> TaskBenchmark:
    """The benchmark from one EvalPlus file.

    Args:
        path: The file.
        executor: Where canonical solutions run when their outputs are not in the cache; one is opened when ``None``.
        base_only: Judge on the original benchmark's inputs only.
        plus_only: Judge on the added inputs only.
        tasks: Read these tasks only (``"HumanEval/23"`` or ``23``).
        cache: Folder for expected outputs; ``unriddle/evalplus`` in the user's cache folder when ``None``.

    Raises:
        BadInput: The file cannot be read, a row is not a task, both options are set, or a task is unknown.
        ExecutorError: A canonical solution could not be run.
    """
    if base_only and plus_only:
        raise BadInput("evalplus: base_only and plus_only leave no inputs; set one of them")
    rows = [_row(row, where=f"{path}, line {number}") for number, row in read_jsonl(path)]
    rows = _chosen(rows, tasks) if tasks is not None else rows
    jobs = [(row.name, row.entry, row.program, row.inputs) for row in rows]
    outputs = expected_outputs(jobs, executor=executor, cache=cache)
    made: list[Task] = []
    left_out: dict[str, list[int]] = {}
    for row, encoded in zip(rows, outputs, strict=True):
        base = () if plus_only else _tests(row, encoded, "base", range(row.n_base), left_out)
        plus = () if base_only else _tests(row, encoded, "plus", range(row.n_base, len(encoded)), left_out)
        made.append(_task(row, base + plus))
    name = "mbpp+" if rows and rows[0].name.startswith("Mbpp") else "humaneval+"
    options: dict[str, Any] = {"source": Path(path).name, "base_only": base_only, "plus_only": plus_only}
    options["left_out"] = left_out
    return TaskBenchmark(name, tuple(made), LIMITS, options)


def _test(row: _Row, args: tuple[Any, ...], data: bytes, label: str) -> Test | None:
    """The test of one input; ``None`` where the expected output is not known, or too long to be worth moving."""
    if not data:
        return None
    expected = decode(data)
    if isinstance(expected, Large) and expected.n_bytes > _LONGEST:
        return None
    return oracle(row.name, row.entry, args, expected, atol=row.atol, label=label)


def _tests(
    row: _Row, encoded: Sequence[bytes], label: str, places: range, left_out: dict[str, list[int]]
) -> tuple[Test, ...]:
    """The tests of these inputs, named by their place; inputs without a test are noted as left out."""
    made = []
    for j in places:
        test = _test(row, row.inputs[j], encoded[j], f"{label}[{j - places.start}]")
        if test is None:
            left_out.setdefault(row.name, []).append(j)
        else:
            made.append(test)
    return tuple(made)


def _chosen(rows: Iterable[_Row], tasks: Sequence[str | int]) -> list[_Row]:
    by_name = {row.name: row for row in rows}
    by_number = {name.rpartition("/")[2]: row for name, row in by_name.items()}
    lower = {name.lower(): row for name, row in by_name.items()}
    found = [lower.get(str(task).lower()) or by_number.get(str(task)) for task in tasks]
    for task, row in zip(tasks, found, strict=True):
        if row is None:
            raise BadInput(f"evalplus: no task is called {task!r}; {near(str(task), by_name)}")
    return [row for row in found if row is not None]


def _row(row: Mapping[str, Any], *, where: str) -> _Row:
    name, prompt, entry = (text_field(row, key, where=where) for key in ("task_id", "prompt", "entry_point"))
    solution = text_field(row, "canonical_solution", where=where)
    # The published file has one "plus_input" that is an empty object.
    base, plus = (list_field({key: row.get(key) or []}, key, where=where) for key in ("base_input", "plus_input"))
    atol = row.get("atol", 0)
    if not isinstance(atol, (int, float)) or atol < 0:
        raise BadInput(f"{where}: 'atol' must be a number of at least 0, got {atol!r}")
    try:
        inputs = restore_inputs(name, [*base, *plus])
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{where}: the inputs of {name} do not have the published types ({error})") from error
    contract = text_field(row, "contract", where=where, default="")
    return _Row(name, entry, prompt, prompt + solution, contract, float(atol), inputs, len(base))


def _task(row: _Row, hidden: tuple[Test, ...]) -> Task:
    docstring = _module_docstring(row.prompt)
    if docstring is None:
        visible = asserts.tests_from_doctests(row.prompt, row.entry)
        statement, signature = python.docstring(row.prompt, row.entry), python.signature(row.prompt, row.entry)
    else:
        statement, _, examples = docstring.partition("\nassert ")
        visible = asserts.tests_from_code(f"assert {examples}", row.entry) if examples else []
        signature = placeholder_signature(row.entry, visible)
    problem = Problem(
        id=row.name,
        statement=statement.strip(),
        signature=signature,
        stub=row.prompt,
        tests=named(visible, "example"),
        meta={"contract": row.contract} | ({"atol": row.atol} if row.atol else {}),
    )
    return Task(problem, hidden, row.program, row.prompt)


def _module_docstring(prompt: str) -> str | None:
    """The text of a prompt that is only a docstring (MBPP+); ``None`` for one that begins a function."""
    found = re.fullmatch(r'\s*"""(.*)"""\s*', prompt, flags=re.DOTALL)
    return inspect.cleandoc(found[1]) if found and "\ndef " not in prompt else None
