"""What a row asks of a sandbox, and the row under way.

Rows are generators: they yield requests (what to run in which sandbox) and are sent the raw answers, so that one loop
can drive many rows on many workers. ``None`` sent back means that our machine failed.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.execute.judge import Cell, cell_of_death
from unriddle.execute.plan import Plan
from unriddle.execute.worker import Raw
from unriddle.outcome import Limits, Status
from unriddle.verdicts import Detail

__all__ = ["Answers", "Request", "Row", "Steps", "give_up", "infra", "killed", "make_job", "new_row"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to run next for a row.

    Attributes:
        job: The candidate's job (or the predicate's, when ``trusted``).
        n_tests: Tests in it, for the deadline.
        driver: The driver's job of a code test; the two get the ends of one socket.
        trusted: The job holds the problem's own code and runs where drivers run.
        limits: Other limits than the row's.
    """

    job: dict[str, Any]
    n_tests: int
    driver: dict[str, Any] | None = None
    trusted: bool = False
    limits: Limits | None = None


@dataclass(slots=True)
class Row:
    """A candidate's cells, ``(m,)``.

    Attributes:
        cells: Judged so far; SKIPPED where not.
        slow: A wall timeout of a program that was computing: the machine may have been busy.
        kills: Tests that had to be ended.
        last_end: Why the last of them was.
    """

    cells: list[Cell]
    slow: bool = False
    kills: int = 0
    last_end: str = ""


Answers = tuple[Raw, Raw | None] | None
Steps = Generator[Request, Answers, list[Row]]


def new_row(plan: Plan) -> Row:
    """A row of which nothing has been run."""
    return Row([Cell(Status.SKIPPED) for _ in plan.names])


def make_job(
    programs: Sequence[str], limits: Limits, mode: str, n_tests: int, **more: Any
) -> tuple[dict[str, Any], list[bytes]]:
    """A job for a zygote, and the nonces of its programs.

    Args:
        programs: Sources that run one after another in one process.
        limits: Per test.
        mode: ``calls``, ``serve`` or ``drive``.
        n_tests: Tests of one program.
        more: What the mode needs besides.
    """
    nonces = [secrets.token_bytes(8) for _ in programs]
    job = {
        "mode": mode,
        "programs": list(zip(programs, nonces, strict=True)),
        "memory_mb": limits.memory_mb,
        "output_bytes": limits.output_bytes,
        "value_bytes": limits.value_bytes,
        "scratch_mb": limits.scratch_mb,
        "cpu_total": limits.cpu_seconds * (n_tests + 1) * len(programs),
        **more,
    }
    return job, nonces


def infra(row: Row, columns: Sequence[int]) -> None:
    """Note cells of which nothing is known, because our machine failed."""
    for column in columns:
        row.cells[column] = Cell(Status.INFRA, detail=Detail(error="a worker of ours failed twice"))


def give_up(row: Row) -> None:
    """Say in the cells that were not run why they were not."""
    why = Detail(error=f"given up: {row.kills} of its tests had to be ended; the last: {row.last_end}")
    for cell in row.cells:
        if cell.status is Status.SKIPPED and not cell.detail.error:
            cell.detail = why


def killed(row: Row, column: int, raw: Raw, limits: Limits) -> None:
    """Note the cell during which the process ended without an answer."""
    row.cells[column] = cell_of_death(raw, limits)
    row.last_end = row.cells[column].detail.error
    row.kills += 1
    row.slow |= raw.cause == 2 and raw.cpu_seconds > 0.2 * limits.cpu_seconds
