"""Ścibior 2018: Denotational Validation of Higher-Order Bayesian Inference (POPL 2018, arXiv 1711.03219).

Inference algorithms are put together from small parts (populations, runs that pause at each score, traces), and every
part keeps what a model means; so does whatever is put together from them. That claim is made a check that runs: with
everything random enumerated and fractions for numbers, a transformation must give back the model's meaning exactly.
With such parts, programs are inferred from examples that may be wrong, as a posterior and not as a single best guess.

What differs from the paper: a model is a plain function of a context, and a paused run is its trace, run again from the
start; the proofs are replaced by exhaustive checks on small models. For programs, a step redraws one part of the tree
(its address, not a place in a list of numbers), with the ratio of the two sizes as correction, and is checked alike.

Expected in the lab: all transformations valid with difference 0, all chains invariant, every seeded fault caught,
calibration of every sampler even. Suspending alone does not find the most probable program more often than importance
sampling, since a program is drawn whole before its first example; redrawing parts after each example does with the same
number of particles, but not with the same number of draws on programs this small. Averaged predictions gain where
examples leave several programs open (regular expressions: right or wrong is all an example says) and the model knows
how tasks come about; with arithmetic and lists one behaviour takes nearly all the probability and there is nothing to
gain, and with a wrong prior the average loses to the single best program. Chains' visits are poor weights until they
have mixed; weighing all programs that were run by prior and likelihood is better.

Not covered: models without end beyond a cut, gradients, adaptive numbers of particles.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.grammar.cfg import Grammar, Production, Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.methods._inference_faults import WRONG_JOINTS, WRONG_PROGRAMS, WRONG_STEPS
from unriddle.methods._inference_models import FINITE, PARTICLE
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.propose.inference.chance import Chance
from unriddle.propose.inference.context import Context, Model
from unriddle.propose.inference.exact import distribution
from unriddle.propose.inference.population import collapsed, resample, weighted
from unriddle.propose.inference.resample import RESAMPLERS, multinomial
from unriddle.propose.inference.sequential import particle_model, smc_program
from unriddle.propose.inference.traces import acceptance, mh_step
from unriddle.propose.inference.validity import Validity, check_invariant, check_kernel, check_valid
from unriddle.propose.inference.weight import Weight
from unriddle.propose.mcmc import Mcmc
from unriddle.propose.smc import Smc
from unriddle.propose.tree_posterior import ProgramPosterior
from unriddle.propose.tree_search import Wrap
from unriddle.propose.trees import TreeDraws, tree_step

__all__ = ["Check", "check_faults", "check_parts", "infer_programs", "model_of_programs"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was checked, on which model, and what was found."""

    part: str
    model: str
    found: Validity


