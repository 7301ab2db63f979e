"""unriddle eval against evalplus.evaluate, side by side: the same programs, the same inputs, two processes each.

    python perf/eval_vs_evalplus.py [--data FILE] [--rounds 3] [--copies 10] [--full] [--wrong] [--json]

Every HumanEval+ reference solution is written ``copies`` times, each with a comment of its own, so that no program
equals another and neither side can save work by caching. With ``--full`` both run base and added inputs; with
``--wrong`` every program computes its result and returns None instead, as most samples of a weak model are wrong. One
round runs, one after the other,

* ``unriddle eval humaneval+ --base-only``: the base inputs of the HumanEval+ file, exactly what evalplus runs;
* the same with ``--share 10``, the first tier (which can only cost where all programs are right);
* ``evalplus.evaluate --dataset humaneval --base-only`` (0.3.1, in a virtual environment of its own);
* ``unriddle eval humaneval``: the official tests, without a counterpart, for information;
* with ``--full``, the same programs called on the same inputs in two bare processes: no isolation, no judging. No
  evaluator that calls every program on every input can need less, so that its rate bounds every ratio.

evalplus runs at its best: expected outputs (of both sides) are computed before the first round, and its time ends when
it prints its result, not when its process ends (a helper thread keeps it alive for up to 20 seconds more; that figure
is kept as ``process_seconds``). For unriddle the whole command counts, from start to exit, sandbox start and run store
included. What the two do is not equal: evalplus stops a program at its first failing test (all programs here are right,
so that none is stopped) and runs it with resource limits only; unriddle keeps every test's verdict and isolates each
program. On a machine that is busy otherwise, the ratio per CPU second is the one to trust.

Exit code 0 when every command worked and ours found all programs right, else 1, with what failed named. Reference
solutions that evalplus marks wrong are its own mistakes and are listed as ``marked_wrong``; they do not end the run.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from executor_limits import in_two_processes

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "humanevalplus" / "HumanEvalPlus.jsonl.gz"
PEER = "evalplus==0.3.1"
WORKERS = 2
WRONG = "_right = {entry}\ndef {entry}(*args):\n    _right(*args)\n    return None\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="unriddle eval against evalplus.evaluate, side by side")
    parser.add_argument("--data", type=Path, default=DATA, help="HumanEvalPlus.jsonl.gz (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=10, help="textually distinct copies of each reference solution")
    parser.add_argument("--full", action="store_true", help="all inputs of HumanEval+, not only the base ones")
    parser.add_argument("--wrong", action="store_true", help="programs that are all wrong")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"{options.data}: no such file; name HumanEvalPlus.jsonl.gz with --data PATH", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        report = compare(
            options.data,
            Path(folder),
            rounds=options.rounds,
            copies=options.copies,
            full=options.full,
            wrong=options.wrong,
        )
    print(json.dumps(report) if options.json else as_text(report))
    return 1 if report["failures"] else 0


def compare(data: Path, folder: Path, *, rounds: int, copies: int, full: bool, wrong: bool) -> dict:
    with gzip.open(data, "rt", encoding="utf-8") as file:
        tasks = [json.loads(line) for line in file]
    n = len(tasks) * copies
    samples, warm = folder / "samples.jsonl", folder / "warm.jsonl"
    write_samples(samples, tasks, copies=copies, wrong=wrong)
    right = 0 if wrong else n
    write_samples(warm, tasks, copies=1)
    failures: list[str] = []
    peer = peer_command(failures)
    runs: list[dict] = []
    if peer and (first := run_peer(peer, warm, data, n=len(tasks), full=full))["failure"]:
        failures.append(f"evalplus, warming its cache: {first['failure']}")
        peer = None
    base = ["--path", str(data), *([] if full else ["--base-only"])]
    if (first := run_ours(OURS, warm, folder, n=len(tasks), right=len(tasks), extra=base))["failure"]:
        failures.append(f"unriddle, warming its cache: {first['failure']}")
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        runs.append(run_ours(OURS, samples, folder, n=n, right=right, extra=base))
        runs.append(run_ours(SHARED, samples, folder, n=n, right=right, extra=[*base, "--share", "10"]))
        if peer:
            runs.append(run_peer(peer, samples, data, n=n, full=full))
        if full:
            runs.append(run_bare(tasks, copies=copies))
        else:
            runs.append(run_ours(OFFICIAL, samples, folder, n=n, right=right, extra=[]))
    failures += [f"{run['name']}: {run['failure']}" for run in runs if run["failure"]]
    return {
        "schema": 1,
        "n_candidates": n,
        "workers": WORKERS,
        "machine": machine(),
        "runs": runs,
        "rates": {
            name: spread([r["per_second"] for r in runs if r["name"] == name and not r["failure"]]) for name in NAMES
        },
        "full": full,
        "wrong": wrong,
        "ratio": spread(ratios(runs, OURS, "per_second")),
        "ratio_first_tier": spread(ratios(runs, SHARED, "per_second")),
        "ratio_official_tests": spread(ratios(runs, OFFICIAL, "per_second")),
        "ratio_per_cpu_second": spread(ratios(runs, OURS, "per_cpu_second")),
        "ratio_bare": spread(ratios(runs, BARE, "per_second")),
        "ratio_bare_per_cpu_second": spread(ratios(runs, BARE, "per_cpu_second")),
        "failures": failures,
    }


OURS, SHARED, PEERS, OFFICIAL = "unriddle", "unriddle, first tier", "evalplus", "unriddle, official tests"
BARE = "bare calls"
NAMES = (OURS, SHARED, PEERS, OFFICIAL, BARE)


def write_samples(path: Path, tasks: list[dict], *, copies: int, wrong: bool = False) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(copies):
            for task in tasks:
                program = f"{task['prompt']}{task['canonical_solution']}\n# copy {number} of {task['task_id']}\n"
                if wrong:
                    program += WRONG.format(entry=task["entry_point"])
                file.write(json.dumps({"task_id": task["task_id"], "solution": program}) + "\n")


def run_ours(name: str, samples: Path, folder: Path, *, n: int, right: int, extra: list[str]) -> dict:
    bench = "humaneval" if name == OFFICIAL else "humaneval+"
    command = [str(Path(sys.executable).with_name("unriddle")), "eval", bench, *extra, "--samples", str(samples)]
    command += ["--workers", str(WORKERS), "--store", str(folder / "runs.db"), "--json"]
    used, began = cpu_seconds(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    if done.returncode:
        return result(name, n, seconds, seconds, used, failure=f"exit {done.returncode}: {tail(done.stderr)}")
    document = json.loads(done.stdout)
    found = sum(task["c"] for task in document["per_problem"].values())
    return {
        **result(
            name,
            n,
            seconds,
            seconds,
            used,
            failure="" if found == right else f"{found} of {n} programs pass, not {right}",
        ),
        "isolation": document["isolation"],
    }


def run_bare(tasks: list[dict], *, copies: int) -> dict:
    used, began = cpu_seconds(), time.perf_counter()
    in_two_processes(_call, [(tasks[i::WORKERS], copies) for i in range(WORKERS)])
    seconds = time.perf_counter() - began
    return result(BARE, len(tasks) * copies, seconds, seconds, cpu_seconds() - used, failure="")


def _call(tasks: list[dict], copies: int) -> None:
    for task in tasks * copies:
        names: dict = {}
        exec(compile(task["prompt"] + task["canonical_solution"], "program", "exec"), names)
        for args in [*task["base_input"], *(task["plus_input"] or [])]:
            names[task["entry_point"]](*copy.deepcopy(args))


def peer_command(failures: list[str]) -> Path | None:
    """The peer's command in a virtual environment of its own, made on the first call."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unriddle-perf" / PEER.replace("==", "-")
    command = home / "bin" / "evalplus.evaluate"
    if not command.exists():
        say(f"installing {PEER} into {home}")
        venv.create(home, with_pip=True)
        done = subprocess.run(
            [home / "bin" / "pip", "install", "-q", PEER], capture_output=True, text=True, check=False
        )
        if done.returncode:
            failures.append(f"{PEER} could not be installed: {tail(done.stderr)}")
            return None
    return command


