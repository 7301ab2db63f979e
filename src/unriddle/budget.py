"""Budget: how much a solver may spend, and what it has spent.

A budget is checked *before* spending. It counts candidates, tokens, runs (cells executed), CPU seconds of
candidates and wall seconds. Not covered: money; a price is a number of tokens times what your endpoint asks.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

from unriddle.errors import BadInput

__all__ = ["Budget", "Spent"]


@dataclass(slots=True)
class Spent:
    """What has been used so far.

    Attributes:
        candidates: Programs proposed.
        tokens: Language-model tokens, prompt and completion together.
        runs: Cells executed (one candidate on one test).
        cpu_seconds: CPU seconds used by candidates.
        seconds: Wall seconds since the solver began.
    """

    candidates: int = 0
    tokens: int = 0
    runs: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """The counts under the names the ``--json`` documents use."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds; ``None`` means no bound of that kind.

    Args:
        candidates: At most this many programs.
        tokens: At most this many language-model tokens.
        runs: At most this many executed cells.
        cpu_seconds: At most this much CPU time of candidates, in seconds.
        seconds: At most this much wall time, in seconds.

    Raises:
        BadInput: A bound is negative, or all of them are ``None`` (an endless search).

    >>> Budget(candidates=10).left(Spent(candidates=4))
    6
    """

    candidates: int | None = 100
    tokens: int | None = None
    runs: int | None = None
    cpu_seconds: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        bounds = dataclasses.asdict(self)
        if all(bound is None for bound in bounds.values()):
            raise BadInput("Budget: every bound is None, so the search would never end; set at least one")
        for name, bound in bounds.items():
            if bound is not None and not bound >= 0:
                raise BadInput(f"Budget: {name} must be 0 or more, got {bound!r}")

    def left(self, spent: Spent) -> int:
        """How many more candidates may be asked for; 0 when any bound is reached."""
        for name in ("tokens", "runs", "cpu_seconds", "seconds"):
            bound = getattr(self, name)
            if bound is not None and getattr(spent, name) >= bound:
                return 0
        if self.candidates is None:
            return 2**31 - 1
        return max(0, self.candidates - spent.candidates)

    def why_over(self, spent: Spent) -> str:
        """Which bound was reached, in words; an empty string when none was."""
        for name in ("candidates", "tokens", "runs", "cpu_seconds", "seconds"):
            bound = getattr(self, name)
            if bound is not None and getattr(spent, name) >= bound:
                return f"{name.replace('_', ' ')} budget of {bound} reached"
        return ""


def stopwatch() -> Callable[[], float]:
    """A function that returns the wall seconds since this call."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
