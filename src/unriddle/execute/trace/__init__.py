"""Seeing a program run: traces and counts from inside the sandbox, probes, and what is made of them.

``trace`` gives everything that happened, ``monitor`` counts; ``steps``, ``iterations``, ``value_sets`` and
``unique_states`` read a trace; ``blocks_text``, ``events_text``, ``as_document`` and ``as_html`` show one.
"""

from __future__ import annotations

from unriddle.execute.trace.document import as_document
from unriddle.execute.trace.here import trusted_program
from unriddle.execute.trace.html import as_html
from unriddle.execute.trace.loops import Iteration, iterations
from unriddle.execute.trace.model import Call, Change, Event, Trace
from unriddle.execute.trace.monitor import MONITORS, Report, branches_of, monitor
from unriddle.execute.trace.run import EVENTS, trace, traces
from unriddle.execute.trace.states import line_values, unique_states, value_sets
from unriddle.execute.trace.steps import Step, outermost, steps
from unriddle.execute.trace.text import blocks_text, end_text, events_text

__all__ = [
    "EVENTS",
    "MONITORS",
    "Call",
    "Change",
    "Event",
    "Iteration",
    "Report",
    "Step",
    "Trace",
    "as_document",
    "as_html",
    "blocks_text",
    "branches_of",
    "end_text",
    "events_text",
    "iterations",
    "line_values",
    "monitor",
    "outermost",
    "steps",
    "trace",
    "traces",
    "trusted_program",
    "unique_states",
    "value_sets",
]
