"""The recorder: probes that turn a run into records, one short line of JSON each, sent out as they come.

A record is a list: ``c`` call (call, its parent, scope, how, line), ``l`` line (call, line), ``w`` write (call, name,
text or null), ``r`` return (call, line, how, text), ``x`` exception (call, line, type, message), ``p`` printed text
(call, text), ``e`` the end (how, text, line, count of events, whether the program switched the tracer off). Each has a
mark of the job before it, so that what the program itself writes on the descriptor is not taken for a record by
accident. On purpose it can be: the program shares this process, and a trace is data that a hostile program can forge.
"""

from __future__ import annotations

import io
import json
import os
import time
from typing import Any

from unriddle.execute.trace.inside.probes import At, Engine
from unriddle.execute.trace.inside.show import show

__all__ = ["Printed", "Recorder", "describe", "encode", "put"]

_EAGER = 1000
"""Events that go out one by one, so that a program that hangs early leaves them all."""
_PAUSE = 0.01

encode = json.JSONEncoder(separators=(",", ":")).encode
"""A record as text, in ASCII."""


def put(fd: int, text: str) -> None:
    """Write all of it on a descriptor.

    Raises:
        OSError: The program closed the descriptor.
    """
    data = text.encode()
    while data:
        data = data[os.write(fd, data) :]


class Recorder:
    """Records what an engine's probes see.

    Args:
        engine: Its probes are inserted here.
        mark: Text before every record.
        max_events: Calls, lines, returns and exceptions after which the run is ended.
        max_bytes: Length of all records after which the run is ended.
        kinds: Events to record: ``call``, ``line``, ``return``, ``exception``, ``write``, ``print``.
        fd: Where records go besides ``text``; −1 for nowhere.
    """

    def __init__(
        self, engine: Engine, *, mark: str, max_events: int, max_bytes: int, kinds: tuple[str, ...], fd: int
    ) -> None:
        self.engine, self.n_events = engine, 0
        self._mark, self._max_events, self._max_bytes, self._fd = mark, max_events, max_bytes, fd
        self._kinds = kinds
        self._sent: list[str] = []
        self._waiting: list[str] = []
        self._n_bytes, self._clock, self._last = 0, time.perf_counter, 0.0
        self._call = -1
        self._known: set[int] = set()
        for kind, probe in (
            ("call", self._on_call),
            ("write", self._on_write),
            ("line", self._on_line),
            ("exception", self._on_exception),
            ("return", self._on_return),
        ):
            if kind in kinds:
                engine.insert(kind, probe)

    @property
    def text(self) -> str:
        """All records so far."""
        self._flush()
        return "".join(self._sent)

    def end(self, how: str, text: str, line: int, *, lost: bool) -> None:
        """The last record."""
        self._add(["e", how, text, line, self.n_events, lost])
        self._flush()

    def printed(self, text: str) -> None:
        """The program printed something."""
        if "print" in self._kinds and self._n_bytes < self._max_bytes:
            self._add(["p", self._call, text[:1000]])

    def _add(self, record: list[Any]) -> None:
        self._write(encode(record))

    def _write(self, record: str) -> None:
        line = f"{self._mark}{record}\n"
        self._n_bytes += len(line)
        self._waiting.append(line)
        if self.n_events < _EAGER or self._clock() - self._last > _PAUSE:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        part = "".join(self._waiting)
        self._sent.append(part)
        self._waiting.clear()
        if self._fd >= 0:
            try:
                put(self._fd, part)
            except OSError:  # the program closed it
                self._fd = -1
        self._last = self._clock()

    def _event(self, at: At, record: list[Any]) -> str | None:
        state = at.state
        self._call = state.number
        if state.number not in self._known:
            self._known.add(state.number)
            if record[0] != "c":  # its beginning was not asked for
                self._add(["c", state.number, state.parent, state.place.number, "", at.line])
        self._add(record)
        return self._count()

    def _count(self) -> str | None:
        self.n_events += 1
        if self.n_events >= self._max_events:
            return "events"
        return "bytes" if self._n_bytes >= self._max_bytes else None

    def _on_call(self, at: At) -> str | None:
        state = at.state
        return self._event(at, ["c", state.number, state.parent, state.place.number, at.how, at.line])

    def _on_line(self, at: At) -> str | None:
        number = at.state.number
        if number != self._call:
            return self._event(at, ["l", number, at.line])
        self._write(f'["l",{number},{at.line}]')
        return self._count()

    def _on_write(self, at: At) -> None:
        self._add(["w", at.state.number, *at.value])

    def _on_return(self, at: At) -> str | None:
        text = "" if at.how == "unwind" else show(at.value, limit=self.engine.limit)
        return self._event(at, ["r", at.state.number, at.line, at.how, text])

    def _on_exception(self, at: At) -> str | None:
        return self._event(at, ["x", at.state.number, at.line, *describe(at.value)])


def describe(error: BaseException) -> tuple[str, str]:
    """Type and message; the message only where no method of the program is asked for it."""
    kind = type(error)
    args = vars(BaseException)["args"].__get__(error)
    if len(args) == 1 and type(args[0]) is str:
        return kind.__name__, args[0][:500]
    return kind.__name__, ", ".join(show(arg) for arg in args)[:500]


class Printed(io.RawIOBase):
    """Standard output of the program: what it prints becomes records, or goes nowhere without a recorder."""

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder = recorder

    def stream(self) -> io.TextIOWrapper:
        """The text stream over it."""
        return io.TextIOWrapper(io.BufferedWriter(self), "utf-8", "backslashreplace", line_buffering=True)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Pass it on."""
        if self._recorder is not None:
            self._recorder.printed(bytes(data).decode("utf-8", "replace"))
        return len(data)
