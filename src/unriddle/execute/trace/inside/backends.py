"""Where events come from: ``sys.settrace``, or ``sys.monitoring`` from Python 3.12 on.

Both are silent where no probe asks: without probes no trace function is set; in a function that no probe is for, no
line calls into Python (``sys.settrace`` still sees every call of every function, ``sys.monitoring`` only those of the
program). The program shares its process with them and can switch them off; ``stop`` says whether it did.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType
from typing import Any

from unriddle.execute.trace.inside.probes import Backend, Engine, FrameState

__all__ = ["Monitoring", "Settrace", "best_backend"]

_HEADROOM = 80
"""Frames that callbacks may need above the program's own recursion limit."""
_RETURNS = frozenset(dis.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in dis.opmap)
_ITERATES = frozenset(dis.opmap[name] for name in ("FOR_ITER", "SEND") if name in dis.opmap)
_YIELDS = frozenset(dis.opmap[name] for name in ("YIELD_VALUE", "SEND", "RETURN_GENERATOR") if name in dis.opmap)


def best_backend(engine: Engine) -> Backend:
    """``Monitoring`` where this interpreter has it, else ``Settrace``."""
    return Monitoring(engine) if hasattr(sys, "monitoring") else Settrace(engine)


class Settrace:
    """Events from ``sys.settrace``, for every CPython.

    Args:
        engine: Is told of the events.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._on = self._started = False
        self._deepest = 0
        self._codes: dict[int, bytes] = {}
        engine.backend = self

    def start(self) -> None:
        """Events may come from now on."""
        self._started = True
        self._deepest = sys.getrecursionlimit()
        sys.setrecursionlimit(sys.getrecursionlimit() + _HEADROOM)
        self.refresh(inserted=True)

    def stop(self) -> bool:
        """No more events; whether the program had switched them off before."""
        lost = self._on and sys.gettrace() != self._enter
        self._started = self._on = False
        sys.settrace(None)
        sys.setrecursionlimit(max(_HEADROOM, sys.getrecursionlimit() - _HEADROOM))
        return lost

    def refresh(self, *, inserted: bool) -> None:
        """Set or clear the trace function, and those of calls that run already."""
        if not self._started:
            return
        engine = self._engine
        if engine.empty:
            if self._on:
                self._on = False
                sys.settrace(None)
            return
        if not self._on:
            self._on = True
            sys.settrace(self._enter)
        for frame in engine.running(sys._getframe(1)) if inserted else ():
            wanted = engine.wanted(engine.places[id(frame.f_code)][1])
            if wanted.frame:
                frame.f_trace = self._local(engine.state(frame))
                frame.f_trace_lines = wanted.lines

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        engine = self._engine
        found = engine.places.get(id(frame.f_code))
        if found is None or event != "call":
            return None
        place = found[1]
        if not engine.wanted(place).any:
            return None
        state = engine.called(frame, how="resume" if self._code(frame)[frame.f_lasti + 1] & 3 else "call")
        if state.depth >= self._deepest and state.depth >= self._limit():
            self._too_deep(frame)
        wanted = engine.wanted(place)
        if not wanted.frame:
            engine.states.pop(frame, None)
            return None
        frame.f_trace_lines = wanted.lines
        return self._local(state)

    def _limit(self) -> int:
        """The deepest call that the program may make; it may have set another limit than it began with."""
        self._deepest = sys.getrecursionlimit() - _HEADROOM
        return self._deepest

    def _too_deep(self, frame: FrameType) -> None:
        """Raise as the interpreter would; an exception of a trace function ends tracing, so it begins anew after it."""

        def again(inner: FrameType, event: str, arg: Any) -> None:
            sys.setprofile(None)
            sys.settrace(self._enter)

        self._engine.states.pop(frame, None)
        sys.setprofile(again)
        raise RecursionError("maximum recursion depth exceeded")

    def _local(self, state: FrameState) -> Any:
        """The trace function of one call."""
        engine, place = self._engine, state.place
        prepared, number, on_line = engine.prepared, place.number, engine.line

        def local(frame: FrameType, event: str, arg: Any) -> Any:
            wanted = prepared.get(number) or engine.wanted(place)
            if event == "line" and wanted.lines:
                on_line(frame, state, frame.f_lineno, wanted)
                return local
            if not wanted.frame:
                frame.f_trace = None
                engine.states.pop(frame, None)
                return None
            if event == "return":
                engine.left(frame, arg, how=self._how(frame))
            elif event == "exception" and not _ends_iteration(arg[1], self._code(frame)[frame.f_lasti]):
                engine.raised(frame, arg[1])
            elif event == "line":
                frame.f_trace_lines = False
            return local

        return local

    def _how(self, frame: FrameType) -> str:
        operation = self._code(frame)[frame.f_lasti]
        return "return" if operation in _RETURNS else "yield" if operation in _YIELDS else "unwind"

    def _code(self, frame: FrameType) -> bytes:
        code = self._codes.get(id(frame.f_code))
        if code is None:
            code = self._codes[id(frame.f_code)] = frame.f_code.co_code
        return code


def _operation(code: bytes, offset: int) -> int:
    """The operation at or before this place, which may lie in what an operation keeps behind itself."""
    while offset and not code[offset]:
        offset -= 2
    return code[offset]


def _ends_iteration(error: BaseException, operation: int) -> bool:
    """Whether it only tells a loop or an ``await`` that there is no more, which the program never sees."""
    return operation in _ITERATES and isinstance(error, (StopIteration, StopAsyncIteration))


class Monitoring:
    """Events from ``sys.monitoring``: only for the program's own code objects, and only those that probes want.

    A line that no probe is for is switched off at its first event. Of a loop on a single line, iterations show no
    lines here.

    Args:
        engine: Is told of the events.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool = -1
        self._bits: dict[int, int] = {}
        engine.backend = self

    def start(self) -> None:
        """Take a free tool number and register for events."""
        monitoring, events = self._monitoring, self._monitoring.events
        self._tool = next(i for i in range(6) if monitoring.get_tool(i) is None)
        monitoring.use_tool_id(self._tool, "unriddle")
        for event, callback in (
            (events.PY_START, self._start),
            (events.PY_RESUME, self._resume),
            (events.PY_THROW, self._throw),
            (events.LINE, self._line),
            (events.PY_RETURN, self._return),
            (events.PY_YIELD, self._yield),
            (events.PY_UNWIND, self._unwind),
            (events.RAISE, self._raise),
        ):
            monitoring.register_callback(self._tool, event, callback)
        self.refresh(inserted=True)

    def stop(self) -> bool:
        """No more events; whether the program had taken the tool away before."""
        monitoring = self._monitoring
        lost = bool(monitoring.get_tool(self._tool) != "unriddle")
        if not lost:
            monitoring.set_events(self._tool, 0)
            for code, _, _ in self._engine.places.values():
                monitoring.set_local_events(self._tool, code, 0)
            monitoring.free_tool_id(self._tool)
        self._tool = -1
        return lost

    def refresh(self, *, inserted: bool) -> None:
        """Switch events on in the code objects where probes want them; the rest are told of nothing."""
        if self._tool < 0:
            return
        monitoring, events, engine = self._monitoring, self._monitoring.events, self._engine
        leaves = False
        for code, place, _ in engine.places.values():
            wanted, bits = engine.wanted(place), 0
            if wanted.any:
                bits |= events.PY_START | events.PY_RESUME
            if wanted.frame:
                bits |= events.PY_RETURN | events.PY_YIELD
                leaves = True
            if wanted.lines:
                bits |= events.LINE
            if self._bits.get(id(code), 0) != bits:
                self._bits[id(code)] = bits
                monitoring.set_local_events(self._tool, code, bits)
        bits = events.PY_UNWIND | events.RAISE | events.PY_THROW if leaves else 0
        if monitoring.get_events(self._tool) != bits:
            monitoring.set_events(self._tool, bits)
        if inserted:
            monitoring.restart_events()

    def _frame(self, code: CodeType) -> FrameType | None:
        """The frame the event is in, if it belongs to the program and any probe wants it."""
        engine = self._engine
        found = engine.places.get(id(code))
        return sys._getframe(2) if found is not None and engine.wanted(found[1]).any else None

    def _start(self, code: CodeType, offset: int) -> None:
        if frame := self._frame(code):
            self._call(frame, code, how="call")

    def _resume(self, code: CodeType, offset: int) -> None:
        if frame := self._frame(code):
            self._call(frame, code, how="resume")

    def _throw(self, code: CodeType, offset: int, error: BaseException) -> None:
        if frame := self._frame(code):
            self._call(frame, code, how="resume")
            self._engine.raised(frame, error)

    def _call(self, frame: FrameType, code: CodeType, *, how: str) -> None:
        self._engine.called(frame, how=how)
        if not self._engine.wanted(self._engine.places[id(code)][1]).frame:
            self._engine.states.pop(frame, None)

    def _line(self, code: CodeType, line: int) -> Any:
        engine, frame = self._engine, self._frame(code)
        if frame is None or engine.nothing_at(engine.places[id(code)][1], line):
            return self._monitoring.DISABLE
        engine.line(frame, engine.state(frame), line, engine.wanted(engine.places[id(code)][1]))
        return None

    def _return(self, code: CodeType, offset: int, value: Any) -> None:
        if frame := self._frame(code):
            self._engine.left(frame, value, how="return")

    def _yield(self, code: CodeType, offset: int, value: Any) -> None:
        if frame := self._frame(code):
            self._engine.left(frame, value, how="yield")

    def _unwind(self, code: CodeType, offset: int, error: BaseException) -> None:
        frame = self._frame(code)
        if frame is not None and frame in self._engine.states:
            self._engine.left(frame, None, how="unwind")

    def _raise(self, code: CodeType, offset: int, error: BaseException) -> None:
        frame = self._frame(code)
        if frame is None or _ends_iteration(error, _operation(code.co_code, offset)):
            return
        if self._engine.wanted(self._engine.places[id(code)][1]).frame:
            self._engine.raised(frame, error)
