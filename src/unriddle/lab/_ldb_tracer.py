"""Whether the tracer tells the truth about right programs, and what it costs; part of the experiment of LDB.

Beside our tracer, a plain trace function of a few lines watches the same call in a process of its own. Times are CPU
seconds: of the call alone, and of the candidate's whole process, which loads the program, and with it the tracer. Not
covered: programs that raise, and other threads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.execute.trace import EVENTS, traces
from unriddle.execute.trace.layout import layout
from unriddle.execute.trace.ship import tracing_program
from unriddle.lab._ldb_traces import departures
from unriddle.lab.base import Claim, claim, not_run
from unriddle.language.blocks import basic_blocks
from unriddle.outcome import Limits
from unriddle.problem import CallTest

__all__ = ["Watched", "tracer_claims", "watch"]

_LIMITS = Limits(cpu_seconds=10.0, output_bytes=64_000_000)
_MOST = 20_000
_OPTIONS = {
    "kinds": list(EVENTS), "mark": "\x1emark ", "fd": 1, "max_events": _MOST, "max_bytes": 8_000_000, "limit": 200,
    "comprehensions": False, "stdin": "", "cpu_seconds": 9.0, "wall_seconds": 30.0,
}  # fmt: skip

_INSIDE = r"""
def bare(call):
    import io, json, sys
    code, expression = compile(_SOURCE, "candidate.py", "exec", 0, True), compile(call, "<call>", "eval", 0, True)
    hidden = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
    plain = (bool, int, float, str, list, tuple, dict, set, type(None))
    ran = {}

    def local(frame, event, arg):
        if event == "line":
            values = {name: repr(value) for name, value in frame.f_locals.items() if type(value) in plain}
            ran[frame].append((frame.f_lineno, values))
        return local

    def enter(frame, event, arg):
        if frame.f_code.co_filename != "candidate.py" or frame.f_code.co_name in hidden:
            return None
        ran.setdefault(frame, [])
        return local

    def run(tracer):
        names = {"__name__": "candidate"}
        exec(code, names)
        kept, sys.stdout = sys.stdout, io.StringIO()
        sys.settrace(tracer)
        try:
            value = eval(expression, names)
        finally:
            sys.settrace(None)
            printed, sys.stdout = sys.stdout.getvalue(), kept
        return repr(value), printed

    untraced = run(None)
    run(enter)
    print(json.dumps([*untraced, list(ran.values())]))

def timed(call, layout, options, rounds):
    import sys, time
    main = _install()
    from unriddle.execute.trace.inside.backends import best_backend
    from unriddle.execute.trace.inside.recorder import Printed, Recorder
    spent = ([], [])
    for number in range(2 * rounds):
        program = main.Program(_SOURCE, call, layout, limit=options["limit"], comprehensions=False)
        names = {"__name__": "candidate"}
        exec(program._code, names)
        recorder, backend = None, best_backend(program.engine)
        if number % 2:
            given = {name: options[name] for name in ("mark", "max_events", "max_bytes")}
            recorder = Recorder(program.engine, kinds=tuple(options["kinds"]), fd=-1, **given)
        kept, sys.stdout = sys.stdout, Printed(recorder).stream()
        backend.start()
        began = time.process_time()
        eval(program._call, names)
        spent[number % 2].append(time.process_time() - began)
        backend.stop()
        sys.stdout = kept
    return [min(spent[0]), min(spent[1])]
