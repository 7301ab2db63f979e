"""``unriddle eval``: judge programs on a benchmark, from a file of samples or drawn from a language model.

Choosing among the candidates first (``--select``) is in ``unriddle.cli.eval_selection``. Not covered: verdicts in files
(``unriddle select``).
"""

from __future__ import annotations

import dataclasses
import platform
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

import unriddle
from unriddle.cli.eval_selection import check_selection, prepare, save_selection, show_selection, wants_likelihood
from unriddle.cli.progress import progress
from unriddle.cli.view import say as _say
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.benchmarks.base import TaskBenchmark
    from unriddle.benchmarks.choosing import Selection
    from unriddle.benchmarks.run import Evaluation
    from unriddle.candidate import Candidate
    from unriddle.contracts import Executor
    from unriddle.lm.base import LM, SampleOptions
    from unriddle.outcome import Limits
    from unriddle.store import Run, Store

__all__ = ["eval_command"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command line as it was given."""

    bench: str
    path: Path | None
    samples: Path | None
    lm: str | None
    n: int
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    style: Literal["auto", "completion", "chat", "nursery"]
    tasks: str | None
    ks: tuple[int, ...] | None
    all_tasks: bool
    base_only: bool
    plus_only: bool
    workers: int | None
    cpu_seconds: float | None
    memory_mb: int | None
    isolation: str | None
    cluster: str | None
    share: int
    as_json: bool
    out: Path | None
    per_task: bool
    store: Path
    fresh: bool
    dedup: bool
    select: str | None
    tests: Path | None


def _numbers(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"expected whole numbers separated by commas (1,10,100), got {text!r}") from None


@click.command(name="eval", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("bench")
@click.option("--path", type=click.Path(path_type=Path), help="File or folder of the benchmark, where it needs one.")
@click.option("--samples", type=click.Path(path_type=Path), help="JSON Lines (.gz too) with the programs to judge.")
@click.option("--lm", help="Draw the programs from this language model instead (`unriddle lm` lists them).")
@click.option("-n", type=click.IntRange(1), default=1, show_default=True, help="With --lm: programs per task.")
@click.option("--temperature", type=float, default=0.8, show_default=True, help="With --lm.")
@click.option("--top-p", type=float, default=0.95, show_default=True, help="With --lm.")
@click.option("--max-tokens", type=int, default=512, show_default=True, help="With --lm: tokens per program.")
@click.option("--seed", type=int, default=0, show_default=True, help="With --lm: makes the draws reproducible.")
@click.option("--style", type=click.Choice(["auto", "completion", "chat", "nursery"]), default="auto",
              show_default=True, help="With --lm: continue the stub, ask in a chat, or as models grown here "
                                      "were taught (auto: those so, others continue).")  # fmt: skip
@click.option("--tasks", help="Only these tasks: 0-9,23 by number, or full ids, separated by commas.")
@click.option("-k", "ks", callback=_numbers, help="The k of pass@k [default: those of 1,10,100 that fit].")
@click.option("--all-tasks", is_flag=True, help="Count tasks without a sample as not solved.")
@click.option("--base-only", is_flag=True, help="EvalPlus files: only the original tests.")
@click.option("--plus-only", is_flag=True, help="EvalPlus files: only the added tests.")
@click.option("--workers", type=click.IntRange(1),
              help="Programs run at the same time [default: 2; with --cluster, one per CPU of it].")  # fmt: skip
@click.option("--cpu-seconds", type=float, help="CPU seconds per test [default: the benchmark's].")
@click.option("--memory-mb", type=int, help="Memory per program in MiB [default: the benchmark's].")
@click.option(
    "--isolation", help="Sandbox level, never lowered silently [default: namespaces+seccomp]; see `unriddle doctor`."
)
@click.option("--cluster", metavar="ADDRESS",
              help="Run on a Ray cluster: --cluster auto joins the one that runs here, --cluster local starts one on "
                   "this machine, else HOST:PORT or ray://HOST:PORT.")  # fmt: skip
@click.option("--share", type=click.IntRange(1), default=1, show_default=True, metavar="K",
              help="Up to K harmless-looking programs share a process first; all but plain rejections run again alone. "
                   "Faster where most samples are wrong.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for per-task verdicts and *_results.jsonl.")
@click.option("--per-task", is_flag=True, help="Also print one line per task.")
@click.option("--store", type=click.Path(path_type=Path), default=Path(".unriddle/runs.db"), show_default=True,
              help="The run store.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Begin a new run even when an unfinished one could go on.")
@click.option("--dedup/--no-dedup", default=True, help="Run identical programs of a task once (counted every time).")
@click.option("--select", metavar="RULES",
              help="Also choose a program of every task by each of these rules (codet,b4,mbr,...) on the visible "
                   "tests, and report how often it is right.")  # fmt: skip
@click.option(
    "--tests", type=click.Path(path_type=Path), help="With --select: choose by the generated tests of this file."
)
@click.pass_context
def eval_command(ctx: click.Context, /, **options: Any) -> None:
    """Judge programs on the hidden tests of a benchmark, and print pass@k.

    \b
    Examples:
      unriddle eval humaneval --samples samples.jsonl
      unriddle eval humaneval --lm smollm2 -n 10 --tasks 0-9
      unriddle eval humaneval+ --path HumanEvalPlus.jsonl.gz --samples s.jsonl -k 1,10 --json
      unriddle eval mbpp:mbpp.jsonl --samples s.jsonl --out results/
      unriddle eval humaneval --samples s.jsonl --cluster auto
      unriddle eval humaneval --samples s.jsonl --select codet,b4,mbr --tests generated.jsonl

    Every finished row is kept in the run store: a killed or interrupted command goes on where it was when it is given
    again. Identical programs of a task are run once and counted as often as they occur. Tasks without a sample are left
    out, and you are told how many, unless --all-tasks counts them as not solved. A program our machine failed to judge
    is tried once more, then left out and counted as INFRA.

    Exit codes: 0 judged; 1 judged, but some programs could not be (INFRA); 2 bad input; 130 interrupted.
    """
    asked = _Asked(**options)
    asked = dataclasses.replace(asked, style=_style(asked))
    _check(asked)
    from unriddle.execute import open_executor
    from unriddle.store import open_store

    with open_store(asked.store) as store, open_executor(**_executor_options(asked)) as executor:
        evaluation, selection = _evaluate(asked, store, executor)
    _show(evaluation, selection, asked)
    if evaluation.status_counts["INFRA"]:
        _say(f"{evaluation.status_counts['INFRA']} candidates could not be judged (INFRA) and are left out")
        ctx.exit(1)


def _style(asked: _Asked) -> Literal["completion", "chat", "nursery"]:
    if asked.style != "auto":
        return asked.style
    from unriddle.lm.names import taught_style

    return "nursery" if taught_style(asked.lm or "") == "nursery" else "completion"


def _check(asked: _Asked) -> None:
    """Refuse early what can be refused early."""
    if (asked.samples is None) == (asked.lm is None):
        given = "both" if asked.lm else "neither"
        raise BadInput(f"eval: give either --samples FILE or --lm NAME, got {given}")
    if asked.samples and not asked.samples.is_file():
        raise BadInput(f"{asked.samples}: no such file; --samples takes JSON Lines with task_id and completion")
    if asked.base_only and asked.plus_only:
        raise BadInput(
            "eval: --base-only and --plus-only exclude each other; give one of them, or neither for all tests"
        )
    check_selection(asked.select, asked.tests)
    if asked.lm and asked.ks and max(asked.ks) > asked.n:
        raise BadInput(f"eval: pass@{max(asked.ks)} needs at least {max(asked.ks)} programs per task, -n is {asked.n}")


def _executor_options(asked: _Asked) -> dict[str, Any]:
    workers = asked.workers or (None if asked.cluster else 2)
    level = {"isolation": asked.isolation} if asked.isolation else {}
    return {"workers": workers, "cluster": asked.cluster, "share": asked.share, **level}


def _evaluate(asked: _Asked, store: Store, executor: Executor) -> tuple[Evaluation, Selection | None]:
    from unriddle.benchmarks.names import load_benchmark
    from unriddle.benchmarks.run import evaluate
    from unriddle.benchmarks.select import select_tasks
    from unriddle.store import content_key

    only = {name: True for name in ("base_only", "plus_only") if getattr(asked, name)}
    whole = load_benchmark(asked.bench, path=asked.path, executor=executor, **only)
    benchmark = select_tasks(whole, asked.tasks) if asked.tasks else whole
    limits = _limits(whole.limits, asked)
    lm, options, given = _source(asked, whole, benchmark)
    params = _params(asked, benchmark, lm, options)
    work = {"limits": limits.as_dict(), "isolation": executor.isolation, "dedup": asked.dedup}
    chooser = prepare(asked.select, asked.tests, benchmark, whole=whole)
    key = content_key(work, params.get("lm"), _content(benchmark), _names(given), _versions())
    with store.begin("eval", key, {**params, **work}, fresh=asked.fresh) as run, _interruptible(run, asked):
        if lm and options:
            given = _sample(asked, benchmark, lm, options, run)
        _announce(run, given, len(benchmark), asked)
        with progress("judging", "rows") as watch:
            evaluation = evaluate(
                benchmark, given, executor=executor, limits=limits, run=run, watch=watch,
                ks=asked.ks, dedup=asked.dedup, all_tasks=asked.all_tasks,
            )  # fmt: skip
        selection = chooser(evaluation, given, store, executor, asked.all_tasks) if chooser else None
        _finish(run, evaluation, selection, asked)
    return evaluation, selection


def _source(
    asked: _Asked, whole: TaskBenchmark, benchmark: TaskBenchmark
) -> tuple[LM | None, SampleOptions | None, Mapping[str, Sequence[Candidate]]]:
    """The language model and how to ask it, or the programs of the samples file."""
    if asked.samples:
        from unriddle.benchmarks.base import read_samples

        wanted = {task.problem.id for task in benchmark.tasks}
        groups = read_samples(asked.samples, whole)
        given = {task: group for task, group in groups.items() if task in wanted}
        if not given:
            raise BadInput(
                f"{asked.samples}: no sample for any of the {len(benchmark)} tasks asked for; it has samples for "
                f"{len(groups)} other tasks of {whole.name}"
            )
        return None, None, given
    from unriddle.lm import load
    from unriddle.lm.base import SampleOptions

    options = SampleOptions(
        temperature=asked.temperature,
        top_p=asked.top_p,
        max_tokens=asked.max_tokens,
        seed=asked.seed,
        logprobs=wants_likelihood(asked.select),
    )
    return load(asked.lm or ""), options, {}


def _sample(
    asked: _Asked, benchmark: TaskBenchmark, lm: LM, options: SampleOptions, run: Run
) -> dict[str, list[Candidate]]:
    from unriddle.benchmarks.run import sample_benchmark

    with progress(f"asking {lm.name}", "draws") as watch:
        return sample_benchmark(benchmark, lm, n=asked.n, options=options, style=_style(asked), run=run, watch=watch)


def _limits(own: Limits, asked: _Asked) -> Limits:
    given = {name: getattr(asked, name) for name in ("cpu_seconds", "memory_mb")}
    return dataclasses.replace(own, **{name: value for name, value in given.items() if value is not None})


def _params(asked: _Asked, benchmark: TaskBenchmark, lm: LM | None, options: SampleOptions | None) -> dict[str, Any]:
    """What the store keeps of what was asked; no secrets are in it."""
    params: dict[str, Any] = {"benchmark": benchmark.name, "n_tasks": len(benchmark), "samples": str(asked.samples)}
    if lm and options:
        del params["samples"]
        params["lm"] = {"name": lm.name, "n": asked.n, "style": asked.style, **dataclasses.asdict(options)}
    return {**params, "k": asked.ks, "all_tasks": asked.all_tasks}


def _content(benchmark: TaskBenchmark) -> list[Any]:
    return [benchmark.name, [(task.problem, task.hidden) for task in benchmark.tasks]]


def _versions() -> list[str]:
    return [unriddle.__version__, platform.python_version()]


def _names(given: Mapping[str, Sequence[Candidate]]) -> dict[str, list[str]]:
    return {task: [candidate.id for candidate in group] for task, group in given.items()}


def _announce(run: Run, given: Mapping[str, Sequence[Candidate]], n_tasks: int, asked: _Asked) -> None:
    missing = n_tasks - len(given)
    if missing:
        what = "counted as not solved" if asked.all_tasks else "left out (--all-tasks counts them as not solved)"
        _say(f"{missing} of {n_tasks} tasks have no sample and are {what}")
    n_rows = run.info().n_rows
    if run.resumed:
        total = sum(len({c.id for c in group}) if asked.dedup else len(group) for group in given.values())
        _say(f"resuming run {run.id}: {n_rows} of {total} rows kept")
    else:
        _say(f"run {run.id} in {asked.store}")


def _finish(run: Run, evaluation: Evaluation, selection: Selection | None, asked: _Asked) -> None:
    from unriddle.benchmarks import report

    if asked.out:
        report.save(evaluation, asked.out)
        if selection:
            save_selection(selection, asked.out)
    run.finish(_document(evaluation, selection))


def _document(evaluation: Evaluation, selection: Selection | None) -> dict[str, Any]:
    from unriddle.benchmarks import report

    return {**report.document(evaluation), **({"selection": selection.as_dict()} if selection else {})}


def _show(evaluation: Evaluation, selection: Selection | None, asked: _Asked) -> None:
    from unriddle.benchmarks import report

    if asked.as_json:
        import json

        click.echo(json.dumps(_document(evaluation, selection)))
        return
    from rich.console import Console

    console = Console(highlight=False)
    if asked.per_task:
        console.print(report.task_table(evaluation))
    console.print(report.summary_table(evaluation))
    if selection:
        show_selection(selection, console)
    console.print(report.status_line(evaluation), soft_wrap=True)
    limits = evaluation.limits
    console.print(
        f"isolation {evaluation.isolation}, {limits.cpu_seconds:g} CPU seconds and {limits.memory_mb} MiB per test, "
        f"{evaluation.seconds:.1f} s",
        soft_wrap=True,
    )


@contextmanager
def _interruptible(run: Run, asked: _Asked) -> Iterator[None]:
    """On Ctrl-C say what is kept and how to go on, and leave with 130."""
    try:
        yield
    except KeyboardInterrupt:
        info = run.info()
        calls = f" and {info.n_calls} draws" if info.n_calls else ""
        again = shlex.join(["unriddle", *(word for word in sys.argv[1:] if word != "--fresh")])
        _say(f"interrupted: {info.n_rows} rows{calls} are kept in run {run.id}; go on with\n  {again}")
        sys.exit(130)
