"""Trace: what happened in one run of a program, event by event, as the traced process told it.

Values are text. The traced program shares its process with the tracer, so a hostile program can forge every part of a
trace: it is data for people, prompts and heuristics, and never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unriddle.language.blocks import Scope

__all__ = ["Call", "Change", "End", "Event", "Trace"]

Change = tuple[str, str | None]
"""A variable and its new value; ``None`` when it is gone."""

End = Literal["returned", "raised", "not loaded", "events", "bytes", "time", "memory", "died", "forbidden"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one call.

    Attributes:
        kind: ``call``, ``line``, ``return``, ``exception`` or ``print``.
        call: Number of the call it belongs to; −1 for text printed outside all of them.
        line: Line number, from 1; 0 where there is none.
        how: ``call`` or ``resume``; ``return``, ``yield`` or ``unwind``; the type of an exception.
        text: The returned or yielded value, the message of an exception, or what was printed.
        changed: Variables that are new or different after it and before the next event of this call. For a ``call``
            these are the arguments.
    """

    kind: Literal["call", "line", "return", "exception", "print"]
    call: int
    line: int = 0
    how: str = ""
    text: str = ""
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function of the program.

    Attributes:
        number: From 0, in the order in which they began.
        parent: Number of the call it was made from; −1 for the outermost.
        scope: Place of its function in ``Trace.scopes``.
    """

    number: int
    parent: int
    scope: int


@dataclass(frozen=True, slots=True)
class Trace:
    """One run.

    Attributes:
        source: The program.
        call: The call that was made; empty when the program itself was run.
        scopes: Its functions and their blocks.
        calls: All calls, by number.
        events: In order.
        end: How it ended: it ``returned`` or ``raised``; the program could not be ``not loaded``; it made too many
            ``events`` or ``bytes``, ran out of ``time`` or ``memory``, tried something ``forbidden``, or its process
            ``died``. But for the first three, the events are those seen until then.
        value: Text of the returned value; empty when nothing came back.
        error: The exception, or why the process ended; empty when it returned.
        line: Line of the exception; 0 where unknown.
        notes: What the trace cannot show, in words.
    """

    source: str
    call: str
    scopes: tuple[Scope, ...]
    calls: tuple[Call, ...]
    events: tuple[Event, ...]
    end: End
    value: str = ""
    error: str = ""
    line: int = 0
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the program ended by itself."""
        return self.end in ("returned", "raised")

    def name(self, call: int) -> str:
        """Qualified name of the function that a call is of."""
        return self.scopes[self.calls[call].scope].name if call >= 0 else ""

    def of_call(self, call: int) -> Iterator[Event]:
        """The events of one call."""
        return (event for event in self.events if event.call == call)

    @property
    def source_lines(self) -> list[str]:
        """The lines of the program as Python counts them."""
        return re.split(r"\r\n|\r|\n", self.source)

    @property
    def printed(self) -> str:
        """All that was printed."""
        return "".join(event.text for event in self.events if event.kind == "print")
