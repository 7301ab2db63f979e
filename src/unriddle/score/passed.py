"""The two plainest scores: did it pass everything that is known, and what share did it pass.

Both look at known cells only: SKIPPED and INFRA cells say nothing about a candidate. A row without any known cell
scores −inf ("never"), because there is no evidence to choose it on; with ``m = 0`` that is every row. Not covered:
weighting tests by how telling they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unriddle.verdicts import Verdicts

__all__ = ["fraction", "passed"]


def fraction(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """Share of its known tests that each candidate passed.

    Args:
        verdicts: ``(n, m)``.

    Returns:
        ``(n,)`` between 0 and 1; −inf where nothing is known.

    >>> fraction(Verdicts.empty()).shape
    (0,)
    """
    known = verdicts.known.sum(axis=1)
    share = np.full(known.shape, -np.inf)
    np.divide(verdicts.passed.sum(axis=1), known, out=share, where=known > 0)
    return share


def passed(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """Whether each candidate passed every test that is known.

    A masked cell does not count against a candidate, so a row with one PASS and the rest INFRA scores 1. Where
    positive evidence on every test is needed, use ``Verdicts.solved``.

    Args:
        verdicts: ``(n, m)``.

    Returns:
        ``(n,)``: 1.0, 0.0, or −inf where nothing is known.

    >>> passed(Verdicts.empty()).shape
    (0,)
    """
    share = fraction(verdicts)
    return np.where(np.isneginf(share), share, (share == 1.0).astype(np.float64))
