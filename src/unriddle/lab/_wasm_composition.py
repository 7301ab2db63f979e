"""Monitors together and one at a time on random programs: the same reports, and no program notices.

Not covered: probes that come, go and stop a run (the tests of ``unriddle.execute.trace.wasm`` check their rules).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.execute.trace.wasm import Ended, Machine, Monitor, monitors_of, text_to_wasm
from unriddle.lab._wasm_random import Writer
from unriddle.lab.base import Claim, claim, generator

__all__ = ["Compared", "compare", "composition", "same_result"]

_NAMES = ("coverage", "branches", "hotness", "loops", "calls", "memory", "tree", "values")
_BUDGET = 10**9
_CALL = ("f2", (5, -7))


@dataclass(frozen=True, slots=True)
class Compared:
    """One program under monitors.

    Attributes:
        how: How it ended without any.
        reports: Names of the monitors that report something else together than alone.
        results: Names of those under which the program's result or memory differs, ``all`` for all together.
        monitors: The monitors that were attached together, after the run.
    """

    how: str
    reports: tuple[str, ...]
    results: tuple[str, ...]
    monitors: tuple[Monitor, ...]


def same_result(one: Ended, other: Ended) -> bool:
    """Whether two runs did the same, the price left out; the text of a number tells NaN and -0 apart."""

    def seen(ended: Ended) -> tuple[object, ...]:
        return ended.how, repr(ended.values), ended.text, ended.memory, ended.memory_bytes, repr(ended.globals)

    return seen(one) == seen(other)


def compare(wasm: bytes, call: str, args: Sequence[int]) -> Compared:
    """A program without monitors, with all of them, and with each of them."""
    bare = Machine(wasm).run(call, args)
    machine, together = Machine(wasm), monitors_of(_NAMES, instructions=_BUDGET)
    machine.attach(*together)
    results = [] if same_result(machine.run(call, args), bare) else ["all"]
    reports = []
    for monitor in together:
        alone, (one,) = Machine(wasm), _fresh(monitor.name)
        alone.attach(one)
        if not same_result(alone.run(call, args), bare):
            results.append(monitor.name)
        if repr(one.report()) != repr(monitor.report()):
            reports.append(monitor.name)
    return Compared(bare.how, tuple(reports), tuple(results), tuple(together))


def _fresh(name: str) -> list[Monitor]:
    return monitors_of([], instructions=_BUDGET) if name == "timeout" else monitors_of([name])


def composition(n: int, *, seed: int) -> list[Claim]:
    """The same reports and the same results on ``n`` random programs."""
    found = [compare(text_to_wasm(Writer(rng).program(3)), *_CALL) for rng in _generators(n, seed)]
    ends = Counter(one.how for one in found)
    note = f"{len(_NAMES) + 1} monitors; runs that {', '.join(f'{how}: {k}' for how, k in sorted(ends.items()))}"
    return [
        claim(
            f"share of {n} random programs on which monitors report together what each reports alone",
            float(np.mean([not one.reports for one in found])),
            relation="==",
            baseline=1.0,
            note=note,
        ),
        claim(
            f"share of {n} random programs whose result, memory and globals are the same under monitors as without",
            float(np.mean([not one.results for one in found])),
            relation="==",
            baseline=1.0,
            note=note,
        ),
    ]


def _generators(n: int, seed: int) -> list[np.random.Generator]:
    return [generator(seed, stream=1000 + i) for i in range(n)]
