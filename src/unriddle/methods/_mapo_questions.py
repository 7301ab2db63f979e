"""Questions that tell hypotheses apart, and what is known after some of them were answered (many plays at once).

Part of ``unriddle.methods.active_learning``. Not covered: answers whose errors depend on one another, and errors that
prefer some wrong answers to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts

__all__ = ["Play", "Questions", "difficulty", "make_questions", "questions_of", "replay"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Questions:
    """Hypotheses, the queries that may be put about them, and what each hypothesis would answer.

    A query is answered with what the true hypothesis says; with chance ``noise`` the answer is another one of those
    that hypotheses give to this query, each as likely. A query may be put again and is then answered afresh.

    Attributes:
        answers: ``(n, m)`` number of the answer that hypothesis i gives to query j, in ``0..n_answers[j] - 1``.
        n_answers: ``(m,)`` different answers to each query.
        loss: ``(n, n)`` cost of returning hypothesis i when j is true.
        member: Hypothesis of each row that was given; rows that answer alike everywhere are one hypothesis.
        noise: Chance of a wrong answer that ``recommend`` and the noisy rules assume.
    """

    answers: _Ints
    n_answers: _Ints
    loss: _Floats
    member: _Ints
    noise: float

    @property
    def shape(self) -> tuple[int, int]:
        """``(n, m)``: hypotheses and queries."""
        n, m = self.answers.shape
        return n, m

    @cached_property
    def starts(self) -> _Ints:
        """``(m,)`` where the answers to each query begin in the columns of ``shares``."""
        return np.concatenate([[0], np.cumsum(self.n_answers)[:-1]])

    @cached_property
    def _one_hot(self) -> npt.NDArray[np.float32]:
        n, m = self.shape
        table = np.zeros((n, int(self.n_answers.sum())), np.float32)
        table[np.repeat(np.arange(n), m), (self.answers + self.starts).ravel()] = 1
        return table

    def shares(self, weight: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """``(b, sum of n_answers)`` weight of the hypotheses behind each answer, of weights ``(b, n)``."""
        return np.asarray(weight.astype(np.float32) @ self._one_hot)

    def log_odds(self) -> tuple[float, _Floats]:
        """What one miss does to a hypothesis' log-likelihood: a number, and ``(m,)`` more to be taken off."""
        return float(np.log(self.noise / (1 - self.noise))), np.log(np.maximum(self.n_answers - 1, 1))


