"""Probes: functions that are called when a running program reaches an event, without the program noticing.

A probe is attached to a kind of event, everywhere or in one function or on one line, before or while the program
runs. Where several fire at once they fire in the order of insertion. What is inserted or removed during an event is
seen from the next event on, in frames that are already running too; a probe may remove itself. All probes of an event
fire even if one asks for the end; the last reason wins. At one place the order is: writes of the line before, branch,
loop, block, line. Probes look and do not change: there is no way to write into a frame.

The events come from a back end (``backends``), which is off while there are no probes. Not covered: other threads
than the one that runs the program, ``exec``-made code, and code outside the program (libraries count as one step).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, Protocol

from unriddle.execute.trace.inside.layout import Place, Places
from unriddle.execute.trace.inside.show import Seen, changes

__all__ = ["KINDS", "At", "Backend", "Engine", "FrameState", "Stopped", "Wanted"]

KINDS = ("call", "line", "block", "branch", "loop", "return", "exception", "write")


class Stopped(BaseException):
    """Raised into the program when a probe asked for the end; its text is the reason."""


class FrameState:
    """What the engine remembers of one running call.

    Attributes:
        number: Calls are numbered from 0 in the order in which they began.
        parent: Number of the call it was made from; −1 for the outermost.
        place: Its scope.
        own: It runs the scope's own code, not a lambda or comprehension in it.
        line: The line that began last; 0 before the first.
        block: The block of it; −1 before the first.
        depth: Frames below it on the stack.
        raised: The line raised an exception.
        seen: Last state of its variables.
        at: The accessor of its events, made once and used again.
    """

    __slots__ = ("at", "block", "depth", "line", "number", "own", "parent", "place", "raised", "seen")

    def __init__(self, frame: FrameType, number: int, parent: int, place: Place, own: bool, depth: int) -> None:
        self.number, self.parent, self.place, self.own, self.depth = number, parent, place, own, depth
        self.line, self.block, self.raised = 0, -1, False
        self.seen: dict[str, Seen] = {}
        self.at = At(frame, self)


class At:
    """Where a probe fires: the accessor it is given, good until it returns.

    Attributes:
        kind: One of ``KINDS``.
        line: The line: about to run (line, block), of the condition (branch), of the loop's head (loop), that wrote
            (write), or on which the call, return or exception happened.
        value: The returned value, the exception, ``(name, text or None)`` of a write, the first line of the block that
            a branch goes to (0: out of the function), else ``None``.
        how: ``call`` or ``resume``; ``return``, ``yield`` or ``unwind``.
        state: The call.
    """

    __slots__ = ("_frame", "how", "kind", "line", "state", "value")

    def __init__(self, frame: FrameType, state: FrameState) -> None:
        self._frame, self.state = frame, state
        self.kind, self.line, self.how = "", 0, ""
        self.value: Any = None

    @property
    def function(self) -> str:
        """Qualified name of the function."""
        return self.state.place.name

    @property
    def block(self) -> int:
        """Number of the block that the line lies in; −1 for none."""
        return self.state.place.blocks.get(self.line, -1)

    @property
    def names(self) -> Mapping[str, Any]:
        """The variables and their values, which must not be changed."""
        return self._frame.f_locals


Probe = Callable[[At], str | None]
"""Called when its event happens; a text asks for the end of the run and is the reason."""


class Wanted:
    """The probes of one scope, ready to fire, and which kinds of event anything wants there.

    Attributes:
        any: Something is wanted.
        frame: More than the beginning of a call.
        lines: Anything that comes with lines.
        blocks: Blocks, branches or loops.
        simple: No probe is for one line only.
        on_every_line: Probes of the kind ``line`` that are for every line.
    """

    __slots__ = (
        "_everywhere", "_on_line", "any", "block", "blocks", "branch", "exception", "frame", "line", "lines", "loop",
        "on_every_line", "returns", "simple", "write",
    )  # fmt: skip

    def __init__(self, probes: list[tuple[str, int, Probe]]) -> None:
        kinds = {kind for kind, _, _ in probes}
        self.line, self.write, self.block = "line" in kinds, "write" in kinds, "block" in kinds
        self.branch, self.loop = "branch" in kinds, "loop" in kinds
        self.exception, self.returns = "exception" in kinds, "return" in kinds
        self.any = bool(kinds)
        self.blocks = self.block or self.branch or self.loop
        self.lines = self.line or self.write or self.blocks
        self.frame = self.lines or self.exception or self.returns
        self._everywhere = {kind: tuple(p for k, line, p in probes if k == kind and not line) for kind in KINDS}
        self._on_line = {
            (kind, line): tuple(p for k, only, p in probes if k == kind and only in (0, line))
            for kind, line in {(kind, line) for kind, line, _ in probes if line}
        }
        self.simple = not self._on_line
        self.on_every_line = self._everywhere["line"]

    def at(self, kind: str, line: int) -> tuple[Probe, ...]:
        """The probes of an event, in order."""
        if self._on_line:
            found = self._on_line.get((kind, line))
            if found is not None:
                return found
        return self._everywhere[kind]


class Backend(Protocol):
    """Where events come from."""

    def refresh(self, *, inserted: bool) -> None:
        """Probes came (or only went): be on where they need it, and nowhere else."""
        ...

    def start(self) -> None:
        """Events may come from now on."""
        ...

    def stop(self) -> bool:
        """No more events; whether the program had switched them off before."""
        ...


class Engine:
    """The probes of one program, and the calls of it that are running.

    Args:
        places: Scope of each code object (``layout.places``).
        limit: Characters of a shown value.
    """

    def __init__(self, places: Places, *, limit: int = 200) -> None:
        self.places, self.limit = places, limit
        self.states: dict[FrameType, FrameState] = {}
        self.backend: Backend | None = None
        self.n_calls = 0
        self.on_stop: Callable[[str], None] | None = None
        self._probes: dict[int, tuple[str, str | None, int, Probe]] = {}
        self._next = 0
        self.prepared: dict[int, Wanted] = {}  # by number of the scope; cleared, and never replaced, when probes change

    def insert(self, kind: str, probe: Probe, *, function: str | None = None, line: int = 0) -> int:
        """Attach a probe; the handle with which it can be removed.

        Args:
            kind: One of ``KINDS``.
            probe: Called with an ``At``.
            function: Qualified name of the only function it is for.
            line: The only line it is for (see ``At.line``); 0 for every line.
        """
        if kind not in KINDS:
            raise ValueError(f"a probe's kind must be one of {', '.join(KINDS)}, got {kind!r}")
        self._next += 1
        self._probes[self._next] = (kind, function, line, probe)
        self._changed(inserted=True)
        return self._next

    def remove(self, handle: int) -> None:
        """Detach a probe; nothing happens if it is gone already."""
        if self._probes.pop(handle, None) is not None:
            self._changed(inserted=False)

    @property
    def empty(self) -> bool:
        """There are no probes."""
        return not self._probes

    def _changed(self, *, inserted: bool) -> None:
        self.prepared.clear()
        if self.backend is not None:
            self.backend.refresh(inserted=inserted)

    def wanted(self, place: Place) -> Wanted:
        """The probes of this scope."""
        found = self.prepared.get(place.number)
        if found is None:
            ours = [(k, line, p) for k, function, line, p in self._probes.values() if function in (None, place.name)]
            found = self.prepared[place.number] = Wanted(ours)
        return found

    def nothing_at(self, place: Place, line: int) -> bool:
        """Whether no probe is for this line, and none needs to know of it to follow the others."""
        wanted = self.wanted(place)
        return not (wanted.blocks or wanted.write) and not wanted.at("line", line)

    def _stop(self, reason: str) -> None:
        if self.on_stop is not None:
            self.on_stop(reason)
        raise Stopped(reason)

    def _tell(self, kind: str, state: FrameState, line: int, *, value: Any = None, how: str = "") -> None:
        probes = self.wanted(state.place).at(kind, line)
        if probes:
            at = state.at
            at.kind, at.line, at.value, at.how = kind, line, value, how
            reason = None
            for probe in probes:
                reason = probe(at) or reason
            if reason is not None:
                self._stop(reason)

    def state(self, frame: FrameType) -> FrameState:
        """The state of a running call, made now if nothing was known of it."""
        found = self.states.get(frame)
        if found is None:
            _, place, own = self.places[id(frame.f_code)]
            parent, between, back = None, 1, frame.f_back
            while back is not None and parent is None:
                parent = self.states.get(back)
                between, back = between + 1, back.f_back
            number, depth = (parent.number, parent.depth) if parent is not None else (-1, 0)
            found = FrameState(frame, self.n_calls, number, place, own, depth + between - 1)
            self.n_calls += 1
            self.states[frame] = found
        return found

    def called(self, frame: FrameType, *, how: str) -> FrameState:
        """A call began (``call``) or a generator went on (``resume``)."""
        state = self.state(frame)
        state.raised = False
        self._tell("call", state, frame.f_lineno, how=how)
        return state

    def line(self, frame: FrameType, state: FrameState, line: int, wanted: Wanted) -> None:
        """A line is about to run; ``wanted`` is what is wanted in its scope."""
        if wanted.write:
            self._writes(frame, state)
        if wanted.blocks:
            self._blocks(state, line, wanted)
        state.line = line
        state.raised = False
        # This is `_tell("line", state, line)`, written out because it is the hottest path.
        probes = wanted.on_every_line if wanted.simple else wanted.at("line", line)
        if probes:
            at = state.at
            at.kind, at.line, at.value, at.how = "line", line, None, ""
            reason = None
            for probe in probes:
                reason = probe(at) or reason
            if reason is not None:
                self._stop(reason)

    def _writes(self, frame: FrameType, state: FrameState) -> None:
        line = state.line or frame.f_code.co_firstlineno
        for change in changes(state.seen, frame.f_locals, limit=self.limit):
            self._tell("write", state, line, value=change)

    def _blocks(self, state: FrameState, line: int, wanted: Wanted) -> None:
        place, old = state.place, state.block
        new = place.blocks.get(line, -1)
        if new == old and not (new in place.again and line == place.first[new]):
            return
        state.block = new
        if old >= 0 and state.own and not state.raised:
            if wanted.branch and old in place.decides:
                self._tell("branch", state, place.decides[old], value=place.first[new])
            if wanted.loop and (old, new) in place.loops:
                self._tell("loop", state, place.loops[old, new])
        if wanted.block:
            self._tell("block", state, line)

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """An exception passes through a call."""
        state = self.state(frame)
        state.raised = True
        if self.wanted(state.place).exception:
            self._tell("exception", state, frame.f_lineno, value=error)

    def left(self, frame: FrameType, value: Any, *, how: str) -> None:
        """A call ended (``return``, ``unwind``) or paused (``yield``)."""
        state = self.state(frame)
        place, wanted = state.place, self.wanted(state.place)
        if how != "yield":
            del self.states[frame]
        if wanted.write:
            self._writes(frame, state)
        if wanted.branch and how == "return" and state.own and not state.raised:
            old = state.block
            if old in place.decides and old in place.leaves:
                self._tell("branch", state, place.decides[old], value=0)
        if wanted.returns:
            self._tell("return", state, frame.f_lineno, value=value, how=how)

    def running(self, frame: FrameType | None) -> Iterator[FrameType]:
        """Calls of the program on the stack below ``frame``, innermost first."""
        while frame is not None:
            if id(frame.f_code) in self.places:
                yield frame
            frame = frame.f_back
