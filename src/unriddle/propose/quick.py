"""A first look for small answers in plain Python: most files of examples have one, found before arrays are even loaded.

Expressions are enumerated by cost, one of each behaviour, and after each level the goal is taken apart: text into
pieces and parts of a text, rows into cases. It ends after a few thousand expressions; ``by_example`` goes further.
Not covered: bit-vectors, and grammars whose operators take several types of one sort, which are enumerated only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import ERRORS, Expression, Operator, built, small
from unriddle.propose.join_pieces import Piece, joins
from unriddle.propose.term_grammar import TermGrammar

__all__ = ["quick_look"]

_MAX_COST = 12
_LEVELS_AFTER = 3  # how far runners-up are looked for
_N_PLACES, _N_MARKS = 60, 12
_N_SOURCES = 4
_N_TESTS = 30
_MAX_TEXT = 400


class _Item(NamedTuple):
    """An expression before anybody asks for it."""

    cost: int
    column: tuple[Any, ...]
    operator: Operator | None
    args: tuple[Any, ...]
    leaf: Expression | None
    literal: bool


_cost = attrgetter("cost")


def quick_look(
    grammar: TermGrammar, inputs: Mapping[str, Sequence[Any]], goal: Sequence[Any], *, max_tried: int = 4000
) -> list[Expression]:
    """Expressions that equal the goal on every example, the cheapest first; empty when none is found soon.

    Args:
        grammar: What may be written.
        inputs: A column ``(m,)`` for each input.
        goal: The column wanted, ``(m,)``.
        max_tried: Stop after this many expressions.
    """
    if any(sort.startswith("(_") for sort in grammar.sorts.values()):
        return []
    look = _Look(grammar, inputs, tuple(goal), max_tried)
    for cost in range(1, _MAX_COST):
        look.level(cost)
        if look.n_tried >= max_tried or any(item.cost <= cost - _LEVELS_AFTER for item in look.found):
            break
    return [_expression(item) for item in sorted(look.found, key=_cost)]


class _Look:
    def __init__(
        self, grammar: TermGrammar, inputs: Mapping[str, Sequence[Any]], goal: tuple[Any, ...], max_tried: int
    ) -> None:
        self._grammar, self._goal, self._max_tried = grammar, goal, max_tried
        self._all = (1 << len(goal)) - 1
        self._leaves = [
            _Item(leaf.cost, leaf.column, None, (), leaf, leaf.constant) for leaf in grammar.columns(inputs)
        ]
        self._seen: dict[str, dict[tuple[Any, ...], _Item]] = {kind: {} for kind in grammar.sorts}
        self._levels: dict[str, dict[int, list[_Item]]] = {kind: {} for kind in grammar.sorts}
        self._parts: dict[int, Option[_Item]] = {}
        self._tests: dict[int, Option[_Item]] = {}
        self._branch = grammar.branches.get(grammar.start)
        self.n_tried = 0
        self.found: list[_Item] = []

    def level(self, cost: int) -> None:
        """Make the expressions of one cost, then deduce."""
        for item in self._leaves if cost == 1 else ():
            assert item.leaf is not None
            self._keep(item.leaf.type, item)
        for operator in self._grammar.operators:
            for item in self._applied(operator, cost):
                self._keep(operator.gives, item)
            if self.n_tried >= self._max_tried:
                break
        if cost >= 2:
            if self._grammar.sorts[self._grammar.start] == "String":
                self._join()
            self._cases()

    def _keep(self, kind: str, item: _Item) -> None:
        if kind == self._grammar.start and item.column == self._goal:
            self.found.append(item)
        seen = self._seen[kind]
        if item.column in seen:
            return
        seen[item.column] = item
        self._levels[kind].setdefault(item.cost, []).append(item)
        if kind == self._grammar.start:
            self._note(item)
        if self._branch is not None and kind == self._branch.takes[0]:
            rows = sum(1 << row for row, value in enumerate(item.column) if value)
            if 0 < rows < self._all and rows not in self._tests and self._all & ~rows not in self._tests:
                self._tests[rows] = Option(rows, item.cost, item)

    def _note(self, item: _Item) -> None:
        """Keep which rows an expression is right on."""
        rows = sum(1 << row for row, pair in enumerate(zip(item.column, self._goal, strict=True)) if pair[0] == pair[1])
        if rows and (rows not in self._parts or self._parts[rows].cost > item.cost):
            self._parts[rows] = Option(rows, item.cost, item, item.literal)

    def _fits(self, item: _Item) -> None:
        if item not in self.found:
            self.found.append(item)

    def _applied(self, operator: Operator, cost: int) -> Iterator[_Item]:
        """The operator on arguments whose costs add up."""
        function = operator.function if operator.total else _small(operator)
        for lists in self._arguments(operator.takes, cost - operator.cost):
            for args in itertools.product(*lists):
                if self.n_tried >= self._max_tried:
                    return
                if operator.idle and args[0] is args[-1] and len(args) == 2:
                    continue
                columns = [arg.column for arg in args]
                if operator.relevant is not None and not any(map(operator.relevant, *columns[:2])):
                    continue
                self.n_tried += 1
                try:
                    column = tuple(map(function, *columns))
                except ERRORS:
                    continue
                yield _Item(cost, column, operator, args, None, all(arg.literal for arg in args))

    def _arguments(self, takes: tuple[str, ...], left: int) -> Iterator[list[list[_Item]]]:
        if len(takes) == 1:
            if items := self._levels[takes[0]].get(left):
                yield [items]
            return
        for cost, items in list(self._levels[takes[0]].items()):
            if cost < left:
                for rest in self._arguments(takes[1:], left - cost):
                    yield [items, *rest]

    def _join(self) -> None:
        """The goal as pieces one after the other."""
        goal, kind = self._goal, self._grammar.start
        if not goal or not all(goal) or max(map(len, goal)) > _MAX_TEXT:
            return
        pieces = {
            column: Piece(item.cost, column, item)
            for column, item in self._seen[kind].items()
            if any(column) and all(text in whole for text, whole in zip(column, goal, strict=True))
        }
        for item in self._spans(kind):
            self._note(item)
            if item.column == goal:
                self._fits(item)
            if item.column not in pieces or pieces[item.column].cost > item.cost:
                pieces[item.column] = Piece(item.cost, item.column, item)
        joiner = next((op for op in self._grammar.operators if _joins(op, kind)), None)
        if joiner is not None:
            for way in joins(sorted(pieces.values(), key=_cost), goal):
                made: _Item | None = way[-1].ref
                for piece in reversed(way[:-1]):
                    made = _made(joiner, piece.ref, made)
                if made is not None:
                    self._fits(made)

    def _spans(self, kind: str) -> Iterator[_Item]:
        """Parts of the inputs between two places that are in the goal everywhere."""
        for operator in self._grammar.operators:
            if operator.name != "str.substr" or operator.gives != kind or operator.takes[1] != operator.takes[2]:
                continue
            numbers = self._seen[operator.takes[1]]
            minus = next((op for op in self._grammar.operators if _subtracts(op, operator.takes[1])), None)
            sources = [item for item in self._seen[operator.takes[0]].values() if not item.literal and item.cost == 1]
            marks = list(self._marks(operator.takes[1]))[:_N_MARKS]
            for text in sources[:_N_SOURCES]:
                for start, end in self._between(text, numbers, marks):
                    size = (
                        end
                        if end in marks and not any(start.column)
                        else numbers.get(tuple(q - p for p, q in zip(start.column, end.column, strict=True)))
                    )
                    size = size or (_made(minus, end, start) if minus is not None else None)
                    if size is not None and (made := _made(operator, text, start, size)) is not None:
                        yield made

    def _marks(self, kind: str) -> Iterator[_Item]:
        """Where marks begin in inputs, also where another number has the same values: its program goes on otherwise."""
        zero = self._seen[kind].get((0,) * len(self._goal))
        for operator in self._grammar.operators:
            if operator.name == "str.indexof" and operator.gives == operator.takes[2] == kind and zero is not None:
                texts = self._levels[operator.takes[0]].get(1, ())
                marks = self._levels[operator.takes[1]].get(1, ())
                for text, mark in itertools.product(texts, marks):
                    made = _made(operator, text, mark, zero) if mark.literal and not text.literal else None
                    if made is not None and min(made.column) >= 0:
                        yield made

    def _between(
        self, text: _Item, numbers: Mapping[tuple[Any, ...], _Item], marks: Sequence[_Item]
    ) -> Iterator[tuple[_Item, _Item]]:
        lengths = tuple(map(len, text.column))
        places = [*itertools.islice(numbers.values(), _N_PLACES), *marks]
        places = [item for item in places if all(0 <= at <= n for at, n in zip(item.column, lengths, strict=True))]
        rows = range(len(lengths))
        for start, end in itertools.product(places, repeat=2):
            p, q = start.column, end.column
            if all(p[row] < q[row] and text.column[row][p[row] : q[row]] in self._goal[row] for row in rows):
                yield start, end

    def _cases(self) -> None:
        if self._branch is None or not self._tests or len(self._goal) < 2:
            return
        tests = sorted(self._tests.values(), key=_cost)[:_N_TESTS]
        choice = decide(sorted(self._parts.values(), key=_cost), tests, self._all, depth=2)
        made = None if choice is None else self._chosen(choice)
        if made is not None and made.column == self._goal:
            self._fits(made)

    def _chosen(self, choice: Choice[_Item]) -> _Item | None:
        if choice.test is None or choice.yes is None or choice.no is None or self._branch is None:
            return choice.part
        yes, no = self._chosen(choice.yes), self._chosen(choice.no)
        return None if yes is None or no is None else _made(self._branch, choice.test, yes, no)


def _joins(operator: Operator, kind: str) -> bool:
    return operator.name == "str.++" and operator.takes == (kind, kind) and operator.gives == kind


def _subtracts(operator: Operator, kind: str) -> bool:
    return operator.name == "-" and operator.takes == (kind, kind) and operator.gives == kind


def _small(operator: Operator) -> Any:
    function = operator.function
    return lambda *args: small(function(*args))


def _made(operator: Operator, *args: _Item | None) -> _Item | None:
    """The operator on these arguments; ``None`` where one is missing or it fails."""
    given = [arg for arg in args if arg is not None]
    if len(given) < len(args):
        return None
    try:
        column = tuple(map(_small(operator), *(arg.column for arg in given)))
    except ERRORS:
        return None
    cost = operator.cost + sum(arg.cost for arg in given)
    return _Item(cost, column, operator, tuple(given), None, all(arg.literal for arg in given))


def _expression(item: _Item) -> Expression:
    if item.leaf is not None:
        return item.leaf
    assert item.operator is not None
    return built(item.operator, [_expression(arg) for arg in item.args], item.column)
