"""Votes by returned values: the output that most candidates give, whatever the tests expect of it.

Only inputs matter here, so the rules work on generated inputs without expected values. Not covered: values that are
close but not equal; equality is that of the interned values.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unriddle.score.classes import counts, output_classes
from unriddle.verdicts import Verdicts

__all__ = ["output_vote", "soft_vote"]


def output_vote(verdicts: Verdicts, *, program_counts: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """How many candidates return exactly the values that this one returns, on all tests.

    A cell without a value is told apart by its status, so two crashes are alike and a crash is unlike a timeout.

    Args:
        verdicts: ``(n, m)``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.

    Returns:
        ``(n,)``; −inf for a candidate that returns no value anywhere.

    Raises:
        BadShape: Counts that do not fit the matrix.

    >>> output_vote(Verdicts.empty()).shape
    (0,)
    """
    weights = counts(program_counts, verdicts.shape[0], name="output_vote: program_counts")
    classes = output_classes(verdicts, weights=weights)
    returns = (verdicts.value[classes.first] >= 0).any(axis=1) & (classes.size > 0)
    return np.asarray(np.where(returns, classes.size, -np.inf)[classes.of_row], dtype=np.float64)


def soft_vote(verdicts: Verdicts, *, program_counts: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """The mean over the known tests of the share of candidates that return the same value there.

    Softer than ``output_vote``: a candidate that differs on one test loses that test only. A known cell without a
    value agrees with nobody.

    Args:
        verdicts: ``(n, m)``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.

    Returns:
        ``(n,)`` between 0 and 1; −inf for a candidate that returns no value anywhere.

    Raises:
        BadShape: Counts that do not fit the matrix.
    """
    n, m = verdicts.shape
    weights = counts(program_counts, n, name="soft_vote: program_counts")
    if not verdicts.value.size:
        return np.full(n, -np.inf)
    columns = np.ascontiguousarray(verdicts.value.T) + 1
    agree, votes = np.empty((m, n)), np.zeros(len(verdicts.values) + 1)
    for j, column in enumerate(columns):
        np.add.at(votes, column, weights)
        agree[j] = votes[column]
        votes[column] = 0.0
    known = verdicts.known
    answered = (verdicts.value >= 0) & known
    total = weights @ known.astype(np.float64)
    agree *= (answered / np.where(total > 0, total, 1.0)).T
    share = agree.sum(axis=0) / np.maximum(known.sum(axis=1), 1)
    return np.where(answered.any(axis=1) & (weights > 0), share, -np.inf)
