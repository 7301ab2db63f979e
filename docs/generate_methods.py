"""Writes docs/methods.md from the docstrings of methods and recorded lab results: ``python docs/generate_methods.py``.

With ``--check`` nothing is written; the exit code is 1 when the file is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from unriddle.cli.lab import number, wanted
from unriddle.lab.run import LabReport, load_recorded
from unriddle.methods.registry import METHODS, MethodInfo, describe

FILE = Path(__file__).with_name("methods.md")


def text() -> str:
    """The whole page."""
    head = [
        "# Methods",
        "Each method is one file that composes the shared parts. This page is generated from their docstrings and from "
        "recorded lab results by `python docs/generate_methods.py`; do not edit it.",
        "| method | paper | claims held | measured | not run |\n|---|---|---|---|---|\n"
        + "\n".join(_row(describe(name), load_recorded(name)) for name in METHODS),
    ]
    parts = [_section(describe(name), load_recorded(name)) for name in METHODS]
    return "\n\n".join(head + parts) + "\n"


def _row(info: MethodInfo, report: LabReport | None) -> str:
    link = f"[{info.name}](#{info.name})"
    if report is None:
        return f"| {link} | {info.paper} | | | all |"
    measured = report.n_held + report.n_failed
    return f"| {link} | {info.paper} | {report.n_held} | {measured} | {report.n_not_run} |"


def _section(info: MethodInfo, report: LabReport | None) -> str:
    lines = [f"## {info.name}", f"{info.paper}. `{info.module}`", info.summary, *info.details]
    if report is None:
        return "\n\n".join([*lines, f"Nothing recorded yet; run `unriddle lab {info.name}`."]).replace("``", "`")
    facts = report.facts
    where = f"unriddle {facts['unriddle']}, Python {facts['python']}, isolation {facts.get('isolation', 'not stated')}"
    made = (
        f"Recorded {facts['date']} by `{facts['command']}` in {report.seconds:.0f} s on {facts['cores']} cores "
        f"({where}). A claim that did not hold stands as **no**."
    )
    rows = ["| claim | measured | must be | held |", "|---|---|---|---|"]
    for claim in report.claims:
        held = {True: "yes", False: "**no**", None: "not run"}[claim.held]
        label = claim.name + (f" ({claim.note})" if claim.note else "")
        rows.append(f"| {_cell(label)} | {number(claim.measured)} | {_cell(wanted(claim))} | {held} |")
    return "\n\n".join([*lines, made]).replace("``", "`") + "\n\n" + "\n".join(rows)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    if "--check" in arguments:
        return 0 if FILE.is_file() and FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
