"""The experiment of ``unriddle.methods.ldb``: recorded seeds and repairs judged again and replayed, blocks checked.

Programs and repairs are the authors' recordings; of ours, SmolLM2 alone is asked, in the full preset. Not covered:
repairs by a larger model.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.metrics import wilson
from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.feedback.failing import entry_call
from unriddle.lab._ldb_recorded import (
    LIMITS,
    NEEDS,
    RUNS,
    SEEDS,
    Run,
    benchmark,
    judge,
    program,
    recorded_folder,
    rows_of,
    seed_rows,
    shown_benchmark,
)
from unriddle.lab._ldb_repair import repair_claims, seen
from unriddle.lab._ldb_tracer import Watched, tracer_claims, watch
from unriddle.lab._ldb_traces import locate_mutants, traced_faults
from unriddle.lab._repair_kinds import bugs
from unriddle.lab._replay_model import RecordedPrograms
from unriddle.lab._small_model import LIMITS as SMALL_LIMITS
from unriddle.lab._small_model import OPTIONS, loop_claim
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.recorded import judge_kept
from unriddle.lm.base import LM
from unriddle.methods.ldb import LDB
from unriddle.solver import Solution

__all__ = ["experiment"]


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; all of them need the recorded runs."""
    folder = recorded_folder(context)
    if folder is None:
        return [not_run("LDB on GPT-3.5's HumanEval programs: solved after the repairs", NEEDS, relation="==")]
    small = preset == "small"
    problems = {
        name: benchmark(folder, name) for name in (["humaneval"] if small else ["humaneval", "mbpp", "transcoder"])
    }
    claims = []
    for run in RUNS[:1] if small else RUNS:
        context.say(f"judging {run.name}")
        claims += _run_claims(folder, run, problems[run.benchmark], context)
    if not small:
        claims += [_bare_seeds(folder, name, model, problems[name], context) for name, model in SEEDS]
    claims += _visible(folder, problems["humaneval"], context)
    context.say("replaying, cutting runs into blocks, placing mistakes")
    with context.executor() as executor:
        claims += _replay(folder, problems["humaneval"], executor, most=16 if small else None)
        claims += _blocks(folder, problems, executor, n=30 if small else 400)
        claims += _located(problems["humaneval"], executor, n=40 if small else 300, seed=seed)
        claims += _tracer(list(problems.values())[:2], executor, n=12 if small else 220, seed=seed)
        context.say("repairing mistakes, in the block first")
        claims += _repaired(problems["humaneval"], executor, n=10 if small else 150, seed=seed, context=context)
        claims.append(loop_claim("LDB", partial(_small, executor), preset=preset, executor=executor, context=context))
    return claims


def _run_claims(folder: Path, run: Run, problems: TaskBenchmark, context: Context) -> list[Claim]:
    """Solved before and after the repairs, by our judge, beside the authors' own marks."""
    rows = rows_of(folder, run)
    found = judge(problems, rows, context=context)
    n, right = len(rows), int(found.last_right.sum())
    low, high = wilson(right, n)
    after = claim(
        f"{run.name}: problems solved after the repairs, judged again",
        right,
        relation="==",
        baseline=run.solved,
        note=f"{right / n:.1%} [{low:.1%}, {high:.1%}] of {n}, recorded {run.solved / n:.1%}; "
        + _differing(found.tasks, found.last_right.tolist(), found.marked.tolist()),
    )
    if not run.seed_model:
        return [after]
    marks = {row["task_id"]: bool(row["is_solved"]) for row in seed_rows(folder, run.benchmark, run.seed_model)}
    seeds = _seed_claim(
        run.benchmark, run.seed_model, dict(zip(found.tasks, found.seed_right.tolist(), strict=True)), marks
    )
    return [seeds, after]


