"""Search by example: enumeration from below, and deductions from the goal that meet it.

After each level of the enumeration the goal is taken apart: text into pieces, parts of a text between two places, one
replacement, a number's digits; numbers into sums; and rows into cases, each solved on its own. What is found first is
not always the smallest, so the search goes on for a while and gives every improvement.
Not covered: goals whose operators take arguments of several non-terminals of one sort are only enumerated.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.propose.arithmetic import sums
from unriddle.propose.bank import Bank, Found
from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import Expression, Operator
from unriddle.propose.goal import Search, bits
from unriddle.propose.join_pieces import Piece, joins
from unriddle.propose.replacements import replacement
from unriddle.propose.substrings import Span, add_places, spans
from unriddle.propose.term_grammar import TermGrammar

__all__ = ["by_example"]

_MAX_COST = 40
_N_TESTS = 60
_N_SIDES = 40
_MAX_PIECES = 1500
_MAX_SEARCHED = 200_000
_MAX_CHARACTERS = 300_000_000
_BATCH, _BATCH_CHARACTERS = 1 << 16, 1 << 24


def by_example(
    grammar: TermGrammar,
    inputs: Mapping[str, Sequence[Any]],
    goal: Sequence[Any],
    *,
    stop: Callable[[], bool],
    enough: Callable[[], bool] = lambda: False,
    max_tried: int = 20_000_000,
) -> Generator[Expression, None, bool]:
    """Expressions that equal the goal on every example, as they are found; some may come twice.

    Args:
        grammar: What may be written.
        inputs: A column ``(m,)`` for each input; at most 60 rows.
        goal: The column wanted, ``(m,)``.
        stop: Asked between batches and deductions: whether time is up.
        enough: Asked likewise, at small costs between levels only: whether what was found will do.
        max_tried: Stop after this many expressions.

    Returns:
        (when exhausted) Whether every expression of the grammar was looked at, or one of the smallest was found.
    """
    search = _ByExample(grammar, inputs, goal, stop, enough)
    best: int | None = None
    last = 0
    for cost in range(1, _MAX_COST):
        before = search.bank.n
        for made in search.level(cost, max_tried):
            best = made.cost if best is None else min(best, made.cost)
            yield made
        if stop() or enough() or search.bank.n_tried >= max_tried or search.bank.size > _MAX_CHARACTERS:
            return False
        last = cost if search.bank.n > before else last
        if (best is not None and best <= cost + 1) or cost > search.bank.reach(last):
            return True
    return False


class _ByExample:
    def __init__(
        self,
        grammar: TermGrammar,
        inputs: Mapping[str, Sequence[Any]],
        goal: Sequence[Any],
        stop: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> None:
        self._m = len(goal)
        self._all = (1 << self._m) - 1
        self._stop, self._enough = stop, enough
        self._grammar = grammar
        self.bank = Bank(grammar.operators, grammar.columns(inputs), grammar.codecs(), n_rows=self._m)
        operators: dict[tuple[str, str], list[Operator]] = {}
        for operator in grammar.operators:
            operators.setdefault((_plain(operator.name), operator.gives), []).append(operator)
        self._search = Search(self.bank, goal, grammar.start, operators)
        longest = max((len(v) for column in inputs.values() for v in column if isinstance(v, str)), default=0)
        self._chunk = max(16, min(_BATCH, _BATCH_CHARACTERS // max(longest, 1)))
        self._goal = self.bank.codec(grammar.start).encode(list(goal))
        self._weights = np.array([1 << row for row in range(self._m)], dtype=np.int64)
        self._parts: dict[int, Option[Any]] = {}
        self._tests: dict[int, Option[Any]] = {}
        self._branch = grammar.branches.get(grammar.start)
        self._tried: dict[int, Expression | None] = {}
        self._late = self._given = False
        self._whole: list[Expression] = []

    def level(self, cost: int, max_tried: int) -> Iterator[Expression]:
        """Enumerate one level, then deduce; expressions equal to the goal on all rows as they come."""
        bank = self.bank
        for found in bank.level(cost, max_tried=max_tried, stop=self._over, chunk=self._chunk):
            if found.type == self._search.type:
                self._cover(found)
                whole = self._parts.get(self._all)
                if whole is not None and not self._given:
                    self._given = True
                    yield whole.ref()
            if self._branch is not None and found.type == self._branch.takes[0]:
                self._ask(found)
        self._late = cost > 3
        if self._ended():
            return
        self._search.next_level()
        self._tried.clear()
        if cost == 2:
            add_places(self._search)
        if cost >= 2:
            self._whole.clear()
            self._deduce(self._all)
            yield from self._whole
            if self._branch is not None:
                made = self._cases()
                if made is not None:
                    yield made

    def _over(self) -> bool:
        return self.bank.size > _MAX_CHARACTERS or self._stop() or self._enough()

    def _ended(self) -> bool:
        """Whether to leave out the deductions that are left on this level."""
        return self._stop() or (self._late and self._enough())

    def _cover(self, found: Found) -> None:
        """Note which rows the new expressions get right."""
        part = self.bank.codes(found.type)[:, found.start : found.stop]
        masks = self._weights @ (part == self._goal[:, None])
        kinds, firsts = np.unique(masks, return_index=True)
        for mask, first in sorted(zip(kinds.tolist(), firsts.tolist(), strict=True), key=lambda pair: pair[1]):
            if mask and mask not in self._parts:
                number = found.start + first
                self._parts[mask] = self._option(found.type, number, mask)

    def _ask(self, found: Found) -> None:
        """Note where the new tests hold."""
        part = self.bank.codes(found.type)[:, found.start : found.stop]
        masks = self._weights @ part
        kinds, firsts = np.unique(masks, return_index=True)
        for mask, first in sorted(zip(kinds.tolist(), firsts.tolist(), strict=True), key=lambda pair: pair[1]):
            if 0 < mask < self._all and mask not in self._tests and (self._all & ~mask) not in self._tests:
                self._tests[mask] = self._option(found.type, found.start + first, mask)

    def _option(self, kind: str, number: int, mask: int) -> Option[Any]:
        expression = self.bank.expression(kind, number)
        return Option(mask, expression.cost, lambda: expression, expression.is_literal)

    def _deduce(self, rows: int) -> Expression | None:
        """The cheapest expression found for these rows by taking the goal apart; kept, with all rows it is right on."""
        if rows in self._tried:
            return self._tried[rows]
        if any(known is None and rows & smaller == smaller for smaller, known in self._tried.items()):
            return None  # it was not found for fewer rows either
        kind, best = self._search.type, None
        for made in self._deductions(rows, kind):
            if self._ended():
                return best
            if made is not None and rows == self._all:
                self._whole.append(made)
            if made is not None and (best is None or made.cost < best.cost):
                best = made
        self._tried[rows] = best
        if best is not None:
            right = sum(1 << i for i, (v, w) in enumerate(zip(best.column, self._search.goal, strict=True)) if v == w)
            chosen = best
            if right not in self._parts or self._parts[right].cost > best.cost:
                self._parts[right] = Option(right, best.cost, lambda: chosen, best.is_literal)
        return best

    def _deductions(self, rows: int, kind: str) -> Iterator[Expression | None]:
        if self._grammar.sorts[kind] == "String":
            yield from self._joined(rows)
            yield replacement(self._search, rows)
            yield self._from_number(rows)
        if self._grammar.sorts[kind] == "Int":
            yield sums(self._search, kind, self._goal[bits(rows, self._m)], rows)

    def _from_number(self, rows: int) -> Expression | None:
        chosen = bits(rows, self._m)
        texts = [self._search.goal[row] for row in chosen]
        if not all(t.isascii() and t.isdigit() and str(int(t)) == t and len(t) < 18 for t in texts):
            return None
        for operator in self._search.named("str.from_int", self._search.type):
            number = sums(self._search, operator.takes[0], np.array([int(t) for t in texts], dtype=np.int64), rows)
            if number is not None:
                return self._search.make(operator, number)
        return None

    def _joined(self, rows: int) -> Iterator[Expression | None]:
        chosen = bits(rows, self._m)
        goals = [self._search.goal[row] for row in chosen]
        if not goals[0]:
            return
        pieces = [*self._bank_pieces(rows), *spans(self._search, rows)]
        joiners = [op for op in self._search.named("str.++", self._search.type) if set(op.takes) == {op.gives}]
        whole = sorted((p for p in pieces if p.column == tuple(goals)), key=lambda p: p.cost)
        ways: list[tuple[Piece[Any], ...]] = [(piece,) for piece in whole[:2]]
        if joiners and len(joiners[0].takes) == 2:
            ways += joins(sorted(pieces, key=lambda p: p.cost), goals)
        for way in ways:
            yield self._join([_built(piece.ref) for piece in way], joiners)

    def _join(self, parts: list[Expression | None], joiners: list[Operator]) -> Expression | None:
        made = parts[-1]
        for part in reversed(parts[:-1]):
            if made is None or part is None:
                return None
            made = self._search.make(joiners[0], part, made)
        return made

    def _bank_pieces(self, rows: int) -> list[Piece[Any]]:
        """Expressions of the bank whose text is in the goal on all these rows."""
        kind, chosen = self._search.type, bits(rows, self._m)
        ok = self._inside(kind)[chosen].all(axis=0)
        pieces: dict[tuple[str, ...], Piece[Any]] = {}
        for number in np.flatnonzero(ok)[: 2 * _MAX_PIECES].tolist():
            expression = self.bank.expression(kind, number)
            column = tuple(expression.column[row] for row in chosen)
            if any(column) and len(pieces) < _MAX_PIECES:
                pieces.setdefault(column, Piece(expression.cost, column, expression))
        return list(pieces.values())

    def _inside(self, kind: str) -> npt.NDArray[np.bool_]:
        """``(m, n)``: on which rows the text of an expression is in the goal."""
        if "inside" not in self._search.memo:
            codes = self.bank.codes(kind)[:, :_MAX_SEARCHED]
            table = np.empty(codes.shape, dtype=bool)
            for row, goal in enumerate(self._search.goal):
                unique, inverse = np.unique(codes[row], return_inverse=True)
                texts = self.bank.codec(kind).decode(unique)
                table[row] = np.array([text in goal for text in texts], dtype=bool)[inverse]
            self._search.memo["inside"] = table
        found: npt.NDArray[np.bool_] = self._search.memo["inside"]
        return found

    def _cases(self) -> Expression | None:
        """A case distinction over what is known to be right on some rows, after deducing for the halves of tests."""
        tests = sorted(self._tests.values(), key=lambda test: test.cost)[:_N_TESTS]
        if not tests or self._m < 2:
            return None
        sides = [side for test in tests for side in (test.rows, self._all & ~test.rows)]
        for side in sides[:_N_SIDES]:
            if self._ended():
                break
            if side.bit_count() >= 2 and not any(part & side == side for part in self._parts):
                self._deduce(side)
        parts = sorted(self._parts.values(), key=lambda part: part.cost)
        made = decide(parts, tests, self._all, depth=4)
        return self._chosen(made) if made is not None else None

    def _chosen(self, choice: Choice[Any]) -> Expression | None:
        if choice.test is None or choice.yes is None or choice.no is None or self._branch is None:
            return _built(choice.part)
        yes, no = self._chosen(choice.yes), self._chosen(choice.no)
        if yes is None or no is None:
            return None
        return self._search.make(self._branch, choice.test(), yes, no)


def _built(ref: Any) -> Expression | None:
    """The expression behind a piece or a part."""
    if isinstance(ref, Span):
        return ref.build()
    made: Expression | None = ref() if callable(ref) else ref
    return made


def _plain(name: str) -> str:
    from unriddle.grammar.smt import NAMES

    return NAMES.get(name, name)
