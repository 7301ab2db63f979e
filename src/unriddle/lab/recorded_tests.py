"""Recorded programs met by recorded tests: CodeGen-16B on HumanEval, 100 draws of each for every problem.

Distinct programs run once on the distinct calls that the tests ask for; verdicts are kept by content, so a second run
reads them. A program that had to be ended ``max_kills`` times is given up, and the cells it did not reach are SKIPPED:
in the published formulas these count as not passed. Not covered: other models' recordings.
"""

from __future__ import annotations

import hashlib
import json
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
from unriddle.methods._all_pairs import AllPairs, PairPlan, judged, plan_pairs
from unriddle.outcome import Limits, Status
from unriddle.problem import Problem, Test
from unriddle.verdicts import Verdicts

__all__ = ["LIMITS", "RecordedTask", "Work", "given_up", "run_kept", "run_recorded"]

_FOLDER = Path("codet") / "generated_data"
_PROGRAMS = _FOLDER / "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.xz"
_TESTS = _FOLDER / "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_test_case.jsonl.xz"

LIMITS = Limits(cpu_seconds=1.0, memory_mb=512, max_kills=3)
"""Written tests ask for absurdly large work now and then: three kills leave a right program its other cells."""


@dataclass(frozen=True, slots=True)
class RecordedTask:
    """One problem with everything that was recorded and run.

    Attributes:
        problem: The problem, as a proposer sees it.
        programs: ``(n,)`` in the order drawn; repeats stand there as often as they were drawn.
        tests: ``(m,)`` in the order drawn, likewise.
        pairs: Distinct programs on distinct tests.
        right: ``(n,)``: passes the official tests, which no rule may look at.
    """

    problem: Problem
    programs: tuple[Candidate, ...]
    tests: tuple[Test, ...]
    pairs: AllPairs
    right: npt.NDArray[np.bool_]

    def verdicts(self) -> Verdicts:
        """``(n, m)``, programs on tests as drawn; what a program given up did not reach counts as TIMEOUT."""
        return given_up(self.pairs.spread())

    def calls(self) -> Verdicts:
        """``(n, c)``, programs as drawn on the distinct calls of the tests; values are in ``value``."""
        return given_up(self.pairs.calls.take(self.pairs.plan.rows))


def given_up(verdicts: Verdicts) -> Verdicts:
    """The same matrix with TIMEOUT for SKIPPED: a program was given up because it used up its time."""
    status = np.where(verdicts.status == Status.SKIPPED, Status.TIMEOUT, verdicts.status).astype(np.int8)
    return replace(verdicts, status=status)


@dataclass(frozen=True, slots=True)
class Work:
    """What running cost.

    Attributes:
        n_pairs: Pairs of a program and a test that have a verdict, repeats included.
        n_runs: Executions behind them.
        n_timed: Executions whose time is known: those of this run, else those of the last run that made any.
        seconds: Wall seconds of these.
    """

    n_pairs: int
    n_runs: int
    n_timed: int
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
    drawn = read_samples(context.data / _PROGRAMS, benchmark)
    written = read_generated_tests(context.data / _TESTS, benchmark)
    programs = {task: tuple(drawn[task][:n]) for task in wanted}
    tests = {task: tuple(written[task][:m]) for task in wanted}
    hidden = judge_kept(benchmark, programs, context=context, limits=HIDDEN_LIMITS)
    ran, work = run_kept({task: (programs[task], tests[task]) for task in wanted}, context=context)
    made = [
        RecordedTask(benchmark.task(task).problem, programs[task], tests[task], ran[task], hidden[task].solved())
        for task in wanted
    ]
    return made, work


