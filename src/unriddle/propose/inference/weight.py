"""Weights on a logarithmic scale that are written like numbers, so that one text of an algorithm serves both scales.

The sampling runners compute with ``LogWeight``, the exact checks with ``fractions.Fraction``: products, sums, quotients
and comparisons read the same. Not covered: negative weights, subtraction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from unriddle.errors import BadInput, shorten

__all__ = ["LogWeight", "Weight", "log_weight", "share"]


@dataclass(frozen=True, slots=True)
class LogWeight:
    """A weight that is not negative, as its natural logarithm; −∞ is the weight 0.

    >>> round(float(LogWeight(math.log(2)) * 3 + LogWeight(math.log(1))), 9)
    7.0
    """

    log: float

    def __mul__(self, other: LogWeight | float) -> LogWeight:
        return LogWeight(self.log + log_weight(other).log)

    __rmul__ = __mul__

    def __truediv__(self, other: LogWeight | float) -> LogWeight:
        return LogWeight(self.log - log_weight(other).log)

    def __add__(self, other: LogWeight | float) -> LogWeight:
        a, b = self.log, log_weight(other).log
        high, low = (a, b) if a >= b else (b, a)
        return self if low == high == -math.inf else LogWeight(high + math.log1p(math.exp(low - high)))

    __radd__ = __add__

    def __lt__(self, other: LogWeight) -> bool:
        return self.log < other.log

    def __bool__(self) -> bool:
        return self.log > -math.inf

    def __float__(self) -> float:
        return math.exp(self.log) if self.log < 709 else math.inf


Weight = Any
"""What algorithms compute with: ``LogWeight`` when they draw, ``Fraction`` when they are checked; never both."""


def log_weight(number: object) -> LogWeight:
    """The number on the logarithmic scale; a ``LogWeight`` as it is.

    Raises:
        BadInput: It is no finite number of at least 0.
    """
    if isinstance(number, LogWeight):
        return number
    if type(number) is float and 0 < number < math.inf:  # the usual case; asking for fractions is slow
        return LogWeight(math.log(number))
    if not isinstance(number, int | float | Fraction) or not 0 <= number < math.inf:
        raise BadInput(f"weight: expected a finite number that is not negative, got {shorten(number)}")
    if isinstance(number, Fraction):
        return LogWeight(math.log(number.numerator) - math.log(number.denominator) if number else -math.inf)
    return LogWeight(math.log(number) if number else -math.inf)


def share(part: Weight, whole: Weight) -> float | Fraction:
    """The part of the whole as a plain number: a float for logarithms, a fraction for fractions; ``whole`` is not 0."""
    quotient = part / whole
    return quotient if isinstance(quotient, Fraction) else float(quotient)