def run_peer(command: Path, samples: Path, data: Path, *, n: int, full: bool) -> dict:
    name = PEERS
    results = samples.with_name(samples.name.replace(".jsonl", "_eval_results.json"))
    results.unlink(missing_ok=True)  # or it would only print the earlier result again
    arguments = ["--dataset", "humaneval", "--samples", str(samples), "--parallel", str(WORKERS)]
    arguments += [] if full else ["--base-only"]
    environment = {**os.environ, "HUMANEVAL_OVERRIDE_PATH": str(data), "PYTHONUNBUFFERED": "1"}
    used, began, answered, lines = cpu_seconds(), time.perf_counter(), 0.0, []
    process = subprocess.Popen(
        [command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if "pass@1" in line and not answered:
            answered = time.perf_counter() - began
    code, wall = process.wait(), time.perf_counter() - began
    used = cpu_seconds() - used
    if code or not results.is_file():
        return result(name, n, answered, wall, used, failure=f"exit {code}: {tail(''.join(lines))}")
    groups = json.loads(results.read_text())["eval"]
    wrong = {
        task: sum((run["plus_status"] if full else run["base_status"]) != "pass" for run in runs)
        for task, runs in groups.items()
    }
    return {
        **result(name, n, answered or wall, wall, used, failure=""),
        # Every program is a reference solution, so these are the peer's own mistakes; they ran, so the time stands.
        # 0.3.1 is known to fail every program of HumanEval/32: its special check for find_zero records no details,
        # and a program with fewer details than inputs is not counted as passing.
        "marked_wrong": {task: count for task, count in wrong.items() if count},
    }


def cpu_seconds() -> float:
    """CPU seconds of all finished processes that this one, or they, started."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def result(name: str, n: int, seconds: float, wall: float, used: float, *, failure: str) -> dict:
    say(f"{name}: {seconds:.2f} s, {used:.2f} CPU s{f' ({failure})' if failure else ''}")
    return {
        "name": name,
        "seconds": round(seconds, 3),
        "process_seconds": round(wall, 3),
        "cpu_seconds": round(used, 3),
        "per_second": round(n / seconds, 2) if seconds else None,
        "per_cpu_second": round(n / used, 2) if used else None,
        "failure": failure,
    }


def ratios(runs: list[dict], name: str, rate: str) -> list[float]:
    """Ours over the peer's rate, round by round."""
    ours = [run for run in runs if run["name"] == name]
    theirs = [run for run in runs if run["name"] == PEERS]
    pairs = zip(ours, theirs, strict=False)
    return [a[rate] / b[rate] for a, b in pairs if not a["failure"] and not b["failure"]]


def spread(values: list[float]) -> dict | None:
    if not values:
        return None
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
        "n": len(values),
    }


def machine() -> dict:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": model[0].partition(":")[2].strip() if model else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1_minute": round(os.getloadavg()[0], 2),
    }


