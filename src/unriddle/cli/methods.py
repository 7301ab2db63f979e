"""``unriddle methods``: the published methods that are here, and how their claims stand."""

from __future__ import annotations

import json
from typing import Any

import click

__all__ = ["methods_command"]


@click.command("methods")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def methods_command(as_json: bool) -> None:
    """List the published methods, with how many of their claims held when last recorded.

    \b
    Examples:
      unriddle methods
      unriddle methods --json
      unriddle lab scaling_flaws      measure one of them here and now
    """
    rows = method_rows()
    if as_json:
        click.echo(json.dumps(rows, indent=1, allow_nan=False))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE, caption="Claims: held / measured (+ not run), as recorded with the package.")
    table.add_column("Method", no_wrap=True)
    for title in ("Paper", "Claims", "Measured"):
        table.add_column(title, overflow="fold")
    for row in rows:
        measured = row["claims"] - row["claims_not_run"]
        claims = f"{row['claims_held']} / {measured}" if row["recorded"] else "not recorded"
        claims += f" (+ {row['claims_not_run']})" if row["claims_not_run"] else ""
        recorded = row["recorded"] or {}
        table.add_row(row["name"], row["paper"], claims, f"{recorded.get('date', '')} {recorded.get('preset', '')}")
    Console().print(table)


def method_rows() -> list[dict[str, Any]]:
    """The ``methods --json`` document: one row per method."""
    from unriddle.lab.run import load_recorded
    from unriddle.methods.registry import METHODS, describe

    rows = []
    for name in METHODS:
        info, report = describe(name), load_recorded(name)
        recorded = {**report.facts, "preset": report.preset, "seed": report.seed} if report else None
        rows.append(
            {
                "name": info.name,
                "paper": info.paper,
                "year": info.year,
                "module": info.module,
                "summary": info.summary,
                "claims_held": report.n_held if report else 0,
                "claims": len(report.claims) if report else 0,
                "claims_not_run": report.n_not_run if report else 0,
                "recorded": recorded,
            }
        )
    return rows
