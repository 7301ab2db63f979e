"""``unriddle lm``: list the language models and how to switch one on; try one.

Not covered: solving with a model (``unriddle solve --lm NAME``).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unriddle.lm import Completion, LMStatus

__all__ = ["lm_command"]


@click.group("lm", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def lm_command(context: click.Context, *, as_json: bool) -> None:
    """List the language models, and how to switch on those that are not ready.

    \b
    Examples:
      unriddle lm
      unriddle lm --json
      unriddle lm try smollm2 "def add(a, b):"
    """
    if context.invoked_subcommand is not None:
        return
    from unriddle.lm import available

    statuses = available()
    if as_json:
        click.echo(json.dumps({"schema": 1, "lms": [asdict(status) for status in statuses]}, indent=2))
    else:
        _print_table(statuses)


@lm_command.command("try")
@click.argument("name")
@click.argument("prompt")
@click.option("-n", "--draws", default=1, show_default=True, type=click.IntRange(1), help="How many completions.")
@click.option("--chat", is_flag=True, help="Send the prompt as a chat message instead of as text to continue.")
@click.option("--temperature", default=0.8, show_default=True, type=click.FloatRange(0, 100))
@click.option("--top-p", default=0.95, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option("--max-tokens", default=128, show_default=True, type=click.IntRange(1))
@click.option("--seed", type=click.IntRange(0), help="Make the draws reproducible.")
@click.option("--cache", type=click.Path(dir_okay=False, path_type=Path), help="Keep draws in this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def _try(
    name: str,
    prompt: str,
    *,
    draws: int,
    chat: bool,
    temperature: float,
    top_p: float,
    max_tokens: int,
    seed: int | None,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Sample from the language model NAME and show its speed. PROMPT "-" reads standard input.

    \b
    Examples:
      unriddle lm try smollm2 "def add(a, b):" --max-tokens 32
      unriddle lm try smollm2 --chat "Write a function that adds two numbers."
      unriddle lm try openai:qwen2.5-coder@http://localhost:8000/v1 --chat "Say hello." -n 4
    """
    from unriddle.lm import Message, SampleOptions, load

    lm = load(name, cache=cache)
    text = sys.stdin.read() if prompt == "-" else prompt
    options = SampleOptions(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
    # Loading a model is not sampling from it, so it is left out of the speed.
    start = getattr(getattr(lm, "inner", lm), "start", None)
    if start is not None:
        start()
    began = time.perf_counter()
    row = lm.sample([(Message("user", text),) if chat else text], n=draws, options=options)[0]
    seconds = time.perf_counter() - began
    if as_json:
        _print_json(lm.name, row, seconds)
    else:
        _print_completions(lm.name, row, seconds)


def _print_table(statuses: list[LMStatus]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("name", "ready", "what", box=None, pad_edge=False)
    for status in statuses:
        how = f"\n[dim]{escape(status.how)}[/dim]" if status.how else ""
        ready = "[green]yes[/green]" if status.ready else "[yellow]no[/yellow]"
        table.add_row(escape(status.name), ready, escape(status.detail) + how)
    Console().print(table)


def _print_json(name: str, row: list[Completion], seconds: float) -> None:
    n_tokens = sum(completion.completion_tokens for completion in row)
    document = {
        "schema": 1,
        "lm": name,
        "completions": [asdict(completion) for completion in row],
        "seconds": seconds,
        "tokens_per_second": n_tokens / seconds if seconds else None,
    }
    click.echo(json.dumps(document, indent=2))


def _print_completions(name: str, row: list[Completion], seconds: float) -> None:
    for k, completion in enumerate(row):
        if len(row) > 1:
            click.echo(f"--- draw {k} ({completion.finish_reason})", err=True)
        click.echo(completion.text)
    n_tokens = sum(completion.completion_tokens for completion in row)
    speed = n_tokens / seconds if seconds else float("inf")
    click.echo(f"{name}: {n_tokens} tokens in {seconds:.2f} s, {speed:.0f} tokens/s", err=True)
