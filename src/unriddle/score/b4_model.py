"""What B4 counts in a matrix, and its closed form for each class (used by ``unriddle.score.b4``).

Masked cells are left out of the evidence about other candidates, which is the exact treatment when they are missing at
random. Not covered: the probability that nobody is right (``unriddle.score.b4_none``).
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

__all__ = ["Evidence", "evidence", "log_scores", "priors", "scaled_priors"]

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
        own_known: ``(c,)`` known cells of each class's own candidates, both multiplicities counted.
    """

    classes: Classes
    n_programs: float
    n_tests: float
    passes: _Floats
    known: _Floats
    test_counts: _Floats
    patterns: npt.NDArray[np.bool_]
    own_known: _Floats


def scaled_priors(n_programs: float, n_tests: float) -> tuple[float, float]:
    """``(a, b0)`` for a matrix of this size: the power law through the paper's two settings, at least 1.

    >>> scaled_priors(10, 30)
    (10.0, 10.0)
    """
    a = max(1.0, 10.0 * (n_programs * n_tests / 300.0) ** 0.9)
    return a, max(1.0, a * a / 10.0)


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
    seen = known.astype(np.float64)
    own = np.bincount(classes.of_row, weights=programs * (seen @ tests), minlength=len(classes.first))
    return Evidence(
        classes=classes,
        n_programs=float(programs.sum()),
        n_tests=float(tests.sum()),
        passes=programs @ passed.astype(np.float64),
        known=programs @ seen,
        test_counts=tests,
        patterns=passed[classes.first],
        own_known=own.astype(np.float64),
    )


def log_scores(found: Evidence, *, a: float, b0: float, drop_failing: bool = True) -> _Floats:
    """``(c,)`` the closed form for each class; −inf for one that counts nothing or, if dropped, passes nothing."""
    size, tests, patterns = found.classes.size, found.test_counts, found.patterns.astype(np.float64)
    passes, known = tests * found.passes, tests * found.known
    m, of_passes, of_known = (patterns @ np.stack([tests, passes, known], axis=1)).T
    # A class's own cells leave the evidence; those it passes are known, and they are size * m.
    n1, z1 = of_passes - size * m, of_known - size * m
    n0, z0 = passes.sum() - of_passes, known.sum() - of_known - (found.own_known - size * m)
    score = log_beta(size + a, np.maximum(found.n_programs - size, 0) + 1)
    score += log_beta(m + a, np.maximum(found.n_tests - m, 0) + 1)
    score += log_beta(np.maximum(n1, 0) + 1, np.maximum(z1 - n1, 0) + 1)
    score += log_beta(np.maximum(n0, 0) + 1, np.maximum(z0 - n0, 0) + b0)
    return np.where((size > 0) & ((m > 0) | (not drop_failing)), score, -np.inf)
