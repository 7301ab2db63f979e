"""Valid test inputs per second: ``unriddle.testgen.validated`` against evalplus' own typed mutation, on the same tasks.

    python perf/inputs_vs_evalplus.py [--data FILE] [--tasks 40] [-n 200] [--seconds 5] [--peer PYTHON] [--json]

Both start from the base inputs of HumanEval+ and keep inputs that the reference with its contract accepts, at most
``n`` for each task; evalplus is given ``--seconds`` wall seconds for each task at most (its own bound), ours twenty
tries per wanted input. What counts is inputs per CPU second of all processes together: ours runs every call in the
sandbox and counts branches besides, evalplus runs the program in its own process. ``--peer`` is a Python that has
evalplus 0.3.1; without it one is made in the user's cache folder.

Exit code 0 when both ran, else 1.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from eval_vs_evalplus import DATA, PEER, machine, peer_command

SCRIPT = """
import contextlib, gzip, io, json, random, resource, sys, time
from evalplus.gen.type_mut import TypedMutGen
path, n_tasks, n, seconds = sys.argv[1], *map(int, sys.argv[2:])
found = {}
for line in list(gzip.open(path, "rt"))[:n_tasks]:
    row = json.loads(line)
    random.seed(0)
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        code = row["prompt"] + row["contract"] + row["canonical_solution"]
        maker = TypedMutGen(row["base_input"], row["entry_point"], code)
        maker.timeout = seconds
        made = maker.generate(n)
    found[row["task_id"]] = [len(made), time.process_time() - began]
print(json.dumps(found))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="valid test inputs per CPU second, ours and evalplus'")
    parser.add_argument("--data", type=Path, default=DATA, help="HumanEvalPlus.jsonl.gz (default: %(default)s)")
    parser.add_argument("--tasks", type=int, default=40, help="the first so many tasks")
    parser.add_argument("-n", type=int, default=200, help="inputs wanted for each task")
    parser.add_argument("--seconds", type=int, default=5, help="evalplus: most wall seconds for each task")
    parser.add_argument("--peer", type=Path, help="a Python with evalplus 0.3.1")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"{options.data}: no such file; name HumanEvalPlus.jsonl.gz with --data PATH", file=sys.stderr)
        return 2
    failures: list[str] = []
    peer = options.peer
    if peer is None and (command := peer_command(failures)):
        peer = command.with_name("python")
    report = {"schema": 1, "machine": machine(), "tasks": options.tasks, "n": options.n, "failures": failures}
    report["unriddle"] = ours(options.data, options.tasks, options.n)
    if peer is not None:
        report[PEER] = theirs(peer, options)
        report["ratio_per_cpu_second"] = report["unriddle"]["per_cpu_second"] / report[PEER]["per_cpu_second"]
    print(json.dumps(report) if options.json else as_text(report))
    return 1 if failures else 0


def ours(data: Path, n_tasks: int, n: int) -> dict:
    import numpy as np

    from unriddle.execute import open_executor
    from unriddle.language.python import signature
    from unriddle.testgen.validated import Reference, validated_inputs

    references = []
    with gzip.open(data, "rt") as file:
        for line in list(file)[:n_tasks]:
            row = json.loads(line)
            source = row["prompt"] + row["contract"] + row["canonical_solution"]
            known = tuple(tuple(args) for args in row["base_input"])
            name = row["entry_point"]
            references.append(Reference(row["task_id"], name, source, signature(source, name), known))
    used, began = cpu_seconds(), time.perf_counter()
    with open_executor() as executor:
        found = validated_inputs(references, n=n, executor=executor, rng=np.random.default_rng(0), most_run=20)
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    return counted(sum(len(one.inputs) for one in found), seconds, used)


def theirs(peer: Path, options: argparse.Namespace) -> dict:
    used, began = cpu_seconds(), time.perf_counter()
    arguments = [str(options.data), str(options.tasks), str(options.n), str(options.seconds)]
    done = subprocess.run([peer, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    return counted(sum(n for n, _ in json.loads(done.stdout).values()), seconds, used)


def counted(n: int, seconds: float, used: float) -> dict:
    return {"inputs": n, "seconds": seconds, "cpu_seconds": used, "per_cpu_second": n / used}


def cpu_seconds() -> float:
    """CPU seconds of this process and of all that ended below it."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def as_text(report: dict) -> str:
    lines = [f"{report['tasks']} tasks, at most {report['n']} inputs each; {report['machine']}"]
    for name in ("unriddle", PEER):
        if name in report:
            one = report[name]
            lines.append(
                f"{name:16} {one['inputs']:7,} valid inputs in {one['cpu_seconds']:7.1f} CPU s: "
                f"{one['per_cpu_second']:8.0f} per CPU second"
            )
    if "ratio_per_cpu_second" in report:
        lines.append(f"ratio {report['ratio_per_cpu_second']:.1f}")
    return "\n".join([*lines, *report["failures"]])


if __name__ == "__main__":
    sys.exit(main())
