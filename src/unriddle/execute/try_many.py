"""Many variants of one program on the same tests, in one sandboxed process: about a millisecond each.

For searches that try thousands of small edits. A timer inside the process ends a call that takes too long, so that an
endless loop costs hundredths of a second; what the timer cannot reach (one long step of C code) is ended by the
executor's limits, and the next variant goes on in a new process. Expected values stay outside the sandbox. Variants
share a process with each other and with test code, and could forge what they return: this is for edits of a program
that its owner trusts to be tried, and an answer is to be judged again by ``Executor.run``. Not covered: ``Satisfies``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Group
from unriddle.errors import BadInput
from unriddle.execute.compare import equal
from unriddle.execute.intern import Interner
from unriddle.execute.try_many_inside import HARNESS
from unriddle.language.values import decode, encode
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, CodeTest, Raises, Returns, Satisfies, Test
from unriddle.verdicts import Detail, Verdicts

__all__ = ["Tried", "try_many"]

_LIMITS = Limits(cpu_seconds=2.0, memory_mb=512, max_kills=1_000_000)
_ENDS = (Status.PASS, Status.ERROR, Status.TIMEOUT, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Tried:
    """What running the variants showed.

    Attributes:
        verdicts: ``(n, m)``; a row is SKIPPED behind its first timeout unless patience was asked for.
        counts: ``(n,)`` uint8 arrays ``(m, b)`` of the counters in an instrumented program; ``b`` is 0 in any other.
        cpu_seconds: What all of it cost.
    """

    verdicts: Verdicts
    counts: tuple[npt.NDArray[np.uint8], ...]
    cpu_seconds: float


def try_many(
    sources: Sequence[str],
    tests: Sequence[Test],
    *,
    executor: Executor,
    order: Sequence[int] | None = None,
    seconds: float = 0.1,
    patient: bool = False,
    context: str = "",
    limits: Limits = _LIMITS,
) -> Tried:
    """Every variant on every test.

    Args:
        sources: The programs, ``(n,)``; one that does not load fails everywhere.
        tests: Calls and code, ``(m,)``; code of a test runs in the program's process.
        executor: Runs them.
        order: In which order the tests are run; those that say most first.
        seconds: CPU seconds of one test.
        patient: A row goes on behind a timeout.
        context: Source put before every program.
        limits: Of one variant on all tests; ``cpu_seconds`` here is what ends a step that no timer can.

    Raises:
        BadInput: A test wants a predicate, which this cannot judge.
    """
    specs = [_spec(test) for test in tests]
    program = Candidate(HARNESS.format(specs=encode(specs), context=context))
    turn = list(range(len(tests)) if order is None else order)
    n_parts = min(2, max(1, len(sources) // 8))
    parts = [range(k, len(sources), n_parts) for k in range(n_parts)]

    def groups() -> Iterator[Group]:
        for part in parts:
            yield [program], [CallTest("unriddle_try", (sources[i], turn, seconds, patient)) for i in part]

    rows: list[Any] = [None] * len(sources)
    died = [""] * len(sources)
    spent = 0.0
    for number, verdicts in executor.run_groups(groups(), limits=limits):
        spent += float(np.nansum(verdicts.cpu_seconds))
        for j, i in enumerate(parts[number]):
            value = int(verdicts.value[0, j])
            rows[i] = decode(verdicts.values[value]) if value >= 0 else None
            died[i] = "" if value >= 0 else (verdicts[0, j].error or Status(int(verdicts.status[0, j])).name.lower())
    return _tried(sources, tests, rows, died, spent)


def _spec(test: Test) -> tuple[str, str, Any, Any]:
    if isinstance(test, CodeTest):
        code = f"{test.prelude}\n{test.code}" if test.prelude else test.code
        return "code", test.entry, code, None
    if isinstance(test.expect, Satisfies):
        raise BadInput(f"try_many: a test with a predicate ({test.name or test.entry}) needs Executor.run")
    return "call", test.entry, encode(tuple(test.args)), encode(dict(test.kwargs))


def _tried(
    sources: Sequence[str], tests: Sequence[Test], rows: Sequence[Any], died: Sequence[str], spent: float
) -> Tried:
    n, m = len(sources), len(tests)
    status = np.full((n, m), int(Status.SKIPPED), dtype=np.int8)
    value = np.full((n, m), -1, dtype=np.int32)
    seconds = np.full((n, m), np.nan, dtype=np.float32)
    details: dict[tuple[int, int], Detail] = {}
    counts: list[npt.NDArray[np.uint8]] = []
    interner, judge = Interner(), _Judge(tests)
    for i, row in enumerate(rows):
        if not _well_formed(row, m):
            status[i] = int(Status.TIMEOUT if "time" in died[i] or "CPU" in died[i] else Status.CRASH)
            details.update({(i, j): Detail("", died[i] or "its process ended") for j in range(m)})
            counts.append(np.zeros((m, 0), dtype=np.uint8))
            continue
        for j, (end, encoded, error, line, took, _) in enumerate(row):
            status[i, j], seconds[i, j] = judge.status(j, end, encoded, error), took
            value[i, j] = interner.number(encoded) if encoded else -1
            if error:
                details[i, j] = Detail("", error, line)
        wide = max((len(cell[5]) for cell in row), default=0)
        counts.append(np.array([list(cell[5].ljust(wide, b"\0")) for cell in row], dtype=np.uint8).reshape(m, wide))
    names = tuple(test.name or f"test {j + 1}" for j, test in enumerate(tests))
    ids = tuple(Candidate(source).id for source in sources)
    found = Verdicts(status, value, seconds, np.full(n, np.nan), ids, names, tuple(interner.values), details)
    return Tried(found, tuple(counts), spent)


def _well_formed(row: Any, m: int) -> bool:
    kinds = (int, bytes, str, int, float, bytes)
    return (
        type(row) is list
        and len(row) == m
        and all(type(cell) is tuple and tuple(map(type, cell)) == kinds and 0 <= cell[0] < 4 for cell in row)
    )


class _Judge:
    """Statuses of cells; a value that was judged before is not judged again."""

    def __init__(self, tests: Sequence[Test]) -> None:
        self._expects = [test.expect if isinstance(test, CallTest) else None for test in tests]
        self._wanted = [
            decode(encode(expect.value)) if isinstance(expect, Returns) else None for expect in self._expects
        ]
        self._known: dict[tuple[int, bytes], Status] = {}

    def status(self, j: int, end: int, encoded: bytes, error: str) -> int:
        expect = self._expects[j]
        if isinstance(expect, Raises) and end < 2:
            wanted = end == 1 and _raised(error, expect.exception)
            return int(Status.PASS if wanted else Status.ERROR if end == 1 else Status.FAIL)
        if end or not isinstance(expect, Returns):
            code = self._expects[j] is None and end == 1 and error.startswith("AssertionError")
            return int(Status.FAIL if code else _ENDS[end])
        known = self._known.get((j, encoded))
        if known is None:
            known = self._known[j, encoded] = self._equal(encoded, j, expect)
        return int(known)

    def _equal(self, encoded: bytes, j: int, expect: Returns) -> Status:
        try:
            same = equal(decode(encoded), self._wanted[j], expect.equality)
        except (ValueError, ArithmeticError, RecursionError, MemoryError):
            return Status.FAIL
        return Status.PASS if same else Status.FAIL


def _raised(error: str, wanted: str) -> bool:
    """Whether the exception, written with its bases (``KeyError<LookupError<Exception: text``), is of that class."""
    return wanted in error.partition(":")[0].split("<")
