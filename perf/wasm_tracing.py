"""What watching WebAssembly costs: each monitor and kind of probe against no probes, and against plain Python.

``python perf/wasm_tracing.py [--rounds 15] [--json]``

Three small programs (a sieve: loops and memory; fib: calls; buckets: loops, memory and branches) are run with each
monitor in turn, ``rounds`` times over, interleaved so that all meet the same load. What is measured is CPU time per
instruction of the program (their number is exact and known from the monitor ``hotness``), less what a run that does
nothing takes, so that a monitor that is a thousand times slower can be given less to do. A ratio is that over the same
for a machine without probes, in the same round; shown are the median and a 95 % interval of it (order statistics).
``wasmtime alone`` has no fuel, no clock and no limits; ``small address space`` is how the sandbox runs it;
``reserved`` has a switched-off call before every instruction; ``python`` is the same loop as a Python function.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import wasmtime
from tracing import median_interval

from unriddle.execute import open_executor
from unriddle.execute.trace.wasm import (
    EVERYWHERE,
    PACKAGES,
    Machine,
    Place,
    WasmLimits,
    monitors_of,
    text_to_wasm,
    watch,
)

MODULE = """(module (memory (export "memory") 16)
(func $fib (export "fib") (param $n i32) (result i32)
  (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (local.get $n))))
  (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))
(func $sieve (export "sieve") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $count i32)
  (local.set $i (i32.const 2))
  (block $done (loop $next
    (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
    (if (i32.eqz (i32.load8_u (local.get $i))) (then
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.set $j (i32.add (local.get $i) (local.get $i)))
      (block $out (loop $again
        (br_if $out (i32.ge_s (local.get $j) (local.get $n)))
        (i32.store8 (local.get $j) (i32.const 1))
        (local.set $j (i32.add (local.get $j) (local.get $i)))
        (br $again)))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $next)))
  (local.get $count))
