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

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.score._beta import log_beta
from unriddle.score.classes import Classes, counts, pass_classes
from unriddle.verdicts import Verdicts

__all__ = ["Evidence", "b4", "evidence", "log_scores", "scaled_priors"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What B4 counts.

    Attributes:
        classes: The classes of equal rows, sized by multiplicity.
        n_programs: N, with multiplicity, over the candidates of which something is known.
        n_tests: M, with multiplicity, over the tests of which something is known.
        passes: ``(m,)`` for each test, how many candidates pass it.
        known: ``(m,)`` for each test, of how many candidates the outcome is known.
        test_counts: ``(m,)`` multiplicity of each test; 0 where nothing is known.
        patterns: ``(c, m)`` which tests each class passes.
        pattern_known: ``(c, m)`` which of its cells are known.
    """

    classes: Classes
    n_programs: float
    n_tests: float
    passes: _Floats
    known: _Floats
    test_counts: _Floats
    patterns: npt.NDArray[np.bool_]
    pattern_known: _Floats


def scaled_priors(n_programs: float, n_tests: float) -> tuple[float, float]:
    """``(a, b0)`` for a matrix of this size: the power law through the paper's two settings, at least 1.

    >>> scaled_priors(10, 30)
    (10.0, 10.0)
    """
    a = max(1.0, 10.0 * (n_programs * n_tests / 300.0) ** 0.9)
    return a, max(1.0, a * a / 10.0)


def b4(
    verdicts: Verdicts,
    *,
    a: float | None = None,
    b0: float | None = None,
    program_counts: npt.ArrayLike | None = None,
    test_counts: npt.ArrayLike | None = None,
) -> _Floats:
    """The logarithm, up to a constant, of the posterior that each candidate's class is the set of right programs.

    Args:
        verdicts: ``(n, m)``.
        a: Prior of theta_x and theta_y, Beta(a, 1); scaled to the matrix when ``None``.
        b0: Prior of theta_0, Beta(1, b0); scaled to the matrix when ``None``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.
        test_counts: ``(m,)`` how often each test was written; 1 when ``None``.

    Returns:
        ``(n,)``; −inf for a candidate that passes nothing.

    Raises:
        BadShape: Counts that do not fit the matrix.
        BadInput: Negative counts, or a prior that is not positive.

    >>> b4(Verdicts.empty()).shape
    (0,)
    """
    found = evidence(verdicts, program_counts=program_counts, test_counts=test_counts)
    a, b0 = priors(found, a=a, b0=b0)
    return np.asarray(log_scores(found, a=a, b0=b0)[found.classes.of_row], dtype=np.float64)


def priors(found: Evidence, *, a: float | None, b0: float | None) -> tuple[float, float]:
    """The priors given, filled up by rule.

    Raises:
        BadInput: One is not a positive, finite number.
    """
    rule = scaled_priors(found.n_programs, found.n_tests)
    chosen = (rule[0] if a is None else float(a), rule[1] if b0 is None else float(b0))
    for name, value in zip(("a", "b0"), chosen, strict=True):
        if not 0 < value < math.inf:
            raise BadInput(f"b4: prior {name} must be a positive number, got {value}; leave it out to scale it")
    return chosen


def evidence(
    verdicts: Verdicts, *, program_counts: npt.ArrayLike | None = None, test_counts: npt.ArrayLike | None = None
) -> Evidence:
    """The counts that the posterior depends on.

    Raises:
        BadShape: Counts that do not fit the matrix.
        BadInput: Negative counts.
    """
    n, m = verdicts.shape
    known, passed = verdicts.known, verdicts.passed
    programs = counts(program_counts, n, name="b4: program_counts") * known.any(axis=1)
    tests = counts(test_counts, m, name="b4: test_counts") * known.any(axis=0)
    classes = pass_classes(verdicts, weights=programs)
    full = bool(known.all())
    of_test = np.full(m, programs.sum()) if full else programs @ known
    shared = np.ones((len(classes.first), m)) if full else _known_in_class(known, classes, programs)
    return Evidence(
        classes, float(programs.sum()), float(tests.sum()), programs @ passed, of_test, tests,
        passed[classes.first], shared,
    )  # fmt: skip


def _known_in_class(known: npt.NDArray[np.bool_], classes: Classes, programs: _Floats) -> _Floats:
    """``(c, m)`` the share of each class of which a cell is known: rows of a class may be masked in different cells."""
    order = np.argsort(classes.of_row, kind="stable")
    starts = np.searchsorted(classes.of_row[order], np.arange(len(classes.first)))
    weighted = (known * programs[:, None])[order]
    total = np.add.reduceat(weighted, starts, axis=0) if len(starts) else np.zeros((0, known.shape[1]))
    return np.asarray(total / np.maximum(classes.size, 1e-300)[:, None], dtype=np.float64)


def log_scores(found: Evidence, *, a: float, b0: float) -> _Floats:
    """``(c,)`` the closed form for each class; −inf for a class that passes nothing or counts nothing."""
    size, tests, patterns = found.classes.size, found.test_counts, found.patterns
    m = patterns @ tests
    passes, known = tests * found.passes, tests * found.known
    own_known = found.pattern_known * tests
    own_good = np.einsum("cm,cm->c", own_known, patterns)
    n1 = patterns @ passes - size * m
    z1 = patterns @ known - size * own_good
    n0 = passes.sum() - patterns @ passes
    z0 = known.sum() - patterns @ known - size * (own_known.sum(axis=1) - own_good)
    score = log_beta(size + a, np.maximum(found.n_programs - size, 0) + 1)
    score += log_beta(m + a, np.maximum(found.n_tests - m, 0) + 1)
    score += log_beta(np.maximum(n1, 0) + 1, np.maximum(z1 - n1, 0) + 1)
    score += log_beta(np.maximum(n0, 0) + 1, np.maximum(z0 - n0, 0) + b0)
    return np.where((m > 0) & (size > 0), score, -np.inf)
