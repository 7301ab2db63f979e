"""The judge: raw bytes and exit status in, statuses out. Nothing a candidate sends is believed beyond its values."""

from __future__ import annotations

import builtins
import errno
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from unriddle.execute.compare import equal
from unriddle.execute.inside.harness import FRAME
from unriddle.execute.plan import Call
from unriddle.execute.worker import Raw
from unriddle.language.large import digest, large_of, token
from unriddle.language.values import Large, Opaque, decode, key
from unriddle.outcome import Limits, Status
from unriddle.problem import Raises, Returns
from unriddle.verdicts import Detail

__all__ = ["Cell", "Frame", "cell_of_death", "cell_of_error", "judge_value", "read_frames", "read_programs"]

_MESSAGE = 2000
_LINES = 1_000_000
_SLACK = 0.02
"""Seconds that the harness itself may need around a test."""
_DENIED = (errno.EPERM, errno.EACCES, errno.EROFS)


@dataclass(slots=True)
class Cell:
    """One judged cell; ``value`` is the encoding of what came back, empty where nothing did."""

    status: Status
    value: bytes = b""
    cpu_seconds: float = float("nan")
    detail: Detail = field(default_factory=Detail)


class Frame(NamedTuple):
    """One well-formed frame of a child; lengths and ranges are checked, the contents are not believed."""

    kind: str
    cpu_seconds: float
    value: bytes
    stdout: str
    error: str
    message: str
    line: int
    errno: int


_KINDS = {bytes([kind]): chr(kind) for kind in b"KLVEPAXG"}


def read_frames(raw: Raw, nonce: bytes, limits: Limits) -> list[Frame]:
    """The frames of the only program of a job, up to the first one that is malformed or has another nonce."""
    return read_programs(raw, (nonce,), limits)[0]


def read_programs(raw: Raw, nonces: Sequence[bytes], limits: Limits) -> list[list[Frame]]:
    """The frames of each program of a job, up to the first frame that is malformed or has a nonce out of turn.

    Texts are cut, line numbers bounded, and CPU seconds held against what the kernel measured.

    Args:
        raw: What the job left behind.
        nonces: Of the job's programs, in order.
        limits: Of the job.
    """
    data, at, turn = raw.frames, 0, 0
    found: list[list[Frame]] = [[] for _ in nonces]
    times = _measured_times(raw)
    for seconds in times:
        frame, nonce, at = _frame(data, at, seconds, limits)
        if frame is None:
            break
        while turn < len(nonces) and nonce != nonces[turn]:
            turn += 1
        if turn == len(nonces):
            break
        found[turn].append(frame)
    return found


_NO_FRAME = None, b"", 0


def _frame(data: bytes, at: int, seconds: float, limits: Limits) -> tuple[Frame | None, bytes, int]:
    """The frame at a place, its nonce, and where the next one begins; no frame where it is malformed."""
    if len(data) - at < FRAME.size:
        return _NO_FRAME
    size, nonce, tag, _, n_value, n_stdout, n_error, n_message, line, number = FRAME.unpack_from(data, at)
    start, end, kind = at + FRAME.size, at + 4 + size, _KINDS.get(tag)
    if end > len(data) or n_value + n_stdout + n_error + n_message != end - start or kind is None:
        return _NO_FRAME
    value, start = data[start : start + n_value], start + n_value
    stdout, start = data[start : start + min(n_stdout, limits.output_bytes)], start + n_stdout
    error, start = data[start : start + min(n_error, 200)], start + n_error
    message = data[start : start + min(n_message, 4 * _MESSAGE)]
    frame = Frame(
        kind,
        seconds,
        value,
        stdout.decode("utf-8", "replace") if stdout else "",
        error.decode("utf-8", "replace") if error else "",
        " ".join(message.decode("utf-8", "replace")[:_MESSAGE].split()) if message else "",
        line if 0 <= line < _LINES else 0,
        number % 4096,
    )
    return frame, nonce, end


def _measured_times(raw: Raw) -> list[float]:
    """CPU seconds of each frame: a child may say how its time was spread over tests, not how much it was.

    Frames that arrived together share what the kernel counted since the mark before. Where they claim less than half
    of it (beyond what the harness itself needs), the rest is spread over them evenly. Frames without a mark get 0.
    """
    claims = _claims(raw.frames)
    times, before, at = [0.0] * len(claims), 0.0, 0
    marks = raw.marks[: len(claims)]
    while at < len(marks):
        mark, end = marks[at], at + 1
        while end < len(marks) and marks[end] == mark:
            end += 1
        total = max(0.0, min(mark, raw.cpu_seconds + _SLACK) - before)
        kept = [c if 0.0 <= c <= total + _SLACK else 0.0 for c in claims[at:end]]
        missing = total - sum(kept)
        extra = missing / len(kept) if missing > max(_SLACK, total / 2) else 0.0
        times[at:end] = [c + extra for c in kept]
        before, at = mark, end
    return times


