"""Running two programs side by side: suspects are run again alone, the most telling difference is kept and made small.

Not covered: where inputs come from (``unriddle.testgen.difference_inputs``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from unriddle.budget import Budget, Spent
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.coverage import Covered
from unriddle.outcome import Limits, Status
from unriddle.testgen.difference_entries import reachable
from unriddle.testgen.difference_inputs import Args, MixedInputs
from unriddle.testgen.difference_observe import (
    CATEGORIES,
    Category,
    Look,
    Seen,
    categorise,
    compare,
    observe,
    read_seen,
)
from unriddle.testgen.difference_result import Difference, NoDifference, SearchLog
from unriddle.testgen.distinguish import shrink_input, size
from unriddle.testgen.small_scope import small_inputs

__all__ = ["Found", "PairSearch"]

_FIRST, _LAST = 32, 256
"""Inputs in the first batch, and in the largest."""
_QUICK = 0.25
"""CPU seconds of a call while searching; what takes longer is believed to run for ever only with the full limit."""
_PATIENCE = dict.fromkeys(CATEGORIES, 0.3) | {"value": 0.0, "arguments": 0.1, "printed": 0.1}
"""Share of the budget spent on looking for a more telling difference than one of this category."""
_ENDLESS = ("second does not end", "first does not end")
_SHRINKING = 0.3
"""Share of the budget spent on making the input smaller, at most."""
_UNTIL = 1.1
"""Share of the budget at which the input is not made smaller any more, whenever it was found."""
_FLAKY, _UNSTEADY = 6, 12
"""Suspects that are gone when they run alone before the search is given up: with a random program, and otherwise."""


_Suspect = tuple[Args, str, int, Category]
"""An input that seems to show a difference, its source, how many inputs were run up to it, and the category."""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference on one input, seen alone.

    Attributes:
        args: The input.
        category: How the programs differ.
        first: What the first did.
        second: What the second did.
    """

    args: Args
    category: Category
    first: Seen
    second: Seen


