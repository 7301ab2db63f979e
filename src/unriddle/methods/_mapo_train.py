"""Min-max policy optimisation: a policy network against particles that look for the hypothesis it does worst on.

Part of ``unriddle.methods.active_learning``; needs torch. Score-function gradients for both players, a baseline per
particle, Adam on two time scales. Not covered: particles that move between hypotheses by gradient; hypotheses are
finite, so every one of them has particles, and what moves is their noise and their weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import MissingExtra
from unriddle.methods._mapo_play import Episodes, play_out, soft_loss
from unriddle.methods._mapo_policy import features, logits
from unriddle.methods._mapo_questions import Play, Questions

__all__ = ["Particles", "Recipe", "need_torch", "new_particles", "noise_gradient", "optimise", "policy_gradient"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_LEAST_NOISE = 1e-3


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the two players are trained.

    Args:
        steps: Gradient steps of each stage.
        episodes: Plays per step, shared among the particles.
        width: Hidden units of the network.
        rate: Learning rate of the policy.
        weight_rate: Learning rate of the particles' weights (in logits).
        noise_rate: Learning rate of the particles' noise.
        entropy: Bonus for undecided policies at the start; it falls to 0 by the middle of a stage.
        sharpness: How closely the softened recommender follows the likelihood in training.
        average: Decay of the running average of the weights, which is the policy that comes out.
        dead: A particle whose weight falls below this share of the average one is put at a random noise.
        adversary: Whether particles move at all; without it their weights stay uniform and their noise random.
    """

    steps: int = 300
    episodes: int = 512
    width: int = 32
    rate: float = 5e-3
    weight_rate: float = 0.05
    noise_rate: float = 0.01
    entropy: float = 0.02
    sharpness: float = 5.0
    average: float = 0.98
    dead: float = 0.02
    adversary: bool = True


@dataclass(slots=True, eq=False)
class Particles:
    """Where the adversary stands: ``q`` particles; ``optimise`` moves them.

    Attributes:
        hypothesis: ``(q,)`` the true hypothesis.
        noise: ``(q,)`` chance of a wrong answer.
        limit: ``(q,)`` the noise of the particle's difficulty class, which ``noise`` may not exceed.
        value: ``(q,)`` what is subtracted from its loss (the class's own best, for the gap objective).
        score: ``(q,)`` logits of the weights.
    """

    hypothesis: _Ints
    noise: _Floats
    limit: _Floats
    value: _Floats
    score: _Floats
    moment: _Floats = field(default_factory=lambda: np.zeros(0))

    def weight(self) -> _Floats:
        """``(q,)`` softmax of the scores."""
        raw = np.exp(self.score - self.score.max())
        return np.asarray(raw / raw.sum())


def new_particles(
    questions: Questions, limits: Mapping[float, float], *, rng: np.random.Generator, each: int = 2
) -> Particles:
    """``each`` particles per hypothesis and class, one at the class's noise and the others at random ones.

    Args:
        questions: What is asked about.
        limits: Noise of each class -> the value subtracted from losses in it.
        rng: Draws the noises.
        each: Particles per hypothesis and class.
    """
    n = questions.shape[0]
    hypothesis = np.tile(np.repeat(np.arange(n), each), len(limits))
    limit = np.repeat(np.array(list(limits)), n * each)
    value = np.repeat(np.array(list(limits.values())), n * each)
    first = np.tile(np.arange(each) == 0, n * len(limits))
    noise = np.where(first, limit, limit * rng.random(limit.size))
    return Particles(hypothesis, np.maximum(noise, _LEAST_NOISE), limit, value, np.zeros(limit.size))


