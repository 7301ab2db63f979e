"""Outcome: what happened in one cell (one candidate on one test), and the limits it ran under."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from unriddle.errors import BadInput

__all__ = ["Limits", "Outcome", "Status"]


class Status(IntEnum):
    """Why a cell ended the way it did.

    PASS is given on positive evidence only. SKIPPED and INFRA mean that nothing is known about the candidate:
    they are masked out, never counted as wrong.
    """

    PASS = 0
    FAIL = 1
    """It returned, and the value is not what the test expects."""
    ERROR = 2
    """It raised, or does not compile, or has no such entry point."""
    TIMEOUT = 3
    """It used up its CPU seconds, or its wall seconds while asleep."""
    MEMORY = 4
    """It asked for more memory than the limit."""
    CRASH = 5
    """Its process ended without an answer: killed by a signal, or left through an early exit."""
    FORBIDDEN = 6
    """It tried something that the sandbox denies."""
    SKIPPED = 7
    """It was not run, because the row was given up earlier (see ``Limits.max_kills``)."""
    INFRA = 8
    """Our machine failed, not the candidate."""

    @property
    def known(self) -> bool:
        """Whether this cell tells anything about the candidate."""
        return self not in (Status.SKIPPED, Status.INFRA)


_MOST = 2**31
"""No limit may be larger; an endless one would be no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a candidate may use. CPU time decides; wall time is the backstop.

    Args:
        cpu_seconds: CPU seconds per test. Loading the program has the same allowance.
        wall_seconds: Wall seconds per test; ``None`` means ``3 * cpu_seconds + 5``.
        memory_mb: Address space of the candidate's process, in MiB.
        output_bytes: Bytes of printed text kept per test, and of error text; the rest is dropped.
        value_bytes: Bytes of one encoded result; a longer one ends the row with MEMORY.
        scratch_mb: Size of the private scratch folder, in MiB.
        max_kills: A row is given up (rest SKIPPED, with the reason) after this many of its tests had to be ended: an
            endless loop costs three limits and not three hundred.

    Raises:
        BadInput: A limit is not a positive, finite number.
    """

    cpu_seconds: float = 3.0
    wall_seconds: float | None = None
    memory_mb: int = 1024
    output_bytes: int = 4096
    value_bytes: int = 16 * 1024 * 1024
    scratch_mb: int = 32
    max_kills: int = 3

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            whole = name not in ("cpu_seconds", "wall_seconds")
            if value is None and name == "wall_seconds":
                continue
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                kind = "a whole number" if whole else "a number of seconds"
                raise BadInput(f"Limits: {name} must be {kind}, got {value!r}")
            if not value > 0:
                raise BadInput(f"Limits: {name} must be more than 0, got {value!r}")
            if not value < _MOST:
                raise BadInput(f"Limits: {name} must be less than {_MOST:,}, got {value!r}")

    @property
    def wall(self) -> float:
        """Wall seconds per test, with the default filled in."""
        return self.wall_seconds if self.wall_seconds is not None else 3 * self.cpu_seconds + 5

    def as_dict(self) -> dict[str, float]:
        """All limits with defaults filled in, for results and reports."""
        return {**dataclasses.asdict(self), "wall_seconds": self.wall}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One cell in full.

    Attributes:
        status: Why it ended.
        value: Number of the returned value among the interned values; −1 where none.
        cpu_seconds: CPU seconds this test took; NaN where it is not known.
        result: The returned value as plain data, or ``None`` where none (look at ``value`` to tell apart).
        stdout: What it printed, cut at ``Limits.output_bytes``.
        error: One line: the exception's type and message, or why the process ended; empty when it returned.
        line: Line of the candidate's source where it raised; 0 where unknown.
    """

    status: Status
    value: int = -1
    cpu_seconds: float = float("nan")
    result: Any = None
    stdout: str = ""
    error: str = ""
    line: int = 0

    @property
    def passed(self) -> bool:
        """Whether the status is PASS."""
        return self.status is Status.PASS

    @property
    def known(self) -> bool:
        """Whether this cell tells anything about the candidate."""
        return self.status.known
