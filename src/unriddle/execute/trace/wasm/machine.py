"""A machine that runs a WebAssembly module with probes: ``Machine(wasm).probe(...)``, ``attach``, ``run``.

The module runs in wasmtime, in this process: it cannot reach outside its memory, and fuel, time, memory and output are
bounded. For modules of unknown origin ``watch`` puts the whole machine into the sandbox, so that a fault of the engine
does no harm either. A module sees the standard WASI functions and no files; other functions it wants trap when called.
Not covered: imported memories, tables and globals; calling back into the program from a probe.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from unriddle.errors import BadInput, shorten
from unriddle.execute.trace.wasm.arguments import arguments
from unriddle.execute.trace.wasm.binary import Function, Module, read_module
from unriddle.execute.trace.wasm.engine import Engine, Live
from unriddle.execute.trace.wasm.instrument import instrument
from unriddle.execute.trace.wasm.limits import Ended, WasmLimits
from unriddle.execute.trace.wasm.places import ENTRY, EXIT, Place, Sees
from unriddle.execute.trace.wasm.plan import Counted, Plan, Wishes, places_of, plan, reachable
from unriddle.execute.trace.wasm.probes import EVERYWHERE, Counter, Moment, Probe, ProbeLists, Stop
from unriddle.execute.trace.wasm.stacks import Stack

if TYPE_CHECKING:
    from unriddle.execute.trace.wasm.probes import Fires

__all__ = ["Machine", "Monitor"]


class Monitor(Protocol):
    """A ready set of probes: attached once, told of each run's start, asked for its report after it."""

    name: str

    def attach(self, machine: Machine) -> None:
        """Put probes and counters where they belong."""
        ...

    def start(self) -> None:
        """Forget the last run."""
        ...

    def report(self) -> dict[str, object]:
        """What was found, ready for JSON."""
        ...


