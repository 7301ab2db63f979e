"""A trace as one JSON document, schema 1."""

from __future__ import annotations

from typing import Any

from unriddle.execute.trace.model import Event, Trace

__all__ = ["as_document"]


def as_document(trace: Trace) -> dict[str, Any]:
    """The trace as plain data; what is empty in an event is left out.

    Keys: ``schema``, ``call``, ``end``, ``value``, ``error``, ``line``, ``complete``, ``notes``, ``printed``,
    ``functions`` (name, line, blocks: lines and successors, −1 for the exit), ``calls`` (parent, function), ``events``
    (kind, call, line, how, text, changed).
    """
    return {
        "schema": 1,
        "call": trace.call,
        "end": trace.end,
        "complete": trace.complete,
        "value": trace.value,
        "error": trace.error,
        "line": trace.line,
        "notes": list(trace.notes),
        "printed": trace.printed,
        "functions": [
            {
                "name": scope.name,
                "line": scope.line,
                "blocks": [{"lines": list(b.lines), "successors": list(b.successors)} for b in scope.blocks],
            }
            for scope in trace.scopes
        ],
        "calls": [{"parent": call.parent, "function": call.scope} for call in trace.calls],
        "events": [_event(event) for event in trace.events],
    }


def _event(event: Event) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": event.kind, "call": event.call}
    for name in ("line", "how", "text"):
        if getattr(event, name):
            row[name] = getattr(event, name)
    if event.changed:
        row["changed"] = [list(change) for change in event.changed]
    return row
