"""Expressions for one output column of a table, from its examples: enumeration, helped by three closures.

Plain expressions come as soon as they are found. What a closure found (a factor and offset, a concatenation, a case
distinction) waits until every plain expression of its cost, at most 4, has been tried.
Not covered: outputs that depend on other rows.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.propose.affine import affine, matches
from unriddle.propose.bottom_up import Constant, levels
from unriddle.propose.cases import cases, thresholds
from unriddle.propose.concatenate import concatenation
from unriddle.propose.expression import Expression, type_of

__all__ = ["column_expressions"]

_PATIENCE = 4
_MAX_POOL = 3000
_NUMBERS = ("int", "float")


@dataclass(slots=True)
class _Pool:
    """What the closures may use, and what they found, cheapest first."""

    fits: list[Expression] = field(default_factory=list)
    leaves: list[Expression] = field(default_factory=list)
    tests: list[Expression] = field(default_factory=list)
    numbers: list[Expression] = field(default_factory=list)
    found: list[tuple[int, int, Expression]] = field(default_factory=list)
    counter: Iterator[int] = field(default_factory=itertools.count)

    def keep(self, made: Expression | None) -> None:
        if made is not None:
            heapq.heappush(self.found, (made.cost, next(self.counter), made))


def column_expressions(
    inputs: Mapping[str, Sequence[Any]],
    constants: Sequence[Constant],
    goal: Sequence[Any],
    *,
    max_tried: int = 100_000,
) -> Iterator[Expression]:
    """Expressions that equal the goal on every example, the most plausible first, each once.

    Args:
        inputs: A column ``(m,)`` for each input.
        constants: What may be written down.
        goal: The output's column ``(m,)``, of one type.
        max_tried: Stop enumerating after this many expressions.
    """
    kinds = {type_of(value) for value in goal}
    if len(kinds) != 1 or not goal:
        return
    kind, seen, pool = kinds.pop(), set[str](), _Pool()
    for level, found in enumerate(levels(inputs, constants, kind, max_tried=max_tried, fold=False), start=1):
        for expression in _direct(found, goal, kind, pool):
            if expression.source not in seen:
                seen.add(expression.source)
                yield expression
        _close(pool, goal, kind, inputs, level)
        yield from _ready(pool, seen, level)
    yield from _ready(pool, seen, 10**9)


def _direct(found: Iterator[Expression], goal: Sequence[Any], kind: str, pool: _Pool) -> Iterator[Expression]:
    """The level's expressions that equal the goal; the others are kept for the closures."""
    pool.numbers.clear()
    for expression in found:
        same_kind = expression.type == kind or (kind == "float" and expression.type == "int")
        if same_kind and matches(expression.column, goal):
            yield expression
        elif same_kind and len(pool.leaves) < _MAX_POOL:
            pool.leaves.append(expression)
        if expression.type == "bool" and len(pool.tests) < _MAX_POOL:
            pool.tests.append(expression)
        if expression.type in _NUMBERS and len(pool.numbers) < _MAX_POOL:
            pool.numbers.append(expression)


def _close(pool: _Pool, goal: Sequence[Any], kind: str, inputs: Mapping[str, Sequence[Any]], level: int) -> None:
    if kind in _NUMBERS:
        for expression in pool.numbers:
            for made in affine(expression, goal):
                pool.keep(made)
    if kind == "str" and 2 <= level <= 6:
        for made in concatenation(pool.leaves, goal):
            pool.keep(made)
    if level <= 2:
        pool.tests += [test for e in list(pool.numbers) if not e.is_literal for test in thresholds(e)]
        if kind == "bool":
            for test in pool.tests:
                if matches(test.column, goal):
                    pool.keep(test)
    if 2 <= level <= 4 and len(goal) > 2:
        pool.keep(cases(pool.leaves, pool.tests, goal))


def _ready(pool: _Pool, seen: set[str], level: int) -> Iterator[Expression]:
    while pool.found and min(pool.found[0][0], _PATIENCE) <= level:
        expression = heapq.heappop(pool.found)[2]
        if expression.source not in seen:
            seen.add(expression.source)
            yield expression
