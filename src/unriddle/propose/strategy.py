"""Which proposers a problem gets when the user names a strategy instead of building them.

Not covered: learnt choices; ``auto`` searches first for puzzles, enumerates first for tables, and samples otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Proposer
from unriddle.errors import BadInput
from unriddle.lm.base import LM, SampleOptions
from unriddle.problem import Problem
from unriddle.propose.chain import Chain
from unriddle.propose.combine import Portfolio
from unriddle.propose.enumerate import Enumerate, can_enumerate
from unriddle.propose.list_programs import ListPrograms, can_list_programs
from unriddle.propose.sample import Sample
from unriddle.verdicts import Verdicts

__all__ = ["PUZZLE_SECONDS", "Plan", "Search", "Strategy", "plan"]

Strategy = Literal["auto", "sample", "enumerate"]

PUZZLE_SECONDS = 10.0
"""Wall seconds that a puzzle is searched for when the user names none."""

_N_ENUMERATED = {"puzzle": 2000, "table": 20, "function": 20}
_N_FOUND = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask and how much of it.

    Attributes:
        proposer: Made for the problem.
        n_candidates: At most this many candidates come out of it.
        batch: Candidates per ask.
    """

    proposer: Proposer
    n_candidates: int
    batch: int


@dataclass(frozen=True, slots=True)
class Search:
    """Where and how long to search for a puzzle's answer.

    Attributes:
        executor: Where the searches run.
        seconds: Wall seconds for all of them.
        memory_mb: MiB for each of them.
        seed: Of their random numbers.
        watch: Called with a line after every turn.
    """

    executor: Executor
    seconds: float = PUZZLE_SECONDS
    memory_mb: int = 1024
    seed: int = 0
    watch: Callable[[str], None] | None = None


class _Later:
    """A proposer that is made when it is first asked, so that a model is loaded only when it is needed."""

    def __init__(self, make: Callable[[], Proposer | None]) -> None:
        self._make, self._made = make, False
        self._proposer: Proposer | None = None

    def ask(self, k: int) -> list[Candidate]:
        if not self._made:
            self._made, self._proposer = True, self._make()
        return [] if self._proposer is None else self._proposer.ask(k)

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        if self._proposer is not None:
            self._proposer.tell(candidates, verdicts)


def plan(
    problem: Problem,
    *,
    strategy: Strategy,
    n: int,
    lm: Callable[[], LM | None],
    options: SampleOptions,
    style: Literal["completion", "chat", "nursery"],
    batch: int = 8,
    search: Search | None = None,
) -> Plan:
    """The proposers for a problem.

    Args:
        problem: What to solve.
        strategy: ``sample``, ``enumerate``, or ``auto``: search puzzles, enumerate tables, then sample; else sample.
        n: Draws of the language model; candidates of the enumeration when that is the strategy.
        lm: Called when a language model is needed; ``None`` from it means to do without where possible.
        options: How to sample.
        style: How to ask the model.
        batch: Draws per call of the model.
        search: How to search for a puzzle's answer with ``auto``; without it, puzzles are enumerated.

    Raises:
        BadInput: The strategy cannot work on this problem, or needs a language model and there is none.
    """
    if strategy != "sample" and can_list_programs(problem):
        return _lists_first(
            problem,
            strategy,
            n,
            batch,
            lambda: (
                None if (model := lm()) is None else Sample(problem, model, options=options, style=style, batch=batch)
            ),
        )
    if strategy == "enumerate":
        return Plan(Enumerate(problem), n, 64 if problem.kind == "puzzle" else batch)
    enumerates = strategy == "auto" and problem.kind != "function" and can_enumerate(problem)
    if enumerates and problem.kind == "puzzle" and search is not None:
        return _searched(
            problem,
            search,
            n,
            lambda: (
                None if (model := lm()) is None else Sample(problem, model, options=options, style=style, batch=batch)
            ),
        )
    model = lm()
    if model is None and not enumerates:
        raise BadInput(
            f"problem {problem.id}: this strategy needs a language model and none is ready; see `unriddle lm`"
        )
    sample = None if model is None else Sample(problem, model, options=options, style=style, batch=batch)
    if not enumerates:
        assert sample is not None
        return Plan(sample, n, batch)
    limit = _N_ENUMERATED[problem.kind]
    parts: list[Proposer] = [Enumerate(problem), *([sample] if sample is not None else [])]
    caps = [limit, n][: len(parts)]
    return Plan(Chain(parts, caps=caps), sum(caps), 64 if problem.kind == "puzzle" else batch)


def _lists_first(
    problem: Problem, strategy: Strategy, n: int, batch: int, sample: Callable[[], Proposer | None]
) -> Plan:
    """Functions over lists are searched for, then enumerated or sampled."""
    after: Proposer = _Later(sample) if strategy == "auto" else Enumerate(problem)
    limit = _N_ENUMERATED["function"]
    return Plan(Chain([ListPrograms(problem), after], caps=[limit, n]), limit + n, batch)


def _searched(problem: Problem, search: Search, n: int, sample: Callable[[], Proposer | None]) -> Plan:
    portfolio = Portfolio(
        problem,
        search.executor,
        seconds=search.seconds,
        memory_mb=search.memory_mb,
        seed=search.seed,
        watch=search.watch,
    )
    return Plan(Chain([portfolio, _Later(sample)], caps=[_N_FOUND, n]), _N_FOUND + n, 1)
