"""Tracing a program in the sandbox: ``trace`` for everything that happens, ``monitor`` for counts.

The tracer runs inside the candidate's process, on any executor. It is bounded in events, bytes, characters per value
and time; what was seen before a limit was reached is kept. The traced program can switch the tracer off or forge what
it reports: a trace is data and never a verdict. Not covered: other threads than the main one, what happens inside
libraries and native code (one step each), and code made by ``exec``.
"""

from __future__ import annotations

import ast
import secrets
import warnings
from collections.abc import Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, shorten
from unriddle.execute.trace.layout import layout
from unriddle.execute.trace.model import End, Trace
from unriddle.execute.trace.read import Events, read_events
from unriddle.execute.trace.ship import tracing_program
from unriddle.language.blocks import Scope, basic_blocks
from unriddle.language.python import imports
from unriddle.outcome import Limits, Outcome, Status
from unriddle.problem import CallTest

__all__ = ["EVENTS", "check_call", "run_inside", "trace", "traces", "why_ended"]

EVENTS = ("call", "line", "write", "return", "exception", "print")
"""What can be recorded."""

_DIED: dict[Status, End] = {
    Status.TIMEOUT: "time",
    Status.MEMORY: "memory",
    Status.FORBIDDEN: "forbidden",
    Status.CRASH: "died",
    Status.ERROR: "died",
    Status.FAIL: "died",
    Status.PASS: "died",
}
_SLACK = 0.9
"""Share of its time after which the tracer ends a run itself, rather than the executor."""


def trace(
    source: str,
    call: str,
    *,
    executor: Executor,
    limits: Limits | None = None,
    events: Sequence[str] = EVENTS,
    max_events: int = 10_000,
    max_bytes: int = 8_000_000,
    max_value: int = 200,
    comprehensions: bool = False,
    stdin: str = "",
) -> Trace:
    """What happened in one call of a program.

    Args:
        source: The program; loading it is not traced.
        call: A Python expression in its names (``"f([1, 2])"``); empty to run the program itself, traced from its
            first line.
        executor: Where it runs.
        limits: Of the whole run, tracing included.
        events: What to record, of ``EVENTS``; values are by far the dearest.
        max_events: Calls, lines, returns and exceptions after which the run is ended.
        max_bytes: Length of all records after which the run is ended.
        max_value: Characters of a value that are kept.
        comprehensions: Look into comprehensions and generator expressions; otherwise each is one step.
        stdin: What the program reads.

    Raises:
        BadProblem: The program is not Python.
        BadInput: The call is not an expression, or a limit is not positive.
        ExecutorError: Our machine failed.
    """
    (found,) = traces(
        source, [call], executor=executor, limits=limits, events=events, max_events=max_events, max_bytes=max_bytes,
        max_value=max_value, comprehensions=comprehensions, stdin=stdin,
    )  # fmt: skip
    return found


def traces(
    source: str,
    calls: Sequence[str],
    *,
    executor: Executor,
    limits: Limits | None = None,
    events: Sequence[str] = EVENTS,
    max_events: int = 10_000,
    max_bytes: int = 8_000_000,
    max_value: int = 200,
    comprehensions: bool = False,
    stdin: str = "",
) -> list[Trace]:
    """One trace per call, each in a process of its own; the program is read once. Arguments as for ``trace``."""
    unknown = [kind for kind in events if kind not in EVENTS]
    if unknown:
        raise BadInput(f"trace: events must be of {', '.join(EVENTS)}; got {shorten(unknown[0])}")
    options = {
        "kinds": [kind for kind in EVENTS if kind in events],
        "max_events": _positive("max_events", max_events),
        "max_bytes": _positive("max_bytes", max_bytes),
        "limit": _positive("max_value", max_value),
        "comprehensions": comprehensions,
        "stdin": stdin,
    }
    scopes = basic_blocks(source, what="the program")
    found = run_inside("run_traced", source, calls, scopes=scopes, executor=executor, limits=limits, options=options)
    notes = _notes(source)
    made = []
    for call, (text, mark, outcome) in zip(calls, found, strict=True):
        read = read_events(text, mark, scopes, max_events=max_events)
        made.append(_trace(source, call, scopes, read, outcome, notes))
    return made


