"""Local search on values: small changes, kept when the graded distance falls; sites that stay unsatisfied gain weight.

Restarts, crossover of good values, and annealing with a temperature drawn for each restart. Steps that have paid are
tried more often.
"""

from __future__ import annotations

import math
import random
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material
from unriddle.propose.inside.mutate import Mutator

__all__ = ["search"]


class _Climb:
    def __init__(self, puzzle: Puzzle, material: Material, rng: random.Random) -> None:
        self.puzzle, self.rng = puzzle, rng
        self.weights: dict[int, float] = {}
        self.mutator = Mutator(puzzle.kind, material, rng)

    def run(self, value: Any, steps: int) -> Any:
        rng, temperature = self.rng, 10 ** self.rng.uniform(-3.0, -0.3)
        self.weights = {}
        cost = self.total(value)
        best, best_cost, idle = value, cost, 0
        for _ in range(steps):
            new, move = self.mutator.change(value)
            new_cost = self.total(new)
            if new_cost <= cost or rng.random() < math.exp((cost - new_cost) / temperature):
                if new_cost < cost - 1e-12:
                    self.mutator.reward(move)
                value, cost = new, new_cost
            if cost < best_cost - 1e-12:
                best, best_cost, idle = value, cost, 0
            else:
                idle += 1
            if idle and idle % 300 == 0:
                if idle >= 3000:
                    break
                if rng.random() < 0.5:
                    self.raise_weights(value)
                    cost = self.total(value)
                    best_cost = min(best_cost, cost) if self.weights else best_cost
                else:
                    value, cost = best, self.total(best)
        return best

    def total(self, value: Any) -> Any:
        puzzle = self.puzzle
        plain = puzzle.distance(value)
        if not self.weights:
            return plain
        extra = sum(d * (self.weights[s] - 1.0) for s, d in puzzle.meter.sites.items() if d and s in self.weights)
        return plain + extra

    def raise_weights(self, value: Any) -> None:
        self.puzzle.distance(value)
        for site, distance in self.puzzle.meter.sites.items():
            if distance:
                self.weights[site] = self.weights.get(site, 1.0) + 0.3


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Climb from the nearest harvested values, from seeds and from random ones, until time is over."""
    climb = _Climb(puzzle, material, rng)
    fits = [v for v in map(puzzle.kind.cast, material.values) if v is not None and _size(v) <= 300]
    pool = [*seeds, *puzzle.kind.simplest()[:8], *fits[:60], *climb.mutator.starts()]
    ranked = sorted(((puzzle.distance(v), i) for i, v in enumerate(pool)), key=lambda pair: pair[0])
    elite = [(d, pool[i]) for d, i in ranked[:8]]
    n_runs = 0
    while True:
        which = rng.random()
        if which < 0.35 and elite:
            value = rng.choice(elite)[1]
        elif which < 0.5 and len(elite) > 1:
            value = climb.mutator.cross(rng.choice(elite)[1], rng.choice(elite)[1])
        else:
            value = climb.mutator.fresh()
        n_runs += 1
        value = climb.run(value, 1500 * _luby(n_runs))
        elite.append((puzzle.distance(value), value))
        elite.sort(key=lambda pair: pair[0])
        del elite[8:]


def _luby(i: Any) -> int:
    """1, 1, 2, 1, 1, 2, 4, …: how long the i-th run may be, where nobody knows how long is best."""
    k = i.bit_length()
    return 2 ** (k - 1) if i == 2**k - 1 else _luby(i - 2 ** (k - 1) + 1)


def _size(value: Any) -> Any:
    return len(value) if hasattr(value, "__len__") else 1
