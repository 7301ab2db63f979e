"""One seed of the search for optimisers: evolution, its two rivals with as many evaluations, AdamW tuned likewise.

Every part is judged on the same tasks; those of the last test are seen by no part. Not covered: what is claimed from it
(``unriddle.lab.lion_discovery``).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unriddle.errors import shorten
from unriddle.grammar.array_mutate import MutationKind, random_program
from unriddle.grammar.array_program import ArrayProgram, abstract_execute
from unriddle.grammar.array_text import show_program
from unriddle.lab.base import Context, generator
from unriddle.methods._lion_tasks import SCALES, Rule, Tasks, adamw, judge, make_tasks, program_fitness
from unriddle.methods.lion_discovery import (
    FunnelResult,
    History,
    MetaPoint,
    adamw_program,
    evolve,
    funnel,
    meta_curve,
    simplify,
)

__all__ = ["Plan", "SeedResult", "Tuned", "one_seed"]

AdamwSetting = tuple[float, float, float, float]
"""Learning rate, the two betas, decay."""

_SIMPLIFY_TOLERANCE = 0.002


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done for each seed.

    Attributes:
        n_children: Children of the evolution.
        population: Its members.
        restart_after: Children without a better one before a restart.
        n_candidates: Programs, and settings of AdamW, that enter the funnel.
        keep: How many of them at most go on from B to C.
        n_points: Points of the curve over the search.
    """

    n_children: int
    population: int
    restart_after: int
    n_candidates: int
    keep: int
    n_points: int


@dataclass(frozen=True, slots=True)
class Tuned:
    """AdamW after the same tuning: the grid's best fitness on A, the chosen setting, and its fitness on A, B and C."""

    best_on_a: float
    setting: AdamwSetting
    chosen_on: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What one seed showed.

    Attributes:
        history: The evolution.
        constants: Best on A by changing constants only.
        random: Best on A among random programs.
        tuned: AdamW from the grid.
        funnel: What the funnel left.
        curve: The best program over the search, on A and on B.
        short: The winner, simplified on A and B.
        n_random: Random programs judged.
        tests: ``{"B": {...}, "C": {...}}``: fitness on unseen tasks of start, best on A, winner, simplified winner and
            tuned AdamW.
    """

    history: History
    constants: float
    random: float
    tuned: Tuned
    funnel: FunnelResult
    curve: list[MetaPoint]
    short: ArrayProgram
    n_random: int
    tests: dict[str, dict[str, float]]


def one_seed(number: int, plan: Plan, *, seed: int, context: Context) -> SeedResult:
    """All parts of one seed; the evolutions are kept in the context's cache and go on where they stopped."""

    def stream(part: int) -> np.random.Generator:
        return generator(seed, stream=1000 + 20 * number + part)

    names = ("A", "B", "C", "test B", "test C")
    tasks = {name: make_tasks(SCALES[name[-1]], rng=stream(i)) for i, name in enumerate(names)}
    fitness = {name: program_fitness(part) for name, part in tasks.items()}
    start = adamw_program()

    def search(what: str, part: int, kinds: Sequence[MutationKind], n_evaluated: int | None) -> History:
        rng = stream(part)
        path = _path(context, what, tasks["A"], (plan, n_evaluated, kinds, seed, number))
        return evolve(
            start,
            fitness["A"],
            rng=rng,
            n_children=None if n_evaluated else plan.n_children,
            n_evaluated=n_evaluated,
            population=plan.population,
            restart_after=plan.restart_after,
            kinds=kinds,
            path=path,
            watch=lambda h: context.say(
                f"seed {number}, {what}: {h.n_children} children, {h.n_evaluated} evaluated, best {h.best.fitness:.4f}"
            ),
        )

    history = search("evolution", 10, ("insert", "delete", "modify"), None)
    constants = search("constants only", 11, ("constant",), history.n_evaluated)
    n_random, best_random = _random(start, fitness["A"], history.n_evaluated, stream(12))
    context.say(f"seed {number}: {n_random} random programs, best {best_random:.4f}; tuning AdamW")
    tuned = _tune(tasks, plan, history.n_evaluated)
    left = funnel(
        history.candidates(plan.n_candidates),
        [fitness["B"], fitness["C"]],
        baseline=tuned.chosen_on[1:],
        keep=plan.keep,
        watch=lambda text: context.say(f"seed {number}, {text}"),
    )
    short = _shortened(left.winner, fitness)
    chosen = {"start": start, "best on A": history.best.program, "winner": left.winner, "simplified": short}
    tests = {
        name[-1]: {key: fitness[name](program) for key, program in chosen.items()}
        | {"AdamW": judge(_rule(tuned.setting), tasks[name])}
        for name in names[3:]
    }
    context.say(f"seed {number}: unseen tasks {shorten(tests, 400)}\n{show_program(short)}")
    curve = meta_curve(history, fitness["B"], n_points=plan.n_points)
    return SeedResult(history, constants.best.fitness, best_random, tuned, left, curve, short, n_random, tests)


