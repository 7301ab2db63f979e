"""Tests chosen by coverage against tests as they come: how many of each it takes to kill a fixed set of mutants.

For each program a pool of inputs is drawn once, and every mutant of a fixed set is run on all of them. Then streams are
drawn from the pool, with replacement: random testing takes a stream as it comes, coverage keeps of it what reaches
something new. Mutants that no input of the pool kills are left out, as they may be the same program. Not covered: what
writing the expected answer of a test costs, which is what speaks for few tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import Interval, bootstrap
from unriddle.contracts import Executor
from unriddle.execute.trace.wasm import WasmLimits, text_to_wasm
from unriddle.lab._wasm_targets import TARGETS, Target
from unriddle.lab.base import Claim, Context, Preset, claim, generator
from unriddle.methods.wasm_probes import Input, choose_inputs, killed_by, mutants_of

__all__ = ["Sizes", "Trial", "suites", "trials"]

_LIMITS = WasmLimits(fuel=200_000, seconds=5.0, memory_mb=4)
_PATIENCE, _RUNS = 50, 5000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured for each program."""

    n_inputs: int
    n_mutants: int
    n_streams: int
    most: int


_SIZES: dict[str, Sizes] = {"small": Sizes(150, 12, 5, 40), "full": Sizes(500, 50, 12, 100)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One program and one stream of inputs.

    Attributes:
        to_kill: Tests until 90 % and all of the mutants are killed, by coverage and by random; one more than were
            tried where they were not.
        killed: Share of the mutants killed by coverage's first round, by as many random tests, and by random tests as
            many as coverage ran inputs for it.
        n_tests: Tests of coverage's first round.
        n_runs: Inputs that it ran to find them.
    """

    to_kill: tuple[tuple[int, int], tuple[int, int]]
    killed: tuple[float, float, float]
    n_tests: int
    n_runs: int


def suites(preset: Preset, *, seed: int, context: Context, executor: Executor) -> list[Claim]:
    """Tests to kill the set, and kills at equal tests and at equal runs."""
    rows: list[list[Trial]] = []
    n_mutants = 0
    for number, target in enumerate(TARGETS):
        found, n = trials(target, number, _SIZES[preset], seed=seed, executor=executor)
        n_mutants += n
        rows.append(found)
        context.say(f"{target.name}: {n} mutants, {len(found)} streams")
    size = _SIZES[preset]
    note = f"{len(TARGETS)} programs, {n_mutants} mutants that the pools of {size.n_inputs} inputs kill, "
    note += f"{size.n_streams} streams; 95 % interval over programs"
    return [*_to_kill(rows, size.most, seed, note), *_killed(rows, seed, note)]


def trials(target: Target, number: int, sizes: Sizes, *, seed: int, executor: Executor) -> tuple[list[Trial], int]:
    """A program with some streams from its pool, and the number of mutants that the pool kills."""
    wasm = text_to_wasm(f"(module {target.text})")
    rng = generator(seed, stream=2000 + number)
    pool = [Input(target.draw(rng)) for _ in range(sizes.n_inputs)]
    every = mutants_of(wasm, executor=executor, limits=_LIMITS)
    drawn = sorted(rng.choice(len(every), size=min(sizes.n_mutants, len(every)), replace=False))
    kills = killed_by(
        wasm, "f", mutants=[every[i] for i in drawn], inputs=pool, executor=executor, every=True, limits=_LIMITS
    )
    table = kills.table[kills.killed] == 1
    found = []
    for turn in range(sizes.n_streams):
        stream = generator(seed, stream=3000 + 100 * number + turn).integers(len(pool), size=_RUNS)
        found.append(_trial(wasm, pool, table, stream, most=sizes.most, executor=executor))
    return found, len(table)


def _trial(
    wasm: bytes,
    pool: Sequence[Input],
    table: npt.NDArray[np.bool_],
    stream: npt.NDArray[np.int64],
    *,
    most: int,
    executor: Executor,
) -> Trial:
    chosen = choose_inputs(
        wasm, "f", (pool[i] for i in stream), executor=executor, most=most, patience=_PATIENCE, rounds=_RUNS,
        runs=_RUNS, limits=_LIMITS,
    )  # fmt: skip
    first = [one.number for one in chosen.kept if one.round == 0]
    n_tests, n_runs = len(first), first[-1] + 1
    guided = table[:, stream[[one.number for one in chosen.kept]]]
    random = table[:, stream[: max(most, n_runs)]]
    ninety, whole = ((_until(guided, share, most), _until(random, share, most)) for share in (0.9, 1.0))
    killed = (_share(guided[:, :n_tests]), _share(random[:, :n_tests]), _share(random[:, :n_runs]))
    return Trial((ninety, whole), killed, n_tests, n_runs)


def _until(table: npt.NDArray[np.bool_], share: float, most: int) -> int:
    """Tests until so many of the rows are killed; one more than the most where they are not."""
    dead = np.logical_or.accumulate(table[:, :most], axis=1).mean(axis=0)
    enough = np.flatnonzero(dead >= share - 1e-9)
    return int(enough[0]) + 1 if enough.size else most + 1


def _share(table: npt.NDArray[np.bool_]) -> float:
    return float(table.any(axis=1).mean())


def _to_kill(rows: Sequence[Sequence[Trial]], most: int, seed: int, note: str) -> list[Claim]:
    claims = []
    for which, text in enumerate(("90 % of", "all of")):
        needed = np.array([[trial.to_kill[which] for trial in row] for row in rows], dtype=np.float64)
        means = needed.mean(axis=1)
        ratio = _bootstrap(np.log(means[:, 0] / means[:, 1]), seed)
        middle, low, high = (float(np.exp(ratio[key])) for key in ("value", "low", "high"))
        missed = (needed > most).mean(axis=(0, 1))
        each = ", ".join(f"{t.name} {a / b:.2f}" for t, (a, b) in zip(TARGETS, means, strict=True))
        name = f"tests to kill {text} the mutants, coverage over random"
        what = f"geometric mean over programs; on average {means[:, 0].mean():.1f} and {means[:, 1].mean():.1f} tests; "
        what += f"not within {most} tests (counted as {most + 1}): {missed[0]:.0%} and {missed[1]:.0%}; {note}"
        told = f"{what}; by program: {each}"
        claims.append(claim(f"{name}: halved", middle, relation="<=", baseline=0.5, low=low, high=high, note=told))
        claims.append(
            claim(f"{name}: fewer (high end)", high, relation="<", baseline=1.0, note=f"ratio {middle:.2f}; {what}")
        )
    return claims


def _killed(rows: Sequence[Sequence[Trial]], seed: int, note: str) -> list[Claim]:
    shares = np.array([[trial.killed for trial in row] for row in rows], dtype=np.float64).mean(axis=1)
    n_tests, n_runs = (
        float(np.mean([getattr(t, name) for row in rows for t in row])) for name in ("n_tests", "n_runs")
    )
    claims = []
    for column, what in (
        (1, f"as many tests ({n_tests:.1f})"),
        (2, f"as many runs ({n_runs:.1f} inputs, all of them tests)"),
    ):
        gap = _bootstrap(shares[:, 0] - shares[:, column], seed)
        means = f"killed: coverage {shares[:, 0].mean():.3f}, random {shares[:, column].mean():.3f}"
        claims.append(
            claim(
                f"share of the mutants killed by coverage's first round less that of random with {what.split(' (')[0]}",
                gap["value"],
                relation=">",
                baseline=0.0,
                low=gap["low"],
                high=gap["high"],
                note=f"random with {what}; {means}; {note}",
            )
        )
    return claims


def _bootstrap(values: npt.NDArray[np.float64], seed: int) -> Interval:
    return bootstrap(values, rng=generator(seed, stream=90), n_resamples=2000)
