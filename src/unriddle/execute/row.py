"""One row: a candidate meets every test of a plan.

``run_row`` is a generator: it yields requests (what to run in which sandbox) and is sent the raw answers, so that one
loop can drive many rows on many workers. ``None`` sent back means that our machine failed.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.candidate import Candidate
from unriddle.execute.judge import Cell, Frame, cell_of_death, cell_of_error, judge_value, read_frames
from unriddle.execute.plan import Call, Plan
from unriddle.execute.worker import Raw
from unriddle.language.encode import encode_trusted
from unriddle.language.typecheck import has_type
from unriddle.language.values import decode, key
from unriddle.outcome import Limits, Status
from unriddle.problem import CodeTest, Satisfies
from unriddle.verdicts import Detail

__all__ = ["Request", "Row", "run_row"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to run next for a row.

    Attributes:
        job: The candidate's job (or the predicate's, when ``trusted``).
        n_tests: Tests in it, for the deadline.
        driver: The driver's job of a code test; the two get the ends of one socket.
        trusted: The job holds the problem's own code and runs where drivers run.
    """

    job: dict[str, Any]
    n_tests: int
    driver: dict[str, Any] | None = None
    trusted: bool = False


@dataclass(slots=True)
class Row:
    """A candidate's cells, ``(m,)``; ``slow`` marks a wall timeout of a program that was computing."""

    cells: list[Cell]
    slow: bool = False
    kills: int = field(default=0)


Answers = tuple[Raw, Raw | None] | None
Steps = Generator[Request, Answers, Row]


def run_row(candidate: Candidate, plan: Plan, limits: Limits) -> Steps:
    """All cells of one candidate.

    Args:
        candidate: The program.
        plan: The tests.
        limits: Limits per test.
    """
    row = Row([Cell(Status.SKIPPED, detail=Detail(error="given up earlier")) for _ in plan.names])
    returned: list[tuple[Call, Frame]] = []
    for calls in (plan.shared, *((call,) for call in plan.alone)):
        returned += yield from _calls(candidate, calls, limits, row)
    yield from _predicates(returned, limits, row)
    for column, test in plan.code:
        if row.kills < limits.max_kills:
            yield from _code_test(candidate, column, test, limits, row)
    return row


def _job(source: str, limits: Limits, mode: str, n_tests: int, **more: Any) -> dict[str, Any]:
    return {
        "mode": mode,
        "source": source,
        "nonce": secrets.token_bytes(8),
        "memory_mb": limits.memory_mb,
        "output_bytes": limits.output_bytes,
        "value_bytes": limits.value_bytes,
        "scratch_mb": limits.scratch_mb,
        "cpu_seconds": limits.cpu_seconds,
        "cpu_total": limits.cpu_seconds * (n_tests + 1),
        **more,
    }


def _infra(row: Row, columns: Sequence[int]) -> None:
    for column in columns:
        row.cells[column] = Cell(Status.INFRA, detail=Detail(error="a worker of ours failed twice"))


def _calls(
    candidate: Candidate, calls: Sequence[Call], limits: Limits, row: Row
) -> Generator[Request, Answers, list[tuple[Call, Frame]]]:
    """Run the calls in one process; after a kill go on with the next call in a new one."""
    waiting = list(calls)
    returned: list[tuple[Call, Frame]] = []
    while waiting and row.kills < limits.max_kills:
        wire = [(call.test.entry, call.args, call.kwargs) for call in waiting]
        job = _job(candidate.source, limits, "calls", len(waiting), calls=wire)
        answers = yield Request(job, len(waiting))
        if answers is None:
            _infra(row, [call.column for call in waiting])
            return returned
        raw = answers[0]
        frames = [frame for frame in read_frames(raw, job["nonce"], limits) if frame.kind != "K"]
        if frames and frames[0].kind == "L":
            for call in waiting:
                row.cells[call.column] = cell_of_error(frames[0], None)
            return returned
        for call, frame in zip(waiting, frames, strict=False):
            if frame.kind == "V":
                row.cells[call.column] = judge_value(call, frame)
                returned.append((call, frame))
            else:
                row.cells[call.column] = cell_of_error(frame, call.test.expect)
        waiting = waiting[len(frames) :]
        if waiting:
            _killed(row, waiting.pop(0).column, raw, limits)
    return returned


