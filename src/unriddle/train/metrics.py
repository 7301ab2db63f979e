"""The log of a run: one JSON line per step and per evaluation, kept in step with checkpoints; and its picture.

Not covered: services that collect logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.errors import MissingExtra, TrainError
from unriddle.record import read_jsonl
from unriddle.train.checkpoint import replacing_file

__all__ = ["MetricsLog", "plot", "read_metrics", "sparkline"]


class MetricsLog:
    """Appends lines to a file; made anew, or cut back to the step of a checkpoint.

    Args:
        path: The JSON Lines file.
        step: Lines after this step are dropped: the run goes on from there.

    Raises:
        TrainError: The file cannot be written.
    """

    def __init__(self, path: Path, *, step: int = 0) -> None:
        self._path = path
        kept = [row for row in read_metrics(path) if int(row["step"]) <= step] if step else []
        self.kept = kept
        """Lines that earlier processes of the run wrote."""
        with replacing_file(path) as fresh:
            fresh.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")

    def add(self, row: Mapping[str, Any]) -> None:
        """One more line; ``step`` says how many steps were done.

        Raises:
            TrainError: The disk is full.
        """
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(dict(row)) + "\n")
        except OSError as error:
            raise TrainError(
                f"{self._path} could not be written: {error}; the last checkpoint is kept. Make room, then go on "
                "with --resume"
            ) from error


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; a last line that was cut off is left out."""
    if not path.is_file():
        return []
    whole, _, cut = path.read_text(encoding="utf-8").rpartition("\n")
    if not cut:
        return [row for _, row in read_jsonl(path)]
    return [json.loads(line) for line in whole.splitlines() if line.strip()]


def plot(log: Path, picture: Path) -> None:
    """Draw loss and evaluations over steps into a PNG, replacing the last one.

    Raises:
        MissingExtra: matplotlib is not installed.
        TrainError: The picture cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a picture of the training run", "unriddle[plot]") from error
    rows = read_metrics(log)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    steps = [row for row in rows if "loss" in row]
    axes.plot([row["step"] for row in steps], [row["loss"] for row in steps], color="tab:blue", lw=0.8, label="loss")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats per token)")
    axes.set_ylim(bottom=0)
    evals = [row for row in rows if "eval" in row]
    names = sorted({name for row in evals for name in row["eval"]})
    if evals:
        right = axes.twinx()
        right.set_ylabel("evaluation")
        for name in names:
            points = [(row["step"], row["eval"][name]) for row in evals if name in row["eval"]]
            right.plot([x for x, _ in points], [y for _, y in points], "--o", ms=3, label=name)
        right.legend(loc="upper right", fontsize="small")
    with replacing_file(picture) as fresh:
        figure.savefig(fresh, format="png", dpi=100)


def sparkline(values: list[float], *, width: int = 40) -> str:
    """Numbers as one line of bars, for a terminal.

    >>> sparkline([0.0, 1.0, 2.0])
    '▁▄█'
    """
    if not values:
        return ""
    size = -(-len(values) // width)
    means = [sum(part) / len(part) for part in (values[i : i + size] for i in range(0, len(values), size))]
    low, high = min(means), max(means)
    bars = "▁▂▃▄▅▆▇█"
    return "".join(bars[int((value - low) / (high - low) * 7 + 0.5) if high > low else 0] for value in means)
