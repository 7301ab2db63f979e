"""Populations: weighted particles, whose meaning is the average of Σ wᵢ δ(xᵢ) over all randomness (Pop).

Not covered: how particles are made; see ``sequential`` and ``traces``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from unriddle.propose.inference.chance import Chance, Program
from unriddle.propose.inference.context import Context, Model, product, run_model
from unriddle.propose.inference.resample import Ancestors, systematic
from unriddle.propose.inference.weight import Weight, share

__all__ = ["Population", "bind", "collapse", "collapsed", "effective_size", "resample", "spawn", "total", "weighted"]

Population = tuple[tuple[Weight, Any], ...]
"""Particles: weight and value."""

Continuation = Callable[[Chance, Any], Population]


def weighted(model: Model) -> Program:
    """A program that runs the model once and returns a population of one: its value with its weight (W)."""

    def program(chance: Chance) -> Population:
        run = run_model(model, chance)
        return ((product(chance, run.scores), run.value),)

    return program


def spawn(chance: Chance, value: Any, *, n: int) -> Population:
    """The value ``n`` times, each with weight 1/n."""
    return ((chance.weight(1) / n, value),) * n


def bind(chance: Chance, population: Population, continuation: Continuation) -> Population:
    """The population that comes of going on from every particle; weights are multiplied."""
    return tuple((w * v, y) for w, x in population for v, y in continuation(chance, x))


def total(population: Population) -> Weight:
    """Z, the sum of the weights; its average over all randomness is the evidence."""
    return sum((weight for weight, _ in population[1:]), start=population[0][0])


def effective_size(weights: Sequence[Weight]) -> float:
    """(Σ w)² / Σ w²: how many equal particles would stray as little; 0 when all weights are 0."""
    whole: Any = sum(weights[1:], start=weights[0])
    if not whole:
        return 0.0
    return 1 / sum(float(share(weight, whole)) ** 2 for weight in weights)


def resample(
    chance: Chance,
    population: Population,
    *,
    ancestors: Ancestors = systematic,
    ess_threshold: float | None = None,
) -> Population:
    """As many particles, drawn by weight, each with weight Z / n; unchanged where Z is 0.

    Args:
        chance: Where draws come from.
        population: At least one particle.
        ancestors: The rule.
        ess_threshold: Resample only when the effective size is below this share of the particles.
    """
    weights, n = [weight for weight, _ in population], len(population)
    z = total(population)
    if not z or (ess_threshold is not None and effective_size(weights) >= ess_threshold * n):
        return population
    return tuple((z / n, population[i][1]) for i in ancestors(chance, weights, n))


def collapse(ctx: Context, population: Population) -> Any:
    """One value, drawn by weight, with the whole sum as score: a properly weighted single draw."""
    ctx.score(total(population))
    return population[ctx.untraced.picks([weight for weight, _ in population], 1)[0]][1]


def collapsed(program: Program) -> Model:
    """The model that runs a program for a population, outside the trace, and collapses it."""
    return lambda ctx: collapse(ctx, program(ctx.untraced))
