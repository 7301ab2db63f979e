"""How probable the proposer found a candidate, in all or per token.

Not covered: asking a language model for the probability afterwards (``unriddle.lm``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.score.text import by_candidate
from unriddle.verdicts import Verdicts

__all__ = ["likelihood", "mean_likelihood"]


def likelihood(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """``(n,)`` log-weight of each candidate; −inf where its proposer does not know it (NaN, or no finite number).

    >>> likelihood(Verdicts.empty()).shape
    (0,)
    """
    return np.where(verdicts.prior < np.inf, verdicts.prior, -np.inf)


def mean_likelihood(candidates: Sequence[Candidate]) -> Score:
    """A score: log-weight per token, which does not favour short candidates.

    Args:
        candidates: With ``prior`` and ``n_tokens``; where either is missing the candidate scores −inf.
    """

    def mean(candidate: Candidate) -> float:
        prior = -np.inf if candidate.prior is None else candidate.prior
        return prior / candidate.n_tokens if candidate.n_tokens > 0 and prior < np.inf else -np.inf

    return by_candidate(candidates, mean, name="mean_likelihood")
