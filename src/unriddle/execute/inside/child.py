"""The candidate's process: load the program, answer the calls, put plain data on the result pipe.

Everything here shares memory with a hostile program, so nothing it says is believed: the judge compares the values
elsewhere, and the expected ones never come here.
"""

from __future__ import annotations

import marshal
import resource
import sys
import time
from typing import Any

from unriddle.execute.inside.drive import drive
from unriddle.execute.inside.harness import FILE_NAME, Capture, Job, load, report_error, send
from unriddle.execute.inside.serve import serve
from unriddle.language.encode import encode
from unriddle.language.values import ValueTooLarge, decode

__all__ = ["run_child"]


def run_child(job: Job, peer_fd: int, capture: Capture) -> None:
    """Confine memory and files, then run the job; the caller has loaded nothing of the program yet."""
    _limit(job)
    capture.limit = job["output_bytes"]
    sys.argv = [FILE_NAME]
    if job["trusted"]:  # a verifier may print integers of any length; programs get Python's own limit
        sys.set_int_max_str_digits(0)
    mode = job["mode"]
    if mode == "serve":
        serve(job, peer_fd, capture)
    elif mode == "drive":
        drive(job, peer_fd, capture)
    else:
        for source, nonce in job["programs"]:
            run_calls(source, nonce, job, capture).clear()


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


def run_calls(source: str, nonce: bytes, job: Job, capture: Capture) -> dict[str, Any]:
    """Load, then one frame per call: ``V`` with the value, ``E`` with the exception. Returns the program's globals.

    The end of loading has a frame of its own (``K``, or ``L`` where it failed), so that the first test starts afresh.
    """
    clock, limit, take, names = time.process_time, job["value_bytes"], capture.take, dict[str, Any]()
    began = clock()
    try:
        names = load(source)
    except BaseException as error:
        send(nonce, b"L", cpu_seconds=clock() - began, stdout=take(), error=report_error(error))
        return names
    send(nonce, b"K", cpu_seconds=clock() - began, stdout=take())
    began = clock()
    for entry, args, kwargs in job["calls"]:
        try:
            function = names[entry] if entry in names else _missing(entry, names)
            positional, keyword = decode_trusted(args), decode_trusted(kwargs)
            value = encode(function(*positional, **keyword), limit)
            send(nonce, b"V", cpu_seconds=clock() - began, value=value, stdout=take())
        except ValueTooLarge as error:
            report = "MemoryError", f"result too large: {error}", 0, 0
            send(nonce, b"E", cpu_seconds=clock() - began, stdout=take(), error=report)
        except BaseException as error:
            send(nonce, b"E", cpu_seconds=clock() - began, stdout=take(), error=report_error(error))
        began = clock()
    return names


def _missing(entry: str, names: dict[str, Any]) -> Any:
    defined = [name for name, value in names.items() if callable(value) and not name.startswith("__")][:5]
    raise NameError(f"the program defines no {entry!r} (it defines {', '.join(defined) or 'no function'})")


def decode_trusted(data: bytes) -> Any:
    """Arguments from the judge: marshal reads what marshal wrote, our parser the rest."""
    return marshal.loads(data[1:]) if data[:1] == b"M" else decode(data[1:])