def infer_programs(
    problem: Problem,
    pcfg: Pcfg,
    *,
    executor: Executor,
    rng: np.random.Generator,
    algorithm: Literal["smc", "mcmc"] = "smc",
    n: int = 200,
    n_moves: int = 1,
    n_steps: int = 200,
    noise: float = 0.05,
    n_other: int = 1,
    max_size: int = 60,
    wrap: Wrap | None = None,
    limits: Limits | None = None,
    batch: int = 256,
    weigh: Literal["found", "sampler"] = "found",
) -> ProgramPosterior:
    """The posterior over programs of a grammar given a problem's examples.

    Args:
        problem: Its visible tests are the examples.
        pcfg: Grammar and prior.
        executor: Where the programs run.
        rng: Where draws come from.
        algorithm: ``smc`` (one pass over the examples) or ``mcmc`` (chains on all of them).
        n: Particles of ``smc``; ``mcmc`` runs ``n // 25`` chains, at least one.
        n_moves: Parts redrawn in every particle after each example.
        n_steps: Steps of each chain; the first quarter does not count.
        noise: Chance that an example is wrong.
        n_other: How many wrong values it could then have.
        max_size: Most productions of a program.
        wrap: Makes a program of a tree's text; by default the function returns it.
        limits: Limits of one call.
        batch: Programs run at once.
        weigh: ``found`` weighs every program that was run by prior and likelihood, ``sampler`` by particles' weights or
            chains' visits.

    Raises:
        BadProblem: There are no examples.
        BadInput: An argument is out of range, or no program found agrees with the examples (noise 0).
    """
    proposer: Smc | Mcmc
    if algorithm == "smc":
        proposer = Smc(problem, pcfg, rng=rng, n=n, n_moves=n_moves, noise=noise, n_other=n_other, max_size=max_size,
                       wrap=wrap)  # fmt: skip
    elif algorithm == "mcmc":
        proposer = Mcmc(problem, pcfg, rng=rng, n_chains=max(1, n // 25), n_steps=n_steps, burn_in=n_steps // 4,
                        noise=noise, n_other=n_other, max_size=max_size, wrap=wrap)  # fmt: skip
    else:
        raise BadInput(f"infer_programs: algorithm must be 'smc' or 'mcmc', got {algorithm!r}")
    while asked := proposer.ask(batch):
        proposer.tell(asked, executor.run(asked, problem.tests, limits=limits))
    return proposer.found() if weigh == "found" else proposer.posterior()


def check_parts(*, sizes: Sequence[tuple[int, int]] = ((2, 1), (2, 2), (2, 3))) -> list[Check]:
    """Every part on every finite model; all must be valid.

    Args:
        sizes: Particles and steps of sequential Monte Carlo; the work grows fast with both.
    """
    checks = []
    for name, model in FINITE.items():
        for (n, n_steps), (rule, ancestors) in itertools.product(sizes, RESAMPLERS.items()):
            made = partial(smc_program, n=n, n_steps=n_steps, resample=partial(resample, ancestors=ancestors))
            checks.append(Check(f"SMC, {rule}, n = {n}, k = {n_steps}", name, check_valid(made, model)))
        for part, transform in _OTHERS.items():
            checks.append(Check(part, name, check_valid(transform, model)))
        moved = partial(smc_program, n=1, n_steps=3, n_moves=1)
        checks.append(Check("resample-move SMC, n = 1, k = 3", name, check_valid(moved, model, edits_traces=True)))
        checks.append(Check("trace MH", name, check_invariant(partial(mh_step, model=model), model)))
    for name in ("hidden Markov", "waiting"):
        moved = partial(smc_program, n=2, n_steps=2, n_moves=1)
        found = check_valid(moved, FINITE[name], edits_traces=True)
        checks.append(Check("resample-move SMC, n = 2, k = 2", name, found))
    joint = _joint()
    checks.append(Check("particle MH", "coins", check_invariant(partial(mh_step, model=joint), joint)))
    return [*checks, Check("redrawn parts of trees", "grammar", _check_trees(acceptance))]


def check_faults() -> dict[str, list[Check]]:
    """Every wrong part on every model it is for; of each, one check at least must not be valid."""
    found: dict[str, list[Check]] = {}
    for name, transform in WRONG_PROGRAMS.items():
        edits = name.startswith("moves")
        models = ("waiting", "hard evidence") if edits else FINITE  # where traces are short enough
        found[name] = [Check(name, m, check_valid(transform, FINITE[m], edits_traces=edits)) for m in models]
    for name, step in WRONG_STEPS.items():
        found[name] = [Check(name, m, check_invariant(step(FINITE[m]), FINITE[m])) for m in FINITE]
    for name, step in WRONG_JOINTS.items():
        joint = _joint()
        found[name] = [Check(name, "coins", check_invariant(step(joint), joint))]
    name = "redrawn parts of trees without the ratio of sizes"
    found[name] = [Check(name, "grammar", _check_trees(lambda new, old, n_new, n_old: acceptance(new, old, 1, 1)))]
    return found


_OTHERS: dict[str, Callable[[Model], Callable[[Chance], object]]] = {
    "one weighted run": weighted,
    "collapsed SMC, n = 2, k = 2": lambda model: weighted(collapsed(smc_program(model, n=2, n_steps=2))),
    "SMC resampled when the effective size is below 3/4, n = 2, k = 3": lambda model: smc_program(
        model, n=2, n_steps=3, resample=partial(resample, ess_threshold=0.75)
    ),
}


def _joint() -> Model:
    """The model of particle Metropolis–Hastings: evidence from two particles, resampled by independent draws."""
    prior, given = PARTICLE
    rule = partial(resample, ancestors=multinomial)
    return particle_model(prior, lambda parameters: smc_program(given(parameters), n=2, n_steps=1, resample=rule))


def _check_trees(accept: Callable[[Weight, Weight, int, int], object]) -> Validity:
    """The step on trees of at most four productions, with all of them as states."""
    leaf, other = Production("n", "x"), Production("n", "1")
    double, plus = Production("n", "-{0}", ("n",)), Production("n", "({0} + {1})", ("n", "n"))
    pcfg = Pcfg(Grammar("n", (leaf, other, double, plus)), {leaf: 2, other: 1, double: 1, plus: 1})
    draws = TreeDraws(pcfg, max_size=4)

    def likelihood(tree: Tree) -> Fraction:
        return Fraction(1 + tree.source().count("x"), 1 + tree.size)

    prior = distribution(draws.draw).probability
    target = {tree: chance * likelihood(tree) for tree, chance in prior.items() if tree is not None}
    step = partial(tree_step, draws=draws, likelihood=likelihood, accept=accept)
    return check_kernel(step, target)


def model_of_programs(draws: TreeDraws, likelihoods: Callable[[Tree], Sequence[float]]) -> Callable[[Context], Tree]:
    """The model behind program induction, for the runners: a tree from the prior, one score for each example."""

    def model(ctx: Context) -> Tree:
        tree = draws.start(ctx)
        for factor in likelihoods(tree):
            ctx.score(factor)
        return tree

    return model
