"""Everything a program can do, with exact probabilities: the representation that validity is checked in.

A program is run once for every way its draws can come out; draws from an interval are cut where the outcome may change
and integrated piece by piece. Probabilities and weights are fractions, so that equal means equal. Runs with too many
draws are cut off and their probability is reported as missing. Not covered: draws that are used as numbers rather than
compared (normal distributions); those are for the sampling runners.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.propose.inference.chance import Chance, Program, Staged
from unriddle.propose.inference.weight import LogWeight, Weight

__all__ = ["Distribution", "distribution"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values and their probabilities; ``missing`` is the probability of runs that were cut off."""

    probability: Mapping[Any, Fraction]
    missing: Fraction = Fraction(0)


class _TooLong(BaseException):
    """More draws than allowed; no ``except Exception`` of a model may stop it."""


@dataclass(slots=True)
class _Replay:
    """Chance that answers the first draws as told and every further one with its first possibility."""

    told: Sequence[int]
    cuts: frozenset[Fraction] | None
    max_draws: int
    path: list[tuple[int, int]] = field(default_factory=list)
    probability: Fraction = Fraction(1)

    def uniform(self, cuts: Sequence[Any] | None = None) -> Fraction:
        if cuts is None and self.cuts is None:
            raise BadInput(
                "exact: a draw in [0, 1) is used as a number, so its outcomes cannot be counted; draw with flip, "
                "choice or pick, or use a sampling runner"
            )
        inside = {Fraction(cut) for cut in cuts or ()}.union(self.cuts or ())
        edges = [Fraction(0), *sorted(cut for cut in inside if 0 < cut < 1), Fraction(1)]
        cells = [((low + high) / 2, high - low) for low, high in itertools.pairwise(edges)]
        number: Fraction = self._take(cells)
        return number

    def picks(self, weights: Sequence[Weight], n: int) -> list[int]:
        exact = [self.weight(weight) for weight in weights]
        total = sum(exact)
        options = [(i, weight / total) for i, weight in enumerate(exact) if weight]
        return [self._take(options) for _ in range(n)]

    def place(self, n: int) -> int:
        found: int = self._take([(i, Fraction(1, n)) for i in range(n)])
        return found

    def weight(self, number: Any) -> Fraction:
        if isinstance(number, LogWeight):
            return Fraction(float(number))
        try:
            made = Fraction(number)
        except (TypeError, ValueError, OverflowError):
            made = Fraction(-1)
        if made < 0:
            raise BadInput(f"weight: expected a finite number that is not negative, got {shorten(number)}")
        return made

    def _take(self, options: Sequence[tuple[Any, Fraction]]) -> Any:
        place = len(self.path)
        if place >= self.max_draws:
            raise _TooLong
        index = self.told[place] if place < len(self.told) else 0
        self.path.append((index, len(options)))
        value, probability = options[index]
        self.probability *= probability
        return value


def distribution(program: Program, *, cuts: frozenset[Fraction] | None = None, max_draws: int = 1000) -> Distribution:
    """The exact distribution of what the program returns, which must be hashable.

    Args:
        program: A function of a ``Chance``; it must do the same again on the same draws.
        cuts: Further places at which every draw from an interval is cut; needed where numbers of a trace are edited.
        max_draws: A run (or one stage of it) with more draws is cut off and counted as missing.

    >>> from unriddle.propose.inference.chance import flip
    >>> two = distribution(lambda chance: flip(chance, Fraction(1, 3)) + flip(chance, Fraction(1, 3)))
    >>> str(two.probability[1])
    '4/9'
    """
    states: dict[Any, Fraction] = {None: Fraction(1)}
    missing = Fraction(0)
    for stage in program.stages if isinstance(program, Staged) else (_ignoring(program),):
        after: dict[Any, Fraction] = {}
        for state, before in states.items():
            for value, probability in _runs(stage, state, cuts, max_draws):
                if value is _CUT:
                    missing += before * probability
                else:
                    after[value] = after.get(value, Fraction(0)) + before * probability
        states = after
    return Distribution(states, missing)


_CUT: Hashable = object()


def _ignoring(program: Program) -> Callable[[Chance, Any], Any]:
    return lambda chance, _: program(chance)


def _runs(
    stage: Callable[[Chance, Any], Any], state: Any, cuts: frozenset[Fraction] | None, max_draws: int
) -> Iterator[tuple[Any, Fraction]]:
    told: list[int] | None = []
    while told is not None:
        replay = _Replay(told, cuts, max_draws)
        try:
            value = stage(replay, state)
        except _TooLong:
            value = _CUT
        yield value, replay.probability
        told = _next(replay.path)


def _next(path: list[tuple[int, int]]) -> list[int] | None:
    """The draws of the next run: the last one that has a further possibility takes it."""
    for place in range(len(path) - 1, -1, -1):
        index, n_options = path[place]
        if index + 1 < n_options:
            return [*(taken for taken, _ in path[:place]), index + 1]
    return None
