"""How results look on a terminal: consoles, live progress, programs and test tables.

Results go to stdout, everything else to stderr. Where stdout is no terminal, text is plain and a program stays a
program: what is said about it is in comments. Not covered: the ``--json`` documents.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from unriddle.errors import shorten
from unriddle.outcome import Outcome, Status
from unriddle.problem import CallTest, Raises, Returns, Satisfies, Test

if TYPE_CHECKING:
    from unriddle.solver import Progress, Solution

__all__ = ["outcome_text", "say", "search_progress", "show_program", "show_solution", "solution_lines"]


def say(message: str) -> None:
    """One line for the user on stderr."""
    click.echo(f"unriddle: {message}", err=True)


@contextmanager
def search_progress(*, quiet: bool) -> Iterator[Callable[[Progress | str], None]]:
    """A live line on stderr while a search runs; nothing when quiet or when stderr is no terminal."""
    if quiet or not sys.stderr.isatty():  # before rich is imported, which takes as long as many a search
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        line = bar.add_task("starting", total=None)

        def watch(progress: Progress | str) -> None:
            bar.update(line, description=progress if isinstance(progress, str) else progress_text(progress))

        yield watch


def progress_text(progress: Progress) -> str:
    """A snapshot of a search in one line."""
    spent = progress.spent
    tokens = f", {spent.tokens} tokens" if spent.tokens else ""
    return (
        f"{spent.candidates} candidates ({progress.n_distinct} distinct){tokens}, best passes "
        f"{progress.best_passed} of {progress.n_tests} tests"
    )


def outcome_text(outcome: Outcome, test: Test) -> str:
    """What happened in one cell, with got and expected where it failed; empty when it passed."""
    if outcome.status is Status.PASS:
        return ""
    if outcome.status is Status.FAIL and isinstance(test, CallTest):
        expect = test.expect
        if isinstance(expect, Returns):
            return f"got {shorten(outcome.result)}, expected {shorten(expect.value)}"
        if isinstance(expect, Satisfies):
            kind = f" (it must be {expect.type})" if expect.type else ""
            return f"got {shorten(outcome.result)}, which {expect.entry} does not accept{kind}"
        if isinstance(expect, Raises):
            return f"got {shorten(outcome.result)}, expected {expect.exception} to be raised"
    where = f" (line {outcome.line})" if outcome.line else ""
    return f"{outcome.error or outcome.status.name.lower()}{where}"


def solution_lines(solution: Solution, tests: tuple[Test, ...], *, hidden: tuple[int, int] | None) -> list[str]:
    """What is said about an answer, line by line: verdict, tests, cost, confidence."""
    if solution.candidate is None:
        return [f"not solved: {solution.why or 'nothing was proposed'}"]
    word = "solved" if solution.solved else "not solved"
    lines = [f"{word}: {solution.problem}" + (" (interrupted)" if solution.interrupted else "")]
    for j, test in enumerate(tests):
        outcome = solution.verdicts[solution.row, j]
        name = test.name or f"test {j + 1}"
        detail = outcome_text(outcome, test)
        lines.append(f"  {outcome.status.name:<7} {name}" + (f": {detail}" if detail else ""))
    if hidden is not None:
        lines.append(f"hidden tests: {hidden[0]} of {hidden[1]} passed (they had no part in choosing the program)")
    spent = solution.spent
    lines.append(
        f"spent: {spent.candidates} candidates, {spent.tokens} tokens, {spent.runs} runs, {spent.cpu_seconds:.2f} CPU "
        f"seconds, {spent.seconds:.1f} seconds"
    )
    lines.append(f"proposed by: {solution.candidate.proposer or 'unknown'}")
    return [*lines, f"confidence: {solution.confidence:.2f}. {solution.why}"]


def show_solution(solution: Solution, tests: tuple[Test, ...], *, hidden: tuple[int, int] | None = None) -> None:
    """The answer on stdout: the program, then what is known about it."""
    lines = solution_lines(solution, tests, hidden=hidden)
    if solution.candidate is not None:
        show_program(solution.candidate.source)
    if not sys.stdout.isatty():
        click.echo("\n".join(f"# {part}" for line in lines for part in line.split("\n")))
        return
    from rich.console import Console

    console = Console()
    colours = {"solved": "bold green", "not so": "bold yellow"}
    for line in lines:
        style = colours.get(line[:6]) or ("green" if line.startswith("  PASS") else "red" if line[:2] == "  " else "")
        console.print(line, style=style or None, markup=False, highlight=False)


def show_program(source: str) -> None:
    """A program on stdout, in colour on a terminal."""
    if not sys.stdout.isatty():
        click.echo(source.rstrip("\n") + "\n")
        return
    from rich.console import Console
    from rich.syntax import Syntax

    console = Console()
    console.print(Syntax(source.rstrip("\n"), "python", background_color="default", word_wrap=True))
    console.print()
