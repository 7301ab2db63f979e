"""What candidate and driver processes share: loading a program, printing, frames, describing exceptions."""

from __future__ import annotations

import builtins
import io
import struct
import sys
import types
from os import write
from typing import Any

__all__ = ["FILE_NAME", "FRAME", "RESULT_FD", "Capture", "Job", "load", "report_error", "send"]

Job = dict[str, Any]
"""mode, programs [(source, nonce)], calls [(entry, args, kwargs)], limits; for a driver prelude, entry, classes."""

FILE_NAME = "candidate.py"
RESULT_FD = 3
"""Where a child finds its result pipe (and the zygote its control socket)."""

FRAME = struct.Struct("<I8s1sdIIIIii")
"""Head of a frame: bytes after this field, nonce, kind, CPU seconds, lengths of value, stdout, error and message (which
follow in this order), line, errno."""


class Capture(io.RawIOBase):
    """A sink for standard output that keeps the first ``limit`` bytes of each test and drops the rest."""

    def __init__(self, limit: int) -> None:
        self.limit, self._kept = limit, bytearray()
        self.stream = io.TextIOWrapper(io.BufferedWriter(self, 2048), "utf-8", "backslashreplace")

    @staticmethod
    def installed() -> Capture:
        """Replace the three standard streams of this process, and so of its children; the sink of standard output."""
        out = Capture(0)
        sys.stdin = io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8")
        sys.stdout, sys.stderr = out.stream, Capture(0).stream
        return out

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Keep what fits; the caller is told that everything went out."""
        self._kept += memoryview(data)[: self.limit - len(self._kept)]
        return len(data)

    def take(self) -> bytes:
        """What was kept since the last call."""
        try:
            self.stream.flush()
        except (ValueError, OSError):  # the program closed or detached it
            pass
        kept = bytes(self._kept)
        self._kept.clear()
        return kept


def load(source: str) -> dict[str, Any]:
    """Execute the program's module; its globals. Raises whatever the program raises."""
    module = types.ModuleType("candidate")
    module.__dict__["__file__"] = FILE_NAME
    sys.modules["candidate"] = module
    code = compile(source, FILE_NAME, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module.__dict__


def send(
    nonce: bytes,
    kind: bytes,
    *,
    cpu_seconds: float = 0.0,
    value: bytes = b"",
    stdout: bytes = b"",
    error: tuple[str, str, int, int] = ("", "", 0, 0),
) -> None:
    """Put one frame on the result pipe; ``error`` is as ``report_error`` describes it."""
    name, message = (text.encode("utf-8", "backslashreplace") for text in error[:2])
    lengths = len(value), len(stdout), len(name), len(message)
    size = FRAME.size - 4 + sum(lengths)
    parts = FRAME.pack(size, nonce, kind, cpu_seconds, *lengths, *error[2:]), value, stdout, name, message
    data = memoryview(b"".join(parts))
    while data:
        data = data[write(RESULT_FD, data) :]


def report_error(error: BaseException) -> tuple[str, str, int, int]:
    """Type name, message, line of the program, errno; none of it trusted, all of it bounded and plain."""
    kind = type(error)
    name = kind.__name__ if type(kind.__name__) is str else "Exception"
    for base in kind.__mro__:
        if base.__module__ == "builtins" and builtins.__dict__.get(base.__name__) is base:
            name = base.__name__ if base is kind else f"{name[:100]}({base.__name__})"
            break
    try:
        message = str(error)
        message = message[:2000] if type(message) is str else ""
    except BaseException:
        message = ""
    number = getattr(error, "errno", 0)
    return name[:200], message, _line(error), number if type(number) is int and abs(number) < 4096 else 0


def _line(error: BaseException) -> int:
    """The innermost line of the program in the traceback; for a syntax error, its own line."""
    if isinstance(error, SyntaxError) and error.filename == FILE_NAME and type(error.lineno) is int:
        return error.lineno if 0 <= error.lineno < 1 << 31 else 0
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == FILE_NAME:
            line = entry.tb_lineno or 0
        entry = entry.tb_next
    return line
