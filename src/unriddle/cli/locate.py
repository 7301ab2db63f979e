"""``unriddle locate``: which lines of a program its failing tests point at.

Not covered: changing them (``unriddle repair``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.view import say
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.pose.repair import Baseline

__all__ = ["locate_command"]


@click.command(name="locate", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tests", "tests_path", type=click.Path(path_type=Path), required=True,
              help="A pytest file, a file of asserts, or JSON lines of [arguments, expected].")  # fmt: skip
@click.option("--module", help="Name by which the tests import FILE [default: its name].")
@click.option("--entry", help="Function that JSON lines call [default: the last one of FILE].")
@click.option("--formula", type=click.Choice(["ochiai", "tarantula", "dstar"]), default="ochiai", show_default=True,
              help="How suspicion is reckoned.")  # fmt: skip
@click.option("--most", type=click.IntRange(1), default=5, show_default=True, help="Ranks that are marked.")
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="CPU seconds per test, a quarter second at most for one that never ends.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def locate_command(
    file: Path,
    tests_path: Path,
    module: str | None,
    entry: str | None,
    formula: str,
    most: int,
    cpu_seconds: float,
    as_json: bool,
) -> int:
    """Rank the lines of FILE by how much failing tests run them and passing tests do not.

    \b
    Examples:
      unriddle locate gcd.py --tests test_gcd.py
      unriddle locate gcd.py --tests rows.jsonl --formula dstar --json

    Lines that the same tests run cannot be told apart; they share a range of ranks (#1-3). Program and tests run in
    the sandbox. Exit codes: 0 done, 1 no test fails, 2 bad input.
    """
    from unriddle.execute import open_executor
    from unriddle.feedback.coverage import marked_lines
    from unriddle.outcome import Limits
    from unriddle.pose.files import read_text
    from unriddle.pose.repair import measure
    from unriddle.pose.repair_tests import read_tests

    source = read_text(file)
    parsed(source, file)
    read = read_tests(tests_path, program=source, module=module or file.stem, entry=entry)
    with open_executor() as executor:
        base = measure(
            source, read.tests, executor=executor, formula=formula, limits=Limits(cpu_seconds=cpu_seconds)
        )  # fmt: skip
    notes(base, read.skipped)
    if as_json:
        click.echo(json.dumps({"schema": 1, "program": str(file), "formula": formula, **document(base)}))
    elif base.failing:
        click.echo(marked_lines(source, base.localised, most=most, around=10))
        click.echo(f"{len(base.failing)} of {len(base.tests)} tests fail: {', '.join(base.failing[:5])}")
    else:
        click.echo(f"all {len(base.tests)} tests pass: nothing points anywhere")
    return 0 if base.failing else 1


def parsed(source: str, file: Path) -> None:
    """Refuse a file that is not Python, naming the line.

    Raises:
        BadInput: It is not.
    """
    from unriddle.errors import BadProblem
    from unriddle.language.python import parse

    try:
        parse(source, what=str(file))
    except BadProblem as error:
        raise BadInput(f"{error}; a program that cannot be read has to be corrected by hand") from None


def notes(base: Baseline, skipped: tuple[tuple[str, str], ...]) -> None:
    """Say which tests do not count, on stderr."""
    for name, why in skipped:
        say(f"left out: {name} ({why})")
    for name in base.unsteady:
        say(f"left out: {name} (it ended differently when repeated)")
    for name in base.denied:
        say(f"left out: {name} (it needs what the sandbox has not, such as a network or asyncio's event loop)")
    for name in base.unfit:
        say(f"left out: {name} (the reference fails it)")


def document(base: Baseline) -> dict[str, Any]:
    """The part of a document about the program as it is."""
    return {
        "n_tests": len(base.tests),
        "failing": list(base.failing),
        "unsteady": list(base.unsteady),
        "unfit": list(base.unfit),
        "denied": list(base.denied),
        "lines": [
            {
                "line": s.line,
                "score": s.score if s.score != float("inf") else None,
                "rank": [s.first, s.last],
                "failing": s.n_failing,
                "passing": s.n_passing,
                "raised": s.raised,
            }
            for s in base.localised.lines
        ],
    }
