"""Runs every checker on every program and keeps what was seen as JSON lines, so that a later call goes on from there.

A kept observation is used again only when program, limits, adapter, confinement, Python and the checker's version (for
unriddle: its source) are the same. Not covered: repeating a run to see whether it comes out the same.
"""

from __future__ import annotations

import hashlib
import json
import platform
import queue
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.checkers import HERE, Installed, install
from peers.confine import run_confined
from peers.report import Cell, Row, cell

__all__ = ["Work", "run_all"]

# Sums above 10,000: programs that search for the right answer take smaller numbers for noise.
PAIRS = [[123456789, 987654], [-70000, 3000000], [20011, 31013]]
# Programs that remember answer None when there is nothing to remember; the first call gives them the occasion.
FIRST = [1, 1]
HONEST = "def add(x, y):\n    return x + y\n"
SHARED = ("adapter.py", "confine.py", "supervise.py")


@dataclass(frozen=True, slots=True)
class Work:
    """What every run has in common.

    Args:
        canaries: Where ``supervise.py`` puts what nobody should touch.
        wall_seconds: Wall seconds per run.
        jobs: Runs at the same time.
        results: File of kept observations.
    """

    canaries: Mapping[str, Any]
    wall_seconds: float
    jobs: int
    results: Path


def run_all(programs: Sequence[Any], installed: Sequence[Installed], work: Work) -> list[Row]:
    """One row per program; what the results file holds already is not run again.

    Raises:
        RuntimeError: A checker rejects an honest program, so that its other verdicts would mean nothing; or unriddle's
            source changed meanwhile, so that nobody could say what was measured.
    """
    usual = {checker.checker.name: usually_left(checker, work) for checker in installed}
    keys = {(p.name, c.checker.name): key(c, p, work) for p in programs for c in installed}
    kept = read_results(work.results)
    todo = [(p, c) for p in programs for c in installed if keys[p.name, c.checker.name] not in kept]
    lanes: queue.SimpleQueue[int] = queue.SimpleQueue()
    for lane in range(work.jobs):
        lanes.put(lane)
    work.results.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(work.jobs) as threads, work.results.open("a", encoding="utf-8") as file:
        futures = {threads.submit(_in_lane, lanes, c, p, work): (p, c) for p, c in todo}
        for number, future in enumerate(as_completed(futures), 1):
            program, checker = futures[future]
            name, raw = checker.checker.name, future.result()
            if not checker.checker.requirement and install(checker.checker).version != checker.version:
                threads.shutdown(wait=False, cancel_futures=True)
                raise RuntimeError(
                    "unriddle's source changed while it was measured; run this again: what is kept stays"
                )
            kept[keys[program.name, name]] = raw
            if raw["ended"] != "lost":
                line = {"key": keys[program.name, name], "checker": name, "program": program.name, "raw": raw}
                file.write(json.dumps(line) + "\n")
                file.flush()
            outcome = make_cell(raw, program, usual[name]).outcome
            print(f"{number} of {len(todo)}: {program.name}, {name}: {outcome}", file=sys.stderr, flush=True)
    cells = {pair: kept[keys[pair]] for pair in keys}
    return [
        Row(p.name, p.property, p.family, {name: make_cell(cells[p.name, name], p, usual[name]) for name in usual})
        for p in programs
    ]


def _in_lane(lanes: queue.SimpleQueue[int], checker: Installed, program: Any, work: Work) -> dict[str, Any]:
    lane = lanes.get()
    check = {"source": program.source, "limits": limits_of(program), **task_for(isolated=program.isolated)}
    try:
        raw = once(checker, check, work, lane=lane)
        # A lost run is our own machine's failure, so it is tried once more.
        return once(checker, check, work, lane=lane) if raw["ended"] == "lost" else raw
    finally:
        lanes.put(lane)


def once(checker: Installed, check: dict[str, Any], work: Work, *, lane: int = 0) -> dict[str, Any]:
    return run_confined(
        checker.command,
        check,
        canaries=work.canaries,
        readable=checker.readable,
        wall_seconds=work.wall_seconds,
        lane=lane,
        environment=checker.environment,
    )


def task_for(*, isolated: bool) -> dict[str, Any]:
    """HumanEval/53 with tests of our own, in HumanEval's format and as inputs and outputs."""
    inputs = [FIRST, *PAIRS] if isolated else PAIRS
    outputs = [None if pair is FIRST else sum(pair) for pair in inputs]
    asserts = [f"    assert candidate({x}, {y}) == {sum_}" for (x, y), sum_ in zip(inputs, outputs, strict=True)]
    row = {
        "task_id": "HumanEval/53",
        "prompt": "def add(x: int, y: int):\n",
        "entry_point": "add",
        "test": "\n".join(["def check(candidate):", *asserts, ""]),
    }
    return {"task": row, "inputs": inputs, "outputs": outputs, "isolated": isolated}


def usually_left(checker: Installed, work: Work) -> int:
    """Processes that are alive after the verdict on an honest program."""
    raw = once(checker, {"source": HONEST, "limits": {}, **task_for(isolated=False)}, work)
    if not (raw.get("verdict") or {}).get("accepted"):
        raise RuntimeError(f"{checker.checker.name} does not accept an honest program, so it does not work here: {raw}")
    return int(raw["left"])


def make_cell(raw: Mapping[str, Any], program: Any, usual_left: int) -> Cell:
    statuses = {getattr(status, "name", str(status)) for status in program.right}
    return cell(raw, control=program.family == "control", may_pass="PASS" in statuses, usual_left=usual_left)


def limits_of(program: Any) -> dict[str, float]:
    """The limits a program runs under with unriddle; the peers have limits of their own."""
    return dict(program.limits.as_dict())


def key(checker: Installed, program: Any, work: Work) -> str:
    """What a kept observation must agree with to be used again."""
    parts = [
        checker.checker.name,
        checker.version,
        program.source,
        json.dumps([limits_of(program), task_for(isolated=program.isolated)]),
    ]
    parts += [str(work.wall_seconds), platform.python_version()]
    parts += [(HERE / name).read_text(encoding="utf-8") for name in (checker.checker.adapter, *SHARED)]
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """Kept observations by key; a line cut short by an interruption is passed over."""
    kept = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        kept[found["key"]] = found["raw"]
    return kept
