"""The candidate's process: load the program, answer the calls, put plain data on the result pipe.

Everything here shares memory with a hostile program, so nothing it says is believed: the judge compares the values
elsewhere, and the expected ones never come here.
"""

from __future__ import annotations

import io
import marshal
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from unriddle.execute.inside.drive import drive
from unriddle.execute.inside.harness import FILE_NAME, Job, load, report_error, send
from unriddle.execute.inside.serve import serve
from unriddle.language.encode import encode
from unriddle.language.values import ValueTooLarge, decode

__all__ = ["run_child"]


class Capture(io.RawIOBase):
    """A sink for standard output that keeps the first ``limit`` bytes of each test and drops the rest."""

    def __init__(self, limit: int) -> None:
        self._limit, self._kept = limit, bytearray()
        self.stream = io.TextIOWrapper(io.BufferedWriter(self, 2048), "utf-8", "backslashreplace")

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Keep what fits; the caller is told that everything went out."""
        self._kept += memoryview(data)[: self._limit - len(self._kept)]
        return len(data)

    def take(self) -> str:
        """What was kept since the last call."""
        try:
            self.stream.flush()
        except (ValueError, OSError):  # the program closed or detached it
            pass
        text = self._kept.decode("utf-8", "replace")
        self._kept.clear()
        return text


def run_child(job: Job, result_fd: int, peer_fd: int) -> None:
    """Confine memory and files, then run the job; the caller has loaded nothing of the program yet."""
    _limit(job)
    sys.stdin = io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8")
    out = Capture(job["output_bytes"])
    sys.stdout, sys.stderr = out.stream, Capture(job["output_bytes"]).stream
    sys.argv = [FILE_NAME]
    for generator in ("random", "numpy.random"):  # Python reseeds after a fork; results must not depend on the clock
        if generator in sys.modules:
            sys.modules[generator].seed(0)
    if job["trusted"]:  # a verifier may print integers of any length; programs get Python's own limit
        sys.set_int_max_str_digits(0)
    mode = job["mode"]
    if mode == "serve":
        serve(job, result_fd, peer_fd, out.take)
    elif mode == "drive":
        drive(job, result_fd, peer_fd, out.take)
    else:
        run_calls(job, result_fd, out.take)


def _limit(job: Job) -> None:
    memory = job["memory_mb"] * 1024 * 1024
    scratch = job["scratch_mb"] * 1024 * 1024
    # With RLIMIT_CPU the kernel counts process time in ticks. The zygote is the authority on CPU time, so the rlimit is
    # set only where a child could outlive its zygote.
    cpu = int(job["cpu_total"]) + 2 if job["may_outlive"] else None
    for name, bound in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, scratch),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, job["max_threads"]),
    ):
        if bound is not None:
            resource.setrlimit(name, (bound, bound))


def run_calls(job: Job, result_fd: int, take: Callable[[], str]) -> None:
    """Load, then one frame per call: ``(nonce, kind, cpu_seconds, value, stdout, error, message, line, errno)``.

    The end of loading has a frame of its own (``K``), so that the first test starts afresh.
    """
    write, clock = os.write, time.process_time
    nonce, limit = job["nonce"], job["value_bytes"]
    began = clock()
    try:
        names = load(job)
    except BaseException as error:
        send(write, result_fd, (nonce, "L", clock() - began, b"", take(), *report_error(error)))
        return
    send(write, result_fd, (nonce, "K", clock() - began, b"", take(), "", "", 0, 0))
    began = clock()
    for entry, args, kwargs in job["calls"]:
        try:
            function = names[entry] if entry in names else _missing(entry, names)
            positional, keyword = decode_trusted(args), decode_trusted(kwargs)
            value = encode(function(*positional, **keyword), limit)
            frame = (nonce, "V", clock() - began, value, take(), "", "", 0, 0)
        except ValueTooLarge as error:
            frame = (nonce, "E", clock() - began, b"", take(), "MemoryError", f"result too large: {error}", 0, 0)
        except BaseException as error:
            frame = (nonce, "E", clock() - began, b"", take(), *report_error(error))
        send(write, result_fd, frame)
        began = clock()


def _missing(entry: str, names: dict[str, Any]) -> Any:
    defined = [name for name, value in names.items() if callable(value) and not name.startswith("__")][:5]
    raise NameError(f"the program defines no {entry!r} (it defines {', '.join(defined) or 'no function'})")


def decode_trusted(data: bytes) -> Any:
    """Arguments from the judge: marshal reads what marshal wrote, our parser the rest."""
    return marshal.loads(data[1:]) if data[:1] == b"M" else decode(data[1:])
