"""Choosing by asking: questions that divide the leading behaviours most, until one is left.

Not covered: the terminal (``unriddle.cli.choose``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.choose.belief import NOVEL, Belief, first_belief, next_question, questions_enough, update
from unriddle.choose.pool import Pool, make_pool
from unriddle.choose.question import Answer, Ask, Option, Question
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.compare import equal
from unriddle.language.values import Large, decode, encode, key
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, Equality
from unriddle.testgen.distinguish import OPAQUE, UNKNOWN, cell_answers, divisions, shrink_input, size
from unriddle.verdicts import Verdicts

__all__ = ["Asked", "Behaviour", "Choice", "choose_by_asking"]

_ENDED = {
    Status.ERROR: "raises an exception",
    Status.TIMEOUT: "does not finish in time",
    Status.MEMORY: "uses too much memory",
    Status.CRASH: "ends its process",
    Status.FORBIDDEN: "does something the sandbox forbids",
}
_NEAR = Equality("close", atol=1e-6, rtol=1e-6)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what was said."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour: a program that shows it, how many do, and how probable it is that it is the wanted one."""

    candidate: Candidate
    n_programs: int
    probability: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What asking came to.

    Attributes:
        candidate: The program of the most probable behaviour; ``None`` when every one is ruled out.
        settled: One behaviour is left (with noise: it is probable enough).
        none_right: Every behaviour is ruled out: no candidate is right.
        confidence: Probability of the chosen behaviour, or that none is right.
        why: In a sentence.
        entry: Name of the function.
        behaviours: All of them, as they were weighed in the end, the most probable first.
        asked: Questions and answers, in order.
        n_programs: Candidates given, equal ones counted.
        n_left: Behaviours that are not ruled out.
        n_silent: Programs that returned on no input and were left out.
        interrupted: The asking was broken off.
        isolation: Isolation level under which the programs ran.
    """

    candidate: Candidate | None
    settled: bool
    none_right: bool
    confidence: float
    why: str
    entry: str
    behaviours: tuple[Behaviour, ...]
    asked: tuple[Asked, ...]
    n_programs: int
    n_left: int
    n_silent: int
    interrupted: bool
    isolation: str


@dataclass(slots=True)
class _State:
    """What is known between two questions."""

    pool: Pool
    answers: npt.NDArray[np.int64]
    returns: npt.NDArray[np.bool_]
    belief: Belief
    open_columns: npt.NDArray[np.bool_]
    sizes: list[int]
    asked: list[Asked] = field(default_factory=list)


def choose_by_asking(
    candidates: Sequence[Candidate],
    *,
    ask: Ask,
    executor: Executor,
    rng: np.random.Generator,
    entry: str | None = None,
    inputs: Sequence[tuple[Any, ...]] = (),
    n_inputs: int = 100,
    budget: int = 10,
    noise: float = 0.0,
    confidence: float = 0.95,
    shrink: bool = True,
    limits: Limits | None = None,
) -> Choice:
    """The candidate whose behaviour is the wanted one, found by asking what the function should give.

    Args:
        candidates: The programs; they run in the executor only.
        ask: Answers a question; a KeyboardInterrupt in it keeps what was found.
        executor: Runs the programs.
        rng: Where inputs come from.
        entry: Name of the function; the one most programs define when ``None``.
        inputs: Argument tuples that may be asked about as well, and that tell types.
        n_inputs: Inputs to make besides those.
        budget: Questions at most.
        noise: Probability that an answer is wrong. With 0 an answer rules out all behaviours that disagree.
        confidence: With noise: the probability at which a behaviour counts as settled.
        shrink: Ask about a smaller input where one divides the behaviours as well.
        limits: Per call.

    Raises:
        BadInput: There are no programs or no inputs, no program defines the function, or a number is out of range.
    """
    if not 0 <= noise < 0.5 or not 0 < confidence < 1 or budget < 0:
        raise BadInput(
            f"choose: expected 0 <= noise < 0.5, 0 < confidence < 1 and budget >= 0, got noise={noise}, "
            f"confidence={confidence}, budget={budget}"
        )
    pool = make_pool(
        candidates, executor=executor, entry=entry, known=inputs, n_inputs=n_inputs, rng=rng, limits=limits
    )
    answers = cell_answers(pool.verdicts)
    every = np.ones(len(pool.inputs), np.bool_)
    state = _State(
        pool,
        answers,
        pool.verdicts.value >= 0,
        first_belief(pool.counts),
        every,
        [size(args)[0] for args in pool.inputs],
    )
    enough = questions_enough(len(pool.candidates))
    why, interrupted = "", False
    try:
        while not why:
            why = _settled(state, noise, confidence) or (
                "the questions are used up" if len(state.asked) >= budget else ""
            )
            why = why or _step(state, ask, executor, limits, noise, enough, shrink)
    except KeyboardInterrupt:
        why, interrupted = "interrupted", True
    return _choice(state, len(candidates), why, interrupted, noise, confidence, executor.isolation)


def _settled(state: _State, noise: float, confidence: float) -> str:
    """Why no more questions are needed; empty when they are."""
    belief = state.belief
    if not len(belief.weight):
        return "no program returned a value on any input"
    if not belief.alive.any() or (noise > 0 and belief.none >= confidence):
        return "no candidate is right: every behaviour contradicts an answer"
    if noise > 0 and len(belief.weight) > 1:
        top = belief.weight[belief.best]
        return f"one behaviour has probability {top:.2f}" if top >= confidence else ""
    if belief.alive.sum() == 1:
        if not state.asked:
            return f"all programs behave alike on {len(state.pool.inputs)} inputs"
        return "one behaviour is left that agrees with every answer"
    return ""


def _step(
    state: _State, ask: Ask, executor: Executor, limits: Limits | None, noise: float, enough: int, shrink: bool
) -> str:
    """Ask one question and take the answer in; why to stop, or an empty text."""
    allowance = enough - len(state.asked) if noise == 0 else None
    column = next_question(
        state.answers,
        state.belief,
        open_columns=state.open_columns,
        returns=state.returns,
        sizes=state.sizes,
        allowance=allowance,
    )
    if column is None:
        return "no input is left that tells the remaining behaviours apart"
    if shrink:
        column = _shrunk(state, column, executor, limits)
    question, symbols = _question(state, column)
    answer = ask(question)
    state.open_columns[column] = False
    if answer.kind == "quit":
        return "stopped before it was settled"
    state.asked.append(Asked(question, answer))
    said = _symbol(answer, question, symbols)
    if said != UNKNOWN:
        state.belief = update(state.belief, state.answers[:, column], said=said, noise=noise)
    return ""


def _shrunk(state: _State, column: int, executor: Executor, limits: Limits | None) -> int:
    """The column of a smaller input that divides as well; it is added to the pool. The column itself if none does."""
    rows = np.flatnonzero(state.belief.alive)
    weight = state.belief.weight[rows]
    reps = [state.pool.candidates[i] for i in rows]
    aim = divisions(state.answers[rows][:, [column]], weight=weight)
    before = {key(encode(a.question.args)) for a in state.asked}
    odd = float(weight @ state.returns[rows, column]) < 0.5 * float(weight.sum())
    # Somebody waits for the question: a program that does not come back may cost its time once, not on every input.
    hasty = replace(limits or Limits(), max_kills=1)

    def divides(tried: list[tuple[Any, ...]]) -> list[bool]:
        verdicts = executor.run(reps, [CallTest(state.pool.entry, args) for args in tried], limits=hasty)
        d = divisions(cell_answers(verdicts), weight=weight)
        valid = (weight @ (verdicts.value >= 0) >= 0.5 * weight.sum()) | odd
        new = np.array([key(encode(args)) not in before for args in tried])
        return [bool(x) for x in (d.entropy >= aim.entropy[0] - 1e-9) & (d.worst <= aim.worst[0]) & valid & new]

    old = state.pool.inputs[column]
    new = shrink_input(old, divides=divides)
    return column if new is old else _add_column(state, new, executor, limits)


def _add_column(state: _State, args: tuple[Any, ...], executor: Executor, limits: Limits | None) -> int:
    pool = state.pool
    extra = executor.run(pool.candidates, [CallTest(pool.entry, args)], limits=limits)
    verdicts = Verdicts.join_columns([pool.verdicts, extra])
    state.pool = Pool(pool.entry, pool.candidates, pool.counts, (*pool.inputs, args), verdicts, pool.n_silent)
    state.answers, state.returns = cell_answers(verdicts), verdicts.value >= 0
    state.open_columns = np.append(state.open_columns, True)
    state.sizes.append(size(args)[0])
    return len(pool.inputs)


def _question(state: _State, column: int) -> tuple[Question, list[int]]:
    """The question, and the answer symbol of each of its options."""
    given, alive = state.answers[:, column], state.belief.alive
    options: list[tuple[Option, int]] = []
    for symbol in np.unique(given[alive & (given != UNKNOWN)]):
        rows = alive & (given == symbol)
        n, probability = int(state.pool.counts[rows].sum()), float(state.belief.weight[rows].sum())
        if symbol >= 0:
            value = decode(state.pool.verdicts.values[symbol])
            option = Option(_shown(value), n, probability, Status.PASS, value)
        elif symbol == OPAQUE:
            option = Option("an object that equals no plain value", n, probability, Status.PASS)
        else:
            status = Status(int(-2 - symbol))
            option = Option(_ENDED.get(status, status.name.lower()), n, probability, status)
        options.append((option, int(symbol)))
    options.sort(key=lambda pair: (-pair[0].probability, pair[0].shown))
    question = Question(
        entry=state.pool.entry,
        args=state.pool.inputs[column],
        options=tuple(option for option, _ in options),
        number=len(state.asked) + 1,
        n_left=int(alive.sum()),
    )
    return question, [symbol for _, symbol in options]


def _shown(value: Any) -> str:
    return f"a value of {value.n_bytes} bytes" if isinstance(value, Large) else shorten(value, 200)


def _symbol(answer: Answer, question: Question, symbols: list[int]) -> int:
    """The answer as one of the symbols, NOVEL, or UNKNOWN."""
    if answer.kind == "unknown":
        return UNKNOWN
    if answer.kind == "option":
        return symbols[answer.option]
    if answer.kind == "raises":
        raising = [s for s, o in zip(symbols, question.options, strict=True) if o.status is Status.ERROR]
        return raising[0] if raising else NOVEL
    if answer.kind == "value":
        name = key(encode(answer.value))
        if name is None:
            return OPAQUE if OPAQUE in symbols else NOVEL
        returned = [(s, o.value) for s, o in zip(symbols, question.options, strict=True) if s >= 0]
        same = [s for s, value in returned if key(encode(value)) == name]
        near = same or [s for s, value in returned if equal(value, answer.value, _NEAR)]
        return near[0] if len(near) == 1 else NOVEL
    return NOVEL


def _choice(
    state: _State, n: int, why: str, interrupted: bool, noise: float, confidence: float, isolation: str
) -> Choice:
    belief, pool = state.belief, state.pool
    best = belief.best
    none_right = best < 0 or (noise > 0 and belief.none >= confidence)
    enough = belief.alive.sum() == 1 if noise == 0 or len(belief.weight) == 1 else False
    settled = not none_right and bool(enough or (noise > 0 and belief.weight[best] >= confidence))
    order = np.argsort(-belief.weight, kind="stable")
    behaviours = tuple(Behaviour(pool.candidates[i], int(pool.counts[i]), float(belief.weight[i])) for i in order)
    return Choice(
        candidate=None if none_right else pool.candidates[best],
        settled=settled,
        none_right=none_right,
        confidence=belief.none if none_right else float(belief.weight[best]),
        why=why,
        entry=pool.entry,
        behaviours=behaviours,
        asked=tuple(state.asked),
        n_programs=n,
        n_left=int(belief.alive.sum()),
        n_silent=pool.n_silent,
        interrupted=interrupted,
        isolation=isolation,
    )
