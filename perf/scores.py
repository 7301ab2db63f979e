"""How long every score takes on a large matrix, beside the limit of 50 ms for 1,000 candidates and 1,000 tests.

    OPENBLAS_NUM_THREADS=1 python perf/scores.py [--n 1000] [--m 1000] [--rounds 5] [--json]

Four kinds of matrix: coin flips (all rows differ), few behaviours (ten classes of rows), a staircase (row i passes the
first i tests, the worst case for a listener that hears one example after the other), and one in which a tenth of the
cells is masked. The figure is the best of the rounds: CPU milliseconds of this process, and wall milliseconds. On a
machine that is busy otherwise, the CPU figure is the one to trust; it counts all threads of the matrix library, so
give it one. Exit code 1 when a score takes more CPU time than the limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.score.b4 import b4_posterior
from unriddle.score.chance import shuffled
from unriddle.score.combine import lexicographic, weighted
from unriddle.score.passed import fraction
from unriddle.score.rules import RULES, TEXT_RULES, rule
from unriddle.verdicts import Verdicts

LIMIT_MS = 50.0


def matrices(n: int, m: int, candidates: list[Candidate]) -> dict[str, Verdicts]:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 10, n)
    flips = rng.random((n, m)) < 0.5
    made = {
        "coin flips": flips,
        "few behaviours": flips[classes],
        "staircase": np.arange(m)[None, :] < np.arange(n)[:, None],
        "a tenth masked": flips,
    }
    out = {}
    for kind, passed in made.items():
        status = np.where(passed, 0, 1).astype(np.int8)
        value = rng.integers(0, 50, (n, m)).astype(np.int32)
        if kind == "few behaviours":
            value = value[classes]
        if kind == "a tenth masked":
            status[rng.random((n, m)) < 0.1] = 8
        out[kind] = Verdicts(
            status, value, rng.random((n, m)).astype(np.float32), -rng.random(n), tuple(c.id for c in candidates),
            tuple(f"t{j}" for j in range(m)), (b"",) * 50,
        )  # fmt: skip
    return out


def timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Best wall and CPU milliseconds."""
    wall, cpu = [], []
    for _ in range(rounds):
        start, began = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - began)
    return 1e3 * min(wall), 1e3 * min(cpu)


def main() -> int:
    parser = argparse.ArgumentParser(description="how long every score takes on a large matrix")
    parser.add_argument("--n", type=int, default=1000, help="candidates")
    parser.add_argument("--m", type=int, default=1000, help="tests")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    candidates = [Candidate(f"def f(x):\n    return x + {i}", prior=-1.0 * i, n_tokens=9) for i in range(options.n)]
    scores: dict[str, Score] = {
        **RULES,
        **{name: rule(name, candidates=candidates) for name in TEXT_RULES},
        "shuffled": shuffled(seed=0),
        "lexicographic": lexicographic([RULES["passed"], RULES["codet"]]),
        "weighted": weighted([fraction, RULES["speed"]], weights=[1.0, 0.1]),
        "b4_posterior": b4_posterior,
    }
    rows = []
    for kind, verdicts in matrices(options.n, options.m, candidates).items():
        for name, score in scores.items():
            wall, cpu = timed(lambda score=score, verdicts=verdicts: score(verdicts), options.rounds)
            rows.append({"matrix": kind, "score": name, "wall_ms": round(wall, 1), "cpu_ms": round(cpu, 1)})
    slow = [row for row in rows if row["cpu_ms"] > LIMIT_MS and row["score"] != "b4_posterior"]
    if options.json:
        print(json.dumps({"n": options.n, "m": options.m, "limit_ms": LIMIT_MS, "rows": rows, "over": slow}))
    else:
        print(f"{options.n} x {options.m}, best of {options.rounds}, milliseconds of CPU (wall)")
        kinds = list(dict.fromkeys(row["matrix"] for row in rows))
        print(f"{'score':<16}" + "".join(f"{kind:>22}" for kind in kinds))
        for name in scores:
            cells = [row for row in rows if row["score"] == name]
            print(f"{name:<16}" + "".join(f"{row['cpu_ms']:>12.1f} ({row['wall_ms']:>6.1f})" for row in cells))
        print(f"over {LIMIT_MS:g} ms of CPU (the posterior is no score and has no limit): {slow or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
