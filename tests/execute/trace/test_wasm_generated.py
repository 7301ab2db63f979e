"""Random WebAssembly programs: what probes see agrees with itself and with the rules, and no program notices."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm import (
    ENTRY,
    EVERYWHERE,
    EXIT,
    Ended,
    Machine,
    Moment,
    Place,
    Stop,
    WasmLimits,
    text_to_wasm,
)
from unriddle.execute.trace.wasm.plan import places_of
from unriddle.lab._wasm_composition import compare, same_result
from unriddle.lab._wasm_random import Writer


def program(seed: int) -> bytes:
    return text_to_wasm(Writer(np.random.default_rng(seed)).program(3))


CALL = ("f2", (5, -7))


def plain(wasm: bytes) -> Ended:
    return Machine(wasm).run(*CALL)


def check_composition(seed: int) -> str:
    """Monitors together and one at a time report the same, and the program does the same under all of them."""
    wasm = program(seed)
    found = compare(wasm, *CALL)
    assert (found.reports, found.results) == ((), ())
    assert found.how in ("returned", "trapped")
    reports = {monitor.name: monitor.report() for monitor in found.monitors}
    assert reports["timeout"]["spent"] == reports["hotness"]["instructions"]  # budget and counters agree on what ran
    check_counts(wasm, plain(wasm), list(found.monitors))
    return found.how


def check_counts(wasm: bytes, bare: Ended, monitors: list[object]) -> None:
    """What code counts by itself is what a probe before every instruction counts."""
    machine = Machine(wasm)
    counts: dict[Place, int] = {}
    ways: dict[Place, list[int]] = {}
    code = {Place(f.index, one.pc): one for f in machine.module.defined for one in f.code}

    def each(moment: Moment) -> None:
        counts[moment.place] = counts.get(moment.place, 0) + 1
        one = code[moment.place]
        if one.name in ("if", "br_if", "br_table"):
            most = len(one.args) - 1 if one.name == "br_table" else 1
            assert isinstance(moment.top, int)
            way = min(moment.top % 2**32, most)
            ways.setdefault(moment.place, [0] * (most + 1))[way] += 1

    machine.probe(EVERYWHERE, each, sees="top")
    assert same_result(machine.run(*CALL), bare)
    named = {f.name: f.index for f in machine.module.defined}
    reports = {monitor.name: monitor.report() for monitor in monitors}  # type: ignore[attr-defined]
    rows = {Place(named[f], pc): count for f, pc, _, count in reports["hotness"]["rows"]}
    assert rows == counts
    for f, pc, _, numbers in reports["branches"]["rows"]:
        place = Place(named[f], pc)
        assert numbers == ways.get(place, [0] * len(numbers))
    for f, pc, count in reports["loops"]["rows"]:
        assert count == counts.get(Place(named[f], pc), 0)
    for f, found in reports["coverage"].items():
        assert set(found["ran"]) == {place.pc for place in counts if place.function == named[f]}


@pytest.mark.parametrize("seed", range(12))
def test_monitors_together_and_alone_report_the_same(seed: int) -> None:
    check_composition(seed)


@pytest.mark.slow
def test_monitors_together_and_alone_report_the_same_on_many_programs() -> None:
    ends = [check_composition(seed) for seed in range(1000, 1200)]
    assert {"returned", "trapped"} == set(ends)  # both kinds of end are among them


def wrapped(value: int, bits: int) -> int:
    return (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def check_frames(seed: int) -> int:
    """Each frame follows from the one before it, where the instruction in between is easily done; how many did."""
    wasm = program(seed)
    machine = Machine(wasm)
    code = {Place(f.index, one.pc): one for f in machine.module.defined for one in f.code}
    last: list[tuple[Place, tuple[object, ...], tuple[object, ...]]] = []
    checked = 0

    def each(moment: Moment) -> None:
        nonlocal checked
        now = (moment.place, moment.locals, moment.stack)
        if last and last[0][0].function == moment.place.function:
            checked += follows(code[last[0][0]], last[0], now)
        last[:] = [now]

    machine.probe(EVERYWHERE, each, sees="frame")
    assert same_result(machine.run(*CALL), plain(wasm))
    return checked


def follows(one: object, before: tuple[object, ...], now: tuple[object, ...]) -> int:
    """1 after a check of the step from one frame to the next; 0 where the instruction is not one of the easy ones."""
    (_, locals_, stack), (_, locals_after, stack_after) = before, now
    name, args = one.name, one.args  # type: ignore[attr-defined]
    locals_, stack = list(locals_), list(stack)  # type: ignore[call-overload]
    if name in ("i32.const", "i64.const"):
        stack = [args[0], *stack]
    elif name == "local.get":
        stack = [locals_[args[0]], *stack]
    elif name == "local.set":
        locals_[args[0]] = stack.pop(0)
    elif name == "local.tee":
        locals_[args[0]] = stack[0]
    elif name == "drop":
        stack.pop(0)
    elif name in ("i32.add", "i64.add", "i32.mul", "i64.mul", "i32.xor", "i64.sub", "i32.sub"):
        b, a = stack.pop(0), stack.pop(0)
        verb = {"add": a + b, "mul": a * b, "xor": a ^ b, "sub": a - b}[name[4:]]
        stack = [wrapped(verb, int(name[1:3])), *stack]
    elif name == "select":
        c, b, a = stack.pop(0), stack.pop(0), stack.pop(0)
        stack = [a if c else b, *stack]
    else:
        return 0
    assert repr(stack) == repr(list(stack_after)), name  # type: ignore[call-overload]
    assert repr(locals_) == repr(list(locals_after)), name  # type: ignore[call-overload]
    return 1


def test_frames_follow_from_one_another() -> None:
    assert sum(check_frames(seed) for seed in range(6)) > 200


@pytest.mark.slow
def test_frames_follow_from_one_another_in_many_programs() -> None:
    assert sum(check_frames(seed) for seed in range(2000, 2100)) > 5000


def check_damaged(seeds: range) -> int:
    """Modules with bytes changed are refused with a reason, or are modules; how many were refused."""
    refused = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        wasm = bytearray(program(seed % 4))
        for at in rng.integers(8, len(wasm), int(rng.integers(1, 4))):
            wasm[at] = int(rng.integers(256))
        try:
            Machine(bytes(wasm), limits=WasmLimits(fuel=10**6))
        except BadInput:
            refused += 1
    return refused


def test_damaged_modules_are_refused_with_a_reason() -> None:
    assert 100 < check_damaged(range(300)) < 300


class Script:
    """Probes that insert and remove one another and ask for the end, at random but fixed points of a run."""

    def __init__(self, rng: np.random.Generator, places: list[Place | str]) -> None:
        n = 12
        self.where = [places[int(rng.integers(len(places)))] for _ in range(n)]
        self.first = [bool(rng.random() < 0.6) for _ in range(n)]
        self.does = [
            {int(rng.integers(1, 6)): (bool(rng.random() < 0.6), int(rng.integers(n))) for _ in range(3)}
            for _ in range(n)
        ]
        self.stops = [int(rng.integers(2, 12)) if rng.random() < 0.25 else 0 for _ in range(n)]


def by_the_rules(script: Script, events: list[Place]) -> tuple[list[tuple[int, Place]], str]:
    """Firings and the reason of the end, from the rules alone, for these events in order."""
    lists: dict[Place | str, list[int]] = {}
    for i, place in enumerate(script.where):
        if script.first[i]:
            lists.setdefault(place, []).append(i)
    log: list[tuple[int, Place]] = []
    fired = [0] * len(script.where)
    for event in events:
        reason = ""
        for key in (EVERYWHERE, event) if event.pc >= 0 else (event,):
            later: list[tuple[bool, int]] = []
            for i in list(lists.get(key, [])):
                fired[i] += 1
                log.append((i, event))
                if fired[i] in script.does[i]:
                    insert, j = script.does[i][fired[i]]
                    if script.where[j] == key:
                        later.append((insert, j))
                    else:
                        change(lists, script.where[j], j, insert)
                if fired[i] == script.stops[i]:
                    reason = f"probe {i}"
            for insert, j in later:
                change(lists, key, j, insert)
        if reason:
            return log, reason
    return log, ""


def change(lists: dict[Place | str, list[int]], place: Place | str, i: int, insert: bool) -> None:
    here = lists.setdefault(place, [])
    if insert and i not in here:
        here.append(i)
    elif not insert and i in here:
        here.remove(i)


def check_rules(seed: int) -> tuple[int, bool]:
    """A run under probes that come, go and stop it is what the rules say, and changes nothing in the program."""
    rng = np.random.default_rng(seed)
    wasm = program(seed)
    watcher = Machine(wasm)
    events: list[Place] = []
    edges = [Place(f.index, pc) for f in watcher.module.defined for pc in (ENTRY, EXIT)]
    everything = [*edges, *places_of(watcher.module)]
    for place in everything:
        watcher.probe(place, lambda moment: events.append(moment.place))
    bare = plain(wasm)
    assert same_result(watcher.run(*CALL), bare)
    seen = sorted(set(events))
    script = Script(rng, [EVERYWHERE, *[seen[int(rng.integers(len(seen)))] for _ in range(5)]])

    machine = Machine(wasm, reserve=everything)
    log: list[tuple[int, Place]] = []
    fired = [0] * len(script.where)
    handles: dict[int, object] = {}

    def switch(i: int, insert: bool) -> None:
        if insert and i not in handles:
            handles[i] = machine.probe(script.where[i], fire_of(i))
        elif not insert and i in handles:
            machine.remove(handles.pop(i))  # type: ignore[arg-type]

    def fire_of(i: int):  # type: ignore[no-untyped-def]
        def fire(moment: Moment) -> Stop | None:
            fired[i] += 1
            log.append((i, moment.place))
            if fired[i] in script.does[i]:
                insert, j = script.does[i][fired[i]]
                switch(j, insert)
            return Stop(f"probe {i}") if fired[i] == script.stops[i] else None

        return fire

    for i, first in enumerate(script.first):
        if first:
            switch(i, True)
    ended = machine.run(*CALL)
    expected, reason = by_the_rules(script, events)
    assert log == expected
    if reason:
        assert (ended.how, ended.text) == ("stopped", reason)
    else:
        assert same_result(ended, bare)
    return len(log), bool(reason)


def test_probes_that_come_and_go_fire_by_the_rules() -> None:
    found = [check_rules(seed) for seed in range(15)]
    assert sum(n for n, _ in found) > 100
    assert {stopped for _, stopped in found} == {True, False}


@pytest.mark.slow
def test_probes_that_come_and_go_fire_by_the_rules_in_many_programs() -> None:
    found = [check_rules(seed) for seed in range(3000, 3200)]
    assert {stopped for _, stopped in found} == {True, False}
