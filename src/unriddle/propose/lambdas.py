"""Functions of an element as leaves of a search over lists, and numbers found element by element.

A body is an expression over an element, perhaps an index or an accumulator, and the inputs of the problem. Two bodies
that agree on the elements seen in the examples are the same. ``scalars`` looks for the body with given values, which is
how map, filter and scan are deduced from their results.
Not covered: functions that return lists, and functions within functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unriddle.propose.bank import Bank, Found
from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import TERNARY, Expression, Operator, applied, literal, type_of, variable
from unriddle.propose.list_operators import LISTS, Names, number_operators
from unriddle.propose.values import Codec, DirectCodec, TableCodec

__all__ = ["Row", "codecs", "constants", "function_leaves", "orders", "scalars"]

Row = tuple[Any, ...]
_MAX_BODIES = 150
_MAX_ROWS = 60
_N_PARTS, _N_TESTS = 150, 40
_IF = Operator("{1} if {0} else {2}", ("bool", "int", "int"), "int", lambda c, a, b: a if c else b, 1, TERNARY,
               (1, 1, 0))  # fmt: skip


def codecs(extra: Sequence[str] = ()) -> dict[str, Codec]:
    """A codec for numbers, truth values, lists, and the types named."""
    number = DirectCodec()
    made: dict[str, Codec] = {"int": number, "k": number, "bool": DirectCodec(boolean=True), LISTS: TableCodec()}
    return {**made, **{name: TableCodec() for name in extra}}


def constants(n_rows: int, also: Sequence[int] = ()) -> list[Expression]:
    """Small whole numbers as leaves, those of a special kind first, and others that the examples suggest."""
    first = [literal(value, n_rows=n_rows, cost=1) for value in (0, 1, 2, 3, -1, 10)]
    rest = [value for value in dict.fromkeys((4, 5, 6, 7, 8, 9, *also)) if value not in (0, 1, 2, 3, -1, 10)]
    rest_leaves = [literal(value, n_rows=n_rows, cost=2) for value in rest]
    return [*first, *rest_leaves, *(literal(value, n_rows=n_rows, cost=1, type_name="k") for value in (2, 3, 4, 5))]


@dataclass(slots=True)
class _Side:
    """What is right on some rows, and what tells rows apart."""

    parts: dict[int, Option[Expression]]
    tests: dict[int, Option[Expression]]


def scalars(
    leaves: Sequence[Expression],
    goal: Sequence[Any],
    *,
    stop: Callable[[], bool],
    max_tried: int = 50_000,
    depth: int = 2,
) -> Iterator[Expression]:
    """Numbers or truth values that equal the goal on every row, cheap ones first; case distinctions of them last.

    Args:
        leaves: Variables and constants, each with its column ``(m,)``.
        goal: The column wanted, ``(m,)``; at most 60 rows.
        stop: Asked between batches.
        max_tried: Stop after this many expressions.
        depth: Tests that may follow one another.
    """
    kind, m = type_of(goal[0]), len(goal)
    bank = Bank(number_operators(), leaves, codecs(), n_rows=m)
    wanted = bank.codec(kind).encode(list(goal))
    weights = np.array([1 << row for row in range(m)], dtype=np.int64)
    side, everything = _Side({}, {}), (1 << m) - 1
    for cost in range(1, 12):
        for found in bank.level(cost, max_tried=max_tried, stop=stop, chunk=1 << 13):
            if found.type == kind:
                for mask, made in _new(bank, found, weights @ _equal(bank, found, wanted), side.parts):
                    side.parts[mask] = Option(mask, made.cost, made, made.is_literal)
                    if mask == everything:
                        yield made
                        return
            if found.type == "bool" and depth:
                codes = bank.codes("bool")[:, found.start : found.stop]
                for mask, made in _new(bank, found, weights @ codes, side.tests):
                    if mask != everything and everything & ~mask not in side.tests:
                        side.tests[mask] = Option(mask, made.cost, made)
        if stop() or bank.n_tried >= max_tried:
            break
    joined = _by_cases(side, everything, depth) if depth and kind == "int" else None
    if joined is not None:
        yield joined


def orders(
    leaves: Sequence[Expression],
    before: Sequence[int],
    after: Sequence[int],
    *,
    stop: Callable[[], bool],
    max_tried: int = 50_000,
) -> Iterator[Expression]:
    """Numbers that are nowhere larger in one row than in the row after it, cheap ones first.

    Args:
        leaves: Variables and constants, each with its column ``(m,)``.
        before: Numbers of rows, ``(p,)``.
        after: For each the number of the row that comes next.
        stop: Asked between batches.
        max_tried: Stop after this many expressions.
    """
    bank = Bank(number_operators(), leaves, codecs(), n_rows=len(leaves[0].column))
    first, second = np.array(before, dtype=np.intp), np.array(after, dtype=np.intp)
    for cost in range(1, 10):
        for found in bank.level(cost, max_tried=max_tried, stop=stop, chunk=1 << 12):
            if found.type == "int":
                codes = bank.codes("int")[:, found.start : found.stop]
                for number in np.flatnonzero((codes[first] <= codes[second]).all(axis=0))[:5].tolist():
                    made = bank.expression("int", found.start + number)
                    if not made.is_literal:
                        yield made
        if stop() or bank.n_tried >= max_tried:
            return


def _equal(bank: Bank, found: Found, wanted: Any) -> Any:
    return bank.codes(found.type)[:, found.start : found.stop] == wanted[:, None]


def _new(bank: Bank, found: Found, masks: Any, known: Mapping[int, object]) -> Iterator[tuple[int, Expression]]:
    kinds, firsts = np.unique(masks, return_index=True)
    for mask, first in sorted(zip(kinds.tolist(), firsts.tolist(), strict=True), key=lambda pair: pair[1]):
        if mask and mask not in known:
            yield mask, bank.expression(found.type, found.start + first)


def _by_cases(side: _Side, everything: int, depth: int) -> Expression | None:
    parts = sorted(side.parts.values(), key=lambda part: (-part.rows.bit_count(), part.cost))[:_N_PARTS]
    tests = sorted(side.tests.values(), key=lambda test: test.cost)[:_N_TESTS]
    choice = decide(sorted(parts, key=lambda part: part.cost), tests, everything, depth=depth)
    return None if choice is None else _chosen(choice)


def _chosen(choice: Choice[Expression]) -> Expression | None:
    if choice.test is None or choice.yes is None or choice.no is None:
        return choice.part
    yes, no = _chosen(choice.yes), _chosen(choice.no)
    return None if yes is None or no is None else applied(_IF, (choice.test, yes, no))


def function_leaves(
    inputs: Mapping[str, Sequence[Any]], names: Names, *, also: Sequence[int] = (), max_bodies: int = _MAX_BODIES
) -> list[Expression]:
    """Bodies of functions as leaves of types ``x -> int``, ``x -> bool``, ``i, x -> …`` and ``a, x -> int``.

    The column of a leaf holds a Python function for each example, the same one where the body looks at no input.

    Args:
        inputs: A column ``(m,)`` for each input; lists are tuples.
        names: Of the bound variables.
        also: More constants.
        max_bodies: At most this many of each type.
    """
    x = names.elements[0]
    made: list[Expression] = []
    for bound, label in (((x,), "x"), ((names.index, x), "i, x"), ((names.total, x), "a, x")):
        rows = _element_rows(inputs, len(bound), accumulates=label == "a, x")
        if rows:
            made += _bodies(inputs, rows, bound, label, also, max_bodies)
    return made


def _element_rows(inputs: Mapping[str, Sequence[Any]], n_bound: int, *, accumulates: bool) -> list[tuple[int, Row]]:
    """``(example, values of the bound variables)`` for elements of the examples' lists, spread over the examples."""
    per_example: list[list[tuple[int, Row]]] = []
    for example, values in enumerate(zip(*inputs.values(), strict=True)):
        rows: dict[tuple[int, Row], None] = {}
        for xs in (value for value in values if isinstance(value, tuple)):
            for i, x in enumerate(xs):
                before = xs[i - 1] if i else 0
                rows[example, (x,) if n_bound == 1 else (before, x) if accumulates else (i, x)] = None
        per_example.append(list(rows))
    mixed = [row for rank in itertools.zip_longest(*per_example) for row in rank if row is not None]
    return mixed[:_MAX_ROWS]


