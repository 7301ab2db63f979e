"""What probes cost on a program of loops: ratios of CPU time, interleaved, with the median and its interval.

``perf/wasm_tracing.py`` measures more kinds of probes on more programs. Not covered: the time to rewrite and compile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from unriddle.execute.trace.wasm import EVERYWHERE, Machine, WasmLimits, monitors_of, text_to_wasm
from unriddle.lab.base import Claim, Preset, claim
from unriddle.methods._wasm_inside import Goals

__all__ = ["cost", "median_interval"]

_MODULE = """(module (func (export "f") (param $n i32) (result i32) (local $x i32) (local $steps i32)
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get $n)))
    (local.set $x (local.get $n))
    (block $one (loop $step
      (br_if $one (i32.eq (local.get $x) (i32.const 1)))
      (if (i32.and (local.get $x) (i32.const 1))
        (then (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 3)) (i32.const 1))))
        (else (local.set $x (i32.shr_u (local.get $x) (i32.const 1)))))
      (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
      (br $step)))
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (br $next)))
  (local.get $steps))
(func (export "never") (param i32) (result i32) (local.get 0)))"""
"""Steps of the Collatz sequences of 1 to n."""

_LARGE, _SMALL = 100_000, 25
_FUEL = 1 << 50
_ROUNDS: dict[str, int] = {"small": 11, "full": 41}
_Run = Callable[[int], object]


def cost(preset: Preset) -> list[Claim]:
    """Ratios to no probes, and of no probes to the engine without any of this."""
    rounds = _ROUNDS[preset]
    wasm = text_to_wasm(_MODULE)
    work = {n: _instructions(wasm, n) for n in (_LARGE, _SMALL)}
    ratios = _measured(wasm, work, rounds)
    note = f"CPU time, median of {rounds} interleaved rounds of {work[_LARGE] / 1e6:.0f} million instructions"
    low, high = 0.97, 1.03
    plain, *ends = ratios["no probes"]
    claims = [
        claim(
            "time without probes over the same engine that does not know of probes",
            plain,
            relation="between",
            low=low,
            high=high,
            note=f"95 % interval {ends[0]:.3f} to {ends[1]:.3f}; {note}",
        )
    ]
    for name, text in (
        ("one-shot", "time with one-shot coverage once it is warm, over no probes"),
        ("marks", "time with coverage that is written into the code and stays, over no probes"),
    ):
        middle, low, high = ratios[name]
        claims.append(claim(text, middle, relation="<=", baseline=1.3, low=low, high=high, note=note))
    middle, low, high = ratios["everywhere"]
    claims.append(
        claim(
            "time per instruction with a probe at every instruction, over no probes",
            middle,
            relation=">",
            baseline=10.0,
            low=low,
            high=high,
            note=f"{note}, {work[_SMALL]:,} with the probe",
        )
    )
    return claims


def _measured(wasm: bytes, work: dict[int, int], rounds: int) -> dict[str, tuple[float, float, float]]:
    """Median ratios with their intervals; ``no probes`` is over the plain engine, the others over ``no probes``."""
    runs: dict[str, tuple[_Run, int]] = {
        "plain": (_plain(wasm), _LARGE),
        "no probes": (_runs(_machine(wasm)), _LARGE),
        "one-shot": (_warm(wasm), _LARGE),
        "marks": (_marked(wasm), _LARGE),
        "everywhere": (_everywhere(wasm), _SMALL),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, (run, n) in runs.items():
            spent = _timed(run, n) - _timed(run, 0)
            if turn:  # the first round warms up
                times[name].append(max(spent, 1e-9) / work[n])
    base = {name: times["plain" if name == "no probes" else "no probes"] for name in runs}
    return {
        name: median_interval([one / other for one, other in zip(times[name], base[name], strict=True)])
        for name in runs
        if name != "plain"
    }


def _timed(run: _Run, n: int) -> float:
    began = time.process_time()
    run(n)
    return time.process_time() - began


def _instructions(wasm: bytes, n: int) -> int:
    (hotness,) = monitors_of(["hotness"])
    machine = _machine(wasm)
    machine.attach(hotness)
    machine.run("f", [n])
    return int(str(hotness.report()["instructions"]))


def _machine(wasm: bytes) -> Machine:
    return Machine(wasm, limits=WasmLimits(fuel=_FUEL, seconds=600.0))


def _runs(machine: Machine) -> _Run:
    return lambda n: machine.run("f", [n])


def _warm(wasm: bytes) -> _Run:
    """One-shot probes for everything, those that can be reached gone already."""
    machine = _machine(wasm)
    goals = Goals(machine)
    goals.put(())
    machine.run("f", [10])
    goals.fresh()
    return _runs(machine)


def _marked(wasm: bytes) -> _Run:
    machine = _machine(wasm)
    machine.attach(*monitors_of(["coverage"]))
    return _runs(machine)


def _everywhere(wasm: bytes) -> _Run:
    machine = _machine(wasm)
    machine.probe(EVERYWHERE, lambda moment: None)
    return _runs(machine)


def _plain(wasm: bytes) -> _Run:
    """The engine with the same limits, and nothing of ours."""
    import wasmtime

    config = wasmtime.Config()
    config.consume_fuel = config.epoch_interruption = config.cranelift_nan_canonicalization = True
    engine = wasmtime.Engine(config)
    code = wasmtime.Module(engine, wasm)

    def run(n: int) -> object:
        store = wasmtime.Store(engine)
        store.set_fuel(_FUEL)
        store.set_epoch_deadline(1)
        return wasmtime.Instance(store, code, []).exports(store)["f"](store, n)

    return run


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, and the order statistics that hold it with at least 95 %; all of them for fewer than six values."""
    ordered, n = sorted(values), len(values)
    outside = np.cumsum([math.comb(n, i) / 2**n for i in range(n + 1)])
    k = max(0, int(np.searchsorted(outside, 0.025, side="right")) - 1)
    return float(np.median(ordered)), ordered[k], ordered[n - 1 - k]
