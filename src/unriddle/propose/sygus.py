"""Solving a SyGuS task whose constraints are examples: a few rows first, counterexamples among the others added.

A program found on some of the examples is evaluated on all of them by the independent evaluator of ``grammar.smt``; the
first that fail join the rows and the search begins again. Not covered: constraints that are no examples, and several
functions at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from unriddle.errors import BadInput, Unsupported
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import Example, SygusTask
from unriddle.grammar.term import Term, Value, show
from unriddle.propose.quick import quick_look
from unriddle.propose.term_grammar import TermGrammar, term_grammar

__all__ = ["SygusSearch", "right_on", "solve_sygus"]

_FIRST_ROWS = 6
_MORE_ROWS = 4
_MAX_ROWS = 60
_N_LOOKS = 4
_SMALL = 11
_SLACK_SECONDS = 0.02


@dataclass(slots=True)
class SygusSearch:
    """What a search found.

    Attributes:
        bodies: Programs right on all examples, the smallest first; empty when none was found.
        cpu_seconds: Of this process, spent on the search.
        n_rounds: How often the search began.
        exhausted: The search ended by itself and not because its time was up.
    """

    bodies: list[Term] = field(default_factory=list)
    cpu_seconds: float = 0.0
    n_rounds: int = 0
    exhausted: bool = False


def solve_sygus(
    task: SygusTask,
    *,
    cpu_seconds: float = 10.0,
    patience: float = 1.0,
    n_bodies: int = 4,
    clock: Callable[[], float] = time.process_time,
) -> SygusSearch:
    """Programs that fit all examples of the task, the smallest first.

    Args:
        task: One function and its examples.
        cpu_seconds: When to give up.
        patience: How long to look for a smaller answer once there is one, as a multiple of the time it took.
        n_bodies: At most this many programs.
        clock: Seconds that count.

    Raises:
        Unsupported: There are constraints that are no examples, or several functions.
        BadInput: There are no examples.
    """
    _check(task)
    begun, found = clock(), SygusSearch()
    grammar = term_grammar(task, task.functions[0], examples=task.examples)
    rows = _first_rows(task.examples)
    rows = _at_once(task, grammar, rows, found)
    small = bool(found.bodies) and min(body.size for body in found.bodies) <= _SMALL
    while not small:
        found.n_rounds += 1
        failing = _round(task, grammar, rows, found, _Clock(clock, begun, cpu_seconds, patience))
        if found.bodies or not failing or clock() - begun >= cpu_seconds or len(rows) >= _MAX_ROWS:
            break
        rows += failing[:_MORE_ROWS]
    found.bodies = _different(sorted(found.bodies, key=_rank))[:n_bodies]
    found.cpu_seconds = clock() - begun
    return found


def right_on(task: SygusTask, body: Term, examples: Sequence[Example]) -> list[bool]:
    """For each example, whether the body has the value it says, by the independent evaluator."""
    return [value == example.value for value, example in zip(_values(task, body, examples), examples, strict=True)]


def _values(task: SygusTask, body: Term, examples: Sequence[Example]) -> Iterator[Value | None]:
    names = [name for name, _ in task.functions[0].parameters]
    for example in examples:
        try:
            yield evaluate(body, dict(zip(names, example.args, strict=True)), definitions=task.definitions)
        except BadInput:
            yield None


def _check(task: SygusTask) -> None:
    if len(task.functions) != 1:
        names = ", ".join(function.name for function in task.functions)
        raise Unsupported(f"several functions ({names}) at once are not supported; pose them one by one")
    if task.constraints:
        raise Unsupported(
            f"{len(task.constraints)} constraints are no examples (the first is {show(task.constraints[0])[:80]}); "
            "they need a verifier in the loop, as solve_general has"
        )
    if not task.examples:
        raise BadInput("the task has no constraint, so every program would do; add examples")


@dataclass(slots=True)
class _Clock:
    """When to stop: the time is up, or an answer was found some time ago."""

    clock: Callable[[], float]
    begun: float
    cpu_seconds: float
    patience: float
    round_begun: float = field(init=False)
    answered: float | None = None

    def __post_init__(self) -> None:
        self.round_begun = self.clock()

    def over(self) -> bool:
        """Whether the time is up."""
        return self.clock() - self.begun >= self.cpu_seconds

    def enough(self) -> bool:
        """Whether a smaller answer has been looked for long enough."""
        if self.answered is None:
            return False
        return self.clock() - self.answered > self.patience * (self.answered - self.round_begun) + _SLACK_SECONDS


def _at_once(task: SygusTask, grammar: TermGrammar, rows: list[int], found: SygusSearch) -> list[int]:
    """Put small answers into ``found``, if a quick look shows one; the rows with those it was wrong on."""
    for _ in range(_N_LOOKS):
        found.n_rounds += 1
        bodies = [grammar.term(e) for e in quick_look(grammar, *_columns(task, rows))]
        right = [right_on(task, body, task.examples) for body in bodies]
        found.bodies = [body for body, good in zip(bodies, right, strict=True) if all(good)]
        if found.bodies or not bodies:
            break
        wrong = [row for row, good in enumerate(right[0]) if not good and row not in rows]
        if not wrong:
            break
        rows = rows + _spread(task.examples, wrong)[:_MORE_ROWS]
    return rows


def _columns(task: SygusTask, rows: Sequence[int]) -> tuple[dict[str, list[Value]], list[Value]]:
    """The columns of the inputs on some rows, and the goal."""
    shown = [task.examples[row] for row in rows]
    names = [name for name, _ in task.functions[0].parameters]
    inputs: dict[str, list[Value]] = {name: [e.args[i] for e in shown] for i, name in enumerate(names)}
    return inputs or {"": [False] * len(shown)}, [e.value for e in shown]


def _round(task: SygusTask, grammar: TermGrammar, rows: list[int], found: SygusSearch, clock: _Clock) -> list[int]:
    """Search on some rows; the rows the first program is wrong on, if the round ended because of that."""
    from unriddle.propose.by_example import by_example

    seen: set[str] = set()
    inputs, goal = _columns(task, rows)
    search = by_example(grammar, inputs, goal, stop=clock.over, enough=clock.enough)
    while True:
        try:
            expression = next(search)
        except StopIteration as ended:
            found.exhausted = bool(ended.value)
            return []
        if expression.source in seen:
            continue
        seen.add(expression.source)
        body = grammar.term(expression)
        right = right_on(task, body, task.examples)
        if all(right):
            found.bodies.append(body)
            clock.answered = clock.answered or clock.clock()
        elif not found.bodies:
            wrong = [row for row, good in enumerate(right) if not good and row not in rows]
            if wrong:
                return _spread(task.examples, wrong)


def _different(bodies: Sequence[Term]) -> list[Term]:
    """The first of those that are the same up to the order in which texts are joined."""
    return list({show(_joined(body)): body for body in reversed(bodies)}.values())[::-1]


def _joined(body: Term) -> Term:
    """The term with joined texts side by side, as ``(str.++ a b c)`` where it has ``(str.++ a (str.++ b c))``."""
    args = [_joined(arg) for arg in body.args]
    if body.head == "str.++":
        args = [part for arg in args for part in (arg.args if arg.head == "str.++" else (arg,))]
    return Term(body.head, tuple(args), body.value, body.sort)


def _rank(body: Term) -> tuple[int, str]:
    return body.size, show(body)


def _shape(example: Example) -> tuple[str, ...]:
    """What an example looks like: runs of letters, digits and blanks as one character each."""
    shapes = []
    for value in (*example.args, example.value):
        text = re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "0", str(value))))
        shapes.append(text)
    return tuple(shapes)


def _spread(examples: Sequence[Example], rows: Sequence[int]) -> list[int]:
    """The rows, those first that look different from the ones before."""
    seen: set[tuple[str, ...]] = set()
    first: list[int] = []
    others: list[int] = []
    for row in rows:
        shape = _shape(examples[row])
        (others if shape in seen else first).append(row)
        seen.add(shape)
    return first + others


def _first_rows(examples: Sequence[Example]) -> list[int]:
    """All rows when there are few; otherwise a few that look different, the file's order kept."""
    if len(examples) <= _FIRST_ROWS + 2:
        return list(range(len(examples)))
    return sorted(_spread(examples, range(len(examples)))[:_FIRST_ROWS])
