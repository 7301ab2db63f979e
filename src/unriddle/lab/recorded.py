"""Recorded programs of CodeGen-16B on HumanEval (100 for each problem), judged in the sandbox and kept.

The recording comes with the reference data (folder ``codet``). Every distinct program is executed once on the official
tests; verdicts are kept by content, so a second run reads them. Not covered: other models' recordings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

import unriddle
from unriddle import verdicts_file
from unriddle.benchmarks.base import TaskBenchmark, read_samples
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.lab.base import Context
from unriddle.language.values import encode, key
from unriddle.outcome import Limits
from unriddle.verdicts import Verdicts

__all__ = ["LIMITS", "NEEDS", "PROGRAMS", "judge_kept", "judge_plus", "judge_recorded", "recorded_programs"]

_Bools = npt.NDArray[np.bool_]

NEEDS = "needs the recorded programs (folder codet of the reference data; give --data FOLDER or UNRIDDLE_DATA)"

PROGRAMS = "codet/generated_data/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.xz"


_PLUS = "humanevalplus/HumanEvalPlus.jsonl.gz"

LIMITS = Limits(cpu_seconds=1.0, memory_mb=512, max_kills=1)
"""Sampled programs loop for ever now and then; one second and one kill keep twelve thousand of them affordable."""


def recorded_programs(context: Context) -> dict[str, list[Candidate]] | None:
    """The recorded programs, ``(100,)`` by problem id; ``None`` when they are not there."""
    if context.data is None or not (context.data / PROGRAMS).is_file():
        return None
    from unriddle.benchmarks import humaneval

    return dict(read_samples(context.data / PROGRAMS, humaneval.load()))


def judge_recorded(context: Context) -> dict[str, Verdicts] | None:
    """Verdicts ``(100, m_i)`` of the recorded programs on the official tests, by problem id.

    ``None`` when the recording is not there.
    """
    if context.data is None or not (context.data / PROGRAMS).is_file():
        return None
    from unriddle.benchmarks import humaneval

    benchmark = humaneval.load()
    programs = read_samples(context.data / PROGRAMS, benchmark)
    return judge_kept(benchmark, programs, context=context, limits=LIMITS)


def judge_plus(context: Context) -> tuple[dict[str, _Bools], dict[str, _Bools]] | None:
    """Booleans ``(100,)`` by problem id: the recorded programs pass the official tests, and HumanEval+ as well.

    Only programs that pass the official tests are executed on the added ones; the others are wrong already.
    ``None`` when the recording or HumanEval+ is not there.
    """
    official = judge_recorded(context)
    if official is None or context.data is None or not (context.data / _PLUS).is_file():
        return None
    from unriddle.benchmarks import evalplus, humaneval

    context.say("reading HumanEval+ and its expected outputs")
    with context.executor() as executor:
        benchmark = evalplus.load(context.data / _PLUS, executor=executor, plus_only=True)
    programs = read_samples(context.data / PROGRAMS, humaneval.load())
    base = {task: v.solved() for task, v in official.items()}
    passing = {t: [c for c, good in zip(programs[t], base[t], strict=True) if good] for t in base if base[t].any()}
    judged = judge_kept(benchmark, passing, context=context, limits=LIMITS)
    plus = {task: np.zeros(good.shape, bool) for task, good in base.items()}
    for task, verdicts in judged.items():
        plus[task][base[task]] = verdicts.solved()
    return base, plus


def judge_kept(
    benchmark: TaskBenchmark,
    programs: Mapping[str, Sequence[Candidate]],
    *,
    context: Context,
    limits: Limits | None = None,
) -> dict[str, Verdicts]:
    """Verdicts on the hidden tests by problem id, in the order of ``programs``; kept ones are not executed again.

    Args:
        benchmark: A ``TaskBenchmark``.
        programs: Candidates by problem id; equal programs are executed once and counted as often as they stand there.
        context: Its cache keeps the verdicts, its executor makes the missing ones.
        limits: Per test; the benchmark's own when ``None``.
    """
    limits = limits or benchmark.limits
    distinct = {task: list({c.id: c for c in rows}.values()) for task, rows in programs.items()}
    files = {task: context.cache / f"{_key(benchmark, task, rows, limits)}.npz" for task, rows in distinct.items()}
    found = dict(_kept(files))
    missing = {task: rows for task, rows in distinct.items() if task not in found}
    if missing:
        context.cache.mkdir(parents=True, exist_ok=True)
        n = sum(map(len, missing.values()))
        context.say(f"executing {n} programs of {len(missing)} problems in the sandbox (kept for the next run)")
        with context.executor() as executor:
            for done, (task, verdicts) in enumerate(
                benchmark.judge(missing, executor=executor, limits=limits), start=1
            ):
                verdicts_file.save(verdicts, files[task])
                found[task] = verdicts
                context.say(f"{done} of {len(missing)} problems executed")
    return {task: _spread(found[task], rows) for task, rows in programs.items()}


def _kept(files: Mapping[str, Path]) -> Iterator[tuple[str, Verdicts]]:
    for task, path in files.items():
        if path.is_file():
            try:
                yield task, verdicts_file.load(path)
            except BadInput:
                path.unlink()


def _spread(verdicts: Verdicts, rows: Sequence[Candidate]) -> Verdicts:
    """One row for every candidate, equal programs sharing theirs."""
    place = {name: i for i, name in enumerate(verdicts.candidates)}
    return verdicts.take([place[c.id] for c in rows])


def _key(benchmark: TaskBenchmark, task: str, rows: Sequence[Candidate], limits: Limits) -> str:
    """What the verdicts depend on: programs, tests, limits and version.

    Tests go in by their canonical encoding: ``repr`` orders sets at random and refuses very long integers.
    """
    plain = [unriddle.__version__, benchmark.name, task, limits, benchmark.task(task).hidden, [c.id for c in rows]]
    return hashlib.blake2b(key(encode(plain)) or b"", digest_size=16).hexdigest()
