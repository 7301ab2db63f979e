"""Tasks that are nothing but examples: some are shown, the others decide.

Not covered: examples of several functions in one task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unriddle.benchmarks.base import Task
from unriddle.errors import BadInput, shorten
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

__all__ = ["example_task"]

_TYPES = {"bool", "int", "list[bool]", "list[int]"}


def example_task(name: str, examples: Sequence[tuple[Any, Any]], *, n_shown: int, where: str) -> Task:
    """The task of finding ``f`` from its first examples.

    Args:
        name: Of the problem.
        examples: ``(input, output)`` pairs, whole numbers, truth values or lists of them.
        n_shown: How many are visible; the others are hidden.
        where: For messages.

    Raises:
        BadInput: There are too few examples, or a value has another type.
    """
    if not 0 < n_shown < len(examples):
        raise BadInput(
            f"{where}: expected more than {n_shown} examples (those shown) and at least one, got {len(examples)}"
        )
    kinds = [_type(side, where) for side in zip(*examples, strict=True)]
    tests = [
        CallTest("f", (given,), expect=Returns(value), name=f"example {i}", source=f"f({given!r}) == {value!r}")
        for i, (given, value) in enumerate(examples, start=1)
    ]
    signature = Signature("f", (Parameter("xs" if kinds[0].startswith("list") else "n", kinds[0]),), kinds[1])
    problem = Problem(name, "", signature, tests=tuple(tests[:n_shown]))
    return Task(problem, tuple(tests[n_shown:]))


def _type(values: Sequence[Any], where: str) -> str:
    found: set[str] = set()
    for value in values:
        if isinstance(value, list):
            inner = {type(element).__name__ for element in value} or {""}
            found |= {f"list[{name}]" if name else "" for name in inner}
        else:
            found.add(type(value).__name__)
    found.discard("")
    kind = found.pop() if len(found) == 1 else "list[int]" if not found else ""
    if kind not in _TYPES:
        raise BadInput(
            f"{where}: expected whole numbers, truth values or lists of them, all of one type, got {shorten(values)}"
        )
    return kind
