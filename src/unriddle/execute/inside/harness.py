"""What candidate and driver processes share: loading a program, sending frames, describing exceptions."""

from __future__ import annotations

import builtins
import marshal
import struct
import sys
import types
from typing import Any

__all__ = ["FILE_NAME", "Job", "load", "report_error", "send"]

Job = dict[str, Any]
"""mode, source, calls [(entry, args, kwargs)], nonce, limits; for a driver also prelude, entry and classes."""

FILE_NAME = "candidate.py"


def load(job: Job) -> dict[str, Any]:
    """Execute the program's module; its globals. Raises whatever the program raises."""
    module = types.ModuleType("candidate")
    module.__dict__["__file__"] = FILE_NAME
    sys.modules["candidate"] = module
    code = compile(job["source"], FILE_NAME, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module.__dict__


def send(write: Any, fd: int, frame: tuple[Any, ...]) -> None:
    """Put one length-prefixed frame on the pipe."""
    body = marshal.dumps(frame, 2)
    data = memoryview(struct.pack("<I", len(body)) + body)
    while data:
        data = data[write(fd, data) :]


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
        return error.lineno
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == FILE_NAME:
            line = entry.tb_lineno
        entry = entry.tb_next
    return line
