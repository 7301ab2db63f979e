"""Calibration as pictures: the reliability diagram and the risk/coverage curve, as PNG and SVG.

Not covered: showing on a screen; files only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from unriddle.errors import BadInput, MissingExtra
from unriddle.score.calibration import Calibration

__all__ = ["plot"]


def plot(calibrations: Mapping[str, Calibration], path: str | Path, *, title: str = "") -> tuple[Path, Path]:
    """Draw all calibrations in one figure, twice: ``path`` with the suffixes ``.png`` and ``.svg``.

    Args:
        calibrations: By name, as the legend shows them.
        path: File name; its suffix is replaced.
        title: Above the figure.

    Returns:
        The two files.

    Raises:
        MissingExtra: Matplotlib is not installed.
        BadInput: There is nothing to draw, or the files cannot be written.
    """
    if not calibrations:
        raise BadInput("plot: needs at least one calibration to draw")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("drawing", "unriddle[plot]") from error
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="perfect")
    for name, found in calibrations.items():
        bins, curve = found.reliability, found.risk_coverage
        full = bins.count > 0
        label = f"{name} (error {bins.error:.3f}, Brier {found.brier:.3f})"
        left.plot(bins.confidence[full], bins.accuracy[full], marker="o", markersize=4, label=label)
        coverage, risk = np.append(0.0, curve.coverage), np.append(curve.risk[0], curve.risk)
        right.step(coverage, risk, where="pre", label=f"{name} (area {curve.area:.3f})")
    left.set(xlabel="stated confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    right.set(xlabel="coverage (share of problems answered)", ylabel="risk (share wrong)", xlim=(0, 1), ylim=(0, 1))
    for axes in (left, right):
        axes.legend(fontsize=8)
        axes.grid(alpha=0.3)
    figure.suptitle(title or f"{next(iter(calibrations.values())).n_problems} problems")
    files = Path(path).with_suffix(".png"), Path(path).with_suffix(".svg")
    try:
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else None
            figure.savefig(file, metadata=metadata)
    except OSError as error:
        raise BadInput(f"{path}: the figure cannot be written ({error}); choose another place") from error
    return files
