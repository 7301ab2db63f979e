"""What an experiment is: a function that measures and returns claims.

A claim is never tuned until it holds and never dropped when it does not: ``held`` says which, and ``None`` says that
it could not be measured here (with the reason). Not covered: running experiments by name (``unriddle.lab.run``).
"""

from __future__ import annotations

import contextlib
import math
import operator
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import BadInput

__all__ = [
    "Claim",
    "Context",
    "Experiment",
    "Preset",
    "Relation",
    "cache_folder",
    "claim",
    "data_folder",
    "generator",
    "not_run",
]

Preset = Literal["small", "full"]
Relation = Literal[">", ">=", "<", "<=", "==", "between"]

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a method is said to do, with its measurement.

    Attributes:
        name: What is claimed, in words.
        measured: The number; ``None`` when it could not be measured.
        baseline: What it is held against, on the same work.
        relation: How ``measured`` must stand to ``baseline``; ``between`` means ``low <= measured <= high``.
        low: Lower end: of the allowed range for ``between``, else of the 95 % interval where there is one.
        high: Upper end, likewise.
        held: Whether the relation held; ``None`` when the claim was not run.
        note: Sizes, or why it was not run.
    """

    name: str
    measured: float | None
    baseline: float | None
    relation: Relation
    low: float | None = None
    high: float | None = None
    held: bool | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The claim as it stands in ``lab --json``."""
        keys = ("name", "measured", "baseline", "relation", "low", "high", "held", "note")
        return {key: getattr(self, key) for key in keys}


def claim(
    name: str,
    measured: float,
    *,
    relation: Relation,
    baseline: float | None = None,
    low: float | None = None,
    high: float | None = None,
    note: str = "",
) -> Claim:
    """A measured claim; whether it held follows from the numbers alone. NaN holds nothing.

    Raises:
        BadInput: The relation lacks the number it compares with.

    >>> claim("two is more than one", 2, relation=">", baseline=1).held
    True
    """
    value = float(measured)
    if relation == "between":
        if low is None or high is None:
            raise BadInput(f"claim {name!r}: relation 'between' needs low and high")
        held = low <= value <= high
    else:
        if baseline is None:
            raise BadInput(f"claim {name!r}: relation {relation!r} needs a baseline")
        held = _HOLDS[relation](value, float(baseline))
    finite = math.isfinite(value)
    return Claim(name, value if finite else None, baseline, relation, low, high, bool(held) and finite, note)


def not_run(name: str, reason: str, *, relation: Relation = ">", baseline: float | None = None) -> Claim:
    """A claim that was not measured, and why."""
    return Claim(name, None, baseline, relation, held=None, note=f"not run: {reason}")


@dataclass(frozen=True, slots=True)
class Context:
    """What an experiment may use besides its preset and seed.

    Attributes:
        data: Folder of reference data, or ``None`` when there is none on this machine.
        cache: Folder for verdicts of recorded programs, so that they are executed once.
        workers: Worker processes of an executor.
        say: Takes progress messages.
    """

    data: Path | None = None
    cache: Path = field(default_factory=lambda: cache_folder())
    workers: int = 2
    say: Callable[[str], None] = lambda _: None

    def executor(self) -> contextlib.AbstractContextManager[Executor]:
        """A sandbox executor with this many workers, to be used in a ``with`` block."""
        from unriddle.execute import open_executor

        return open_executor(workers=self.workers)


class Experiment(Protocol):
    """A function that measures a method's claims."""

    def __call__(self, preset: Preset, *, seed: int, context: Context) -> list[Claim]:
        """The claims, in the order they are reported."""
        ...


def data_folder(asked: str | Path | None = None) -> Path | None:
    """Where the reference data is: the asked folder, ``$UNRIDDLE_DATA``, ``../shared/data``, or ``None``.

    Raises:
        BadInput: The folder that was asked for does not exist.
    """
    named = asked or os.environ.get("UNRIDDLE_DATA")
    if named:
        folder = Path(named)
        if not folder.is_dir():
            raise BadInput(f"reference data: {folder} is not a folder; give --data or UNRIDDLE_DATA one that exists")
        return folder
    usual = Path("..") / "shared" / "data"
    return usual if usual.is_dir() else None


def cache_folder() -> Path:
    """The user's cache folder for experiments; it is made when something is first kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "unriddle" / "lab"


def generator(seed: int, *, stream: int = 0) -> np.random.Generator:
    """A generator of its own for each numbered part of an experiment, so that parts do not disturb each other."""
    return np.random.default_rng([seed, stream])