def _seed_claim(name: str, model: str, right: Mapping[str, bool], marks: Mapping[str, bool]) -> Claim:
    """Seeds, run as the loop runs them: with the authors' imports, and with the helpers that the prompt gives."""
    return claim(
        f"{name} {model}: seeds that solve their problem, judged again",
        sum(right.values()),
        relation="==",
        baseline=sum(marks.values()),
        note=_differing(list(right), list(right.values()), [marks[task] for task in right]),
    )


def _bare_seeds(folder: Path, name: str, model: str, problems: TaskBenchmark, context: Context) -> Claim:
    """Seeds without recorded repairs."""
    rows = seed_rows(folder, name, model)
    programs = {row["task_id"]: [program(row["solution"])] for row in rows}
    judged = judge_kept(problems, programs, context=context, limits=LIMITS)
    right = {task: bool(judged[task].solved()[0]) for task in programs}
    return _seed_claim(name, model, right, {row["task_id"]: bool(row["is_solved"]) for row in rows})


def _differing(tasks: Sequence[str], right: Sequence[bool], marked: Sequence[bool]) -> str:
    """The problems where our verdict is not the recorded one."""
    ours = [task for task, r, m in zip(tasks, right, marked, strict=True) if r and not m]
    theirs = [task for task, r, m in zip(tasks, right, marked, strict=True) if m and not r]
    if not ours and not theirs:
        return "every verdict as recorded"
    return f"right only here: {_named(ours)}; right only in the recording: {_named(theirs)}"


def _named(tasks: Sequence[str]) -> str:
    return f"{len(tasks)} ({', '.join(tasks[:8])}{', ...' if len(tasks) > 8 else ''})" if tasks else "none"


def _visible(folder: Path, problems: TaskBenchmark, context: Context) -> list[Claim]:
    """Programs that pass the visible tests, before and after; a problem without any counts as passed, as recorded."""
    rows = rows_of(folder, RUNS[0])
    shown = shown_benchmark(problems)
    tested = {task.problem.id for task in shown.tasks}
    ends = {row["task_id"]: [program(row["implementations"][i]) for i in (0, -1)] for row in rows}
    judged = judge_kept(shown, {t: of for t, of in ends.items() if t in tested}, context=context, limits=LIMITS)
    passed = np.array([judged[t].solved() if t in tested else [True, True] for t in ends])
    marked = [bool(row["is_passing"]) for row in rows]
    first = [len(row["implementations"]) == 1 for row in rows]
    return [
        claim("humaneval gpt-3.5-turbo-0613: seeds that pass the visible tests", int(passed[:, 0].sum()), relation="==",
              baseline=128, note=_differing(list(ends), passed[:, 0].tolist(), first)),
        claim("humaneval gpt-3.5-turbo-0613: last programs that pass the visible tests", int(passed[:, 1].sum()),
              relation="==", baseline=144, note=_differing(list(ends), passed[:, 1].tolist(), marked)),
    ]  # fmt: skip


def _replay(folder: Path, problems: TaskBenchmark, executor: Executor, *, most: int | None) -> list[Claim]:
    """Our loop, given the recorded programs as the model's answers, must stop where the recorded loop stopped."""
    rows = [row for row in rows_of(folder, RUNS[0]) if len(row["implementations"]) > 1]
    rows = sorted(rows, key=lambda row: (len(row["implementations"]), row["task_id"]))[:most]
    same, odd = 0, []
    for row in rows:
        texts = row["implementations"]
        solver = LDB(RecordedPrograms(texts[1:]), executor, max_iters=10, limits=LIMITS)
        found = solver(problems.task(row["task_id"]).problem, budget=Budget(), start=[program(texts[0])])
        as_recorded = (found.spent.candidates, found.solved) == (len(texts), bool(row["is_passing"]))
        same += as_recorded
        if not as_recorded:
            odd.append(f"{row['task_id']} {found.spent.candidates} of {len(texts)} programs")
    return [
        claim("replay: problems where the loop stops at the recorded turn with the recorded result", same,
              relation="==", baseline=len(rows), note=f"all others pass at once; {'; '.join(odd) or 'no difference'}"),
    ]  # fmt: skip


