"""``unriddle runs``: list, show, export and delete what the run store keeps.

Not covered: going on with a run; give the same ``unriddle eval`` command again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.store import Run, RunInfo, Store

__all__ = ["runs_command"]

_DEFAULT = Path(".unriddle/runs.db")
_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(name="runs", invoke_without_command=True, context_settings=_HELP)
@click.option("--store", type=click.Path(path_type=Path), help=f"The run store.  [default: {_DEFAULT}]")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def runs_command(ctx: click.Context, store: Path | None, as_json: bool) -> None:
    """List, show, export and delete earlier runs.

    \b
    Examples:
      unriddle runs                          all runs, newest first
      unriddle runs show 7                   what was asked, and the result
      unriddle runs show 7 --task HumanEval/23
      unriddle runs export 7 run.parquet
      unriddle runs delete 7
    """
    ctx.obj = store
    if ctx.invoked_subcommand is None:
        _list(store or _DEFAULT, as_json=as_json)


def _store_option(command: Any) -> Any:
    return click.option("--store", type=click.Path(path_type=Path), help=f"The run store.  [default: {_DEFAULT}]")(
        command
    )


@runs_command.command(name="show", context_settings=_HELP)
@click.argument("run_id", metavar="ID", type=int)
@click.option("--task", help="The programs of this task, with their statuses.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@_store_option
@click.pass_obj
def _show_command(above: Path | None, run_id: int, task: str | None, as_json: bool, store: Path | None) -> None:
    """Show what a run was asked, and what it found."""
    with _opened(store or above) as opened:
        from unriddle.store import load_run

        run = load_run(opened, run_id)
        info = run.info()
        records = _records(run, task) if task else None
    if as_json:
        document: dict[str, Any] = {"schema": 1, "run": dataclasses.asdict(info)}
        click.echo(json.dumps(document if records is None else {**document, "task": task, "candidates": records}))
    elif records is None:
        _show(info)
    else:
        _show_task(records)


@runs_command.command(name="export", context_settings=_HELP)
@click.argument("run_id", metavar="ID", type=int)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@_store_option
@click.pass_obj
def _export_command(above: Path | None, run_id: int, path: Path, store: Path | None) -> None:
    """Write one record per candidate to FILE (.jsonl or .parquet)."""
    with _opened(store or above) as opened:
        from unriddle.store import export, load_run

        n = export(load_run(opened, run_id), path)
    click.echo(f"unriddle: wrote {n} candidates of run {run_id} to {path}", err=True)


@runs_command.command(name="delete", context_settings=_HELP)
@click.argument("run_id", metavar="ID", type=int)
@_store_option
@click.pass_obj
def _delete_command(above: Path | None, run_id: int, store: Path | None) -> None:
    """Remove a run from the store."""
    with _opened(store or above) as opened:
        from unriddle.store import delete_run

        delete_run(opened, run_id)
    click.echo(f"unriddle: deleted run {run_id}", err=True)


@contextmanager
def _opened(path: Path | None) -> Iterator[Store]:
    from unriddle.store import open_store

    path = path or _DEFAULT
    if not path.is_file():
        raise BadInput(f"{path}: there is no run store here; `unriddle eval` makes one, or name it with --store PATH")
    with open_store(path) as store:
        yield store


def _list(path: Path, *, as_json: bool) -> None:
    from unriddle.store import list_runs

    runs: list[RunInfo] = []
    if path.exists():
        with _opened(path) as store:
            runs = list_runs(store)
    if as_json:
        click.echo(json.dumps({"schema": 1, "runs": [dataclasses.asdict(run) for run in runs]}))
    elif not runs:
        click.echo(f"unriddle: no runs in {path} yet; `unriddle eval` makes one", err=True)
    else:
        _print_list(runs)


def _print_list(runs: list[RunInfo]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in ("id", "kind", "benchmark", "programs from", "status", "rows", "result", "updated (UTC)"):
        table.add_column(name, justify="right" if name in ("id", "rows") else "left", overflow="fold")
    for run in runs:
        source = str(run.params.get("lm", {}).get("name") or run.params.get("samples") or "")
        benchmark = str(run.params.get("benchmark", ""))
        updated = run.updated.removesuffix("+00:00").replace("T", " ")
        table.add_row(
            str(run.id), run.kind, benchmark, source, run.status, str(run.n_rows), _headline(run), updated
        )  # fmt: skip
    Console(highlight=False).print(table)


def _headline(run: RunInfo) -> str:
    metrics = (run.summary or {}).get("metrics", {})
    return ", ".join(f"{name} {metric['value']:.1%}" for name, metric in metrics.items())


def _show(info: RunInfo) -> None:
    plain = dataclasses.asdict(info)
    summary = plain.pop("summary")
    for name, value in plain.items():
        click.echo(f"{name}: {value if isinstance(value, (str, int)) else json.dumps(value)}")
    if summary is None:
        click.echo("summary: none yet; give the same command again to go on")
        return
    for name, value in summary.items():
        if name != "per_problem":
            click.echo(f"summary.{name}: {value if isinstance(value, (str, int, float)) else json.dumps(value)}")
    for task, counts in summary.get("per_problem", {}).items():
        click.echo(f"{task}: {counts['c']} of {counts['n']}")


def _show_task(records: list[dict[str, Any]]) -> None:
    for record in records:
        outcome = {True: "passed", False: "failed", None: "not judged"}[record["passed"]]
        click.echo(f"# candidate {record['position']} ({record['candidate']}): {outcome}")
        for test, status, error in zip(record["tests"], record["status"], record["errors"], strict=True):
            if status != "PASS":
                click.echo(f"#   {test}: {status}{f' ({_line(error)})' if error else ''}")
        click.echo("\n".join(map(_line, record["source"].splitlines())) + "\n")


def _line(text: str) -> str:
    """Candidates are hostile: no control characters of theirs reach the terminal."""
    return "".join(c if c.isprintable() or c == "\t" else "�" for c in text)


def _records(run: Run, task: str) -> list[dict[str, Any]]:
    from unriddle.store.export import records

    found = [record for record in records(run) if record["task_id"] == task]
    if not found:
        tasks = run.tasks()
        span = f"; its tasks go from {tasks[0]} to {tasks[-1]}" if tasks else ""
        raise BadInput(f"run {run.id} has no candidates of task {task!r}{span}")
    return found
