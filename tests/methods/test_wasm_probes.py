"""Inputs chosen by one-shot probes against choices by hand and by brute force; mutants and what kills them."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")
pytest.importorskip("elftools", reason="needs the extra unriddle[wasm]")

from unriddle.errors import BadInput, ExecutorError
from unriddle.execute import open_executor
from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace.wasm import PACKAGES, Machine, Place, WasmLimits, compile_c, monitors_of, text_to_wasm
from unriddle.execute.trace.wasm.binary import read_module
from unriddle.execute.trace.wasm.c import clang
from unriddle.execute.trace.wasm.plan import reachable
from unriddle.lab._wasm_counted import ADD, CHOICE, COUNTDOWN, DIVIDE, SWITCH
from unriddle.lab._wasm_random import Writer
from unriddle.methods import _wasm_kills, wasm_probes
from unriddle.methods._wasm_inside import guide
from unriddle.methods._wasm_mutate import changes_of, mutated
from unriddle.methods._wasm_session import wired, wired_limits
from unriddle.methods.wasm_probes import Input, Kept, choose_inputs, killed_by, mutants_of

LITTLE = WasmLimits(fuel=10_000, seconds=5.0, memory_mb=4)


@pytest.fixture(scope="module")
def executor() -> Iterator[PythonExecutor]:
    with open_executor(workers=1, packages=PACKAGES) as opened:
        yield opened  # type: ignore[misc]


def module(text: str) -> bytes:
    return text_to_wasm(f"(module {text})")


def inputs(*numbers: int) -> list[Input]:
    return [Input((n,)) for n in numbers]


def places(kept: Kept) -> list[tuple[str, int]]:
    return [(goal.instruction, goal.way) for goal in kept.reached]


def test_what_reaches_something_new_is_kept(executor: PythonExecutor) -> None:
    found = choose_inputs(module(CHOICE), "f", inputs(5, 1, 0, 0, 7), executor=executor)
    assert [(one.number, one.input.args, one.values) for one in found.kept] == [(0, (5,), (10,)), (2, (0,), (20,))]
    assert places(found.kept[0]) == [("local.get", -1), ("i32.const", -1), ("else", -1), ("end", -1), ("if", 1)]
    assert places(found.kept[1]) == [("i32.const", -1), ("end", -1), ("if", 0)]
    assert (found.runs, found.why, found.missed) == (3, "all reached", ())
    assert found.inputs == inputs(5, 0)


def test_every_target_of_a_table_is_a_place(executor: PythonExecutor) -> None:
    found = choose_inputs(module(SWITCH), "f", inputs(2, 9, -1, 0), executor=executor)
    assert [one.number for one in found.kept] == [0, 3]
    assert [(goal.instruction, goal.way) for goal in found.missed if goal.way >= 0] == [("br_table", 1)]
    assert found.why == "no more"


def test_an_endless_stream_is_left_when_nothing_new_comes(executor: PythonExecutor) -> None:
    text = CHOICE + " (func $unused)"
    stream = (Input((n % 2,)) for n in itertools.count())
    found = choose_inputs(module(text), "f", stream, executor=executor, patience=30)
    assert (found.runs, found.why, len(found.kept)) == (32, "nothing new", 2)
    assert found.missed_functions == ["unused"]
    assert found.missed_lines == []  # the module has no lines


def test_it_stops_where_it_is_asked_to(executor: PythonExecutor) -> None:
    given = inputs(1, 1, 0)
    one = choose_inputs(module(CHOICE), "f", given, executor=executor, most=1)
    assert (len(one.kept), one.runs, one.why) == (1, 1, "most")
    two = choose_inputs(module(CHOICE), "f", given, executor=executor, runs=2)
    assert (len(two.kept), two.runs, two.why) == (1, 2, "runs")
    assert choose_inputs(module(CHOICE), "f", [], executor=executor).why == "no more"


def test_rounds_put_the_probes_back(executor: PythonExecutor) -> None:
    found = choose_inputs(module(CHOICE), "f", inputs(0, 0, 1, 1, 1, 0), executor=executor, rounds=3)
    assert [(one.number, one.round) for one in found.kept] == [(0, 0), (2, 0), (3, 1), (5, 1)]
    assert found.missed == ()


def test_small_parts_give_the_same_choice(executor: PythonExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    given = inputs(4, 0, 1, 1, 2, 9, 0, 1)
    whole = choose_inputs(module(SWITCH), "f", given, executor=executor, rounds=2, patience=3)
    monkeypatch.setattr(wasm_probes, "_FIRST_BATCH", 3)
    monkeypatch.setattr(wasm_probes, "SECONDS", 0.0)  # each visit to the sandbox runs one input
    assert choose_inputs(module(SWITCH), "f", given, executor=executor, rounds=2, patience=3) == whole


def test_runs_that_trap_or_never_end_are_told(executor: PythonExecutor) -> None:
    found = choose_inputs(module(DIVIDE), "f", inputs(0, 2), executor=executor)
    assert [(one.how, one.values) for one in found.kept] == [("trapped", ()), ("returned", (3,))]
    found = choose_inputs(module(COUNTDOWN), "f", inputs(0, 1), executor=executor, limits=LITTLE)
    assert [one.how for one in found.kept] == ["out of fuel", "returned"]


def seen(wasm: bytes, args: tuple[int, int]) -> set[tuple[object, ...]]:
    """Instructions and ways of branches that a run takes, by the monitors."""
    machine, (coverage, branches) = Machine(wasm), monitors_of(["coverage", "branches"])
    machine.attach(coverage, branches)
    selects = {
        (f.name, one.pc): machine.tally(Place(f.index, one.pc), most=1)
        for f in machine.module.defined
        for one in f.code
        if one.name == "select" and one.pc in reachable(machine.module, f)
    }
    machine.run("f2", args)
    report: dict[str, dict[str, list[int]]] = coverage.report()  # type: ignore[assignment]
    found: set[tuple[object, ...]] = {(name, pc) for name, row in report.items() for pc in row["ran"]}
    rows: list[tuple[str, int, str, list[int]]] = branches.report()["rows"]  # type: ignore[assignment]
    rows += [(name, pc, "select", list(counter.values)) for (name, pc), counter in selects.items()]
    return found | {(name, pc, way) for name, pc, _, ways in rows for way, n in enumerate(ways) if n}


@pytest.mark.parametrize("seed", range(4))
def test_the_choice_is_that_of_monitors_on_each_run_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wasm = text_to_wasm(Writer(rng).program(3))
    given = [(int(a), int(b)) for a, b in rng.integers(-20, 20, (25, 2))]
    known: set[tuple[object, ...]] = set()
    expected = []
    for number, args in enumerate(given):
        now = seen(wasm, args)
        expected += [number] if now - known else []
        known |= now
    options = {"reached": [], "idle": 0, "kept": 0, "rounds": 0, "told": False, "most": 99, "patience": 99,
               "most_rounds": 1, "seconds": 60.0, "limits": wired_limits(None)}  # fmt: skip
    answer = guide(base64.b64encode(wasm).decode(), "f2", wired([Input(args) for args in given]), options)
    assert [row[0] for row in answer["rows"]] == expected


def changes(text: str) -> list[str]:
    read = read_module(module(text))
    return [what for _, _, what, _ in changes_of(read, [f.index for f in read.defined])]


def test_mutants_by_hand(executor: PythonExecutor) -> None:
    assert changes(ADD) == ["i32.add becomes i32.sub"]
    assert changes(CHOICE) == [
        "condition of if negated", "constant 10 becomes 11", "constant 10 becomes 9", "constant 20 becomes 21",
        "constant 20 becomes 19",
    ]  # fmt: skip
    less = '(func (export "f") (param f64) (result f64) local.get 0 f64.const 0.5 f64.lt if (result f64) {} end)'
    assert changes(less.format("f64.const 1e300 else f64.const inf")) == [
        "constant 0.5 becomes 1.5", "constant 0.5 becomes -0.5", "f64.lt becomes f64.le", "f64.lt becomes f64.ge",
    ]  # fmt: skip
    edge = '(func (export "f") (result i32) i32.const 2147483647 i32.eqz return i32.const 1)'
    assert changes(edge)[0] == "constant 2147483647 becomes -2147483648"
    assert changes(edge)[2:] == ["i32.eqz negated"]  # what never runs has no mutants
    (mutant,) = mutants_of(module(ADD), executor=executor)
    assert (mutant.function, mutant.pc, mutant.line, mutant.change) == ("f", 5, 0, "i32.add becomes i32.sub")


@pytest.mark.parametrize("seed", range(3))
def test_every_change_gives_a_valid_module_that_differs_in_one_instruction(seed: int) -> None:
    wasm = text_to_wasm(Writer(np.random.default_rng(seed)).program(2))
    before = read_module(wasm)
    for index, pc, _, raw in changes_of(before, [f.index for f in before.defined])[::5]:
        after = Machine(mutated(before, index, pc, raw)).module  # the engine checks it
        for old, new in zip(before.defined, after.defined, strict=True):
            gone = [one.raw for one in old.code]
            at = [one.pc for one in old.code].index(pc) if old.index == index else 0
            if old.index == index:
                gone[at] = raw
            assert b"".join(gone) == b"".join(one.raw for one in new.code)


def test_what_kills_what(executor: PythonExecutor) -> None:
    mutants = mutants_of(module(CHOICE), executor=executor)
    given = inputs(1, 0, 3)
    every = killed_by(module(CHOICE), "f", mutants=mutants, inputs=given, executor=executor, every=True)
    assert every.table.tolist() == [[1, 1, 1], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 1, 0]]
    first = killed_by(module(CHOICE), "f", mutants=mutants, inputs=given, executor=executor)
    assert first.table.tolist() == [[1, -1, -1], [1, -1, -1], [1, -1, -1], [0, 1, -1], [0, 1, -1]]
    assert every.killed.all()
    less = killed_by(module(CHOICE), "f", mutants=mutants, inputs=given[:1], executor=executor)
    assert [one.change for one in less.survivors] == ["constant 20 becomes 21", "constant 20 becomes 19"]
    none = killed_by(module(CHOICE), "f", mutants=mutants, inputs=[], executor=executor)
    assert (none.table.shape, none.killed.any()) == ((5, 0), False)


def test_small_parts_give_the_same_table(executor: PythonExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    mutants = mutants_of(module(CHOICE), executor=executor)[:3]
    monkeypatch.setattr(_wasm_kills, "SECONDS", 0.0)  # each visit to the sandbox fills one cell
    found = killed_by(module(CHOICE), "f", mutants=mutants, inputs=inputs(1, 0), executor=executor)
    assert found.table.tolist() == [[1, -1], [1, -1], [1, -1]]


def test_mutants_that_never_end_or_trap_are_killed(executor: PythonExecutor) -> None:
    mutants = mutants_of(module(COUNTDOWN), executor=executor)
    found = killed_by(module(COUNTDOWN), "f", mutants=mutants, inputs=inputs(6), executor=executor, limits=LITTLE)
    by_change = dict(zip((one.change for one in mutants), found.table[:, 0].tolist(), strict=True))
    assert by_change == {
        "constant 1 becomes 2": 0,  # 6 is even, and nothing is returned
        "constant 1 becomes 0": 1,
        "i32.sub becomes i32.add": 1,
        "condition of br_if negated": 0,
    }


def test_a_run_that_took_too_long_says_nothing(executor: PythonExecutor) -> None:
    slow = WasmLimits(fuel=1 << 60, seconds=0.05, memory_mb=4)
    mutants = [one for one in mutants_of(module(COUNTDOWN), executor=executor) if one.change.endswith("becomes 0")]
    found = killed_by(module(COUNTDOWN), "f", mutants=mutants, inputs=inputs(6), executor=executor, limits=slow)
    assert found.table.tolist() == [[-1]]
    assert not found.killed.any()


def test_mistakes_are_told(executor: PythonExecutor) -> None:
    wasm = module(ADD)
    with pytest.raises(BadInput, match="f\\(i32, i32\\): expected 2 numbers, got 1"):
        choose_inputs(wasm, "f", inputs(1), executor=executor)
    with pytest.raises(BadInput, match="expected Input"):
        choose_inputs(wasm, "f", [(1, 2)], executor=executor)  # type: ignore[list-item]
    with pytest.raises(BadInput, match="bytes in stdin"):
        choose_inputs(wasm, "f", [Input((1, 2), "text")], executor=executor)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="ints and floats of Python in args"):
        choose_inputs(wasm, "f", [Input((1, np.int64(2)))], executor=executor)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="most to be a whole number from 1 on, got 0"):
        choose_inputs(wasm, "f", [], executor=executor, most=0)
    with pytest.raises(BadInput, match="exported are: f"):
        killed_by(wasm, "g", mutants=mutants_of(wasm, executor=executor), inputs=inputs(1), executor=executor)
    with pytest.raises(BadInput, match="none of this name"):
        mutants_of(wasm, executor=executor, functions=["g"])
    with pytest.raises(BadInput, match=r"whole \.wasm file"):
        mutants_of(wasm[:-3], executor=executor)


@pytest.mark.parametrize(
    "answer",
    [
        {
            "goals": [["f", 1, "nop", -1, []]],
            "done": 1,
            "rows": [[0, [7], 0, "returned", []]],
            "reached": [],
            "why": "",
        },
        {"done": 9, "rows": [], "reached": [], "why": "", "idle": 0, "kept": 0, "rounds": 0},
        {"done": 0, "rows": [], "reached": [], "why": "", "idle": 0, "kept": 0, "rounds": 0},
        {},
    ],
)
def test_a_forged_answer_of_the_sandbox_is_an_error(answer: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wasm_probes, "ask", lambda *given, **more: answer)
    monkeypatch.setattr(_wasm_kills, "ask", lambda *given, **more: answer)
    with pytest.raises(ExecutorError, match="run it again"):
        choose_inputs(module(ADD), "f", [Input((1, 2))], executor=None)  # type: ignore[arg-type]
    mutant = _wasm_kills.Mutant("f", 0, 5, 0, "", b"k")
    with pytest.raises(ExecutorError, match="run it again"):
        killed_by(module(ADD), "f", mutants=[mutant], inputs=[Input((1, 2))], executor=None)  # type: ignore[arg-type]


SIGN = """\
#include <stdio.h>
int sign(int x) {
  if (x > 0)
    return 1;
  if (x == 12345)
    return 7;
  return x < 0 ? -1 : 0;
}
int unused(void) {
  return 3;
}
int main(void) {
  int c = getchar();
  putchar(c == 'a' ? 'A' : '?');
  return 0;
}
"""


@pytest.mark.skipif(
    clang() is None or not Path("/usr/include/wasm32-wasi/stdio.h").exists(),
    reason="needs clang and wasi-libc (apt install clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32)",
)
def test_lines_and_functions_of_a_c_program(executor: PythonExecutor) -> None:
    wasm = compile_c(SIGN)
    found = choose_inputs(wasm, "sign", inputs(3, 4, -2, 0), executor=executor)
    assert [one.values for one in found.kept] == [(1,), (-1,), (0,)]
    assert {"__original_main", "unused"} == set(found.missed_functions)
    assert 6 in found.missed_lines
    assert 10 in found.missed_lines
    assert not {3, 4, 7} & set(found.missed_lines)
    mutants = mutants_of(wasm, executor=executor, functions=["sign"])
    assert {one.line for one in mutants} <= set(range(2, 9))
    found = choose_inputs(
        compile_c(SIGN, reactor=False), "_start", [Input((), c) for c in (b"a", b"a", b"b")], executor=executor
    )
    assert [one.input.stdin for one in found.kept] == [b"a", b"b"]
