"""Sequential Monte Carlo as a composition: spawn, then resample, move and advance to the next score, then finish.

``smc_program`` is the composition with a fixed number of steps, which can be enumerated; ``smc_population`` goes on
until every particle is finished. Not covered: lookahead, numbers of particles that change.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

from unriddle.propose.inference.chance import Chance, Program, Staged
from unriddle.propose.inference.context import Context, Model, Run, product, run_model
from unriddle.propose.inference.population import Population, bind, collapse, resample, spawn
from unriddle.propose.inference.traces import mh_step

__all__ = ["Resample", "advance", "finish", "move", "particle_model", "smc_population", "smc_program"]

Resample = Callable[[Chance, Population], Population]
Bind = Callable[[Chance, Population, Callable[[Chance, Any], Population]], Population]


def advance(chance: Chance, population: Population, *, model: Model, bind: Bind = bind) -> Population:
    """Every particle at its next score; finished ones wait."""

    def onwards(chance: Chance, run: Run) -> Population:
        if run.finished:
            return ((chance.weight(1), run),)
        new = run_model(model, chance, trace=run.trace, n_scores=len(run.scores) + 1)
        return ((product(chance, new.scores[len(run.scores) :]), new),)

    return bind(chance, population, onwards)


def finish(chance: Chance, population: Population, *, model: Model, bind: Bind = bind) -> Population:
    """Every particle at its end, with what its remaining scores come to."""

    def to_the_end(chance: Chance, run: Run) -> Population:
        if run.finished:
            return ((chance.weight(1), run),)
        new = run_model(model, chance, trace=run.trace)
        return ((product(chance, new.scores[len(run.scores) :]), new),)

    return bind(chance, population, to_the_end)


def move(chance: Chance, population: Population, *, model: Model, n_scores: int, n_moves: int) -> Population:
    """Every particle after some steps of trace Metropolis–Hastings under the model paused after ``n_scores`` scores.

    The number is the same for all, also for particles that finished with fewer: it is what the population stands for.
    """

    def moved(run: Run) -> Run:
        for _ in range(n_moves):
            run = mh_step(chance, run, model, n_scores=n_scores)
        return run

    return tuple((w, moved(run) if w else run) for w, run in population)


def smc_program(
    model: Model,
    *,
    n: int,
    n_steps: int,
    resample: Resample = resample,
    n_moves: int = 0,
    bind: Bind = bind,
    spawn: Callable[..., Population] = spawn,
) -> Staged:
    """The program for a population of ``n`` values: resampled before each of ``n_steps`` advances but the first.

    Scores beyond ``n_steps`` are weighed without resampling. The parts that can be replaced are for the checks.
    """
    stages: list[Callable[[Chance, Any], Any]] = [lambda chance, _: spawn(chance, Run(), n=n)]
    for step in range(n_steps):
        stages += [resample] if step else []
        stages += [partial(move, model=model, n_scores=step, n_moves=n_moves)] if step and n_moves else []
        stages.append(partial(advance, model=model, bind=bind))
    stages += [partial(finish, model=model, bind=bind), _values]
    return Staged(tuple(stages))


def smc_population(
    chance: Chance, model: Model, *, n: int, resample: Resample = resample, n_moves: int = 0
) -> Population:
    """The same, with as many steps as the particle with most scores needs."""
    population = advance(chance, spawn(chance, Run(), n=n), model=model)
    for step in itertools.count(1):
        if all(run.finished for _, run in population):
            break
        population = resample(chance, population)
        if n_moves:
            population = move(chance, population, model=model, n_scores=step, n_moves=n_moves)
        population = advance(chance, population, model=model)
    return _values(chance, population)


def particle_model(prior: Model, program: Callable[[Any], Program]) -> Model:
    """The model of parameters alone, each weighed by what a population under them finds as its evidence.

    Its value is a pair: the parameters, and one value of the population. Draws of the population are not part of the
    trace, so that a chain on it is particle Metropolis–Hastings.
    """

    def joint(ctx: Context) -> tuple[Any, Any]:
        parameters = prior(ctx)
        return parameters, collapse(ctx, program(parameters)(ctx.untraced))

    return joint


def _values(chance: Chance, population: Population) -> Population:
    return tuple((weight, run.value) for weight, run in population)
