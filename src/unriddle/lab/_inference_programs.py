"""Measurements of program inference for ``lab.validated_inference``: against enumeration, and averaged predictions.

Not covered: programs run in a sandbox; all operators here are trusted and evaluated in process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.grammar.cfg import Tree
from unriddle.grammar.enumerate import by_cost
from unriddle.methods._program_domains import ARITHMETIC, Domain, NoisyTask, Values, fit_for_task, noisy_task
from unriddle.propose.inference.chance import Drawn
from unriddle.propose.mcmc import ChainState, mcmc_search
from unriddle.propose.smc import SmcState, smc_search
from unriddle.propose.tree_posterior import averaged
from unriddle.propose.tree_search import TreeSearch, run_search
from unriddle.propose.trees import TreeDraws

__all__ = ["Guesses", "SmallTask", "averaged_or_best", "estimate", "exact_behaviours", "small_tasks", "variation"]

_Floats = npt.NDArray[np.float64]
_UNLIKELY = 1e-6
"""In place of 0, so that chains can walk."""
_SMALL = 5
"""Most productions of a program where all programs are enumerated."""


def log_likelihood(
    domain: Domain, task: NoisyTask, noise: float, *, knows: bool = False
) -> Callable[[Tree], list[float]]:
    """``tree -> (m,)`` log-likelihoods of the task's examples.

    It only tells right values from wrong ones, unless it ``knows`` how the task came about: what wrong examples look
    like, and that trivial programs are no tasks.
    """
    hit, miss = math.log(1 - noise), math.log(noise / domain.n_other)

    def rows(tree: Tree) -> list[float]:
        values = domain.evaluate(tree, task.inputs)
        if not knows:
            return [hit if got == shown else miss for got, shown in zip(values, task.shown, strict=True)]
        if not fit_for_task(tree, values):
            return [-math.inf] * len(values)
        pairs = zip(values, task.shown, strict=True)
        return [hit if v == s else math.log(noise * max(domain.wrong_chance(v, s), _UNLIKELY)) for v, s in pairs]

    return rows


@dataclass(frozen=True, slots=True)
class SmallTask:
    """An arithmetic task whose posterior is known: probability of every behaviour on all its inputs."""

    task: NoisyTask
    exact: Mapping[Values, float]
    rows: Callable[[Tree], list[float]]


def small_tasks(n: int, *, rng: np.random.Generator, n_examples: int = 6, noise: float = 0.1) -> list[SmallTask]:
    """Tasks with their posteriors by enumeration of all programs of at most five productions."""
    trees = list(by_cost(ARITHMETIC.pcfg.grammar, max_cost=_SMALL, distinct=False))
    made = []
    for _ in range(n):
        task = noisy_task(ARITHMETIC, rng=rng, n_examples=n_examples, noise=noise, max_size=_SMALL)
        rows = log_likelihood(ARITHMETIC, task, noise)
        made.append(SmallTask(task, exact_behaviours(trees, task, rows), rows))
    return made


def exact_behaviours(
    trees: Sequence[Tree], task: NoisyTask, rows: Callable[[Tree], list[float]]
) -> dict[Values, float]:
    """The posterior over behaviours, from all trees there are."""
    logs = np.array([ARITHMETIC.pcfg.log_probability(tree) + sum(rows(tree)) for tree in trees])
    weights = np.exp(logs - logs.max())
    return _behaviours(dict(zip(trees, (weights / weights.sum()).tolist(), strict=True)), task)


def estimate(
    small: SmallTask, *, n: int, n_moves: int, suspends: bool, rng: np.random.Generator
) -> dict[Values, float]:
    """The posterior over behaviours from ``n`` particles; without ``suspends`` it is importance sampling."""
    draws, state = TreeDraws(ARITHMETIC.pcfg, max_size=_SMALL), SmcState()
    search = smc_search(
        draws, state, chance=Drawn(rng), n=n, n_examples=len(small.task.inputs), n_moves=n_moves,
        ess_threshold=None if suspends else 0.0,
    )  # fmt: skip
    run_search(search, small.rows)
    return _behaviours(state.weights(), small.task)


def variation(a: Mapping[Values, float], b: Mapping[Values, float]) -> float:
    """Total variation between two distributions."""
    return sum(abs(a.get(key, 0.0) - b.get(key, 0.0)) for key in a.keys() | b.keys()) / 2


def _behaviours(weights: Mapping[Tree, float], task: NoisyTask) -> dict[Values, float]:
    inputs = (*task.inputs, *task.asked)
    made: dict[Values, float] = {}
    for tree, weight in weights.items():
        values = ARITHMETIC.evaluate(tree, inputs)
        made[values] = made.get(values, 0.0) + weight
    return made


@dataclass(frozen=True, slots=True)
class Guesses:
    """Share of asked inputs guessed rightly on one task, all from the same run.

    Attributes:
        averaged: By the value of highest probability, programs weighed by what the sampler says.
        found: The same, programs weighed by prior and likelihood among those that were evaluated.
        best: By the program of highest posterior probability.
        fitting: By the program that fits most examples, the more likely one under the grammar on ties.
        n_programs: Distinct programs evaluated.
    """

    averaged: float
    found: float
    best: float
    fitting: float
    n_programs: int


def averaged_or_best(
    domain: Domain,
    *,
    algorithm: str,
    noise: float,
    n_examples: int,
    rng: np.random.Generator,
    max_size: int = 30,
    knows: bool = True,
) -> Guesses:
    """One generated task: the posterior's average beside single programs, chosen among all that were evaluated.

    If the posterior ``knows`` how tasks come about, inputs are made apart from the program and tell nothing about it.
    """
    task = noisy_task(domain, rng=rng, n_examples=n_examples, noise=noise, max_size=max_size, apart=knows)
    rows = log_likelihood(domain, task, noise, knows=knows)
    seen: dict[Tree, float] = {}

    def evaluate(tree: Tree) -> list[float]:
        row = rows(tree)
        seen[tree] = sum(row)
        return row

    draws, chains, particles = TreeDraws(domain.pcfg, max_size=max_size), ChainState(), SmcState()
    search: TreeSearch
    if algorithm == "mcmc":
        search = mcmc_search(draws, chains, chance=Drawn(rng), n_chains=8, n_steps=225, burn_in=56)
    else:
        search = smc_search(draws, particles, chance=Drawn(rng), n=200, n_examples=n_examples)
    n_programs = run_search(search, evaluate)
    weights = particles.weights() or chains.visits
    priors = {tree: domain.pcfg.log_probability(tree) for tree in seen}
    best = max(seen, key=lambda tree: (seen[tree] + priors[tree], -tree.size))
    fitting = max(seen, key=lambda tree: (seen[tree], priors[tree]))
    top = seen[best] + priors[best]
    reckoned = {tree: math.exp(seen[tree] + priors[tree] - top) for tree in seen}
    return Guesses(
        _right(_said(domain, weights, task), task.truth),
        _right(_said(domain, reckoned, task), task.truth),
        _right(domain.evaluate(best, task.asked), task.truth),
        _right(domain.evaluate(fitting, task.asked), task.truth),
        n_programs,
    )


def _said(domain: Domain, weights: Mapping[Tree, float], task: NoisyTask) -> Values:
    """The most probable value on every asked input."""
    kept = {tree: weight for tree, weight in weights.items() if weight}
    probability = np.array(list(kept.values()))
    values = [[(value,) for value in domain.evaluate(tree, task.asked)] for tree in kept]
    tables = averaged(probability / probability.sum(), values)
    return tuple(max(table, key=lambda value: table[value]) for table in tables)


def _right(values: Values, truth: Values) -> float:
    return float(np.mean([value == true for value, true in zip(values, truth, strict=True)]))
