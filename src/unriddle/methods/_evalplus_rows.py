"""Tasks of a benchmark as references to be strengthened, and strengthened tasks as rows of an EvalPlus file.

Not covered: tasks whose tests are not calls of one function, and inputs that JSON cannot carry; both are named.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from typing import Any

from unriddle.benchmarks.base import Task
from unriddle.benchmarks.oracles import restore_inputs
from unriddle.errors import BadInput
from unriddle.language import python
from unriddle.language.values import encode
from unriddle.problem import CallTest, Returns
from unriddle.testgen.guided import Args
from unriddle.testgen.validated import Reference

__all__ = ["reference_of", "row_of", "split_json"]


def reference_of(task: Task, *, program: str | None = None) -> Reference:
    """The task's reference, with its contract where it has one, and the inputs of its tests.

    Args:
        task: A task whose tests are calls.
        program: Stands in for the task's own reference.

    Raises:
        BadInput: There is no reference, or no test is a plain call of the entry point.
    """
    problem = task.problem
    source = program if program is not None else task.reference
    if not source:
        raise BadInput(f"{problem.id}: there is no reference program to say what is right; name one with --reference")
    contract = problem.meta.get("contract") or ""
    if program is None and contract and source.startswith(task.prefix):
        source = task.prefix + contract + source[len(task.prefix) :]
    calls = [t for t in (*task.hidden, *problem.tests) if isinstance(t, CallTest) and t.entry == problem.entry]
    known = list({encode(t.args): t.args for t in calls if not t.kwargs and _returns(t)}.values())
    if not known:
        raise BadInput(
            f"{problem.id}: none of its {len(task.hidden)} tests is a call of {problem.entry} with plain arguments, "
            "so there is nothing to start from"
        )
    return Reference(problem.id, problem.entry, source, python.signature(source, problem.entry), tuple(known))


def _returns(test: CallTest) -> bool:
    return test.expect is None or isinstance(test.expect, Returns) or type(test.expect).__name__ == "Satisfies"


def split_json(name: str, inputs: Sequence[Args]) -> tuple[list[Args], int]:
    """The inputs that come back from an EvalPlus file as they are, and how many do not.

    Args:
        name: The task; for tasks of MBPP+ the reader puts back what JSON cannot write.
        inputs: Argument tuples.
    """
    kept = []
    for args in inputs:
        try:
            text = json.dumps(args)
            back = restore_inputs(name, [json.loads(text)])[0]
        except (TypeError, ValueError, AttributeError):
            continue
        if encode(back) == encode(tuple(args)):
            kept.append(args)
    return kept, len(inputs) - len(kept)


def row_of(task: Task, reference: Reference, base: Sequence[Args], plus: Sequence[Args]) -> dict[str, Any]:
    """The row of an EvalPlus file, which evalplus and ``unriddle eval`` read.

    Args:
        task: The task.
        reference: Its reference.
        base: Known inputs, JSON-able.
        plus: New inputs, JSON-able.
    """
    contract = task.problem.meta.get("contract") or ""
    plain = reference.source.replace(contract, "", 1) if contract else reference.source
    prompt = task.prefix if task.prefix and plain.startswith(task.prefix) else f'"""\n{_words(task)}\n"""\n'
    return {
        "task_id": task.problem.id,
        "prompt": prompt,
        "entry_point": reference.entry,
        "canonical_solution": plain[len(prompt) :] if plain.startswith(prompt) else plain,
        "contract": contract,
        "base_input": [list(args) for args in base],
        "plus_input": [list(args) for args in plus],
        "atol": _tolerance(task),
        "test": "",
    }


def _words(task: Task) -> str:
    return inspect.cleandoc(task.problem.statement).replace('"""', "'''")


def _tolerance(task: Task) -> float:
    if "atol" in task.problem.meta:  # that of an EvalPlus row, which its oracle may use in a way of its own
        return float(task.problem.meta["atol"])
    found = [t.expect.equality.atol for t in task.hidden if isinstance(t, CallTest) and isinstance(t.expect, Returns)]
    return max(found, default=0.0)
