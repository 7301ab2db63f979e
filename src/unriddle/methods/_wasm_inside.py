"""What runs in the sandbox for ``wasm_probes``: many runs of one module, its mutants, and what kills them.

Each function does a part of the work, for so many CPU seconds, and says how far it came, so that no answer is lost to
a limit. Not covered: choosing what to ask for (``wasm_probes`` and ``_wasm_kills`` do).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm.binary import Function, Module
from unriddle.execute.trace.wasm.limits import Ended, WasmLimits
from unriddle.execute.trace.wasm.lines import lines_of
from unriddle.execute.trace.wasm.machine import Machine
from unriddle.execute.trace.wasm.places import Place
from unriddle.execute.trace.wasm.plan import reachable
from unriddle.execute.trace.wasm.probes import Counter, Moment, Probe
from unriddle.execute.trace.wasm.stacks import runs_of
from unriddle.methods._wasm_mutate import changes_of, mutated

__all__ = ["Goals", "guide", "judge", "list_mutants"]

_Answer = dict[str, Any]
_Goal = tuple[int, int, int]
"""A function's number, a pc, and -1 for a straight run of instructions or the way that a branch goes."""

_BRANCHES = ("if", "br_if", "br_table", "select", "select_t")
"""What goes one way or another; compilers make ``select`` of short branches."""


class Goals:
    """All places of a machine, watched until they are reached: probes that remove themselves, and branch counters."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.goals: list[_Goal] = []
        self.pcs: list[tuple[int, ...]] = []
        for function in machine.watched:
            for goal, pcs in _goals_of(machine.module, function):
                self.goals.append(goal)
                self.pcs.append(pcs)
        self.reached: set[int] = set()
        self._fresh: list[int] = []
        self._probes: list[Probe] = []
        self._branches: list[tuple[Counter, tuple[int, ...]]] = []

    def put(self, reached: Sequence[int]) -> None:
        """Watch all places but those that are reached already."""
        for probe in self._probes:
            self.machine.remove(probe)
        for counter, _ in self._branches:
            self.machine.remove(counter)
        self.reached = set(reached)
        self._probes, self._branches = [], []
        ways: dict[Place, list[int]] = {}
        for number, (function, pc, way) in enumerate(self.goals):
            if way >= 0:
                ways.setdefault(Place(function, pc), []).append(number)
            elif number not in self.reached:
                self._one_shot(number, Place(function, pc))
        for place, numbers in ways.items():
            if not self.reached.issuperset(numbers):
                self._branches.append((self.machine.tally(place, most=len(numbers) - 1), tuple(numbers)))

    def _one_shot(self, number: int, place: Place) -> None:
        def fire(_: Moment) -> None:
            self._fresh.append(number)
            self._probes.remove(probe)
            self.machine.remove(probe)

        probe = self.machine.probe(place, fire)
        self._probes.append(probe)

    def fresh(self) -> list[int]:
        """What the last run reached first."""
        for counter, numbers in self._branches:
            self._fresh += [n for n, value in zip(numbers, counter.values, strict=True) if value]
        found = sorted(set(self._fresh) - self.reached)
        self.reached.update(found)
        self._fresh = []
        for item in [item for item in self._branches if self.reached.issuperset(item[1])]:
            self._branches.remove(item)
            self.machine.remove(item[0])
        return found


def _goals_of(module: Module, function: Function) -> list[tuple[_Goal, tuple[int, ...]]]:
    """A function's places with the instructions that are reached with them."""
    live = reachable(module, function)
    found: list[tuple[_Goal, tuple[int, ...]]] = []
    for head, n in runs_of(function.code).items():
        pcs = tuple(one.pc for one in function.code[head : head + n])
        if pcs[0] in live:
            found.append(((function.index, pcs[0], -1), pcs))
    for one in function.code:
        if one.pc in live and one.name in _BRANCHES:
            n_ways = len(one.args) if one.name == "br_table" else 2
            found += [((function.index, one.pc, way), ()) for way in range(n_ways)]
    return found


def _refusing(work: Callable[[], _Answer]) -> _Answer:
    try:
        return work()
    except BadInput as error:
        return {"refused": str(error)}


def _opened(wasm: str, call: str, limits: dict[str, Any]) -> tuple[Machine, dict[int, dict[int, int]]]:
    """A machine that looks into the functions of the source file, where there is one, and their lines."""
    data, own = base64.b64decode(wasm), WasmLimits(**limits)
    machine = Machine(data, limits=own, small_address_space=True)
    lines = lines_of(machine.module, call)
    return (Machine(data, limits=own, small_address_space=True, only=lines) if lines else machine), lines


def _run(machine: Machine, call: str, given: Sequence[Any]) -> Ended:
    args, stdin = given
    return machine.run(call, args, stdin=base64.b64decode(stdin))


def guide(wasm: str, call: str, inputs: list[list[Any]], options: dict[str, Any]) -> _Answer:
    """Runs inputs one after the other; rows for those that reached a new place.

    The options are the state (``reached``, ``idle``, ``kept`` in this round, ``rounds`` done; ``told``: the places are
    known) and the ends (``most`` inputs to keep, ``patience``, ``most_rounds``, ``seconds``). The answer holds the
    state again, rows ``[number, places, round, how, values]``, how many inputs are ``done``, and ``why`` it is over.
    """
    return _refusing(partial(_guided, wasm, call, inputs, options))


