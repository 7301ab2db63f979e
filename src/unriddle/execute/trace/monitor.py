"""Counts instead of events: ``monitor`` watches a run in the sandbox and brings back tables.

A monitor's probes count inside the traced process, so that a run of a million lines sends back a table. Not covered:
values other than as sets (``trace`` has them in order); what a hostile program makes of the counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.trace.model import End
from unriddle.execute.trace.read import ENDS, records
from unriddle.execute.trace.run import run_inside, why_ended
from unriddle.language.blocks import EXIT, Scope, basic_blocks
from unriddle.outcome import Limits

__all__ = ["MONITORS", "Report", "branches_of", "monitor"]

MONITORS = ("coverage", "hotness", "branches", "loops", "calls", "values")
"""Names that ``monitor`` takes."""

Key = tuple[str, int]
"""Qualified name of a function, and a line."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the monitors found; what was not asked for is empty.

    Attributes:
        scopes: The program's functions and their blocks.
        end: How the run ended (see ``Trace.end``); after anything but ``returned`` and ``raised`` the counts are those
            until then.
        text: The returned value or the error, as text.
        lines: How often each line ran, by function and line; 1 where only coverage was asked for.
        branches: How often each branch was taken: function, line of the condition, first line after it (0: out of the
            function).
        loops: Iterations begun, by function and line of the loop's head.
        calls: ``(parent, function, how it ended)`` of each call, by its number.
        values: The values each variable took, as text, by function and name, in order of first appearance.
    """

    scopes: tuple[Scope, ...]
    end: End
    text: str = ""
    lines: dict[Key, int] = field(default_factory=dict)
    branches: dict[tuple[str, int, int], int] = field(default_factory=dict)
    loops: dict[Key, int] = field(default_factory=dict)
    calls: tuple[tuple[int, str, str], ...] = ()
    values: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


def branches_of(scopes: Sequence[Scope]) -> set[tuple[str, int, int]]:
    """All branches that a program has: function, line of the condition, first line after it (0: out of it)."""
    return {
        (scope.name, block.decides, 0 if target == EXIT else scope.blocks[target].lines[0])
        for scope in scopes
        for block in scope.blocks
        if block.decides
        for target in block.successors
    }


def monitor(
    source: str,
    call: str,
    names: Sequence[str] = ("hotness", "branches", "loops"),
    *,
    executor: Executor,
    limits: Limits | None = None,
    stdin: str = "",
) -> Report:
    """What these monitors count in one call of a program.

    Args:
        source: The program; loading it is not watched.
        call: A Python expression in its names; empty to watch the program itself.
        names: Of ``MONITORS``. ``coverage`` alone is the cheapest: its probes remove themselves when they fire.
        executor: Where it runs.
        limits: Of the whole run.
        stdin: What the program reads.

    Raises:
        BadProblem: The program is not Python.
        BadInput: There is no such monitor, or the call is not an expression.
        ExecutorError: Our machine failed.
    """
    unknown = [name for name in names if name not in MONITORS]
    if unknown or not names:
        raise BadInput(
            f"monitor: names must be of {', '.join(MONITORS)}; got {shorten(unknown[0]) if unknown else '()'}"
        )
    scopes = basic_blocks(source, what="the program")
    options = {"monitors": list(names), "limit": 200, "stdin": stdin}
    ((text, mark, outcome),) = run_inside(
        "run_monitors", source, [call], scopes=scopes, executor=executor, limits=limits, options=options
    )
    found: dict[str, Any] = {}
    end, what = why_ended(outcome)
    for record in records(text, mark):
        match record:
            case ["m", dict(reports)]:
                found = reports
            case ["e", str(how), str(message), *_] if how in ENDS:
                end, what = ENDS[ENDS.index(how)], message
    return Report(scopes, end, what, **_tables(found, scopes))


def _tables(found: dict[str, Any], scopes: Sequence[Scope]) -> dict[str, Any]:
    """The reports with names in place of numbers; rows that make no sense are left out."""

    def rows(name: str, *kinds: type) -> list[Any]:
        got = found.get(name)
        return [row for row in (got if isinstance(got, list) else []) if _fits(row, kinds, len(scopes))]

    lines = {(scopes[s].name, line): 1 for s, line in rows("coverage", int, int)}
    lines |= {(scopes[s].name, line): count for s, line, count in rows("hotness", int, int, int)}
    calls = found.get("calls")
    return {
        "lines": lines,
        "branches": {(scopes[s].name, a, b): count for s, a, b, count in rows("branches", int, int, int, int)},
        "loops": {(scopes[s].name, line): count for s, line, count in rows("loops", int, int, int)},
        "values": {
            (scopes[s].name, name): tuple(v for v in values if isinstance(v, str))
            for s, name, values in rows("values", int, str, list)
        },
        "calls": tuple(
            (row[1], scopes[row[2]].name, row[3])
            for row in (calls if isinstance(calls, list) else [])
            if isinstance(row, list) and _fits([*row[2:3], *row[:2], *row[3:]], (int, int, int, str), len(scopes))
        ),
    }


def _fits(row: Any, kinds: tuple[type, ...], n_scopes: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == len(kinds)
        and all(type(item) is kind for item, kind in zip(row, kinds, strict=True))
        and 0 <= row[0] < n_scopes
    )