(func $buckets (export "buckets") (param $n i32) (result i32) (local $i i32) (local $k i32) (local $v i32)
  (block $done (loop $next
    (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
    (local.set $k (i32.mul (i32.const 4) (i32.rem_u (i32.mul (local.get $i) (i32.const 7919)) (i32.const 20))))
    (local.set $v (i32.add (i32.load (local.get $k)) (i32.const 1)))
    (i32.store (local.get $k) (select (i32.const 0) (local.get $v) (i32.gt_s (local.get $v) (i32.const 50))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $next)))
  (i32.load (i32.const 12)))
(func $never (export "never") (param $n i32) (result i32) (local.get $n)))"""

SIZES = {"sieve": 1_000_000, "fib": 30, "buckets": 6_000_000}
SMALL = {"sieve": 500, "fib": 12, "buckets": 500}
PYTHON = {"sieve": 60_000, "fib": 20, "buckets": 60_000}

INLINE = ("coverage", "hotness", "branches", "loops", "calls", "memory", "timeout")
TOGETHER = ("coverage", "hotness", "branches")
HOST = ("tree", "values")


def fib(n: int) -> int:
    """As in the module."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def sieve(n: int) -> int:
    """As in the module."""
    flags, i, count = bytearray(max(n, 0)), 2, 0
    while i < n:
        if not flags[i]:
            count += 1
            j = i + i
            while j < n:
                flags[j] = 1
                j += i
        i += 1
    return count


def buckets(n: int) -> int:
    """As in the module, for sizes at which nothing overflows."""
    counts = [0] * 20
    i = 0
    while i < n:
        k = i * 7919 % 20
        v = counts[k] + 1
        counts[k] = 0 if v > 50 else v
        i += 1
    return counts[3]


SAME = {"fib": fib, "sieve": sieve, "buckets": buckets}
Runs = dict[str, tuple[Callable[[int], Any], int]]


def machine(wasm: bytes, names: tuple[str, ...] = (), **options: Any) -> Machine:
    """A machine with these monitors."""
    made = Machine(wasm, limits=WasmLimits(fuel=1 << 50, seconds=600.0), **options)
    own = [name for name in names if name != "timeout"]
    made.attach(*monitors_of(own, instructions=1 << 50 if "timeout" in names else 0))
    return made


def call(made: Machine, name: str) -> Callable[[int], Any]:
    """The function as the machine runs it."""

    def run(n: int) -> Any:
        ended = made.run(name, [n])
        assert ended.how == "returned", ended
        return ended.values[0]

    return run


def alone(wasm: bytes, name: str) -> Callable[[int], Any]:
    """The function in wasmtime as it is."""
    engine = wasmtime.Engine()
    code = wasmtime.Module(engine, wasm)

    def run(n: int) -> Any:
        store = wasmtime.Store(engine)
        return wasmtime.Instance(store, code, []).exports(store)[name](store, n)

    return run


def probed(wasm: bytes, name: str, where: str, sees: Any) -> Machine:
    """A machine with a probe that does nothing: everywhere, at the loops (or the entry), or in another function."""
    made = machine(wasm)
    if where == "everywhere":
        made.probe(EVERYWHERE, lambda moment: None, sees=sees)
        return made
    function = made.function("never" if where == "other" else name)
    loops = [one.pc for one in function.code if one.name == "loop"]
    for pc in loops or [-1]:
        made.probe(Place(function.index, pc), lambda moment: None, sees=sees)
    return made


def variants(wasm: bytes, name: str) -> Runs:
    """What is measured, and the size it is given."""
    large, small = SIZES[name], SMALL[name]
    found: Runs = {
        "no probes": (call(machine(wasm), name), large),
        "no probes, again": (call(machine(wasm), name), large),
        "wasmtime alone": (alone(wasm, name), large),
        "small address space": (call(machine(wasm, small_address_space=True), name), large),
        "a probe in another function": (call(probed(wasm, name, "other", "nothing"), name), large),
        "reserved": (call(machine(wasm, reserve=EVERYWHERE), name), large),
    }
    for monitor in INLINE:
        found[monitor] = (call(machine(wasm, (monitor,)), name), large)
    found["+".join(TOGETHER)] = (call(machine(wasm, TOGETHER), name), large)
    for monitor in HOST:
        size = large if monitor == "tree" and name != "fib" else small  # only fib calls anything
        found[monitor] = (call(machine(wasm, (monitor,)), name), size)
    for where, sees in (("loops", "nothing"), ("loops", "frame"), ("everywhere", "nothing"), ("everywhere", "frame")):
        found[f"probe {where}, sees {sees}"] = (call(probed(wasm, name, where, sees), name), small)
    found["python"] = (SAME[name], PYTHON[name])
    return found


def measure(name: str, *, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Ratios of one program to no probes, by variant, and the nanoseconds per instruction without any."""
    wasm = text_to_wasm(MODULE)
    runs = variants(wasm, name)
    (hotness,) = monitors_of(["hotness"])
    counter = machine(wasm)
    counter.attach(hotness)
    work: dict[int, int] = {}
    for n in {size for _, size in runs.values()}:
        counter.run(name, [n])
        work[n] = int(str(hotness.report()["instructions"]))
    answers = {n: call(machine(wasm), name)(n) for n in work}
    costs: dict[str, list[float]] = {variant: [] for variant in runs}
    for number in range(rounds + 1):
        for variant, (run, n) in runs.items():
            empty = timed(run, 0)[0]
            spent, answer = timed(run, n)
            assert answer == answers[n], (variant, answer)
            if number:
                costs[variant].append(max(spent - empty, 0.0) / work[n])
    base = costs["no probes"]
    found = {
        variant: median_interval([cost / one for cost, one in zip(values, base, strict=True)])
        for variant, values in costs.items()
        if variant != "no probes"
    }
    found["ns per instruction"] = median_interval([one * 1e9 for one in base])
    everywhere = costs["probe everywhere, sees nothing"]  # one call for each instruction
    found["us per call of a probe"] = median_interval([(c - b) * 1e6 for c, b in zip(everywhere, base, strict=True)])
    return found


def timed(run: Callable[[int], Any], n: int) -> tuple[float, Any]:
    """CPU seconds and the answer."""
    began = time.process_time()
    answer = run(n)
    return time.process_time() - began, answer


def preparing() -> float:
    """Milliseconds of CPU to make a machine with three monitors and run a function that does nothing, median."""
    wasm = text_to_wasm(MODULE)
    took = []
    for _ in range(9):
        began = time.process_time()
        call(machine(wasm, TOGETHER), "never")(1)
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


def watching() -> float:
    """Milliseconds of a whole ``watch`` of a function that does nothing, sandbox included, median."""
    wasm = text_to_wasm(MODULE)
    took = []
    with open_executor(workers=1, packages=PACKAGES) as executor:
        for _ in range(10):
            began = time.perf_counter()
            watch(wasm, "never", [1], executor=executor, monitors=TOGETHER)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:])


def shown(ratio: float) -> str:
    """Two or three figures of it."""
    return (
        f"{ratio:.3f}"
        if ratio < 0.2
        else f"{ratio:.2f}"
        if ratio < 10
        else f"{ratio:.3g}"
        if ratio < 1000
        else f"{round(ratio, -2):,.0f}"
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    options = parser.parse_args()
    report = {}
    for name in SIZES:
        report[name] = measure(name, rounds=options.rounds)
        print(f"{name}: done", file=sys.stderr)
    ready, whole = preparing(), watching()
    if options.json:
        print(
            json.dumps(
                {"schema": 1, "rounds": options.rounds, "ratios": report, "prepare_ms": ready, "watch_ms": whole}
            )
        )
        return 0
    print(f"{options.rounds} rounds: CPU time per instruction over no probes, median (95 % interval)")
    print(f"{'':32}" + "".join(f"{name:>28}" for name in report))
    for variant in report["sieve"]:
        cells = (f"{shown(m)} ({shown(a)} to {shown(b)})" for m, a, b in (report[name][variant] for name in report))
        print(f"{variant:32}" + "".join(f"{cell:>28}" for cell in cells))
    print(f"reading, rewriting and compiling the module with {', '.join(TOGETHER)}, and an empty run: {ready:.1f} ms")
    print(f"a whole watch of the same, sandbox included: {whole:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
