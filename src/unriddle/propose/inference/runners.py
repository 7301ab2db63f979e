"""Running inference on a model: exactly, by importance, sequential Monte Carlo, Markov chains, and their combinations.

Every runner returns a ``Posterior``: values with log-weights, and an estimate of the evidence where the method has
one. Σ w f(x) and the evidence are unbiased; what ``probabilities`` and ``expectation`` divide out is not, for finite
n: never average them over runs, pool the weights. Not covered: deciding when to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, shorten
from unriddle.propose.inference.chance import Drawn, Program
from unriddle.propose.inference.context import Model
from unriddle.propose.inference.exact import distribution
from unriddle.propose.inference.population import Population, resample, weighted
from unriddle.propose.inference.resample import RESAMPLERS
from unriddle.propose.inference.sequential import particle_model, smc_population
from unriddle.propose.inference.traces import mh_step, start_chain
from unriddle.propose.inference.weight import log_weight

__all__ = ["Exact", "Posterior", "enumerate_exact", "importance", "mh", "pmmh", "rm_smc", "smc"]


@dataclass(frozen=True, slots=True)
class Exact:
    """What a model means.

    Attributes:
        mass: Unnormalised posterior of every value.
        missing: Prior probability of the runs that were cut off; the masses lack at most this if no score is
            above 1.
    """

    mass: Mapping[Any, Fraction]
    missing: Fraction

    @property
    def evidence(self) -> Fraction:
        """The sum of the masses."""
        return sum(self.mass.values(), start=Fraction(0))

    def probabilities(self) -> dict[Any, float]:
        """The posterior over values, of what was not cut off.

        Raises:
            BadInput: All masses are 0.
        """
        evidence = self.evidence
        if not evidence:
            raise BadInput("enumerate_exact: every run has weight 0, so there is no posterior; soften the scores")
        return {value: float(mass / evidence) for value, mass in self.mass.items() if mass}


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted draws.

    Attributes:
        values: ``(n,)``.
        log_weights: ``(n,)``, −∞ for weight 0.
        log_evidence: Logarithm of an unbiased estimate of the evidence; NaN where the method has none.
        accepted: Share of a chain's proposals that were accepted; NaN without a chain.
    """

    values: tuple[Any, ...]
    log_weights: npt.NDArray[np.float64]
    log_evidence: float = math.nan
    accepted: float = math.nan

    def normalised(self) -> npt.NDArray[np.float64]:
        """``(n,)`` weights that add up to 1.

        Raises:
            BadInput: All weights are 0.
        """
        top = self.log_weights.max(initial=-np.inf)
        if top == -np.inf:
            raise BadInput(
                f"posterior: all {len(self.values)} draws have weight 0; draw more of them, or soften the scores"
            )
        weights = np.exp(self.log_weights - top)
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def probabilities(self) -> dict[Hashable, float]:
        """The estimated posterior over values that can be hashed, equal ones together."""
        made: dict[Hashable, float] = {}
        for value, weight in zip(self.values, self.normalised().tolist(), strict=True):
            if weight:
                made[value] = made.get(value, 0.0) + weight
        return made

    def expectation(self, f: Callable[[Any], float]) -> float:
        """The estimated posterior mean of a function of the values."""
        pairs = zip(self.values, self.normalised().tolist(), strict=True)
        return float(sum(weight * f(value) for value, weight in pairs if weight))


def enumerate_exact(model: Model, *, max_draws: int = 200) -> Exact:
    """What the model means, by running it in every way.

    Args:
        model: It draws with ``flip``, ``choice`` and ``pick``; its values can be hashed.
        max_draws: Runs that draw more often are cut off; their probability is ``missing``.

    >>> def soft_sprinkler(ctx):
    ...     rain = ctx.flip(0.3)
    ...     if rain:
    ...         ctx.score(0.2)
    ...     if ctx.flip(0.1 if rain else 0.4):
    ...         ctx.score(0.1)
    ...     return rain
    >>> round(enumerate_exact(soft_sprinkler).probabilities()[True], 6)
    0.108635
    """
    found = distribution(weighted(model), max_draws=max_draws)
    mass: dict[Any, Fraction] = {}
    for population, probability in found.probability.items():
        for weight, value in population:
            if weight:
                mass[value] = mass.get(value, Fraction(0)) + probability * weight
    return Exact(mass, found.missing)


