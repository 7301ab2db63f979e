"""``unriddle choose``: pick among programs by asking what the function should give.

Questions and the table of outputs go to stderr, the chosen program to stdout.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.choose import Answer, Choice, Question
    from unriddle.choose.question import Ask
    from unriddle.contracts import Executor

__all__ = ["choose_command"]


@dataclass(frozen=True, slots=True)
class _Given:
    """The command line as it was given."""

    programs: tuple[Path, ...]
    entry: str | None
    task: str | None
    inputs: Path | None
    oracle: Path | None
    answers: Path | None
    n_inputs: int
    budget: int
    noise: float
    confidence: float
    shrink: bool
    cpu_seconds: float
    memory_mb: int
    seed: int
    workers: int | None
    isolation: str | None
    as_json: bool


@click.command(name="choose", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("programs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--entry", metavar="NAME", help="The function to choose for [default: the one most programs define].")
@click.option("--task", metavar="ID", help="Of a file with several tasks, the programs of this one.")
@click.option("--inputs", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Inputs that may be asked about, a list of arguments a line; others are made alike.")  # fmt: skip
@click.option("--oracle", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="A Python program that answers instead of you; it runs in the sandbox.")  # fmt: skip
@click.option("--answers", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help='Answers as you would type them, one a line, or {"input": [...], "output": ...}.')  # fmt: skip
@click.option("--generate", "n_inputs", type=click.IntRange(0), default=100, show_default=True,
              help="Inputs to make; 0 asks about those of --inputs only.")  # fmt: skip
@click.option("--budget", type=click.IntRange(0), default=10, show_default=True, help="Questions at most.")
@click.option("--noise", type=click.FloatRange(0, 0.5, max_open=True), default=0.0, show_default=True,
              help="Probability that an answer is wrong; above 0 no answer rules a program out alone.")  # fmt: skip
@click.option("--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
              show_default=True, help="With --noise: the probability at which it is settled.")  # fmt: skip
@click.option("--shrink/--no-shrink", default=True, show_default=True, help="Ask about smaller inputs where possible.")
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="CPU seconds per call.")  # fmt: skip
@click.option("--memory-mb", type=click.IntRange(1), default=1024, show_default=True, help="MiB per program.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Makes the inputs reproducible.")
@click.option("--workers", type=click.IntRange(1), help="Programs run at the same time [default: one per core].")
@click.option("--isolation", help="Sandbox level [default: namespaces+seccomp]; see `unriddle doctor`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def choose_command(ctx: click.Context, /, **options: Any) -> None:
    """Choose among PROGRAMS by asking what their function should give.

    PROGRAMS are .py files, folders of them, or JSON Lines files with a whole program under "solution" (HumanEval-style
    rows too). Programs that behave alike are merged; each question is the input on which the leading ones disagree
    most. Answer with the number of an output, a value (=3 for the value 3), ? for "do not know", n for "none of
    these", raises, or q to stop.

    \b
    Examples:
      unriddle choose candidates.jsonl
      unriddle choose a.py b.py c.py --entry median
      unriddle choose candidates.jsonl --oracle reference.py --json
      unriddle choose samples.jsonl --task HumanEval/23 --inputs calls.jsonl

    Every program runs in the sandbox, the oracle too. Ctrl-C keeps what was found.

    Exit codes: 0 settled, 1 not settled (or no program is right), 2 bad input, 130 interrupted.
    """
    ctx.exit(_choose(_Given(**options)))


def _choose(given: _Given) -> int:
    import numpy as np

    from unriddle.choose import choose_by_asking
    from unriddle.choose.files import read_answer_file, read_inputs, read_programs
    from unriddle.execute import open_executor
    from unriddle.outcome import Limits

    if given.oracle and given.answers:
        raise BadInput("choose: expected --oracle or --answers, got both; leave one of them out")
    programs = read_programs(given.programs, task=given.task)
    inputs = read_inputs(given.inputs) if given.inputs else []
    said = read_answer_file(given.answers) if given.answers else None
    pairs = [pair for pair in said or [] if isinstance(pair, tuple)]
    inputs += [args for args, _ in pairs]
    limits = Limits(cpu_seconds=given.cpu_seconds, memory_mb=given.memory_mb, max_kills=10)
    level = given.isolation or "namespaces+seccomp"
    with open_executor(workers=given.workers, isolation=level) as executor:
        choice = choose_by_asking(
            programs,
            ask=_asker(given, said, executor, limits),
            executor=executor,
            rng=np.random.default_rng(given.seed),
            entry=given.entry,
            inputs=inputs,
            n_inputs=0 if pairs else given.n_inputs,  # only what the pairs hold can be answered
            budget=given.budget,
            noise=given.noise,
            confidence=given.confidence,
            shrink=given.shrink and not pairs,
            limits=limits,
        )
    if given.as_json:
        click.echo(json.dumps(document(choice), indent=1, allow_nan=False))
    else:
        _show(choice)
    return 130 if choice.interrupted else 0 if choice.settled else 1


def _asker(given: _Given, said: Any, executor: Executor, limits: Any) -> Ask:
    """Who answers: the oracle, the file, or whoever sits there."""
    from unriddle.choose import answers_in_turn, ask_program, ask_table
    from unriddle.choose.files import read_programs

    if given.oracle:
        if given.oracle.suffix != ".py":
            raise BadInput(f"--oracle {given.oracle}: expected one Python file (.py)")
        return ask_program(read_programs([given.oracle])[0], executor=executor, limits=limits)
    if said is None:
        return _ask_person
    return ask_table(said) if isinstance(said[0], tuple) else answers_in_turn(said)


def _ask_person(question: Question) -> Answer:
    """The answer typed on standard input; asked again until it can be read, and ``q`` at its end."""
    from unriddle.choose import Answer, read_answer

    show_question(question)
    while True:
        try:
            return read_answer(click.prompt("answer", err=True, prompt_suffix="> "), question)
        except click.exceptions.Abort as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            return Answer("quit")
        except BadInput as error:
            click.echo(str(error), err=True)


def show_question(question: Question) -> None:
    """The question and a table of what the programs give, on stderr."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    click.echo(f"\nQuestion {question.number} ({question.n_left} behaviours left): what should this give?", err=True)
    click.echo(f"  {question.call}", err=True)
    table = Table(box=box.SIMPLE)
    for name in ("", "output", "programs", "probability"):
        text = name == "output"
        table.add_column(name, justify="left" if text else "right", overflow="fold", no_wrap=not text)
    for number, option in enumerate(question.options, 1):
        table.add_row(str(number), escape(option.shown), str(option.n_programs), f"{option.probability:.2f}")
    Console(stderr=True, highlight=False).print(table)
    click.echo("a number, a value (=3 for the value 3), ? do not know, n none of these, raises, q stop", err=True)


