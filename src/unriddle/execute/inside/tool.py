"""A tool's sandbox from the inside: enter it, write the files, run the tool, hand back what it made.

Nothing here interprets what the tool says or makes. Input: the files' bytes one behind the other. Output: ``ENTERED``
and, once the tool has ended, ``HEADER`` (its exit code, lengths of the messages and of the file, −1 for none) and both;
or the reason why the sandbox was not entered. Not covered: how much memory all processes of a tool take together.
"""

from __future__ import annotations

import os
import resource
import stat
import struct
import subprocess
import sys
from typing import Any, NoReturn

from unriddle.execute.inside import landlock, namespaces, seccomp

__all__ = ["ENTERED", "HEADER", "main"]

ENTERED = b"\1"
HEADER = struct.Struct("<iii")
_MESSAGES = ".messages"
_MOST_MESSAGES = 1 << 16
_MOST_PROCESSES = 64


def main(config: dict[str, Any]) -> None:
    """Do it, say how it went on standard output, and end the process."""
    given = sys.stdin.buffer.read()
    try:
        if config["namespaces"]:
            namespaces.enter(readable=config["readable"], hidden=config["hidden"], scratch_mb=config["scratch_mb"])
        else:
            os.chdir(config["scratch"])
            namespaces.drop_capabilities()
            landlock.confine(config["scratch"], readable=config["readable"], hidden=config["hidden"], runnable=True)
        if config["seccomp"]:
            seccomp.load_tool_filter()
    except OSError as error:
        _end(str(error).encode("utf-8", "replace"))
    os.write(1, ENTERED)
    made = None
    try:
        _write(config["files"], given)
        code = _run(config)
        messages, made = _read(_MESSAGES, _MOST_MESSAGES) or b"", _read(config["collect"], config["file_mb"] << 20)
    except OSError as error:
        code, messages = 127, str(error).encode("utf-8", "replace")
    _end(HEADER.pack(code, len(messages), -1 if made is None else len(made)) + messages + (made or b""))


def _write(files: list[tuple[str, int]], given: bytes) -> None:
    at = 0
    for name, size in files:
        with open(name, "xb") as file:
            file.write(given[at : at + size])
        at += size


def _run(config: dict[str, Any]) -> int:
    cpu, memory, size = config["cpu_seconds"], config["memory_mb"] << 20, config["file_mb"] << 20
    with open(_MESSAGES, "xb") as messages:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        if os.getuid() >= namespaces.OWN_IDS:  # elsewhere other processes of the user would be counted too
            resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_PROCESSES, _MOST_PROCESSES))
        return subprocess.run(
            config["command"], stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, check=False
        ).returncode


def _read(name: str, most: int) -> bytes | None:
    """The file's beginning; ``None`` where there is no plain file of this name."""
    try:
        place = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(place, "rb") as file:
        return file.read(most) if stat.S_ISREG(os.fstat(place).st_mode) else None


def _end(said: bytes) -> NoReturn:
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    os._exit(0)
