"""Random WebAssembly programs: what probes see agrees with itself and with the rules, and no program notices."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")

from unriddle.execute.trace.wasm import (
    ENTRY,
    EVERYWHERE,
    EXIT,
    Ended,
    Machine,
    Moment,
    Place,
    Stop,
    monitors_of,
    text_to_wasm,
)
from unriddle.execute.trace.wasm.plan import places_of

KINDS = ("i32", "i64", "f32", "f64")
LOCALS = [kind for kind in KINDS for _ in range(3)]  # locals 0 and 3 are the parameters, i32 and i64
FIRST = {"i32": 2, "i64": 4, "f32": 6, "f64": 9}  # first local of each kind that is free to be written


class Writer:
    """A program in the text format, from random choices; it ends: loops count down, and calls go to lower numbers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.function = 0
        self.labels = 0
        self.counters = 0

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def pick(self, *items: object) -> object:
        return items[int(self.rng.integers(len(items)))]

    def local(self, kind: str) -> str:
        return f"${kind}_{int(self.rng.integers(3))}"

    def value(self, kind: str, depth: int) -> str:
        """An expression of this kind."""
        if depth <= 0 or self.chance(0.2):
            if self.chance(0.5):
                return f"(local.get {self.local(kind)})"
            if kind[0] == "f":
                return f"({kind}.const {self.pick('0', '1.5', '-2.25', '1e9', 'nan', 'inf', '-0')})"
            small = int(self.rng.integers(-9, 10))
            return f"({kind}.const {small if self.chance(0.8) else self.pick(-(2**31), 2**31 - 1)})"
        one, two = (lambda k=kind: self.value(k, depth - 1)), (lambda k=kind: self.value(k, depth - 2))
        choice = self.rng.random()
        if choice < 0.35:
            if kind[0] == "f":
                return f"({kind}.{self.pick('add', 'sub', 'mul', 'div', 'min', 'max', 'copysign')} {one()} {two()})"
            verbs = ("add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl")
            if self.chance(0.05):
                verbs = ("div_s", "rem_u")  # these may trap
            return f"({kind}.{self.pick(*verbs)} {one()} {two()})"
        if choice < 0.5:
            return self.converted(kind, one, two)
        if choice < 0.6:
            return f"(select {one()} {two()} {two('i32')})"
        if choice < 0.7:
            return f"(if (result {kind}) {two('i32')} (then {one()}) (else {two()}))"
        if choice < 0.78:
            return f"(local.tee {self.local(kind)} {one()})"
        if choice < 0.86:
            offset = self.pick("", " offset=8")
            return f"({kind}.load{offset} (i32.and {two('i32')} (i32.const 1016)))"
        if choice < 0.92:
            label = self.label()
            return f"(block {label} (result {kind}) {one()} (br_if {label} {two('i32')}) drop {two()})"
        if self.function and kind == "i32" and self.counters < 2:
            called = int(self.rng.integers(self.function))
            if self.chance(0.3):
                return f"(call_indirect (type $t) {two()} {two('i64')} (i32.const {called}))"
            return f"(call $f{called} {two()} {two('i64')})"
        return f"(local.get {self.local(kind)})"

    def converted(self, kind: str, one: object, two: object) -> str:
        table = {
            "i32": [("i32.eqz", "i32"), ("i64.eqz", "i64"), ("i32.wrap_i64", "i64"), ("i32.trunc_sat_f64_s", "f64"),
                    ("i32.extend8_s", "i32"), ("i32.clz", "i32"), ("i32.reinterpret_f32", "f32")],
            "i64": [("i64.extend_i32_s", "i32"), ("i64.extend_i32_u", "i32"), ("i64.trunc_sat_f32_u", "f32"),
                    ("i64.popcnt", "i64"), ("i64.extend32_s", "i64")],
            "f32": [("f32.convert_i32_s", "i32"), ("f32.demote_f64", "f64"), ("f32.sqrt", "f32"), ("f32.neg", "f32")],
            "f64": [("f64.convert_i64_u", "i64"), ("f64.promote_f32", "f32"), ("f64.abs", "f64"), ("f64.ceil", "f64")],
        }  # fmt: skip
        if kind == "i32" and self.chance(0.5):
            of = str(self.pick(*KINDS))
            verb = self.pick("eq", "ne", "lt", "gt") if of[0] == "f" else self.pick("eq", "ne", "lt_s", "ge_u")
            return f"({of}.{verb} {one(of)} {two(of)})"  # type: ignore[operator]
        name, of = self.pick(*table[kind])  # type: ignore[misc]
        return f"({name} {one(of)})"  # type: ignore[operator]

    def label(self) -> str:
        self.labels += 1
        return f"$l{self.labels}"

    def body(self, depth: int, out: tuple[str, ...]) -> str:
        """Statements; ``out`` are labels that may be branched to."""
        return " ".join(self.statement(depth, out) for _ in range(int(self.rng.integers(1, 4))))

    def statement(self, depth: int, out: tuple[str, ...]) -> str:
        kind = str(self.pick(*KINDS))
        choice = self.rng.random() if depth > 0 else self.rng.random() * 0.45
        if choice < 0.2:
            return f"(local.set {self.local(kind)} {self.value(kind, 3)})"
        if choice < 0.3:
            return f"({kind}.store (i32.and {self.value('i32', 2)} (i32.const 1016)) {self.value(kind, 2)})"
        if choice < 0.35:
            return f"(global.set $g (i32.add (global.get $g) {self.value('i32', 1)}))"
        if choice < 0.38:
            return f"(drop {self.value(kind, 2)})"
        if choice < 0.45:
            if not out:
                return "nop"
            if self.chance(0.15):
                return f"(br_table {' '.join(out)} {self.value('i32', 2)})" if self.chance(0.5) else f"(br {out[-1]})"
            return f"(br_if {self.pick(*out)} {self.value('i32', 2)})"
        if choice < 0.6:
            other = f"(else {self.body(depth - 1, out)})" if self.chance(0.6) else ""
            return f"(if {self.value('i32', 2)} (then {self.body(depth - 1, out)}) {other})"
        if choice < 0.7:
            label = self.label()
            return f"(block {label} {self.body(depth - 1, (*out, label))})"
        if choice < 0.72:
            return f"(if {self.value('i32', 2)} (then (return {self.value('i32', 2)})))"
        if choice < 0.74:
            return "(drop (memory.grow (i32.const 1)))"
        if choice < 0.8:  # values stay on the stack below a block, and a block takes and leaves several
            return (
                f"{self.value('i32', 2)} {self.value('f64', 2)} (block (param i32 f64) (result f64 i32) "
                f"local.set $f64_1 {self.body(depth - 1, ())} local.set $i32_1 (local.get $f64_0) (local.get $i32_1)) "
                "local.set $i32_2 local.set $f64_2"
            )
        if self.counters >= 3:
            return "nop"
        return self.loop(depth, out)

    def loop(self, depth: int, out: tuple[str, ...]) -> str:
        counter, leave, again = f"$c{self.counters}", self.label(), self.label()
        self.counters += 1
        body = self.body(depth - 1, (*out, leave))
        self.counters -= 1
        n = int(self.rng.integers(1, 4))
        return (
            f"(local.set {counter} (i32.const {n})) (block {leave} (loop {again} {body} "
            f"(br_if {again} (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1))))))"
        )

    def program(self, n_functions: int) -> str:
        texts = []
        for self.function in range(n_functions):
            names = [f"${kind}_{i}" for kind in KINDS for i in range(3)]
            given = ("$i32_0", "$i64_0")
            own = " ".join(f"(local {name} {name[1:4]})" for name in names if name not in given)
            counters = " ".join(f"(local $c{i} i32)" for i in range(3))
            texts.append(
                f'(func $f{self.function} (export "f{self.function}") '
                f"(param $i32_0 i32) (param $i64_0 i64) (result i32) {own} {counters} "
                f"{self.body(3, ())} {self.value('i32', 3)})"
            )
        table = " ".join(f"$f{i}" for i in range(n_functions))
        return (
            '(module (type $t (func (param i32 i64) (result i32))) (memory (export "memory") 1 4) '
            f"(global $g (mut i32) (i32.const 3)) (table {n_functions} funcref) (elem (i32.const 0) {table}) "
            f"{' '.join(texts)})"
        )


