"""Monitors: coverage, hotness, branches, loops, the call tree and value sets, each a few probes and a report.

They count inside the traced process and report plain data, so that a run of a million lines sends back a table and not
a million records. Several may watch one run; none notices the others. Scopes are given by their number in the layout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from unriddle.execute.trace.inside.probes import At, Engine

__all__ = ["MONITORS", "Branches", "Budget", "Calls", "Coverage", "Hotness", "Loops", "Monitor", "Values"]


class Monitor(Protocol):
    """Watches one run."""

    def report(self) -> Any:
        """What it found, as plain data."""
        ...


class Coverage:
    """Lines that ran, ``[[scope, line], ...]``: one probe per line, which removes itself when it fires."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._found: list[list[int]] = []
        for place in {place.number: place for _, place, _ in engine.places.values()}.values():
            for line in place.blocks:
                self._insert(place.name, line)

    def _insert(self, function: str, line: int) -> None:
        def fire(at: At) -> None:
            self._engine.remove(handle)
            self._found.append([at.state.place.number, at.line])

        handle = self._engine.insert("line", fire, function=function, line=line)

    def report(self) -> list[list[int]]:
        """The lines, in order of scope and line."""
        return sorted(self._found)


class _Counter:
    """Counts events by key."""

    kind = "line"

    def __init__(self, engine: Engine) -> None:
        self._counts: dict[tuple[int, ...], int] = {}
        engine.insert(self.kind, self._fire)

    def _key(self, at: At) -> tuple[int, ...]:
        return at.state.place.number, at.line

    def _fire(self, at: At) -> None:
        key = self._key(at)
        self._counts[key] = self._counts.get(key, 0) + 1

    def report(self) -> list[list[int]]:
        """``[*key, count]``, the most frequent first, ties by key."""
        return [[*key, count] for key, count in sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))]


class Hotness(_Counter):
    """How often each line ran, ``[[scope, line, count], ...]``."""


class Loops(_Counter):
    """Iterations begun by each loop, ``[[scope, line of its head, count], ...]``."""

    kind = "loop"


class Branches(_Counter):
    """How often each branch was taken, ``[[scope, line of the condition, first line after it, count], ...]``."""

    kind = "branch"

    def _key(self, at: At) -> tuple[int, ...]:
        return at.state.place.number, at.line, at.value


class Calls:
    """The call tree, ``[[number, parent, scope, how it ended], ...]``, at most ``most`` calls."""

    def __init__(self, engine: Engine, *, most: int = 10_000) -> None:
        self._calls: dict[int, list[Any]] = {}
        self._most = most
        engine.insert("call", self._call)
        engine.insert("return", self._return)

    def _call(self, at: At) -> None:
        state = at.state
        if at.how == "call" and len(self._calls) < self._most:
            self._calls[state.number] = [state.number, state.parent, state.place.number, ""]

    def _return(self, at: At) -> None:
        if at.how != "yield" and at.state.number in self._calls:
            self._calls[at.state.number][3] = at.how

    def report(self) -> list[list[Any]]:
        """The calls in order."""
        return list(self._calls.values())


class Values:
    """The values each variable took, ``[[scope, name, [text, ...]], ...]``, in order of first appearance.

    Values are kept as text, at most ``most`` per variable, and only while shorter than ``longest`` characters.
    """

    def __init__(self, engine: Engine, *, most: int = 1000, longest: int = 50) -> None:
        self._most, self._longest = most, longest
        self._found: dict[tuple[int, str], dict[str, None]] = {}
        engine.insert("write", self._fire)

    def _fire(self, at: At) -> None:
        name, text = at.value
        if text is None or len(text) >= self._longest:
            return
        values = self._found.setdefault((at.state.place.number, name), {})
        if len(values) < self._most:
            values[text] = None

    def report(self) -> list[list[Any]]:
        """The sets."""
        return [[*key, list(values)] for key, values in self._found.items()]


class Budget:
    """Ends the run at its ``most``-th line: a limit that is the same on every machine."""

    def __init__(self, engine: Engine, *, most: int) -> None:
        self._left = most
        engine.insert("line", self._fire)

    def _fire(self, at: At) -> str | None:
        self._left -= 1
        return "budget" if self._left < 0 else None

    def report(self) -> int:
        """Lines that are left."""
        return max(0, self._left)


MONITORS: dict[str, Callable[[Engine], Monitor]] = {
    "coverage": Coverage,
    "hotness": Hotness,
    "branches": Branches,
    "loops": Loops,
    "calls": Calls,
    "values": Values,
}
"""By name, as ``monitor`` takes them."""
