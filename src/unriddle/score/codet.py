"""CodeT's dual execution agreement (card: Chen 2022, arXiv 2207.10397).

Candidates that pass the same tests form a consensus set; its score is the damped number of its candidates times the
number of tests it passes. Multiplicities count: an equal program drawn twice is two votes. Masked cells are no passes
(see ``unriddle.score.classes``). Not covered: writing the tests (``unriddle.testgen``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, shorten
from unriddle.score.classes import counts, pass_classes
from unriddle.verdicts import Verdicts

__all__ = ["codet"]


def codet(
    verdicts: Verdicts,
    *,
    program_counts: npt.ArrayLike | None = None,
    test_counts: npt.ArrayLike | None = None,
    damping: Literal["sqrt", "none"] = "sqrt",
) -> npt.NDArray[np.float64]:
    """``damped(candidates in the consensus set) * tests it passes`` for each candidate.

    Args:
        verdicts: ``(n, m)``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.
        test_counts: ``(m,)`` how often each test was written; 1 when ``None``.
        damping: ``sqrt`` (what the authors' code uses) or ``none`` (the paper's basic form).

    Returns:
        ``(n,)``; −inf for a candidate that passes nothing.

    Raises:
        BadShape: Counts that do not fit the matrix.
        BadInput: Negative counts, or an unknown damping.

    >>> codet(Verdicts.empty()).shape
    (0,)
    """
    if damping not in ("sqrt", "none"):
        raise BadInput(f"codet: damping must be 'sqrt' or 'none', got {shorten(damping)}")
    n, m = verdicts.shape
    classes = pass_classes(verdicts, weights=counts(program_counts, n, name="codet: program_counts"))
    patterns = verdicts.passed[classes.first].astype(np.float64)
    tests = patterns @ counts(test_counts, m, name="codet: test_counts")
    size = np.sqrt(classes.size) if damping == "sqrt" else classes.size
    score = np.where((tests > 0) & (size > 0), size * tests, -np.inf)
    return np.asarray(score[classes.of_row], dtype=np.float64)
