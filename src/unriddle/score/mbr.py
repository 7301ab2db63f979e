"""MBR-exec on the pass matrix: the candidate whose tests passed are shared by most others.

This is the baseline of the B4 paper (card: Chen 2024): the size of the class of equal rows. Masked cells are no passes.
Not covered: agreement of returned values (``unriddle.score.vote``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unriddle.score.classes import counts, pass_classes
from unriddle.verdicts import Verdicts

__all__ = ["mbr"]


def mbr(
    verdicts: Verdicts, *, program_counts: npt.ArrayLike | None = None, drop_failing: bool = True
) -> npt.NDArray[np.float64]:
    """How many candidates pass exactly the tests that this one passes.

    Args:
        verdicts: ``(n, m)``.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.
        drop_failing: A candidate that passes nothing is never chosen, as in the other agreement rules.

    Returns:
        ``(n,)``; −inf for a candidate that passes nothing, where such are dropped, or of which nothing is known.

    Raises:
        BadShape: Counts that do not fit the matrix.

    >>> mbr(Verdicts.empty()).shape
    (0,)
    """
    classes = pass_classes(verdicts, weights=counts(program_counts, verdicts.shape[0], name="mbr: program_counts"))
    counted = (classes.size > 0) & np.logical_or.reduce(verdicts.known[classes.first], axis=1)
    if drop_failing:
        counted &= verdicts.passed[classes.first].any(axis=1)
    return np.asarray(np.where(counted, classes.size, -np.inf)[classes.of_row], dtype=np.float64)
