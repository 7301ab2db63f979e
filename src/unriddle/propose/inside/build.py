"""Answers built item by item: greedily over a whole domain, by a beam on the graded distance, and by backtracking.

For texts the items are characters and harvested pieces.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]

SLACK = 1e-9


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Take turns at the ways of building until time is over."""
    if not (puzzle.kind.listed or puzzle.kind.name == "str"):
        return
    builder = _Builder(puzzle, material, rng)
    turn = 0
    while True:
        puzzle.clock()
        domain = builder.domain(turn)
        if domain:
            builder.greedy(domain, shuffle=turn > 3)
            builder.beam(domain[:150], width=(3, 20, 100)[turn % 3])
            builder.backtrack(domain, 3000 * (1 + turn))
        if turn % 2 and not builder.text:
            builder.walk(width=(10, 40)[turn % 4 > 1])
        turn += 1


class _Builder:
    def __init__(self, puzzle: Puzzle, material: Material, rng: random.Random) -> None:
        self.puzzle, self.material, self.rng = puzzle, material, rng
        self.text = puzzle.kind.name == "str"
        self.empty: Any = "" if self.text else []
        self.longest = min(max([n for n in material.lengths if n <= 3000] or [10]) + 2, 1500)

    def domain(self, turn: int) -> Any:
        if self.text:
            pieces = list(dict.fromkeys([*self.material.alphabet(), *self.material.texts]))
            return pieces if turn % 2 else self.material.alphabet()
        domain = self.material.domain(self.puzzle.kind.item, self.rng, 3000)
        if turn % 3 == 1:
            domain = domain[::-1]
        return domain

    def join(self, value: Any, item: Any) -> Any:
        if self.text:
            return value + item
        return [*value, item[:] if type(item) is list else item]

    def greedy(self, domain: list[Any], *, shuffle: bool) -> None:
        """Keep every item that leaves satisfied the sites that were satisfied; several passes, then all the rest."""
        domain = list(domain)
        if shuffle:
            self.rng.shuffle(domain)
        value = self.empty
        kept, _ = self.puzzle.sites(value)
        kept = dict(kept)
        for _ in range(2):
            grown = False
            for item in domain:
                if len(value) >= 2000:
                    return
                new = self.join(value, item)
                self.puzzle.distance(new)
                sites = self.puzzle.meter.sites
                if self._keeps(kept, sites):
                    value, kept, grown = new, dict(sites), True
            if not grown:
                break
        self.puzzle.accepts(value)

    @staticmethod
    def _keeps(before: Any, after: Any) -> bool:
        """No site that was satisfied is violated, and none is missing that was there."""
        for site, distance in before.items():
            if distance == 0 and after.get(site, 1.0) > 0:
                return False
        return all(d <= before[s] + SLACK or before[s] > 0 for s, d in after.items() if s in before)

    def walk(self, width: int) -> None:
        """A beam in which each item is a small step from the one before, or from a harvested one at the start."""
        kind = self.puzzle.kind.item
        starts = [v for v in map(kind.cast, self.material.values) if v not in (None, "", [])][:10]
        first = [item for start in starts for item in [start, *_near(start)]]
        if first:
            self.beam(first[:300], width, lambda value: _near(value[-1]) if value else first[:300])

    def beam(self, domain: list[Any], width: int, following: Callable[[Any], list[Any]] | None = None) -> None:
        """The best ``width`` values of each length; ``following`` gives the items that may come next."""
        rng, puzzle = self.rng, self.puzzle
        level, idle, best = [(puzzle.distance(self.empty), self.empty)], 0, 1e9
        for _ in range(self.longest):
            nexts, seen = [], set()
            for _, value in level:
                if following is not None:
                    items = following(value)
                else:
                    items = domain if len(domain) <= 40 or width <= 20 else rng.sample(domain, 40)
                for item in items:
                    new = self.join(value, item)
                    key = new if self.text else repr(new)
                    if key not in seen:
                        seen.add(key)
                        nexts.append((puzzle.distance(new) + rng.random() * 1e-6, new))
            nexts.sort(key=lambda pair: pair[0])
            level = nexts[:width]
            if not level:
                return
            if level[0][0] < best - 1e-5:
                best, idle = level[0][0], 0
            else:
                idle += 1
            if idle > 12:
                return

    def backtrack(self, domain: list[Any], n_nodes: int) -> None:
        """Depth first: extend while no satisfied site breaks, best-looking item first; undo when stuck."""
        puzzle, rng = self.puzzle, self.rng
        domain = domain if len(domain) <= 120 else rng.sample(domain, 120)
        start, _ = puzzle.sites(self.empty)
        stack: list[Any] = [(self.empty, dict(start), None)]
        while stack and n_nodes > 0:
            value, sites, choices = stack.pop()
            if choices is None:
                choices = []
                for item in domain:
                    n_nodes -= 1
                    new = self.join(value, item)
                    distance = puzzle.distance(new)
                    after = puzzle.meter.sites
                    if not value or self._keeps(sites, after):
                        choices.append((distance + rng.random() * 1e-3, new, dict(after)))
                choices.sort(key=lambda one: -one[0])
            if not choices or len(value) >= self.longest:
                continue
            _, new, after = choices.pop()
            stack.append((value, sites, choices))
            stack.append((new, after, None))


def _near(item: Any) -> list[Any]:
    """Items one small step away: one character, one number up or down, or one step in two numbers at once."""
    if type(item) is str:
        letters = "0123456789" if item.isdigit() else dict.fromkeys(item + "abcdefghijklmnopqrstuvwxyz")
        return [item[:i] + c + item[i + 1 :] for i in range(len(item)) for c in letters if c != item[i]][:200]
    if type(item) is int:
        return [item + d for d in (1, -1, 2, -2, 3, -3)]
    if type(item) is list and item and all(type(part) is int for part in item):
        steps = itertools.product(range(-2, 3), repeat=min(len(item), 3))
        return [[*(a + b for a, b in zip(item, step)), *item[3:]] for step in steps if any(step)]
    return []
