"""Typed Python expressions as a representation for evolution: grown at random, mutated by growing a part anew.

Expressions are evaluated in this process, on the problem's examples, by operators we wrote; two with equal values there
behave alike. Not covered: loops and helper functions; puzzles, whose verifier is never run here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from unriddle.errors import BadProblem
from unriddle.problem import CallTest, Problem, Returns
from unriddle.prompt.stub import preamble
from unriddle.propose.bottom_up import related_types, template_names
from unriddle.propose.constants import table_constants
from unriddle.propose.expression import Expression, Operator, applied, key, literal, type_of, variable
from unriddle.propose.operators import operators

__all__ = ["ExpressionPrograms"]

_TRIES = 200


class ExpressionPrograms:
    """The functions ``return EXPRESSION`` of a problem whose tests are plain calls.

    Args:
        problem: Its signature names the inputs, its tests give their values and the type wanted.
        max_depth: Of what is grown anew.
        max_cost: Larger expressions are not kept.

    Raises:
        BadProblem: The tests are not all plain calls with positional arguments that return values of one type.
    """

    def __init__(self, problem: Problem, *, max_depth: int = 3, max_cost: int = 30) -> None:
        columns, goal = _examples(problem)
        self._max_depth, self._max_cost = max_depth, max_cost
        self._type = type_of(goal[0])
        before = preamble(problem)
        self._head = (f"{before}\n\n\n" if before else "") + problem.signature.header()
        inputs = [variable(name, column, type_of(column[0])) for name, column in columns.items()]
        constants = table_constants(columns, goal, problem.statement)
        literals = [literal(one.value, n_rows=len(goal), cost=one.cost, type_name=one.type) for one in constants]
        twins = [literal(e.column[0], n_rows=len(goal), cost=e.cost, type_name=t) for e in literals
                 if (t := {"int": "k", "str": "sep"}.get(e.type))]  # fmt: skip
        self._leaves: dict[str, list[Expression]] = {}
        for leaf in (*inputs, *inputs, *literals, *twins):  # an input is twice as likely as a constant
            self._leaves.setdefault(leaf.type, []).append(leaf)
        kinds = related_types({self._type, *(leaf.type for leaf in inputs)})
        self._operators: dict[str, list[Operator]] = {}
        for operator in operators():
            if kinds.issuperset((*operator.takes, operator.gives)) and not template_names(operator.template) & set(
                columns
            ):
                self._operators.setdefault(operator.gives, []).append(operator)

    def start(self, n: int, *, rng: np.random.Generator) -> list[Expression]:
        """``n`` random expressions of the type wanted.

        Raises:
            BadProblem: None could be grown.
        """
        grown = [self._grow(self._type, self._max_depth, rng) for _ in range(n)]
        found = [one for one in grown if one is not None]
        if not found:
            raise BadProblem(f"ExpressionPrograms: no expression of type {self._type} could be grown from the inputs")
        return found

    def mutate(self, program: Expression, *, rng: np.random.Generator) -> Expression:
        """A copy with one part grown anew, or put inside a new call, or replaced by one of its own parts."""
        for _ in range(_TRIES):
            places = list(_places(program))
            place = places[int(rng.integers(len(places)))]
            old = _at(program, place)
            way = int(rng.integers(3))
            if way == 0:
                new = self._grow(old.type, int(rng.integers(1, self._max_depth + 1)), rng)
            elif way == 1:
                new = self._around(old, rng)
            else:
                parts = [part for inner in _places(old) if inner and (part := _at(old, inner)).type == old.type]
                new = parts[int(rng.integers(len(parts)))] if parts else None
            child = _with(program, place, new) if new is not None else None
            if child is not None and child.cost <= self._max_cost and child.source != program.source:
                return child
        return program

    def key(self, program: Expression) -> str:
        """A digest of its type and its values on the examples."""
        return hashlib.blake2b(repr(key(program)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def source(self, program: Expression) -> str:
        """The function."""
        return f"{self._head}\n    return {program.source}\n"

    def _grow(self, kind: str, depth: int, rng: np.random.Generator) -> Expression | None:
        leaves, calls = self._leaves.get(kind, []), self._operators.get(kind, [])
        for _ in range(_TRIES if depth == self._max_depth else 3):
            if leaves and (depth <= 0 or not calls or rng.random() < 0.3):
                return leaves[int(rng.integers(len(leaves)))]
            if depth <= 0 or not calls:
                return None
            operator = calls[int(rng.integers(len(calls)))]
            args = [self._grow(inner, depth - 1, rng) for inner in operator.takes]
            made = applied(operator, [arg for arg in args if arg is not None]) if None not in args else None
            if made is not None:
                return made
        return leaves[int(rng.integers(len(leaves)))] if leaves else None

    def _around(self, old: Expression, rng: np.random.Generator) -> Expression | None:
        calls = [operator for operator in self._operators.get(old.type, []) if old.type in operator.takes]
        if not calls:
            return None
        operator = calls[int(rng.integers(len(calls)))]
        spots = [i for i, kind in enumerate(operator.takes) if kind == old.type]
        spot = spots[int(rng.integers(len(spots)))]
        args = [old if i == spot else self._grow(kind, 1, rng) for i, kind in enumerate(operator.takes)]
        return applied(operator, [arg for arg in args if arg is not None]) if None not in args else None


def _examples(problem: Problem) -> tuple[dict[str, list[Any]], list[Any]]:
    names = [parameter.name for parameter in problem.signature.parameters]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    goal = []
    for test in problem.tests:
        plain = isinstance(test, CallTest) and isinstance(test.expect, Returns) and test.entry == problem.entry
        if not plain or not isinstance(test, CallTest) or not isinstance(test.expect, Returns) or test.kwargs:
            raise BadProblem(
                f"Problem {problem.id}: evolving expressions needs tests that are plain calls with a value"
            )
        if len(test.args) != len(names) or not names:
            raise BadProblem(f"Problem {problem.id}: a test calls with {len(test.args)} arguments, not {len(names)}")
        for name, value in zip(names, test.args, strict=True):
            columns[name].append(value)
        goal.append(test.expect.value)
    for name, column in (*columns.items(), ("the result", goal)):
        kinds = {type_of(value) for value in column}
        if len(kinds) != 1 or "" in kinds:
            raise BadProblem(
                f"Problem {problem.id}: {name} must have one type in all tests (numbers, text, lists of one type); "
                f"got {', '.join(sorted(kinds)) or 'no tests'}"
            )
    return columns, goal


def _places(expression: Expression, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """The way to every part, the whole first."""
    return [path, *(place for i, arg in enumerate(expression.args) for place in _places(arg, (*path, i)))]


def _at(expression: Expression, place: Sequence[int]) -> Expression:
    for i in place:
        expression = expression.args[i]
    return expression


def _with(expression: Expression, place: Sequence[int], new: Expression) -> Expression | None:
    """The expression with one part replaced; ``None`` when it has no value then."""
    if not place or expression.operator is None:
        return new
    inner = _with(expression.args[place[0]], place[1:], new)
    if inner is None:
        return None
    args = [inner if i == place[0] else arg for i, arg in enumerate(expression.args)]
    return applied(expression.operator, args)
