"""Records from the sandbox, read into a ``Trace``: nothing in them is believed to be well-formed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from unriddle.execute.trace.model import Call, Change, End, Event
from unriddle.language.blocks import Scope

__all__ = ["ENDS", "Ending", "Events", "read_events", "records"]

ENDS: tuple[End, ...] = ("returned", "raised", "not loaded", "events", "bytes", "time")
"""Endings that a tracer reports itself."""
_MAX_LINE = 1 << 30


@dataclass(frozen=True, slots=True)
class Ending:
    """The last record: how, text, line, and whether the program switched the tracer off."""

    how: End
    text: str
    line: int
    lost: bool


@dataclass(slots=True)
class Events:
    """What could be read; ``damaged`` when something could not."""

    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    ending: Ending | None = None
    damaged: bool = False


def records(text: str, mark: str) -> Iterator[list[Any] | None]:
    """The records in a text, up to the last whole one; ``None`` for one that is not even a list with a name."""
    for line in text.split("\n")[:-1]:
        _, found, data = line.partition(mark)
        if not found:
            continue
        try:
            record = json.loads(data)
        except (ValueError, RecursionError):
            record = None
        yield record if isinstance(record, list) and record and isinstance(record[0], str) else None


def read_events(text: str, mark: str, scopes: Sequence[Scope], *, max_events: int) -> Events:
    """Calls and events, up to the first record that makes no sense."""
    reader = _Reader(Events(), len(scopes))
    for record in records(text, mark):
        if record is None or not reader.take(record) or len(reader.out.events) > 4 * max_events:
            reader.out.damaged = True
            break
    for place, changed in reader.changed.items():
        event = reader.out.events[place]
        reader.out.events[place] = Event(event.kind, event.call, event.line, event.how, event.text, tuple(changed))
    return reader.out


class _Reader:
    """Takes one record after the other; numbers of calls are made dense."""

    def __init__(self, out: Events, n_scopes: int) -> None:
        self.out, self._n_scopes = out, n_scopes
        self.changed: dict[int, list[Change]] = {}
        self._numbers: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def take(self, record: list[Any]) -> bool:
        """Whether it made sense."""
        match record:
            case ["c", int(number), int(parent), int(scope), str(how), int(line)] if 0 <= scope < self._n_scopes:
                self._call(number, parent, scope, how, line)
            case ["l", int(number), int(line)] if self._fits(number, line):
                self._event("line", number, line)
            case ["w", int(number), str(name), (str() | None) as text] if number in self._last:
                self.changed.setdefault(self._last[number], []).append((name, text))
            case ["r", int(number), int(line), str(how), str(text)] if self._fits(number, line):
                self._event("return", number, line, how, text)
            case ["x", int(number), int(line), str(kind), str(text)] if self._fits(number, line):
                self._event("exception", number, line, kind, text)
            case ["p", int(number), str(text)]:
                self._printed(self._numbers.get(number, -1), text)
            case ["e", str(how), str(text), int(line), int(), bool(lost)] if how in ENDS and 0 <= line < _MAX_LINE:
                self.out.ending = Ending(ENDS[ENDS.index(how)], text, line, lost)
            case _:
                return False
        return True

    def _fits(self, number: int, line: int) -> bool:
        return number in self._numbers and 0 <= line < _MAX_LINE

    def _call(self, number: int, parent: int, scope: int, how: str, line: int) -> None:
        if number not in self._numbers:
            self._numbers[number] = len(self.out.calls)
            self.out.calls.append(Call(len(self.out.calls), self._numbers.get(parent, -1), scope))
        if how:
            self._event("call", number, line, how)

    def _printed(self, call: int, text: str) -> None:
        """Pieces that were printed one after the other are one event."""
        before = self.out.events[-1] if self.out.events else None
        if before is not None and before.kind == "print" and before.call == call and before.text[-1:] != "\n":
            self.out.events[-1] = Event("print", call, text=before.text + text)
        else:
            self.out.events.append(Event("print", call, text=text))

    def _event(
        self,
        kind: Literal["call", "line", "return", "exception"],
        number: int,
        line: int,
        how: str = "",
        text: str = "",
    ) -> None:
        self._last[number] = len(self.out.events)
        self.out.events.append(Event(kind, self._numbers[number], line, how, text))
