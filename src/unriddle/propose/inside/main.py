"""One slice of one search: the function that the sandbox calls."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

from unriddle.propose.inside.build import search as building
from unriddle.propose.inside.check import Found, OutOfTime, Puzzle, Slow
from unriddle.propose.inside.climb import search as climbing
from unriddle.propose.inside.constants import search as constants
from unriddle.propose.inside.exhaust import search as exhaustion
from unriddle.propose.inside.express import search as expressions
from unriddle.propose.inside.invert import search as inversion
from unriddle.propose.inside.material import Material
from unriddle.propose.inside.templates import search as templates

__all__ = ["search"]

COMPONENTS = {
    "constants": constants, "inversion": inversion, "templates": templates, "expressions": expressions,
    "exhaustion": exhaustion, "climbing": climbing, "building": building,
}  # fmt: skip


def solver() -> Callable[..., None]:
    """The search by an SMT solver, which not every program carries."""
    from unriddle.propose.inside.solve import search as solving

    return solving


def search(
    component: Any, source: str, entry: str, annotation: str, seconds: tuple[float, float], seed: Any, seeds: list[Any]
) -> Any:
    """What the component found: ``{"found": [value], "best": [value], "distance", "runs", "done"}``."""
    sys.setrecursionlimit(3000)
    sys.set_int_max_str_digits(0)
    puzzle = Puzzle(source, entry, annotation, *seconds)
    rng, found, done = random.Random(seed), [], False
    puzzle.watch()
    try:
        seeds = [value for value in seeds if puzzle.kind.fits(value)]
        run = COMPONENTS.get(component) or solver()
        run(puzzle, Material(puzzle), rng, seeds)
        done = True
    except Found as success:
        found = [success.value]
    except (OutOfTime, Slow, MemoryError, RecursionError):
        pass
    puzzle.unwatch()
    best: list[Any] = [] if puzzle.best is None else [puzzle.best]
    if best and len(repr(best)) > 200_000:
        best = []
    return {"found": found, "best": best, "distance": puzzle.best_distance, "runs": puzzle.n_runs, "done": done}
