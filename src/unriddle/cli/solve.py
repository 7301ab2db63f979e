"""``unriddle solve``: find a program for one problem and show the evidence for it.

Not covered: many problems at once (``unriddle eval``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.benchmarks.base import Task, TaskBenchmark
    from unriddle.contracts import Executor
    from unriddle.lm.base import LM
    from unriddle.outcome import Limits
    from unriddle.pose import Table
    from unriddle.problem import Problem
    from unriddle.propose.strategy import Plan, Strategy
    from unriddle.solver import Solution

__all__ = ["solve_command"]


_CACHE = Path(".unriddle") / "lm.sqlite"
_SYGUS_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command line as it was given."""

    problem: str
    lm: str
    n: int
    temperature: float
    max_tokens: int
    style: str
    seconds: float | None
    cpu_seconds: float
    memory_mb: int
    seed: int
    strategy: Strategy
    columns: tuple[str, ...]
    out: Path | None
    as_json: bool
    quiet: bool
    workers: int | None
    isolation: str | None
    cluster: str | None
    cache: bool
    check: bool

    def limits(self) -> Limits:
        from unriddle.outcome import Limits

        return Limits(cpu_seconds=self.cpu_seconds, memory_mb=self.memory_mb)


@dataclass(frozen=True, slots=True)
class _Posed:
    """The problem, and what is known besides it: its table, or its benchmark's task."""

    problem: Problem
    table: Table | None = None
    task: tuple[TaskBenchmark, Task] | None = None


@click.command(name="solve", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("problem")
@click.option("--lm", default="smollm2", show_default=True, help="Language model to ask (`unriddle lm` lists them).")
@click.option("-n", "--candidates", "n", type=click.IntRange(1), default=20, show_default=True,
              help="Programs to draw at most; with --strategy enumerate, programs to run at most.")  # fmt: skip
@click.option("--temperature", type=click.FloatRange(0), default=0.8, show_default=True, help="0 draws one program.")
@click.option("--max-tokens", type=click.IntRange(1), default=384, show_default=True, help="Tokens per program.")
@click.option("--style", type=click.Choice(["auto", "completion", "chat", "nursery"]), default="auto",
              show_default=True, help="Continue the stub, ask in a chat, or ask as models grown here were taught; "
                                      "auto: what suits the model.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0, min_open=True),
              help="Stop after this many wall seconds [a puzzle: search for 10, then ask the model].")  # fmt: skip
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=3.0, show_default=True,
              help="CPU seconds per test; for a .sl file, of the whole search [10].")  # fmt: skip
@click.option("--memory-mb", type=click.IntRange(1), default=1024, show_default=True, help="MiB per program.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Makes the draws reproducible.")
@click.option("--strategy", type=click.Choice(["auto", "sample", "enumerate"]), default="auto", show_default=True,
              help="auto: search puzzles and enumerate tables first, ask the model otherwise.")  # fmt: skip
@click.option("--column", "columns", multiple=True, help="Output column of a table, where empty cells do not say it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the program, or the filled table.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--workers", type=click.IntRange(1),
              help="Programs run at the same time [default: one per core, or per CPU of the cluster].")  # fmt: skip
@click.option(
    "--isolation", help="Sandbox level, never lowered silently [default: namespaces+seccomp]; see `unriddle doctor`."
)
@click.option("--cluster", metavar="ADDRESS",
              help="Run on a Ray cluster: --cluster auto joins the one that runs here, --cluster local starts one on "
                   "this machine, else HOST:PORT or ray://HOST:PORT.")  # fmt: skip
@click.option("--cache/--no-cache", default=True, show_default=True,
              help="Keep draws in .unriddle/lm.sqlite; the same question then costs nothing twice.")  # fmt: skip
@click.option("--check/--no-check", default=True, show_default=True,
              help="For a .sl file of examples: let cvc5 or z3, where installed, check the answer, too.")  # fmt: skip
