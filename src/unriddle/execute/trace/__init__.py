"""Seeing a program run: traces, probes and monitors, all inside the sandbox."""

from __future__ import annotations

from unriddle.execute.trace.model import Call, Change, Event, Trace
from unriddle.execute.trace.monitor import MONITORS, Report, branches_of, monitor
from unriddle.execute.trace.run import EVENTS, trace, traces

__all__ = [
    "EVENTS",
    "MONITORS",
    "Call",
    "Change",
    "Event",
    "Report",
    "Trace",
    "branches_of",
    "monitor",
    "trace",
    "traces",
]
