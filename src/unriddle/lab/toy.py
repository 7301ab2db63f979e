"""A small world to sample in: arithmetic programs over one integer, and proposers that blur the right one.

The programs are trees of our own five operators, so they are evaluated in process, on all inputs at once. A proposer
of noise ``q`` copies the target and replaces each node with chance ``q`` by a random one, so its skill falls with the
size of the task: some problems are easy, some nearly impossible, as with a language model. Not covered: programs with
conditions or loops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ToyTask", "draw", "make_tasks", "outputs", "passes"]

Tree = tuple[Any, ...]

_OPERATORS = ("+", "-", "*", "min", "max")
_INPUTS = np.arange(-12, 13)


@dataclass(frozen=True, slots=True)
class ToyTask:
    """A target program and what it returns on all inputs.

    Attributes:
        target: The program.
        expected: ``(25,)`` its outputs on -12..12.
    """

    target: Tree
    expected: npt.NDArray[np.int64]


def outputs(tree: Tree) -> npt.NDArray[np.int64]:
    """``(25,)`` what a program returns on the inputs -12..12."""
    head = tree[0]
    if head == "x":
        return _INPUTS.astype(np.int64)
    if head == "c":
        return np.full(_INPUTS.shape, tree[1], np.int64)
    left, right = outputs(tree[1]), outputs(tree[2])
    if head == "+":
        return left + right
    if head == "-":
        return left - right
    if head == "*":
        return left * right
    return np.minimum(left, right) if head == "min" else np.maximum(left, right)


def make_tasks(p: int, *, rng: np.random.Generator, n_operators: tuple[int, int] = (1, 6)) -> list[ToyTask]:
    """``p`` tasks whose targets depend on their input and have between these numbers of operators."""
    tasks: list[ToyTask] = []
    while len(tasks) < p:
        tree = _random(int(rng.integers(n_operators[0], n_operators[1] + 1)), rng)
        expected = outputs(tree)
        if np.unique(expected).size > 3:
            tasks.append(ToyTask(tree, expected))
    return tasks


def draw(task: ToyTask, *, noise: float, rng: np.random.Generator) -> Tree:
    """One program from a proposer of this noise; independent of every other draw."""
    return _blur(task.target, noise, rng)


def passes(tree: Tree, task: ToyTask, *, inputs: npt.NDArray[np.int64] | None = None) -> bool:
    """Whether the program agrees with the target, on these input positions or on all of them."""
    got = outputs(tree)
    rows = slice(None) if inputs is None else inputs
    return bool((got[rows] == task.expected[rows]).all())


def _random(n_operators: int, rng: np.random.Generator) -> Tree:
    if n_operators == 0:
        return _leaf(rng)
    left = int(rng.integers(n_operators))
    head = _OPERATORS[int(rng.integers(len(_OPERATORS)))]
    return (head, _random(left, rng), _random(n_operators - 1 - left, rng))


def _leaf(rng: np.random.Generator) -> Tree:
    return ("x",) if rng.random() < 0.5 else ("c", int(rng.integers(0, 6)))


def _blur(tree: Tree, noise: float, rng: np.random.Generator) -> Tree:
    if len(tree) < 3:
        return _leaf(rng) if rng.random() < noise else tree
    head = _OPERATORS[int(rng.integers(len(_OPERATORS)))] if rng.random() < noise else tree[0]
    return (head, _blur(tree[1], noise, rng), _blur(tree[2], noise, rng))
