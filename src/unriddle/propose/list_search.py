"""Search for functions over lists and whole numbers from examples: enumeration from outside, deductions from the goal.

Expressions are enumerated by size in columns, functions of an element among their leaves. After each level the goal is
taken apart: as map, filter or scan over lists at hand, whose inner examples follow from the goal; as lists one after
the other; as a number over numbers at hand; and by cases. A smaller answer is looked for as long again.
Not covered: goals that are lists of lists; values other than whole numbers, truth values and lists of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unriddle.propose.bank import Bank, Found
from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import SUM, TERNARY, Expression, variable
from unriddle.propose.inner_examples import Inner, filters, mapped, maps, scans, sorts
from unriddle.propose.join_pieces import Piece, joins
from unriddle.propose.lambdas import codecs, constants, function_leaves, scalars
from unriddle.propose.list_operators import BOOLS, LISTS, NESTED, inner_names, list_operators, number_operators

__all__ = ["by_size", "list_expressions", "value_type"]

_MAX_COST = 16
_N_LISTS, _N_SOURCES, _N_NUMBERS, _N_PIECES = 400, 10, 30, 800
_MAX_LISTS, _N_SAME, _N_ALONE = 20_000, 12, 1000
_N_PARTS, _N_TESTS = 300, 60
_MAX_SIZE = 200_000_000
_FIRST_TRIED, _FIRST_SECONDS = 120_000, 0.6
_BELIEVED = 12
Lists = tuple[tuple[Any, ...], ...]


def value_type(column: Sequence[Any]) -> str:
    """Type of a column of whole numbers, truth values or tuples of them; empty when it has no such type.

    >>> value_type([(), (1, 2)]), value_type([True]), value_type([1, (2,)]), value_type([()])
    ('list[int]', 'bool', '', 'list[int]')
    """
    if all(isinstance(value, tuple) for value in column):
        inner = {type(element) for value in column for element in value}
        return LISTS if inner <= {int} else BOOLS if inner == {bool} else ""
    kinds = {type(value) for value in column}
    return {frozenset([int]): "int", frozenset([bool]): "bool"}.get(frozenset(kinds), "")


def _bank(inputs: Mapping[str, Sequence[Any]], goal: Sequence[Any]) -> tuple[Bank, list[int]]:
    also = _common(goal)
    names = inner_names(list(inputs))
    leaves = [variable(name, column, value_type(column)) for name, column in inputs.items()]
    leaves += constants(len(goal), also)
    leaves.append(Expression("[]", LISTS, ((),) * len(goal), 1, constant=True))
    leaves += function_leaves(inputs, names, also=also)
    functions = sorted({leaf.type for leaf in leaves if "->" in leaf.type})
    operators = [*number_operators(), *list_operators(names)]
    known = {"int", "k", "bool", LISTS, BOOLS, NESTED, *functions}
    operators = [op for op in operators if known.issuperset((*op.takes, op.gives))]
    known_codecs = codecs([BOOLS, NESTED, *functions])
    return Bank(operators, leaves, known_codecs, n_rows=len(goal), goal=(value_type(goal), goal)), also


def _common(goal: Sequence[Any]) -> list[int]:
    """Whole numbers that every example's result has."""
    values = [set(value) if isinstance(value, tuple) else {value} for value in goal]
    shared = sorted(v for v in set.intersection(*values) if isinstance(v, int) and not isinstance(v, bool))
    return shared[:6]


def by_size(
    inputs: Mapping[str, Sequence[Any]], goal: Sequence[Any], *, stop: Callable[[], bool]
) -> Iterator[Expression]:
    """The plain enumeration over the same operators, functions and constants, smallest first: what is compared with.

    Args:
        inputs: A column ``(m,)`` for each input; lists are tuples.
        goal: The column wanted, ``(m,)``.
        stop: Whether time is up.
    """
    kind = value_type(goal)
    if not kind:
        return
    bank, _ = _bank(inputs, goal)
    wanted = bank.codec(kind).encode(list(goal))
    for cost in range(1, _MAX_COST):
        for found in bank.level(cost, max_tried=10**9, stop=stop, chunk=1 << 12):
            if found.type == kind:
                equal = (bank.codes(kind)[:, found.start : found.stop] == wanted[:, None]).all(axis=0)
                for number in np.flatnonzero(equal).tolist():
                    yield bank.expression(kind, found.start + number)
        if stop() or bank.size > _MAX_SIZE:
            return


