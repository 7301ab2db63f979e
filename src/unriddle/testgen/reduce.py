"""Fewer tests that still meet every requirement: branches they take, mutants they kill, wrong programs they kill.

``met`` is a boolean matrix ``(m, r)``: test ``j`` meets requirement ``i``. The greedy cover is the classical one, at
most ``ln r + 1`` times as large as the smallest; the exact one solves the integer program with HiGHS. Not covered:
tests that cost differently.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, MissingExtra

__all__ = ["exact_cover", "greedy_cover", "redundant"]

_Bools = npt.NDArray[np.bool_]


def greedy_cover(met: npt.ArrayLike, *, keep: Sequence[int] = (), prefer: npt.ArrayLike | None = None) -> list[int]:
    """Tests that together meet every requirement any test meets, in the order they were taken.

    At each step the test that meets the most open requirements is taken; a test that all later ones make superfluous
    is given back at the end, unless it is kept.

    Args:
        met: ``(m, r)`` booleans.
        keep: Tests that stay whatever they meet; they come first.
        prefer: ``(m,)`` numbers, such as sizes of inputs: among equals the smallest is taken, then the first.

    Raises:
        BadShape: ``met`` is not a matrix, or ``prefer`` does not fit it.
        BadInput: A kept test does not exist.

    >>> greedy_cover([[1, 1, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1]])
    [3]
    """
    table = _matrix(met)
    m = len(table)
    order = np.zeros(m) if prefer is None else np.asarray(prefer, dtype=np.float64)
    if order.shape != (m,):
        raise BadShape(f"greedy_cover: prefer must have shape (m,) = ({m},), got {order.shape}")
    if any(not 0 <= j < m for j in keep):
        raise BadInput(f"greedy_cover: kept tests must be numbers from 0 to {m - 1}, got {list(keep)}")
    taken = list(dict.fromkeys(keep))
    todo = table.any(axis=0) & ~table[taken].any(axis=0)
    while todo.any():
        gains = table[:, todo].sum(axis=1)
        best = np.flatnonzero(gains == gains.max())
        taken.append(int(best[np.argmin(order[best])]))
        todo &= ~table[taken[-1]]
    return _without_superfluous(table, taken, set(keep))


def _without_superfluous(table: _Bools, taken: list[int], keep: set[int]) -> list[int]:
    times = table[taken].sum(axis=0)
    left = list(taken)
    for j in taken:
        if j not in keep and (times[table[j]] > 1).all():
            times -= table[j]
            left.remove(j)
    return left


def exact_cover(met: npt.ArrayLike, *, keep: Sequence[int] = (), seconds: float = 10.0) -> list[int]:
    """A smallest set of tests that together meet every requirement any test meets, in ascending order.

    Where the time is up before it is proved smallest, the best one found, never larger than the greedy one.

    Args:
        met: ``(m, r)`` booleans.
        keep: Tests that stay whatever they meet.
        seconds: Most wall seconds for the solver.

    Raises:
        BadShape: ``met`` is not a matrix.
        BadInput: A kept test does not exist, or ``seconds`` is not positive.
        MissingExtra: scipy is not installed.
    """
    if not seconds > 0:
        raise BadInput(f"exact_cover: seconds must be more than 0, got {seconds}")
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp
    except ImportError as error:
        raise MissingExtra("exact_cover", "unriddle[fit]") from error
    greedy = greedy_cover(met, keep=keep)
    table = _matrix(met)
    needed = table.any(axis=0) & ~table[list(keep)].any(axis=0)
    columns = np.unique(table[:, needed], axis=1)
    if not columns.size:
        return sorted(greedy)
    low = np.zeros(len(table))
    low[list(keep)] = 1
    answer = milp(
        np.ones(len(table)),
        constraints=LinearConstraint(columns.T.astype(float), lb=1),
        integrality=np.ones(len(table)),
        bounds=Bounds(low, 1),
        options={"time_limit": seconds},
    )
    found = greedy if answer.x is None else [int(j) for j in np.flatnonzero(answer.x > 0.5)]
    complete = bool(np.any(table[found], axis=0)[needed].all())
    return sorted(found if complete and len(found) < len(greedy) else greedy)


def redundant(met: npt.ArrayLike) -> list[int]:
    """Tests without which the others still meet all requirements, each by itself; in ascending order."""
    table = _matrix(met)
    times = table.sum(axis=0)
    return [j for j, row in enumerate(table) if (times[row] > 1).all()]


def _matrix(met: npt.ArrayLike) -> _Bools:
    table = np.asarray(met, dtype=np.bool_)
    if table.ndim != 2:
        raise BadShape(f"cover: met must have shape (tests, requirements), got {table.shape}")
    return table
