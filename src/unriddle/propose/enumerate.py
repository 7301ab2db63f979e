"""Enumerate: propose programs from a typed grammar, smallest first, for puzzles, tables and functions with examples.

Expressions are evaluated in this process by operator functions we wrote; what comes out is Python source that the
executor then confirms. A puzzle's verifier is never run here: every expression of the right type is proposed.
Not covered: loops and helper functions, and learning which operators pay.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.problem import CallTest, Problem, Returns, Satisfies
from unriddle.prompt.stub import preamble
from unriddle.propose.bottom_up import expressions
from unriddle.propose.column import column_expressions
from unriddle.propose.constants import puzzle_constants, table_constants
from unriddle.propose.expression import Expression
from unriddle.verdicts import Verdicts

__all__ = ["Enumerate", "can_enumerate", "plain_examples"]

_N_OF_EACH = 3


class Enumerate:
    """Programs of a typed grammar, the smallest first.

    For a table, and for a function whose tests are plain calls, only programs that reproduce every example are
    proposed. For a puzzle every value of the right type is, constants of the verifier first.

    Args:
        problem: What to solve.
        max_tried: Stop after trying this many expressions.
        name: What the candidates say proposed them.

    Raises:
        BadInput: The problem has neither a verifier nor plain examples (ask ``can_enumerate`` first).
    """

    def __init__(self, problem: Problem, *, max_tried: int = 100_000, name: str = "enumerate") -> None:
        if not can_enumerate(problem):
            raise BadInput(
                f"Enumerate: problem {problem.id} has neither a verifier nor plain examples "
                "(calls that return a value); use Sample with a language model"
            )
        self._problem, self._name = problem, name
        find = _puzzle_programs if problem.kind == "puzzle" else _example_programs
        self._programs = find(problem, max_tried)

    def ask(self, k: int) -> list[Candidate]:
        """The next programs; empty when the grammar or ``max_tried`` is exhausted.

        Up to ``k`` for a puzzle. Otherwise one at a time: it fits the examples already, and finding the next one that
        does may take the rest of the search.
        """
        k = k if self._problem.kind == "puzzle" else min(k, 1)
        return [
            Candidate(source, prior=-float(cost), proposer=self._name, meta={"cost": cost})
            for source, cost in itertools.islice(self._programs, k)
        ]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Ignored: the examples are known from the start."""


def can_enumerate(problem: Problem) -> bool:
    """Whether ``Enumerate`` can do anything for the problem."""
    if problem.kind == "puzzle":
        return any(isinstance(t, CallTest) and isinstance(t.expect, Satisfies) for t in problem.tests)
    return bool(plain_examples(problem))


def _puzzle_programs(problem: Problem, max_tried: int) -> Iterator[tuple[str, int]]:
    expect = next(t.expect for t in problem.tests if isinstance(t, CallTest) and isinstance(t.expect, Satisfies))
    defaults = {p.name: _data(p.default) for p in problem.signature.parameters if p.default}
    defaults = {name: value for name, value in defaults.items() if value is not None}
    constants = puzzle_constants(expect.code, defaults, problem.statement)
    kind = expect.type.replace("List", "list").replace(" ", "")
    parameters = ", ".join(f"{p.name}={p.default}" if p.default else p.name for p in problem.signature.parameters)
    columns = {name: [value] for name, value in defaults.items()}
    for expression in expressions(columns, constants, kind, max_tried=max_tried):
        yield f"def {problem.entry}({parameters}):\n    return {expression.source}\n", expression.cost


def _data(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def plain_examples(problem: Problem) -> list[tuple[tuple[Any, ...], Any]]:
    """Arguments and value of every test, if all the tests are plain calls that return a value; else none.

    Args:
        problem: With a signature that names its parameters.
    """
    found = []
    names = [p.name for p in problem.signature.parameters]
    for test in problem.tests:
        if not isinstance(test, CallTest) or not isinstance(test.expect, Returns) or test.entry != problem.entry:
            return []
        args = (*test.args, *(test.kwargs[name] for name in names[len(test.args) :] if name in test.kwargs))
        if len(args) != len(names) or not names or len(test.args) + len(test.kwargs) != len(names):
            return []
        found.append((args, test.expect.value))
    return found


def _example_programs(problem: Problem, max_tried: int) -> Iterator[tuple[str, int]]:
    examples = plain_examples(problem)
    names = [p.name for p in problem.signature.parameters]
    inputs = {name: [args[i] for args, _ in examples] for i, name in enumerate(names)}
    goals = _goals([value for _, value in examples])
    before = preamble(problem)
    head = f"{before}\n\n\n" if before else ""
    head += problem.signature.header()
    each = [
        column_expressions(
            inputs, table_constants(inputs, goal, problem.statement), goal, max_tried=max_tried // len(goals)
        )
        for goal in goals
    ]
    for parts in _together(each):
        text = ", ".join(part.source for part in parts)
        yield f"{head}\n    return {text}\n", sum(part.cost for part in parts)


def _goals(values: Sequence[Any]) -> list[list[Any]]:
    """The output columns: one, or one for each place when the values are tuples of one length."""
    widths = {len(value) if isinstance(value, tuple) else 0 for value in values}
    if len(widths) == 1 and (width := widths.pop()) > 1:
        return [_numeric([value[i] for value in values]) for i in range(width)]
    return [_numeric(values)]


def _numeric(values: Sequence[Any]) -> list[Any]:
    """Whole numbers among decimal ones as decimal ones, so that the column has one type."""
    kinds = {type(value) for value in values}
    return [float(value) for value in values] if kinds == {int, float} else list(values)


def _together(each: list[Iterator[Expression]]) -> Iterator[tuple[Expression, ...]]:
    if len(each) == 1:
        yield from ((expression,) for expression in each[0])
        return
    best = [list(itertools.islice(column, _N_OF_EACH)) for column in each]
    ranked = itertools.product(*(list(enumerate(column)) for column in best))
    for combination in sorted(ranked, key=lambda c: sum(rank for rank, _ in c)):
        yield tuple(expression for _, expression in combination)