def as_text(report: dict) -> str:
    lines = [f"{report['n_candidates']} programs, {report['workers']} workers; {report['machine']}"]
    for name, rate in report["rates"].items():
        if rate:
            lines.append(f"{name}: {rate['median']} programs/s (min {rate['min']}, max {rate['max']}, n={rate['n']})")
    names = {
        "ratio": "same inputs",
        "ratio_first_tier": "same inputs, first tier",
        "ratio_official_tests": "ours on the official tests",
    }
    for key, text in {**names, "ratio_per_cpu_second": "same inputs, per CPU second"}.items():
        if ratio := report[key]:
            lines.append(f"unriddle / evalplus, {text}: {ratio['median']} (min {ratio['min']}, max {ratio['max']})")
    if (bare := report["ratio_bare"]) and (per_cpu := report["ratio_bare_per_cpu_second"]):
        lines.append(
            f"bare calls / evalplus: {bare['median']}, per CPU second {per_cpu['median']} "
            "(no isolation, no judging: the most that is possible)"
        )
    peers = [run for run in report["runs"] if run.get("marked_wrong")]
    if peers and not report["wrong"]:
        lines.append(f"evalplus marks reference solutions as wrong: {peers[-1]['marked_wrong']}")
    return "\n".join(lines + [f"FAILED: {failure}" for failure in report["failures"]])


def tail(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-3:])[-400:]


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
