"""Ready monitors over a machine: coverage, hotness, branches, loops, calls, memory, values, a budget of instructions.

All but ``CallTree`` and ``Values`` count inside the instrumented code. Any number of them may be attached together;
what each reports is the same as alone. Where a probe ends the run, the straight run of instructions around it is
counted whole. Not covered: time spent.
"""

from __future__ import annotations

from collections import Counter as Bag
from collections.abc import Sequence

from unriddle.errors import BadInput, shorten
from unriddle.execute.trace.wasm.binary import Function
from unriddle.execute.trace.wasm.instructions import WIDTH
from unriddle.execute.trace.wasm.machine import Machine, Monitor
from unriddle.execute.trace.wasm.places import ENTRY, EXIT, Place
from unriddle.execute.trace.wasm.plan import reachable
from unriddle.execute.trace.wasm.probes import Counter, Moment, Stop
from unriddle.execute.trace.wasm.stacks import runs_of

__all__ = ["MONITORS", "Branches", "CallTree", "Calls", "Coverage", "Hotness", "Loops", "Memory", "Timeout", "Values",
           "monitors_of"]  # fmt: skip

Row = tuple[Function, int, str, int]
"""Function, pc, instruction, how often it ran."""


class _Counted:
    """How often each instruction ran, from one counter for each straight run of them."""

    def __init__(self, *, once: bool = False) -> None:
        self._once = once
        self._runs: list[tuple[Function, int, int, Counter | None]] = []

    def attach(self, machine: Machine) -> None:
        """Put a counter at the head of each straight run."""
        for function in machine.watched:
            live = reachable(machine.module, function)
            for head, n in runs_of(function.code).items():
                pc = function.code[head].pc
                counter = machine.count(Place(function.index, pc), once=self._once) if pc in live else None
                self._runs.append((function, head, n, counter))

    def start(self) -> None:
        """Nothing to forget: the counters start at 0."""

    def rows(self) -> list[Row]:
        """All instructions in order, those that can never run too."""
        return [
            (function, one.pc, one.name, counter.value if counter is not None else 0)
            for function, head, n, counter in self._runs
            for one in function.code[head : head + n]
        ]


class Coverage(_Counted):
    """Which instructions ran; ``end`` and ``else`` run only when they are reached from above."""

    name = "coverage"

    def __init__(self) -> None:
        super().__init__(once=True)

    def report(self) -> dict[str, object]:
        """Numbers by function (instructions that ran, all), and the pcs of those that did and did not."""
        found: dict[str, tuple[list[int], list[int]]] = {}
        for function, pc, _, count in self.rows():
            found.setdefault(function.name, ([], []))[0 if count else 1].append(pc)
        return {name: {"ran": ran, "missed": missed} for name, (ran, missed) in found.items()}


class Hotness(_Counted):
    """How often each instruction ran."""

    name = "hotness"

    def report(self) -> dict[str, object]:
        """Instructions run in all, by name, and rows ``[function, pc, instruction, count]``, the hottest first."""
        rows = [row for row in self.rows() if row[3]]
        opcodes: Bag[str] = Bag()
        for _, _, name, count in rows:
            opcodes[name] += count
        rows.sort(key=lambda row: (-row[3], row[0].index, row[1]))
        return {
            "instructions": sum(opcodes.values()),
            "opcodes": dict(sorted(opcodes.items(), key=lambda item: (-item[1], item[0]))),
            "rows": [[function.name, pc, name, count] for function, pc, name, count in rows],
        }


class Memory(_Counted):
    """Loads and stores, and the memory's growth."""

    name = "memory"

    def report(self) -> dict[str, object]:
        """Loads, stores, bytes of each, and how often growth was asked for; ones that trapped are counted too."""
        total: Bag[str] = Bag(loads=0, stores=0, bytes_loaded=0, bytes_stored=0, grows=0, fills_and_copies=0)
        for _, _, name, count in self.rows():
            if name in WIDTH:
                kind = "load" if ".load" in name else "store"
                total[f"{kind}s"] += count
                total[f"bytes_{kind}ed" if kind == "load" else "bytes_stored"] += count * WIDTH[name]
            elif name == "memory.grow":
                total["grows"] += count
            elif name in ("memory.fill", "memory.copy", "memory.init"):
                total["fills_and_copies"] += count
        return dict(total)