def list_expressions(
    inputs: Mapping[str, Sequence[Any]],
    goal: Sequence[Any],
    *,
    cpu_seconds: float = 10.0,
    patience: float = 1.0,
    clock: Callable[[], float] = time.process_time,
) -> list[Expression]:
    """Expressions that equal the goal on every example, the cheapest first; empty when none was found in time.

    Args:
        inputs: A column ``(m,)`` for each input: whole numbers, truth values, or tuples of whole numbers.
        goal: The column wanted, ``(m,)``, of such values or of tuples of truth values.
        cpu_seconds: When to give up.
        patience: How long to look for a smaller answer once there is a fairly small one, as a multiple of the time it
            took. Answers of many cases are easily found and seldom meant: beside those the search goes on to its end.
        clock: Seconds that count.
    """
    kind, begun = value_type(goal), clock()
    if not kind or not goal or not all(value_type(column) for column in inputs.values()):
        return []
    search = _Lists(inputs, tuple(goal), kind, clock)
    found: dict[str, Expression] = {}
    limits = [cpu_seconds]
    for made in search.run(lambda: clock() - begun >= limits[-1]):
        if made.cost <= _BELIEVED and len(limits) == 1:
            limits.append(min(cpu_seconds, (clock() - begun) * (1 + patience) + 0.1))
        found.setdefault(made.source, made)
        if made.cost <= search.cost:
            break
    for twin in search.twins() if found else ():
        found.setdefault(twin.source, twin)
    return sorted(found.values(), key=lambda made: made.cost)