def _seed_runs(folder: Path, problems: Mapping[str, TaskBenchmark]) -> Iterator[tuple[str, str, str]]:
    """Task, seed program and the call of its first visible test that has one."""
    models = {"humaneval": ("gpt-3.5-turbo-0613", "codellama", "starcoder"), "mbpp": ("gpt-3.5-turbo-0613",)}
    for name in problems:
        for model in models.get(name, ()):
            for row in seed_rows(folder, name, model):
                calls = [entry_call(test) for test in problems[name].task(row["task_id"]).problem.tests]
                if any(calls):
                    yield row["task_id"], program(row["solution"]).source, next(filter(None, calls))


def _blocks(folder: Path, problems: Mapping[str, TaskBenchmark], executor: Executor, *, n: int) -> list[Claim]:
    """Blocks of the seeds' runs on their first visible test."""
    runs = list(_seed_runs(folder, problems))
    chosen = [runs[i] for i in np.linspace(0, len(runs) - 1, min(n, len(runs))).astype(int).tolist()]
    n_ran, odd = 0, []
    for task, source, call in chosen:
        faults, ran = traced_faults(source, call, executor)
        n_ran += ran
        odd += [f"{task}: {fault}" for fault in faults[:1]]
    return [
        claim("seed programs whose blocks miss or repeat an executed line, lose values, or change the result",
              len(odd), relation="==", baseline=0,
              note=f"{n_ran} of {len(chosen)} programs ran a line; {'; '.join(odd[:5]) or 'no fault'}"),
    ]  # fmt: skip


def _tracer(benchmarks: Sequence[TaskBenchmark], executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """References on their visible calls, three of each at most, beside a plain trace function and untraced."""
    found: dict[str, list[Watched]] = {}
    for task in (task for problems in benchmarks for task in problems.tasks):
        calls = [call for call in map(entry_call, task.problem.tests) if call][:3]
        if len(found) < n and task.reference and calls:
            found[task.problem.id] = watch(task.reference, calls, executor=executor)
    return tracer_claims(found, rng=generator(seed, stream=4))


def _located(problems: TaskBenchmark, executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """One mistake in a canonical solution: the first block that differs from the right run holds it."""
    rng = generator(seed, stream=1)
    programs = []
    for task in problems.tasks:
        calls = [call for call in map(entry_call, task.problem.tests) if call]
        if task.reference and calls:
            programs.append((ast.unparse(ast.parse(task.reference)), calls[0]))
    order = rng.permutation(len(programs)).tolist()
    found = locate_mutants([programs[i] for i in order], n=n, executor=executor, rng=rng)
    if not found.n:
        return []
    low, high = wilson(found.first, found.n)
    note = (
        f"{found.n} single mutations that change the run; last block that ran {found.last / found.n:.2f}, a random one "
    )
    return [
        claim("the first block that differs from the right run holds the mutated line", found.first / found.n,
              relation=">=", baseline=0.8, low=low, high=high, note=f"{note}{found.chance / found.n:.2f}"),
        claim("and it does so more often than the last block that ran", found.first / found.n, relation=">",
              baseline=found.last / found.n, low=low, high=high),
    ]  # fmt: skip


def _repaired(problems: TaskBenchmark, executor: Executor, *, n: int, seed: int, context: Context) -> list[Claim]:
    """Other mistakes, each failing a visible test: edits of the first differing block before all others."""
    found, _ = bugs(problems.tasks, n=n, executor=executor, rng=generator(seed, stream=2), say=context.say)
    shown = [seen(bug, problems.task(bug.task), executor=executor) for bug in found]
    return repair_claims(shown, rng=generator(seed, stream=3))


def _small(executor: Executor, lm: LM, task: Task) -> Solution:
    """A small model debugs its own program block by block, two repairs at most."""
    return LDB(lm, executor, max_iters=2, options=OPTIONS, limits=SMALL_LIMITS)(task.problem, budget=Budget())
