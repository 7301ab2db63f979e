"""Where a program's randomness comes from: the sampler's side (the representation Sam).

A program is any function of a ``Chance``; what it returns is random because it draws from it. ``Drawn`` answers with a
generator, ``unriddle.propose.inference.exact`` answers with everything that is possible, one run for each.
Not covered: weights; see ``context`` and ``population``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from unriddle.propose.inference.weight import LogWeight, Weight, log_weight

__all__ = ["Chance", "Drawn", "Program", "Staged", "flip"]


class Chance(Protocol):
    """Answers random questions."""

    def uniform(self, cuts: Sequence[Any] | None = None) -> Any:
        """A number in [0, 1). What is done with it changes at the ``cuts`` only; ``None`` where that is not known."""
        ...

    def picks(self, weights: Sequence[Weight], n: int) -> list[int]:
        """``n`` independent places, each drawn in proportion to the weights, whose sum is not 0."""
        ...

    def place(self, n: int) -> int:
        """A place below ``n``, all alike."""
        ...

    def weight(self, number: Any) -> Weight:
        """The number as a weight of the scale that is computed with."""
        ...


Program = Callable[[Chance], Any]
"""A random value: a function that draws."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Chance from a generator, weights as logarithms."""

    rng: np.random.Generator

    def uniform(self, cuts: Sequence[Any] | None = None) -> float:
        """A float in [0, 1)."""
        return self.rng.random()

    def picks(self, weights: Sequence[Weight], n: int) -> list[int]:
        """``n`` independent places."""
        logs = np.array([log_weight(weight).log for weight in weights])
        sums = np.cumsum(np.exp(logs - logs.max()))
        found = np.searchsorted(sums, self.rng.random(n) * sums[-1], side="right")
        return [int(place) for place in np.minimum(found, np.flatnonzero(logs > -np.inf)[-1])]

    def place(self, n: int) -> int:
        """A place below ``n``."""
        return int(self.rng.random() * n)

    def weight(self, number: Any) -> LogWeight:
        """The number's logarithm."""
        return log_weight(number)


@dataclass(frozen=True, slots=True)
class Staged:
    """A program in stages: each takes the value before it. Equal values are merged between stages when enumerated."""

    stages: tuple[Callable[[Chance, Any], Any], ...]

    def __call__(self, chance: Chance) -> Any:
        """What comes out of the last stage."""
        state: Any = None
        for stage in self.stages:
            state = stage(chance, state)
        return state


def flip(chance: Chance, probability: Any) -> bool:
    """Heads with this probability."""
    return bool(chance.uniform((probability,)) < probability)
