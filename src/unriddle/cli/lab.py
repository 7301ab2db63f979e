"""``unriddle lab``: run a method's experiment and print its claims."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from unriddle.lab.base import Claim
    from unriddle.lab.run import LabReport

__all__ = ["lab_command"]


@click.command("lab")
@click.argument("name", required=False)
@click.option(
    "--preset",
    type=click.Choice(["small", "full"]),
    default="small",
    show_default=True,
    help="small: at most about a minute on two cores, once recorded programs were executed; full: what it takes.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of reference data; default: $UNRIDDLE_DATA, then ../shared/data. Without one its claims are not run.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Programs run at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--record", "keep", is_flag=True, help="Keep the result in the package, for `unriddle methods` and docs.")
def lab_command(
    name: str | None,
    preset: Literal["small", "full"],
    seed: int,
    data: Path | None,
    workers: int,
    as_json: bool,
    keep: bool,
) -> int:
    """Run the experiment of the method NAME and print what it claims, what was measured, and whether it held.

    Without NAME the experiments are listed. The exit code is 1 when a claim did not hold; claims that could not be
    measured here are shown as not run and do not change it.

    \b
    Examples:
      unriddle lab
      unriddle lab scaling_flaws
      unriddle lab large_language_monkeys --preset full --data ../shared/data
    """
    if name is None:
        _list(as_json=as_json)
        return 0
    from unriddle.lab.base import Context, data_folder
    from unriddle.lab.run import record, run_experiment

    context = Context(data=data_folder(data), workers=workers, say=_say)
    report = run_experiment(name, preset=preset, seed=seed, context=context)
    if keep:
        command = f"unriddle lab {report.method} --preset {preset} --seed {seed} --record"
        click.echo(f"kept in {record(report, command=command)}", err=True)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=1, allow_nan=False))
    else:
        _show(report)
    return 1 if report.n_failed else 0


def _say(message: str) -> None:
    """One progress line on stderr, rewritten in place on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{message}", err=True, nl=False)


def _list(*, as_json: bool) -> None:
    from unriddle.lab.run import EXPERIMENTS

    if as_json:
        click.echo(json.dumps({"schema": 1, "experiments": list(EXPERIMENTS)}, indent=1))
        return
    click.echo("\n".join(EXPERIMENTS))
    click.echo("run one with: unriddle lab NAME", err=True)


def _show(report: LabReport) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    table = Table(box=box.SIMPLE, title=f"{report.method}, preset {report.preset}, seed {report.seed}")
    for title in ("Claim", "Measured", "Must be", "Held"):
        table.add_column(title, overflow="fold")
    for claim in report.claims:
        held = {True: "yes", False: "[bold red]NO[/]", None: "not run"}[claim.held]
        label = escape(claim.name) + (f"\n[dim]{escape(claim.note)}[/]" if claim.note else "")
        table.add_row(label, number(claim.measured), wanted(claim), held)
    console = Console()
    console.print(table)
    console.print(
        f"{report.n_held} held, {report.n_failed} did not, {report.n_not_run} not run; {report.seconds:.0f} s"
    )


def number(value: float | None) -> str:
    """A number for people: four significant digits; an empty text for none."""
    return "" if value is None else f"{value:.4g}"


def wanted(claim: Claim) -> str:
    """What the measured number must be, in words."""
    if claim.relation == "between":
        return f"between {number(claim.low)} and {number(claim.high)}"
    return f"{claim.relation} {number(claim.baseline)}".strip()
