"""Expected outputs: what reference programs return on given inputs, run in the sandbox once and kept on disk.

One file per program and its inputs, named by a digest of both; the content is the project's own value encoding.
Nothing in the cache is ever executed or unpickled, and a damaged file is made anew. Not covered: references whose
results depend on time or chance.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import ExecutorError
from unriddle.language.values import Large, decode, encode
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest
from unriddle.verdicts import Verdicts
from unriddle.whole_file import replacing

__all__ = ["Job", "cache_folder", "expected_outputs"]

Job = tuple[str, str, str, list[tuple[Any, ...]]]
"""Name of the task, its entry point, its reference program, and the inputs."""

_LIMITS = Limits(cpu_seconds=60.0, memory_mb=4096, value_bytes=1 << 28)
_VERSION = 3
_DIGEST = """

def _digest_of_result(*args):
    from hashlib import blake2b
    from unriddle.language.encode import encode
    return blake2b(encode({entry}(*args), {limit}), digest_size=16).digest()
"""


def cache_folder() -> Path:
    """``unriddle`` in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "unriddle"


def expected_outputs(
    jobs: Sequence[Job], *, executor: Executor | None = None, cache: str | Path | None = None
) -> list[list[bytes]]:
    """What each reference returns on each of its inputs, encoded, in order.

    An input on which the reference did not return within generous limits (mostly a result of more than 256 MiB) has an
    empty encoding. A result too long to keep is a ``Large``: its digests.

    Args:
        jobs: What to run.
        executor: Where; one is opened when ``None`` and something has to be run.
        cache: Folder of the kept outputs; ``evalplus`` in ``cache_folder()`` when ``None``.

    Raises:
        ExecutorError: A reference raised or crashed, returned on none of its inputs, or the executor failed.
    """
    folder = Path(cache) if cache is not None else cache_folder() / "evalplus"
    files = [folder / f"{_digest(job)}.bin" for job in jobs]
    outputs = [_kept(file, len(job[3])) for file, job in zip(files, jobs, strict=True)]
    absent = [i for i, found in enumerate(outputs) if found is None]
    if absent:
        with _opened(executor) as running:
            for number, found in _run([jobs[i] for i in absent], running):
                outputs[absent[number]] = found
            for i in absent:
                outputs[i] = _with_digests(jobs[i], outputs[i] or [], running)
                _keep(files[i], outputs[i] or [])
    return [found or [] for found in outputs]


def _run(jobs: Sequence[Job], executor: Executor) -> Iterator[tuple[int, list[bytes]]]:
    """``(number of the job, its outputs)`` as jobs finish; a killed row goes on behind the input that did it."""
    done: list[dict[int, bytes]] = [{} for _ in jobs]
    todo = [i for i, job in enumerate(jobs) if job[3]]
    yield from ((i, []) for i, job in enumerate(jobs) if not job[3])
    while todo:
        left = [[j for j in range(len(jobs[i][3])) if j not in done[i]] for i in todo]
        groups = [
            ([Candidate(jobs[i][2])], [CallTest(jobs[i][1], jobs[i][3][j], name=str(j)) for j in places])
            for i, places in zip(todo, left, strict=True)
        ]
        more = []
        for number, verdicts in executor.run_groups(groups, limits=_LIMITS):
            i = todo[number]
            _take(done[i], left[number], verdicts, jobs[i][0])
            if len(done[i]) < len(jobs[i][3]):
                more.append(i)
            else:
                yield i, [done[i][j] for j in range(len(jobs[i][3]))]
        todo = more


def _take(done: dict[int, bytes], places: Sequence[int], verdicts: Verdicts, name: str) -> None:
    """Note the outputs of one run; raise when a reference ended in a way that no input explains."""
    before = len(done)
    for column, j in enumerate(places):
        number, status = int(verdicts.value[0, column]), Status(int(verdicts.status[0, column]))
        if number >= 0:
            done[j] = verdicts.values[number]
        elif status in (Status.MEMORY, Status.TIMEOUT):
            done[j] = b""
        elif status is not Status.SKIPPED:
            raise ExecutorError(
                f"{name}: its reference did not return on input {j} ({status.name}: {verdicts[0, column].error}); "
                "the data file may be damaged, or a package it imports is not installed"
            )
    if len(done) == before or not any(done.values()):
        raise ExecutorError(
            f"{name}: its reference returned on none of its inputs ({Status(int(verdicts.status[0, 0])).name}); "
            "the data file may be damaged, or the machine too small"
        )


def _with_digests(job: Job, found: Sequence[bytes], executor: Executor) -> list[bytes]:
    """The outputs, those too long to keep with the digest of their encoding, which the reference's process tells."""
    long = [j for j, data in enumerate(found) if data[:1] == b"H"]
    if not long:
        return list(found)
    program = job[2] + _DIGEST.format(entry=job[1], limit=_LIMITS.value_bytes)
    tests = [CallTest("_digest_of_result", job[3][j], name=str(j)) for j in long]
    ((_, verdicts),) = executor.run_groups([([Candidate(program)], tests)], limits=_LIMITS)
    more = list(found)
    for column, j in enumerate(long):
        large, told = decode(found[j]), verdicts[0, column].result
        if type(large) is Large and type(told) is bytes:
            more[j] = encode(Large(large.digest, large.n_bytes, told))
    return more


def _digest(job: Job) -> str:
    parts = (_VERSION, _LIMITS.value_bytes, job[1], job[2], job[3])
    try:
        data = marshal.dumps(parts, 2)
    except ValueError:  # inputs of other than built-in types
        data = encode(parts)
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _kept(file: Path, n: int) -> list[bytes] | None:
    """The outputs of a file: their number, their lengths, their bytes; ``None`` where the file is not like that."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    lengths = struct.unpack_from(f"<{n}I", data, 4) if len(data) >= 4 + 4 * n else ()
    if len(data) < 4 or data[:4] != struct.pack("<I", n) or len(data) != 4 + 4 * n + sum(lengths):
        return None
    ends = list(accumulate(lengths, initial=4 + 4 * n))
    return [data[start:end] for start, end in pairwise(ends)]


def _keep(file: Path, found: list[bytes]) -> None:
    """Write in one step, so that a killed run leaves no half file; a full or read-only disk is no failure."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as scratch:
            scratch.write_bytes(struct.pack(f"<{len(found) + 1}I", len(found), *map(len, found)) + b"".join(found))


@contextlib.contextmanager
def _opened(executor: Executor | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    from unriddle.execute import open_executor

    with open_executor() as opened:
        yield opened
