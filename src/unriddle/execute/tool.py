"""A tool of this machine (a compiler) on input that somebody else wrote, in a sandbox of its own.

The tool sees its libraries, the system's programs and headers, and the files it is given; it has no network, and what
it leaves behind is gone afterwards but for the one file that is asked for. Not covered: tools that are asked many
times (a process and a sandbox are made for every call), and running what a compiler made.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.execute.advice import refusal
from unriddle.execute.inside.namespaces import SCRATCH
from unriddle.execute.inside.tool import ENTERED, HEADER
from unriddle.execute.isolation import Level, tool_config

__all__ = ["ToolRun", "run_tool"]

_BOOT = (
    "import sys, json; config = json.loads(sys.argv[1]); sys.path.insert(0, config['source']); "
    "from unriddle.execute.inside.tool import main; main(config)"
)
_SOURCE = str(Path(__file__).resolve().parents[2])
_FILE_MB = 64


@dataclass(frozen=True, slots=True)
class ToolRun:
    """How a tool ended.

    Attributes:
        code: As ``os.waitstatus_to_exitcode``: negative for a signal; ``None`` when its wall time was over.
        messages: The beginning of what it wrote to its outputs.
        made: The file that was asked for; ``None`` where it was not made.
    """

    code: int | None
    messages: str
    made: bytes | None


def run_tool(
    command: Sequence[str],
    *,
    files: Mapping[str, bytes],
    collect: str,
    cpu_seconds: int = 20,
    wall_seconds: float | None = None,
    memory_mb: int = 2048,
    isolation: Level = "namespaces+seccomp",
) -> ToolRun:
    """Run a command on files in a sandbox and bring back one file that it made.

    Args:
        command: The tool's absolute path and its arguments; it runs in the folder of the files.
        files: Name and content.
        collect: Name of the file to bring back, of 64 MiB at most.
        cpu_seconds: For each process of the tool.
        wall_seconds: For all of it, by the clock; ``None`` means twice ``cpu_seconds`` and ten more.
        memory_mb: Address space of each process of the tool, in MiB.
        isolation: Level of the sandbox; never lowered.

    Raises:
        BadInput: There is no such tool, a name is no plain file name, or the level isolates nothing.
        IsolationError: The sandbox could not be entered.
    """
    for name in (*files, collect):
        if name != os.path.basename(name) or name in ("", ".", ".."):
            raise BadInput(f"run_tool: expected plain file names, got {shorten(name)}")
    if isolation == "in-process":
        raise BadInput("run_tool: the level 'in-process' isolates nothing; use namespaces or rlimits")
    if not os.access(command[0], os.X_OK) or not os.path.isabs(command[0]):
        raise BadInput(f"run_tool: expected the absolute path of a program, got {shorten(command[0])}")
    scratch = tempfile.mkdtemp(prefix="unriddle-") if isolation == "rlimits only" else ""
    try:
        config = tool_config(isolation, tool=command[0], scratch_mb=2 * _FILE_MB, scratch=scratch)
        config |= {
            "source": _SOURCE, "command": list(command), "collect": collect, "cpu_seconds": cpu_seconds,
            "memory_mb": memory_mb, "file_mb": _FILE_MB, "files": [(name, len(data)) for name, data in files.items()],
        }  # fmt: skip
        seconds = 2 * cpu_seconds + 10 if wall_seconds is None else wall_seconds
        output = _output(config, b"".join(files.values()), seconds=seconds)
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    if output is None:
        return ToolRun(None, "", None)
    if not output.startswith(ENTERED):
        raise refusal(isolation, output.decode("utf-8", "replace") or "it gave no reason")
    head = len(ENTERED) + HEADER.size
    if len(output) < head:
        return ToolRun(-signal.SIGKILL, "", None)  # it took its sandbox down with it
    code, n_messages, n_made = HEADER.unpack_from(output, len(ENTERED))
    messages = output[head : head + n_messages].decode("utf-8", "replace")
    return ToolRun(code, messages, output[head + n_messages :] if n_made >= 0 else None)


def _output(config: dict[str, Any], given: bytes, *, seconds: float) -> bytes | None:
    """What the process inside reports; ``None`` when its time was over."""
    command = [sys.executable, "-s", "-S", "-P", "-B", "-c", _BOOT, json.dumps(config)]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": config["scratch"] or SCRATCH}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/",
        start_new_session=True,
    )  # fmt: skip
    try:
        return process.communicate(given, timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
