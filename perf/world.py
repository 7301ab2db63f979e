"""Speed of the generated world: problems per second of one core by level, and how many distinct ones come out.

Run: ``python perf/world.py [--n 100000]``. Not a test; the figures are in docs/world.md.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from itertools import islice

from unriddle.data.world import LEVELS, Split, generate


def measured(levels: Sequence[int], *, n: int, split: Split) -> None:
    """Print one line: problems per CPU second, wall seconds, distinct behaviours and structures, mutants killed."""
    cpu, wall = time.process_time(), time.perf_counter()
    behaviours: set[int] = set()
    structures: set[str] = set()
    n_mutants = n_killed = n_hidden = 0
    for problem in islice(generate(levels=levels, split=split, seed=0), n):
        behaviours.add(problem.behaviour)
        structures.add(problem.structure)
        n_mutants += problem.difficulty.n_mutants
        n_killed += problem.difficulty.n_killed
        n_hidden += len(problem.hidden)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    name = ",".join(map(str, levels))
    print(
        f"levels {name:9} {split:8} {n:7} problems  {n / cpu:6.0f}/s of CPU  {wall:6.1f} s wall  "
        f"{len(behaviours):7} behaviours  {len(structures):6} structures  "
        f"{n_killed / n_mutants:.3f} of mutants killed  {n_hidden / n:.2f} hidden cases",
        flush=True,
    )


def main() -> None:
    """Every level for itself, then all together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="problems of all levels together")
    n = parser.parse_args().n
    for level in LEVELS:
        measured((level,), n=max(1, n // 50), split="train")
    measured((1, 2), n=max(1, n // 100), split="held_out")
    measured(LEVELS, n=n, split="train")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
