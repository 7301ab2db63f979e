"""Genetic: propose programs by aging evolution, told how many tests each child passed.

The representation says what programs are: how they begin, how they mutate, which behave alike, and their source.
``expression_programs`` is the one for functions with examples. Not covered: crossover; holding on to the best member
(aging lets it go, ``solve`` keeps it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.propose.aging import Aging
from unriddle.solver import fraction_passed
from unriddle.verdicts import Verdicts

__all__ = ["Genetic", "Representation"]

P = TypeVar("P")


class Representation(Protocol[P]):
    """What programs are to an evolution."""

    def start(self, n: int, *, rng: np.random.Generator) -> list[P]:
        """Up to ``n`` first members, at least one."""
        ...

    def mutate(self, program: P, *, rng: np.random.Generator) -> P:
        """A changed copy."""
        ...

    def key(self, program: P) -> str:
        """Text that is equal only for programs whose verdicts would be equal."""
        ...

    def source(self, program: P) -> str:
        """The whole program as source text."""
        ...


class Genetic:
    """A proposer that evolves programs.

    Only programs with a new key are proposed; a child whose key is known takes its score and becomes a member.

    Args:
        representation: Made for the problem.
        rng: Decides everything.
        score: Fitness of told candidates, ``Verdicts -> (n,)``.
        population: Members.
        tournament: Members drawn for each child; the best of them is its parent.
        restart_after: Children without a better one after which all members become the best; ``None`` for never.
        max_known: After this many children in a row with known keys the proposer is exhausted.
        name: What the candidates say proposed them.

    Raises:
        BadInput: ``population`` or ``tournament`` is less than 1.
    """

    def __init__(
        self,
        representation: Representation[P],
        *,
        rng: np.random.Generator,
        score: Score = fraction_passed,
        population: int = 100,
        tournament: int = 4,
        restart_after: int | None = 2000,
        max_known: int = 10_000,
        name: str = "genetic",
    ) -> None:
        self._source, self._score, self._name, self._max_known = representation.source, score, name, max_known
        self._evolution = Aging(
            representation.start(population, rng=rng),
            mutate=lambda program: representation.mutate(program, rng=rng),
            key=representation.key,
            rng=rng,
            population=population,
            tournament=tournament,
            restart_after=restart_after,
        )
        self._asked: dict[str, P] = {}

    def ask(self, k: int) -> list[Candidate]:
        """Up to ``k`` programs none of which behaves like an earlier one; empty when none was found for long."""
        asked = []
        for program in self._evolution.ask(k, max_known=self._max_known):
            candidate = Candidate(self._source(program), proposer=self._name)
            self._asked[candidate.id] = program
            asked.append(candidate)
        return asked

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Candidates that were asked become members with their score; others are passed over."""
        scores = self._score(verdicts)
        for candidate, score in zip(candidates, scores.tolist(), strict=True):
            if candidate.id in self._asked:
                self._evolution.tell([self._asked.pop(candidate.id)], [score])
