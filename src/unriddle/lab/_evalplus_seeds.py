"""Programs of five models on HumanEval, and inputs without seeds to compare with; part of the experiment of EvalPlus.

Not covered: the recorded repairs of those programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unriddle.benchmarks import humaneval
from unriddle.benchmarks.metrics import wilson
from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Group
from unriddle.execute.coverage import cover_calls
from unriddle.lab._evalplus_tasks import Strengthened, judged_as_published, rejects
from unriddle.lab.base import Claim, Context, claim, not_run
from unriddle.outcome import Status
from unriddle.record import read_jsonl
from unriddle.testgen.draw import draw
from unriddle.testgen.guided import Args
from unriddle.testgen.inputs import argument_kinds
from unriddle.testgen.validated import LIMITS, Reference

__all__ = ["random_inputs", "seeds_claims"]

_MODELS = ("gpt-3.5-turbo-0613", "codellama", "starcoder", "gpt-4-1106-preview", "reflexion")
_SEEDS = "ldb/input_data/humaneval/seed"


def random_inputs(
    references: Sequence[Reference], *, n: int, seed: int, executor: Executor
) -> list[tuple[tuple[Args, ...], tuple[bytes, ...]]]:
    """At most ``n`` random typed inputs each that the references accept, with what they return on them."""
    jobs = []
    for number, reference in enumerate(references):
        rng = np.random.default_rng([seed, number])
        kinds = argument_kinds(reference.signature, reference.known)
        drawn = [tuple(draw(kind, size=12, rng=rng, pool={}) for kind in kinds) for _ in range(3 * n)]
        distinct = list({repr(args): args for args in drawn}.values())
        jobs.append((reference.source, reference.entry, distinct))
    found: list[tuple[tuple[Args, ...], tuple[bytes, ...]]] = [((), ())] * len(jobs)
    for i, covered in cover_calls(jobs, executor=executor, limits=LIMITS):
        good = [j for j in np.flatnonzero(covered.status == Status.PASS).tolist() if covered.values[j] is not None][:n]
        found[i] = tuple(jobs[i][2][j] for j in good), tuple(covered.values[j] or b"" for j in good)
    return found


def seeds_claims(tasks: Sequence[Strengthened], context: Context, executor: Executor) -> list[Claim]:
    """Of the models' programs that pass the base tests, the share that a strengthened suite rejects."""
    name = "recorded programs of five models that pass the base tests: share rejected"
    folder = (context.data or Path()) / _SEEDS
    files = {model: folder / model / "seed.jsonl.xz" for model in _MODELS}
    if not all(file.is_file() for file in files.values()):
        return [not_run(name, "needs the seed programs (folder ldb of the reference data)")]
    programs: dict[str, list[Candidate]] = {task.name: [] for task in tasks}
    for file in files.values():
        for _, row in read_jsonl(file):
            if row["task_id"] in programs and isinstance(row["solution"], str):
                programs[row["task_id"]].append(Candidate(row["solution"]))
    benchmark = humaneval.load()
    base: list[Group] = [(programs[task.name], benchmark.task(task.name).hidden) for task in tasks]
    passing = {i: (~np.any(table, axis=1)).tolist() for i, table in rejects(base, executor)}
    groups: list[Group] = [
        ([c for c, good in zip(programs[task.name], passing[i], strict=True) if good], judged_as_published(task))
        for i, task in enumerate(tasks)
    ]
    total = sum(len(candidates) for candidates, _ in groups)
    bad = sum(int(table.any(axis=1).sum()) for _, table in rejects(groups, executor))
    low, high = wilson(bad, total)
    return [
        claim(name, bad / max(total, 1), relation=">=", baseline=0.05, low=low, high=high,
              note=f"{bad} of {total} programs of {len(_MODELS)} models")
    ]  # fmt: skip
