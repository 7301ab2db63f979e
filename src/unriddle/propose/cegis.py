"""General constraints by counterexamples: a program right on some inputs, a verifier that finds one where it is wrong.

Every input is a row; which values are allowed there the constraints say, by evaluation. Expressions of the grammar are
enumerated and those right on some rows are joined by case distinctions, as for examples.
Not covered: constraints that call the function on different arguments, or within its own arguments, and several
functions at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unriddle.errors import BadInput, Unsupported
from unriddle.grammar.expand import expanded, expanded_size
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import SygusTask
from unriddle.grammar.term import BitVector, Term, Value, show, walk
from unriddle.propose.bank import Bank, Found
from unriddle.propose.decide import Choice, Option, decide
from unriddle.propose.expression import Expression, applied
from unriddle.propose.term_grammar import TermGrammar, term_grammar

__all__ = ["Cegis", "Point", "Verify", "solve_general"]

Point = Mapping[str, Value]
"""A value for every variable of the file."""
Verify = Callable[[Term], Point | bool | None]
"""Whether a body is right everywhere: ``True``, a point where it is not, or ``None`` when that cannot be told."""

_MAX_ROWS = 60
_MAX_SPEC = 20_000
_MAX_COST = 40
_MAX_PARTS, _MAX_TESTS = 400, 60
_DEPTH = 6
_OUT = " value"  # no name in a file has a blank


@dataclass(slots=True)
class Cegis:
    """What the search found.

    Attributes:
        body: The answer; ``None`` when there is none.
        points: Inputs the verifier gave.
        cpu_seconds: Of this process.
        why: What the answer rests on, or why there is none.
    """

    body: Term | None = None
    points: list[Point] = field(default_factory=list)
    cpu_seconds: float = 0.0
    why: str = ""


@dataclass(slots=True)
class _Row:
    """One tuple of arguments: the points that have it, the value an example wants, and what is known to be allowed."""

    points: list[Point] = field(default_factory=list)
    wanted: list[Value] = field(default_factory=list)
    known: dict[Value, bool] = field(default_factory=dict)


def solve_general(
    task: SygusTask, verify: Verify, *, cpu_seconds: float = 10.0, clock: Callable[[], float] = time.process_time
) -> Cegis:
    """A program that the verifier finds right everywhere.

    Args:
        task: One function, its constraints, and examples if there are any.
        verify: Asked about every program that is right on all inputs known so far.
        cpu_seconds: When to give up.
        clock: Seconds that count.

    Raises:
        Unsupported: The constraints call the function in more than one way, or are too large.
        BadInput: No constraint mentions the function.
    """
    begun, found = clock(), Cegis()
    spec = _Spec(task)
    grammar = term_grammar(task, task.functions[0], examples=task.examples)
    spec.add({name: _zero(sort) for name, sort in task.variables})
    while not found.why:
        made = _search(grammar, spec, lambda: clock() - begun >= cpu_seconds)
        if made is None:
            over = clock() - begun >= cpu_seconds
            found.why = f"No program was found within {cpu_seconds:g} CPU seconds."
            found.why = found.why if over else "No program was found; there was nothing more to try."
            break
        body = grammar.term(made)
        said = verify(body)
        if said is True:
            found.body, found.why = body, "It satisfies every constraint for all inputs, as the SMT solver finds."
        elif said is None or isinstance(said, bool):
            found.why = f"The SMT solver could not tell whether {show(body)} is right; no other program was tried."
        elif not spec.add(said) or len(spec.rows) > _MAX_ROWS:
            found.why = "The search ended: the SMT solver's counterexamples lead no further."
        else:
            found.points.append(said)
    found.cpu_seconds = clock() - begun
    return found


def _zero(sort: str) -> Value:
    if sort.startswith("(_"):
        return BitVector(0, int(sort.removeprefix("(_ BitVec ").removesuffix(")")))
    zeros: dict[str, Value] = {"Int": 0, "Bool": False, "String": ""}
    return zeros[sort]


class _Spec:
    """The constraints as a question about one value."""

    def __init__(self, task: SygusTask) -> None:
        self._task = task
        whole = Term("and", (*task.constraints, Term("and", task.assumptions)))
        if expanded_size(whole, task.definitions, limit=_MAX_SPEC) > _MAX_SPEC:
            raise Unsupported(f"the constraints have more than {_MAX_SPEC} nodes; only smaller ones are solved")
        name = task.functions[0].name
        constraints = [expanded(term, task.definitions) for term in task.constraints]
        self._assumed = [expanded(term, task.definitions) for term in task.assumptions]
        calls = {inner for term in constraints for inner in walk(term) if inner.head == name and inner.value is None}
        if not calls:
            raise BadInput(f"no constraint mentions {name}; add one")
        if len(calls) > 1 or any(inner.head == name for arg in next(iter(calls)).args for inner in walk(arg)):
            shown = ", ".join(sorted(map(show, calls))[:3])
            raise Unsupported(f"the constraints call {name} in several ways ({shown}); only one way is solved")
        self._call = calls.pop()
        self._holds = [_replaced(term, self._call) for term in constraints]
        self.rows: dict[tuple[Value, ...], _Row] = {}
        for example in task.examples:
            self.rows.setdefault(example.args, _Row()).wanted.append(example.value)

    def add(self, point: Point) -> bool:
        """Make the point's arguments a row; whether that says anything new."""
        try:
            args = tuple(evaluate(arg, point) for arg in self._call.args)
        except BadInput:
            return False
        row = self.rows.setdefault(args, _Row())
        if point in row.points:
            return False
        row.points.append(point)
        row.known.clear()
        return True

    def allowed(self, row: _Row, value: Value) -> bool:
        """Whether the function may have this value there."""
        if value not in row.known:
            wanted = all(value == other for other in row.wanted)
            row.known[value] = wanted and all(self._allowed(point, value) for point in row.points)
        return row.known[value]

    def _allowed(self, point: Point, value: Value) -> bool:
        try:
            if not all(evaluate(term, point) for term in self._assumed):
                return True
            values = {**point, _OUT: value}
            return all(evaluate(term, values) for term in self._holds)
        except BadInput:
            return False


