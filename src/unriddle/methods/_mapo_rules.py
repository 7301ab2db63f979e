"""Rules that choose the next question without training, and the policy every one of them is.

Part of ``unriddle.methods.active_learning``. A rule maps a ``Play`` to ``(b, m)`` chances of the queries.
Not covered: rules that look more than one question ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.methods._mapo_questions import Play, Questions, replay

__all__ = ["Policy", "RulePolicy", "information_gain", "noisy_splitting", "random", "splitting"]

_Floats = npt.NDArray[np.float64]
_TIE = 1e-6


class Policy(Protocol):
    """Chooses questions and, at the end, a hypothesis."""

    @property
    def questions(self) -> Questions:
        """What it asks about."""
        ...

    @property
    def n_questions(self) -> int:
        """How many questions it may put."""
        ...

    def chances(self, play: Play) -> _Floats:
        """``(b, m)`` chances with which each query comes next."""
        ...

    def next(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The next query after this history of (query, answer number); the likeliest one without ``rng``."""
        ...

    def recommend(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The hypothesis of highest likelihood; ``rng`` breaks ties, without it the first one is returned."""
        ...


@dataclass(frozen=True, eq=False)
class RulePolicy:
    """A policy that is one rule.

    Attributes:
        questions: What it asks about.
        n_questions: How many questions it may put.
        rule: ``Play -> (b, m)`` chances.
    """

    questions: Questions
    n_questions: int
    rule: Callable[[Play], _Floats]

    def chances(self, play: Play) -> _Floats:
        """``(b, m)`` chances with which each query comes next."""
        return self.rule(play)

    def next(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The next query after this history; the likeliest one without ``rng``.

        Raises:
            BadInput: The history has a query out of range or leaves no question.
        """
        return next_query(self, history, rng)

    def recommend(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The hypothesis of highest likelihood; ``rng`` breaks ties, without it the first one is returned."""
        return best_hypothesis(self, history, rng)


def next_query(policy: Policy, history: Sequence[tuple[int, int]], rng: np.random.Generator | None) -> int:
    """One query drawn from a policy's chances, or the likeliest."""
    if len(history) >= policy.n_questions:
        raise BadInput(f"next: all {policy.n_questions} questions are spent; call recommend")
    chances = policy.chances(replay(policy.questions, history, n_questions=policy.n_questions))[0]
    return int(chances.argmax()) if rng is None else int(rng.choice(chances.size, p=chances / chances.sum()))


def best_hypothesis(policy: Policy, history: Sequence[tuple[int, int]], rng: np.random.Generator | None) -> int:
    """One hypothesis of highest likelihood."""
    best = replay(policy.questions, history, n_questions=policy.n_questions).likeliest()[0]
    return int(best.argmax()) if rng is None else int(rng.choice(best.size, p=best))


def random(questions: Questions, *, n_questions: int) -> RulePolicy:
    """Every query with equal chance."""
    return RulePolicy(questions, n_questions, lambda play: _uniform(np.ones(play.counts.shape, np.bool_)))


def splitting(questions: Questions, *, n_questions: int) -> RulePolicy:
    """Generalised binary search that believes every answer: halve what has not been contradicted.

    Once every hypothesis has been contradicted, those contradicted least often are halved; once one is left, or no
    query divides what is left, queries are drawn at random.
    """

    def rule(play: Play) -> _Floats:
        alive = play.misses <= play.misses.min(axis=1, keepdims=True)
        return _least(_largest_share(questions, alive / alive.sum(axis=1, keepdims=True)))

    return RulePolicy(questions, n_questions, rule)


def noisy_splitting(questions: Questions, *, n_questions: int, noise: float | None = None) -> RulePolicy:
    """Generalised binary search by weights: an answer multiplies the weight of what it contradicts.

    The query whose heaviest answer weighs least comes next. ``noise`` is the assumed chance of a wrong answer; that
    of the questions when ``None``.
    """

    def rule(play: Play) -> _Floats:
        return _least(_largest_share(questions, np.asarray(play.posterior(noise), np.float64)))

    return RulePolicy(questions, n_questions, rule)


def information_gain(questions: Questions, *, n_questions: int, noise: float | None = None) -> RulePolicy:
    """The query whose answer, noise included, is expected to tell most about the hypothesis.

    ``noise`` as for ``noisy_splitting``.
    """
    level = questions.noise if noise is None else noise
    noise_entropy = _noise_entropy(questions, level)
    others = np.repeat(np.maximum(questions.n_answers - 1, 1), questions.n_answers)
    alone = np.repeat(questions.n_answers == 1, questions.n_answers)

    def rule(play: Play) -> _Floats:
        share = questions.shares(play.posterior(noise)).astype(np.float64)
        chance = np.where(alone, 1.0, share * (1 - level) + (1 - share) * level / others)
        entropy = np.add.reduceat(-chance * np.log(chance), questions.starts, axis=1)
        return _least(noise_entropy - entropy)

    return RulePolicy(questions, n_questions, rule)


def _noise_entropy(questions: Questions, level: float) -> _Floats:
    """``(m,)`` entropy of an answer when the hypothesis is known, in nats."""
    flip = -level * np.log(level) - (1 - level) * np.log(1 - level)
    spread = level * np.log(np.maximum(questions.n_answers - 1, 1))
    return np.asarray(np.where(questions.n_answers > 1, flip + spread, 0.0))


def _largest_share(questions: Questions, weight: _Floats) -> _Floats:
    """``(b, m)`` weight of the heaviest answer to each query."""
    return np.asarray(np.maximum.reduceat(questions.shares(weight), questions.starts, axis=1), np.float64)


def _least(value: _Floats) -> _Floats:
    """Uniform over the smallest entries of each row."""
    return _uniform(value <= value.min(axis=1, keepdims=True) + _TIE)


def _uniform(allowed: npt.NDArray[np.bool_]) -> _Floats:
    return np.asarray(allowed / allowed.sum(axis=1, keepdims=True))
