"""Which input divides the candidates most, and a smaller input that divides them as well.

An *answer* is what a candidate does on an input: the number of the value it returns, or how it ended. Dividing is
measured three ways: entropy of the answers (bits learnt), expected weight that remains, and the most candidates that
can remain. Not covered: making inputs (``unriddle.testgen.inputs``) and asking anybody (``unriddle.choose``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.language.values import encode, key
from unriddle.verdicts import Verdicts

__all__ = [
    "OPAQUE",
    "UNKNOWN",
    "Divisions",
    "cell_answers",
    "divisions",
    "most_dividing",
    "shrink_input",
    "size",
    "smaller",
]

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]

UNKNOWN = -1
"""The answer of a cell that tells nothing; other endings without a value are ``-2 - status``."""

OPAQUE = -50
"""The answer of a cell whose value equals nothing, an object of the candidate's own class: no plain value is right."""

Measure = Literal["entropy", "expected", "worst"]


def cell_answers(verdicts: Verdicts) -> _Ints:
    """``(n, m)`` answers: the value's number, or OPAQUE, UNKNOWN, or ``-2 - status`` where it ended otherwise.

    Values that equal nothing cannot be told from each other, only from plain ones.
    """
    ended = -2 - verdicts.status.astype(np.int64)
    answers = np.where(verdicts.value >= 0, verdicts.value, ended)
    opaque = [number for number, data in enumerate(verdicts.values) if key(data) is None]
    answers[np.isin(verdicts.value, opaque)] = OPAQUE
    silent = ~verdicts.known | (verdicts.passed & (verdicts.value < 0))
    return np.asarray(np.where(silent, UNKNOWN, answers), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Divisions:
    """How each input divides the candidates.

    Attributes:
        entropy: ``(m,)`` bits that the answer is expected to tell.
        expected: ``(m,)`` share of the weight that is expected to remain.
        worst: ``(m,)`` candidates that remain after the least lucky answer.
        n_answers: ``(m,)`` distinct known answers.
    """

    entropy: _Floats
    expected: _Floats
    worst: _Ints
    n_answers: _Ints


def divisions(answers: npt.ArrayLike, *, weight: npt.ArrayLike | None = None) -> Divisions:
    """How the answers ``(n, m)`` of each input divide the candidates that have weight.

    A candidate whose answer is UNKNOWN remains whatever the answer is.

    Args:
        answers: ``(n, m)``, see ``cell_answers``.
        weight: ``(n,)``, at least 0; equal when ``None``. Candidates of weight 0 do not count.

    Raises:
        BadShape: The weights do not fit the answers.
        BadInput: A weight is negative or NaN.

    >>> divisions([[0, 0], [0, 1], [1, 2], [1, 3]]).worst.tolist()
    [2, 1]
    """
    table = np.asarray(answers, dtype=np.int64)
    if table.ndim != 2:
        raise BadShape(f"divisions: answers must have shape (n, m), got {table.shape}")
    w = np.ones(len(table)) if weight is None else np.asarray(weight, dtype=np.float64)
    if w.shape != table.shape[:1]:
        raise BadShape(f"divisions: weight must have shape (n,) = {table.shape[:1]}, got {w.shape}")
    if not (w >= 0).all():
        raise BadInput("divisions: every weight must be a number and at least 0")
    table, w = table[w > 0], w[w > 0]
    w = w / w.sum() if len(w) else w
    columns = [_divide(table[:, j], w) for j in range(table.shape[1])]
    entropy, expected, worst, n_answers = (list(x) for x in zip(*columns, strict=True)) if columns else ([], [], [], [])
    return Divisions(
        np.array(entropy, np.float64),
        np.array(expected, np.float64),
        np.array(worst, np.int64),
        np.array(n_answers, np.int64),
    )


def _divide(column: _Ints, w: _Floats) -> tuple[float, float, int, int]:
    known = column != UNKNOWN
    if not known.any():
        return 0.0, 1.0, len(column), 0
    blind = float(w[~known].sum())
    _, place = np.unique(column[known], return_inverse=True)
    mass = np.bincount(place, weights=w[known])
    share = mass / mass.sum()
    n_blind = int((~known).sum())
    entropy = float(-(share * np.log2(share)).sum()) * (1 - blind)
    worst = int(np.bincount(place).max()) + n_blind
    return max(0.0, entropy), float((share * mass).sum()) + blind, worst, len(mass)


def most_dividing(
    verdicts: Verdicts, *, weight: npt.ArrayLike | None = None, measure: Measure = "entropy"
) -> list[int]:
    """The columns, the one that divides the candidates most first; ties in column order.

    Args:
        verdicts: ``(n, m)``.
        weight: ``(n,)``; equal when ``None``.
        measure: ``entropy``, ``expected`` or ``worst``, see ``Divisions``.

    Raises:
        BadShape: The weights do not fit the matrix.
        BadInput: A weight is negative or NaN, or there is no such measure.
    """
    if measure not in ("entropy", "expected", "worst"):
        raise BadInput(f"most_dividing: measure must be entropy, expected or worst, got {shorten(measure)}")
    found = divisions(cell_answers(verdicts), weight=weight)
    values = {"entropy": -found.entropy, "expected": found.expected, "worst": found.worst}[measure]
    return [int(j) for j in np.argsort(np.round(values, 12), kind="stable")]


def shrink_input(
    args: tuple[Any, ...],
    *,
    divides: Callable[[list[tuple[Any, ...]]], list[bool]],
    max_rounds: int = 8,
    max_tried: int = 60,
) -> tuple[Any, ...]:
    """A smaller input that still divides the candidates, found greedily; the input itself when there is none.

    Args:
        args: The input.
        divides: Says of each of several inputs whether it divides well enough.
        max_rounds: Times that ``divides`` is asked.
        max_tried: Inputs in one question to ``divides``, smallest first.
    """
    for _ in range(max_rounds):
        tried = sorted(_distinct(_smaller_args(args), size(args)), key=size)[:max_tried]
        good = next((t for t, ok in zip(tried, divides(tried), strict=True) if ok), None) if tried else None
        if good is None:
            return args
        args = good
    return args


def size(value: Any) -> tuple[int, str]:
    """How large a value is to look at: the length of its text, then the text."""
    text = shorten(value, 10_000)
    return len(text), text


def _distinct(made: Iterator[tuple[Any, ...]], below: tuple[int, str]) -> list[tuple[Any, ...]]:
    found: dict[bytes, tuple[Any, ...]] = {}
    for args in made:
        if size(args) < below:
            found.setdefault(encode(args), args)
    return list(found.values())


def _smaller_args(args: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for i, value in enumerate(args):
        for less in smaller(value):
            yield (*args[:i], less, *args[i + 1 :])


def smaller(value: Any) -> Iterator[Any]:
    """Simpler values of the same type: nothing, halves, one item less, one item simpler; tuples keep their length.

    >>> list(smaller(6))
    [0, 3, 5]
    """
    if isinstance(value, bool):
        if value:
            yield False
    elif isinstance(value, (int, float)):
        yield from _nearer(value)
    elif isinstance(value, (str, bytes)):
        yield from _shorter(value)
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from ((*value[:i], less, *value[i + 1 :]) for less in smaller(item))
    elif isinstance(value, (list, deque)):
        yield from (type(value)(less) for less in _shorter(list(value)))
        for i, item in enumerate(value):
            yield from (type(value)([*list(value)[:i], less, *list(value)[i + 1 :]]) for less in smaller(item))
    elif isinstance(value, (set, frozenset)):
        items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
        yield from (type(value)(less) for less in _shorter(items))
    elif isinstance(value, dict):
        yield from (dict(less) for less in _shorter(list(value.items())))
        for k, item in value.items():
            yield from ({**value, k: less} for less in smaller(item))


def _nearer(value: float) -> Iterator[Any]:
    """Numbers of the same type nearer to nothing, or with fewer digits."""
    if abs(value) >= 2**53 or value != value:
        yield from (type(value)(0), type(value)(1))
    elif isinstance(value, int):
        step = (value > 0) - (value < 0)
        yield from dict.fromkeys(v for v in (0, int(value / 2), value - step) if v != value)
    else:
        yield from dict.fromkeys(v for v in (0.0, float(round(value)), round(value, 1)) if v != value)


def _shorter(items: Any) -> Iterator[Any]:
    n = len(items)
    if n:
        yield items[:0]
    if n > 3:
        yield items[: n // 2]
        yield items[n // 2 :]
    if n > 1:
        yield from (items[:i] + items[i + 1 :] for i in range(n))