def make_questions(answers: npt.ArrayLike, *, noise: float = 0.1, loss: npt.ArrayLike | None = None) -> Questions:
    """The questions of a matrix of answers; equal rows become one hypothesis.

    Args:
        answers: ``(n, m)`` whole numbers, equal in a column where two rows answer alike.
        noise: Chance of a wrong answer that is assumed when likelihoods are needed.
        loss: ``(n, n)`` cost of returning row i when j is true; 1 for a wrong one when ``None``.

    Raises:
        BadShape: ``answers`` is not a matrix with a row and a column, or ``loss`` does not fit.
        BadInput: The noise is not between 0 and 1/2, or a loss is not finite.

    >>> make_questions([[0, 1], [0, 1], [5, 1]]).member.tolist()
    [0, 0, 1]
    """
    given = np.asarray(answers)
    if given.ndim != 2 or not given.size:
        raise BadShape(f"make_questions: answers must have shape (n, m) with n, m >= 1, got {given.shape}")
    if not 0 < noise < 0.5:
        raise BadInput(f"make_questions: noise must be more than 0 and less than 1/2, got {noise!r}")
    columns = [np.unique(column, return_inverse=True)[1].reshape(-1) for column in given.T]
    numbered = np.stack(columns, axis=1).astype(np.int64)
    _, first, member = np.unique(numbered, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    rows = numbered[first[order]]
    return Questions(
        rows, rows.max(axis=0) + 1, _loss(loss, given.shape[0], first[order]), place[member.reshape(-1)], float(noise)
    )


def _loss(loss: npt.ArrayLike | None, n: int, kept: _Ints) -> _Floats:
    if loss is None:
        return 1.0 - np.eye(kept.size)
    table = np.asarray(loss, np.float64)
    if table.shape != (n, n):
        raise BadShape(f"make_questions: loss must have shape (n, n) = {(n, n)}, got {table.shape}")
    if not np.isfinite(table).all():
        raise BadInput("make_questions: every loss must be a finite number")
    return table[np.ix_(kept, kept)]


def questions_of(verdicts: Verdicts, *, noise: float = 0.1) -> Questions:
    """The questions whose hypotheses are the candidates of a matrix and whose queries are its tests.

    The answer of a candidate is the value it returned, or how it failed when it returned none.

    Raises:
        BadShape: There is no candidate or no test.
        BadInput: A cell is SKIPPED or INFRA, so that its answer is not known.
    """
    if not verdicts.known.all():
        i, j = (int(x) for x in np.argwhere(~verdicts.known)[0])
        raise BadInput(
            f"questions_of: candidate {verdicts.candidates[i]} on test {verdicts.tests[j]!r} is unknown "
            f"({Status(int(verdicts.status[i, j])).name}); take the rows and columns that were run"
        )
    failed = -2 - verdicts.status.astype(np.int64)
    return make_questions(np.where(verdicts.value >= 0, verdicts.value, failed), noise=noise)


def difficulty(noise: npt.ArrayLike) -> _Floats:
    """How many times more answers are needed than without noise: ``1 / (1 - 2 noise)**2``.

    >>> float(difficulty(0.25))
    4.0
    """
    return np.asarray(1.0 / (1.0 - 2.0 * np.asarray(noise, np.float64)) ** 2)


@dataclass(slots=True, eq=False)
class Play:
    """What ``b`` plays of the same questions have come to; ``add`` changes it.

    Attributes:
        questions: What is asked about.
        n_questions: How many may be put in all.
        t: How many were put so far.
        counts: ``(b, m)`` times each query was put.
        misses: ``(b, n)`` answers that contradict each hypothesis.
        penalty: ``(b, n)`` their further cost, 0 when every query has two answers.
        tally: ``(b, m)`` sum of +1 for answer 0 and -1 for any other answer.
    """

    questions: Questions
    n_questions: int
    t: int
    counts: npt.NDArray[np.float32]
    misses: npt.NDArray[np.float32]
    penalty: npt.NDArray[np.float32]
    tally: npt.NDArray[np.float32]

    @staticmethod
    def begin(questions: Questions, *, b: int, n_questions: int) -> Play:
        """Nothing asked yet."""
        n, m = questions.shape
        counts, tally = np.zeros((b, m), np.float32), np.zeros((b, m), np.float32)
        return Play(
            questions, n_questions, 0, counts, np.zeros((b, n), np.float32), np.zeros((b, n), np.float32), tally
        )

    def add(self, query: _Ints, answer: _Ints) -> None:
        """Count one query ``(b,)`` and its answer ``(b,)`` per play; an answer below 0 is one that nobody gives."""
        q = self.questions
        rows = np.arange(query.size)
        missed = q.answers.T[query] != answer[:, None]
        self.counts[rows, query] += 1
        self.tally[rows, query] += np.where(answer == 0, 1, -1)
        self.misses += missed
        if (q.n_answers > 2).any():
            self.penalty += missed * q.log_odds()[1][query, None].astype(np.float32)
        self.t += 1

    def log_likelihood(self, noise: float | None = None) -> npt.NDArray[np.float32]:
        """``(b, n)`` of each hypothesis, up to a constant, at this noise or at the one assumed."""
        level = self.questions.noise if noise is None else noise
        return self.misses * np.float32(np.log(level / (1 - level))) - self.penalty

    def posterior(self, noise: float | None = None) -> npt.NDArray[np.float32]:
        """``(b, n)`` from a uniform prior."""
        score = self.log_likelihood(noise)
        weight = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float32)

    def likeliest(self) -> _Floats:
        """``(b, n)`` chances with which each hypothesis is returned: uniform over those of highest likelihood."""
        score = self.log_likelihood()
        best = score >= score.max(axis=1, keepdims=True) - 1e-5
        return np.asarray(best / best.sum(axis=1, keepdims=True))


def replay(questions: Questions, history: Sequence[tuple[int, int]], *, n_questions: int) -> Play:
    """One play that has come to this history of (query, number of the answer).

    Raises:
        BadInput: A query is out of range, or the history is longer than the budget.
    """
    m = questions.shape[1]
    if len(history) > n_questions:
        raise BadInput(f"history: at most {n_questions} questions may be put, got {len(history)}")
    play = Play.begin(questions, b=1, n_questions=n_questions)
    for query, answer in history:
        if not 0 <= query < m:
            raise BadInput(f"history: query numbers must lie in 0..{m - 1}, got {query}")
        known = 0 <= answer < questions.n_answers[query]
        play.add(np.array([query]), np.array([answer if known else -1]))
    return play
