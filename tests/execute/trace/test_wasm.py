"""Small WebAssembly modules whose instructions, branches, loops, calls and values were counted by hand."""

from __future__ import annotations

import pytest

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm import (
    ENTRY,
    EVERYWHERE,
    EXIT,
    Machine,
    Moment,
    Place,
    Stop,
    WasmLimits,
    monitors_of,
    text_to_wasm,
)
from unriddle.execute.trace.wasm.binary import read_module
from unriddle.execute.trace.wasm.instrument import instrument
from unriddle.execute.trace.wasm.places import Layout
from unriddle.lab._wasm_counted import (
    ADD,
    CHOICE,
    COUNTDOWN,
    COUNTED,
    DIVIDE,
    FIB,
    FILL,
    GLOBAL,
    INDIRECT,
    LEAVE,
    NESTED,
    PARAMS,
    SWITCH,
    Counted,
)  # fmt: skip

pytest.importorskip("wasmtime", reason="needs the extra wasm")


def machine(text: str, **more: object) -> Machine:
    return Machine(text_to_wasm(f"(module {text})"), **more)  # type: ignore[arg-type]


def reports(text: str, *args: float, names: tuple[str, ...], instructions: int = 0) -> tuple[object, dict[str, dict]]:
    m = machine(text)
    monitors = monitors_of(names, instructions=instructions)
    m.attach(*monitors)
    ended = m.run("f", args)
    return ended, {one.name: one.report() for one in monitors}  # type: ignore[misc]


@pytest.mark.parametrize("case", COUNTED)
def test_counts(case: Counted) -> None:
    ended, found = reports(case.text, *case.args, names=("hotness", "branches", "loops"), instructions=1000)
    assert ended.values == case.values
    assert found["hotness"]["instructions"] == case.n
    assert found["timeout"] == {"budget": 1000, "spent": case.n}
    assert tuple(tuple(row[3]) for row in found["branches"]["rows"]) == case.branches
    assert tuple(row[2] for row in found["loops"]["rows"]) == case.loops
    m, seen = machine(case.text), []
    m.probe(EVERYWHERE, lambda at: seen.append(at.place))
    assert m.run("f", case.args).values == case.values
    assert len(seen) == case.n


def test_coverage_names_what_did_not_run() -> None:
    _, found = reports(CHOICE, 1, names=("coverage",))
    code = machine(CHOICE).function("f").code
    missed = {one.pc: one.name for one in code if one.pc in found["coverage"]["f"]["missed"]}
    assert list(missed.values()) == ["i32.const", "end"]


def test_what_follows_a_trap_did_not_run() -> None:
    ended, found = reports(DIVIDE, 0, names=("coverage", "hotness"))
    assert (ended.how, ended.text) == ("trapped", "integer divide by zero")
    assert found["hotness"]["instructions"] == 3
    assert len(found["coverage"]["f"]["missed"]) == 1


def test_memory_is_counted_in_bytes() -> None:
    ended, found = reports(FILL, 4, names=("memory",))
    assert ended.memory_bytes == 2 * 65536
    assert found["memory"] == {
        "loads": 1, "stores": 4, "bytes_loaded": 8, "bytes_stored": 4, "grows": 1, "fills_and_copies": 0,
    }  # fmt: skip


def test_calls_and_their_tree() -> None:
    _, found = reports(FIB, 3, names=("calls", "tree"))
    assert found["calls"]["entered"] == {"fib": 5}
    assert [row[3] for row in found["calls"]["rows"]] == [2, 2]
    assert found["tree"]["rows"] == [
        [-1, "fib", [3], [2]], [0, "fib", [2], [1]], [1, "fib", [1], [1]], [1, "fib", [0], [0]], [0, "fib", [1], [1]],
    ]  # fmt: skip
    _, found = reports(INDIRECT, 1, names=("calls",))
    assert found["calls"]["entered"] == {"plus": 0, "minus": 1, "f": 1}


def test_a_call_that_traps_has_no_result_in_the_tree() -> None:
    _, found = reports(DIVIDE, 0, names=("tree",))
    assert found["tree"]["rows"] == [[-1, "f", [0], None]]


def test_values_of_locals_and_globals() -> None:
    _, found = reports(COUNTDOWN, 3, names=("values",))
    assert found["values"] == {"f local 0": [3, 2, 1, 0]}
    _, found = reports(GLOBAL, names=("values",))
    assert found["values"] == {"global 0": [5, 10]}


def test_a_probe_sees_locals_and_all_operands() -> None:
    m, seen = machine(PARAMS), []
    f = m.function("f")
    pc = next(one.pc for one in f.code if one.name == "i32.add")
    m.probe(Place(f.index, pc), lambda at: seen.append((at.locals, at.stack, at.top)), sees="frame")
    m.probe(Place(f.index, pc), lambda at: seen.append((at.locals, at.stack, at.top)), sees="top")
    m.run("f", (2, 1 << 32 | 3))
    assert seen == [((2, 1 << 32 | 3), (3, 2, 40), 3)] * 2  # one frame is put aside for both


