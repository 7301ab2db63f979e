"""What a WebAssembly module sees of the system: bounded output, and the same clock and chance in each run."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")

from unriddle.execute.trace.wasm import EVERYWHERE, Machine, WasmLimits, text_to_wasm

MODULE = """(module
(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "echo") (param $times i32) (result i32)
  (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 5))
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
  (i32.store (i32.const 4) (i32.load (i32.const 16)))
  (loop
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))
    (br_if 0 (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
  (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 20)))
(func (export "now") (result i64)
  (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 8))) (i64.load (i32.const 8)))
(func (export "chance") (result i64)
  (drop (call $random (i32.const 8) (i32.const 8))) (i64.load (i32.const 8)))
(func (export "sleep") (param $nanoseconds i64) (result i64)
  (i64.store (i32.const 64) (i64.const 77)) (i32.store8 (i32.const 72) (i32.const 0))
  (i64.store (i32.const 88) (local.get $nanoseconds))
  (drop (call $poll (i32.const 64) (i32.const 200) (i32.const 1) (i32.const 300)))
  (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 8)))
  (i64.add (i64.load (i32.const 8)) (i64.load (i32.const 200))))
(func (export "bad") (param $fd i32) (param $vectors i32) (param $n i32) (result i32)
  (call $write (local.get $fd) (local.get $vectors) (local.get $n) (i32.const 20)))
(func (export "bad_chance") (param $at i32) (param $n i32) (result i32)
  (call $random (local.get $at) (local.get $n))))"""


def machine(**limits: int) -> Machine:
    return Machine(text_to_wasm(MODULE), limits=WasmLimits(**limits))


def test_input_is_read_and_output_kept_apart_and_bounded() -> None:
    ended = machine(output_bytes=12).run("echo", [3], stdin=b"abcdefgh")
    assert (ended.values, ended.stdout, ended.stderr) == ((0,), "abcdeabcdeab", "abcde")


def test_clock_and_chance_are_the_same_in_each_run_and_under_probes() -> None:
    for name in ("now", "chance"):
        made = machine()
        values = [made.run(name).values, made.run(name).values]
        made.probe(EVERYWHERE, lambda moment: None, sees="frame")
        values.append(made.run(name).values)
        assert len(set(values)) == 1, name


def test_an_hour_of_sleep_passes_on_the_programs_clock_only() -> None:
    (value,) = machine().run("sleep", [3600 * 10**9]).values
    assert 3600 * 10**9 + 77 <= value < 3601 * 10**9  # 77 is what the event carries


@pytest.mark.parametrize(
    ("args", "error"),
    [((5, 0, 1), 8), ((0, 0, 1), 8), ((1, 70000, 1), 21), ((1, 65532, 1), 21), ((1, 0, -1), 21), ((1, -8, 1), 21)],
)
def test_files_that_are_not_there_and_addresses_outside_are_refused(args: tuple[int, int, int], error: int) -> None:
    ended = machine().run("bad", args)
    assert (ended.how, ended.values, ended.stdout) == ("returned", (error,), "")


@pytest.mark.parametrize(("args", "error"), [((65530, 100), 21), ((0, -1), 28), ((-1, 4), 21), ((65536, 0), 0)])
def test_chance_outside_of_memory_is_refused(args: tuple[int, int], error: int) -> None:
    assert machine().run("bad_chance", args).values == (error,)


def test_a_process_that_ran_a_printing_module_ends_in_peace() -> None:
    text = (
        "from unriddle.execute.trace.wasm import Machine, text_to_wasm\n"
        f"print(Machine(text_to_wasm({MODULE!r})).run('echo', [200], stdin=b'abc').stdout)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"abc" * 200, b"")
