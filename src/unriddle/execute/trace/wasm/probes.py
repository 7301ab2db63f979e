"""Probes and counters: what sits where, in which order it fires, and what changes when during a firing.

The rules: probes of a place fire in the order they came, before the instruction; a change of a list during its own
firing is made when the firing ends; all probes of an event fire even if one asks to stop, and the last one that asks
gives the reason; a change elsewhere is seen at once, in calls that are running too. Probes that see every instruction
fire before those of the place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from unriddle.execute.trace.wasm.places import Place, Sees

__all__ = ["EVERYWHERE", "Counter", "Moment", "Probe", "ProbeLists", "Stop", "Window"]

EVERYWHERE = "everywhere"
"""In place of a place: every instruction."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A probe's answer that ends the run, with the reason."""

    reason: str


class Window(Protocol):
    """What a moment looks through: the added memory, and the program's."""

    def added(self, address: int, n: int) -> bytes:
        """Bytes of the added memory."""
        ...

    def program(self, address: int, n: int) -> bytes:
        """Bytes of the program's memory, fewer where it ends."""
        ...


class Moment:
    """What a probe is shown: where the run is, and the values there, read when first asked for and never written.

    Args:
        place: Where.
        kinds: Types of the values that were put aside: locals first, then the stack, bottom first.
        n_locals: How many of them are locals.
        window: Where they lie.
    """

    __slots__ = ("_kinds", "_n_locals", "_values", "_window", "place")

    def __init__(self, place: Place, kinds: str, n_locals: int, window: Window) -> None:
        self.place = place
        self._kinds = kinds
        self._n_locals = n_locals
        self._window = window
        self._values: tuple[int | float | None, ...] | None = None

    @property
    def _all(self) -> tuple[int | float | None, ...]:
        if self._values is None:
            data = self._window.added(0, 8 * len(self._kinds))
            formats = {"i": "<i4x", "I": "<q", "f": "<f4x", "F": "<d"}
            self._values = tuple(
                struct.unpack_from(formats[kind], data, 8 * i)[0] if kind in formats else None
                for i, kind in enumerate(self._kinds)
            )
        return self._values

    @property
    def locals(self) -> tuple[int | float | None, ...]:
        """Parameters and locals; integers are signed, a reference is None. Empty unless the probe sees the frame."""
        return self._all[: self._n_locals]

    @property
    def stack(self) -> tuple[int | float | None, ...]:
        """The function's operands, the top one first. Only the top one unless the probe sees the frame."""
        return self._all[self._n_locals :][::-1]

    @property
    def top(self) -> int | float | None:
        """The operand on top; None where there is none."""
        return self.stack[0] if len(self._kinds) > self._n_locals else None

    def memory(self, address: int, n: int) -> bytes:
        """``n`` bytes of the program's memory, fewer where it ends."""
        return self._window.program(address, n)


Fires = Callable[[Moment], "Stop | None"]


class Probe:
    """A function that is called at a place.

    Args:
        place: Where, or ``EVERYWHERE``.
        fire: Called with a ``Moment``; a ``Stop`` ends the run.
        sees: What it looks at.
    """

    __slots__ = ("fire", "place", "sees")

    def __init__(self, place: Place | str, fire: Fires, sees: Sees) -> None:
        self.place = place
        self.fire = fire
        self.sees = sees


class Counter:
    """Numbers that the instrumented code counts by itself, without a call to the host.

    Args:
        width: How many numbers.
    """

    __slots__ = ("values",)

    def __init__(self, width: int) -> None:
        self.values: tuple[int, ...] = (0,) * width

    @property
    def value(self) -> int:
        """The first number, after the last run."""
        return self.values[0]

    @property
    def signed(self) -> int:
        """The first number, as one that may be below 0."""
        return self.values[0] - (1 << 64 if self.values[0] >> 63 else 0)


class ProbeLists:
    """Probes by place, fired and changed by the rules."""

    def __init__(self) -> None:
        self.lists: dict[Place | str, list[Probe]] = {}
        self._depth: dict[Place | str, int] = {}
        self._later: dict[Place | str, list[tuple[bool, Probe]]] = {}

    def change(self, probe: Probe, *, insert: bool) -> bool:
        """Insert or remove; False if that waits for the end of a firing."""
        if self._depth.get(probe.place, 0):
            self._later.setdefault(probe.place, []).append((insert, probe))
            return False
        self._change(probe, insert)
        return True

    def _change(self, probe: Probe, insert: bool) -> None:
        here = self.lists.setdefault(probe.place, [])
        if insert:
            here.append(probe)
        elif probe in here:
            here.remove(probe)
        if not here:
            del self.lists[probe.place]

    def fire(self, key: Place | str, moment: Moment) -> tuple[Stop | None, bool]:
        """The last ``Stop`` of the list's probes, and whether the list was changed after the firing."""
        stop: Stop | None = None
        changed = False
        self._depth[key] = self._depth.get(key, 0) + 1
        try:
            for probe in self.lists.get(key, ()):
                stop = probe.fire(moment) or stop
        finally:  # a probe that raises loses no change either
            self._depth[key] -= 1
            if not self._depth[key]:
                changed = self._settle(key)
        return stop, changed

    def _settle(self, key: Place | str) -> bool:
        """Make the changes that waited; whether there were any."""
        later = self._later.pop(key, [])
        for insert, probe in later:
            self._change(probe, insert)
        return bool(later)
