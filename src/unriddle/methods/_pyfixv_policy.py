"""When feedback is shown: a threshold on a score, chosen on graded feedback so that most of what is shown is right.

Part of ``unriddle.methods.pyfixv``. Not covered: feedback on mistakes unlike those that were graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.methods._pac_calibrate import max_errors, upper_bound

__all__ = ["CurvePoint", "Graded", "Policy", "area", "calibrate", "calibrate_card", "curve"]


@dataclass(frozen=True, slots=True)
class Graded:
    """Feedback whose truth is known.

    Attributes:
        score: The higher, the surer; ``-inf`` where there was nothing to show.
        right: Whether fix and explanation are right.
    """

    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a threshold does to a set of graded feedback.

    Attributes:
        threshold: Feedback with at least this score is shown.
        coverage: Share of all broken programs for which something is shown.
        precision: Share of right feedback among what is shown; ``None`` when nothing is.
    """

    threshold: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class Policy:
    """A chosen threshold.

    Attributes:
        threshold: Feedback with at least this score is shown; infinite when no threshold will do.
        precision: The precision asked for.
        bound: Lower bound, at confidence ``1 - delta``, of the precision at the threshold; 0 when nothing is shown.
        coverage: Share of the graded programs for which something is shown.
        n: Graded programs.
    """

    threshold: float
    precision: float
    bound: float
    coverage: float
    n: int


def curve(graded: Sequence[Graded]) -> list[CurvePoint]:
    """One point per distinct score, highest threshold first; programs without feedback count in the coverage.

    >>> [(p.coverage, p.precision) for p in curve([Graded(2, True), Graded(1, False)])]
    [(0.5, 1.0), (1.0, 0.5)]
    """
    scores = np.array([g.score for g in graded], np.float64)
    right = np.array([g.right for g in graded], np.bool_)
    points = []
    for threshold in np.unique(scores[np.isfinite(scores)])[::-1]:
        shown = scores >= threshold
        points.append(CurvePoint(float(threshold), float(shown.mean()), float(right[shown].mean())))
    return points


def area(graded: Sequence[Graded]) -> float:
    """Mean number of right answers among the first k, over all k up to those with feedback: 1 when all are right.

    Feedback of equal score is taken in every order at once, so that a score that says nothing gets the share of right
    feedback. NaN when there is none.

    >>> area([Graded(2, True), Graded(1, False)]), area([Graded(1, True), Graded(1, False)])
    (0.75, 0.5)
    """
    shown = [g for g in graded if g.score > -inf]
    if not shown:
        return float("nan")
    scores: npt.NDArray[np.float64] = np.array([g.score for g in shown], np.float64)
    right = np.array([g.right for g in shown], np.float64)
    _, place = np.unique(-scores, return_inverse=True)
    place = place.reshape(-1)
    mean = np.bincount(place, weights=right) / np.bincount(place)
    expected = np.sort(place)
    return float((np.cumsum(mean[expected]) / np.arange(1, len(shown) + 1)).mean())


def calibrate(graded: Sequence[Graded], *, precision: float = 0.9, delta: float = 0.1) -> Policy:
    """The lowest threshold whose precision is at least that, with confidence ``1 - delta``.

    Thresholds are tried from strict to loose, and the first that cannot be certified ends the search, so that looking
    at several costs no confidence. It begins at the first threshold that shows enough to be certified despite an error.

    Args:
        graded: Feedback on programs like those to come.
        precision: Least share of right feedback among what is shown.
        delta: Chance that the graded feedback misleads.

    Raises:
        BadInput: A number lies outside 0..1.
    """
    if not 0 < precision < 1 or not 0 < delta < 1:
        raise BadInput(f"calibrate: precision and delta must lie between 0 and 1, got {precision} and {delta}")
    scores = np.array([g.score for g in graded], np.float64)
    right = np.array([g.right for g in graded], np.bool_)
    order = np.argsort(-scores, kind="stable")
    ordered, wrong = scores[order], np.cumsum(~right[order])
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)])
    best: tuple[int, int] | None = None
    for end in ends[np.isfinite(ordered[ends])]:
        n, errors = int(end) + 1, int(wrong[end])
        allowed = max_errors(n, 1 - precision, delta)
        if allowed < 1:
            continue
        if errors > allowed:
            break
        best = (n, errors)
    if best is None:
        return Policy(inf, precision, 0.0, 0.0, len(graded))
    n, errors = best
    bound = 1.0 - upper_bound(errors, n, delta)
    return Policy(float(ordered[n - 1]), precision, bound, n / len(graded), len(graded))


def calibrate_card(graded: Sequence[Sequence[Graded]], *, precision: float) -> tuple[int, float] | None:
    """The paper's rule: which setting and threshold cover most among those whose graded precision is high enough.

    Args:
        graded: The same programs under each setting.
        precision: Least precision on the graded programs, taken at its word.

    Returns:
        Number of the setting and threshold, the first of equals; ``None`` when none is precise enough.
    """
    best, found = 0.0, None
    for k, rows in enumerate(graded):
        for point in curve(rows):
            if point.precision is not None and point.precision >= precision and point.coverage > best:
                best, found = point.coverage, (k, point.threshold)
    return found