def optimise(
    questions: Questions,
    start: Mapping[str, npt.NDArray[np.float32]],
    particles: Particles,
    *,
    n_questions: int,
    recipe: Recipe,
    rng: np.random.Generator,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, npt.NDArray[np.float32]], float]:
    """Weights after a stage of training, and the adversary's last value (its weighted loss, averaged over the end)."""
    torch = need_torch()
    weights = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in start.items()}
    seen = {name: tensor.detach().numpy() for name, tensor in weights.items()}
    mean = {name: array.copy() for name, array in seen.items()}
    optimiser = torch.optim.Adam(list(weights.values()), lr=recipe.rate)
    adversary = _Adversary(particles, recipe)
    each = max(2, recipe.episodes // particles.noise.size)
    reached: list[float] = []
    for step in range(recipe.steps):
        chosen: list[npt.NDArray[np.float32]] = []
        episodes = _rollouts(questions, seen, particles, each, n_questions, rng, chosen)
        loss = soft_loss(episodes.play, np.repeat(particles.hypothesis, each), sharpness=recipe.sharpness)
        grid = loss.reshape(-1, each)
        bonus = recipe.entropy * max(0.0, 1 - 2 * step / recipe.steps)
        optimiser.zero_grad()
        _surrogate(
            torch, weights, np.stack(chosen), episodes.asked, _advantage(grid, particles.weight()), bonus
        ).backward()
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * (1 - 0.9 * step / recipe.steps)
        optimiser.step()
        for name, array in mean.items():
            array += (1 - recipe.average) * (seen[name] - array)
        reached.append(float(particles.weight() @ (grid.mean(axis=1) - particles.value)))
        adversary.step(episodes, grid, rng)
        if step % 100 == 0:
            say(f"step {step}: weighted loss {np.mean(reached[-50:]):.3f}")
    return mean, float(np.mean(reached[-max(1, recipe.steps // 5) :]))


def policy_gradient(
    questions: Questions,
    weights: Mapping[str, npt.NDArray[np.float32]],
    particles: Particles,
    *,
    n_questions: int,
    each: int,
    sharpness: float,
    rng: np.random.Generator,
    baseline: bool = True,
) -> dict[str, npt.NDArray[np.float32]]:
    """Estimated gradient of the weighted loss with respect to every array of the network.

    Args:
        questions: What is asked about.
        weights: The network.
        particles: Where the adversary stands.
        n_questions: Length of an episode.
        each: Episodes per particle.
        sharpness: Of the softened recommender.
        rng: Draws the episodes.
        baseline: Subtract each particle's mean loss; the estimate is unbiased with it and without it.
    """
    torch = need_torch()
    tensors = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in weights.items()}
    chosen: list[npt.NDArray[np.float32]] = []
    episodes = _rollouts(questions, weights, particles, each, n_questions, rng, chosen)
    loss = soft_loss(episodes.play, np.repeat(particles.hypothesis, each), sharpness=sharpness).reshape(-1, each)
    advantage = _advantage(loss, particles.weight()) if baseline else loss * particles.weight()[:, None] / each
    _surrogate(torch, tensors, np.stack(chosen), episodes.asked, advantage, 0.0).backward()
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}


def noise_gradient(episodes: Episodes, loss: _Floats, noise: _Floats) -> _Floats:
    """``(q,)`` estimated derivative of each particle's expected loss with respect to its noise.

    Args:
        episodes: ``q * each`` plays, those of one particle side by side.
        loss: ``(q, each)`` their losses.
        noise: ``(q,)`` the particles' noise.
    """
    q, each = loss.shape
    kinds = episodes.play.questions.n_answers[episodes.asked] > 1
    n_wrong = (episodes.wrong & kinds).sum(axis=1).reshape(q, each)
    n_right = (~episodes.wrong & kinds).sum(axis=1).reshape(q, each)
    slope = n_wrong / noise[:, None] - n_right / (1 - noise[:, None])
    centred = (loss - loss.mean(axis=1, keepdims=True)) * (each / max(each - 1, 1))
    return np.asarray((centred * slope).mean(axis=1))


def _rollouts(
    questions: Questions,
    weights: Mapping[str, npt.NDArray[np.float32]],
    particles: Particles,
    each: int,
    n_questions: int,
    rng: np.random.Generator,
    chosen: list[npt.NDArray[np.float32]],
) -> Episodes:
    """``each`` episodes per particle; what the network saw is appended to ``chosen``."""

    def chances(play: Play) -> npt.NDArray[np.float32]:
        x = features(play)
        chosen.append(x)
        out = logits(weights, x)
        return np.asarray(np.exp(out - out.max(axis=1, keepdims=True)))

    return play_out(
        questions,
        chances,
        hypothesis=np.repeat(particles.hypothesis, each),
        noise=np.repeat(particles.noise, each),
        n_questions=n_questions,
        rng=rng,
    )


def _advantage(loss: _Floats, weight: _Floats) -> _Floats:
    """``(q, each)`` loss above the particle's mean, weighted; each mean leaves out the episode it is taken from."""
    each = loss.shape[1]
    return np.asarray((loss - loss.mean(axis=1, keepdims=True)) * weight[:, None] / (each - 1))


def _surrogate(
    torch: Any, weights: Mapping[str, Any], x: npt.NDArray[np.float32], asked: _Ints, advantage: _Floats, bonus: float
) -> Any:
    """A number whose gradient is the score-function estimate, minus ``bonus`` times the mean entropy."""
    t, b, d = x.shape
    chances = torch.log_softmax(logits(weights, torch.from_numpy(x.reshape(t * b, d))), dim=1)
    taken = chances.gather(1, torch.from_numpy(asked.T.reshape(-1, 1).copy())).reshape(t, b).sum(dim=0)
    value = (taken * torch.from_numpy(advantage.ravel().astype(np.float32))).sum()
    if bonus:
        value = value + bonus * (chances.exp() * chances).sum(dim=1).mean()
    return value


class _Adversary:
    """Moves the particles: weights by Adam on the softmax, noise by its score function, projected into the class."""

    def __init__(self, particles: Particles, recipe: Recipe) -> None:
        self._at, self._recipe, self._n = particles, recipe, 0
        zero = np.zeros(particles.score.size)
        self._moments = {"score": (zero, zero), "noise": (zero, zero)}

    def step(self, episodes: Episodes, loss: _Floats, rng: np.random.Generator) -> None:
        """One step up; without an adversary the noises are drawn afresh instead."""
        at = self._at
        if not self._recipe.adversary:
            at.noise = np.maximum(at.limit * rng.random(at.limit.size), _LEAST_NOISE)
            return
        self._n += 1
        weight, gain = at.weight(), loss.mean(axis=1) - at.value
        up = weight * (gain - weight @ gain)
        at.score = at.score + self._recipe.weight_rate * self._adam("score", up)
        slope = self._adam("noise", noise_gradient(episodes, loss, at.noise))
        at.noise = np.clip(at.noise + self._recipe.noise_rate * slope, _LEAST_NOISE, at.limit)
        dead = at.weight() < self._recipe.dead / at.score.size
        if dead.any():
            at.noise[dead] = np.maximum(at.limit[dead] * rng.random(int(dead.sum())), _LEAST_NOISE)
            at.score[dead] = np.log(self._recipe.dead / at.score.size) + _log_sum(at.score)

    def _adam(self, name: str, gradient: _Floats) -> _Floats:
        first, second = self._moments[name]
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        self._moments[name] = first, second
        unbiased = np.sqrt(second / (1 - 0.99**self._n)) + 1e-8
        return np.asarray(first / (1 - 0.9**self._n) / unbiased)


def _log_sum(score: _Floats) -> float:
    return float(score.max() + np.log(np.exp(score - score.max()).sum()))


def need_torch() -> Any:
    """The module torch.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("training a question policy", "unriddle[train]") from error
    return torch