class _AtInstructions:
    """Counters at the instructions of some names."""

    names: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.found: list[tuple[Function, int, str, Counter]] = []

    def attach(self, machine: Machine) -> None:
        """Put a counter before each of the instructions."""
        for function in machine.watched:
            live = reachable(machine.module, function)
            for one in function.code:
                if one.name in self.names and one.pc in live:
                    place = Place(function.index, one.pc)
                    counter = self.counter(machine, place, one.args)
                    self.found.append((function, one.pc, one.name, counter))

    def counter(self, machine: Machine, place: Place, args: Sequence[int]) -> Counter:
        """The counter for one of them."""
        return machine.count(place)

    def start(self) -> None:
        """Nothing to forget: the counters start at 0."""


class Branches(_AtInstructions):
    """Which way each ``if``, ``br_if`` and ``br_table`` went."""

    name = "branches"
    names = ("if", "br_if", "br_table")

    def counter(self, machine: Machine, place: Place, args: Sequence[int]) -> Counter:
        """One number for each way."""
        name = next(o.name for o in machine.function_at(place).code if o.pc == place.pc)
        return machine.tally(place, most=len(args) - 1 if name == "br_table" else 1)

    def report(self) -> dict[str, object]:
        """Rows ``[function, pc, instruction, [how often false, true]]``, or one number per target of a table."""
        return {"rows": [[f.name, pc, name, list(counter.values)] for f, pc, name, counter in self.found]}


class Loops(_AtInstructions):
    """How often each loop's head was passed: entries and branches back."""

    name = "loops"
    names = ("loop",)

    def report(self) -> dict[str, object]:
        """Rows ``[function, pc, count]``."""
        return {"rows": [[f.name, pc, counter.value] for f, pc, _, counter in self.found]}


class Calls(_AtInstructions):
    """How often each function was entered, and each call instruction run."""

    name = "calls"
    names = ("call", "call_indirect")

    def attach(self, machine: Machine) -> None:
        """Count entries besides."""
        super().attach(machine)
        self._entered = [(f, machine.count(Place(f.index, ENTRY))) for f in machine.watched]

    def report(self) -> dict[str, object]:
        """Entries by function, and rows ``[function, pc, instruction, count]`` of the places that call."""
        return {
            "entered": {f.name: counter.value for f, counter in self._entered},
            "rows": [[f.name, pc, name, counter.value] for f, pc, name, counter in self.found],
        }


class CallTree:
    """Who called whom, with arguments and results, for the first ``most`` calls."""

    name = "tree"

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self.start()

    def start(self) -> None:
        """Forget the last run."""
        self._calls: list[list[object]] = []
        self._open: list[int] = []

    def attach(self, machine: Machine) -> None:
        """Watch every function's entry and exit."""
        for function in machine.watched:
            machine.probe(Place(function.index, ENTRY), self._enter(function), sees="frame")
            machine.probe(Place(function.index, EXIT), self._leave, sees="frame")

    def _enter(self, function: Function) -> _Enter:
        return _Enter(self, function)

    def entered(self, function: Function, moment: Moment) -> None:
        """A call begins."""
        parent = self._open[-1] if self._open else -1
        self._open.append(len(self._calls) if len(self._calls) < self._most else -1)
        if len(self._calls) < self._most:
            args = list(moment.locals[: len(function.signature[0])])
            self._calls.append([parent, function.name, args, None])

    def _leave(self, moment: Moment) -> None:
        number = self._open.pop()
        if number >= 0:
            self._calls[number][3] = list(moment.stack[::-1])

    def report(self) -> dict[str, object]:
        """Rows ``[parent's number or -1, function, arguments, results]``; null for a call that did not return."""
        return {"rows": [list(call) for call in self._calls]}


