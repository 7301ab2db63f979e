"""The experiment of ``unriddle.methods.evalplus``: HumanEval strengthened from its base inputs, against HumanEval+.

Truth about recorded programs is HumanEval+ as published; its added inputs are never shown to the generator. Not
covered: speed (``perf/inputs_vs_evalplus.py``), and language-model seeds.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks import humaneval
from unriddle.benchmarks.base import read_samples
from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Group
from unriddle.lab._evalplus_reduced import reduced_claims
from unriddle.lab._evalplus_seeds import random_inputs, seeds_claims
from unriddle.lab._evalplus_tasks import Strengthened, judged_as_published, reference_of_row, rejects, strengthened
from unriddle.lab.base import Claim, Context, Preset, claim, not_run
from unriddle.lab.recorded import LIMITS, NEEDS, PROGRAMS, judge_kept

__all__ = ["experiment"]

_Bools = npt.NDArray[np.bool_]
_PLUS = "humanevalplus/HumanEvalPlus.jsonl.gz"


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Distinct recorded programs of a task that pass the base tests, how often each was drawn, and the truth."""

    programs: tuple[Candidate, ...]
    times: npt.NDArray[np.int64]
    wrong: _Bools


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; all need HumanEval+ and most the recorded programs."""
    if context.data is None or not (context.data / _PLUS).is_file():
        return [not_run("strengthened suites reject what HumanEval+ rejects", NEEDS.replace("codet", "humanevalplus"))]
    with gzip.open(context.data / _PLUS, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = rows if preset == "full" else rows[::16]
    n = 1000 if preset == "full" else 150
    with context.executor() as executor:
        tasks = list(strengthened(rows, n, seed, executor, context))
        claims = _references(tasks, executor)
        recorded = _recorded(rows, preset, context)
        if recorded is None:
            return [*claims, not_run("strengthened suites reject what HumanEval+ rejects", NEEDS)]
        rejected = dict(_rejected(tasks, recorded, executor))
        claims += _catch(tasks, recorded, rejected, n)
        claims += _blind(tasks, recorded, rejected, n, seed, executor)
        claims += reduced_claims(tasks, {name: r.programs for name, r in recorded.items()}, rejected)
        claims += seeds_claims(tasks, context, executor)
    return claims


def _references(tasks: Sequence[Strengthened], executor: Executor) -> list[Claim]:
    """References against the suites: those of HumanEval+, and those first published."""
    official = {task.problem.id: task.reference for task in humaneval.load().tasks}
    groups: list[Group] = []
    for task in tasks:
        mended = task.row["prompt"] + task.row["canonical_solution"]
        groups.append(([Candidate(mended), Candidate(official[task.name])], judged_as_published(task)))
    failed = dict(rejects(groups, executor))
    ours = sum(bool(table[0].any()) for table in failed.values())
    older = [tasks[i].name for i, table in failed.items() if len(table) > 1 and table[1].any()]
    sizes = [len(task.inputs) for task in tasks]
    note = (
        f"{len(tasks)} tasks, {sum(sizes)} inputs, at most {max(sizes)}; of the references first published, "
        f"{len(older)} fail: {', '.join(sorted(older)[:12])}"
    )
    return [claim("references of HumanEval+ that fail their strengthened suites", ours, relation="==", baseline=0,
                  note=note)]  # fmt: skip


def _recorded(rows: Sequence[Mapping[str, Any]], preset: Preset, context: Context) -> dict[str, _Recorded] | None:
    if context.data is None or not (context.data / PROGRAMS).is_file():
        return None
    from unriddle.benchmarks import evalplus

    names = [row["task_id"] for row in rows]
    benchmark = humaneval.load().take(names)
    drawn = read_samples(context.data / PROGRAMS, humaneval.load())
    programs = {name: drawn[name] if preset == "full" else drawn[name][:30] for name in names}
    whole = humaneval.load() if preset == "full" else benchmark
    base = {name: v.solved() for name, v in judge_kept(whole, programs, context=context, limits=LIMITS).items()}
    passing = {t: [c for c, good in zip(programs[t], base[t], strict=True) if good] for t in names if base[t].any()}
    context.say("reading HumanEval+ and its expected outputs")
    only: dict[str, Any] = {} if preset == "full" else {"tasks": names}
    with context.executor() as executor:
        plus = evalplus.load(context.data / _PLUS, executor=executor, plus_only=True, **only)
    judged = judge_kept(plus, passing, context=context, limits=LIMITS)
    found = {}
    for name, rows_ in passing.items():
        solved = judged[name].solved()
        wrong = {c.id: not good for c, good in zip(rows_, solved, strict=True)}
        distinct = {c.id: c for c in rows_}
        times = np.array([sum(c.id == one for c in rows_) for one in distinct], dtype=np.int64)
        found[name] = _Recorded(tuple(distinct.values()), times, np.array([wrong[one] for one in distinct], np.bool_))
    return found


def _rejected(
    tasks: Sequence[Strengthened], recorded: Mapping[str, _Recorded], executor: Executor
) -> Iterator[tuple[str, _Bools]]:
    """By task, ``(programs, inputs)``: which input rejects which recorded program."""
    todo = [task for task in tasks if task.name in recorded]
    groups: list[Group] = [(recorded[task.name].programs, judged_as_published(task)) for task in todo]
    for number, table in rejects(groups, executor):
        yield todo[number].name, table


def _catch(
    tasks: Sequence[Strengthened], recorded: Mapping[str, _Recorded], rejected: Mapping[str, _Bools], n: int
) -> list[Claim]:
    """Programs that pass the base tests and are rejected: by HumanEval+, by us, by both."""
    ours = {name: table.any(axis=1) for name, table in rejected.items()}
    theirs = sum(int(r.times[r.wrong].sum()) for r in recorded.values())
    caught = sum(int(recorded[name].times[bad].sum()) for name, bad in ours.items())
    both = sum(int(recorded[name].times[bad & recorded[name].wrong].sum()) for name, bad in ours.items())
    total = sum(int(r.times.sum()) for r in recorded.values())
    only = sorted(name for name, bad in ours.items() if (bad & ~recorded[name].wrong).any())
    missed = sorted(name for name, bad in ours.items() if (~bad & recorded[name].wrong).any())
    note = (
        f"{total} programs pass the base tests; at most {n} inputs a task; {both} rejected by both; only we reject "
        f"programs of {', '.join(only[:20]) or 'none'}; only HumanEval+ of {', '.join(missed[:20]) or 'none'}"
    )
    return [
        claim("recorded programs rejected by strengthened suites, against HumanEval+", caught, relation=">=",
              baseline=theirs, note=note),
        claim("of those HumanEval+ rejects, the share rejected too", both / max(theirs, 1), relation=">=",
              baseline=0.95),
    ]  # fmt: skip


def _blind(
    tasks: Sequence[Strengthened],
    recorded: Mapping[str, _Recorded],
    rejected: Mapping[str, _Bools],
    n: int,
    seed: int,
    executor: Executor,
) -> list[Claim]:
    """As many random typed inputs, without seeds, steering or mutants."""
    names = {task.name: task for task in tasks if task.name in recorded}
    made = random_inputs([reference_of_row(task.row) for task in names.values()], n=n, seed=seed, executor=executor)
    groups: list[Group] = []
    for task, (inputs, values) in zip(names.values(), made, strict=True):
        blind = Strengthened(task.name, task.row, 0, inputs, values, task.covered, task.killed)
        groups.append((recorded[task.name].programs, judged_as_published(blind)))
    places = list(names)
    blindly = {places[i]: table.any(axis=1) for i, table in rejects(groups, executor)}
    caught = sum(int(recorded[name].times[bad].sum()) for name, bad in blindly.items())
    ours = sum(int(recorded[name].times[rejected[name].any(axis=1)].sum()) for name in blindly)
    note = f"{sum(len(inputs) for inputs, _ in made)} random typed inputs that the references accept"
    return [
        claim("recorded programs rejected, against random typed inputs", ours, relation=">", baseline=caught, note=note)
    ]