def _replaced(term: Term, call: Term) -> Term:
    if term == call:
        return Term(_OUT)
    return Term(term.head, tuple(_replaced(arg, call) for arg in term.args), term.value, term.sort)


def _search(grammar: TermGrammar, spec: _Spec, stop: Callable[[], bool]) -> Expression | None:
    """The first expression found whose values are allowed on all rows."""
    rows, names = list(spec.rows), [name for name, _ in spec._task.functions[0].parameters]
    inputs: dict[str, Sequence[Any]] = {name: [args[i] for args in rows] for i, name in enumerate(names)}
    inputs = inputs or {"": [False] * len(rows)}
    bank = Bank(grammar.operators, grammar.columns(inputs), grammar.codecs(), n_rows=len(rows))
    split = _Split(grammar, bank, spec)
    last = 0
    for cost in range(1, _MAX_COST):
        before = bank.n
        for found in bank.level(cost, max_tried=20_000_000, stop=stop):
            whole = split.note(found)
            if whole is not None:
                return whole
        made = split.joined(by_heart=cost > 4)
        if made is not None:
            return made
        last = cost if bank.n > before else last
        if stop() or cost > bank.reach(last):
            return None
    return None


class _Split:
    """Expressions right on some of the rows, tests, and trees of them."""

    def __init__(self, grammar: TermGrammar, bank: Bank, spec: _Spec) -> None:
        self._bank, self._spec, self._start = bank, spec, grammar.start
        self._branch = grammar.branches.get(grammar.start)
        self._rows = list(spec.rows.values())
        self._all = (1 << len(self._rows)) - 1
        self._weights = np.array([1 << row for row in range(len(self._rows))], dtype=np.int64)
        self._parts: dict[int, Option[Expression]] = {}
        self._tests: dict[int, Option[Expression]] = {}

    def note(self, found: Found) -> Expression | None:
        """Keep what is new; an expression that is right on all rows."""
        codes = self._bank.codes(found.type)[:, found.start : found.stop]
        if found.type == self._start:
            right = np.empty(codes.shape, dtype=np.int64)
            for row, kept in enumerate(self._rows):
                unique, inverse = np.unique(codes[row], return_inverse=True)
                values = self._bank.codec(found.type).decode(unique)
                right[row] = np.array([self._spec.allowed(kept, value) for value in values], dtype=np.int64)[inverse]
            for mask, expression in self._new(found, self._weights @ right, self._parts):
                if mask == self._all:
                    return expression
                self._parts[mask] = Option(mask, expression.cost, expression, expression.is_literal)
        if self._branch is not None and found.type == self._branch.takes[0]:
            for mask, expression in self._new(found, self._weights @ codes, self._tests):
                if mask != self._all and self._all & ~mask not in self._tests:
                    self._tests[mask] = Option(mask, expression.cost, expression)
        return None

    def _new(self, found: Found, masks: Any, known: Mapping[int, object]) -> Iterator[tuple[int, Expression]]:
        kinds, firsts = np.unique(masks, return_index=True)
        for mask, first in sorted(zip(kinds.tolist(), firsts.tolist(), strict=True), key=lambda pair: pair[1]):
            if mask and mask not in known:
                yield mask, self._bank.expression(found.type, found.start + first)

    def joined(self, *, by_heart: bool) -> Expression | None:
        """A case distinction that is right on all rows; ``by_heart`` lets a constant stand for a single row."""
        if self._branch is None or len(self._rows) < 2:
            return None
        parts = sorted(self._parts.values(), key=lambda part: (part.cost, part.learnt))[:_MAX_PARTS]
        tests = sorted(self._tests.values(), key=lambda test: test.cost)[:_MAX_TESTS]
        if by_heart:
            parts = [Option(part.rows, part.cost, part.ref) for part in parts]
        made = decide(parts, tests, self._all, depth=_DEPTH)
        return self._built(made) if made is not None else None

    def _built(self, choice: Choice[Expression]) -> Expression | None:
        if choice.test is None or choice.yes is None or choice.no is None or self._branch is None:
            return choice.part
        yes, no = self._built(choice.yes), self._built(choice.no)
        return None if yes is None or no is None else applied(self._branch, (choice.test, yes, no))
