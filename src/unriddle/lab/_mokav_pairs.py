"""Pairs of programs that are known to differ: QuixBugs with its bugs, its mutants, and recorded programs that fail.

Pairs of one half were looked at while the search was built, those of the other half are what is reported: of the
recorded problems the odd ones, of QuixBugs the later half of the alphabet. That a pair differs is known from official
tests, whose inputs the search never sees. Not covered: programs on linked nodes, and problems without a right program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks import quixbugs
from unriddle.benchmarks.base import Task
from unriddle.candidate import Candidate
from unriddle.errors import BadProblem
from unriddle.lab.base import Context, generator
from unriddle.lab.recorded import judge_kept, judge_plus, recorded_programs
from unriddle.language.mutants import mutants
from unriddle.language.python import function_names
from unriddle.outcome import Limits
from unriddle.problem import CallTest

__all__ = ["Pair", "quixbugs_pairs", "recorded_pairs"]

_LIMITS = Limits(cpu_seconds=0.5, memory_mb=512, max_kills=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two programs that differ.

    Attributes:
        name: Where they come from.
        family: ``quixbugs``, ``mutant``, ``recorded`` (the second fails the official tests) or ``hard`` (it passes
            those and fails HumanEval+).
        entry: Their function.
        first: The right program.
        second: The wrong one.
    """

    name: str
    family: str
    entry: str
    first: str
    second: str


def quixbugs_pairs(context: Context, *, n_mutants: int, seed: int, reporting: bool = True) -> list[Pair]:
    """Every right program of the reporting (or the tuning) half with its bug, and with mutants that fail a test."""
    if context.data is None or not (context.data / "quixbugs").is_dir():
        return []
    benchmark = quixbugs.load(context.data / "quixbugs")
    tasks = [task for task in benchmark.tasks if _plain(task)]
    half = tasks[len(tasks) // 2 :] if reporting else tasks[: len(tasks) // 2]
    pairs = [Pair(t.problem.id, "quixbugs", t.problem.entry, t.reference, str(t.problem.meta["buggy"])) for t in half]
    rng = generator(seed, stream=7)
    made = {t.problem.id: [Candidate(m) for m in mutants(t.reference, n=2 * n_mutants, rng=rng)] for t in half}
    judged = judge_kept(benchmark, {name: rows for name, rows in made.items() if rows}, context=context, limits=_LIMITS)
    for task in half:
        name = task.problem.id
        wrong = [c for c, good in zip(made[name], judged[name].solved(), strict=True) if not good] if made[name] else []
        pairs += [Pair(f"{name}, mutant {i}", "mutant", task.problem.entry, task.reference, c.source)
                  for i, c in enumerate(wrong[:n_mutants])]  # fmt: skip
    return pairs


def _plain(task: Task) -> bool:
    """Whether its inputs are plain data."""
    return bool(task.reference) and not task.problem.context and all(isinstance(t, CallTest) for t in task.hidden)


def recorded_pairs(context: Context, *, seed: int, reporting: bool = True) -> list[Pair] | None:
    """Of every odd (or even) problem one program that passes HumanEval+ with one that fails, of each family.

    ``None`` when the recording or HumanEval+ is not there.
    """
    judged, programs = judge_plus(context), recorded_programs(context)
    if judged is None or programs is None:
        return None
    from unriddle.benchmarks import humaneval

    base, plus = judged
    benchmark = humaneval.load()
    rng = generator(seed, stream=8)
    pairs = []
    for task in base:
        if int(task.partition("/")[2]) % 2 == reporting:
            entry = benchmark.task(task).problem.entry
            rows, good = programs[task], np.flatnonzero(plus[task])
            for family, wrong in (("recorded", ~base[task]), ("hard", base[task] & ~plus[task])):
                chosen = next(_readable(rows, rng.permutation(np.flatnonzero(wrong)), entry), "")
                right = next(_readable(rows, rng.permutation(good), entry), "")
                if chosen and right:
                    pairs.append(Pair(task, family, entry, right, chosen))
    return pairs


def _readable(rows: Sequence[Candidate], order: npt.NDArray[np.int64], entry: str) -> Iterator[str]:
    for i in order.tolist():
        try:
            if entry in function_names(rows[i].source):
                yield rows[i].source
        except BadProblem:
            continue
