"""A worker: the judge's end of one zygote. Starts it, sends jobs, reads raw answers, ends it.

The only bytes that come back from the sandbox pass through here, uninterpreted.
"""

from __future__ import annotations

import json
import marshal
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.execute.advice import refusal
from unriddle.execute.inside.namespaces import SCRATCH
from unriddle.execute.inside.zygote import ANSWER, HEADER
from unriddle.execute.isolation import Level, zygote_config
from unriddle.outcome import Limits

__all__ = ["Raw", "Worker", "WorkerDied"]

_BOOT = (
    "import sys, json; config = json.loads(sys.argv[2]); sys.path.insert(0, config['source']); "
    "sys.path.extend(config['path']); from unriddle.execute.inside.zygote import main; "
    "sys.path.remove(config['source']); main(int(sys.argv[1]), config)"
)
_SOURCE = str(Path(__file__).resolve().parents[2])
_START_SECONDS = 60.0


class WorkerDied(Exception):
    """The zygote ended or did not answer; our failure, never the candidate's."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a job left behind, as reported by the zygote.

    Attributes:
        frames: Bytes the child put on its result pipe; hostile.
        output: First bytes it wrote on descriptors 1 and 2; hostile.
        exit_code: As ``os.waitstatus_to_exitcode``: negative for a signal.
        cause: Why it ended: ``ended``, ``cpu``, ``wall`` or ``output`` (index into ``CAUSES``).
        cpu_seconds: CPU time measured by the kernel.
        peak_mb: Peak resident memory in MiB.
        marks: CPU seconds used, by the kernel's count, when each frame was complete.
    """

    frames: bytes
    output: bytes
    exit_code: int
    cause: int
    cpu_seconds: float
    peak_mb: float
    marks: tuple[float, ...] = ()


class Worker:
    """One zygote and the socket to it.

    Args:
        level: Isolation level.
        packages: Third-party packages it loads.
        scratch_mb: Size of its scratch folder in MiB.
        seed: Of string hashes and of the generators of ``random`` and ``numpy.random``.

    Raises:
        IsolationError: The sandbox could not be entered; the message has the kernel's reason.
    """

    def __init__(self, *, level: Level, packages: tuple[str, ...], scratch_mb: int, seed: int) -> None:
        self._scratch = tempfile.mkdtemp(prefix="unriddle-") if level == "rlimits only" else ""
        try:
            config = zygote_config(level, packages=packages, scratch_mb=scratch_mb, scratch=self._scratch)
        except BaseException:
            self._remove_scratch()
            raise
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-s", "-S", "-P", "-B", "-c", _BOOT, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, json.dumps({**config, "source": _SOURCE, "seed": seed})],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={
                    "PYTHONHASHSEED": str(seed),
                    "LANG": "C.UTF-8",
                    "TMPDIR": self._scratch or SCRATCH,
                    "OPENBLAS_NUM_THREADS": "1",
                },
                cwd="/",
                start_new_session=True,
            )
        self.socket = ours
        self.deadline = 0.0
        try:
            self._greet(level)
        except BaseException:  # an interrupt too: nobody else knows of this process yet
            self.close()
            raise

    def _greet(self, level: Level) -> None:
        self.socket.settimeout(_START_SECONDS)
        reason = "it gave no reason"
        try:
            size = struct.unpack("<I", self._exactly(4))[0]
            if size == 0:
                self.socket.settimeout(None)
                return
            reason = self._exactly(size).decode(errors="replace")
        except (WorkerDied, TimeoutError):
            self._process.kill()
            assert self._process.stderr is not None
            reason = self._process.stderr.read().decode(errors="replace").strip()[-500:] or reason
        raise refusal(level, reason)

    def send(self, job: dict[str, Any], *, limits: Limits, n_tests: int, peer: socket.socket | None = None) -> None:
        """Start a job; exactly one ``receive`` must follow.

        Raises:
            WorkerDied: The zygote is gone.
        """
        body = marshal.dumps(job, 2)
        most = limits.value_bytes + limits.output_bytes * 4 + 65536
        head = HEADER.pack(
            len(body), limits.cpu_seconds, limits.wall, min(most, 2**32 - 1), limits.output_bytes, n_tests
        )
        self.deadline = time.monotonic() + (limits.wall + 2) * (n_tests + 3) + 30
        try:
            if peer is None:
                self.socket.sendall(head + body)
            else:
                sent = socket.send_fds(self.socket, [head], [peer.fileno()])
                self.socket.sendall(head[sent:] + body)
        except OSError as error:
            raise WorkerDied(str(error)) from error

    def receive(self) -> Raw:
        """The answer to the job that was sent; blocks until it is there.

        Raises:
            WorkerDied: The zygote is gone.
        """
        head = self._exactly(ANSWER.size)
        n_marks, n_result, n_output, status, cause, cpu_seconds, peak_mb = ANSWER.unpack(head)
        marks = struct.unpack(f"<{n_marks}d", self._exactly(8 * n_marks))
        frames, output = self._exactly(n_result), self._exactly(n_output)
        try:
            code = os.waitstatus_to_exitcode(status)
        except ValueError as error:
            raise WorkerDied(f"it reports the wait status {status}") from error
        return Raw(frames, output, code, cause, cpu_seconds, peak_mb, marks)

    def _exactly(self, n: int) -> bytes:
        data = bytearray()
        try:
            while len(data) < n:
                part = self.socket.recv(min(n - len(data), 1 << 20))
                if not part:
                    raise WorkerDied("the zygote hung up")
                data += part
        except OSError as error:
            raise WorkerDied(str(error)) from error
        return bytes(data)

    def close(self) -> None:
        """End the zygote and whatever it runs; nothing of it is left afterwards."""
        self.socket.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._remove_scratch()

    def _remove_scratch(self) -> None:
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
