"""``unriddle diff``: the smallest input found that tells two programs apart.

The difference goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.errors import BadInput, shorten

if TYPE_CHECKING:
    from unriddle.contracts import Executor
    from unriddle.testgen.difference import Difference, NoDifference
    from unriddle.testgen.difference_observe import Seen

__all__ = ["diff_command"]

_MOST_ENTRIES = 8

_WORDS = {
    "value": "they return different values",
    "arguments": "they leave their arguments different",
    "printed": "they print different text",
    "second raises": "the second raises, the first does not",
    "second does not end": "the second does not end properly, the first does",
    "first raises": "the first raises, the second does not; the input may not be meant for the first",
    "first does not end": "the first does not end properly, the second does; the input may not be meant for the first",
}


@dataclass(frozen=True, slots=True)
class _Given:
    """The command line as it was given."""

    first: Path
    second: Path
    entries: tuple[str, ...]
    inputs: tuple[str, ...]
    file: Path | None
    seconds: float
    effects: bool
    tolerance: float | None
    shrink: bool
    lm: str | None
    cpu_seconds: float
    memory_mb: int
    seed: int
    isolation: str | None
    as_json: bool


@click.command(name="diff", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("first", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("second", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--entry", "entries", multiple=True, metavar="NAME",
              help="Function or class to compare; may be repeated [default: those whose code differs].")  # fmt: skip
@click.option("--input", "inputs", multiple=True, metavar="ARGS",
              help="An input to start from, as the arguments are written in a call; may be repeated.")  # fmt: skip
@click.option("--inputs", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Inputs to start from, a list of arguments a line.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True,
              help="Wall seconds for the whole search.")  # fmt: skip
@click.option("--effects/--no-effects", default=True, show_default=True,
              help="A changed argument and printed text are differences too.")  # fmt: skip
@click.option("--tolerance", type=click.FloatRange(0, min_open=True),
              help="Numbers nearer than this, absolutely or as a share, are equal.")  # fmt: skip
@click.option("--shrink/--no-shrink", default=True, show_default=True, help="Make the input small.")
@click.option("--lm", metavar="NAME", help="Ask this language model for inputs too (`unriddle lm` lists them).")
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="CPU seconds per call.")  # fmt: skip
@click.option("--memory-mb", type=click.IntRange(1), default=512, show_default=True, help="MiB per program.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Makes the inputs reproducible.")
@click.option("--isolation", help="Sandbox level [default: namespaces+seccomp]; see `unriddle doctor`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def diff_command(ctx: click.Context, /, **options: Any) -> None:
    """Find a small input on which the programs FIRST and SECOND do different things.

    Both are run in the sandbox on known inputs (--input, doctests and asserts in the files), on all small inputs, and
    on inputs steered by the branches that both take. What counts: the value returned, changed arguments, printed
    text, an exception, not ending. An input on which FIRST raises counts only when there is no other. Programs that
    answer differently each time are named. Types are read from annotations, or guessed from how parameters are used.
    For a class the input is a list of method calls.

    \b
    Examples:
      unriddle diff before.py after.py
      unriddle diff before.py after.py --entry median --input "[1, 2, 3]"
      unriddle diff a.py b.py --inputs calls.jsonl --seconds 60 --json
      unriddle diff slow.py fast.py --tolerance 1e-9 --no-effects

    Exit codes: 0 a difference was found, 1 none was found, 2 bad input, 130 interrupted.
    """
    ctx.exit(_diff(_Given(**options)))


def _diff(given: _Given) -> int:
    from unriddle.choose.files import read_inputs
    from unriddle.execute import open_executor
    from unriddle.testgen.difference_entries import affected_entries
    from unriddle.testgen.guess_kinds import find_signature

    p, q = _read(given.first), _read(given.second)
    entries = list(given.entries) or affected_entries(p, q)
    for name in given.entries:
        for source in (p, q):
            find_signature(source, name)
    if len(entries) > _MOST_ENTRIES:
        click.echo(
            f"{len(entries)} functions differ, the first {_MOST_ENTRIES} are compared; --entry chooses", err=True
        )
    seeds = [_typed(text) for text in given.inputs] + (read_inputs(given.file) if given.file else [])
    found: list[Difference | NoDifference] = []
    chosen = entries[:_MOST_ENTRIES]
    try:
        with open_executor(isolation=given.isolation or "namespaces+seccomp") as executor:
            for name in chosen:
                found.append(_search(given, (p, q), name, executor, seeds, given.seconds / len(chosen)))
                if not given.as_json:
                    click.echo("\n".join(_lines(found[-1], given)))
    except KeyboardInterrupt:
        if given.as_json:
            click.echo(json.dumps(document(found, interrupted=True), indent=1, allow_nan=False))
        return 130
    if given.as_json:
        click.echo(json.dumps(document(found), indent=1, allow_nan=False))
    return 0 if any(hasattr(one, "category") for one in found) else 1


def _read(path: Path) -> str:
    from unriddle.language.python import parse

    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: expected a Python file that can be read ({error})") from error
    parse(source, what=str(path))
    return source


def _typed(text: str) -> tuple[Any, ...]:
    """The arguments as they stand between the brackets of a call."""
    import ast

    from unriddle.language.fold import fold

    try:
        given = ast.parse(f"({text},)", mode="eval").body
        if not isinstance(given, ast.Tuple):  # the text closed the bracket itself
            raise ValueError(text)
        return tuple(fold(part) for part in given.elts)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise BadInput(
            f'--input {shorten(text)}: expected arguments as in a call, made of Python literals, such as "[1, 2], 3"'
        ) from error


def _search(
    given: _Given, programs: tuple[str, str], entry: str, executor: Executor, seeds: Sequence[Any], seconds: float
) -> Difference | NoDifference:
    import numpy as np

    from unriddle.budget import Budget
    from unriddle.execute.compare import equal
    from unriddle.outcome import Limits
    from unriddle.problem import Equality
    from unriddle.testgen.difference import find_difference

    limits = Limits(cpu_seconds=given.cpu_seconds, memory_mb=given.memory_mb, max_kills=3)
    same = Equality("close", atol=given.tolerance, rtol=given.tolerance) if given.tolerance else None
    propose = None
    if given.lm:
        from unriddle.lm import load
        from unriddle.methods.mokav import Conversation

        propose = Conversation(*programs, load(given.lm), executor, entry=entry, limits=limits)
    return find_difference(
        *programs,
        executor=executor,
        rng=np.random.default_rng(given.seed),
        entry=entry,
        seeds=seeds,
        budget=Budget(candidates=None, seconds=seconds),
        limits=limits,
        equal=(lambda a, b: equal(a, b, same)) if same else None,
        effects=given.effects,
        propose=propose,
        shrink=given.shrink,
    )


def _lines(found: Difference | NoDifference, given: _Given) -> list[str]:
    from unriddle.testgen.difference import NoDifference

    if isinstance(found, NoDifference):
        return _lines_of_none(found, given)
    lines = [_call(found.entry, found.args), f"  {given.first.name}: {_told(found.first, found.category, found.args)}"]
    lines.append(f"  {given.second.name}: {_told(found.second, found.category, found.args)}")
    return [*lines, f"  {_WORDS[found.category]} ({found.log.n_inputs} inputs tried)"]


def _lines_of_none(found: NoDifference, given: _Given) -> list[str]:
    lines = [f"{found.entry}: no difference found in {found.log.n_inputs} inputs ({found.why})"]
    for path, share, missed in zip((given.first, given.second), found.coverage, found.missed, strict=True):
        if not math.isnan(share):
            where = f"; not reached: branches in line {', '.join(map(str, missed[:12]))}" if missed else ""
            lines.append(f"  {path.name}: {share:.0%} of the branches reached{where}")
    for word, args in found.log.flaky.items():
        lines.append(f"  the {word} program answers differently each time, for example for {_call(found.entry, args)}")
    return lines


def _call(entry: str, args: tuple[Any, ...]) -> str:
    """The call as source text; the calls of a class one after another."""
    if args and isinstance(args[-1], list) and args[-1] and all(_is_turn(turn) for turn in args[-1]):
        first = f"it = {entry}({', '.join(shorten(a, 300) for a in args[:-1])})"
        return "; ".join(
            [first, *(f"it.{name}({', '.join(shorten(a, 300) for a in rest)})" for name, *rest in args[-1])]
        )
    return f"{entry}({', '.join(shorten(a, 1000) for a in args)})"


def _is_turn(turn: Any) -> bool:
    return isinstance(turn, tuple) and bool(turn) and isinstance(turn[0], str) and turn[0].isidentifier()


def _told(seen: Seen, category: str, args: tuple[Any, ...]) -> str:
    if not seen.returned:
        return f"raises {shorten_text(seen.error)}" if seen.exception else f"does not end: {seen.error}"
    text = f"returns {_shown(seen.value)}"
    if category == "arguments":
        text += f" and leaves {_shown(seen.args)}" if seen.args != args else " and leaves its arguments as they are"
    return text + (f" and prints {shorten(seen.printed, 300)}" if category == "printed" else "")


def _shown(value: Any) -> str:
    """A value as text; items of an iterator and objects in words of their own."""
    if isinstance(value, tuple) and value and isinstance(value[0], str) and value[0].startswith("<"):
        if value[0] == "<items>":
            return f"an iterator over {shorten(value[1], 300)}"
        if value[0] == "<too large>":
            return f"a {value[1]} too large to keep, of length {value[2]}"
        return f"{value[0]} {shorten(value[1] if len(value) > 1 else '', 300)}"
    return shorten(value, 1000)


def shorten_text(text: str, limit: int = 300) -> str:
    """The text, cut where it is longer."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def document(found: Sequence[Difference | NoDifference], *, interrupted: bool = False) -> dict[str, Any]:
    """The ``diff --json`` document."""
    rows = [_row(one) for one in found]
    any_found = any(row["different"] for row in rows)
    return {"schema": 1, "different": any_found, "interrupted": interrupted, "entries": rows}


