"""``unriddle repair``: a small edit under which a program passes its tests, found by search, without a language model.

Not covered: repair by a language model (``unriddle solve``), and programs of several files.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.written import refuse_target, write_like
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.pose.repair import RepairReport

__all__ = ["repair_command"]


@click.command(name="repair", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tests", "tests_path", type=click.Path(path_type=Path), required=True,
              help="A pytest file, a file of asserts, or JSON lines of [arguments, expected].")  # fmt: skip
@click.option("--module", help="Name by which the tests import FILE [default: its name].")
@click.option("--entry", help="Function that JSON lines call [default: the last one of FILE].")
@click.option("--function", help="Edit only inside this function or class of FILE.")
@click.option("--reference", type=click.Path(path_type=Path),
              help="A right program: tests that it fails are left out; the search does not see it.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
              help="CPU seconds of the whole search.")  # fmt: skip
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=3.0, show_default=True,
              help="CPU seconds per test when a repair is checked.")  # fmt: skip
@click.option("--inputs", "n_inputs", type=click.IntRange(0), default=200, show_default=True,
              help="Generated inputs that tell repairs apart.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the repaired program here.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same inputs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def repair_command(
    file: Path,
    tests_path: Path,
    module: str | None,
    entry: str | None,
    function: str | None,
    reference: Path | None,
    seconds: float,
    cpu_seconds: float,
    n_inputs: int,
    out: Path | None,
    seed: int,
    as_json: bool,
) -> int:
    """Find a small edit of FILE under which all its tests pass, and say what the tests leave open.

    \b
    Examples:
      unriddle repair gcd.py --tests test_gcd.py
      unriddle repair gcd.py --tests rows.jsonl --seconds 120 --out fixed.py
      unriddle repair gcd.py --tests test_gcd.py --json

    FILE itself is never changed. A repair that passes all tests may still be wrong: look at the inputs on which other
    repairs that pass do something else. Exit codes: 0 repaired (or nothing to repair), 1 no repair found, 2 bad input.
    """
    import numpy as np

    from unriddle.cli.locate import notes, parsed
    from unriddle.cli.view import search_progress
    from unriddle.execute import open_executor
    from unriddle.outcome import Limits
    from unriddle.pose.files import read_text
    from unriddle.pose.repair import repair
    from unriddle.pose.repair_tests import read_tests

    refuse_target("--out", out, source=file)
    if math.isnan(seconds):
        raise BadInput("--seconds: expected a number of CPU seconds, got nan; give one such as 60")
    source = read_text(file)
    parsed(source, file)
    right = "" if reference is None else read_text(reference)
    read = read_tests(tests_path, program=source, module=module or file.stem, entry=entry)
    with open_executor() as executor, search_progress(quiet=as_json) as progress:
        report = repair(
            source, read.tests, executor=executor, rng=np.random.default_rng(seed), reference=right,
            function=function, cpu_seconds=seconds, n_inputs=n_inputs, limits=Limits(cpu_seconds=cpu_seconds),
            say=progress,
        )  # fmt: skip
    notes(report.baseline, read.skipped)
    if out is not None and report.repaired is not None:
        write_like(out, report.repaired, like=file)
    if as_json:
        click.echo(json.dumps(_document(file, report)))
    else:
        _show(file, report)
    return 0 if report.repaired is not None or not report.baseline.failing else 1


def _document(file: Path, report: RepairReport) -> dict[str, Any]:
    from unriddle.cli.locate import document

    edit, ranked = report.edit, report.ranked
    apart = ranked.disagreements if ranked is not None else ()
    return {
        "schema": 1,
        "program": str(file),
        "repaired": report.repaired is not None,
        "source": report.repaired,
        "diff": report.diff(file.name),
        "edit": None if edit is None else {"line": edit.line, "rule": edit.rule, "cost": edit.cost},
        "why": report.why,
        "n_tried": report.n_tried,
        "n_plausible": len(report.plausible),
        "n_behaviours": 0 if ranked is None else ranked.n_classes,
        "undecided": [
            {"call": d.call, "chosen": d.chosen, "other": d.other, "line": d.edit.line, "rule": d.edit.rule}
            for d in apart
        ],
        "cpu_seconds": round(report.cpu_seconds, 3),
        "baseline": document(report.baseline),
    }


def _show(file: Path, report: RepairReport) -> None:
    if report.repaired is not None:
        click.echo(report.diff(file.name), nl=False)
    click.echo(report.why)
    if report.edit is not None:
        click.echo(f"what was wrong: {report.edit.rule} (line {report.edit.line})")
    apart = report.ranked.disagreements if report.ranked is not None else ()
    if apart:
        click.echo("what the tests do not pin down (other repairs pass all tests too):")
        for d in apart[:5]:
            click.echo(f"  {d.call}: this one gives {d.chosen}, one on line {d.edit.line} ({d.edit.rule}) {d.other}")
    click.echo(f"spent: {report.cpu_seconds:.1f} CPU seconds")
