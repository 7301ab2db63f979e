"""The judge: raw bytes and exit status in, statuses out. Nothing a candidate sends is believed beyond its values."""

from __future__ import annotations

import builtins
import errno
import signal
from dataclasses import dataclass, field, replace
from typing import Any

from unriddle.execute.compare import equal
from unriddle.execute.plan import Call
from unriddle.execute.worker import Raw
from unriddle.language.values import Opaque, decode
from unriddle.outcome import Limits, Status
from unriddle.problem import Raises, Returns
from unriddle.verdicts import Detail

__all__ = ["Cell", "Frame", "cell_of_death", "cell_of_error", "judge_value", "read_frames"]

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


@dataclass(frozen=True, slots=True)
class Frame:
    """One well-formed frame of a child; the field types are checked, the contents are not believed."""

    kind: str
    cpu_seconds: float
    value: bytes
    stdout: str
    error: str
    message: str
    line: int
    errno: int


_TYPES = (bytes, str, float, bytes, str, str, str, int, int)


def read_frames(raw: Raw, nonce: bytes, limits: Limits) -> list[Frame]:
    """The frames up to the first one that is malformed or has another nonce.

    Texts are cut, line numbers bounded, and CPU seconds held against what the kernel measured.
    """
    frames, at, data = [], 0, raw.frames
    while len(data) - at >= 4:
        size = int.from_bytes(data[at : at + 4], "little")
        if size > len(data) - at - 4:
            break
        try:
            parts = decode(data[at + 4 : at + 4 + size])
        except ValueError:
            break
        if type(parts) is not tuple or tuple(map(type, parts)) != _TYPES or parts[0] != nonce:
            break
        frames.append(_bounded(parts, limits))
        at += 4 + size
    return _with_measured_time(frames, raw)


def _bounded(parts: tuple[Any, ...], limits: Limits) -> Frame:
    _, kind, cpu_seconds, value, stdout, error, message, line, number = parts
    stdout = stdout.encode("utf-8", "replace")[: limits.output_bytes].decode("utf-8", "ignore")
    message = " ".join(message[:_MESSAGE].split())
    return Frame(
        kind, cpu_seconds, value, stdout, error[:200], message, line if 0 <= line < _LINES else 0, number % 4096
    )


def _with_measured_time(frames: list[Frame], raw: Raw) -> list[Frame]:
    """A child may say how its time was spread over tests, not how much it was.

    Frames that arrived together share what the kernel counted since the mark before. Where they claim less than half
    of it (beyond what the harness itself needs), the rest is spread over them evenly.
    """
    kept, before, at = list(frames), 0.0, 0
    marks = raw.marks[: len(frames)]
    while at < len(marks):
        end = at + 1
        while end < len(marks) and marks[end] == marks[at]:
            end += 1
        total = max(0.0, min(marks[at], raw.cpu_seconds + _SLACK) - before)
        claims = [c if 0.0 <= c <= total + _SLACK else 0.0 for c in (f.cpu_seconds for f in frames[at:end])]
        missing = total - sum(claims)
        extra = missing / len(claims) if missing > max(_SLACK, total / 2) else 0.0
        kept[at:end] = [replace(f, cpu_seconds=c + extra) for f, c in zip(frames[at:end], claims, strict=True)]
        before, at = marks[at], end
    return [f if i < len(marks) else replace(f, cpu_seconds=0.0) for i, f in enumerate(kept)]


def judge_value(call: Call, frame: Frame) -> Cell:
    """Whether the value that came back is the expected one."""
    cell = Cell(Status.PASS, frame.value, frame.cpu_seconds, Detail(stdout=frame.stdout))
    expect = call.test.expect
    if isinstance(expect, Raises):
        return _fail(cell, f"expected {expect.exception} to be raised, but the call returned")
    try:
        if not (isinstance(expect, Returns) and _same_bytes(call, frame.value)):
            value = decode(frame.value)
            if isinstance(expect, Returns) and not equal(value, call.expected_value, expect.equality):
                opaque = f" ({value.type_name} is not plain data)" if isinstance(value, Opaque) else ""
                return _fail(cell, f"wrong value{opaque}")
    except (ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        cell.value = b""
        return _fail(cell, f"the result cannot be read: {error}")
    return cell


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