class _Lists:
    def __init__(
        self, inputs: Mapping[str, Sequence[Any]], goal: tuple[Any, ...], kind: str, clock: Callable[[], float]
    ) -> None:
        self._inputs, self._goal, self._kind, self._clock = inputs, goal, kind, clock
        self._bank, self._also = _bank(inputs, goal)
        self._names = inner_names(list(inputs))
        self._m = len(goal)
        self._all = (1 << self._m) - 1
        self._wanted = self._bank.codec(kind).encode(list(goal))
        self._weights = np.array([1 << row for row in range(self._m)], dtype=np.int64)
        self._parts: dict[int, Option[Expression]] = {}
        self._tests: dict[int, Option[Expression]] = {}
        self.cost = 0

    def twins(self) -> list[Expression]:
        """Expressions of the enumeration that equal the goal, some of them the same as another on every example."""
        return self._bank.twins

    def run(self, over: Callable[[], bool]) -> Iterator[Expression]:
        """Expressions equal to the goal, as they are found; deducing takes as long as enumerating."""
        spent = 0.0
        for cost in range(1, _MAX_COST):
            begun = self._clock()
            for found in self._bank.level(cost, max_tried=10**9, stop=over, chunk=1 << 12):
                yield from self._note(found)
            self.cost = cost
            spent += self._clock() - begun
            if over() or self._bank.size > _MAX_SIZE:
                return
            if cost >= 2:
                end = self._clock() + max(spent, _FIRST_SECONDS)
                yield from self._deduce(self._until(over, end), _FIRST_TRIED * 4 ** min(cost - 2, 4))

    def _until(self, over: Callable[[], bool], end: float) -> Callable[[], bool]:
        return lambda: over() or self._clock() > end

    def _note(self, found: Found) -> Iterator[Expression]:
        codes = self._bank.codes(found.type)[:, found.start : found.stop]
        if found.type == self._kind:
            for mask, made in self._new(found, self._weights @ (codes == self._wanted[:, None]), self._parts):
                self._parts[mask] = Option(mask, made.cost, made, made.is_literal)
                if mask == self._all:
                    yield made
        if found.type == "bool":
            for mask, made in self._new(found, self._weights @ codes, self._tests):
                if mask != self._all and self._all & ~mask not in self._tests:
                    self._tests[mask] = Option(mask, made.cost, made)

    def _new(self, found: Found, masks: Any, known: Mapping[int, object]) -> Iterator[tuple[int, Expression]]:
        kinds, firsts = np.unique(masks, return_index=True)
        for mask, first in sorted(zip(kinds.tolist(), firsts.tolist(), strict=True), key=lambda pair: pair[1]):
            if mask and mask not in known:
                yield mask, self._bank.expression(found.type, found.start + first)

    def _deduce(self, over: Callable[[], bool], max_tried: int) -> Iterator[Expression]:
        inner = Inner(self._inputs, self._names, self._also, over, max_tried, depth=2 if self.cost > 2 else 0)
        if self._kind in (LISTS, BOOLS):
            lists = self._lists()
            yield from self._element_wise(inner, lists, self._goal)
            if self._kind == LISTS:
                yield from self._joined()
                yield from self._but_an_end(inner, lists)
        else:
            yield from self._over_numbers(over, max_tried)
        if (made := self._cases()) is not None:
            yield made

    def _lists(self) -> dict[tuple[int, ...], list[Expression]]:
        """Lists at hand by their lengths, cheap ones first."""
        codes = self._bank.codes(LISTS)[:, :_N_LISTS]
        columns = [self._bank.codec(LISTS).decode(row) for row in codes]
        groups: dict[tuple[int, ...], list[Expression]] = {}
        for number in range(codes.shape[1]):
            group = groups.setdefault(tuple(len(column[number]) for column in columns), [])
            if len(group) < _N_SOURCES:
                group.append(self._bank.expression(LISTS, number))
        return groups

    def _of_lengths(self, lengths: tuple[int, ...]) -> list[Expression]:
        """Some lists of these lengths, cheap ones first."""
        codes = self._bank.codes(LISTS)[:, :_MAX_LISTS]
        ok = np.ones(codes.shape[1], dtype=bool)
        for row, length in zip(codes, lengths, strict=True):
            unique, inverse = np.unique(row, return_inverse=True)
            sizes = np.array([len(value) for value in self._bank.codec(LISTS).decode(unique)])
            ok &= (sizes == length)[inverse]
        return [self._bank.expression(LISTS, number) for number in np.flatnonzero(ok)[:_N_ALONE].tolist()]

    def _element_wise(
        self, inner: Inner, groups: Mapping[tuple[int, ...], list[Expression]], goal: Lists
    ) -> Iterator[Expression]:
        """The goal as map, scan or filter; of lists of its lengths, or of longer ones."""
        lengths = tuple(map(len, goal))
        if not any(lengths):
            return
        same = [xs for xs in self._of_lengths(lengths) if not xs.is_literal]
        short = replace(inner, max_tried=inner.max_tried // 8, depth=0)
        kind = "x -> bool" if value_type(goal) == BOOLS else "x -> int"
        yield from mapped(inner, [leaf for leaf in self._bank.leaves if leaf.type == kind], same, goal)
        if same:
            yield from maps(inner, same[:1], goal)
            if len(same) > 1:
                yield from maps(inner, same[:4], goal)
            for xs in same[1:_N_SAME]:
                yield from maps(short, [xs], goal)
        if value_type(goal) == BOOLS:
            return
        for xs in same[:3]:
            yield from scans(inner, xs, goal)
            yield from sorts(inner, xs, goal)
        inner = replace(inner, depth=0)
        for sizes, lists in list(groups.items())[:60]:
            if all(a >= b for a, b in zip(sizes, lengths, strict=True)) and sizes != lengths and not inner.stop():
                for xs in [xs for xs in lists if not xs.is_literal][:3]:
                    others = [other for other in lists if other is not xs][:3]
                    yield from filters(inner if xs.cost == 1 else short, [xs], goal)
                    if others:
                        yield from filters(short, [xs, *others], goal)

    def _joined(self) -> Iterator[Expression]:
        """The goal as lists and numbers at hand, one after the other."""
        if not all(self._goal):
            return
        known: dict[int, str] = {}

        def text(values: Sequence[int]) -> str:
            return "".join([known.setdefault(v, chr(0x10000 + len(known))) for v in values])

        goal = [text(value) for value in self._goal]
        pieces = [Piece(e.cost, tuple(map(text, e.column)), (e, False)) for e in self._pieces(LISTS, text, goal)]
        ones = self._pieces("int", text, goal)
        pieces += [Piece(e.cost, tuple(text((v,)) for v in e.column), (e, True)) for e in ones]
        for way in joins(sorted(pieces, key=lambda piece: piece.cost), goal):
            if len(way) > 1 or way[0].ref[1]:
                yield _concatenated([piece.ref for piece in way], tuple(self._goal))

    def _pieces(self, kind: str, text: Callable[[Sequence[int]], str], goal: Sequence[str]) -> Iterator[Expression]:
        codes = self._bank.codes(kind)[:, : 20 * _N_PIECES]
        ok = np.ones(codes.shape[1], dtype=bool)
        for row, whole in enumerate(goal):
            unique, inverse = np.unique(codes[row], return_inverse=True)
            values = self._bank.codec(kind).decode(unique)
            here = [text(v if kind == LISTS else (v,)) in whole for v in values]
            ok &= np.array(here, dtype=bool)[inverse]
        for number in np.flatnonzero(ok)[:_N_PIECES].tolist():
            made = self._bank.expression(kind, number)
            if kind != LISTS or any(made.column):
                yield made

    def _but_an_end(self, inner: Inner, groups: Mapping[tuple[int, ...], list[Expression]]) -> Iterator[Expression]:
        """The goal without a number at hand at its beginning or end, element by element."""
        if not all(self._goal) or all(len(value) == 1 for value in self._goal):
            return
        for place, rest in ((0, slice(1, None)), (-1, slice(None, -1))):
            ends = [value[place] for value in self._goal]
            codes = self._bank.codes("int")
            equal = (codes == self._bank.codec("int").encode(ends)[:, None]).all(axis=0)
            numbers = np.flatnonzero(equal)[:1].tolist()
            for number in numbers:
                end = self._bank.expression("int", number)
                for made in self._element_wise(inner, groups, tuple(value[rest] for value in self._goal)):
                    parts = [(end, True), (made, False)] if place == 0 else [(made, False), (end, True)]
                    yield _concatenated(parts, tuple(self._goal))

    def _over_numbers(self, over: Callable[[], bool], max_tried: int) -> Iterator[Expression]:
        """A number or truth value from numbers at hand, which enumeration reaches late among the lists."""
        numbers = [self._bank.expression("int", n) for n in range(min(self._bank.count("int"), 4 * _N_NUMBERS))]
        leaves = [e for e in numbers if not e.is_literal][:_N_NUMBERS] + constants(self._m, self._also)
        yield from scalars(leaves, self._goal, stop=over, max_tried=max_tried, depth=0)

    def _cases(self) -> Expression | None:
        parts = sorted(self._parts.values(), key=lambda p: (-p.rows.bit_count(), p.cost))[:_N_PARTS]
        tests = sorted(self._tests.values(), key=lambda test: test.cost)[:_N_TESTS]
        choice = decide(sorted(parts, key=lambda part: part.cost), tests, self._all)
        return None if choice is None or choice.test is None else _chosen(choice, self._goal)


def _concatenated(parts: Sequence[tuple[Expression, bool]], column: tuple[Any, ...]) -> Expression:
    """Lists and single numbers one after the other, as one list display."""
    cost = sum(part.cost + 1 for part, _ in parts)
    if len(parts) == 2 and not any(single for _, single in parts):
        shown = [part.source if part.precedence >= SUM else f"({part.source})" for part, _ in parts]
        return Expression(" + ".join(shown), parts[0][0].type, column, cost, SUM)
    return Expression(f"[{', '.join(_inside(part, single) for part, single in parts)}]", LISTS, column, cost)


def _inside(part: Expression, single: bool) -> str:
    source = f"({part.source})" if part.precedence == TERNARY else part.source
    return source if single else f"*{source}"


def _chosen(choice: Choice[Expression], column: tuple[Any, ...]) -> Expression:
    if choice.test is None or choice.yes is None or choice.no is None:
        assert choice.part is not None
        return choice.part
    yes, no = _chosen(choice.yes, column), _chosen(choice.no, column)
    first = f"({yes.source})" if yes.precedence == TERNARY else yes.source
    return Expression(f"{first} if {choice.test.source} else {no.source}", yes.type, column, choice.cost, TERNARY)