def test_functions_are_entered_once_and_left_once_on_every_way() -> None:
    for argument, result in ((0, (0.5, 1)), (1, (1.5, 2))):
        m, seen = machine(LEAVE), []
        place = m.function("f").index
        m.probe(Place(place, ENTRY), lambda at, seen=seen: seen.append(("in", at.locals)), sees="frame")
        m.probe(Place(place, EXIT), lambda at, seen=seen: seen.append(("out", at.stack)), sees="frame")
        m.run("f", [argument])
        assert seen == [("in", (argument,)), ("out", result)]
    m, seen = machine(COUNTDOWN), []
    m.probe(Place(m.function("f").index, ENTRY), lambda at: seen.append(at.place))
    m.run("f", [3])
    assert len(seen) == 1  # a branch back to the first instruction is no entry


def test_a_probe_reads_memory_as_it_is_then() -> None:
    m, seen = machine(FILL), []
    f = m.function("f")
    pc = next(one.pc for one in f.code if one.name == "br_if")
    m.probe(Place(f.index, pc), lambda at: seen.append(at.memory(0, 4)))
    m.run("f", [4])
    assert seen == [b"\0\0\0\7", b"\0\0\7\7", b"\0\7\7\7", b"\7\7\7\7"]


def test_budgets_end_a_run_at_the_same_instruction_each_time() -> None:
    for _ in range(2):
        ended, found = reports(COUNTDOWN, 1_000_000, names=("loops",), instructions=100)
        assert (ended.how, ended.text) == ("stopped", "more than 100 instructions")
        assert found["loops"]["rows"][0][2] == 14  # 14 passes of 7 instructions; the 15th would be 105


def test_endless_runs_and_large_memories_are_bounded() -> None:
    endless = '(func (export "f") loop br 0 end)'
    assert machine(endless, limits=WasmLimits(fuel=10_000)).run("f").how == "out of fuel"
    assert machine(endless, limits=WasmLimits(seconds=0.05, fuel=1 << 60)).run("f").how == "out of time"
    grow = '(memory 1) (func (export "f") (param i32) (result i32) local.get 0 memory.grow)'
    ended = machine(grow, limits=WasmLimits(memory_mb=1)).run("f", [1000])
    assert (ended.values, ended.memory_bytes) == ((-1,), 65536)
    deep = '(func $f (export "f") call $f)'
    assert machine(deep).run("f").how == "trapped"


def test_a_probe_ends_the_run_with_its_reason() -> None:
    m = machine(COUNTDOWN)
    f = m.function("f")

    def look(at: Moment) -> Stop | None:
        return Stop("two left") if at.locals == (2,) else None

    m.probe(Place(f.index, f.code[1].pc), look, sees="frame")
    ended = m.run("f", [5])
    assert (ended.how, ended.text) == ("stopped", "two left")


def test_without_acts_the_code_is_the_same() -> None:
    for text in (ADD, CHOICE, SWITCH, FIB, NESTED, INDIRECT, GLOBAL, LEAVE, PARAMS):  # none has a memory: ours is one
        wasm = text_to_wasm(f"(module {text})")
        again = read_module(instrument(read_module(wasm), {}, Layout(0, 0, 0)))
        before = read_module(wasm)
        assert [f.code for f in again.defined] == [f.code for f in before.defined]
        assert again.globals == before.globals


@pytest.mark.parametrize(
    ("wasm", "said"),
    [
        (b"", "whole .wasm file"),
        (b"\0asm\1\0\0\0\1", "whole .wasm file"),
        (text_to_wasm('(module (func (result v128) v128.const i32x4 1 2 3 4))'), "vectors"),
        (text_to_wasm('(module (memory 1) (memory 1))'), "one memory"),
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_named(wasm: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Machine(wasm)


def test_mistakes_are_told_before_anything_runs() -> None:
    m = machine(ADD)
    for args in ((1,), (1, 2.5), (1, 1 << 40), (True, 1)):
        with pytest.raises(BadInput, match="f\\(i32, i32\\)"):
            m.run("f", args)
    with pytest.raises(BadInput, match="exported are: f"):
        m.run("g")
    with pytest.raises(BadInput, match="no instruction"):
        m.count(Place(0, 4))
    with pytest.raises(BadInput, match="coverage, hotness"):
        monitors_of(["heat"])
    with pytest.raises(BadInput, match="host has"):
        machine('(import "env" "m" (memory 1)) (func (export "f"))').run("f")
