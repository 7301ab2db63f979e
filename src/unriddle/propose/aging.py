"""Aging evolution: each child comes from the best of a few random members, and the oldest member leaves.

Programs may be of any kind: a mutation makes them, a key says which are the same, and a fitness that is known for a key
is not measured again. ``Aging`` is asked for children and told their fitness; ``run`` is the loop for a fitness
function. Not covered: crossover, several objectives, fitness that is noisy (a lucky value stays with its key).
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from unriddle.errors import BadInput, shorten

__all__ = ["Aging", "Improvement", "run"]

P = TypeVar("P")

WORST = -math.inf


@dataclass(frozen=True, slots=True)
class Improvement(Generic[P]):
    """A program better than all before it.

    Attributes:
        n_children: Children made when its fitness became known.
        n_evaluated: Fitness values measured by then.
        fitness: Its fitness.
        program: The program.
    """

    n_children: int
    n_evaluated: int
    fitness: float
    program: P


@dataclass(slots=True)
class Aging(Generic[P]):
    """The state of one evolution.

    Args:
        start: The first members; fewer than ``population`` are repeated in turn.
        mutate: Makes a child; it uses ``rng``, so that one generator decides everything.
        key: Text that is equal for programs that need not be told apart.
        rng: Draws parents.
        population: Members.
        tournament: Members drawn with replacement for each child; the best of them is its parent.
        restart_after: After this many children without a better one, all members are the best program; ``None`` for
            never.
        cache: Reuse the fitness of a key; without it every child is measured.
        n_top: How many of the best distinct programs are kept.
        tidy: Makes of the best program what a restart begins with, a program with the same key.

    Attributes:
        members: ``(program, key, fitness)``, the oldest first.
        n_children: Children made, first members not counted.
        n_evaluated: Fitness values that were told.
        n_known: Children whose fitness was known.
        n_restarts: How often all members became the best program.
        improvements: Every program that was better than all before it.

    Raises:
        BadInput: There is no first member, or a number is less than 1.
    """

    start: Sequence[P]
    mutate: Callable[[P], P]
    key: Callable[[P], str]
    rng: np.random.Generator
    population: int = 1000
    tournament: int = 2
    restart_after: int | None = None
    cache: bool = True
    n_top: int = 50
    tidy: Callable[[P], P] | None = None
    members: deque[tuple[P, str, float]] = field(default_factory=deque)
    known: dict[str, float] = field(default_factory=dict)
    n_children: int = 0
    n_evaluated: int = 0
    n_known: int = 0
    n_restarts: int = 0
    improvements: list[Improvement[P]] = field(default_factory=list)
    n_begun: int = 0
    restarted_at: int = 0
    _asked: dict[str, list[P]] = field(default_factory=dict)
    _top: list[tuple[float, int, P]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.start:
            raise BadInput("Aging: start must hold at least one program")
        for name in ("population", "tournament"):
            if getattr(self, name) < 1:
                raise BadInput(f"Aging: {name} must be 1 or more, got {getattr(self, name)!r}")

    @property
    def best(self) -> Improvement[P] | None:
        """The best program so far; ``None`` before anything was told."""
        return self.improvements[-1] if self.improvements else None

    @property
    def top(self) -> list[tuple[float, P]]:
        """``(fitness, program)`` of the best programs with different keys, best first."""
        return [(fitness, program) for fitness, _, program in sorted(self._top, key=lambda row: (-row[0], -row[1]))]

    def ask(self, k: int, *, max_known: int = 10_000) -> list[P]:
        """Up to ``k`` programs to be measured, none with the key of another that was measured or asked.

        Children whose fitness is known become members at once. After ``max_known`` of those in a row the answer is
        shorter; it is empty when nothing new was found among them.
        """
        fresh: list[P] = []
        n_before = self.n_known
        while len(fresh) < k and self.n_known - n_before < max_known:
            waiting = self.n_begun < max(self.population, len(self.start))
            if not waiting and not self.members:  # all first members have been asked, none was told
                break
            program = self.start[self.n_begun % len(self.start)] if waiting else self.mutate(self._parent())
            self.n_begun += waiting
            self.n_children += not waiting
            key = self.key(program) if self.cache else str(self.n_begun + self.n_children)
            if key in self.known:
                self.n_known += not waiting
                self._add(program, key, self.known[key])
            elif key in self._asked:
                self.n_known += not waiting
                self._asked[key].append(program)
            else:
                self._asked[key] = [program]
                fresh.append(program)
        return fresh

    def tell(self, programs: Sequence[P], fitness: Sequence[float]) -> None:
        """The fitness of programs that were asked, in the order they become members; NaN and infinity are the worst.

        Raises:
            BadInput: A program was not asked, or the two differ in length.
        """
        if len(programs) != len(fitness):
            raise BadInput(f"Aging.tell: {len(programs)} programs but {len(fitness)} values of fitness")
        for program, value in zip(programs, fitness, strict=True):
            key = self._asked_key(program)
            score = float(value) if math.isfinite(value) else WORST
            self.n_evaluated += 1
            self.known[key] = score
            self._keep_top(score, program)
            for one in self._asked.pop(key):
                self._add(one, key, score)

    def _asked_key(self, program: P) -> str:
        for key in [self.key(program)] if self.cache else list(self._asked):
            if any(one is program or one == program for one in self._asked.get(key, ())):
                return key
        raise BadInput(f"Aging.tell: this program was not asked, or was told already: {shorten(program)}")

    def _parent(self) -> P:
        drawn = self.rng.integers(len(self.members), size=self.tournament).tolist()
        return max((self.members[i] for i in drawn), key=lambda member: member[2])[0]

    def _add(self, program: P, key: str, fitness: float) -> None:
        self.members.append((program, key, fitness))
        while len(self.members) > self.population:
            self.members.popleft()
        if self.best is None or fitness > self.best.fitness:
            self.improvements.append(Improvement(self.n_children, self.n_evaluated, fitness, program))
        elif self.restart_after is not None:
            since = max(self.best.n_children, self.restarted_at)
            if self.n_children - since >= self.restart_after:
                found = self.tidy(self.best.program) if self.tidy is not None else self.best.program
                self.members = deque([(found, self.key(found), self.best.fitness)] * self.population)
                self.n_restarts, self.restarted_at = self.n_restarts + 1, self.n_children

    def _keep_top(self, fitness: float, program: P) -> None:
        row = (fitness, -self.n_evaluated, program)
        if len(self._top) < self.n_top:
            heapq.heappush(self._top, row)
        elif self._top and row[:2] > self._top[0][:2]:
            heapq.heapreplace(self._top, row)

    def state(self, write: Callable[[P], Any]) -> dict[str, Any]:
        """Everything that ``resume`` needs, as plain data; ``write`` gives a program's.

        Raises:
            BadInput: Programs were asked and not told; tell them first.
        """
        if self._asked:
            raise BadInput(f"Aging.state: {len(self._asked)} programs were asked and not told; tell them first")
        counts = ("n_children", "n_evaluated", "n_known", "n_restarts", "n_begun", "restarted_at")
        programs: dict[int, int] = {}
        table: list[Any] = []

        def number(program: P) -> int:
            if id(program) not in programs:
                programs[id(program)] = len(table)
                table.append(write(program))
            return programs[id(program)]

        return {
            "counts": {name: getattr(self, name) for name in counts},
            "rng": self.rng.bit_generator.state,
            "members": [[number(program), key, _plain(fitness)] for program, key, fitness in self.members],
            "known": {key: _plain(fitness) for key, fitness in self.known.items()},
            "improvements": [
                [i.n_children, i.n_evaluated, _plain(i.fitness), number(i.program)] for i in self.improvements
            ],
            "top": [[_plain(fitness), order, number(program)] for fitness, order, program in self._top],
            "programs": table,
        }

    def resume(self, state: dict[str, Any], read: Callable[[Any], P]) -> None:
        """Take up what ``state`` gave, the generator included; later children are those of an uninterrupted run."""
        table = [read(row) for row in state["programs"]]
        for name, value in state["counts"].items():
            setattr(self, name, int(value))
        self.rng.bit_generator.state = state["rng"]
        self.members = deque((table[i], key, _number(fitness)) for i, key, fitness in state["members"])
        self.known = {key: _number(fitness) for key, fitness in state["known"].items()}
        self.improvements = [Improvement(a, b, _number(f), table[i]) for a, b, f, i in state["improvements"]]
        self._top = [(_number(fitness), order, table[i]) for fitness, order, i in state["top"]]


def run(
    evolution: Aging[P],
    fitness: Callable[[P], float],
    *,
    n_children: int | None = None,
    n_evaluated: int | None = None,
    watch: Callable[[Aging[P]], None] | None = None,
) -> None:
    """Go on until so many children were made or so many fitness values measured in all, whichever comes first.

    Args:
        evolution: Is changed in place.
        fitness: Higher is better; NaN and infinity are the worst.
        n_children: Bound on children; the first members are not counted.
        n_evaluated: Bound on values measured.
        watch: Called after every measurement.

    Raises:
        BadInput: There is no bound.
    """
    if n_children is None and n_evaluated is None:
        raise BadInput("run: give n_children or n_evaluated; the evolution would never end")
    while (n_children is None or evolution.n_children < n_children) and (
        n_evaluated is None or evolution.n_evaluated < n_evaluated
    ):
        room = 10_000 if n_children is None else min(10_000, n_children - evolution.n_children)
        asked = evolution.ask(1, max_known=max(1, room))
        if not asked and n_children is None:
            return  # ten thousand children in a row were known: there is nothing new to be found
        evolution.tell(asked, [fitness(program) for program in asked])
        if watch is not None:
            watch(evolution)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return WORST if value is None else float(value)
