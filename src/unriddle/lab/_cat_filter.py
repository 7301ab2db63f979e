"""Recorded asserts of CodeGen-16B on HumanEval, filtered on the reference programs, and few of them chosen.

Greedy choice by coverage is held against random choice among the tests that pass and are new, by coverage and by
mutants that are told from the reference. Not covered: functions whose asserts are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.benchmarks.generated_tests import read_generated_tests
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lab.base import Context, generator
from unriddle.language.asserts import tests_from_code
from unriddle.language.mutants import mutants
from unriddle.outcome import Limits, Status
from unriddle.testgen.asserts_in_text import text_of_test
from unriddle.testgen.lm_filter import FilterReport, filter_tests, select_by_coverage
from unriddle.testgen.lm_test_files import WrittenTest

__all__ = ["KS", "RECORDING", "Filtered", "filtered", "yields"]

RECORDING = "codet/generated_data/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_test_case.jsonl.xz"

KS = (1, 2, 3, 5, 10)
"""Numbers of tests that are chosen."""

_LIMITS = Limits(cpu_seconds=1.0, wall_seconds=6.0, memory_mb=512, max_kills=2)
_N_SUBSETS = 50

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Filtered:
    """What one function showed.

    Attributes:
        task: Id of the problem.
        report: Of the filter.
        greedy: ``(k,)`` coverage by ``KS`` chosen tests.
        random: ``(k,)`` the same, mean over random choices.
        killed_greedy: ``(k,)`` share of the mutants told from the reference.
        killed_random: ``(k,)`` likewise.
        n_mutants: Mutants.
    """

    task: str
    report: FilterReport
    greedy: _Floats
    random: _Floats
    killed_greedy: _Floats
    killed_random: _Floats
    n_mutants: int


def filtered(context: Context, *, n_tasks: int, n_tests: int, n_mutants: int, seed: int) -> list[Filtered] | None:
    """The filter on the first functions that have recorded asserts; ``None`` when the recording is not there.

    Args:
        context: Its data folder has the recording, its executor runs everything.
        n_tasks: Functions.
        n_tests: Recorded asserts of each, repeats included.
        n_mutants: Mutants of each at most.
        seed: Of mutants and random choices.
    """
    if context.data is None or not (context.data / RECORDING).is_file():
        return None
    from unriddle.benchmarks import humaneval

    benchmark = humaneval.load()
    written = read_generated_tests(context.data / RECORDING, benchmark)
    tasks = [problem.id for problem in benchmark if written.get(problem.id)][:n_tasks]
    found = []
    with context.executor() as executor:
        for done, task in enumerate(tasks, 1):
            tests = [WrittenTest(text_of_test(test) + "\n") for test in written[task][:n_tests]]
            found.append(_one(benchmark, task, tests, executor, n_mutants, seed + done))
            if done % 10 == 0:
                context.say(f"{done} of {len(tasks)} functions filtered")
    return found


def _one(
    benchmark: TaskBenchmark, task: str, tests: Sequence[WrittenTest], executor: Executor, n_mutants: int, seed: int
) -> Filtered:
    code, entry = benchmark.task(task).reference, benchmark.task(task).problem.entry
    report = filter_tests(tests, code, executor=executor)
    pool = [i for i, why in enumerate(report.reasons) if not why or why.startswith("coverage")]
    rng = generator(seed, stream=3)
    killed = _killed(code, entry, [tests[i].source for i in pool], executor, mutants(code, n=n_mutants, rng=rng))
    greedy = [pool.index(i) for i in _greedy(report, pool)]
    covered = report.covered[pool] | report.base
    draws = [rng.permutation(len(pool)).tolist() for _ in range(_N_SUBSETS)]
    return Filtered(
        task,
        report,
        _by_k(covered, [greedy]),
        _by_k(covered, draws),
        _by_k(killed, [greedy]),
        _by_k(killed, draws),
        killed.shape[1],
    )


def _greedy(report: FilterReport, pool: Sequence[int]) -> list[int]:
    """The choice by coverage; where no test adds any more, the rest of the pool in the order drawn."""
    chosen = select_by_coverage(report, max(KS))
    return [*chosen, *(i for i in pool if i not in chosen)]


def _by_k(table: npt.NDArray[np.bool_], orders: Sequence[Sequence[int]]) -> _Floats:
    """``(k,)`` share of the columns that the first tests of an order have, mean over the orders."""
    if not table.shape[1]:
        return np.full(len(KS), np.nan)
    rows = [[table[list(order[:k])].any(axis=0).mean() for k in KS] for order in orders]
    return np.asarray(np.mean(rows, axis=0), dtype=np.float64)


def _killed(
    code: str, entry: str, sources: Sequence[str], executor: Executor, programs: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """``(m, mutants)``: the test fails on the mutant, or the mutant had to be ended before it."""
    tests = [test for source in sources for test in tests_from_code(source, entry)[:1]]
    if not programs or len(tests) != len(sources):
        return np.zeros((len(sources), 0), np.bool_)
    verdicts = executor.run([Candidate(text) for text in programs], tests, limits=_LIMITS)
    bad = ~verdicts.passed & (verdicts.status != Status.INFRA)
    return np.asarray(bad.T, np.bool_)


def yields(found: Sequence[Filtered]) -> Mapping[str, int]:
    """Tests left after each stage, all functions together, ``drawn`` first."""
    counts: Counter[str] = Counter()
    for one in found:
        counts["drawn"] += len(one.report.tests)
        counts.update(one.report.yields)
    return counts