"""
_WHOLE = """
def whole_process():
    import time
    {work}
    return time.process_time()
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One call, seen by our tracer and by a plain trace function.

    Attributes:
        faults: What our tracer got wrong.
        n_lines: Lines that ran.
        printed: Whether it printed.
        cut: Whether the trace ended at its bound of events; then nothing is compared.
        call: CPU seconds of the call, untraced and traced; NaN where not known.
        whole: The same of the whole process.
    """

    faults: tuple[str, ...]
    n_lines: int
    printed: bool
    cut: bool
    call: tuple[float, float]
    whole: tuple[float, float]


def watch(source: str, calls: Sequence[str], *, executor: Executor, rounds: int = 3) -> list[Watched]:
    """Every call traced, watched and timed; the least of ``rounds`` times is taken.

    Args:
        source: A program that you believe to be right.
        calls: Expressions in its names.
        executor: Where all of it runs.
        rounds: How often each time is measured.
    """
    plan = layout(basic_blocks(source))
    found = traces(source, calls, executor=executor, limits=_LIMITS, max_events=_MOST, max_value=10_000)
    tests = [CallTest("bare", (call,), isolated=True) for call in calls]
    tests += [CallTest("timed", (call, plan, _OPTIONS, rounds), isolated=True) for call in calls]
    ours = tracing_program(source)
    cells = executor.run([Candidate(ours + _INSIDE)], tests, limits=_LIMITS)
    work = [f"run('run_traced', {call!r}, {plan!r}, {_OPTIONS!r})" for call in calls]
    programs = [source + _WHOLE.format(work=call) for call in calls]
    programs += [ours + _WHOLE.format(work=text) for text in work]
    whole = _least([Candidate(text) for text in programs], rounds, executor)
    n, made = len(calls), []
    for i, seen in enumerate(found):
        bare, timed = cells[0, i], cells[0, n + i]
        cut = seen.end in ("events", "bytes")
        faults = [] if bare.passed else [f"untraced it ended with {bare.error}"]
        if bare.passed and not cut:
            faults = departures(seen, json.loads(bare.stdout))
        pair = tuple(timed.result) if timed.passed else (np.nan, np.nan)
        n_lines = sum(event.kind == "line" for event in seen.events)
        made.append(Watched(tuple(faults), n_lines, bool(seen.printed), cut, pair, (whole[i], whole[n + i])))
    return made


def _least(programs: Sequence[Candidate], rounds: int, executor: Executor) -> list[float]:
    """CPU seconds of each program's process, the least of so many runs; NaN where one had no end."""
    test = [CallTest("whole_process", ())]
    rows = [executor.run(programs, test, limits=_LIMITS) for _ in range(rounds)]
    return [min(row[i, 0].result if row[i, 0].passed else np.nan for row in rows) for i in range(len(programs))]


def tracer_claims(found: Mapping[str, Sequence[Watched]], *, rng: np.random.Generator) -> list[Claim]:
    """The tracer is right on these programs, and what it costs: medians of ratios, bootstrapped; empty without calls.

    Args:
        found: By name of the program, its calls.
        rng: Draws.
    """
    runs = [run for of in found.values() for run in of]
    if not runs:
        return []
    odd = [f"{name}: {run.faults[0]}" for name, of in found.items() for run in of if run.faults]
    n_lines, n_printed, n_cut = np.array([(run.n_lines, run.printed, run.cut) for run in runs]).sum(axis=0)
    note = (
        f"{len(found)} programs, {len(runs)} visible calls, {n_lines} lines; {n_printed} calls print; {n_cut} cut at "
        f"{_MOST} events and not compared; {'; '.join(odd[:5]) or 'no fault'}"
    )
    return [
        claim("runs of reference programs whose blocks are not what a bare trace function sees, in lines or values, or "
              "that end otherwise when traced", len(odd), relation="==", baseline=0, note=note),
        _cost("the traced call alone, against the call untraced: median ratio of CPU", [r.call for r in runs], rng),
        _cost("a whole traced run in the sandbox, against the run untraced: median ratio of CPU",
              [r.whole for r in runs], rng),
    ]  # fmt: skip


def _cost(name: str, pairs: Sequence[tuple[float, float]], rng: np.random.Generator) -> Claim:
    times = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    times = times[np.isfinite(times).all(axis=1) & (times[:, 0] > 0)]
    if not len(times):
        return not_run(name, "no time could be taken", relation="<", baseline=20)
    ratios: npt.NDArray[np.float64] = times[:, 1] / times[:, 0]
    medians = np.median(ratios[rng.integers(len(ratios), size=(2000, len(ratios)))], axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    untraced, traced = np.median(times, axis=0) * 1000
    note = (
        f"{len(ratios)} calls, medians {untraced:.3f} and {traced:.3f} ms; less than 20 for {np.mean(ratios < 20):.0%} "
        f"of them; of all together {times[:, 1].sum() / times[:, 0].sum():.1f}"
    )
    return claim(name, float(np.median(ratios)), relation="<", baseline=20, low=float(low), high=float(high), note=note)
