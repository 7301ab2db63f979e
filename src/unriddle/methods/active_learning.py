"""Zhang 2020: Learning to Actively Learn: A Robust Approach (arXiv 2010.15382).

Learns which question to ask next when only a dozen may be put and answers can be wrong. A policy network is trained
against an adversary that looks for the hypothesis and the noise it does worst on, first for every class of difficulty
alone, then for all classes together, so that it is nowhere much worse than the policy made for that class. Hypotheses
are programs (those that answer alike everywhere are one), queries are inputs, answers are outputs.

What differs from the paper: hypotheses are finite, so each has particles of its own and only their noise and their
weights move; difficulty is 1 / (1 - 2 noise)**2, so a class is "noise up to q"; the network also sees the posterior
from a uniform prior and how evenly it divides each query; a class stays in the gap objective by a value that a fresh
attack measured. Wrong answers are equally likely among those that hypotheses give.

Expected in the lab: in worst-case accuracy far above noiseless splitting in every class, and beside splitting by
weights and information gain, which are told the noise, at or slightly above them.

Not covered: continuous hypotheses, linear rewards (best arm), and sizes other than those a policy was trained for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.errors import BadInput
from unriddle.methods._mapo_attack import Attack, mean_loss, worst_loss
from unriddle.methods._mapo_exact import exact_gradients, exact_losses, minimax_loss
from unriddle.methods._mapo_policy import LearnedPolicy, load_policy, new_weights, save_policy
from unriddle.methods._mapo_questions import Play, Questions, difficulty, make_questions, questions_of
from unriddle.methods._mapo_rules import Policy, RulePolicy, information_gain, noisy_splitting, random, splitting
from unriddle.methods._mapo_train import (
    Particles,
    Recipe,
    new_particles,
    noise_gradient,
    optimise,
    policy_gradient,
)

__all__ = [
    "Attack",
    "LearnedPolicy",
    "Particles",
    "Play",
    "Policy",
    "Questions",
    "Recipe",
    "RulePolicy",
    "Standing",
    "difficulty",
    "evaluate",
    "exact_gradients",
    "exact_losses",
    "information_gain",
    "learn_policy",
    "load_policy",
    "make_questions",
    "mean_loss",
    "minimax_loss",
    "new_particles",
    "new_weights",
    "noise_gradient",
    "noisy_splitting",
    "optimise",
    "policy_gradient",
    "questions_of",
    "random",
    "save_policy",
    "splitting",
    "worst_loss",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a policy stands in one class of difficulty.

    Attributes:
        noise: The class: noise up to this.
        worst: The worst place a fresh attack found.
        mean: Expected loss at this noise, hypotheses equally likely.
        gap: Worst loss above the class's own best value; NaN when that was not given.
    """

    noise: float
    worst: Attack
    mean: float
    gap: float


def learn_policy(
    questions: Questions,
    *,
    rng: np.random.Generator,
    n_questions: int = 12,
    noises: Sequence[float] = (0.05, 0.15, 0.25, 0.35),
    recipe: Recipe | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> LearnedPolicy:
    """A policy trained against the worst hypothesis of every class.

    Args:
        questions: What is asked about.
        rng: Draws weights, plays and noises.
        n_questions: How many questions may be put.
        noises: Largest noise of each class, growing; one class trains for that class alone.
        recipe: How to train; the defaults of ``Recipe`` when ``None``.
        say: Takes progress messages.

    Raises:
        BadInput: The noises do not grow within 0..1/2, there is no question to put or only one hypothesis.
        MissingExtra: torch is not installed.
    """
    _check(questions, n_questions, noises)
    recipe = recipe or Recipe()
    weights: Mapping[str, np.ndarray] = new_weights(questions, width=recipe.width, rng=rng)
    values: list[float] = []
    for noise in noises:
        say(f"noise up to {noise:g}")
        particles = new_particles(questions, {noise: 0.0}, rng=rng)
        weights, _ = optimise(questions, weights, particles, n_questions=n_questions, recipe=recipe, rng=rng, say=say)
        values.append(worst_loss(LearnedPolicy(questions, n_questions, weights), noise=noise, rng=rng).loss)
    if len(noises) > 1:
        say("all classes together")
        particles = new_particles(questions, dict(zip(noises, values, strict=True)), rng=rng, each=1)
        weights, _ = optimise(questions, weights, particles, n_questions=n_questions, recipe=recipe, rng=rng, say=say)
    return LearnedPolicy(questions, n_questions, weights, tuple(map(float, noises)), tuple(values))


def evaluate(
    policies: Mapping[str, Policy],
    *,
    noises: Sequence[float],
    rng: np.random.Generator,
    values: Sequence[float] | None = None,
    n_search: int = 400,
    n_final: int = 4000,
) -> dict[str, list[Standing]]:
    """How every policy stands in every class, by fresh attacks of equal strength.

    Args:
        policies: By name.
        noises: ``(k,)`` largest noise of each class.
        rng: Draws the plays.
        values: ``(k,)`` the best worst-case loss known in each class, for the gap.
        n_search: Plays at each place the attack looks at.
        n_final: Fresh plays at the worst places.
    """
    best = [float("nan")] * len(noises) if values is None else list(values)
    table: dict[str, list[Standing]] = {}
    for name, policy in policies.items():
        table[name] = []
        for noise, value in zip(noises, best, strict=True):
            worst = worst_loss(policy, noise=noise, rng=rng, n_search=n_search, n_final=n_final)
            mean, _ = mean_loss(policy, noise=noise, rng=rng, n_plays=n_final)
            table[name].append(Standing(noise, worst, mean, worst.loss - value))
    return table


def _check(questions: Questions, n_questions: int, noises: Sequence[float]) -> None:
    n, _ = questions.shape
    if n < 2:
        raise BadInput("learn_policy: there is one hypothesis only (all rows answer alike); there is nothing to ask")
    if n_questions < 1:
        raise BadInput(f"learn_policy: n_questions must be 1 or more, got {n_questions}")
    growing = all(a < b for a, b in itertools.pairwise(noises))
    if not noises or not growing or not (noises[0] > 0 and noises[-1] < 0.5):
        raise BadInput(f"learn_policy: noises must grow between 0 and 1/2, got {list(noises)}")
