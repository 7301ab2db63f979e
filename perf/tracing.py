"""What seeing a program run costs: each kind of probe against no tracing, bare ``sys.settrace`` and coverage.py.

``python perf/tracing.py [--rounds 15] [--scale 1] [--json]``

Three small programs (a sieve: loops; fib: calls; buckets: lists that change) run in the sandbox, in the process that
candidates run in, each with every tracer in turn, ``rounds`` times over, interleaved so that all meet the same load. A
ratio is CPU time with the tracer over CPU time without, in the same round; shown are the median and a 95 % interval of
it (order statistics). ``no probes`` is the price of the feature where nobody uses it; ``other function`` is a probe on
a function that never runs. The programs do almost nothing but change lines, which is the worst case for any tracer.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Sequence

from unriddle import CallTest, Candidate
from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace import trace
from unriddle.execute.trace.layout import layout
from unriddle.execute.trace.ship import tracing_program
from unriddle.language.blocks import basic_blocks
from unriddle.outcome import Limits

PROGRAMS = {
    "sieve": """\
def run(n):
    flags = bytearray([1]) * n
    i = 2
    while i * i < n:
        if flags[i]:
            j = i * i
            while j < n:
                flags[j] = 0
                j += i
        i += 1
    return sum(flags)
def never():
    return 0
""",
    "fib": """\
def run(n):
    if n < 2:
        return n
    return run(n - 1) + run(n - 2)
def never():
    return 0
""",
    "buckets": """\
def run(n):
    counts = [0] * 20
    for i in range(n):
        k = i * 7919 % 20
        counts[k] += 1
        if counts[k] > 50:
            counts[k] = 0
    return counts
def never():
    return 0
""",
}
SIZES = {"sieve": 20_000, "fib": 17, "buckets": 10_000}
VARIANTS = (
    "no probes", "other function", "bare settrace", "coverage.py", "coverage.py branches",
    "call", "return", "exception", "line", "block", "branch", "loop", "coverage", "hotness", "write", "recorder",
)  # fmt: skip

INSIDE = r"""
def measure(layout, n, rounds, variants):
    import sys, time
    main = _install()
    from unriddle.execute.trace.inside.backends import best_backend
    from unriddle.execute.trace.inside.monitors import MONITORS
    from unriddle.execute.trace.inside.recorder import Recorder
    try:
        import coverage
    except ImportError:
        coverage = None
    clock = time.process_time

    def fresh():
        program = main.Program(_SOURCE, "0", layout, limit=200, comprehensions=False)
        names = {}
        exec(program._code, names)
        return program.engine, names["run"]

    def ours(prepare):
        engine, run = fresh()
        prepare(engine)
        backend = best_backend(engine)
        backend.start()
        began = clock()
        run(n)
        spent = clock() - began
        backend.stop()
        return spent

    def plain():
        _, run = fresh()
        began = clock()
        run(n)
        return clock() - began

    def bare():
        _, run = fresh()
        def local(frame, event, arg):
            return local
        sys.settrace(local)
        began = clock()
        run(n)
        spent = clock() - began
        sys.settrace(None)
        return spent

    def covered(branch):
        if coverage is None:
            return float("nan")
        _, run = fresh()
        measured = coverage.Coverage(data_file=None, config_file=False, branch=branch, include=["*candidate.py"])
        measured.start()
        began = clock()
        run(n)
        spent = clock() - began
        measured.stop()
        return spent

    def record(engine):
        Recorder(engine, mark="", max_events=10**9, max_bytes=10**9, fd=-1,
                 kinds=("call", "line", "write", "return", "exception"))

    def variant(name):
        if name == "no probes":
            return ours(lambda engine: None)
        if name == "other function":
            return ours(lambda engine: engine.insert("line", lambda at: None, function="never"))
        if name == "bare settrace":
            return bare()
        if name.startswith("coverage.py"):
            return covered(name.endswith("branches"))
        if name in MONITORS:
            return ours(MONITORS[name])
        if name == "recorder":
            return ours(record)
        return ours(lambda engine: engine.insert(name, lambda at: None))

    rows = []
    for _ in range(rounds):
        rows.append([plain(), *[variant(name) for name in variants], plain()])
    return rows
"""


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Median and the order statistics that hold it with 95 % or more."""
    ordered, n = sorted(values), len(values)
    k = 0
    while k + 1 < n / 2 and sum(math.comb(n, i) for i in range(k + 1)) * 2 / 2**n <= 0.05:
        k += 1
    k = max(0, k - 1)
    return statistics.median(ordered), ordered[k], ordered[n - 1 - k]


def measure(name: str, *, rounds: int, scale: float) -> dict[str, tuple[float, float, float]]:
    """Ratios of one program, by variant; ``no tracing`` is one plain run over another."""
    source = PROGRAMS[name]
    size = SIZES[name] + round(math.log(scale, 1.618)) if name == "fib" else round(SIZES[name] * scale)
    args = (layout(basic_blocks(source)), size, rounds, VARIANTS)
    candidate = Candidate(tracing_program(source) + INSIDE)
    with PythonExecutor(workers=1, packages=("numpy", "coverage")) as executor:
        verdicts = executor.run([candidate], [CallTest("measure", args)], limits=Limits(cpu_seconds=550.0))
    outcome = verdicts[0, 0]
    if not outcome.passed:
        raise SystemExit(f"{name}: the measurement failed: {outcome.error}")
    rows = outcome.result
    ratios = {variant: [row[i + 1] / row[0] for row in rows] for i, variant in enumerate(VARIANTS)}
    ratios = {"no tracing": [row[-1] / row[0] for row in rows], **ratios}
    return {
        variant: median_interval([v for v in values if not math.isnan(v)] or [math.nan])
        for variant, values in ratios.items()
    }


def whole_calls(rounds: int) -> dict[str, tuple[float, float, float]]:
    """Milliseconds of a whole ``trace`` and of a whole ``run`` of the same tiny program, sandbox included."""
    source, call = PROGRAMS["fib"], CallTest("run", (3,))
    took: dict[str, list[float]] = {"run": [], "trace": []}
    with PythonExecutor(workers=1) as executor:
        for number in range(rounds + 1):
            for name in took:
                began = time.perf_counter()
                if name == "run":
                    executor.run([Candidate(source)], [call])
                else:
                    trace(source, "run(3)", executor=executor)
                if number:
                    took[name].append((time.perf_counter() - began) * 1000)
    return {name: median_interval(values) for name, values in took.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the programs")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    options = parser.parse_args()
    report = {}
    for name in PROGRAMS:
        report[name] = measure(name, rounds=options.rounds, scale=options.scale)
        print(f"{name}: done", file=sys.stderr)
    whole = whole_calls(options.rounds)
    if options.json:
        given = {"schema": 1, "python": sys.version.split()[0], "rounds": options.rounds}
        print(json.dumps({**given, "ratios": report, "milliseconds": whole}))
        return 0
    print(f"Python {sys.version.split()[0]}, {options.rounds} rounds: CPU time over no tracing, median (95 % interval)")
    print(f"{'':22}" + "".join(f"{name:>26}" for name in report))
    for variant in ("no tracing", *VARIANTS):
        cells = (f"{m:.2f} ({a:.2f} to {b:.2f})" for m, a, b in (report[name][variant] for name in report))
        print(f"{variant:22}" + "".join(f"{cell:>26}" for cell in cells))
    for name, (middle, low, high) in whole.items():
        print(f"a whole {name} of a tiny program, sandbox included: {middle:.1f} ms ({low:.1f} to {high:.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