@click.pass_context
def solve_command(ctx: click.Context, /, **options: Any) -> None:
    """Find a program that solves PROBLEM, and say on what evidence.

    PROBLEM is a Python stub with doctests or asserts (.py), a puzzle with a function named sat (.py), a problem in
    TOML (.toml), a table whose last column has empty cells (.csv), a SyGuS file of examples (.sl), or a benchmark's
    task.

    \b
    Examples:
      unriddle solve double.py                     a stub: the model writes, the doctests decide
      unriddle solve double.py -n 50 --seconds 60 --out solution.py
      unriddle solve puzzle.py                     find a value that sat() accepts
      unriddle solve names.csv --out filled.csv    learn from the filled rows, fill the others
      unriddle solve phone.sl                      search the file's own grammar; no model has a part in it
      unriddle solve humaneval/23 --json           visible tests choose, hidden tests are reported
      unriddle solve task.toml --lm openai:MODEL@http://localhost:8000/v1

    Every program runs in the sandbox. Ctrl-C stops the search and prints the best program so far.

    Exit codes: 0 solved, 1 not solved, 2 bad input, 130 interrupted.
    """
    asked = _Asked(**options)
    _check_out(asked)
    ctx.exit(_solve_sygus(ctx, asked) if Path(asked.problem).suffix == ".sl" else _solve(asked))


def _solve_sygus(ctx: click.Context, asked: _Asked) -> int:
    from unriddle.cli.solve_sygus import solve_sygus_file

    if asked.columns:
        raise BadInput(f"--column: only a .csv table has columns, got {asked.problem}; leave it out")
    given = ctx.get_parameter_source("cpu_seconds") is not click.core.ParameterSource.DEFAULT
    seconds = [asked.cpu_seconds if given else _SYGUS_SECONDS, *([asked.seconds] if asked.seconds else [])]
    return solve_sygus_file(
        Path(asked.problem), cpu_seconds=min(seconds), out=asked.out, as_json=asked.as_json, check=asked.check
    )


def _check_out(asked: _Asked) -> None:
    """Refuse before the search what could not be written after it."""
    if asked.out is None:
        return
    folder = asked.out.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise BadInput(f"--out {asked.out}: {folder} is not a folder one can write to; create it first")
    if asked.out.exists() and Path(asked.problem).exists() and asked.out.samefile(asked.problem):
        raise BadInput(f"--out {asked.out}: that is the problem itself and would be overwritten; choose another name")


def _solve(asked: _Asked) -> int:
    from unriddle.cli.solve_more import more_about
    from unriddle.cli.view import search_progress, show_solution
    from unriddle.pose import is_task

    posed = None if is_task(asked.problem) else _pose(asked)
    with ExitStack() as stack:
        executor = stack.enter_context(_executor(asked, posed))
        posed = posed or _pose_task(asked, executor)
        with search_progress(quiet=asked.quiet) as watch:
            plan = _plan(asked, posed.problem, stack, executor, watch)
            solution = _search(asked, posed.problem, plan, executor, watch)
        hidden = _judge(posed, solution, executor)
        written = _write(asked, posed, solution, executor)
        more = more_about(posed.problem, solution, table=posed.table, executor=executor, limits=asked.limits())
    if asked.as_json:
        document = solution.as_dict()
        if hidden is not None:
            document["hidden"] = {"passed": hidden[0], "known": hidden[1]}
        if posed.problem.kind == "puzzle" and solution.candidate is not None:
            document["component"] = solution.candidate.proposer
            spent = {key: solution.candidate.meta.get(key) for key in ("values", "search_cpu_seconds")}
            document["search"] = spent if all(spent.values()) else None
        if more is not None:
            more.add_to(document)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        show_solution(solution, posed.problem.tests, hidden=hidden)
        if more is not None and more.lines():
            click.echo("\n".join(f"# {line}" for line in more.lines()))
        _advise(asked, posed, solution, written)
    return 130 if solution.interrupted else 0 if solution.solved else 1


def _pose(asked: _Asked) -> _Posed:
    from unriddle.pose import read_problem
    from unriddle.pose.files import read_text
    from unriddle.pose.table import read_table, table_problem

    path = Path(asked.problem)
    if path.suffix == ".csv":
        table = read_table(read_text(path), path=path, outputs=asked.columns)
        return _Posed(table_problem(table, path=path), table)
    if asked.columns:
        raise BadInput(f"--column: only a .csv table has columns, got {asked.problem}; leave it out")
    from unriddle.pose.contradict import check_contradictions

    problem = read_problem(asked.problem)
    check_contradictions(problem)
    return _Posed(problem)


def _pose_task(asked: _Asked, executor: Executor) -> _Posed:
    from unriddle.pose.task import read_task

    benchmark, task = read_task(asked.problem, executor=executor)
    return _Posed(task.problem, task=(benchmark, task))


def _executor(asked: _Asked, posed: _Posed | None) -> Executor:
    from unriddle.execute import open_executor
    from unriddle.propose.search_program import PACKAGES

    packages = PACKAGES if posed is None or posed.problem.kind == "puzzle" else ("numpy",)
    level: dict[str, Any] = {} if asked.isolation is None else {"isolation": asked.isolation}
    return open_executor(workers=asked.workers, cluster=asked.cluster, packages=packages, **level)


