"""The executor against its physical limits, in the same run: what isolation costs, and whether memory stays flat.

    python perf/executor_limits.py [--data HumanEvalPlus.jsonl.gz] [--copies 10] [--rounds 3] [--cells 2000000] [--json]

One round runs, one after the other, on two workers, with every HumanEval reference solution written ``copies`` times
(each with a comment of its own):

* ``in process``: the same programs compiled, executed and called on the base inputs in two processes with no isolation
  and no judging: the limit of any executor for Python (the programs are the published reference solutions);
* ``bare fork``: fork and exit of a process that has loaded what a zygote has loaded, in two processes;
* ``alone``: our executor, a process for every candidate; ``first tier``: with ten candidates per process;
* ``wrong, alone`` and ``wrong, first tier``: the same programs, each with its results replaced by ``None``, as most
  samples of a weak model are wrong: what a first tier is for;
* the same for the official tests: ``official in process`` (program and test executed together) and ``official``.

Then the cost of one call across the driver/candidate border, and 2,000,000 small cells in groups of 10,000 while the
judge's resident memory is watched.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from unriddle import CallTest, Candidate, CodeTest, Returns
from unriddle.benchmarks.names import load_benchmark
from unriddle.execute.python import PythonExecutor
from unriddle.outcome import Limits
from unriddle.problem import Test

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "humanevalplus" / "HumanEvalPlus.jsonl.gz"
WORKERS = 2
LIMITS = Limits(cpu_seconds=4.0, memory_mb=4096)
LOADED = "typing math re collections itertools functools heapq bisect string random copy operator datetime decimal"
WRONG = "\n_right = {entry}\ndef {entry}(*args):\n    _right(*args)\n    return None\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="the executor against its physical limits")
    parser.add_argument("--data", type=Path, default=DATA, help="HumanEvalPlus.jsonl.gz (default: %(default)s)")
    parser.add_argument("--copies", type=int, default=10, help="textually distinct copies of each reference solution")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--cells", type=int, default=2_000_000, help="small cells for the memory check; 0 leaves it out"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"{options.data}: no such file; name HumanEvalPlus.jsonl.gz with --data PATH", file=sys.stderr)
        return 2
    with gzip.open(options.data, "rt", encoding="utf-8") as file:
        tasks = [json.loads(line) for line in file]
    report = measure(tasks, rounds=options.rounds, copies=options.copies)
    report["split"] = split_overhead()
    if options.cells:
        report["memory"] = flat_memory(options.cells)
    print(json.dumps(report) if options.json else as_text(report))
    return 0


def measure(tasks: list[dict], *, rounds: int, copies: int) -> dict:
    programs = [[f"{t['prompt']}{t['canonical_solution']}\n# {c}\n" for c in range(copies)] for t in tasks]
    wrong = [
        [text + WRONG.format(entry=t["entry_point"]) for text in group]
        for t, group in zip(tasks, programs, strict=True)
    ]
    calls, tests = [call_tests(t) for t in tasks], official_tests()
    official = [tests[t["task_id"]] for t in tasks]
    runs: dict[str, Callable[[], float]] = {
        "in process": lambda: in_process(run_calls, tasks, programs),
        "bare fork": lambda: bare_forks(len(tasks) * copies),
        "alone": lambda: ours(programs, calls, share=1, right=True),
        "first tier": lambda: ours(programs, calls, share=10, right=True),
        "wrong, alone": lambda: ours(wrong, calls, share=1, right=False),
        "wrong, first tier": lambda: ours(wrong, calls, share=10, right=False),
        "official in process": lambda: in_process(run_official, tasks, programs),
        "official": lambda: ours(programs, official, share=1, right=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            rates[name].append(len(tasks) * copies / run())
            say(f"round {number + 1} of {rounds}, {name}: {rates[name][-1]:.0f} programs/s")
    ratios = {
        "alone / in process": ("alone", "in process"),
        "first tier / in process": ("first tier", "in process"),
        "wrong, first tier / in process": ("wrong, first tier", "in process"),
        "wrong, first tier / wrong, alone": ("wrong, first tier", "wrong, alone"),
        "alone / bare fork": ("alone", "bare fork"),
        "official / official in process": ("official", "official in process"),
    }
    return {
        "schema": 1,
        "n_candidates": len(tasks) * copies,
        "workers": WORKERS,
        "rates": {name: spread(values) for name, values in rates.items()},
        "ratios": {
            name: spread([a / b for a, b in zip(rates[ours], rates[limit], strict=True)])
            for name, (ours, limit) in ratios.items()
        },
    }


def call_tests(task: dict) -> list[CallTest]:
    names: dict = {}
    exec(compile(task["prompt"] + task["canonical_solution"], "reference", "exec"), names)
    entry = task["entry_point"]
    return [
        CallTest(entry, tuple(args), expect=Returns(names[entry](*copy.deepcopy(args)))) for args in task["base_input"]
    ]


def official_tests() -> dict[str, Sequence[Test]]:
    """The official tests as the benchmark poses them: asserts turned into calls where they can be."""
    benchmark = load_benchmark("humaneval")
    return {problem.id: benchmark.task(problem.id).hidden for problem in benchmark}


def ours(programs: list[list[str]], tests: list, *, share: int, right: bool) -> float:
    """Seconds for all programs on their tests; the sandboxes are started before the clock."""
    groups = [([Candidate(text) for text in group], test) for group, test in zip(programs, tests, strict=True)]
    with PythonExecutor(workers=WORKERS, share=share) as executor:
        list(executor.run_groups([groups[0]] * WORKERS, limits=LIMITS))
        began = time.perf_counter()
        passed = [v.passed.all(axis=1) for _, v in executor.run_groups(groups, limits=LIMITS)]
        seconds = time.perf_counter() - began
    found = sum(int(p.sum()) for p in passed), sum(map(len, passed))
    if right and found[0] != found[1]:
        say(f"only {found[0]} of {found[1]} reference solutions pass")
    return seconds


def in_process(run: Callable, tasks: list[dict], programs: list[list[str]]) -> float:
    """Seconds of the slower of two processes, each with every second task."""
    halves = [(run, tasks[i::WORKERS], programs[i::WORKERS]) for i in range(WORKERS)]
    return in_two_processes(_timed, halves)


def _timed(run: Callable, tasks: list[dict], programs: list[list[str]]) -> None:
    for task, group in zip(tasks, programs, strict=True):
        for text in group:
            run(task, text)


def run_calls(task: dict, text: str) -> None:
    names: dict = {}
    exec(compile(text, "program", "exec"), names)
    function = names[task["entry_point"]]
    for args in task["base_input"]:
        function(*copy.copy(args))


def run_official(task: dict, text: str) -> None:
    exec(compile(f"{text}\n{task['test']}\ncheck({task['entry_point']})", "program", "exec"), {"__name__": "program"})


def bare_forks(n: int) -> float:
    return in_two_processes(_fork, [(n // WORKERS,)] * WORKERS)


def _fork(n: int) -> None:
    for _ in range(n):
        if (pid := os.fork()) == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def in_two_processes(work: Callable, jobs: list[tuple]) -> float:
    """Seconds of the slower one, measured inside, so that starting them does not count."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    barrier = context.Barrier(len(jobs))
    processes = [context.Process(target=_measured, args=(work, job, results, barrier)) for job in jobs]
    for process in processes:
        process.start()
    seconds = max(results.get() for _ in processes)
    for process in processes:
        process.join()
    return seconds