@dataclass(slots=True)
class PairSearch:
    """Runs both programs on inputs, keeps the best difference and counts what was spent.

    Args:
        looks: Both programs, ready to be looked at.
        executor: Runs them.
        budget: Bounds on runs, CPU seconds (search included) and wall seconds.
        limits: Per call; searching uses less time.
        equal: Values that count as equal though they are not.
    """

    looks: list[Look]
    executor: Executor
    budget: Budget
    limits: Limits
    equal: Callable[[Any, Any], bool] | None
    log: SearchLog = field(default_factory=SearchLog)
    best: Found | None = None
    cpu: float = 0.0
    _began: float = field(default_factory=time.monotonic)
    _own: float = field(default_factory=time.process_time)
    _taken: list[Any] = field(default_factory=list)
    _branches: list[Any] = field(default_factory=list)
    _weak_at: float = 0.0
    _n_gone: int = 0
    _quick: float = _QUICK

    @property
    def quick(self) -> Limits:
        """Limits while searching."""
        return replace(self.limits, cpu_seconds=min(self._quick, self.limits.cpu_seconds))

    def spent(self) -> Spent:
        """What has been used so far."""
        spent = self.log.spent
        spent.cpu_seconds = self.cpu + time.process_time() - self._own
        spent.seconds = time.monotonic() - self._began
        return spent

    def used(self) -> float:
        """Share of the budget that is used, of the bound that is nearest."""
        spent = self.spent()
        bounds = [(spent.runs, self.budget.runs), (spent.cpu_seconds, self.budget.cpu_seconds)]
        return max((x / bound for x, bound in [*bounds, (spent.seconds, self.budget.seconds)] if bound), default=1.0)

    def run(self, inputs: MixedInputs) -> str:
        """Look until a telling difference is found or the budget is used; why it ended."""
        k = _FIRST
        while self.used() < 1:
            left = self.budget.runs - self.log.spent.runs if self.budget.runs is not None else 2 * _LAST
            batch = inputs.ask(max(1, min(k, left // 2)))
            if not batch:
                return "there are no more inputs of these kinds"
            parts = self.try_batch(batch)
            inputs.tell([args for args, _ in batch], parts)
            if self.best is not None and self.used() >= self._weak_at + _PATIENCE[self.best.category]:
                return "a difference was found"
            if self.best is None and self._n_gone >= (_FLAKY if self.log.flaky else _UNSTEADY):
                return self._why_gone()
            k = min(_LAST, 2 * k)
        why = self.budget.why_over(self.spent()) or "the budget is used"
        silent = self.log.n_first_failed == self.log.n_inputs
        return f"{why}; the first program returned on none of the inputs" if silent else why

    def try_batch(self, batch: Sequence[tuple[Args, str]]) -> list[Covered]:
        """Run the inputs, each with the name of its source, and keep what is best; what they covered.

        Raises:
            BadInput: A program does not load.
        """
        parts = self.observe([args for args, _ in batch], self.quick)
        if not self._branches:
            self._loads(parts)
        self._note(batch, parts)
        self._confirm(self._suspects(batch, parts))
        return parts

    def _why_gone(self) -> str:
        if self.log.flaky:
            return f"the {' and the '.join(self.log.flaky)} program answers differently each time it is run"
        return "the programs keep something between calls, and differ only after earlier calls"

    def observe(self, args: Sequence[Args], limits: Limits, *, salt: int = 0) -> list[Covered]:
        """Both programs on these inputs."""
        parts = observe(self.looks, args, executor=self.executor, limits=limits, salt=salt)
        self.log.spent.runs += len(args) * len(parts)
        self.cpu += float(sum(np.nansum(part.cpu_seconds) for part in parts))
        return parts

    def _loads(self, parts: Sequence[Covered]) -> None:
        for part, word in zip(parts, ("first", "second"), strict=True):
            if len(part.status) and not part.loading.any() and not part.counts.any():
                states = {Status(int(s)) for s in part.status}
                if states <= {Status.ERROR, Status.CRASH, Status.FORBIDDEN, Status.MEMORY, Status.TIMEOUT}:
                    self._probe_loading(part, word)
            self._branches.append(part.branches)
            self._taken.append(part.loading > 0)

    def _probe_loading(self, part: Covered, word: str) -> None:
        """No branch was taken at all: either there is none to take, or the program does not even load."""
        look = replace(self.looks[0 if word == "first" else 1], entry="len", effects=False)
        alone = observe([look], [([],)], executor=self.executor, limits=self.limits)[0]
        name = alone.errors[0].partition(":")[0]
        if alone.status[0] != Status.PASS and not (name == "KeyError" and "len" in alone.errors[0]):
            raise BadInput(
                f"diff: the {word} program does not load in the sandbox: {alone.errors[0] or part.errors[0]}; "
                "correct it, or see `unriddle doctor` for what the sandbox allows"
            )

    def _note(self, batch: Sequence[tuple[Args, str]], parts: Sequence[Covered]) -> None:
        self.log.n_inputs += len(batch)
        self.log.sources.update(source for _, source in batch)
        self.log.n_first_failed += int((parts[0].status != Status.PASS).sum())
        for i, part in enumerate(parts):
            self._taken[i] = self._taken[i] | part.taken.any(axis=0)

    def _suspects(self, batch: Sequence[tuple[Args, str]], parts: Sequence[Covered]) -> list[_Suspect]:
        """Inputs that seem to differ, the most telling and smallest first; few of each category."""
        found: dict[str, list[_Suspect]] = {}
        for i, (args, source) in enumerate(batch):
            category = categorise(parts[0], parts[1], i, equal=self.equal)
            self.log.categories[category] += 1
            if category in CATEGORIES[:-1]:
                found.setdefault(category, []).append((args, source, self.log.n_inputs - len(batch) + i + 1, category))
        best = CATEGORIES.index(self.best.category) if self.best else len(CATEGORIES)
        return [
            suspect
            for category in CATEGORIES[: min(best, len(CATEGORIES) - 1)]
            for suspect in sorted(found.get(category, []), key=lambda s: size(s[0]))[:3]
        ]

    def _confirm(self, suspects: Sequence[_Suspect]) -> None:
        """Run suspects again, alone; keep the most telling that stays."""
        for args, source, number, category in suspects:
            found = self.certain(args, category)
            if found is None:
                if category in _ENDLESS:
                    self._quick *= 2  # it only takes its time
                else:
                    self._n_gone += 1
                continue
            rank = CATEGORIES.index(found.category)
            if self.best is None or rank < CATEGORIES.index(self.best.category):
                self._weak_at = self.used() if self.best is None else self._weak_at
                self.best, self.log.found_by, self.log.n_to_first = found, source, number
            if rank == 0:
                break

    def certain(self, args: Args, expected: Category) -> Found | None:
        """The difference on one input when it is seen alone and stays with other seeds; ``None`` otherwise."""
        runs = [self.observe([args], self.limits, salt=salt) for salt in (0, 1)]
        seen = [[read_seen(part, 0) for part in parts] for parts in runs]
        steady = True
        for place, word in enumerate(("first", "second")):
            if compare(seen[0][place], seen[1][place]) not in ("same", "unknown"):
                self.log.flaky.setdefault(word, args)
                steady = False
        category = compare(*seen[0], equal=self.equal)
        if not steady or category not in CATEGORIES[:-1]:
            self.log.n_unsteady += steady and expected not in _ENDLESS
            return None
        return Found(args, category, *seen[0])

    def smallest(self, found: Found, inputs: MixedInputs, accepts: Callable[[Args], bool] | None) -> Args:
        """A smaller input with a difference of the same category: piece by piece, then any of the small ones."""
        until = min(_UNTIL, self.used() + _SHRINKING)

        def divides(tried: Sequence[Args]) -> list[bool]:
            if self.used() > until:
                return [False] * len(tried)
            parts = self.observe(tried, self.quick)
            return [
                categorise(parts[0], parts[1], i, equal=self.equal) == found.category
                and (accepts is None or accepts(tried[i]))
                for i in range(len(tried))
            ]

        best = shrink_input(found.args, divides=divides, max_rounds=40)
        below = size(best)
        less = [a for a in islice(small_inputs(inputs.kinds, pool=inputs.pool), 3000) if size(a) < below]
        less = sorted(less, key=size)[:1024]
        for start in range(0, len(less), _LAST):
            good = divides(less[start : start + _LAST])
            if any(good):
                best = less[start + good.index(True)]
                break
        return best

    def report(self, entry: str, args: Args, found: Found) -> Difference:
        """The difference on the smaller input if it stays there, else on the input that was found."""
        again = found if args == found.args else self.certain(args, found.category)
        final = again if again is not None and again.category == found.category else found
        self.spent()
        return Difference(entry, final.args, final.category, final.first, final.second, found.args, self.log)

    def nothing(self, entry: str, why: str) -> NoDifference:
        """None was found, and what was reached."""
        shares, missed = [float("nan")] * 2, [(), ()]
        for i, (branches, taken) in enumerate(zip(self._branches, self._taken, strict=True)):
            own_names = reachable(self.looks[i].program, self.looks[i].entry)
            inside = np.array([branch.function.partition(".")[0] in own_names for branch in branches], dtype=bool)
            shares[i] = float(taken[inside].mean()) if inside.any() else 1.0
            lines = {b.line for b, hit, own in zip(branches, taken, inside, strict=True) if own and not hit}
            missed[i] = tuple(sorted(lines))
        self.spent()
        return NoDifference(entry, why, (shares[0], shares[1]), (missed[0], missed[1]), self.log)
