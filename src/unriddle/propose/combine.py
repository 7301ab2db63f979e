"""Portfolio: several searches for a puzzle's answer under one budget of seconds, and which of them found it.

Every search runs in the sandbox as one program that calls the verifier itself; the value it returns becomes a candidate
that returns this value and nothing else, judged like any other. Not covered: answers that are not plain data, and
problems other than puzzles.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Group
from unriddle.errors import BadInput
from unriddle.language.typecheck import has_type
from unriddle.outcome import Limits, Outcome
from unriddle.problem import CallTest, Problem, Satisfies
from unriddle.propose.answer import answer_program, written
from unriddle.propose.search_program import available_components, search_program
from unriddle.propose.shares import Shares, Turn
from unriddle.verdicts import Verdicts

__all__ = ["Portfolio"]

_N_BEST = 6
_SHORTEST = 0.05
_SLACK = 0.5
_WINDOW = 4.0
_PATIENCE = 2.0
"""Wall seconds that a turn may take for each of its CPU seconds, where other work slows it down."""
_ENDLESS = 3600.0
LONGEST = 2.0
_N_GROWING = 2
_SAME_AGAIN = {"constants", "inversion", "expressions", "exhaustion", "templates"}
"""Searches that begin where they began before: another turn that is no longer than the last one is no use."""


@dataclass(frozen=True, slots=True)
class _Near:
    """A value that is not accepted, and how far the graded verifier finds it."""

    distance: float
    value: Any
    component: str


class Portfolio:
    """Searches that take turns until one of them finds a value the verifier accepts.

    Each turn is one run in the sandbox of a few tenths of a second to a few seconds; there are as many at a time as
    the executor has workers. What one search came nearest with is where the next may begin. When the seconds are used
    up, the nearest value is proposed last, so that the user sees it.

    Args:
        problem: A puzzle.
        executor: Where the searches run.
        seconds: Wall seconds for all turns together, counted from the first ``ask``.
        cpu_seconds: CPU seconds for all turns together, as well; a measure that does not depend on what else runs.
        components: Names of the searches; all that can run here by default.
        memory_mb: MiB for a search.
        seed: Makes the turns' random numbers reproducible; which turn ends first is not.
        watch: Called with one line after every turn.

    Raises:
        BadInput: The problem has no verifier, or there is no such component.
    """

    def __init__(
        self,
        problem: Problem,
        executor: Executor,
        *,
        seconds: float = 10.0,
        cpu_seconds: float | None = None,
        components: Sequence[str] | None = None,
        memory_mb: int = 1024,
        seed: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> None:
        self._expect = _verifier(problem)
        names = available_components() if components is None else tuple(components)
        if unknown := sorted(set(names) - set(available_components())):
            raise BadInput(f"Portfolio: no component {unknown[0]!r}; there are {', '.join(available_components())}")
        self._problem, self._executor, self._memory_mb, self._seed = problem, executor, memory_mb, seed
        self._seconds, self._watch, self._end = seconds, watch, math.inf
        self._shares = Shares(names, longest=LONGEST)
        self._cpu_seconds, self._cpu_spent = cpu_seconds, 0.0
        self._near: list[_Near] = []
        self._proposed: set[str | None] = set()
        self._n_values = 0

    def ask(self, k: int) -> list[Candidate]:
        """The next value found, as a candidate; the nearest one when the seconds are used up, then nothing more."""
        if k < 1:
            return []
        if self._end == math.inf:
            self._end = time.monotonic() + self._seconds
        found = self._found()
        if found is None and self._near:
            found = self._near[0]
            self._near = []
        candidate = None if found is None else self._candidate(found)
        return [] if candidate is None else [candidate]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Ignored: a value that was refused is not proposed again, and the searches go on."""

    @property
    def cpu_spent(self) -> float:
        """CPU seconds of all turns so far."""
        return self._cpu_spent

    def _left(self) -> float:
        wall = self._end - time.monotonic()
        return wall if self._cpu_seconds is None else min(wall, self._cpu_seconds - self._cpu_spent)

    def _found(self) -> _Near | None:
        """Run turns until one finds a value that was not proposed before."""
        while self._left() > _SHORTEST and not self._shares.over:
            found = self._window(min(self._left(), _WINDOW))
            if found is not None:
                return found
        return None

    def _window(self, seconds: float) -> _Near | None:
        """Turns that begin within so many seconds; all of them have the same limits."""
        longest = min(seconds, LONGEST)
        cpu, end = longest + _SLACK, time.monotonic() + seconds
        wall = 3 * cpu if self._cpu_seconds is None else _ENDLESS
        limits = Limits(cpu_seconds=cpu, wall_seconds=wall, memory_mb=self._memory_mb)
        under_way: list[Turn] = []
        rows = self._executor.run_groups(self._turns(under_way, longest, end), limits=limits)
        try:
            for number, verdicts in rows:
                found = self._read(under_way[number], verdicts[0, 0])
                if found is not None and written(found.value) not in self._proposed:
                    return found
        finally:
            close = getattr(rows, "close", None)
            if callable(close):
                close()
        return None

    def _turns(self, under_way: list[Turn], longest: float, end: float) -> Iterator[Group]:
        """Turns while there is time; made as the executor has room for them."""
        expect = self._expect
        while time.monotonic() < end and self._left() > _SHORTEST and (turn := self._shares.turn()) is not None:
            seconds = min(turn.seconds, longest, self._left())
            under_way.append(replace(turn, seconds=seconds))
            wall = self._end - time.monotonic()
            if self._cpu_seconds is None:
                wall = min(_PATIENCE * seconds + _SLACK, wall)
            seeds = [near.value for near in self._near]
            seed = 1000 * (self._seed + 1) * (turn.number + 1) + len(under_way)
            args = (turn.name, expect.code, expect.entry, expect.type or "Any", (seconds, wall), seed, seeds)
            self._cpu_spent += seconds
            yield [Candidate(search_program(turn.name))], [CallTest("search", args)]

    def _read(self, turn: Turn, outcome: Outcome) -> _Near | None:
        """Book what a turn came to; the value it found."""
        said = outcome.result
        if outcome.cpu_seconds == outcome.cpu_seconds:
            self._cpu_spent += outcome.cpu_seconds - turn.seconds
        if not isinstance(said, dict) or not isinstance(said.get("found"), list):
            self._shares.tell(turn, gained=False, failed=True)
            self._say(f"{turn.name}: {outcome.error or outcome.status.name}")
            return None
        self._n_values += said["runs"] if type(said.get("runs")) is int else 0
        before = self._near[0].distance if self._near else math.inf
        if isinstance(said.get("best"), list) and type(said.get("distance")) is float:
            self._remember([_Near(said["distance"], value, turn.name) for value in said["best"]])
        gained = bool(self._near) and self._near[0].distance < before
        self._shares.tell(turn, gained=gained, over=said.get("done") is True or self._in_vain(turn))
        nearest = f", nearest at {self._near[0].distance:.2f}" if self._near else ""
        self._say(f"{turn.name}: {self._n_values} values tried{nearest}, {max(self._left(), 0):.0f} s left")
        return next((_Near(0.0, value, turn.name) for value in said["found"]), None)

    def _in_vain(self, turn: Turn) -> bool:
        return turn.name in _SAME_AGAIN and turn.number >= _N_GROWING

    def _remember(self, more: list[_Near]) -> None:
        kept: dict[str, _Near] = {}
        for near in sorted([*self._near, *more], key=lambda near: near.distance):
            kept.setdefault(written(near.value) or "", near)
        self._near = list(kept.values())[:_N_BEST]

    def _candidate(self, near: _Near) -> Candidate | None:
        self._proposed.add(written(near.value))
        source = answer_program(self._problem, near.value)
        if source is None or (self._expect.type and not has_type(near.value, self._expect.type)):
            return None
        meta = {"distance": near.distance, "values": self._n_values, "search_cpu_seconds": round(self._cpu_spent, 3)}
        return Candidate(source, proposer=near.component, meta=meta)

    def _say(self, line: str) -> None:
        if self._watch is not None:
            self._watch(line)


def _verifier(problem: Problem) -> Satisfies:
    for test in problem.tests:
        if isinstance(test, CallTest) and isinstance(test.expect, Satisfies) and not test.expect.args:
            return test.expect
    raise BadInput(f"Portfolio: problem {problem.id} has no verifier; use Enumerate or Sample")
