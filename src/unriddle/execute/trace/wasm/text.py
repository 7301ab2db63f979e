"""A watched run as text for a terminal, and as one JSON document."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from unriddle.execute.trace.text import printable
from unriddle.execute.trace.wasm.watch import Watched

__all__ = ["watched_document", "watched_text"]


def watched_document(found: Watched) -> dict[str, Any]:
    """The run and its reports, ready for JSON."""
    return {"schema": 1, "ended": _plain(asdict(found.ended)), "reports": _plain(found.reports)}


def _plain(value: Any) -> Any:
    """The value with infinities and NaN as text, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def watched_text(found: Watched, *, source: str = "", most: int = 20) -> str:
    """What was printed, how it ended, and the reports; ``source`` is shown with its counts where lines are known."""
    lines = [found.ended.stdout.rstrip("\n")] if found.ended.stdout else []
    for name, report in found.reports.items():
        lines += [f"{name}:", *(f"  {row}" for row in _rows(name, report, source, most))]
    ended = found.ended
    shown = {"returned": ", ".join(map(str, ended.values)), "exited": str(ended.exit_code)}
    lines.append(f"{ended.how} {shown.get(ended.how, ended.text)}".rstrip())
    return printable("\n".join(lines))


def _rows(name: str, report: dict[str, Any], source: str, most: int) -> Iterator[str]:
    if "lines" in report and source:
        counts = dict(report["lines"])
        for number, text in enumerate(source.splitlines(), 1):
            yield f"{counts.get(number, ''):>8}  {number:4}  {text}".rstrip()
        return
    if name == "coverage":
        for function, row in report.items():
            if function != "lines" and row["ran"]:
                yield f"{function}: {len(row['ran'])} of {len(row['ran']) + len(row['missed'])} instructions"
        return
    yield from (f"line {number}: {count}" for number, count in report.get("lines", ())[:most] if name == "hotness")
    rows = report.get("rows")
    told = [f"{key}: {_short(value)}" for key, value in report.items() if key not in ("rows", "lines")]
    yield from told[:most]
    if isinstance(rows, list):
        yield from ("  ".join(map(str, row)) for row in rows[:most])
        if len(rows) > most:
            yield f"... {len(rows) - most} more (--json has all)"


def _short(value: object) -> str:
    text = ", ".join(f"{k} {v}" for k, v in value.items() if v) if isinstance(value, dict) else str(value)
    return text if len(text) <= 150 else text[:147] + "..."