def _measured(work: Callable, job: tuple, results: multiprocessing.Queue, barrier) -> None:
    for name in LOADED.split():
        __import__(name)
    barrier.wait()
    began = time.perf_counter()
    work(*job)
    results.put(time.perf_counter() - began)


def split_overhead(calls: int = 2000) -> dict:
    """Microseconds per call: in one process, as call tests, and across the border to a driver."""
    source = "def f(x): return x + 1"
    loop = f"def check():\n    for i in range({calls}):\n        assert f(i) == i + 1\ncheck()"
    tests = [CallTest("f", (i,), expect=Returns(i + 1)) for i in range(calls)]
    names: dict = {}
    exec(source, names)
    began = time.perf_counter()
    exec(loop, names)
    direct = time.perf_counter() - began
    with PythonExecutor(workers=1) as executor:
        seconds = {}
        for name, given in (("driver", [CodeTest(loop, "f")]), ("call tests", tests), ("nothing", [])):
            one = [CodeTest("pass", "f")] if name == "nothing" else given
            executor.run([Candidate(source)], one)
            began = time.perf_counter()
            verdicts = executor.run([Candidate(source)] * 3, one)
            seconds[name] = (time.perf_counter() - began) / 3
            assert verdicts.passed.all()
    return {
        "calls": calls,
        "in process us": round(direct / calls * 1e6, 2),
        "call test us": round(seconds["call tests"] / calls * 1e6, 1),
        "driver us": round((seconds["driver"] - seconds["nothing"]) / calls * 1e6, 1),
        "empty code test ms": round(seconds["nothing"] * 1e3, 2),
    }


