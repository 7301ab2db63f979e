"""Small models that validity is checked on, with exact chances; conjugate ones for calibration.

Not covered: models of programs (``_program_domains``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import numpy as np

from unriddle.propose.inference.chance import Chance
from unriddle.propose.inference.context import Context, Model

__all__ = ["FINITE", "PARTICLE", "Conjugate", "beta_bernoulli", "normal_normal", "soft_sprinkler"]

F = Fraction


def soft_sprinkler(ctx: Context) -> bool:
    """Rain, given soft evidence: Z = 0.5026, P(rain) = 0.108635."""
    rain = ctx.flip(F(3, 10))
    if rain:
        ctx.score(F(1, 5))
    if ctx.flip(F(1, 10) if rain else F(4, 10)):
        ctx.score(F(1, 10))
    return rain


def hidden_markov(ctx: Context) -> int:
    """Three steps of two states, each seen; the last state. One draw before each score."""
    state = 0
    for seen in (1, 0, 1):
        state = 1 - state if ctx.flip(F(1, 3)) else state
        ctx.score(F(3, 4) if state == seen else F(1, 4))
    return state


def dice(ctx: Context) -> int:
    """The sum of a three-sided die and a loaded two-sided one, which should be large; scores are above 1 too."""
    first = 1 + ctx.pick((1, 1, 1))
    ctx.score(first)
    second = 1 + ctx.pick((1, 2))
    ctx.score(F(first + second, 4))
    return first + second


def waiting(ctx: Context) -> int:
    """Tails until heads, at most three; each costs. Traces and numbers of scores differ in length."""
    n = 0
    while n < 3 and ctx.flip(F(1, 2)):
        n += 1
        ctx.score(F(2, 3))
    return n


def hard_evidence(ctx: Context) -> tuple[bool, bool]:
    """Two coins of which one at least shows heads; what contradicts that has weight 0."""
    first = ctx.flip(F(2, 5))
    ctx.score(F(1, 2) if first else F(4, 5))
    second = ctx.flip(F(1, 4))
    ctx.score(F(1) if first or second else F(0))
    return first, second


def branching(ctx: Context) -> str:
    """A tiny grammar: a leaf, or an operator over two; deeper draws only on one side. Long and short traces."""
    if ctx.flip(F(1, 2)):
        leaf = ctx.choice({"x": 2, "1": 1})
        ctx.score(F(1, 4) if leaf == "x" else F(1, 2))
        return str(leaf)
    left = ctx.choice({"x": 2, "1": 1})
    right = ctx.choice({"x": 1, "1": 1})
    ctx.score(F(1, 3) if left == right else F(3, 4))
    return f"{left}+{right}"


FINITE: dict[str, Model] = {
    "soft sprinkler": soft_sprinkler,
    "hidden Markov": hidden_markov,
    "dice": dice,
    "waiting": waiting,
    "hard evidence": hard_evidence,
    "branching": branching,
}
"""Six models with finitely many runs."""


def _coin(ctx: Context) -> int:
    return ctx.pick((2, 1))


def _tosses(parameters: int) -> Model:
    def model(ctx: Context) -> bool:
        hidden = ctx.flip(F(1, 2) if parameters else F(1, 4))
        ctx.score(F(3, 4) if hidden else F(1, 4))
        return hidden

    return model


PARTICLE: tuple[Model, Callable[[Any], Model]] = (_coin, _tosses)
"""Prior and model of a particle Metropolis–Hastings chain that can be enumerated."""


@dataclass(frozen=True, slots=True)
class Conjugate:
    """A prior, how data come about, and the model given data.

    Attributes:
        prior: Draws the parameter.
        data: ``(parameter, rng) -> data``.
        condition: ``data -> model`` of the parameter.
        likelihood: ``data -> (parameter -> model)``, the same in the two parts of particle Metropolis–Hastings.
    """

    prior: Model
    data: Callable[[Any, np.random.Generator], Any]
    condition: Callable[[Any], Model]
    likelihood: Callable[[Any], Callable[[Any], Model]]


def beta_bernoulli(n: int = 4) -> Conjugate:
    """Beta(2, 1), which is the root of a uniform number, and ``n`` tosses."""

    def prior(ctx: Context) -> float:
        return math.sqrt(ctx.uniform())

    def factor(parameter: float, toss: bool) -> float:
        return parameter if toss else 1 - parameter

    return _conjugate(prior, lambda p, rng: [bool(toss) for toss in rng.random(n) < p], factor)


def normal_normal(n: int = 3) -> Conjugate:
    """A standard normal mean, by inverting its distribution function, and ``n`` normal data around it."""
    standard = NormalDist()

    def prior(ctx: Chance) -> float:
        return standard.inv_cdf(min(max(ctx.uniform(), 1e-15), 1 - 1e-15))

    def factor(parameter: float, datum: float) -> float:
        return math.exp(-((datum - parameter) ** 2) / 2)

    return _conjugate(prior, lambda mean, rng: rng.normal(mean, 1.0, n).tolist(), factor)


def _conjugate(
    prior: Callable[[Context], float],
    data: Callable[[float, np.random.Generator], list[Any]],
    factor: Callable[[float, Any], float],
) -> Conjugate:
    def condition(seen: list[Any]) -> Model:
        def model(ctx: Context) -> float:
            parameter = prior(ctx)
            for datum in seen:
                ctx.score(factor(parameter, datum))
            return parameter

        return model

    def likelihood(seen: list[Any]) -> Callable[[Any], Model]:
        def given(parameter: float) -> Model:
            # Half the factor is left to chance, so that the evidence is an estimate and not the exact number.
            def model(ctx: Context) -> None:
                for datum in seen:
                    ctx.score(2 * factor(parameter, datum) * (0.75 if ctx.flip(0.5) else 0.25))

            return model

        return given

    return Conjugate(prior, data, condition, likelihood)