def _plan(asked: _Asked, problem: Problem, stack: ExitStack, executor: Executor, watch: Callable[[str], None]) -> Plan:
    from unriddle.lm.base import SampleOptions
    from unriddle.lm.names import taught_style
    from unriddle.propose.strategy import PUZZLE_SECONDS, Search, plan

    seconds = _search_seconds(asked) if asked.seconds else PUZZLE_SECONDS
    search = Search(executor, seconds, asked.memory_mb, asked.seed, watch)
    options = SampleOptions(temperature=asked.temperature, max_tokens=asked.max_tokens, seed=asked.seed)
    style = taught_style(asked.lm) if asked.style == "auto" else asked.style
    return plan(
        problem,
        strategy=asked.strategy,
        n=asked.n,
        lm=lambda: _model(asked, problem, stack),
        options=options,
        style=cast('Literal["completion", "chat", "nursery"]', style),
        search=search,
    )


def _search_seconds(asked: _Asked) -> float:
    """Of the seconds given, half where a language model can have the other half."""
    from unriddle.lm import available

    ready = next((one.ready for one in available() if one.name == asked.lm), True)
    return (asked.seconds or 0.0) * (0.5 if ready else 1.0)


def _model(asked: _Asked, problem: Problem, stack: ExitStack) -> LM | None:
    """The language model; ``None`` when it is not ready and the problem can be tried without one."""
    from unriddle.cli.view import say
    from unriddle.lm import CachedLM, available, load
    from unriddle.propose.list_programs import can_list_programs

    status = next((one for one in available() if one.name == asked.lm), None)
    if status is not None and not status.ready:
        if asked.strategy == "sample" or (problem.kind == "function" and not can_list_programs(problem)):
            raise BadInput(f"language model {asked.lm} is not ready: {status.detail}; run: {status.how}")
        say(f"language model {asked.lm} is not ready, so only the search without one is tried; to add it: {status.how}")
        return None
    model = load(asked.lm)
    close = getattr(model, "close", None)
    if callable(close):
        stack.callback(close)
    if not asked.cache:
        return model
    try:
        return CachedLM(model, _CACHE)
    except BadInput as error:
        say(f"{error}; going on without a cache (--no-cache says so from the start)")
        return model


def _search(asked: _Asked, problem: Problem, plan: Plan, executor: Executor, watch: Callable[..., None]) -> Solution:
    from unriddle.budget import Budget
    from unriddle.solver import solve

    budget = Budget(candidates=plan.n_candidates, seconds=asked.seconds)
    return solve(
        problem,
        plan.proposer,
        executor=executor,
        budget=budget,
        limits=asked.limits(),
        batch=plan.batch,
        watch=watch,
    )


def _judge(posed: _Posed, solution: Solution, executor: Executor) -> tuple[int, int] | None:
    """``(passed, known)`` hidden tests of the chosen program; they never choose."""
    if posed.task is None or solution.candidate is None:
        return None
    benchmark, task = posed.task
    for _, verdicts in benchmark.judge({task.problem.id: [solution.candidate]}, executor=executor):
        return int(verdicts.passed.sum()), int(verdicts.known.sum())
    return None


def _write(asked: _Asked, posed: _Posed, solution: Solution, executor: Executor) -> str:
    """Write ``--out`` if the problem is solved; what was written, in words."""
    if asked.out is None or solution.candidate is None or not solution.solved:
        return ""
    if posed.table is None:
        asked.out.write_text(solution.candidate.source, encoding="utf-8")
        return f"wrote the program to {asked.out}"
    from unriddle.cli.view import say
    from unriddle.pose import fill_table

    filled = fill_table(posed.table, solution.candidate, executor=executor, limits=asked.limits())
    asked.out.write_text(filled.text, encoding="utf-8")
    for line, why in filled.failures:
        say(f"{asked.problem}:{line}: left empty, the program failed there: {why}")
    return f"filled {filled.n_filled} rows and wrote {asked.out}"


def _advise(asked: _Asked, posed: _Posed, solution: Solution, written: str) -> None:
    from unriddle.cli.view import say

    if written:
        say(written)
    elif asked.out is not None:
        say(f"{asked.out} was not written, because the problem is not solved")
    elif posed.table is not None and solution.solved and posed.table.open_rows():
        say(f"{len(posed.table.open_rows())} rows can be filled: add --out FILE.csv")