def program(seed: int) -> bytes:
    return text_to_wasm(Writer(np.random.default_rng(seed)).program(3))


CALL = ("f2", (5, -7))


def result(ended: Ended) -> tuple[object, ...]:
    """What a run did, its price left out; the text of a number tells NaN and -0 apart."""
    return ended.how, repr(ended.values), ended.text, ended.memory, ended.memory_bytes, repr(ended.globals)


def plain(wasm: bytes) -> Ended:
    return Machine(wasm).run(*CALL)


def check_composition(seed: int) -> str:
    """Monitors together and one at a time report the same, and the program does the same under all of them."""
    wasm = program(seed)
    bare = plain(wasm)
    assert bare.how in ("returned", "trapped")
    names = ["coverage", "branches", "hotness"]
    everything = Machine(wasm)
    together = monitors_of([*names, "loops", "calls", "memory", "tree", "values"], instructions=10**9)
    everything.attach(*together)
    assert result(everything.run(*CALL)) == result(bare)
    for i, monitor in enumerate(together):
        alone = Machine(wasm)
        (one,) = monitors_of([monitor.name]) if monitor.name != "timeout" else monitors_of([], instructions=10**9)
        alone.attach(one)
        assert result(alone.run(*CALL)) == result(bare)
        assert repr(one.report()) == repr(together[i].report()), monitor.name
    total = together[names.index("hotness")].report()["instructions"]
    spent = together[-1].report()["spent"]
    assert spent == total  # the budget and the counters agree on what ran
    check_counts(wasm, bare, together)
    return bare.how


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
    assert result(machine.run(*CALL)) == result(bare)
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
    assert result(machine.run(*CALL)) == result(plain(wasm))
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
    assert result(watcher.run(*CALL)) == result(bare)
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
        assert result(ended) == result(bare)
    return len(log), bool(reason)


def test_probes_that_come_and_go_fire_by_the_rules() -> None:
    found = [check_rules(seed) for seed in range(15)]
    assert sum(n for n, _ in found) > 100
    assert {stopped for _, stopped in found} == {True, False}


@pytest.mark.slow
def test_probes_that_come_and_go_fire_by_the_rules_in_many_programs() -> None:
    found = [check_rules(seed) for seed in range(3000, 3200)]
    assert {stopped for _, stopped in found} == {True, False}