def _path(context: Context, what: str, tasks: Sequence[Tasks], facts: object) -> Path:
    digest = hashlib.blake2b(repr((what, facts)).encode(), digest_size=8)
    for part in tasks:
        digest.update(part.xs.tobytes() + part.ys.tobytes() + part.start.tobytes())
    return context.cache / "lion_discovery" / f"{what.replace(' ', '-')}-{digest.hexdigest()}.json"


def _shortened(winner: ArrayProgram, fitness: dict[str, Callable[[ArrayProgram], float]]) -> ArrayProgram:
    """The winner made short; the worse of its losses on A and B may grow by the tolerance."""
    ends = fitness["A"](winner), fitness["B"](winner)

    def both(program: ArrayProgram) -> float:
        first = fitness["A"](program) - ends[0]
        return min(first, fitness["B"](program) - ends[1]) if first >= -_SIMPLIFY_TOLERANCE else first

    return simplify(winner, both, tol=_SIMPLIFY_TOLERANCE)


def _random(
    start: ArrayProgram, fitness: Callable[[ArrayProgram], float], n: int, rng: np.random.Generator
) -> tuple[int, float]:
    """So many random programs with different keys, of 3 to 12 statements; the best fitness."""
    keys: set[str] = set()
    best = -np.inf
    while len(keys) < n:
        program = random_program(start, n_statements=int(rng.integers(3, 13)), rng=rng)
        key = abstract_execute(program).key
        if key not in keys:
            keys.add(key)
            best = max(best, fitness(program))
    return len(keys), float(best)


def _tune(tasks: dict[str, list[Tasks]], plan: Plan, n: int) -> Tuned:
    """A grid of about ``n`` settings on A, the best of them on B, the best of these on C, as for the programs."""
    scores = [(judge(_rule(setting), tasks["A"]), setting) for setting in _grid(n)]
    scores.sort(key=lambda row: -row[0])
    second = [(judge(_rule(s), tasks["B"]), a, s) for a, s in scores[: plan.n_candidates]]
    second.sort(key=lambda row: -row[0])
    third = [(judge(_rule(s), tasks["C"]), b, a, s) for b, a, s in second[: plan.keep]]
    c, b, a, setting = max(third, key=lambda row: row[0])
    return Tuned(scores[0][0], setting, (a, b, c))


def _grid(n: int) -> list[AdamwSetting]:
    """About ``n`` settings: few betas and decays for a small budget, and learning rates for the rest."""
    firsts: list[float] = [0.5, 0.9, 0.95] if n < 3000 else [0.0, 0.5, 0.8, 0.9, 0.95, 0.98]
    seconds: list[float] = [0.9, 0.99, 0.999] if n < 3000 else [0.9, 0.95, 0.99, 0.999]
    decays: list[float] = [0.0, 0.01, 0.1] if n < 3000 else [0.0, 0.001, 0.01, 0.1, 0.5]
    n_rates = max(2, round(n / (len(firsts) * len(seconds) * len(decays))))
    rates = [float(rate) for rate in np.geomspace(1e-3, 3.0, n_rates)]
    return list(itertools.product(rates, firsts, seconds, decays))


def _rule(setting: AdamwSetting) -> Rule:
    rate, first, second, decay = setting
    return adamw(lr=rate, betas=(first, second), weight_decay=decay)
