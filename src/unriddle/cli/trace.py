"""``unriddle trace``: see what a program does, step by step, in the sandbox.

Not covered: programs of several files, and counts over long runs (``unriddle.execute.trace.monitor`` has them).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.trace_wasm import SUFFIXES
from unriddle.cli.view import say
from unriddle.cli.written import refuse_target, write_whole
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.execute.trace import Trace

__all__ = ["trace_command"]

_KINDS = ("call", "line", "write", "return", "exception", "print")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command line as it was given."""

    file: Path
    call: str
    html: Path | None
    as_json: bool
    blocks: str | None
    events: str
    max_events: int
    max_value: int
    most: int
    stdin: Path | None
    cpu_seconds: float
    memory_mb: int
    isolation: str | None
    monitors: str | None


@click.command(name="trace", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("call", default="")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="PAGE",
              help="Write a page with a slider through the steps.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.option("--blocks", is_flag=False, flag_value="block", type=click.Choice(["block", "line", "function"]),
              help="Show basic blocks with values before and after, as for a prompt.")  # fmt: skip
@click.option("--events", default=",".join(_KINDS), metavar="KINDS",
              help=f"What to record, of {','.join(_KINDS)} [default: all]; without write it is faster.")  # fmt: skip
@click.option("--max-events", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True,
              help="End the run after this many events.")  # fmt: skip
@click.option("--max-value", type=click.IntRange(1, 100_000), default=200, show_default=True,
              help="Characters kept of a value.")  # fmt: skip
@click.option("--most", type=click.IntRange(1), default=200, show_default=True,
              help="Events (or blocks) to print, half of them from either end.")  # fmt: skip
@click.option("--stdin", type=click.Path(path_type=Path, dir_okay=False), help="What the program reads.")
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True,
              help="CPU seconds of the whole run.")  # fmt: skip
@click.option("--memory-mb", type=click.IntRange(1), default=1024, show_default=True, help="MiB of the whole run.")
@click.option("--isolation", help="Sandbox level, never lowered silently [default: namespaces+seccomp].")
@click.option("--monitor", "monitors", metavar="NAMES",
              help="For .wasm, .wat and .c: what to count, of coverage, hotness, branches, loops, calls, memory, tree, "
              "values [default: hotness,branches,loops].")  # fmt: skip
@click.pass_context
def trace_command(ctx: click.Context, /, **options: Any) -> None:
    """Run CALL in FILE and show every step: lines, calls, values, exceptions, output.

    CALL is a Python expression in the names of FILE; without one, FILE itself is run.

    \b
    Examples:
      unriddle trace gcd.py 'gcd(12, 18)'
      unriddle trace gcd.py 'gcd(12, 18)' --html trace.html     a page with a slider
      unriddle trace gcd.py 'gcd(12, 18)' --blocks              blocks with values, as for a prompt
      unriddle trace script.py --stdin input.txt --events call,return,print
      unriddle trace gcd.py 'gcd(1, 0)' --max-events 500 --json
      unriddle trace gcd.wasm 'gcd(12, 18)' --monitor coverage,memory
      unriddle trace gcd.c                                      compiled by clang; counts beside its lines

    What happens inside libraries is one step. A program that never ends is stopped, and what was seen is shown. The
    program runs in the sandbox, beside the tracer: a hostile one can forge its trace, so a trace proves nothing.

    Exit codes: 0 the run ended by itself (an exception too), 1 it was stopped or could not be loaded, 2 bad input.
    """
    asked = _Asked(**options)
    refuse_target("--html", asked.html, source=asked.file)
    if asked.file.suffix in SUFFIXES:
        ctx.exit(_watch(ctx, asked))
    if asked.monitors is not None:
        raise BadInput(f"--monitor is for {', '.join(SUFFIXES)} files; {asked.file} is traced step by step without it")
    found = _trace(asked)
    if asked.html is not None:
        from unriddle.execute.trace.html import as_html

        write_whole(asked.html, as_html(found, title=f"{asked.file.name}: {asked.call}").encode())
        say(f"wrote {len(found.events)} events to {asked.html}")
    _show(asked, found)
    ctx.exit(0 if found.complete else 1)


def _watch(ctx: click.Context, asked: _Asked) -> int:
    from unriddle.cli.trace_wasm import trace_wasm

    for name in ("html", "blocks", "events", "max_events", "max_value"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = "--" + name.replace("_", "-")
            raise BadInput(f"{option} is for Python programs; of {asked.file} monitors are shown (--monitor, --json)")
    return trace_wasm(
        asked.file, asked.call, monitors=asked.monitors or "hotness,branches,loops", stdin=asked.stdin,
        as_json=asked.as_json, most=asked.most, limits=(asked.cpu_seconds, asked.memory_mb), isolation=asked.isolation,
    )  # fmt: skip


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of {what}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{path}:{line}: expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}; save it as UTF-8"
        ) from error


def _trace(asked: _Asked) -> Trace:
    from unriddle.execute import open_executor
    from unriddle.execute.trace import trace
    from unriddle.execute.trace.run import check_call
    from unriddle.language.python import parse
    from unriddle.outcome import Limits

    source = _read(asked.file, "a Python file")
    stdin = _read(asked.stdin, "a file that the program reads") if asked.stdin is not None else ""
    parse(source, what=str(asked.file))
    if asked.call:
        check_call(asked.call)
    kinds = [kind.strip() for kind in asked.events.split(",") if kind.strip()]
    if not kinds or any(kind not in _KINDS for kind in kinds):
        raise BadInput(f"--events: expected some of {','.join(_KINDS)} with commas between, got {asked.events!r}")
    level: dict[str, Any] = {} if asked.isolation is None else {"isolation": asked.isolation}
    with open_executor(workers=1, **level) as executor:
        return trace(
            source, asked.call, executor=executor, events=kinds, max_events=asked.max_events,
            max_value=asked.max_value, stdin=stdin,
            limits=Limits(cpu_seconds=asked.cpu_seconds, memory_mb=asked.memory_mb),
        )  # fmt: skip


def _show(asked: _Asked, found: Trace) -> None:
    from unriddle.execute.trace.text import blocks_text, end_text, events_text

    if asked.as_json:
        from unriddle.execute.trace.document import as_document

        click.echo(json.dumps(as_document(found)))
        return
    if asked.blocks is not None:
        level: Any = asked.blocks
        click.echo(blocks_text(found, level=level, most=asked.most))
    elif asked.html is None and found.events:
        click.echo(events_text(found, most=asked.most))
    click.echo(end_text(found))
    for note in found.notes:
        say(note)
