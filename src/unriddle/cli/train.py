"""``unriddle train``: grow small language models here.

Not covered: fine-tuning a model of yours (``unriddle.train`` from Python).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.train_feedback import feedback_command
from unriddle.errors import BadInput, TrainError

if TYPE_CHECKING:
    from unriddle.train.nursery import Grown
    from unriddle.train.recipes import Recipe
    from unriddle.train.trainer import StepReport

__all__ = ["train_command"]

_QUIET_SECONDS = 15.0
"""Where stderr is no terminal, a line is written this often."""


@click.group("train")
def train_command() -> None:
    """Grow small language models on this machine.

    \b
    Examples:
      unriddle train nursery --out nursery
      unriddle solve double.py --lm hf:nursery/model
    """


train_command.add_command(feedback_command)


@train_command.command("nursery")
@click.option("--preset", type=click.Choice(["small", "base", "full"]), default="small", show_default=True,
              help="small: two cores, ten minutes; for a GPU, base: three sizes, full: one large model.")  # fmt: skip
@click.option("--size", help="One model of this size: 200k, 1m, 5m, 20m or 100m weights [default: the preset's].")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("nursery"), show_default=True,
              help="Folder for everything the run makes.")  # fmt: skip
@click.option("--minutes", type=click.FloatRange(0, min_open=True),
              help="Plan as many tokens as take about this long [default: the preset's].")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides data, weights and order.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out where its last checkpoint is.")
@click.option("--shuffle-pairs", is_flag=True, help="The control: pair statements with other problems' programs.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads [default: one per core].")
@click.option("--workers", type=click.IntRange(1), help="Programs run at the same time when they are judged.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def _nursery(
    ctx: click.Context,
    *,
    preset: str,
    size: str | None,
    out: Path,
    minutes: float | None,
    seed: int,
    resume: bool,
    shuffle_pairs: bool,
    device: str,
    threads: int | None,
    workers: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train a model that writes small programs, from nothing, and judge it on structures it never saw.

    \b
    Examples:
      unriddle train nursery                                the small preset, into ./nursery
      unriddle train nursery --size 5m --minutes 60 --out five
      unriddle train nursery --resume                       after an interruption
      unriddle train nursery --shuffle-pairs --out control  what a model gets without meaning

    Makes OUT/model (a Hugging Face folder: --lm hf:OUT/model), OUT/metrics.jsonl, OUT/curve.png and OUT/checkpoints.

    Exit codes: 0 trained, 1 training had to stop (the last good checkpoint is kept), 2 bad input, 130 interrupted.
    """
    from unriddle.lm.hf_folder import need_torch
    from unriddle.lm.transformers import pick_device
    from unriddle.train.recipes import preset as recipes_of

    need_torch("`unriddle train`")
    pick_device(device)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    recipes = recipes_of(preset, size=size)
    options: dict[str, Any] = {
        "seed": seed, "resume": resume, "shuffle_pairs": shuffle_pairs, "minutes": minutes, "device": device,
    }  # fmt: skip
    try:
        grown = _grow_all(recipes, out, options, workers=workers, quiet=quiet)
    except TrainError as error:
        click.echo(f"unriddle: stopped: {error}", err=True)
        ctx.exit(1)
    if as_json:
        click.echo(json.dumps({"schema": 1, "preset": preset, "models": [one.as_dict() for one in grown]}, indent=2))
    else:
        _show(grown)


def _grow_all(
    recipes: tuple[Recipe, ...], out: Path, options: dict[str, Any], *, workers: int | None, quiet: bool
) -> list[Grown]:
    from unriddle.cli.view import say
    from unriddle.execute import open_executor
    from unriddle.train.nursery import grow

    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {out} is a file; name a folder")
    grown = []
    with open_executor(workers=workers) as executor:
        for recipe in recipes:
            folder = out if len(recipes) == 1 else out / recipe.size
            with _progress(quiet=quiet) as report:
                hush: Callable[[str], None] = (lambda message: None) if quiet else say
                grown.append(grow(recipe, out=folder, executor=executor, say=hush, report=report, **options))
    return grown


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[StepReport], None] | None]:
    """A bar and the curve of the loss on a terminal, a line now and then elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet:
        yield None
        return
    if not console.is_terminal:
        yield _Lines().report
        return
    from unriddle.train.metrics import sparkline

    losses: list[float] = []
    columns = (BarColumn(20), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(step: StepReport) -> None:
            losses.append(step.loss)
            text = f"{sparkline(losses, width=20)} {_line(step)}"
            bar.update(task, total=step.steps, completed=step.step, description=text)
            if step.evaluation:
                console.print(_line(step), highlight=False)

        yield report


class _Lines:
    """Writes a line when an evaluation is done or some time has passed."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def report(self, step: StepReport) -> None:
        now = time.monotonic()
        if step.evaluation or now - self._last >= _QUIET_SECONDS:
            self._last = now
            click.echo(_line(step), err=True)


def _line(step: StepReport) -> str:
    text = f"step {step.step:,} of {step.steps:,}, loss {step.loss:.3f}, {step.tokens_per_second:,.0f} tokens/s"
    return text + "".join(f", {name} {value:.2f}" for name, value in step.evaluation.items())


def _show(grown: list[Grown]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    names = list(dict.fromkeys(name for one in grown for level in one.evaluation.values() for name in level))
    table = Table(box=box.SIMPLE, caption="Held-out structures; 95 % intervals over problems.")
    for title in ("Model", "Weights", "Tokens", "Loss", "Problems", *names):
        table.add_column(title, justify="left" if title in ("Model", "Problems") else "right")
    for one in grown:
        for level, metrics in one.evaluation.items():
            cells = [_interval(metrics.get(name)) for name in names]
            loss = f"{one.trained.loss:.3f}"
            table.add_row(one.recipe.size, f"{one.n_parameters:,}", f"{one.trained.n_tokens:,}", loss, level, *cells)
    Console().print(table)
    for one in grown:
        click.echo(f"model: {one.folder} (use it as --lm hf:{one.folder})")


def _interval(value: dict[str, float] | None) -> str:
    return "" if value is None else f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"