def _row(found: Difference | NoDifference) -> dict[str, Any]:
    from unriddle.testgen.difference import Difference

    log = found.log
    counts = {
        "n_inputs": log.n_inputs, "n_first_failed": log.n_first_failed, "n_unsteady": log.n_unsteady,
        "sources": dict(log.sources), "categories": dict(log.categories), "spent": log.spent.as_dict(),
        "random": {word: _call(found.entry, args) for word, args in log.flaky.items()},
    }  # fmt: skip
    if isinstance(found, Difference):
        sides = {
            name: {"status": seen.status.name, "output": _shown(seen.value) if seen.returned else None,
                   "arguments": shorten(seen.args, 1000) if seen.args is not None else None, "printed": seen.printed,
                   "error": seen.error}
            for name, seen in (("first", found.first), ("second", found.second))
        }  # fmt: skip
        head = {"entry": found.entry, "different": True, "category": found.category, "valid": found.valid}
        call = {"call": _call(found.entry, found.args), "found_by": log.found_by, "n_to_first": log.n_to_first}
        return {**head, **call, **sides, **counts}
    coverage = [None if math.isnan(share) else share for share in found.coverage]
    head = {"entry": found.entry, "different": False, "why": found.why, "coverage": coverage}
    return {**head, "missed_lines": [list(lines) for lines in found.missed], **counts}