def _bodies(
    inputs: Mapping[str, Sequence[Any]],
    rows: Sequence[tuple[int, Row]],
    bound: Sequence[str],
    label: str,
    also: Sequence[int],
    max_bodies: int,
) -> Iterator[Expression]:
    n_examples = len(next(iter(inputs.values())))
    leaves = [variable(name, [row[place] for _, row in rows], "int") for place, name in enumerate(bound)]
    for name, column in inputs.items():
        kind = LISTS if isinstance(column[0], tuple) else "int"
        leaves.append(variable(name, [column[example] for example, _ in rows], kind))
    bank = Bank(number_operators(), [*leaves, *constants(len(rows), also)], codecs(), n_rows=len(rows))
    counts = {"int": 0, "bool": 0}
    for cost in range(1, 6):
        for found in bank.level(cost, max_tried=60_000):
            if found.type not in counts or (label == "a, x" and found.type == "bool"):
                continue
            for number in range(found.start, found.stop):
                if counts[found.type] >= max_bodies:
                    break
                body = bank.expression(found.type, number)
                used = _variables(body)
                if set(bound) <= used:
                    counts[found.type] += 1
                    yield _leaf(body, inputs, bound, f"{label} -> {found.type}", n_examples, used)


def _leaf(
    body: Expression,
    inputs: Mapping[str, Sequence[Any]],
    bound: Sequence[str],
    kind: str,
    n_examples: int,
    used: set[str],
) -> Expression:
    free = [name for name in inputs if name in used]
    function = _function(body, [*bound, *free])
    if not free:
        column: list[Any] = [_remembering(function, ())] * n_examples
    else:
        column = [_remembering(function, tuple(inputs[name][e] for name in free)) for e in range(n_examples)]
    return Expression(body.source, kind, tuple(column), body.cost, body.precedence)


def _remembering(function: Callable[[Row], Any], rest: Row) -> Callable[..., Any]:
    """The function of the bound variables alone; what it said once is kept."""
    known: dict[Row, Any] = {}

    def call(*bound: Any) -> Any:
        if bound not in known:
            known[bound] = function((*bound, *rest))
        return known[bound]

    return call


def _variables(body: Expression) -> set[str]:
    if body.operator is None:
        return set() if body.constant else {body.source}
    return set().union(*map(_variables, body.args))


def _function(body: Expression, names: Sequence[str]) -> Callable[[Row], Any]:
    """The body as a function of the values of the names.

    >>> from unriddle.propose.expression import variable
    >>> _function(variable("x", [1], "int"), ["x"])((7,))
    7
    """
    if body.operator is None:
        if body.constant:
            value = body.column[0]
            return lambda row: value
        place = list(names).index(body.source)
        return lambda row: row[place]
    operator, inner = body.operator.function, [_function(arg, names) for arg in body.args]
    if len(inner) == 1:
        (first,) = inner
        return lambda row: operator(first(row))
    if len(inner) == 2:
        first, second = inner
        return lambda row: operator(first(row), second(row))
    return lambda row: operator(*[part(row) for part in inner])
