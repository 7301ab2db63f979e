"""Two controls in the experiment of cogex: programs that are shuffled, and votes of programs that are all right.

Not covered: the search itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.contracts import Executor
from unriddle.lab._cogex_tables import ERROR, Table
from unriddle.lab._cogex_tasks import leaves
from unriddle.lab.base import Claim, claim, generator
from unriddle.methods.cogex import PseudoProgram, ShuffleControl, exact, run_emulator, shuffle_control, voted

__all__ = ["control", "vote"]

_SALTS = ("one", "two", "three")


def control(tables: Sequence[Table], executor: Executor, *, seed: int) -> list[Claim]:
    """Each task's right program replaced, for each new example, by another one: Python must lose by it."""
    right = [_right(table) for table in tables]
    run = run_emulator(leaves(error=ERROR, salt=f"{seed} control"), executor=executor)
    same, other = [], []
    for t, table in enumerate(tables):
        own, rng = [right[t]] * len(table.new), generator(seed, stream=8000 + t)
        same.append(shuffle_control(own, table.new, emulate=table.emulate, pool=table.programs, rng=rng))
        pool = [*right[:t], *right[t + 1 :]]
        other.append(shuffle_control(own, table.new, emulate=run, pool=pool, rng=rng))
    return [
        _claim(
            "Python heeds the program: accuracy lost at least, when it is replaced by others of the grammar",
            same,
            tables,
        ),
        _claim("and when it is replaced by the right programs of other tasks", other, tables),
    ]


def _right(table: Table) -> PseudoProgram:
    return table.programs[int(np.flatnonzero(table.sound)[0])]


def _claim(name: str, found: Sequence[ShuffleControl], tables: Sequence[Table]) -> Claim:
    least = min(found, key=lambda one: one.low)
    told = "; ".join(
        f"{table.task.name} {one.own:.2f} to {one.shuffled:.2f}" for one, table in zip(found, tables, strict=True)
    )
    note = (
        f"lower end of the interval of the task that loses least, {least.drop:.3f}; {least.n} new examples each; {told}"
    )
    return claim(name, least.low, relation=">", baseline=0.0, low=least.low, high=least.high, note=note)


def vote(tables: Sequence[Table], executor: Executor, *, seed: int) -> list[Claim]:
    """A right program three times, with leaves that err elsewhere each time: what a vote is worth at its best."""
    rng = generator(seed, stream=8100)
    voted_right, one_right, told = [], [], []
    for table in tables:
        if not table.has_leaves:
            continue
        program, given = _right(table), [one for one, _ in table.new]
        of = [
            run_emulator(leaves(error=ERROR, salt=f"{seed} {salt}"), executor=executor)(program, given)
            for salt in _SALTS
        ]
        wanted = [answer for _, answer in table.new]
        together = [voted([answers[j] for answers in of], rng=rng) for j in range(len(wanted))]
        three = [exact(one, answer) for one, answer in zip(together, wanted, strict=True)]
        each = np.mean([[exact(one, answer) for one, answer in zip(a, wanted, strict=True)] for a in of], axis=0)
        voted_right += three
        one_right += each.tolist()
        told.append(f"{table.task.name} {np.mean(each):.2f} to {np.mean(three):.2f}")
    gain = paired_bootstrap(voted_right, one_right, rng=rng)
    return [
        claim("three right programs whose leaves err apart: what a vote gains over one of them", gain["value"],
              relation=">", baseline=0.0, low=gain["low"], high=gain["high"], note="; ".join(told)),
    ]  # fmt: skip
