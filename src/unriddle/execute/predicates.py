"""Values that must satisfy a predicate: the problem's own code judges copies of them, in a process of its own.

The values of one candidate that the same code judges share a process; only their own candidate could suffer from that.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import groupby

from unriddle.execute.job import Answers, Request, Row, infra, make_job
from unriddle.execute.judge import Cell, Frame, cell_of_death, read_frames
from unriddle.execute.plan import Call
from unriddle.language.encode import encode_trusted
from unriddle.language.typecheck import has_type
from unriddle.language.values import decode, key
from unriddle.outcome import Limits, Status
from unriddle.problem import Satisfies
from unriddle.verdicts import Detail

__all__ = ["check_predicates"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A value to be judged: its column, its frame, the predicate, and the arguments on the wire."""

    column: int
    frame: Frame
    expect: Satisfies
    args: bytes


def check_predicates(
    returned: Sequence[tuple[Call, Frame]], limits: Limits, row: Row
) -> Generator[Request, Answers, None]:
    """Judge every returned value whose test is a predicate; cells go into the row.

    Args:
        returned: Calls that returned, with their frames.
        limits: Of the verifier, per value.
        row: The candidate's row; a value that is its own verdict's enemy (unreadable, of the wrong type) FAILs here.
    """
    asked = [one for call, frame in returned if (one := _asked(call, frame, row)) is not None]
    for (code, entry), group in groupby(asked, key=lambda one: (one.expect.code, one.expect.entry)):
        yield from _judge(code, entry, list(group), limits, row)


def _asked(call: Call, frame: Frame, row: Row) -> _Asked | None:
    expect = call.test.expect
    if not isinstance(expect, Satisfies) or row.cells[call.column].status is not Status.PASS:
        return None
    try:
        value = decode(frame.value)
    except ValueError as error:
        row.cells[call.column] = Cell(Status.FAIL, detail=Detail(error=f"the result cannot be read: {error}"))
        return None
    if key(frame.value) is None:
        row.cells[call.column] = _wrong(frame, "the result is not plain data")
        return None
    if expect.type and not has_type(value, expect.type):
        row.cells[call.column] = _wrong(frame, f"expected exactly {expect.type}, got {type(value).__name__}")
        return None
    return _Asked(call.column, frame, expect, encode_trusted((value, *expect.args)))


def _judge(code: str, entry: str, waiting: list[_Asked], limits: Limits, row: Row) -> Generator[Request, Answers, None]:
    """Ask about each value in turn; after a verifier that did not end, go on with the next in a new process."""
    nothing, kills = encode_trusted({}), 0
    while waiting and kills < limits.max_kills:
        wire = [(entry, one.args, nothing) for one in waiting]
        job, nonces = make_job([code], limits, "calls", len(waiting), calls=wire)
        answers = yield Request(job, len(waiting), trusted=True)
        if answers is None:
            infra(row, [one.column for one in waiting])
            return
        raw = answers[0]
        frames = [frame for frame in read_frames(raw, nonces[0], limits) if frame.kind != "K"]
        if frames and frames[0].kind == "L":
            frames = [frames[0]] * len(waiting)
        for one, frame in zip(waiting, frames, strict=False):
            row.cells[one.column] = _verdict(one.frame, frame)
        waiting = waiting[len(frames) :]
        if waiting:
            one, kills = waiting.pop(0), kills + 1
            dead = cell_of_death(raw, limits)
            row.cells[one.column] = _wrong(one.frame, f"the verifier gave no answer: {dead.detail.error}")
    for one in waiting:
        row.cells[one.column] = Cell(
            Status.SKIPPED, detail=Detail(error=f"the verifier gave no answer on {kills} other results of this program")
        )


def _verdict(frame: Frame, verdict: Frame) -> Cell:
    """Exactly ``True`` passes; a verifier that raises says no."""
    if verdict.kind != "V":
        return _wrong(frame, f"the verifier raised {verdict.error}: {verdict.message}")
    if verdict.value != b"T":
        return _wrong(frame, "the verifier did not return True")
    return Cell(Status.PASS, frame.value, frame.cpu_seconds, Detail(stdout=frame.stdout))


def _wrong(frame: Frame, why: str) -> Cell:
    return Cell(Status.FAIL, frame.value, frame.cpu_seconds, Detail(frame.stdout, why))
