"""A trace as one HTML page: the source beside the values, and a slider through the steps.

A number behind ``#`` opens the page at that step. It needs nothing from anywhere, and its own policy forbids it to load
anything. All text of the program is escaped or put in as text, because it is the text of a stranger.
"""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files

from unriddle.execute.trace.document import as_document
from unriddle.execute.trace.model import Trace
from unriddle.execute.trace.text import end_text

__all__ = ["as_html"]


def as_html(trace: Trace, *, title: str = "") -> str:
    """The page.

    Args:
        trace: The trace.
        title: Of the page; the call when empty.
    """
    call = trace.call or "the program"
    # "<" cannot appear in the data, so neither can the end of the script that holds it.
    data = json.dumps(as_document(trace), ensure_ascii=True).replace("<", "\\u003c")
    parts = {
        "title": escape(title or call),
        "call": escape(call),
        "end": escape(end_text(trace)),
        "notes": "".join(f"<p>{escape(note)}</p>" for note in trace.notes),
        "source": _source(trace),
        "data": data,
    }
    page = files("unriddle.execute.trace").joinpath("page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def _source(trace: Trace) -> str:
    """Rows of line number, how often the line ran, and its text."""
    counts: dict[int, int] = {}
    for event in trace.events:
        if event.kind == "line":
            counts[event.line] = counts.get(event.line, 0) + 1
    return "".join(
        f"<tr><td>{i}</td><td>{counts.get(i, '')}</td><td>{escape(line)}</td></tr>"
        for i, line in enumerate(trace.source_lines, 1)
        if line or i < len(trace.source_lines)
    )