def _positive(name: str, value: int) -> int:
    if not 0 < value < 2**31:
        raise BadInput(f"trace: {name} must be a positive whole number, got {value!r}")
    return value


def check_call(call: str) -> None:
    """Refuse a call that is not one Python expression.

    Raises:
        BadInput: With the reason.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(call, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BadInput(
            f"the call: expected one Python expression such as 'f([1, 2])', got {shorten(call)} ({why})"
        ) from error


def run_inside(
    mode: str,
    source: str,
    calls: Sequence[str],
    *,
    scopes: Sequence[Scope],
    executor: Executor,
    limits: Limits | None,
    options: dict[str, Any],
) -> list[tuple[str, str, Outcome]]:
    """Records, their mark and the outcome, one per call; ``mode`` is a function of ``inside.main``.

    Raises:
        BadInput: A call is not an expression.
        ExecutorError: Our machine failed.
    """
    for call in calls:
        if call:
            check_call(call)
    limits = limits or Limits(cpu_seconds=10.0)
    most = options.get("max_bytes", 8_000_000) * 2
    wide = Limits(
        cpu_seconds=limits.cpu_seconds, wall_seconds=limits.wall_seconds, memory_mb=limits.memory_mb,
        output_bytes=most, value_bytes=max(most, limits.value_bytes), scratch_mb=limits.scratch_mb,
        max_kills=max(1, len(calls)),
    )  # fmt: skip
    mark = f"\x1e{secrets.token_hex(6)} "
    sent = {
        **options, "mark": mark, "fd": 1,
        "cpu_seconds": limits.cpu_seconds * _SLACK, "wall_seconds": limits.wall * _SLACK,
    }  # fmt: skip
    plan = layout(scopes)
    tests = [CallTest("run", (mode, call, plan, sent), isolated=True) for call in calls]
    verdicts = executor.run([Candidate(tracing_program(source))], tests, limits=wide)
    return [_answer(verdicts[0, j], mark) for j in range(len(calls))]


def _answer(outcome: Outcome, mark: str) -> tuple[str, str, Outcome]:
    if outcome.status in (Status.INFRA, Status.SKIPPED):
        raise ExecutorError(f"the program could not be traced: {outcome.error}")
    text = outcome.result if outcome.status is Status.PASS and type(outcome.result) is str else outcome.stdout
    return text, mark, outcome


def why_ended(outcome: Outcome) -> tuple[End, str]:
    """How a run ended that left no ending of its own, and why."""
    return _DIED[outcome.status], outcome.error or "it left without a result"


def _trace(
    source: str, call: str, scopes: tuple[Scope, ...], read: Events, outcome: Outcome, notes: tuple[str, ...]
) -> Trace:
    end = read.ending
    if end is not None:
        how, value, error, line = end.how, "", end.text, end.line
        if how == "returned":
            value, error = end.text, ""
    else:
        value, line = "", 0
        how, error = why_ended(outcome)
    if end is not None and end.lost:
        notes = (*notes, "the program switched the tracer off: what it did afterwards is not shown")
    if read.damaged:
        notes = (*notes, "the records are damaged: the program wrote where the tracer writes, and the rest is missing")
    return Trace(source, call, scopes, tuple(read.calls), tuple(read.events), how, value, error, line, notes)


def _notes(source: str) -> tuple[str, ...]:
    used = sorted(imports(source) - {"__future__", "typing"})
    notes = [f"what happens inside {', '.join(used)} is not shown: such a call is one step"] if used else []
    if {"threading", "concurrent"} & set(used):
        notes.append("only the main thread is traced")
    return tuple(notes)
