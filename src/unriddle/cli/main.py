"""The ``unriddle`` command: sub-commands are imported when they are called, so that ``--help`` is instant.

Exit codes: 0 done (for ``solve``: solved), 1 done but not reached, 2 bad input or usage, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys

import click

import unriddle
from unriddle.errors import UnriddleError

__all__ = ["main"]

_COMMANDS = {
    "solve": ("solve", "Solve one problem."),
    "eval": ("eval", "Judge programs on a benchmark."),
    "select": ("select", "Rank the candidates of files of verdicts by a rule."),
    "choose": ("choose", "Choose among programs by asking what they should give."),
    "trace": ("trace", "Run a call step by step and show every line and value."),
    "locate": ("locate", "Say which lines of a program its failing tests point at."),
    "repair": ("repair", "Find a small edit under which a program passes its tests."),
    "explain-error": ("explain_error", "Repair a syntax error and say what was wrong."),
    "diff": ("diff", "Find an input that tells two programs apart."),
    "testgen": ("testgen", "Write a pytest file for a module."),
    "strengthen": ("strengthen", "Make more test inputs for a benchmark."),
    "suite": ("suite", "Say how good the tests of a program are."),
    "runs": ("runs", "List, show and export earlier runs."),
    "data": ("data", "Make problems and training examples."),
    "lm": ("lm", "List language models and try one."),
    "train": ("train", "Grow small language models here."),
    "methods": ("methods", "List the published methods."),
    "lab": ("lab", "Run a method's experiment and print its claims."),
    "doctor": ("doctor", "Show what this machine can do and how to get more."),
}


class _Commands(click.Group):
    """A group that imports a sub-command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"unriddle.cli.{_COMMANDS[name][0]}")
        command: click.Command = getattr(module, f"{name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(unriddle.__version__, prog_name="unriddle")
def _cli() -> None:
    """Pose a riddle; unriddle proposes programs, runs them safely, and sieves out the one that is right.

    \b
    Examples:
      unriddle solve double.py             a stub with doctests
      unriddle eval humaneval --samples samples.jsonl
      unriddle doctor                      what this machine can do
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with its code; one clear line for every mistake of the caller."""
    try:
        code = _cli.main(args=argv, prog_name="unriddle", standalone_mode=False)
    except click.exceptions.Abort:
        _stop("interrupted", 130)
    except KeyboardInterrupt:
        _stop("interrupted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except UnriddleError as error:
        _stop(f"error: {error}", 2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> None:
    click.echo(f"unriddle: {message}", err=True)
    sys.exit(code)
