"""Which proposers a problem gets when the user names a strategy instead of building them.

Not covered: learnt choices; ``auto`` enumerates first for puzzles and tables, and samples otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from unriddle.contracts import Proposer
from unriddle.errors import BadInput
from unriddle.lm.base import LM, SampleOptions
from unriddle.problem import Problem
from unriddle.propose.chain import Chain
from unriddle.propose.enumerate import Enumerate, can_enumerate
from unriddle.propose.sample import Sample

__all__ = ["Plan", "Strategy", "plan"]

Strategy = Literal["auto", "sample", "enumerate"]

_N_ENUMERATED = {"puzzle": 2000, "table": 20, "function": 20}


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


def plan(
    problem: Problem,
    *,
    strategy: Strategy,
    n: int,
    lm: Callable[[], LM | None],
    options: SampleOptions,
    style: Literal["completion", "chat", "nursery"],
    batch: int = 8,
) -> Plan:
    """The proposers for a problem.

    Args:
        problem: What to solve.
        strategy: ``sample``, ``enumerate``, or ``auto``: enumerate puzzles and tables, then sample; else sample.
        n: Draws of the language model; candidates of the enumeration when that is the strategy.
        lm: Called when a language model is needed; ``None`` from it means to do without where possible.
        options: How to sample.
        style: How to ask the model.
        batch: Draws per call of the model.

    Raises:
        BadInput: The strategy cannot work on this problem, or needs a language model and there is none.
    """
    if strategy == "enumerate":
        return Plan(Enumerate(problem), n, 64 if problem.kind == "puzzle" else batch)
    enumerates = strategy == "auto" and problem.kind != "function" and can_enumerate(problem)
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
