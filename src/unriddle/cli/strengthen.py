"""``unriddle strengthen``: more inputs for the tasks of a benchmark, as an EvalPlus file.

Not covered: writing tests as code (``unriddle testgen``) and measuring a suite (``unriddle suite``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.view import say
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.benchmarks.base import Task, TaskBenchmark
    from unriddle.contracts import Executor
    from unriddle.lm.base import LM
    from unriddle.methods.evalplus import Augmented

__all__ = ["strengthen_command"]

_CHUNK = 16
"""Tasks strengthened together; what is done is kept after each such part."""


@dataclass(frozen=True, slots=True)
class _Asked:
    bench: str
    path: Path | None
    out: Path
    n: int
    tasks: str | None
    reference: Path | None
    guess_domain: bool
    n_mutants: int
    lm: str | None
    reduce: bool
    seed: int
    workers: int | None
    fresh: bool
    as_json: bool


@click.command(name="strengthen", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("bench")
@click.option("--path", type=click.Path(path_type=Path), help="File of the benchmark, where it needs one.")
@click.option("--out", "-o", type=click.Path(path_type=Path), help="EvalPlus file to write "
              "[default: BENCH-strengthened.jsonl here].")  # fmt: skip
@click.option("-n", type=click.IntRange(1), default=1000, show_default=True,
              help="Most inputs of each task, the known ones among them.")  # fmt: skip
@click.option("--tasks", help="Only these tasks: full ids or numbers, separated by commas.")
@click.option("--reference", type=click.Path(path_type=Path),
              help="A program known to be right, for a single problem without one.")  # fmt: skip
@click.option("--guess-domain/--any-input", default=True, show_default=True,
              help="Without a contract, new inputs share what all known ones have in common.")  # fmt: skip
@click.option("--mutants", "n_mutants", type=click.IntRange(0), default=30, show_default=True,
              help="Mutants of each reference that the choice of inputs looks at.")  # fmt: skip
@click.option("--lm", help="Let this language model write further seeds (`unriddle lm` lists them).")
@click.option("--reduce", is_flag=True, help="Keep only as many inputs as branches and mutants need.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed makes the same inputs.")
@click.option("--workers", type=click.IntRange(1), help="Programs run at the same time [default: one per core].")
@click.option("--fresh", is_flag=True, help="Begin anew instead of going on behind what an earlier run kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def strengthen_command(out: Path | None, **options: Any) -> int:
    """More inputs for every task of a benchmark: made from the known ones, accepted by the reference, steered by what
    they cover and by the mistakes they notice.

    \b
    Examples:
      unriddle strengthen humaneval -n 200
      unriddle strengthen HumanEvalPlus.jsonl.gz --tasks 0,32 -o mine.jsonl   (starts from the base inputs)
      unriddle strengthen median.py --reference right.py --reduce
      unriddle eval mine.jsonl --samples samples.jsonl
    """
    bench = options["bench"]
    name = Path(bench.partition(":")[0].replace("/", "_") if not Path(bench).exists() else bench).name.split(".")[0]
    asked = _Asked(out=out or Path(f"{name}-strengthened.jsonl"), **options)
    if not asked.out.parent.is_dir():
        raise BadInput(f"--out {asked.out}: there is no folder {asked.out.parent}; make it first")
    return _run(asked)


def _run(asked: _Asked) -> int:
    from unriddle.execute import open_executor
    from unriddle.lm.names import load as load_lm

    began = time.monotonic()
    part = asked.out.with_name(asked.out.name + ".part")
    with open_executor(workers=asked.workers) as executor:
        benchmark = _tasks(asked, executor)
        kept = _kept(part, asked, benchmark)
        todo = [task for task in benchmark.tasks if task.problem.id not in kept]
        if kept:
            say(f"{len(kept)} tasks kept from an interrupted run ({part}); --fresh begins anew")
        lm = load_lm(asked.lm) if asked.lm else None
        for at in range(0, len(todo), _CHUNK):
            _strengthen(todo[at : at + _CHUNK], asked, executor, lm, part, kept)
            say(f"{len(kept)} of {len(benchmark)} tasks done")
    rows = [kept[task.problem.id] for task in benchmark.tasks]
    good = [row for row in rows if "row" in row]
    if good:
        lines = "".join(json.dumps(row["row"]) + "\n" for row in good)
        fresh = asked.out.with_name(asked.out.name + ".new")
        fresh.write_text(lines, encoding="utf-8")
        fresh.replace(asked.out)
    part.unlink(missing_ok=True)
    return _report(asked, rows, time.monotonic() - began)


def _tasks(asked: _Asked, executor: Executor) -> TaskBenchmark:
    """The tasks; of an EvalPlus file the base inputs alone."""
    from unriddle.benchmarks.base import Task, TaskBenchmark
    from unriddle.benchmarks.names import load_benchmark
    from unriddle.outcome import Limits
    from unriddle.pose.read import read_problem

    if Path(asked.bench).suffix in (".py", ".toml") and Path(asked.bench).is_file():
        problem = read_problem(asked.bench, executor=executor)
        return TaskBenchmark("problem", (Task(problem, problem.tests, prefix=problem.stub),), Limits())
    try:
        benchmark = load_benchmark(asked.bench, path=asked.path, executor=executor, base_only=True)
    except BadInput as error:
        if "base_only" not in str(error):
            raise
        benchmark = load_benchmark(asked.bench, path=asked.path, executor=executor)
    if asked.tasks:
        benchmark = benchmark.take([part.strip() for part in asked.tasks.split(",")])
    return benchmark


def _kept(part: Path, asked: _Asked, benchmark: TaskBenchmark) -> dict[str, dict[str, Any]]:
    """Rows of an interrupted run with the same options."""
    from unriddle.record import read_jsonl

    mark = _mark(asked)
    if asked.fresh or not part.is_file():
        part.write_text(json.dumps({"options": mark}) + "\n", encoding="utf-8")
        return {}
    lines = [row for _, row in read_jsonl(part)]
    if not lines or lines[0].get("options") != mark:
        say(f"{part} is of a run with other options; begins anew")
        part.write_text(json.dumps({"options": mark}) + "\n", encoding="utf-8")
        return {}
    names = {task.problem.id for task in benchmark.tasks}
    return {row["task_id"]: row for row in lines[1:] if row.get("task_id") in names}


def _mark(asked: _Asked) -> list[Any]:
    import unriddle

    return [
        unriddle.__version__, asked.bench, str(asked.path), asked.n, str(asked.reference), asked.guess_domain,
        asked.n_mutants, asked.lm, asked.reduce, asked.seed,
    ]  # fmt: skip


def _strengthen(
    tasks: Sequence[Task],
    asked: _Asked,
    executor: Executor,
    lm: LM | None,
    part: Path,
    kept: dict[str, dict[str, Any]],
) -> None:
    """Strengthen these tasks and append their rows to the part file."""
    import zlib

    import numpy as np

    from unriddle.methods._evalplus_rows import reference_of
    from unriddle.methods.evalplus import augment

    program = asked.reference.read_text(encoding="utf-8") if asked.reference else None
    ready, rows = [], []
    for task in tasks:
        try:
            ready.append((task, reference_of(task, program=program)))
        except BadInput as error:
            rows.append({"task_id": task.problem.id, "left_out": str(error)})
    rng = np.random.default_rng([asked.seed, zlib.crc32(tasks[0].problem.id.encode())])
    made = augment(
        [reference for _, reference in ready],
        n=asked.n,
        executor=executor,
        rng=rng,
        n_mutants=asked.n_mutants,
        lm=lm,
        guess_domain=asked.guess_domain,
    )
    rows += [_row(task, augmented, asked) for (task, _), augmented in zip(ready, made, strict=True)]
    with part.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    kept.update({row["task_id"]: row for row in rows})


def _row(task: Task, augmented: Augmented, asked: _Asked) -> dict[str, Any]:
    from unriddle.methods._evalplus_rows import row_of, split_json
    from unriddle.methods.evalplus import reduce_inputs

    name = task.problem.id
    if augmented.found.unsteady:
        return {"task_id": name, "left_out": "its reference returns different values for the same input"}
    if augmented.covered is None:
        return {"task_id": name, "left_out": "its reference returns on none of the known inputs"}
    places = reduce_inputs(augmented) if asked.reduce else range(len(augmented.inputs))
    n_known = sum(place < augmented.n_known for place in places)
    inputs = [augmented.inputs[place] for place in places]
    base, lost = split_json(name, inputs[:n_known])
    plus, more_lost = split_json(name, inputs[n_known:])
    found, alive = augmented.found, ~augmented.killed[list(places)].any(axis=0)
    return {
        "task_id": name,
        "row": row_of(task, augmented.reference, base, plus),
        "facts": {
            "base": len(base),
            "added": len(plus),
            "not_json": lost + more_lost,
            "run": found.n_run,
            "refused": found.n_refused,
            "ended": found.n_ended,
            "branch_coverage": augmented.covered.share(list(places)),
            "mutants": augmented.killed.shape[1],
            "mutants_noticed": int((~alive).sum()),
            "domain": list(augmented.domain),
        },
    }


def _report(asked: _Asked, rows: Sequence[dict[str, Any]], seconds: float) -> int:
    facts = {row["task_id"]: row["facts"] for row in rows if "facts" in row}
    left_out = {row["task_id"]: row["left_out"] for row in rows if "left_out" in row}
    total = {key: sum(fact[key] for fact in facts.values()) for key in ("base", "added", "run", "refused", "ended",
             "not_json", "mutants", "mutants_noticed")}  # fmt: skip
    if asked.as_json:
        document = {
            "schema": 1,
            "benchmark": asked.bench,
            "out": str(asked.out) if facts else None,
            "seconds": seconds,
            **total,
            "left_out": left_out,
            "tasks": facts,
        }
        click.echo(json.dumps(document))
        return 0 if facts else 1
    for name, why in left_out.items():
        say(f"left out {name}: {why}")
    if not facts:
        click.echo("no task could be strengthened")
        return 1
    few = [name for name, fact in facts.items() if fact["added"] == 0]
    click.echo(
        f"{asked.out}: {len(facts)} tasks, {total['base']} known and {total['added']} new inputs "
        f"({total['added'] / len(facts):.0f} a task), from {total['run']:,} that were run in {seconds:.0f} s"
    )
    click.echo(
        f"references refused {total['refused']:,} and were ended on {total['ended']:,}; "
        f"{total['mutants_noticed']} of {total['mutants']} mutants noticed"
    )
    if few:
        click.echo(f"nothing new was found for {', '.join(few[:10])}")
    return 0
