"""Exact answers for tiny games: every history written out, gradients by differentiation, the best policy by a program.

Part of ``unriddle.methods.active_learning``; what sampling and training are held against. The number of histories is
``(answers over all queries) ** n_questions``: a few questions about a few queries. Not covered: anything larger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, MissingExtra, UnriddleError
from unriddle.methods._mapo_play import soft_loss
from unriddle.methods._mapo_policy import features, logits
from unriddle.methods._mapo_questions import Play, Questions
from unriddle.methods._mapo_rules import Policy
from unriddle.methods._mapo_train import Particles, need_torch

__all__ = ["exact_gradients", "exact_losses", "minimax_loss"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_MOST = 200_000


@dataclass(frozen=True, eq=False)
class _Histories:
    """All ``b`` histories of ``t`` questions, in the order of their digits.

    Attributes:
        query: ``(b, t)``.
        answer: ``(b, t)``.
        n_moves: Pairs of query and answer, the base of the digits.
    """

    query: _Ints
    answer: _Ints
    n_moves: int


def exact_losses(policy: Policy, *, hypothesis: _Ints, noise: _Floats) -> _Floats:
    """``(q,)`` expected loss of a policy where hypothesis i is true and answers are wrong with chance ``noise[i]``.

    Raises:
        BadInput: There are too many histories.
    """
    questions = policy.questions
    every = _histories(questions, policy.n_questions)
    play = Play.begin(questions, b=every.query.shape[0], n_questions=policy.n_questions)
    rows, chance = np.arange(every.query.shape[0]), np.ones(every.query.shape[0])
    for t in range(policy.n_questions):
        chance *= policy.chances(play)[rows, every.query[:, t]]
        play.add(every.query[:, t], every.answer[:, t])
    loss = play.likeliest() @ questions.loss
    return np.array(
        [chance @ (_said(questions, every, h, q) * loss[:, h]) for h, q in zip(hypothesis, noise, strict=True)]
    )


def exact_gradients(
    questions: Questions,
    weights: Mapping[str, npt.NDArray[np.float32]],
    particles: Particles,
    *,
    n_questions: int,
    sharpness: float,
) -> tuple[dict[str, _Floats], _Floats]:
    """Gradient of the weighted softened loss for every array of the network, and ``(q,)`` slope of each loss in noise.

    Raises:
        BadInput: There are too many histories.
        MissingExtra: torch is not installed.
    """
    torch = need_torch()
    every = _histories(questions, n_questions)
    b = every.query.shape[0]
    tensors = {name: torch.from_numpy(array.astype(np.float64)).requires_grad_() for name, array in weights.items()}
    play, log_chance = Play.begin(questions, b=b, n_questions=n_questions), torch.zeros(b, dtype=torch.float64)
    for t in range(n_questions):
        seen = torch.log_softmax(logits(tensors, torch.from_numpy(features(play).astype(np.float64))), dim=1)
        log_chance = log_chance + seen.gather(1, torch.from_numpy(every.query[:, t : t + 1].copy()))[:, 0]
        play.add(every.query[:, t], every.answer[:, t])
    noise = torch.from_numpy(particles.noise.copy()).requires_grad_()
    losses = []
    for i, h in enumerate(particles.hypothesis):
        loss = soft_loss(play, np.full(b, h), sharpness=sharpness)
        log_said = torch.zeros(b, dtype=torch.float64)
        for t in range(n_questions):
            wrong = torch.from_numpy(questions.answers[h, every.query[:, t]] != every.answer[:, t])
            others = torch.from_numpy(np.maximum(questions.n_answers[every.query[:, t]] - 1, 1).astype(np.float64))
            single = torch.from_numpy(questions.n_answers[every.query[:, t]] == 1)
            said = torch.where(wrong, noise[i] / others, 1 - noise[i])
            log_said = log_said + torch.where(single, torch.zeros_like(said), torch.log(said))
        losses.append((torch.exp(log_chance + log_said) * torch.from_numpy(loss)).sum())
    both = torch.stack(losses)
    slopes = torch.autograd.grad(both.sum(), noise, retain_graph=True)[0].numpy()
    (both * torch.from_numpy(particles.weight())).sum().backward()
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}, slopes


def minimax_loss(
    questions: Questions, *, hypothesis: _Ints, noise: _Floats, n_questions: int, free: bool = False
) -> float:
    """The least worst-case loss that any policy can have over these hypotheses and noises (a linear program).

    Args:
        questions: What is asked about.
        hypothesis: ``(q,)`` true hypotheses the adversary may choose from.
        noise: ``(q,)`` chance of a wrong answer with each.
        n_questions: How many questions may be put.
        free: Whether the policy may also return any hypothesis it likes; otherwise the likeliest one, as always.

    Raises:
        BadInput: There are too many histories.
        MissingExtra: scipy is not installed.
    """
    try:
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix, vstack
    except ImportError as error:
        raise MissingExtra("the exact optimum of a small game", "unriddle[fit]") from error
    every = _histories(questions, n_questions)
    n, m = questions.shape
    # Variable: the chance weight of (history so far, next query), the answers' chances left out; then v, the value.
    first = np.cumsum([0, *(every.n_moves**t * m for t in range(n_questions))])
    n_plan = int(first[-1])
    digits = np.arange(every.n_moves**n_questions)
    last = first[-2] + (digits // every.n_moves) * m + every.query[:, -1]
    play = Play.begin(questions, b=digits.size, n_questions=n_questions)
    for t in range(n_questions):
        play.add(every.query[:, t], every.answer[:, t])
    loss = play.likeliest() @ questions.loss
    n_free = digits.size * n if free else 0
    n_all = n_plan + n_free + 1
    rows = []
    for h, q in zip(hypothesis, noise, strict=True):
        said = _said(questions, every, int(h), float(q))
        row = np.zeros(n_all)
        if free:
            row[n_plan:-1] = (said[:, None] * questions.loss[:, h][None, :]).ravel()
        else:
            np.add.at(row, last, said * loss[:, h])
        row[-1] = -1
        rows.append(csr_matrix(row))
    equal, right = _flow(questions, every, first, n_all, n_questions)
    if free:
        tie = csr_matrix(
            (
                np.concatenate([np.ones(n_free), -np.ones(digits.size)]),
                (
                    np.concatenate([np.repeat(digits, n), digits]),
                    np.concatenate([n_plan + np.arange(n_free), last]),
                ),
            ),
            shape=(digits.size, n_all),
        )
        equal, right = vstack([equal, tie]), np.concatenate([right, np.zeros(digits.size)])
    aim = np.zeros(n_all)
    aim[-1] = 1
    found = linprog(aim, A_ub=vstack(rows), b_ub=np.zeros(len(rows)), A_eq=equal, b_eq=right, method="highs")
    if found.x is None:
        raise UnriddleError(f"minimax_loss: the linear program was not solved ({found.message})")
    return float(found.fun)


def _flow(questions: Questions, every: _Histories, first: _Ints, n_all: int, n_questions: int) -> tuple[Any, _Floats]:
    """At every history, the weights of the next queries add up to that of the query that led there."""
    from scipy.sparse import csr_matrix

    m, row, column, value = questions.shape[1], [], [], []
    at = 0
    base, moves = every.n_moves, _moves(questions)
    for t in range(n_questions):
        for node in range(base**t):
            row += [at] * m
            column += [int(first[t]) + node * m + x for x in range(m)]
            value += [1.0] * m
            if t:
                row.append(at)
                column.append(int(first[t - 1]) + (node // base) * m + int(moves[node % base, 0]))
                value.append(-1.0)
            at += 1
    right = np.zeros(at)
    right[0] = 1
    return csr_matrix((value, (row, column)), shape=(at, n_all)), right


def _moves(questions: Questions) -> _Ints:
    """``(moves, 2)`` every pair of query and answer."""
    return np.array([(x, a) for x, kinds in enumerate(questions.n_answers) for a in range(kinds)])


def _histories(questions: Questions, n_questions: int) -> _Histories:
    moves = _moves(questions)
    n = len(moves)
    if n**n_questions > _MOST:
        raise BadInput(
            f"{n} pairs of query and answer in {n_questions} questions make {n**n_questions} histories; "
            f"the exact computation takes at most {_MOST}"
        )
    digits = np.stack([np.arange(n**n_questions) // n ** (n_questions - 1 - t) % n for t in range(n_questions)], axis=1)
    return _Histories(moves[digits, 0], moves[digits, 1], n)


def _said(questions: Questions, every: _Histories, hypothesis: int, noise: float) -> _Floats:
    """``(b,)`` chance of each history's answers, given its queries."""
    kinds = questions.n_answers[every.query]
    wrong = questions.answers[hypothesis, every.query] != every.answer
    each = np.where(wrong, noise / np.maximum(kinds - 1, 1), np.where(kinds > 1, 1 - noise, 1.0))
    return np.asarray(each.prod(axis=1))