def run_kept(
    groups: Mapping[str, tuple[Sequence[Candidate], Sequence[Test]]], *, context: Context, limits: Limits = LIMITS
) -> tuple[dict[str, AllPairs], Work]:
    """The matrices by name of the group, and what they cost.

    Equal programs, equal tests and equal calls run once; kept verdicts are not made again.

    Args:
        groups: Programs and tests by name.
        context: Its cache keeps the verdicts, its executor makes the missing ones.
        limits: Per test.
    """
    plans = {name: plan_pairs(programs, tests) for name, (programs, tests) in groups.items()}
    files = {name: context.cache / f"{_key(plan, limits)}.npz" for name, plan in plans.items()}
    ran, missing = {}, dict(plans)
    for name, path in files.items():
        kept = _load(path)
        if kept is not None:
            ran[name] = kept
            del missing[name]
    seconds = _run_missing(missing, files, ran, context=context, limits=limits)
    n_timed, seconds = _rate(files, sum(ran[name].status.size for name in missing), seconds)
    work = Work(
        n_pairs=sum(len(programs) * len(tests) for programs, tests in groups.values()),
        n_runs=sum(v.status.size for v in ran.values()),
        n_timed=n_timed,
        seconds=seconds,
    )
    return {name: judged(ran[name], plan) for name, plan in plans.items()}, work


def _key(plan: PairPlan, limits: Limits) -> str:
    """What the verdicts depend on; tests go in by canonical encoding."""
    plain = [unriddle.__version__, "shared calls", limits, plan.shared.runs, [c.id for c in plan.programs]]
    return hashlib.blake2b(key(encode(plain)) or b"", digest_size=16).hexdigest()


def _run_missing(
    missing: Mapping[str, PairPlan],
    files: Mapping[str, Path],
    ran: dict[str, Verdicts],
    *,
    context: Context,
    limits: Limits,
) -> float:
    """Execute what was not kept and keep it; wall seconds it took."""
    work = {name: plan for name, plan in missing.items() if plan.programs and plan.shared.runs}
    for name, plan in missing.items():
        if name not in work:
            ran[name] = _without_columns(plan)
    if not work:
        return 0.0
    clock = stopwatch()
    context.cache.mkdir(parents=True, exist_ok=True)
    n = sum(len(plan.programs) * len(plan.shared.runs) for plan in work.values())
    context.say(f"executing {n} pairs of program and call of {len(work)} problems in the sandbox (kept for later)")
    with context.executor() as executor:
        groups = [(plan.programs, plan.shared.runs) for plan in work.values()]
        names = list(work)
        for done, (number, verdicts) in enumerate(executor.run_groups(groups, limits=limits), start=1):
            ran[names[number]] = replace(verdicts, details={})
            verdicts_file.save(ran[names[number]], files[names[number]])
            context.say(f"{done} of {len(work)} problems executed")
    return clock()


def _rate(files: Mapping[str, Path], n_fresh: int, seconds: float) -> tuple[int, float]:
    """Executions and their wall seconds, kept beside the verdicts for runs that execute nothing."""
    if not files:
        return n_fresh, seconds
    name = hashlib.blake2b("".join(path.stem for path in files.values()).encode(), digest_size=16).hexdigest()
    path = next(iter(files.values())).with_name(f"{name}.rate.json")
    if n_fresh:
        path.write_text(json.dumps([n_fresh, seconds]), encoding="utf-8")
        return n_fresh, seconds
    try:
        n_timed, taken = json.loads(path.read_text(encoding="utf-8"))
        return int(n_timed), float(taken)
    except (OSError, ValueError, TypeError):
        return 0, 0.0


def _without_columns(plan: PairPlan) -> Verdicts:
    shape = (len(plan.programs), len(plan.shared.runs))
    return Verdicts(
        status=np.zeros(shape, np.int8),
        value=np.zeros(shape, np.int32),
        cpu_seconds=np.zeros(shape, np.float32),
        prior=np.full(shape[0], np.nan),
        candidates=tuple(program.id for program in plan.programs),
        tests=tuple(test.name for test in plan.shared.runs),
    )


def _load(path: Path) -> Verdicts | None:
    if not path.is_file():
        return None
    try:
        return verdicts_file.load(path)
    except BadInput:
        path.unlink()
        return None