def flat_memory(cells: int, *, rows: int = 100, columns: int = 100) -> dict:
    """Resident MiB of the judge after 10 %, half and all of the cells."""
    tests = [CallTest("f", (j,), expect=Returns(j + 1)) for j in range(columns)]
    n_groups = max(1, cells // (rows * columns))

    def groups() -> Iterator[tuple]:
        for g in range(n_groups):
            yield (
                [Candidate(f"def f(x): return x + {1 + (g * rows + i) % 7 // 6}  # {g} {i}") for i in range(rows)],
                tests,
            )

    seen, passed, began = [], 0, time.perf_counter()
    with PythonExecutor(workers=WORKERS, share=10) as executor:
        before = resident_mb()
        for _, verdicts in executor.run_groups(groups()):
            passed += int(verdicts.passed.sum())
            seen.append(resident_mb())
            if len(seen) % 20 == 0:
                say(f"{len(seen) * rows * columns:,} cells, {seen[-1]:.0f} MiB")
    seconds = time.perf_counter() - began
    return {
        "cells": n_groups * rows * columns,
        "passed": passed,
        "cells_per_second": round(n_groups * rows * columns / seconds),
        "mb_before": round(before, 1),
        "mb_at": {share: round(seen[max(0, int(len(seen) * part) - 1)], 1) for share, part in PARTS.items()},
        "mb_most": round(max(seen), 1),
    }


PARTS = {"10%": 0.1, "50%": 0.5, "100%": 1.0}


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def spread(values: list[float]) -> dict:
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


def as_text(report: dict) -> str:
    lines = [f"{report['n_candidates']} programs, {report['workers']} workers"]
    lines += [
        f"{name}: {r['median']:.0f} programs/s ({r['min']:.0f} to {r['max']:.0f})"
        for name, r in report["rates"].items()
    ]
    lines += [f"{name}: {r['median']:.2f} ({r['min']:.2f} to {r['max']:.2f})" for name, r in report["ratios"].items()]
    split = report["split"]
    lines.append(
        f"one call: {split['in process us']} us in one process, {split['call test us']} us as a call test, "
        f"{split['driver us']} us from a driver; an empty code test takes {split['empty code test ms']} ms"
    )
    if memory := report.get("memory"):
        lines.append(
            f"{memory['cells']:,} cells at {memory['cells_per_second']:,}/s; judge: {memory['mb_before']} MiB before, "
            f"{memory['mb_at']}, at most {memory['mb_most']}"
        )
    return "\n".join(lines)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