class _Enter:
    """A probe at a function's entry."""

    __slots__ = ("_function", "_tree")

    def __init__(self, tree: CallTree, function: Function) -> None:
        self._tree = tree
        self._function = function

    def __call__(self, moment: Moment) -> Stop | None:
        """Tell the tree."""
        self._tree.entered(self._function, moment)
        return None


class Values:
    """The values written to each local and global, in order of first appearance, the first ``most`` of each."""

    name = "values"

    def __init__(self, *, most: int = 32) -> None:
        self._most = most
        self._names: dict[Place, str] = {}
        self.start()

    def start(self) -> None:
        """Forget the last run."""
        self._seen: dict[str, dict[int | float | None, None]] = {}

    def attach(self, machine: Machine) -> None:
        """Watch every write, and the parameters at every entry."""
        for function in machine.watched:
            live = reachable(machine.module, function)
            if function.signature[0]:
                self._params(machine, function)
            for one in function.code:
                if one.pc in live and one.name in ("local.set", "local.tee", "global.set"):
                    place = Place(function.index, one.pc)
                    where = "global" if one.name == "global.set" else f"{function.name} local"
                    self._names[place] = f"{where} {one.args[0]}"
                    machine.probe(place, self._written, sees="top")

    def _params(self, machine: Machine, function: Function) -> None:
        def enter(moment: Moment) -> None:
            for i, value in enumerate(moment.locals[: len(function.signature[0])]):
                self._add(f"{function.name} local {i}", value)

        machine.probe(Place(function.index, ENTRY), enter, sees="frame")

    def _written(self, moment: Moment) -> None:
        self._add(self._names[moment.place], moment.top)

    def _add(self, name: str, value: int | float | None) -> None:
        seen = self._seen.setdefault(name, {})
        if len(seen) < self._most:
            seen[value] = None

    def report(self) -> dict[str, object]:
        """Values by variable: ``function local N`` (parameters come first) or ``global N``."""
        return {name: list(values) for name, values in sorted(self._seen.items())}


class Timeout:
    """Ends a run before the straight run of instructions that would exceed ``n``; the same at every run."""

    name = "timeout"

    def __init__(self, n: int) -> None:
        if type(n) is not int or not 0 < n < 1 << 62:
            raise BadInput(f"Timeout: expected a number of instructions above 0, got {shorten(n)}")
        self._n = n

    def attach(self, machine: Machine) -> None:
        """Spend at the head of each straight run what the run costs."""
        spends = {}
        for function in machine.module.defined:
            live = reachable(machine.module, function)
            for head, n in runs_of(function.code).items():
                if (pc := function.code[head].pc) in live:
                    spends[Place(function.index, pc)] = n
        self._left = machine.budget(f"more than {self._n} instructions", self._n, spends)

    def start(self) -> None:
        """Nothing to forget: the budget is filled again."""

    def report(self) -> dict[str, object]:
        """The budget, and what was spent of it; more than it if it ended the run."""
        return {"budget": self._n, "spent": self._n - self._left.signed}


MONITORS: dict[str, type[Monitor]] = {
    kind.name: kind for kind in (Coverage, Hotness, Branches, Loops, Calls, Memory, CallTree, Values)
}
"""Monitors by name."""


def monitors_of(names: Sequence[str], *, instructions: int = 0) -> list[Monitor]:
    """Fresh monitors of these names, and a budget of instructions where it is not 0.

    Raises:
        BadInput: There is no such monitor, or a name comes twice.
    """
    for name in names:
        if name not in MONITORS or list(names).count(name) > 1:
            raise BadInput(f"monitors: expected some of {', '.join(MONITORS)}, each once; got {shorten(name)}")
    return [MONITORS[name]() for name in names] + ([Timeout(instructions)] if instructions else [])
