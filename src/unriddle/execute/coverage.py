"""Which branches calls and pieces of code cover, and what they return, run in the sandbox with counters in the source.

Many times faster than a tracer: about 30 microseconds for a call. The counters share memory with the program, which
could forge them: coverage guides and describes, it is no verdict. Not covered: what loading the program covers, unless
it is asked for, and lines (see ``unriddle.execute.trace``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Group
from unriddle.errors import BadInput, BadProblem, shorten
from unriddle.language.branches import Branch, count_branches
from unriddle.language.python import parse
from unriddle.language.values import decode, encode
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest
from unriddle.verdicts import Verdicts

__all__ = ["CallJob", "CodeJob", "Covered", "cover_calls", "cover_code", "join"]

_TAIL = """

from unriddle.language.encode import encode as _unriddle_encode

def _unriddle_read(counts=_unriddle_counts):
    return bytes([min(n, 255) for n in counts])

_unriddle_first = _unriddle_read()

def _unriddle_loading():
    return b"", "", _unriddle_first

def _unriddle_work(work, counts=_unriddle_counts):
    counts[:] = [0] * len(counts)
    try:
        value = _unriddle_encode(work(), {limit})
        name = ""
    except Exception as error:
        value, name = b"", (type(error).__name__ + ": " + str(error))[:300].removesuffix(": ")
    return value, name, _unriddle_read()

def _unriddle_call(*args):
    return _unriddle_work(lambda: {function}(*args))

def _unriddle_code(text):
    import ast as _unriddle_ast
    tree = _unriddle_ast.parse(text)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], _unriddle_ast.Expr) else None
    begin = compile(tree, "test.py", "exec", dont_inherit=True)
    end = last and compile(_unriddle_ast.Expression(last.value), "test.py", "eval", dont_inherit=True)
    def work():
        names = dict(globals())
        exec(begin, names)
        return eval(end, names) if end else None
    return _unriddle_work(work)
