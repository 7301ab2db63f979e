"""Constraints that call the function in several ways (commutativity, invariants): programs by size, then a verifier.

Every candidate is put into the constraints and evaluated on the inputs known so far; one that is right on all of them
goes to the verifier, whose counterexample is the next input. Case distinctions are enumerated like other operators.
Not covered: several functions at once, and programs that only a division into cases would reach.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence

from unriddle.errors import BadInput, Unsupported
from unriddle.grammar.expand import expanded, expanded_size
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import SygusTask
from unriddle.grammar.term import BitVector, Term, Value, show, walk
from unriddle.propose.bank import Bank
from unriddle.propose.cegis import Cegis, Point, Verify
from unriddle.propose.term_grammar import TermGrammar, term_grammar

__all__ = ["called_in_several_ways", "solve_relational"]

_MAX_SPEC, _MAX_COST, _MAX_POINTS, _N_ROWS, _N_NEW = 20_000, 30, 200, 24, 4


def called_in_several_ways(task: SygusTask) -> bool:
    """Whether the constraints call the function on different arguments or within its own arguments."""
    name = task.functions[0].name
    calls = {
        inner
        for term in task.constraints
        for inner in walk(expanded(term, task.definitions))
        if inner.head == name and inner.value is None
    }
    return len(calls) > 1 or any(inner.head == name for call in calls for arg in call.args for inner in walk(arg))


def solve_relational(
    task: SygusTask, verify: Verify, *, cpu_seconds: float = 10.0, clock: Callable[[], float] = time.process_time
) -> Cegis:
    """A program that the verifier finds right everywhere.

    Args:
        task: One function, its constraints, and examples if there are any.
        verify: Asked about every program that is right on all inputs known so far.
        cpu_seconds: When to give up.
        clock: Seconds that count.

    Raises:
        Unsupported: The constraints are too large.
        BadInput: The function has no parameters.
    """
    begun, found = clock(), Cegis()
    whole = Term("and", (*task.constraints, *task.assumptions))
    if expanded_size(whole, task.definitions, limit=_MAX_SPEC) > _MAX_SPEC:
        raise Unsupported(f"the constraints have more than {_MAX_SPEC} nodes; only smaller ones are solved")
    if not task.functions[0].parameters:
        raise BadInput(f"{task.functions[0].name} has no parameters, so the constraints call it in one way only")
    grammar = term_grammar(task, task.functions[0], examples=task.examples)
    known = _Known(task)

    def stop() -> bool:
        return clock() - begun >= cpu_seconds

    more = True
    while more and not found.why and not stop():
        n_before = len(found.points)
        for body in _candidates(task, grammar, known.arguments(), stop):
            if known.right(body):
                _ask(body, verify, known, found)
                if found.why or len(found.points) >= n_before + _N_NEW:
                    break  # begin again with what tells more terms apart
        more = len(found.points) > n_before
    if not found.why:
        over = clock() - begun >= cpu_seconds
        ended = f"within {cpu_seconds:g} CPU seconds." if over else "; there was nothing more to try."
        found.why = f"No program was found {ended}".replace(" ;", ";")
    found.cpu_seconds = clock() - begun
    return found


def _ask(body: Term, verify: Verify, known: _Known, found: Cegis) -> None:
    said = verify(body)
    if said is True:
        found.body, found.why = body, "It satisfies every constraint for all inputs, as the SMT solver finds."
    elif said is None or isinstance(said, bool):
        found.why = f"The SMT solver could not tell whether {show(body)} is right; no other program was tried."
    else:
        found.points.append(said)
        if not known.add(said):
            found.why = "The search ended: the SMT solver's counterexamples lead no further."


class _Known:
    """The inputs known so far, those first that refused a candidate last."""

    def __init__(self, task: SygusTask) -> None:
        self._task = task
        self._names = tuple(name for name, _ in task.functions[0].parameters)
        name = task.functions[0].name
        terms = [inner for t in task.constraints for inner in walk(expanded(t, task.definitions)) if inner.head == name]
        self._calls = [t for t in dict.fromkeys(terms) if all(i.head != name for arg in t.args for i in walk(arg))]
        self._points: list[Point] = [dict(zip([n for n, _ in task.variables], row, strict=True))
                                     for row in _rows([sort for _, sort in task.variables])[:8]]  # fmt: skip

    def arguments(self) -> list[tuple[Value, ...]]:
        """What the function is called on at the inputs known, the latest first."""
        made: dict[tuple[Value, ...], None] = {}
        for point, call in itertools.product(self._points, self._calls):
            with contextlib.suppress(BadInput):
                made[tuple(evaluate(arg, point) for arg in call.args)] = None
        return list(made)[:_N_ROWS]

    def add(self, point: Point) -> bool:
        """Keep an input; whether it is new and there is room."""
        if point in self._points or len(self._points) >= _MAX_POINTS:
            return False
        self._points.insert(0, point)
        return True

    def right(self, body: Term) -> bool:
        """Whether all examples and constraints hold on all inputs known; what has no value does not hold."""
        definitions = {**self._task.definitions, self._task.functions[0].name: (self._names, body)}
        try:
            for example in self._task.examples:
                if evaluate(body, dict(zip(self._names, example.args, strict=True)), definitions=definitions) != (
                    example.value
                ):
                    return False
            for i, point in enumerate(self._points):
                assumed = all(evaluate(term, point, definitions=definitions) for term in self._task.assumptions)
                if assumed and not all(evaluate(t, point, definitions=definitions) for t in self._task.constraints):
                    self._points.insert(0, self._points.pop(i))
                    return False
        except BadInput:
            return False
        return True


def _candidates(
    task: SygusTask, grammar: TermGrammar, arguments: Sequence[tuple[Value, ...]], stop: Callable[[], bool]
) -> Iterator[Term]:
    """Terms of the grammar by size, no two with equal values on these arguments and a spread of others."""
    parameters = task.functions[0].parameters
    rows = [*arguments, *_rows([sort for _, sort in parameters])]
    rows = list(dict.fromkeys([*rows, *[example.args for example in task.examples][:_N_ROWS]]))
    inputs = {name: [row[i] for row in rows] for i, (name, _) in enumerate(parameters)}
    operators = [*grammar.operators, *grammar.branches.values()]
    bank = Bank(operators, grammar.columns(inputs), grammar.codecs(), n_rows=len(rows))
    last = 0
    for cost in range(1, _MAX_COST):
        before = bank.n
        for found in bank.level(cost, max_tried=20_000_000, stop=stop, chunk=1 << 12):
            if found.type == grammar.start:
                for number in range(found.start, found.stop):
                    if stop():
                        return
                    yield grammar.term(bank.expression(found.type, number))
        last = cost if bank.n > before else last
        if stop() or cost > bank.reach(last):
            return


def _rows(sorts: Sequence[str]) -> list[tuple[Value, ...]]:
    """Arguments of these sorts, spread so that most different terms differ on one of them."""
    values = [_values(sort) for sort in sorts]
    made: dict[tuple[Value, ...], None] = {}
    for i in range(_N_ROWS):
        made[tuple(column[(i * (3 + 2 * place) + place) % len(column)] for place, column in enumerate(values))] = None
    for row in itertools.islice(itertools.product(*values), _N_ROWS):
        made[row] = None
    return list(made)[:_N_ROWS]


def _values(sort: str) -> list[Value]:
    if sort.startswith("(_"):
        width = int(sort.removeprefix("(_ BitVec ").removesuffix(")"))
        mask = (1 << width) - 1
        return [BitVector(n & mask, width) for n in (0, 1, 2, 5, mask, 1 << (width - 1), 0xA5, 77)]
    if sort == "Int":
        return [0, 1, -1, 7, 3, -5, 100, 2, 41, -64, 10]
    return [False, True] if sort == "Bool" else ["", "a", "b c", "Xy-1", "aa", "0"]
