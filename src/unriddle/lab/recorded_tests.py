"""Recorded programs met by recorded tests: CodeGen-16B on HumanEval, 100 draws of each for every problem.

Distinct programs run once on the distinct calls that the tests ask for; verdicts are kept by content, so a second run
reads them. A program that had to be ended ``max_kills`` times is given up, and the cells it did not reach are SKIPPED:
in the published formulas these count as not passed. Not covered: other models' recordings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import unriddle
from unriddle import verdicts_file
from unriddle.benchmarks.base import read_samples
from unriddle.benchmarks.generated_tests import read_generated_tests
from unriddle.budget import stopwatch
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.lab.base import Context
from unriddle.lab.recorded import LIMITS as HIDDEN_LIMITS
from unriddle.lab.recorded import judge_kept
from unriddle.language.values import encode, key
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.testgen.asserts_in_text import count_tests, text_of_test
from unriddle.testgen.share_calls import SharedCalls, judge_shared, share_calls
from unriddle.verdicts import Verdicts

__all__ = ["LIMITS", "RecordedTask", "Work", "run_kept", "run_recorded"]

_FOLDER = Path("codet") / "generated_data"
_PROGRAMS = _FOLDER / "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.xz"
_TESTS = _FOLDER / "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_test_case.jsonl.xz"

LIMITS = Limits(cpu_seconds=1.0, memory_mb=512, max_kills=3)
"""Written tests ask for absurdly large work now and then: three kills leave a right program its other cells."""


@dataclass(frozen=True, slots=True)
class RecordedTask:
    """One problem with everything that was recorded and run; repeats stand there as often as they were drawn.

    Attributes:
        problem: The problem, as a proposer sees it.
        programs: ``(n,)`` in the order drawn.
        tests: ``(m,)`` in the order drawn.
        verdicts: ``(n, m)``, programs on tests.
        calls: ``(n, c)``, programs on the distinct bare calls; their values are in ``calls.value``.
        right: ``(n,)``: passes the official tests, which no rule may look at.
    """

    problem: Problem
    programs: tuple[Candidate, ...]
    tests: tuple[Test, ...]
    verdicts: Verdicts
    calls: Verdicts
    right: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Work:
    """What running cost.

    Attributes:
        n_pairs: Pairs of a program and a test that have a verdict, repeats included.
        n_runs: Executions behind them.
        n_fresh: Executions made now; the others were kept from an earlier run.
        seconds: Wall seconds of the executions made now.
    """

    n_pairs: int
    n_runs: int
    n_fresh: int
    seconds: float


def run_recorded(
    context: Context, *, tasks: Sequence[int] | None = None, n: int | None = None, m: int | None = None
) -> tuple[list[RecordedTask], Work] | None:
    """Recorded programs on recorded tests, problem by problem; ``None`` when the recording is not there.

    Args:
        context: Its data folder has the recording, its cache keeps verdicts.
        tasks: Numbers of the problems; all 164 when ``None``.
        n: Only the first this many programs of each.
        m: Only the first this many tests of each.
    """
    if context.data is None or not all((context.data / name).is_file() for name in (_PROGRAMS, _TESTS)):
        return None
    from unriddle.benchmarks import humaneval

    benchmark = humaneval.load()
    wanted = [problem.id for problem in benchmark]
    wanted = wanted if tasks is None else [wanted[i] for i in tasks]
    drawn, written = (
        read_samples(context.data / _PROGRAMS, benchmark),
        read_generated_tests(context.data / _TESTS, benchmark),
    )
    programs = {task: tuple(drawn[task][:n]) for task in wanted}
    tests = {task: tuple(written[task][:m]) for task in wanted}
    hidden = judge_kept(benchmark, programs, context=context, limits=HIDDEN_LIMITS)
    ran, work = run_kept({task: (programs[task], tests[task]) for task in wanted}, context=context)
    made = [
        RecordedTask(
            benchmark.task(task).problem, programs[task], tests[task], *ran[task], np.asarray(hidden[task].solved())
        )
        for task in wanted
    ]
    return made, work


def run_kept(
    groups: Mapping[str, tuple[Sequence[Candidate], Sequence[Test]]], *, context: Context, limits: Limits = LIMITS
) -> tuple[dict[str, tuple[Verdicts, Verdicts]], Work]:
    """Verdicts on the tests ``(n, m)`` and on the distinct bare calls ``(n, c)``, by name of the group, and the cost.

    Equal programs, equal tests and equal calls run once; kept verdicts are not made again.

    Args:
        groups: Programs and tests by name.
        context: Its cache keeps the verdicts, its executor makes the missing ones.
        limits: Per test.
    """
    jobs = {name: _Job.of(programs, tests) for name, (programs, tests) in groups.items()}
    files = {name: context.cache / f"{job.key(limits)}.npz" for name, job in jobs.items()}
    ran, missing = {}, dict(jobs)
    for name, path in files.items():
        kept = _load(path)
        if kept is not None:
            ran[name] = kept
            del missing[name]
    seconds = _run_missing(missing, files, ran, context=context, limits=limits)
    work = Work(
        n_pairs=sum(len(programs) * len(tests) for programs, tests in groups.values()),
        n_runs=sum(v.status.size for v in ran.values()),
        n_fresh=sum(ran[name].status.size for name in missing),
        seconds=seconds,
    )
    return {name: job.spread(ran[name]) for name, job in jobs.items()}, work


@dataclass(frozen=True, slots=True)
class _Job:
    """The distinct programs and executions of a group, and where its rows and columns come from."""

    programs: tuple[Candidate, ...]
    shared: SharedCalls
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @staticmethod
    def of(programs: Sequence[Candidate], tests: Sequence[Test]) -> _Job:
        distinct = {program.id: program for program in programs}
        row = {name: i for i, name in enumerate(distinct)}
        different, _ = count_tests(tests)
        column = {text_of_test(test): j for j, test in enumerate(different)}
        return _Job(
            tuple(distinct.values()),
            share_calls(different),
            tuple(row[program.id] for program in programs),
            tuple(column[text_of_test(test)] for test in tests),
        )

    def key(self, limits: Limits) -> str:
        """What the verdicts depend on; tests go in by canonical encoding."""
        plain = [unriddle.__version__, "shared calls", limits, self.shared.runs, [c.id for c in self.programs]]
        return hashlib.blake2b(key(encode(plain)) or b"", digest_size=16).hexdigest()

    def spread(self, ran: Verdicts) -> tuple[Verdicts, Verdicts]:
        """Verdicts on the tests and on the bare calls, one row for every program, repeats included."""
        calls = ran.take(self.rows, range(self.shared.n_calls))
        return judge_shared(ran, self.shared).take(self.rows, self.columns), calls


def _run_missing(
    missing: Mapping[str, _Job],
    files: Mapping[str, Path],
    ran: dict[str, Verdicts],
    *,
    context: Context,
    limits: Limits,
) -> float:
    """Execute what was not kept and keep it; wall seconds it took."""
    work = {name: job for name, job in missing.items() if job.programs and job.shared.runs}
    for name, job in missing.items():
        if name not in work:
            ran[name] = _without_columns(job)
    if not work:
        return 0.0
    clock = stopwatch()
    context.cache.mkdir(parents=True, exist_ok=True)
    n = sum(len(job.programs) * len(job.shared.runs) for job in work.values())
    context.say(f"executing {n} pairs of program and call of {len(work)} problems in the sandbox (kept for later)")
    with context.executor() as executor:
        groups = [(job.programs, job.shared.runs) for job in work.values()]
        names = list(work)
        for done, (number, verdicts) in enumerate(executor.run_groups(groups, limits=limits), start=1):
            ran[names[number]] = replace(verdicts, details={})
            verdicts_file.save(ran[names[number]], files[names[number]])
            context.say(f"{done} of {len(work)} problems executed")
    return clock()


def _without_columns(job: _Job) -> Verdicts:
    shape = (len(job.programs), len(job.shared.runs))
    return Verdicts(
        status=np.zeros(shape, np.int8),
        value=np.zeros(shape, np.int32),
        cpu_seconds=np.zeros(shape, np.float32),
        prior=np.full(shape[0], np.nan),
        candidates=tuple(program.id for program in job.programs),
        tests=tuple(test.name for test in job.shared.runs),
    )


def _load(path: Path) -> Verdicts | None:
    if not path.is_file():
        return None
    try:
        return verdicts_file.load(path)
    except BadInput:
        path.unlink()
        return None
