"""Random choice as a score: all candidates alike, or a seeded order.

Not covered: picking by chance from the best (``unriddle.score.ties.pick``).
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Score
from unriddle.verdicts import Verdicts

__all__ = ["random", "shuffled"]


def random(verdicts: Verdicts) -> npt.NDArray[np.float64]:
    """``(n,)`` zeros: one level of ties, from which a draw is a random choice.

    >>> random(Verdicts.empty()).shape
    (0,)
    """
    return np.zeros(verdicts.shape[0])


def shuffled(*, seed: int) -> Score:
    """A score that puts candidates in a random order which depends on the seed and the candidate alone.

    The same candidate gets the same number in every matrix, so the order does not depend on where rows stand.
    """

    def score(verdicts: Verdicts) -> npt.NDArray[np.float64]:
        names = (f"{seed}\0{candidate}".encode() for candidate in verdicts.candidates)
        numbers = [int.from_bytes(hashlib.blake2b(name, digest_size=6).digest(), "big") for name in names]
        return np.array(numbers, dtype=np.float64) / 2.0**48

    return score
