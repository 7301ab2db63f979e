"""The judge: raw bytes and exit status in, statuses out. Nothing a candidate sends is believed beyond its values."""

from __future__ import annotations

import builtins
import errno
import signal
from dataclasses import dataclass, field
from typing import Any

from unriddle.execute.compare import equal
from unriddle.execute.plan import Call
from unriddle.execute.worker import Raw
from unriddle.language.values import Opaque, decode
from unriddle.outcome import Limits, Status
from unriddle.problem import Raises, Returns
from unriddle.verdicts import Detail

__all__ = ["Cell", "Frame", "cell_of_death", "cell_of_error", "judge_value", "read_frames"]

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


def read_frames(data: bytes, nonce: bytes) -> list[Frame]:
    """The frames up to the first one that is malformed or has another nonce."""
    frames, at = [], 0
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
        frames.append(Frame(*parts[1:]))
        at += 4 + size
    return frames


def judge_value(call: Call, frame: Frame) -> Cell:
    """Whether the value that came back is the expected one."""
    cell = Cell(Status.PASS, frame.value, frame.cpu_seconds, Detail(stdout=frame.stdout))
    expect = call.test.expect
    if isinstance(expect, Raises):
        return _fail(cell, f"expected {expect.exception} to be raised, but the call returned")
    try:
        if isinstance(expect, Returns) and not _same_bytes(call, frame.value):
            value = decode(frame.value)
            if not equal(value, call.expected_value, expect.equality):
                opaque = f" ({value.type_name} is not plain data)" if isinstance(value, Opaque) else ""
                return _fail(cell, f"wrong value{opaque}")
    except (ValueError, ArithmeticError, RecursionError) as error:
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
    if expected == error.partition("(")[0]:
        return True
    kind = getattr(builtins, expected, None)
    return isinstance(kind, type) and issubclass(_base(error), kind)


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
    if raw.cause == 1 or raw.exit_code == -signal.SIGXCPU:
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
