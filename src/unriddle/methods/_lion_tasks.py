"""Small training runs that judge optimisers: logistic regression and networks of two layers, several side by side.

A run ends with the loss on points it was not trained on; one whose weights are not finite is worst. Everything is
decided by the generator that made the tasks, so equal rules get equal numbers. Not covered: noise of evaluation; other
data is another set of tasks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.grammar.array_program import ArrayProgram
from unriddle.grammar.array_run import compile_program

__all__ = ["SCALES", "Rule", "Scale", "Tasks", "adamw", "judge", "make_tasks", "program_fitness"]

Array = npt.NDArray[np.float64]
Rule = Callable[..., tuple[Array, ...]]
"""``(w, g, m, v, lr) -> (update, m, v)``; arrays are ``(b, d)``, ``lr`` is ``(1,)`` and falls from 1 to 0."""

_CHECK_EVERY = 10
_MOST = 1e6
"""Weights beyond this count as diverged."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large tasks are.

    Attributes:
        n_points: Training points of each.
        steps: Steps of training.
        batch: Points of a step.
        n_features: Inputs.
        hidden: Width of the networks.
        n_tasks: Tasks of each kind.
    """

    n_points: int
    steps: int
    batch: int = 32
    n_features: int = 6
    hidden: int = 8
    n_tasks: int = 4


SCALES = {
    "A": Scale(200, 50),
    "B": Scale(2000, 200, hidden=16),
    "C": Scale(20_000, 1000, batch=64, n_features=10, hidden=32),
}
"""Searched on A; B and C cost about 10 and 100 times as much."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks of one kind, trained side by side.

    Attributes:
        kind: ``logistic`` or ``network``.
        hidden: Width of the networks.
        xs: ``(steps, b, batch, f)`` inputs of every step; the last is always 1.
        ys: ``(steps, b, batch, 1)`` labels, 0 or 1.
        x_held: ``(b, points, f)`` inputs of the points that judge.
        y_held: ``(b, points, 1)``.
        start: ``(b, d)`` first weights.
    """

    kind: Literal["logistic", "network"]
    hidden: int
    xs: Array
    ys: Array
    x_held: Array
    y_held: Array
    start: Array


def make_tasks(scale: Scale, *, rng: np.random.Generator, n_held: int = 300) -> list[Tasks]:
    """Logistic and network tasks with teachers, feature sizes and label noise of their own."""
    made = []
    for kind in ("logistic", "network"):
        b, f = scale.n_tasks, scale.n_features
        sizes = 10.0 ** rng.uniform(-1, 0.5, (b, 1, f))
        x = rng.normal(size=(b, scale.n_points + n_held, f)) * sizes
        teacher = rng.normal(size=(b, f, 1 if kind == "logistic" else 4)) / sizes.transpose(0, 2, 1)
        score = x @ teacher
        if kind == "network":
            score = np.tanh(score) @ (2 * rng.normal(size=(b, 4, 1)))
        y: Array = np.asarray(rng.random(score.shape) < 1 / (1 + np.exp(-2 * score)), dtype=np.float64)
        x = np.concatenate([x, np.ones((*x.shape[:2], 1))], axis=2)
        drawn = rng.integers(scale.n_points, size=(scale.steps, scale.batch))
        held = slice(scale.n_points, None)
        start = _start(kind, b, f + 1, scale.hidden, rng)
        xs, ys = (np.ascontiguousarray(a[:, drawn].swapaxes(0, 1)) for a in (x, y))
        name: Literal["logistic", "network"] = "logistic" if kind == "logistic" else "network"
        made.append(Tasks(name, scale.hidden, xs, ys, x[:, held].copy(), y[:, held].copy(), start))
    return made


def _start(kind: str, b: int, f: int, hidden: int, rng: np.random.Generator) -> Array:
    if kind == "logistic":
        return np.asarray(0.01 * rng.normal(size=(b, f)))
    first = rng.normal(size=(b, f * hidden)) / math.sqrt(f)
    second = rng.normal(size=(b, hidden)) / math.sqrt(hidden)
    return np.asarray(np.concatenate([first, second, np.zeros((b, 1))], axis=1))


def judge(rule: Rule, tasks: Sequence[Tasks]) -> float:
    """Minus the mean loss on held points after training with the rule; ``-inf`` where a task diverged."""
    losses = []
    with np.errstate(all="ignore"):
        for part in tasks:
            w = _train(rule, part)
            if w is None:
                return -math.inf
            losses.append(float(_loss(part, w).mean()))
    value = -float(np.mean(losses))
    return value if math.isfinite(value) else -math.inf


def _train(rule: Rule, tasks: Tasks) -> Array | None:
    w = tasks.start
    m = v = np.zeros_like(w)
    steps = len(tasks.xs)
    rates = 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps))
    gradient = _logistic_gradient if tasks.kind == "logistic" else _network_gradient
    for step in range(steps):
        g = gradient(w, tasks.xs[step], tasks.ys[step], tasks.hidden)
        update, m, v = rule(w, g, m, v, rates[step : step + 1])
        w = w - update
        if step % _CHECK_EVERY == 0 and not np.abs(w).max() < _MOST:
            return None
    return w if np.abs(w).max() < _MOST else None


def _probability(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.minimum(np.maximum(z, -50.0), 50.0))))


def _logistic_gradient(w: Array, x: Array, y: Array, hidden: int) -> Array:
    error = (_probability(x @ w[:, :, None]) - y) / x.shape[1]
    return np.asarray((x.swapaxes(1, 2) @ error)[:, :, 0])


def _parts(w: Array, f: int, hidden: int) -> tuple[Array, Array, Array]:
    first = w[:, : f * hidden].reshape(-1, f, hidden)
    return first, w[:, f * hidden : -1, None], w[:, -1:, None]


def _network_gradient(w: Array, x: Array, y: Array, hidden: int) -> Array:
    first, second, bias = _parts(w, x.shape[2], hidden)
    inner = np.tanh(x @ first)
    error = (_probability(inner @ second + bias) - y) / x.shape[1]
    back = (error * second.swapaxes(1, 2)) * (1 - inner * inner)
    parts = (x.swapaxes(1, 2) @ back, inner.swapaxes(1, 2) @ error, error.sum(axis=1, keepdims=True))
    return np.concatenate([part.reshape(len(w), -1) for part in parts], axis=1)


def _loss(tasks: Tasks, w: Array) -> Array:
    """``(b,)`` cross-entropy on the held points."""
    if tasks.kind == "logistic":
        z = tasks.x_held @ w[:, :, None]
    else:
        first, second, bias = _parts(w, tasks.x_held.shape[2], tasks.hidden)
        z = np.tanh(tasks.x_held @ first) @ second + bias
    return np.asarray((np.logaddexp(0, z) - tasks.y_held * z).mean(axis=(1, 2)))


def program_fitness(tasks: Sequence[Tasks]) -> Callable[[ArrayProgram], float]:
    """The fitness of a program as an optimiser on these tasks, higher is better."""
    return lambda program: judge(compile_program(program), tasks)


def adamw(
    *, lr: float, betas: tuple[float, float] = (0.9, 0.999), weight_decay: float = 0.01, epsilon: float = 1e-8
) -> Rule:
    """AdamW with bias correction; a rule for one task batch after another, its clock starts anew where m is 0."""
    first, second = betas
    clock = [0]

    def rule(w: Array, g: Array, m: Array, v: Array, rate: Array) -> tuple[Array, ...]:
        clock[0] = clock[0] + 1 if m.any() or v.any() else 1
        m = first * m + (1 - first) * g
        v = second * v + (1 - second) * g * g
        right = m / (1 - first ** clock[0]) / (np.sqrt(v / (1 - second ** clock[0])) + epsilon)
        return rate * lr * (right + weight_decay * w), m, v

    return rule