def _killed(row: Row, column: int, raw: Raw, limits: Limits) -> None:
    row.cells[column] = cell_of_death(raw, limits)
    row.kills += 1
    row.slow |= raw.cause == 2 and raw.cpu_seconds > 0.2 * limits.cpu_seconds


def _predicates(returned: Sequence[tuple[Call, Frame]], limits: Limits, row: Row) -> Generator[Request, Answers, None]:
    """Values that must satisfy a predicate: the problem's own code judges a copy, in a process of its own."""
    for call, frame in returned:
        expect = call.test.expect
        if not isinstance(expect, Satisfies) or row.cells[call.column].status is not Status.PASS:
            continue
        try:
            value = decode(frame.value)
        except ValueError as error:
            row.cells[call.column] = Cell(Status.FAIL, detail=Detail(error=f"the result cannot be read: {error}"))
            continue
        if key(frame.value) is None:
            row.cells[call.column] = _wrong(frame, "the result is not plain data")
            continue
        if expect.type and not has_type(value, expect.type):
            row.cells[call.column] = _wrong(frame, f"expected exactly {expect.type}, got {type(value).__name__}")
            continue
        wire = [(expect.entry, encode_trusted((value, *expect.args)), encode_trusted({}))]
        job = _job(expect.code, limits, "calls", 1, calls=wire)
        answers = yield Request(job, 1, trusted=True)
        if answers is None:
            _infra(row, [call.column])
            continue
        row.cells[call.column] = _of_predicate(answers[0], job["nonce"], frame, limits)


def _wrong(frame: Frame, why: str) -> Cell:
    return Cell(Status.FAIL, frame.value, frame.cpu_seconds, Detail(frame.stdout, why))


def _of_predicate(raw: Raw, nonce: bytes, frame: Frame, limits: Limits) -> Cell:
    """Exactly ``True`` passes; a verifier that raises or does not end says no."""
    verdicts = [f for f in read_frames(raw, nonce, limits) if f.kind != "K"]
    if not verdicts:
        dead = cell_of_death(raw, limits)
        return _wrong(frame, f"the verifier gave no answer: {dead.detail.error}")
    verdict = verdicts[0]
    if verdict.kind != "V":
        return _wrong(frame, f"the verifier raised {verdict.error}: {verdict.message}")
    if verdict.value != b"T":
        return _wrong(frame, "the verifier did not return True")
    return Cell(Status.PASS, frame.value, frame.cpu_seconds, Detail(stdout=frame.stdout))


def _code_test(
    candidate: Candidate, column: int, test: CodeTest, limits: Limits, row: Row
) -> Generator[Request, Answers, None]:
    job = _job(candidate.source, limits, "serve", 1)
    driver = _job(test.code, limits, "drive", 1, entry=test.entry, prelude=test.prelude, classes=tuple(test.classes))
    answers = yield Request(job, 1, driver=driver)
    raw, driver_raw = answers or (None, None)
    if raw is None or driver_raw is None:
        _infra(row, [column])
        return
    frames = read_frames(raw, job["nonce"], limits)
    if frames and frames[0].kind == "L":
        row.cells[column] = cell_of_error(frames[0], None)
        return
    verdicts = read_frames(driver_raw, driver["nonce"], limits)
    output = frames[0].stdout if frames else ""
    if not verdicts or verdicts[0].kind == "G":
        blamed = raw if raw.cause or raw.exit_code else driver_raw
        _killed(row, column, blamed, limits)
        return
    row.cells[column] = _of_driver(verdicts[0], raw.cpu_seconds, output)


def _of_driver(verdict: Frame, cpu_seconds: float, output: str) -> Cell:
    """P passed, A an assertion failed, E the test stumbled over the value, X the candidate raised."""
    text = f"{verdict.error}: {verdict.message}" if verdict.message else verdict.error
    if verdict.kind == "P":
        return Cell(Status.PASS, b"", cpu_seconds, Detail(stdout=output))
    if verdict.kind == "X":
        cell = cell_of_error(verdict, None)
        return Cell(cell.status, b"", cpu_seconds, Detail(output, text))
    return Cell(Status.FAIL, b"", cpu_seconds, Detail(output, text))
