"""Brown 2024: Large Language Monkeys: Scaling Inference Compute with Repeated Sampling (arXiv 2407.21787).

Draw many independent programs per problem and ask two questions: does any of them work (coverage), and can the right
one be picked (precision). Coverage keeps growing over decades of samples and follows a simple law; picking without a
verifier stops growing early.

What differs from the paper: coverage laws are fitted by least squares on coverage rather than on its logarithm (the
logarithm lets the smallest k decide), a Beta-binomial fit with an optional share of impossible problems is added
because it extrapolates better, answers are told apart by what programs return rather than by text, and
``allocate`` stops sampling a problem at its first verified pass.

Expected in the lab: pass@1, 10, 100 of the recorded CodeGen-16B programs near 0.30, 0.50, 0.74 on HumanEval (the
last two come out, pass@1 is lower because the recording was drawn at a high temperature); extrapolating ten times
beyond the fitted range errs by about 1 % (Beta-binomial), 2 % (power law), 17 % (line in log k).

Not covered: generating the samples (``unriddle.propose``) and running them (``unriddle.execute``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import pass_at_k
from unriddle.errors import BadInput, BadShape
from unriddle.methods._coverage_laws import (
    BetaBinomial,
    ExpPowerLaw,
    LogLinear,
    fit_beta_binomial,
    fit_exp_power_law,
    fit_log_linear,
)
from unriddle.verdicts import Verdicts

__all__ = [
    "Allocation",
    "BetaBinomial",
    "ExpPowerLaw",
    "LogLinear",
    "ScalingFits",
    "allocate",
    "behaviours",
    "coverage",
    "expected_draws",
    "fit_beta_binomial",
    "fit_exp_power_law",
    "fit_log_linear",
    "fit_scaling",
    "log_spaced",
    "sampling_flops",
    "sampling_tokens",
    "select",
    "selection_accuracy",
]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
Method = Literal["majority", "best", "weighted"]


@dataclass(frozen=True, slots=True)
class ScalingFits:
    """The three laws, fitted on the same samples; ``predict(k)`` of each is coverage at k."""

    exp_power_law: ExpPowerLaw
    beta_binomial: BetaBinomial
    log_linear: LogLinear


@dataclass(frozen=True, slots=True)
class Allocation:
    """How a shared budget of samples was spent.

    Attributes:
        drawn: ``(p,)`` samples drawn for each problem.
        solved: ``(p,)`` whether a sample of it passed the verifier.
    """

    drawn: _Ints
    solved: npt.NDArray[np.bool_]


def coverage(n: npt.ArrayLike, correct: npt.ArrayLike, *, ks: Sequence[int]) -> _Floats:
    """Unbiased share of problems that at least one of k samples solves, for each k: ``(len(ks),)``.

    Args:
        n: Samples per problem, one number or ``(p,)``.
        correct: ``(p,)`` correct samples per problem.
        ks: Numbers of samples; none may be more than the smallest ``n``.

    Raises:
        BadInput: A k is more than n, or a count lies outside ``0..n``.

    >>> coverage(4, [0, 2], ks=[1, 4]).tolist()
    [0.25, 0.5]
    """
    c = np.asarray(correct)
    size = np.broadcast_to(np.asarray(n), c.shape)
    return np.array([float(np.mean(pass_at_k(size, c, k))) for k in ks])


def log_spaced(k_max: int, *, per_decade: int = 8) -> list[int]:
    """Distinct whole numbers from 1 to ``k_max``, evenly spaced in log k.

    >>> log_spaced(10, per_decade=4)
    [1, 2, 3, 6, 10]
    """
    count = max(2, int(np.ceil(np.log10(max(k_max, 2)) * per_decade)) + 1)
    return sorted({round(float(k)) for k in np.geomspace(1, k_max, count)})


def fit_scaling(
    n: int, correct: npt.ArrayLike, *, k_max: int | None = None, zero_inflated: bool = False
) -> ScalingFits:
    """The three coverage laws from the counts of one run.

    Args:
        n: Samples per problem.
        correct: ``(p,)`` correct samples per problem.
        k_max: Fit the two curve laws on k up to this; ``n`` when ``None``.
        zero_inflated: Let the Beta-binomial hold a share of impossible problems.

    Raises:
        BadInput: Nothing was solved, everything was always solved, or counts are out of range.
        MissingExtra: scipy is not installed.
    """
    ks = log_spaced(n if k_max is None else k_max)
    points = coverage(n, correct, ks=ks)
    return ScalingFits(
        exp_power_law=fit_exp_power_law(ks, points),
        beta_binomial=fit_beta_binomial(n, correct, zero_inflated=zero_inflated),
        log_linear=fit_log_linear(ks, points),
    )


def behaviours(verdicts: Verdicts) -> _Ints:
    """``(n,)`` number of each candidate's behaviour: equal numbers returned equal values (or failed alike) everywhere.

    Only returned values and how a cell failed are compared, never whether it passed, so this needs no expected
    values. Candidates that returned nothing on any test get −1: a program that always fails has no answer to vote for.
    """
    from unriddle.outcome import Status

    value = verdicts.value.astype(np.int64)
    ended = np.where(value >= 0, 0, np.where(verdicts.status == Status.PASS, 1, 2 + verdicts.status.astype(np.int64)))
    numbers: dict[bytes, int] = {}
    out = [numbers.setdefault(row.tobytes(), len(numbers)) for row in np.stack([value, ended], axis=-1)]
    answered = (value >= 0).any(axis=1) if value.shape[1] else np.zeros(len(value), bool)
    return np.where(answered, np.array(out, np.int64), -1)


def select(answers: npt.ArrayLike, *, rewards: npt.ArrayLike | None = None, method: Method = "majority") -> int:
    """Row of the chosen sample, without a verifier; −1 when no sample has an answer.

    Args:
        answers: ``(k,)`` numbers of the answers; equal answers share a number, −1 means none.
        rewards: ``(k,)`` rewards, 0 or more; needed by ``best`` and ``weighted``.
        method: ``majority``: the commonest answer. ``best``: the sample with the highest reward. ``weighted``: the
            answer with the highest sum of rewards. Ties go to what came first.

    Raises:
        BadInput: ``best`` or ``weighted`` without rewards.
        BadShape: The rewards do not fit the answers.

    >>> select([4, 7, 7, -1, -1, -1])
    1
    """
    ids = np.asarray(answers, np.int64)
    if method != "majority" and rewards is None:
        raise BadInput(f"select: method {method!r} needs rewards, one per answer")
    weight = np.ones(ids.shape) if method == "majority" else np.asarray(rewards, np.float64)
    if weight.shape != ids.shape:
        raise BadShape(f"select: rewards must have the shape of answers {ids.shape}, got {weight.shape}")
    rows = np.flatnonzero(ids >= 0)
    if not rows.size:
        return -1
    if method == "best":
        return int(rows[np.argmax(weight[rows])])
    _, first, group = np.unique(ids[rows], return_index=True, return_inverse=True)
    totals = np.bincount(group, weights=weight[rows])
    tied = first[totals == totals.max()]
    return int(rows[tied.min()])


def selection_accuracy(
    answers: npt.ArrayLike,
    correct: npt.ArrayLike,
    *,
    k: int,
    rng: np.random.Generator,
    rewards: npt.ArrayLike | None = None,
    method: Method = "majority",
    n_subsets: int = 100,
) -> float:
    """Chance that ``select`` on k of the n samples of one problem picks a correct one (subsets without replacement).

    Raises:
        BadInput: k is less than 1 or more than n.
        BadShape: The arrays differ in length.
    """
    ids, right = np.asarray(answers, np.int64), np.asarray(correct, bool)
    reward = None if rewards is None else np.asarray(rewards, np.float64)
    if ids.shape != right.shape:
        raise BadShape(f"selection_accuracy: answers {ids.shape} and correct {right.shape} must have the same length")
    if not 1 <= k <= ids.size:
        raise BadInput(f"selection_accuracy: k must lie in 1..{ids.size} (the samples there are), got {k}")
    hits = 0
    for _ in range(n_subsets):
        rows = rng.permutation(ids.size)[:k]
        chosen = select(ids[rows], rewards=None if reward is None else reward[rows], method=method)
        hits += chosen >= 0 and bool(right[rows[chosen]])
    return hits / n_subsets


def sampling_flops(
    k: int, *, parameters: float, n_layers: int, width: int, prompt_tokens: float, completion_tokens: float
) -> float:
    """FLOPs of k samples of one prompt, the prompt read once.

    A token at context length ``x`` costs ``2 * (parameters + 2 * n_layers * width * x)``; contexts are taken at the
    middle of the prompt and of the completion. Batching and cache traffic are not counted.
    """

    def per_token(context: float) -> float:
        return 2.0 * (parameters + 2.0 * n_layers * width * context)

    decoded = completion_tokens * per_token(prompt_tokens + completion_tokens / 2)
    return prompt_tokens * per_token(prompt_tokens / 2) + k * decoded


def sampling_tokens(k: float, *, prompt_tokens: float, completion_tokens: float, shared_prompt: bool = True) -> float:
    """Tokens of k samples of one prompt; endpoints that bill the prompt for every sample share nothing."""
    return prompt_tokens * (1 if shared_prompt else k) + k * completion_tokens


def expected_draws(n: npt.ArrayLike, correct: npt.ArrayLike, *, k: int) -> _Floats:
    """``(p,)`` samples drawn on average when sampling stops at the first verified pass or after k draws.

    Raises:
        BadInput: k is more than n, or a count lies outside ``0..n``.
    """
    c = np.asarray(correct)
    size = np.broadcast_to(np.asarray(n), c.shape)
    pass_at_k(size, c, k)
    return np.ones(c.shape) * (k > 0) + sum(
        (1.0 - np.asarray(pass_at_k(size, c, j), np.float64) for j in range(1, k)), np.zeros(c.shape)
    )


def allocate(
    n_problems: int, draw: Callable[[Sequence[int]], Sequence[bool]], *, budget: int, per_problem: int | None = None
) -> Allocation:
    """Spend a shared budget of samples, one round over the unsolved problems after another.

    A problem leaves at its first verified pass, so its share goes to the ones still open.

    Args:
        n_problems: How many problems there are.
        draw: Given the numbers of the problems to draw one sample for, says which of these samples passed.
        budget: Samples in all.
        per_problem: At most this many samples for one problem; no bound when ``None``.

    Raises:
        BadInput: The budget is negative.
        BadShape: ``draw`` answered for another number of problems than it was asked about.
    """
    if budget < 0 or n_problems < 0:
        raise BadInput(f"allocate: budget and n_problems must be 0 or more, got {budget} and {n_problems}")
    drawn, solved = np.zeros(n_problems, np.int64), np.zeros(n_problems, bool)
    cap = budget if per_problem is None else per_problem
    while True:
        still = np.flatnonzero(~solved & (drawn < cap))[: budget - int(drawn.sum())]
        if not still.size:
            return Allocation(drawn, solved)
        passed = list(draw(still.tolist()))
        if len(passed) != still.size:
            raise BadShape(f"allocate: draw was asked about {still.size} problems and answered for {len(passed)}")
        drawn[still] += 1
        solved[still] = passed