def _guided(wasm: str, call: str, inputs: list[list[Any]], options: dict[str, Any]) -> _Answer:
    machine, lines = _opened(wasm, call, options["limits"])
    goals = Goals(machine)
    goals.put(options["reached"])
    state = {key: options[key] for key in ("idle", "kept", "rounds")}
    rows: list[list[Any]] = []
    done, why, until = 0, "", time.process_time() + options["seconds"]
    while done < len(inputs) and not why and (not done or time.process_time() < until):
        ended = _run(machine, call, inputs[done])
        fresh = goals.fresh()
        if fresh:
            rows.append([done, fresh, state["rounds"], ended.how, list(ended.values)])
        state = {**state, "idle": 0 if fresh else state["idle"] + 1, "kept": state["kept"] + bool(fresh)}
        done += 1
        why = "most" if len(rows) >= options["most"] else _round_over(goals, state, options)
    answer = {**state, "reached": sorted(goals.reached), "rows": rows, "done": done, "why": why}
    return answer if options["told"] else {**answer, **_facts(goals, lines)}


def _round_over(goals: Goals, state: dict[str, int], options: dict[str, Any]) -> str:
    """Why it is over; begins the next round where there is one."""
    whole = len(goals.reached) == len(goals.goals)
    if not whole and state["idle"] < options["patience"]:
        return ""
    if state["rounds"] + 1 >= options["most_rounds"] or not state["kept"]:
        return "all reached" if whole else "nothing new"
    goals.put(())
    state |= {"idle": 0, "kept": 0, "rounds": state["rounds"] + 1}
    return ""


def _facts(goals: Goals, lines: dict[int, dict[int, int]]) -> _Answer:
    """The places in words: rows ``[function, pc, instruction, way, lines]``."""
    code = {(f.index, one.pc): (f.name, one.name) for f in goals.machine.watched for one in f.code}
    rows = []
    for (function, pc, way), pcs in zip(goals.goals, goals.pcs, strict=True):
        at = lines.get(function, {})
        own = sorted({at[one] for one in (pcs or (pc,)) if one in at})
        name, instruction = code[function, pc]
        rows.append([name, pc, instruction, way, own])
    return {"goals": rows}


def list_mutants(wasm: str, call: str, limits: dict[str, Any], names: list[str]) -> _Answer:
    """Rows ``[function's number and name, pc, line or 0, change, bytes]`` of the mutants that the engine accepts."""
    return _refusing(partial(_listed, wasm, call, limits, names))


def _listed(wasm: str, call: str, limits: dict[str, Any], names: list[str]) -> _Answer:
    machine, lines = _opened(wasm, call, limits)
    chosen = [machine.function(name).index for name in names] or [function.index for function in machine.watched]
    called = machine.module.names
    rows = []
    for index, pc, what, raw in changes_of(machine.module, chosen):
        try:
            Machine(mutated(machine.module, index, pc, raw), limits=machine.limits, small_address_space=True)
        except BadInput:  # the engine is the judge of what is valid
            continue
        rows.append([index, called[index], pc, lines.get(index, {}).get(pc, 0), what, raw.hex()])
    return {"rows": rows}


def judge(wasm: str, call: str, mutants: list[list[Any]], inputs: list[list[Any]], options: dict[str, Any]) -> _Answer:
    """What tells mutants ``[function, pc, bytes]`` from the module: cells in the order of mutants, then inputs.

    A cell is ``1`` where the mutant ends or answers differently, ``0`` where it does not, ``?`` where a run took too
    long to say, and ``-`` where it was not run since an input before it tells the two apart already (``first``). The
    answer begins at cell ``begin`` and holds as many as there was time for.
    """
    return _refusing(partial(_judged, wasm, call, mutants, inputs, options))


def _judged(
    wasm: str, call: str, mutants: list[list[Any]], inputs: list[list[Any]], options: dict[str, Any]
) -> _Answer:
    until = time.process_time() + options["seconds"]
    data, limits = base64.b64decode(wasm), WasmLimits(**options["limits"])
    base = Machine(data, limits=limits, small_address_space=True)
    wanted = [_seen(_run(base, call, given)) for given in inputs]
    at, cells, n = options["begin"], "", len(inputs)
    machine: Machine | None = None
    while at < n * len(mutants) and (not cells or time.process_time() < until):
        row, column = divmod(at, n)
        if machine is None or column == 0:
            index, pc, raw = mutants[row]
            changed = mutated(base.module, index, pc, bytes.fromhex(raw))
            machine = Machine(changed, limits=limits, small_address_space=True)
        cell = _cell(wanted[column], _seen(_run(machine, call, inputs[column])))
        if cell == "1" and options["first"]:
            cell += "-" * (n - column - 1)
        cells += cell
        at += len(cell)
    return {"cells": cells}


def _seen(ended: Ended) -> tuple[str, ...]:
    """What a user of the program sees of a run; the text of a number tells NaN and -0 apart."""
    return ended.how, repr(ended.values), str(ended.exit_code), ended.stdout, ended.stderr


def _cell(wanted: tuple[str, ...], got: tuple[str, ...]) -> str:
    if "out of time" in (wanted[0], got[0]):  # the machine's load may have done it
        return "?"
    return "1" if wanted != got else "0"