def _claims(data: bytes) -> list[float]:
    """What the frames say about their CPU seconds, walked by their lengths."""
    claims, at = [], 0
    while len(data) - at >= FRAME.size:
        size, _, _, seconds = FRAME.unpack_from(data, at)[:4]
        if size < FRAME.size - 4 or size > len(data) - at - 4:
            break
        claims.append(seconds)
        at += 4 + size
    return claims


def judge_value(call: Call, frame: Frame) -> Cell:
    """Whether the value that came back is the expected one."""
    cell = Cell(Status.PASS, frame.value, frame.cpu_seconds, Detail(stdout=frame.stdout))
    expect = call.test.expect
    if isinstance(expect, Raises):
        return _fail(cell, f"expected {expect.exception} to be raised, but the call returned")
    try:
        if isinstance(expect, Returns) and call.expected[:1] in (b"H", b"h"):
            return _judge_large(cell, call.expected_value)
        if not (isinstance(expect, Returns) and _same_bytes(call, frame.value)):
            value = decode(frame.value)
            if isinstance(expect, Returns) and not equal(value, call.expected_value, expect.equality):
                opaque = f" ({value.type_name} is not plain data)" if isinstance(value, Opaque) else ""
                return _fail(cell, f"wrong value{opaque}")
    except (ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        cell.value = b""
        return _fail(cell, f"the result cannot be read: {error}")
    return cell


def _judge_large(cell: Cell, expected: Large) -> Cell:
    """Whether the value has the digest of the expected one: of the very encoding, or of the key."""
    if expected.encoded and digest(cell.value) == expected.encoded:
        cell.value = token(expected)
        return cell
    same = key(cell.value)
    large = None if same is None else large_of(same)
    if large is None:
        return _fail(cell, "wrong value")
    cell.value = token(large)
    return cell if large == expected else _fail(cell, "wrong value")


def _same_bytes(call: Call, value: bytes) -> bool:
    """Equal encodings are equal values under every policy but ``truth`` (where only the truth value is expected)."""
    assert isinstance(call.test.expect, Returns)
    return value == call.expected and call.test.expect.equality.kind != "truth"


def _fail(cell: Cell, why: str) -> Cell:
    cell.status = Status.FAIL
    cell.detail = Detail(cell.detail.stdout, why)
    return cell


def cell_of_error(frame: Frame, expect: Any) -> Cell:
    """The cell of a call that raised."""
    text = f"{frame.error}: {frame.message}" if frame.message else frame.error
    detail = Detail(frame.stdout, text, frame.line)
    if isinstance(expect, Raises) and _is_subclass(frame.error, expect.exception):
        return Cell(Status.PASS, b"", frame.cpu_seconds, detail)
    return Cell(_status_of_error(frame), b"", frame.cpu_seconds, detail)


def _base(error: str) -> Any:
    """The built-in class of an error's name; ``Own(ValueError)`` is a class of the program's own."""
    name = error.rpartition("(")[2].rstrip(")")
    kind = getattr(builtins, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception


def _is_subclass(error: str, expected: str) -> bool:
    kind = getattr(builtins, expected, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return issubclass(_base(error), kind)
    return expected == error.partition("(")[0]


def _status_of_error(frame: Frame) -> Status:
    kind = _base(frame.error)
    if issubclass(kind, MemoryError):
        return Status.MEMORY
    if issubclass(kind, PermissionError) or (issubclass(kind, OSError) and frame.errno in _DENIED):
        return Status.FORBIDDEN
    return Status.ERROR


def cell_of_death(raw: Raw, limits: Limits) -> Cell:
    """The cell during which the process ended without an answer."""
    status, why = _death(raw, limits)
    output = raw.output.decode("utf-8", "replace")
    return Cell(status, b"", raw.cpu_seconds, Detail(output, why))


def _death(raw: Raw, limits: Limits) -> tuple[Status, str]:
    if raw.cause == 1 or (raw.exit_code == -signal.SIGXCPU and raw.cpu_seconds >= limits.cpu_seconds):
        return Status.TIMEOUT, f"used up {limits.cpu_seconds:g} CPU seconds"
    if raw.cause == 2:
        return Status.TIMEOUT, f"no answer within {limits.wall:g} wall seconds (CPU used: {raw.cpu_seconds:.2f} s)"
    if raw.cause == 3:
        return Status.MEMORY, f"its answers are longer than {limits.value_bytes} bytes"
    if raw.exit_code == -signal.SIGSYS:
        return Status.FORBIDDEN, "made a system call that the sandbox denies"
    if raw.exit_code == -signal.SIGKILL and raw.peak_mb > 0.9 * limits.memory_mb:
        return Status.MEMORY, f"killed at {raw.peak_mb:.0f} MiB"
    if raw.exit_code < 0:
        name = signal.Signals(-raw.exit_code).name if -raw.exit_code in list(signal.Signals) else str(-raw.exit_code)
        return Status.CRASH, f"ended by {name} without an answer"
    return Status.CRASH, f"left with exit code {raw.exit_code} without an answer"
