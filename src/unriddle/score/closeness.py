"""How near the returned values come to the wanted ones: a gradual score, for searches that pass few tests at first.

Numbers are near by their difference, texts and lists by what they share; a value of another kind than wanted is not
near. Not covered: exceptions that are wanted, predicates; such tests count only as passed or not.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.language.values import decode
from unriddle.problem import CallTest, Returns, Test
from unriddle.verdicts import Verdicts

__all__ = ["closeness", "nearness"]

_LONGEST = 300
"""Longer texts and lists are compared by their beginnings; comparing takes the square of this."""


def closeness(tests: Sequence[Test]) -> Callable[[Verdicts], npt.NDArray[np.float64]]:
    """A score between 0 and 1: half the share of known tests passed, half the mean nearness of the values there.

    It is −inf where nothing is known.

    Args:
        tests: The problem's visible tests, in the order of the verdicts' columns.
    """
    wanted = [t.expect if isinstance(t, CallTest) and isinstance(t.expect, Returns) else None for t in tests]

    def score(verdicts: Verdicts) -> npt.NDArray[np.float64]:
        n, m = verdicts.shape
        passed = verdicts.passed
        near = passed.astype(np.float64)
        known: dict[tuple[int, int], float] = {}
        for i in range(n):
            for j in range(m):
                number, expect = int(verdicts.value[i, j]), wanted[j]
                if number < 0 or expect is None or passed[i, j]:
                    continue
                if (number, j) not in known:
                    known[number, j] = nearness(decode(verdicts.values[number]), expect.value)
                near[i, j] = known[number, j]
        cells = verdicts.known.sum(axis=1)
        total = np.full(n, -np.inf)
        np.divide(passed.sum(axis=1) + near.sum(axis=1), 2.0 * cells, out=total, where=cells > 0)
        return total

    return score


def nearness(value: Any, wanted: Any) -> float:
    """Between 0, nothing alike, and 1, equal.

    >>> nearness("A.L", "A.L."), nearness(3, 5) > nearness(30, 5), nearness("3", 3)
    (0.8571428571428571, True, 0.0)
    """
    if isinstance(wanted, bool) or isinstance(value, bool):
        return float(type(value) is type(wanted) and value == wanted)
    if isinstance(wanted, int | float) and isinstance(value, int | float):
        return _number(value, wanted)
    if type(value) is not type(wanted):
        return 0.0
    if isinstance(wanted, str):
        return difflib.SequenceMatcher(None, value[:_LONGEST], wanted[:_LONGEST], autojunk=False).ratio()
    if isinstance(wanted, list | tuple):
        return _sequence(value[:_LONGEST], wanted[:_LONGEST])
    return float(value == wanted)


def _number(value: float, wanted: float) -> float:
    try:
        gap = abs(float(value) - float(wanted))
    except OverflowError:  # an integer beyond the floats
        return float(value == wanted)
    return 1 / (1 + gap) if math.isfinite(gap) else float(value == wanted)


def _sequence(value: Sequence[Any], wanted: Sequence[Any]) -> float:
    longest = max(len(value), len(wanted))
    return sum(nearness(a, b) for a, b in zip(value, wanted, strict=False)) / longest if longest else 1.0