def _lines(choice: Choice) -> list[str]:
    word = "settled" if choice.settled else "not settled"
    lines = [f"{word}: {choice.why}"]
    lines.append(
        f"{choice.n_programs} programs, {len(choice.behaviours)} behaviours, {len(choice.asked)} questions, "
        f"{choice.n_left} behaviours left"
        + (f"; {choice.n_silent} programs returned on no input and were left out" if choice.n_silent else "")
    )
    lines += [f"  {asked.question.call} -> {answer_text(asked.question, asked.answer)}" for asked in choice.asked]
    what = "that no program is right" if choice.none_right else "of the program above"
    return [*lines, f"confidence {what}: {choice.confidence:.2f}"]


def answer_text(question: Question, answer: Answer) -> str:
    """What was said, as text."""
    from unriddle.errors import shorten

    if answer.kind == "option":
        return question.options[answer.option].shown
    words = {"raises": "raises an exception", "none": "none of the outputs", "unknown": "not known", "quit": "stopped"}
    return words.get(answer.kind) or shorten(answer.value, 200)


def _show(choice: Choice) -> None:
    from unriddle.cli.view import show_program

    if choice.candidate is not None:
        show_program(choice.candidate.source)
    for line in _lines(choice):
        click.echo("\n".join(f"# {part}" for part in line.split("\n")))


def document(choice: Choice) -> dict[str, Any]:
    """The ``choose --json`` document."""
    questions = [
        {
            "call": a.question.call,
            "answer": answer_text(a.question, a.answer),
            "kind": a.answer.kind,
            "options": [
                {"output": o.shown, "n_programs": o.n_programs, "probability": o.probability}
                for o in a.question.options
            ],
        }
        for a in choice.asked
    ]
    behaviours = [
        {"program": b.candidate.source, "id": b.candidate.id, "n_programs": b.n_programs, "probability": b.probability}
        for b in choice.behaviours
    ]
    names = ("settled", "none_right", "confidence", "why", "entry", "n_programs", "n_left", "n_silent", "interrupted",
             "isolation")  # fmt: skip
    head = {name: getattr(choice, name) for name in names}
    program = choice.candidate.source if choice.candidate else None
    more = {"n_behaviours": len(choice.behaviours), "questions": questions, "behaviours": behaviours}
    return {"schema": 1, "program": program, **head, **more}
