"""ListPrograms: functions over whole numbers and lists of them from examples, by the search in ``list_search``.

Programs are searched for in this process, over operators we wrote; what comes out is Python source that the executor
then confirms. Not covered: examples with texts, decimal numbers, dictionaries or lists of lists; programs that are not
one expression.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.problem import Problem
from unriddle.prompt.stub import preamble
from unriddle.propose.enumerate import plain_examples
from unriddle.propose.expression import Expression
from unriddle.propose.list_operators import BOOLS, imports
from unriddle.propose.list_search import list_expressions, value_type
from unriddle.verdicts import Verdicts

__all__ = ["ListPrograms", "can_list_programs", "list_columns", "list_program"]

_N_AT_ONCE = 4  # the answer and programs to compare it with
Columns = tuple[dict[str, list[Any]], list[Any]]


class ListPrograms:
    """Programs that fit every example, the smallest first.

    Args:
        problem: What to solve.
        cpu_seconds: What the search may take, when it is first asked.

    Raises:
        BadInput: The problem's tests are no examples over whole numbers and lists of them (``can_list_programs``).
    """

    def __init__(self, problem: Problem, *, cpu_seconds: float = 10.0) -> None:
        columns = list_columns(problem)
        if columns is None:
            raise BadInput(
                f"ListPrograms: the tests of problem {problem.id} are no examples over whole numbers, truth values and "
                "lists of whole numbers; use Enumerate or Sample"
            )
        self._problem, self._columns, self._cpu_seconds = problem, columns, cpu_seconds
        self._found: Iterator[Expression] | None = None

    def ask(self, k: int) -> list[Candidate]:
        """The next programs, few at a time, since each fits the examples; empty when there is none left."""
        if self._found is None:
            inputs, goal = self._columns
            self._found = iter(list_expressions(inputs, goal, cpu_seconds=self._cpu_seconds))
        return [
            Candidate(
                list_program(self._problem, made),
                prior=-float(made.cost),
                proposer="list programs",
                meta={"cost": made.cost},
            )
            for made in itertools.islice(self._found, min(k, _N_AT_ONCE))
        ]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Ignored: the examples are known from the start."""


def can_list_programs(problem: Problem) -> bool:
    """Whether ``ListPrograms`` can do anything for the problem: examples of a function that takes or gives lists."""
    columns = list_columns(problem)
    return columns is not None and any(
        isinstance(v, tuple) for column in (*columns[0].values(), columns[1]) for v in column
    )


def list_columns(problem: Problem) -> Columns | None:
    """A column for each input and the goal, lists as tuples; ``None`` when some value is of another type."""
    examples = plain_examples(problem) if problem.kind == "function" else []
    if not examples:
        return None
    names = [parameter.name for parameter in problem.signature.parameters]
    inputs = {name: [_frozen(args[i]) for args, _ in examples] for i, name in enumerate(names)}
    goal = [_frozen(value) for _, value in examples]
    kinds = [value_type(column) for column in inputs.values()]
    return (inputs, goal) if value_type(goal) and all(kinds) and BOOLS not in kinds else None


def list_program(problem: Problem, made: Expression) -> str:
    """The program as Python source, with what the stub says before the function."""
    parts = [part for part in (preamble(problem), imports(made.source).rstrip("\n")) if part]
    head = "\n".join(parts) + "\n\n\n" if parts else ""
    return f"{head}{problem.signature.header()}\n    return {made.source}\n"


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