class Machine:
    """A module, its probes and counters; each run starts the module afresh.

    Args:
        wasm: The module's bytes.
        limits: Of each run.
        reserve: Places where probes may be inserted while the program runs, besides those that have one when it
            starts; or ``EVERYWHERE``. A reserved place costs a test of a flag.
        reserve_sees: What probes at reserved places may see.
        only: Numbers of the functions that monitors look into (a budget counts all); all by default.
        small_address_space: Do without the large reservations that make memory accesses fast.

    Raises:
        BadInput: The bytes are no module that can be watched.
        MissingExtra: wasmtime is not installed.
    """

    def __init__(
        self,
        wasm: bytes,
        *,
        limits: WasmLimits | None = None,
        reserve: Iterable[Place] | str = (),
        reserve_sees: Sees = "nothing",
        only: Iterable[int] | None = None,
        small_address_space: bool = False,
    ) -> None:
        self.limits = limits or WasmLimits()
        self._engine = Engine(self.limits, small_address_space=small_address_space)
        self._engine.check(wasm)
        self.module: Module = read_module(wasm)
        self._functions = {function.index: function for function in self.module.defined}
        self._pcs = {function.index: {one.pc for one in function.code} for function in self.module.defined}
        chosen = set(self._functions if only is None else only)
        self.watched = tuple(function for function in self.module.defined if function.index in chosen)
        self._reserved = tuple(places_of(self.module)) if reserve == EVERYWHERE else tuple(map(self._place, reserve))
        self._reserve_sees = reserve_sees
        self._stacks: dict[int, dict[int, Stack]] = {}
        self._probes = ProbeLists()
        self._counters: dict[int, tuple[Counted, Counter]] = {}
        self._budgets: dict[str, tuple[int, dict[Place, int], Counter]] = {}
        self._monitors: list[Monitor] = []
        self._live: tuple[Live, Plan] | None = None
        self._compiled: tuple[object, Plan, object] | None = None

    def function(self, name: str) -> Function:
        """The module's own function of this name.

        Raises:
            BadInput: There is none.
        """
        for function in self.module.defined:
            if function.name == name or self.module.exports.get(name) == (0, function.index):
                return function
        known = ", ".join(function.name for function in self.module.defined[:20])
        raise BadInput(f"function {shorten(name)}: the module has none of this name; its own are: {known}")

    def probe(self, place: Place | str, fire: Fires, *, sees: Sees = "nothing") -> Probe:
        """A probe at a place, or at ``EVERYWHERE``; while the program runs too, where that was reserved.

        Args:
            place: An instruction, ``Place(function, ENTRY)``, ``Place(function, EXIT)`` or ``EVERYWHERE``.
            fire: Called before the instruction with what can be seen; its ``Stop``, if any, ends the run.
            sees: ``top`` for the operand on top, ``frame`` for all locals and operands.

        Raises:
            BadInput: There is no such place, or it was not reserved and the program runs.
        """
        if place != EVERYWHERE:
            self._place(place)
        probe = Probe(place, fire, sees)
        if self._live is not None:
            self._check_reserved(probe, self._live[1])
        if self._probes.change(probe, insert=True):
            self._flags(place)
        return probe

    def remove(self, probe: Probe | Counter) -> None:
        """Take a probe away, at any time; or a counter, between runs: it keeps its numbers."""
        if isinstance(probe, Counter):
            self._not_running("a counter can be removed")
            self._counters.pop(id(probe), None)
        elif self._probes.change(probe, insert=False):
            self._flags(probe.place)

    def count(self, place: Place, *, once: bool = False) -> Counter:
        """How often a place is passed, counted without the host's help; with ``once`` only whether (0 or 1)."""
        return self._counter(("mark" if once else "count", self._place(place), 0))

    def tally(self, place: Place, *, most: int) -> Counter:
        """How often the operand on top was 0, 1, ... ``most``; larger numbers are counted with ``most``.

        Raises:
            BadInput: The operand there is no 32-bit integer.
        """
        self._place(place)
        kinds, below = self._stacks_of(place.function).get(place.pc, ("i", 0))
        if kinds[below:][-1:] != "i":
            raise BadInput(f"tally at {place}: expected a 32-bit integer on top of the stack, got {kinds[below:]!r}")
        return self._counter(("tally", place, most))

    def budget(self, name: str, n: int, spends: dict[Place, int]) -> Counter:
        """End a run before a place would spend more than what is left of ``n``; the counter holds what is left."""
        self._not_running("a budget can be set")
        self._budgets[name] = (n, {self._place(place): cost for place, cost in spends.items()}, Counter(1))
        return self._budgets[name][2]

    def _stacks_of(self, index: int) -> dict[int, Stack]:
        if index not in self._stacks:
            self._stacks[index] = reachable(self.module, self._functions[index])
        return self._stacks[index]

    def function_at(self, place: Place) -> Function:
        """The function that a place lies in."""
        return self._functions[self._place(place).function]

    def attach(self, *monitors: Monitor) -> None:
        """Let monitors put their probes in."""
        for monitor in monitors:
            monitor.attach(self)
            self._monitors.append(monitor)

    def run(self, name: str = "_start", args: Sequence[int | float] = (), *, stdin: bytes = b"") -> Ended:
        """How a call of an exported function ends, in a fresh instance of the module.

        Raises:
            BadInput: There is no such function, or the arguments do not fit it.
        """
        self._not_running("a run can begin")
        given = arguments(self.module, name, args)
        compiled, layout_plan = self._prepare()
        for monitor in self._monitors:
            monitor.start()
        live = self._engine.open(self.module, compiled, stdin=stdin)
        self._live = live, layout_plan
        try:
            for key, slot in layout_plan.budget_slots.items():
                live.write(layout_plan.layout.counter(slot), struct.pack("<q", self._budgets[key][0]))
            for place in [*self._probes.lists]:
                self._flags(place)
            ended = live.call(name, given, self._fire)
            self._read_counters(live, layout_plan)
        finally:
            self._live = None
        return ended

    def _read_counters(self, live: Live, made: Plan) -> None:
        slots = [(made.slots[counted], counter) for counted, counter in self._counters.values()]
        slots += [(slot, self._budgets[name][2]) for name, slot in made.budget_slots.items()]
        for slot, counter in slots:
            width = len(counter.values)
            counter.values = struct.unpack(f"<{width}Q", live.added(made.layout.counter(slot), 8 * width))

    def _place(self, place: Place | str) -> Place:
        function = self._functions.get(place.function) if isinstance(place, Place) else None
        if function is None or not isinstance(place, Place):
            raise BadInput(f"place {shorten(place)}: expected Place(function, pc) in a function of the module's own")
        if place.pc not in (ENTRY, EXIT) and place.pc not in self._pcs[function.index]:
            raise BadInput(f"place {place}: no instruction of {function.name} begins at byte {place.pc}")
        return place

    def _counter(self, counted: Counted) -> Counter:
        self._not_running("a counter can be added")
        counter = Counter(counted[2] + 1)
        self._counters[id(counter)] = counted, counter
        return counter

    def _not_running(self, what: str) -> None:
        if self._live is not None:
            raise BadInput(f"{what} only while the program does not run; probes may come and go at any time")

    def _prepare(self) -> tuple[object, Plan]:
        wishes = Wishes()
        for place in self._reserved:
            wishes.site(place, self._reserve_sees)
        for key, probes in self._probes.lists.items():
            where = tuple(places_of(self.module)) if isinstance(key, str) else (key,)
            for probe in probes:
                for one in where:
                    wishes.site(one, probe.sees)
        wishes.counted = {counted for counted, _ in self._counters.values()}
        wishes.budgets = {name: spends for name, (_, spends, _) in self._budgets.items()}
        wanted = (dict(wishes.sites), set(wishes.counted), {n: dict(s) for n, s in wishes.budgets.items()})
        if self._compiled is None or self._compiled[0] != wanted:
            made = plan(self.module, wishes)
            numbers = [i for i, kind in enumerate(self.module.globals) if kind in "iIfF"]
            wasm = instrument(self.module, made.acts, made.layout, extra_globals=numbers)
            self._compiled = wanted, made, self._engine.compile(wasm)
        return self._compiled[2], self._compiled[1]

    def _check_reserved(self, probe: Probe, made: Plan) -> None:
        places = [*places_of(self.module)] if isinstance(probe.place, str) else [probe.place]
        order = ("nothing", "top", "frame")
        for place in places:
            site = made.site_at.get(place)
            if site is None or order.index(made.sites[site].sees) < order.index(probe.sees):
                raise BadInput(
                    f"a probe at {place} that sees {probe.sees}: the program runs, and the place was not reserved for "
                    "it; give Machine(..., reserve=[...], reserve_sees=...)"
                )

    def _flags(self, place: Place | str) -> None:
        """Switch the calls at a place (or everywhere) on or off in the running code."""
        if self._live is None:
            return
        live, made = self._live
        everywhere = EVERYWHERE in self._probes.lists
        where = [*made.site_at] if isinstance(place, str) else [place]
        for one in where:
            if one in made.site_at:
                on = one in self._probes.lists or (everywhere and one.pc >= 0)
                live.write(made.layout.flag(made.site_at[one]), b"\1" if on else b"\0")

    def _fire(self, number: int) -> Stop | None:
        assert self._live is not None
        live, made = self._live
        site = made.sites[number]
        if site.budget:
            return Stop(site.budget)
        moment = Moment(site.place, site.kinds, site.n_locals, live)
        stop: Stop | None = None
        keys: tuple[Place | str, ...] = (EVERYWHERE, site.place) if site.place.pc >= 0 else (site.place,)
        for key in keys:
            if key in self._probes.lists:
                answer, changed = self._probes.fire(key, moment)
                stop = answer or stop
                if changed:
                    self._flags(key)
        return stop