"""
_VALUE_BYTES = 1 << 20
_LOADING = CallTest("_unriddle_loading")

CallJob = tuple[str, str, Sequence[tuple[Any, ...]]]
"""A program, the (dotted) name of one of its functions, and argument tuples, ``(m,)``."""

CodeJob = tuple[str, Sequence[str]]
"""A program, and pieces of code that use its names, ``(m,)``."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What the runs of one program covered.

    Attributes:
        branches: ``(b,)`` what there is to cover.
        counts: uint8 ``(m, b)``, how often each branch was taken, 255 for that many or more; zeros where the process
            was ended.
        status: int8 ``(m,)``: PASS where it returned, ERROR where it raised, or why it was ended.
        values: ``(m,)`` encoded returned values; ``None`` where there is none.
        errors: ``(m,)`` exception and message, or one line about the ending; empty where it returned.
        cpu_seconds: float32 ``(m,)``; NaN where not known.
        loading: uint8 ``(b,)`` what loading the program took already; zeros where it does not load.
    """

    branches: tuple[Branch, ...]
    counts: npt.NDArray[np.uint8]
    status: npt.NDArray[np.int8]
    values: tuple[bytes | None, ...]
    errors: tuple[str, ...]
    cpu_seconds: npt.NDArray[np.float32]
    loading: npt.NDArray[np.uint8]

    @property
    def taken(self) -> npt.NDArray[np.bool_]:
        """``(m, b)`` whether a run took a branch."""
        return self.counts > 0

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Covered:
        """The same for these runs, in this order."""
        at = np.asarray(rows, dtype=np.int64)
        return Covered(
            self.branches,
            self.counts[at],
            self.status[at],
            tuple(self.values[i] for i in at),
            tuple(self.errors[i] for i in at),
            self.cpu_seconds[at],
            self.loading,
        )

    def share(self, rows: Sequence[int] | npt.NDArray[np.int64] | None = None) -> float:
        """Part of the branches inside functions that the runs (or those rows) take; 1 where there is none.

        Branches that loading the program takes count as covered.
        """
        inside = np.array([bool(branch.function) for branch in self.branches], dtype=np.bool_)
        if not inside.any():
            return 1.0
        chosen = self.taken if rows is None else self.taken[np.asarray(rows, dtype=np.int64)]
        return float((chosen.any(axis=0) | (self.loading > 0))[inside].mean())


def join(parts: Sequence[Covered]) -> Covered:
    """Runs of the same program, one part after the other.

    Raises:
        BadInput: There is no part, or they are of different programs.
    """
    if not parts or any(part.branches != parts[0].branches for part in parts):
        raise BadInput(f"coverage: join wants runs of one program, got {len(parts)} parts of several or none")
    return Covered(
        parts[0].branches,
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.status for part in parts]),
        tuple(value for part in parts for value in part.values),
        tuple(error for part in parts for error in part.errors),
        np.concatenate([part.cpu_seconds for part in parts]),
        parts[0].loading,
    )


def cover_calls(
    jobs: Iterable[CallJob], *, executor: Executor, limits: Limits | None = None
) -> Iterator[tuple[int, Covered]]:
    """``(number of the job, what its calls covered)`` as jobs finish, in any order.

    Calls of a job run one after another in one process, each with arguments of its own; behind one that had to be
    ended the next goes on in a new process. An object that is not plain data is a value as well (an opaque token).

    Args:
        jobs: Programs and their calls.
        executor: Runs them.
        limits: Per call; ``max_kills`` says how many calls of a job may have to be ended before the rest of the job is
            given up (SKIPPED).

    Raises:
        BadProblem: A program cannot be read, or arguments are not plain data.
    """
    return _cover(
        (
            (source, entry, [CallTest("_unriddle_call", tuple(args)) for args in inputs])
            for source, entry, inputs in jobs
        ),
        executor,
        limits,
    )


def cover_code(
    jobs: Iterable[CodeJob], *, executor: Executor, limits: Limits | None = None, isolated: bool = True
) -> Iterator[tuple[int, Covered]]:
    """As ``cover_calls`` for pieces of code; the value is that of a last line that is an expression.

    The code runs in the program's process: it may describe the program but not judge a hostile one (for that there is
    ``CodeTest``).

    Args:
        jobs: Programs and pieces of code that use their names.
        executor: Runs them.
        limits: Per piece.
        isolated: Each piece in a process of its own, so that none sees what another left behind.

    Raises:
        BadProblem: A program or a piece of code cannot be read.
    """

    def tests() -> Iterator[tuple[str, str, list[CallTest]]]:
        for source, pieces in jobs:
            for piece in pieces:
                parse(piece)
            yield source, "None", [CallTest("_unriddle_code", (piece,), isolated=isolated) for piece in pieces]

    return _cover(tests(), executor, limits)


def _cover(
    jobs: Iterable[tuple[str, str, list[CallTest]]], executor: Executor, limits: Limits | None
) -> Iterator[tuple[int, Covered]]:
    branches: list[tuple[Branch, ...]] = []

    def groups() -> Iterator[Group]:
        for source, entry, tests in jobs:
            if not all(part.isidentifier() for part in entry.split(".")):
                raise BadProblem(f"coverage: the entry point must be a (dotted) name, got {shorten(entry)}")
            program = count_branches(source)
            branches.append(program.branches)
            text = program.source + _TAIL.format(function=entry, limit=_VALUE_BYTES)
            yield [Candidate(text)], [_LOADING, *tests]

    for number, verdicts in executor.run_groups(groups(), limits=limits):
        yield number, _covered(branches[number], verdicts)


def _covered(branches: tuple[Branch, ...], verdicts: Verdicts) -> Covered:
    n, b = verdicts.status.shape[1], len(branches)
    counts = np.zeros((n, b), dtype=np.uint8)
    status = verdicts.status[0].copy()
    values: list[bytes | None] = [None] * n
    errors = [""] * n
    known: dict[int, Any] = {}
    for j, number in enumerate(verdicts.value[0].tolist()):
        if number < 0:
            errors[j] = verdicts[0, j].error
            continue
        if number not in known:
            known[number] = _report(verdicts.values[number], b)
        report = known[number]
        if report is None:
            status[j], errors[j] = Status.CRASH, "the program changed what counts its branches"
            continue
        value, errors[j], taken = report
        counts[j] = np.frombuffer(taken, dtype=np.uint8)
        if errors[j]:
            status[j] = Status.ERROR
        else:
            values[j] = value
    seconds = verdicts.cpu_seconds[0]
    return Covered(
        branches, counts[1:], status[1:], tuple(values[1:]), tuple(errors[1:]), seconds[1:].copy(), counts[0].copy()
    )


def _report(data: bytes, b: int) -> tuple[bytes, str, bytes] | None:
    """What the program's process reported; ``None`` where it is not of that form."""
    if (quick := _three_texts(data)) is not None:
        return quick if len(quick[2]) == b else None
    report = decode(data)
    if type(report) is not tuple or tuple(map(type, report)) != (bytes, str, bytes) or len(report[2]) != b:
        return None
    return report[0], report[1], report[2]


def _three_texts(data: bytes) -> tuple[bytes, str, bytes] | None:
    """A tuple of bytes, text and bytes, read without the general parser; ``None`` where it is not one."""
    if data[:6] != _THREE or len(data) < 20:
        return None
    found, at = [], 5
    for tag in b"sus":
        end = at + 5 + int.from_bytes(data[at + 1 : at + 5], "little")
        if data[at : at + 1] != bytes([tag]) or end > len(data):
            return None
        found.append(data[at + 5 : end])
        at = end
    try:
        return (found[0], found[1].decode(), found[2]) if at == len(data) else None
    except UnicodeDecodeError:
        return None


_THREE = encode((b"", "", b""))[:6]
