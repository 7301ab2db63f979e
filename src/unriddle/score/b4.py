"""B4: the most probable set of right programs when programs and tests may both be wrong (card: Chen 2024).

The model: program i is right with chance theta_x, test j with chance theta_y; a right program passes exactly the right
tests; a wrong one passes a right test with chance theta_1 and a wrong test with theta_0. The thetas have Beta priors
and are integrated out; what is left is one closed-form score per class of equal rows.

Priors: theta_x, theta_y ~ Beta(a, 1), theta_1 ~ Beta(1, 1), theta_0 ~ Beta(1, b0). The paper sets a and b0 by hand and
large where there is much data: a = b0 = 10 at 10 programs and 30 tests, a = 1e3 and b0 = 1e5 at about 100 programs and
500 tests. Where they are not given, the rule here is the power law in the number of cells through these two settings,
``a = 10 * (N * M / 300) ** 0.9`` and ``b0 = a ** 2 / 10``, never below 1 (the flat prior).

Masked cells: in evidence about other candidates they are left out (the exact treatment when they are missing at
random); they are no passes of their own program. Tests and candidates about which nothing is known are left out
altogether. Not covered: a right program that passes a wrong test (a vacuous assert); filter those tests first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unriddle.score.b4_exact import Exact, b4_exact
from unriddle.score.b4_model import evidence, log_scores, priors, scaled_priors
from unriddle.score.b4_none import log_none
from unriddle.verdicts import Verdicts

__all__ = ["Exact", "b4", "b4_exact", "b4_posterior", "scaled_priors"]

_Floats = npt.NDArray[np.float64]


def b4(
    verdicts: Verdicts,
    *,
    a: float | None = None,
    b0: float | None = None,
    program_counts: npt.ArrayLike | None = None,
    test_counts: npt.ArrayLike | None = None,
    drop_failing: bool = True,
) -> _Floats:
    """The logarithm, up to a constant, of the posterior that each candidate's class is the set of right programs.

    Args:
        verdicts: ``(n, m)``.
        a: Prior of theta_x and theta_y, Beta(a, 1); scaled to the matrix when ``None``.
        b0: Prior of theta_0, Beta(1, b0); scaled to the matrix when ``None``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.
        test_counts: ``(m,)`` how often each test was written; 1 when ``None``.
        drop_failing: A candidate that passes nothing is never chosen, as in the authors' code for recorded programs. In
            the paper's simulation such candidates form a class like any other (all tests may be wrong).

    Returns:
        ``(n,)``; −inf for a candidate that passes nothing, where such are dropped, or of which nothing is known.

    Raises:
        BadShape: Counts that do not fit the matrix.
        BadInput: Negative counts, or a prior that is not positive.

    >>> b4(Verdicts.empty()).shape
    (0,)
    """
    found = evidence(verdicts, program_counts=program_counts, test_counts=test_counts)
    a, b0 = priors(found, a=a, b0=b0)
    return np.asarray(log_scores(found, a=a, b0=b0, drop_failing=drop_failing)[found.classes.of_row], dtype=np.float64)


def b4_posterior(
    verdicts: Verdicts,
    *,
    a: float | None = None,
    b0: float | None = None,
    program_counts: npt.ArrayLike | None = None,
    test_counts: npt.ArrayLike | None = None,
) -> _Floats:
    """The probability that each candidate is right, under the model and the same priors.

    The alternatives are: exactly one class is right, or no candidate is. The last one is the sum over every way in
    which the tests may be right or wrong (``unriddle.score.b4_none``), and what the classes lack to 1 is its share.
    Sets of right programs that are only a part of a class are not among the alternatives.

    Args:
        verdicts: ``(n, m)``.
        a: See ``b4``.
        b0: See ``b4``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.
        test_counts: ``(m,)`` how often each test was written; 1 when ``None``.

    Returns:
        ``(n,)`` between 0 and 1; 0 for a candidate that passes nothing or about which nothing is known.

    Raises:
        BadShape: Counts that do not fit the matrix.
        BadInput: Negative counts, or a prior that is not positive.
    """
    found = evidence(verdicts, program_counts=program_counts, test_counts=test_counts)
    a, b0 = priors(found, a=a, b0=b0)
    scores = log_scores(found, a=a, b0=b0)
    if not np.isfinite(scores).any():
        return np.zeros(verdicts.shape[0])
    none = log_none(found, a=a, b0=b0)
    weights = np.exp(scores - max(none, float(scores.max())))
    chance = weights / (weights.sum() + np.exp(none - max(none, float(scores.max()))))
    return np.asarray(chance[found.classes.of_row], dtype=np.float64)
