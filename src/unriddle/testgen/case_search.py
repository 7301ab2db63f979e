"""Cases that cover a module: drawn and changed, run in the sandbox, kept when they take a branch in a new way.

Not covered: choosing which of them are worth writing (``unriddle.testgen.module_tests``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.execute.coverage import Covered, cover_code
from unriddle.language.branches import Branch
from unriddle.outcome import Limits, Status
from unriddle.testgen.cases import Case, CaseMaker, is_readable
from unriddle.testgen.draw import Pool
from unriddle.testgen.inputs import harvest
from unriddle.testgen.strings import matching_strings, patterns_in
from unriddle.testgen.targets import Class, Function, Module

__all__ = ["LIMITS", "Found", "search_cases"]

LIMITS = Limits(cpu_seconds=0.2, memory_mb=1024, value_bytes=1 << 20, max_kills=2)
_FIRST, _MOST = 6, 24
"""Cases of each target in the first round, and at most: rounds are to be short beside the time there is."""
_PATIENCE = 12
"""A target that had to be ended so often, and more often than it showed something, is left alone."""
_WRONG_TYPE = ("TypeError", "AttributeError")


@dataclass(slots=True)
class Found:
    """Cases that showed something new, and what they showed.

    Attributes:
        branches: What there is to cover.
        loading: ``(b,)`` what loading takes.
        cases: In order of discovery.
        counts: ``(cases, b)``.
        status: How each ended.
        values: What each returned, encoded.
        errors: What each raised.
        n_run: Cases that were run.
        problems: By target, how often it ended in a way that gives no test (endless, denied, crashed).
    """

    branches: tuple[Branch, ...] = ()
    loading: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    cases: list[Case] = field(default_factory=list)
    counts: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    status: list[Status] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    n_run: int = 0
    problems: dict[str, Counter[str]] = field(default_factory=dict)


def search_cases(
    module: Module,
    source: str,
    *,
    executor: Executor,
    rng: np.random.Generator,
    seconds: float,
    only: Sequence[str] = (),
    limits: Limits = LIMITS,
    least_rounds: int = 3,
    say: Callable[[str], None] = lambda _: None,
) -> Found:
    """Cases for the module's functions and classes, for that many wall seconds or until nothing new comes.

    Args:
        module: What it offers.
        source: Its text.
        executor: Runs the cases.
        rng: Where randomness comes from.
        seconds: Wall seconds.
        only: Names of functions and classes; all when empty.
        limits: Per case.
        least_rounds: Rounds that are made however little time there is; the first ones may meet endless calls.
        say: Takes progress messages.
    """
    maker = CaseMaker(module, source, rng, _literals(source, rng))
    targets: list[Function | Class] = [*module.functions, *module.classes]
    targets = [t for t in targets if not only or t.name in only]
    found, search = Found(), _State([[] for _ in targets])
    until, idle, n_each, rounds = time.monotonic() + seconds, 0, _FIRST, 0
    while targets and ((began := time.monotonic()) < until or rounds < least_rounds) and idle < 25:
        rounds += 1
        batch = [
            (k, case)
            for k, target in enumerate(targets)
            for case in search.ask(k, target, maker, n_each * _weight(target))
        ]
        if not batch:
            break
        parts = search.parts(batch)
        n_new = 0
        jobs = [(source, [case.code for _, case in part]) for part in parts]
        for number, covered in cover_code(jobs, executor=executor, limits=limits, isolated=False):
            n_new += search.tell(parts[number], covered, found, maker)
        found.n_run += len(batch)
        took = time.monotonic() - began
        n_each = max(2, min(_MOST, int(n_each * min(2.0, seconds / 10 / max(took, 1e-3)))))
        idle = 0 if n_new else idle + 1
        taken = np.any(np.array(found.counts) > 0, axis=0).sum() if found.counts else 0
        say(f"{found.n_run} cases run, {len(found.cases)} kept, {taken} of {len(found.branches)} branches")
    return found


def _weight(target: Function | Class) -> int:
    """How many times the cases of a function a target gets: classes with many methods get more."""
    return max(1, min(8, len(target.methods) // 3)) if isinstance(target, Class) else 1


def _literals(source: str, rng: np.random.Generator) -> Pool:
    """The source's literals without long texts, which make no readable inputs; strings its expressions match."""
    pool = harvest([source])
    short = {
        name: [v for v in values if not isinstance(v, str | bytes) or len(v) <= 24] for name, values in pool.items()
    }
    patterns = patterns_in(source)[:30]
    matching = [
        text
        for pattern, flags in patterns
        for text in matching_strings(pattern, n=max(6, 60 // len(patterns)), rng=rng, flags=flags)
    ]
    return {**short, "str": [*short.get("str", []), *matching]}


@dataclass(slots=True)
class _State:
    """What was seen: how often each branch was taken at most, and endings by target."""

    kept: list[list[Case]]
    best: npt.NDArray[np.uint8] | None = None
    marks: set[tuple[object, ...]] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    endless: Counter[int] = field(default_factory=Counter)

    def parts(self, batch: Sequence[tuple[int, Case]]) -> list[list[tuple[int, Case]]]:
        """The batch in parts for a process each; targets that had to be ended are with themselves."""
        calm = [pair for pair in batch if not self.endless[pair[0]]]
        size = max(20, len(calm) // 8)
        parts = [calm[i : i + size] for i in range(0, len(calm), size)]
        for k in dict.fromkeys(k for k, _ in batch if self.endless[k]):
            parts.append([pair for pair in batch if pair[0] == k])
        return parts

    def ask(self, k: int, target: Function | Class, maker: CaseMaker, n: int) -> list[Case]:
        """At most ``n`` cases for one target, none asked before."""
        made: list[Case] = []
        if self.endless[k] >= _PATIENCE and self.endless[k] > len(self.kept[k]):
            return made
        for _ in range(4 * n):
            if len(made) == n:
                break
            mine = self.kept[k]
            if mine and maker.rng.random() < 0.65:
                few = [mine[int(i)] for i in maker.rng.integers(len(mine), size=2)]
                case = maker.change(min(few, key=lambda c: c.size))
            else:
                case = maker.new(target)
            if case.code not in self.asked and case.size < 2000 and is_readable(case):
                self.asked.add(case.code)
                made.append(case)
        return made

    def tell(self, part: Sequence[tuple[int, Case]], covered: Covered, found: Found, maker: CaseMaker) -> int:
        """Keep what is new; how many were."""
        found.branches, found.loading = covered.branches, covered.loading
        if self.best is None:
            self.best = np.zeros(len(covered.branches), np.uint8)
        n_new = 0
        for row, (k, case) in enumerate(part):
            status, error = Status(int(covered.status[row])), covered.errors[row]
            maker.learn(case, wrong_type=status is Status.ERROR and error.partition(":")[0] in _WRONG_TYPE)
            if status is Status.SKIPPED:  # others of its part took all the patience; it may come again
                self.asked.discard(case.code)
            if status not in (Status.PASS, Status.ERROR):
                if status.known:
                    self.endless[k] += 1
                    found.problems.setdefault(case.entry, Counter())[status.name] += 1
                continue
            counts = covered.counts[row]
            mark = (k, case.entry, status, error.partition(":")[0], (counts > 0).tobytes())
            if mark in self.marks and not (counts > self.best).any():
                continue
            self.marks.add(mark)
            np.maximum(self.best, counts, out=self.best)
            self.kept[k].append(case)
            found.cases.append(case)
            found.counts.append(counts.copy())
            found.status.append(status)
            found.values.append(covered.values[row])
            found.errors.append(error)
            n_new += 1
        return n_new
