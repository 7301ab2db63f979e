"""How many programming puzzles (P3) the searches solve without any language model, and which search solves them.

    python perf/puzzles.py puzzles.json [--split train] [--seconds 10] [--workers 2] [--limit 40] [--state FILE]
    python perf/puzzles.py puzzles.json --cpu-seconds 20 --workers 1        a measure that other work does not change

One instance of each template of the split (``split.json`` lies next to ``puzzles.json``), ``--limit`` of them drawn at
random. Printed: the share solved with its 95 % Wilson interval; the baseline, how many accept one of a dozen constants
(0, 1, "", [] ...); how many each search found; and the types of the answers that are missing. With ``--state`` every
result is kept in a file of JSON Lines, and puzzles that stand in it are not tried again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import wilson
from unriddle.benchmarks.p3 import load
from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.execute import open_executor
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.propose.answer import answer_program
from unriddle.propose.combine import Portfolio
from unriddle.propose.search_program import PACKAGES
from unriddle.solver import solve

CONSTANTS: list[Any] = [0, 1, -1, 2, True, False, 0.0, 1.0, "", "a", [], [0], [1], [""], [[]], [True], [0.0]]
LIMITS = Limits(cpu_seconds=2.0)


def main() -> int:
    parser = argparse.ArgumentParser(description="programming puzzles solved without a language model")
    parser.add_argument("puzzles", type=Path, help="puzzles.json, also .gz or .xz")
    parser.add_argument("--split", default="train", help="a key of split.json")
    parser.add_argument("--seconds", type=float, default=10.0, help="wall seconds per puzzle")
    parser.add_argument("--cpu-seconds", type=float, help="CPU seconds per puzzle instead")
    parser.add_argument("--workers", type=int, default=2, help="turns at a time")
    parser.add_argument("--limit", type=int, help="this many puzzles, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and of the searches")
    parser.add_argument("--state", type=Path, help="keeps results, so that a run can go on where it stopped")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    problems = list(load(asked.puzzles, split=asked.split, instances="first"))
    order = np.random.default_rng(asked.seed).permutation(len(problems))[: asked.limit]
    rows = _rows(asked, [problems[i] for i in order])
    made = _summary(asked, rows)
    print(json.dumps(made, indent=2) if asked.json else "\n".join(f"{key}: {value}" for key, value in made.items()))
    return 0


def _rows(asked: argparse.Namespace, problems: list[Problem]) -> list[dict[str, Any]]:
    done: dict[str, dict[str, Any]] = {}
    if asked.state and asked.state.exists():
        done = {row["puzzle"]: row for row in map(json.loads, asked.state.read_text().splitlines())}
    with open_executor(workers=asked.workers, packages=PACKAGES) as executor:
        for i, problem in enumerate(problems):
            if problem.id in done:
                continue
            row = done[problem.id] = _row(asked, problem, executor)
            if asked.state:
                with asked.state.open("a") as file:
                    file.write(json.dumps(row) + "\n")
            n = sum(row["solved"] for row in done.values())
            word = f"solved by {row['component']}" if row["solved"] else "not solved"
            print(f"{i + 1}/{len(problems)} {problem.id}: {word}, {n} of {len(done)}", file=sys.stderr, flush=True)
    return [done[problem.id] for problem in problems]


def _row(asked: argparse.Namespace, problem: Problem, executor: Executor) -> dict[str, Any]:
    begun = time.monotonic()
    wall = asked.seconds if asked.cpu_seconds is None else 1e6
    portfolio = Portfolio(problem, executor, seconds=wall, cpu_seconds=asked.cpu_seconds, seed=asked.seed)
    solution = solve(problem, portfolio, executor=executor, budget=Budget(candidates=50), limits=LIMITS, batch=1)
    seconds = round(time.monotonic() - begun, 2)
    constants = [Candidate(text) for value in CONSTANTS if (text := answer_program(problem, value)) is not None]
    accepted = executor.run(constants, problem.tests, limits=LIMITS).solved()
    return {
        "puzzle": problem.id,
        "type": problem.meta["ans_type"],
        "module": problem.meta["module"],
        "solved": solution.solved,
        "component": solution.candidate.proposer if solution.solved and solution.candidate else None,
        "seconds": seconds,
        "cpu_seconds": round(portfolio.cpu_spent, 2),
        "constant": bool(accepted.any()),
    }


def _summary(asked: argparse.Namespace, rows: list[dict[str, Any]]) -> dict[str, Any]:
    solved = [row for row in rows if row["solved"]]
    low, high = wilson(len(solved), len(rows))
    missing = [row for row in rows if not row["solved"]]
    return {
        "split": asked.split,
        "budget": f"{asked.cpu_seconds} CPU s" if asked.cpu_seconds else f"{asked.seconds} s, {asked.workers} workers",
        "n": len(rows),
        "solved": len(solved),
        "share": round(len(solved) / max(len(rows), 1), 3),
        "wilson": [round(low, 3), round(high, 3)],
        "constants_baseline": sum(row["constant"] for row in rows),
        "by_component": dict(Counter(row["component"] for row in solved).most_common()),
        "median_seconds_solved": float(np.median([row["seconds"] for row in solved])) if solved else None,
        "missing_by_type": dict(Counter(row["type"] for row in missing).most_common()),
        "missing_by_module": dict(Counter(row["module"] for row in missing).most_common()),
        "missing": sorted(row["puzzle"] for row in missing),
    }


if __name__ == "__main__":
    sys.exit(main())
