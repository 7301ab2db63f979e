"""How sure a choice is: numbers between 0 and 1, one per candidate, that read as a chance of being right.

Each has the shape of a score, so it can also rank. None is calibrated by itself: see ``unriddle.score.calibration`` for
measuring that and ``unriddle.score.recalibrate`` for mending it. Not covered: when to abstain
(``unriddle.methods.abstention``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Score
from unriddle.errors import BadInput, shorten
from unriddle.score.b4 import b4_posterior
from unriddle.score.classes import pass_classes
from unriddle.verdicts import Verdicts

__all__ = ["CONFIDENCES", "agreement_share", "confidence", "margin", "succession"]

_Floats = npt.NDArray[np.float64]


def agreement_share(verdicts: Verdicts) -> _Floats:
    """``(n,)`` share of the known candidates that pass exactly the tests this one passes; 0 where it passes nothing."""
    known = verdicts.known.any(axis=1)
    classes = pass_classes(verdicts, weights=np.asarray(known, dtype=np.float64))
    passes = verdicts.passed.any(axis=1)
    return np.where(passes & known, classes.size[classes.of_row] / max(1, int(known.sum())), 0.0)


def succession(verdicts: Verdicts) -> _Floats:
    """``(n,)`` the rule of succession, ``(passed + 1) / (known + 2)``: the chance of passing one more such test.

    With no known test it is 1/2: nothing is known either way.
    """
    known = verdicts.known.sum(axis=1)
    return np.asarray((verdicts.passed.sum(axis=1) + 1) / (known + 2), dtype=np.float64)


CONFIDENCES: Mapping[str, Score] = {
    "posterior": b4_posterior,
    "agreement": agreement_share,
    "succession": succession,
}
"""The confidences by name."""


def confidence(name: str) -> Score:
    """The confidence called ``name``.

    Raises:
        BadInput: There is none.
    """
    if name not in CONFIDENCES:
        raise BadInput(f"no confidence is called {shorten(name)}; known are {', '.join(CONFIDENCES)}")
    return CONFIDENCES[name]


def margin(scores: npt.ArrayLike) -> float:
    """How far the best score is ahead of the next different one; inf where there is no other, 0 for no score at all.

    >>> margin([3.0, 1.0, 3.0, float("-inf")])
    2.0
    """
    values = np.unique(np.asarray(scores, dtype=np.float64))
    values = values[values > -np.inf]
    if not len(values):
        return 0.0
    return float(values[-1] - values[-2]) if len(values) > 1 else float("inf")