def importance(model: Model, *, n: int = 1000, rng: np.random.Generator) -> Posterior:
    """``n`` independent runs, weighted by their scores."""
    _positive(n=n)
    program, chance = weighted(model), Drawn(rng)
    return _posterior(tuple((w / n, x) for _ in range(n) for w, x in program(chance)))


def smc(
    model: Model,
    *,
    n: int = 1000,
    resampler: str = "systematic",
    ess_threshold: float | None = None,
    rng: np.random.Generator,
) -> Posterior:
    """Sequential Monte Carlo: all runs pause at each score, and those that go on are drawn by weight.

    Args:
        model: What to infer.
        n: Particles.
        resampler: ``multinomial``, ``stratified`` or ``systematic``.
        ess_threshold: Resample only when the effective number of particles is below this share; always when ``None``.
        rng: Where draws come from.
    """
    return rm_smc(model, n=n, n_moves=0, resampler=resampler, ess_threshold=ess_threshold, rng=rng)


def rm_smc(
    model: Model,
    *,
    n: int = 1000,
    n_moves: int = 1,
    resampler: str = "systematic",
    ess_threshold: float | None = None,
    rng: np.random.Generator,
) -> Posterior:
    """Sequential Monte Carlo with ``n_moves`` steps of trace Metropolis–Hastings for every particle after resampling.

    Arguments as for ``smc``.
    """
    _positive(n=n)
    if resampler not in RESAMPLERS or n_moves < 0:
        raise BadInput(
            f"smc: resampler must be one of {', '.join(RESAMPLERS)} and n_moves not negative, got {resampler!r} and "
            f"{n_moves}"
        )
    rule = partial(resample, ancestors=RESAMPLERS[resampler], ess_threshold=ess_threshold)
    return _posterior(smc_population(Drawn(rng), model, n=n, resample=rule, n_moves=n_moves))


def mh(model: Model, *, n_steps: int = 1000, burn_in: int = 0, thin: int = 1, rng: np.random.Generator) -> Posterior:
    """A single-site Metropolis–Hastings chain on traces; its draws have equal weights.

    Args:
        model: What to infer; a model that draws nothing gives its one value again and again.
        n_steps: Steps that count.
        burn_in: Steps before those.
        thin: Keep every so-manieth.
        rng: Where draws come from.

    Raises:
        BadInput: No run of positive weight was found to start from, or an argument is out of range.
    """
    _positive(n_steps=n_steps, thin=thin)
    chance, n_accepted, kept = Drawn(rng), 0, []
    run = start_chain(chance, model)
    for step in range(burn_in + n_steps):
        new = mh_step(chance, run, model)
        n_accepted += new is not run
        run = new
        if step >= burn_in and (step - burn_in + 1) % thin == 0:
            kept.append(run.value)
    return Posterior(tuple(kept), np.zeros(len(kept)), accepted=n_accepted / (burn_in + n_steps))


def pmmh(
    prior: Model,
    model: Callable[[Any], Model],
    *,
    n: int = 100,
    n_steps: int = 1000,
    burn_in: int = 0,
    thin: int = 1,
    resampler: str = "systematic",
    rng: np.random.Generator,
) -> Posterior:
    """Particle Metropolis–Hastings: a chain over parameters whose likelihood is the evidence that a population finds.

    Args:
        prior: Draws the parameters.
        model: The model given the parameters.
        n: Particles for each evidence.
        n_steps: Steps that count.
        burn_in: Steps before those.
        thin: Keep every so-manieth.
        resampler: See ``smc``.
        rng: Where draws come from.

    Returns:
        Values are pairs: parameters, and a value of the model under them.
    """
    _positive(n=n)
    if resampler not in RESAMPLERS:
        raise BadInput(f"pmmh: resampler must be one of {', '.join(RESAMPLERS)}, got {resampler!r}")
    rule = partial(resample, ancestors=RESAMPLERS[resampler])

    def program(parameters: Any) -> Program:
        return partial(smc_population, model=model(parameters), n=n, resample=rule)

    return mh(particle_model(prior, program), n_steps=n_steps, burn_in=burn_in, thin=thin, rng=rng)


def _posterior(population: Population) -> Posterior:
    logs = np.array([log_weight(weight).log for weight, _ in population])
    top = logs.max()
    evidence = float(top + np.log(np.exp(logs - top).sum())) if top > -np.inf else -math.inf
    return Posterior(tuple(value for _, value in population), logs, evidence)


def _positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise BadInput(f"inference: {name} must be 1 or more, got {shorten(number)}")
