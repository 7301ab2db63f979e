"""Rational speech acts over programs and examples (card: Vaduguru 2024, arXiv 2311.05740).

A literal listener believes every program that is consistent with what was said. A pragmatic speaker prefers the
example that best singles out its program to that listener; a pragmatic listener asks which program would have made
that speaker say this. ``consistent[i, j]`` says that program i agrees with example j. Not covered: proposing programs
or examples; duplicates of one behaviour should be merged or weighted through ``prior`` first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.score.classes import counts, equal_rows
from unriddle.verdicts import Verdicts

__all__ = ["literal_listener", "most_informative", "pragmatic", "pragmatic_listener", "speaker"]

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]


def literal_listener(consistent: npt.ArrayLike, *, prior: npt.ArrayLike | None = None) -> _Floats:
    """``(n, m)`` belief in each program after hearing each example alone; a column nobody agrees with is all 0."""
    table, weights = _checked(consistent, prior)
    joint = table * weights[:, None]
    return joint / _nonzero(joint.sum(axis=0))


def speaker(consistent: npt.ArrayLike, *, prior: npt.ArrayLike | None = None, rationality: float = 1.0) -> _Floats:
    """``(n, m)`` chance that a speaker who means each program says each example.

    Args:
        consistent: ``(n, m)``.
        prior: ``(n,)`` weight of each program; even when ``None``.
        rationality: Exponent on the literal listener; 0 says any consistent example, large values only the best.

    Raises:
        BadShape: Shapes that do not fit.
        BadInput: A negative or not finite prior or rationality.
    """
    _check_rationality(rationality)
    heard = literal_listener(consistent, prior=prior)
    said = np.where(heard > 0, heard, 1.0) ** rationality * (heard > 0)
    return said / _nonzero(said.sum(axis=1))[:, None]


def pragmatic_listener(
    consistent: npt.ArrayLike,
    utterances: Sequence[int],
    *,
    prior: npt.ArrayLike | None = None,
    rationality: float = 1.0,
    incremental: bool = True,
) -> _Floats:
    """``(n,)`` belief in each program after the examples ``utterances`` were given, in this order.

    Args:
        consistent: ``(n, m)``; the columns are all the examples the speaker could have given.
        utterances: The columns that were given.
        prior: ``(n,)`` weight of each program; even when ``None``.
        rationality: Exponent of the speaker.
        incremental: The speaker of each turn reckons with a listener who has heard the turns before, and does not
            repeat itself; else each example is taken as if it were said alone.

    Returns:
        Sums to 1; all 0 where no program is consistent with every example.

    Raises:
        BadShape: Shapes that do not fit.
        BadInput: An utterance that is no column, or a negative prior or rationality.
    """
    table, weights = _checked(consistent, prior)
    _check_rationality(rationality)
    n, m = table.shape
    wrong = [u for u in utterances if not 0 <= u < m]
    if wrong:
        raise BadInput(f"pragmatic_listener: utterances must be columns 0..{m - 1}, got {shorten(wrong)}")
    if incremental:
        log_belief = _turn_by_turn(table, weights, list(dict.fromkeys(utterances)), rationality)
    else:
        said = speaker(table, prior=weights, rationality=rationality)[:, list(utterances)]
        log_belief = np.log(np.where(said > 0, said, 1.0)).sum(axis=1)
        log_belief[(said <= 0).any(axis=1) | (weights <= 0)] = -np.inf
    log_belief += np.log(_nonzero(weights))
    top = log_belief.max(initial=-np.inf)
    if top == -np.inf:
        return np.zeros(n)
    belief = np.exp(log_belief - top)
    return np.asarray(belief / belief.sum(), dtype=np.float64)


def _turn_by_turn(table: _Bools, weights: _Floats, turns: list[int], rationality: float) -> _Floats:
    """``(n,)`` sum over the turns of the log-chance of what was said; −inf for programs that a turn contradicts.

    The speaker's own weight cancels when its row is normalised, so at each turn only the listener's totals matter: the
    weight of the programs not yet contradicted, by example. They change only at turns that contradict somebody.
    """
    total = np.full(len(weights), -np.inf)
    said = table[:, turns]
    turn_of = np.where(said.all(axis=1), len(turns), np.argmin(said, axis=1)) if turns else np.zeros(len(table), int)
    alive = np.flatnonzero((turn_of == len(turns)) & (weights > 0))
    if not len(alive) or not turns:
        total[alive] = 0.0
        return total
    order = np.argsort(turn_of, kind="stable")
    ends, starts = np.unique(turn_of[order], return_index=True)
    added = np.add.reduceat(table[order] * weights[order, None], starts, axis=0)
    mass = np.cumsum(added[::-1], axis=0)[::-1]
    heard = np.where(mass > 0, 1.0 / _nonzero(mass) ** rationality, 0.0)
    stage = np.searchsorted(ends, np.arange(len(turns)))
    classes = equal_rows(table[alive])
    choices = table[alive[classes.first]].astype(np.float64) @ heard.T
    of_turn = heard[:, turns]
    own = of_turn[stage, np.arange(len(turns))]
    gone = (np.cumsum(of_turn, axis=1) - of_turn)[stage, np.arange(len(turns))]
    left = np.maximum(choices[:, stage] - gone, own)
    total[alive] = (np.log(own) - np.log(left)).sum(axis=1)[classes.of_row]
    return total


def most_informative(
    consistent: npt.ArrayLike, target: int, *, given: Sequence[int] = (), prior: npt.ArrayLike | None = None
) -> int:
    """The column that a speaker who means program ``target`` says next; −1 when none is left.

    It is the example consistent with the target that the fewest programs (by weight) share, among those still
    consistent with ``given``; the first of several.

    Raises:
        BadShape: Shapes that do not fit.
        BadInput: ``target`` is no row.
    """
    table, weights = _checked(consistent, prior)
    if not 0 <= target < len(table):
        raise BadInput(f"most_informative: target must be a row 0..{len(table) - 1}, got {target}")
    alive = table[:, list(given)].all(axis=1)
    mass = (weights * alive) @ table.astype(np.float64)
    allowed = table[target].copy()
    allowed[list(given)] = False
    return int(np.argmin(np.where(allowed, mass, np.inf))) if allowed.any() else -1


def pragmatic(
    verdicts: Verdicts,
    *,
    given: Sequence[int] | None = None,
    rationality: float = 1.0,
    incremental: bool = True,
    program_counts: npt.ArrayLike | None = None,
) -> _Floats:
    """The log-belief of a pragmatic listener in each candidate, with tests as the examples.

    A masked cell contradicts nothing. The prior is ``verdicts.prior`` where every candidate has one, else even.

    Args:
        verdicts: ``(n, m)``; columns that were not given are examples the speaker could have given instead.
        given: The columns that were given, in order; all of them when ``None``.
        rationality: Exponent of the speaker.
        incremental: See ``pragmatic_listener``.
        program_counts: ``(n,)`` multiplicities, which weigh the prior.

    Returns:
        ``(n,)``; −inf for candidates that contradict a given example or about which nothing is known.

    Raises:
        BadInput: A given column that does not exist.
        BadShape: Counts that do not fit the matrix.
    """
    n, m = verdicts.shape
    known = verdicts.known
    weights = counts(program_counts, n, name="pragmatic: program_counts") * known.any(axis=1)
    if np.isfinite(verdicts.prior).all() and n:
        weights = weights * np.exp(np.maximum(verdicts.prior - verdicts.prior.max(), -600.0))
    shown = range(m) if given is None else given
    belief = pragmatic_listener(
        verdicts.passed | ~known, list(shown), prior=weights, rationality=rationality, incremental=incremental
    )
    return np.where(belief > 0, np.log(_nonzero(belief)), -np.inf)


def _checked(consistent: npt.ArrayLike, prior: npt.ArrayLike | None) -> tuple[_Bools, _Floats]:
    table = np.asarray(consistent)
    if table.ndim != 2:
        raise BadShape(f"pragmatic: consistent must have shape (n, m), got {table.shape}")
    weights = np.ones(len(table)) if prior is None else np.asarray(prior, dtype=np.float64)
    if weights.shape != table.shape[:1]:
        raise BadShape(f"pragmatic: prior must have shape ({len(table)},), got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise BadInput(f"pragmatic: prior must be finite and not negative, got {shorten(weights.tolist())}")
    return table.astype(np.bool_), weights


def _check_rationality(rationality: float) -> None:
    if not 0 <= rationality < np.inf:
        raise BadInput(f"pragmatic: rationality must be a number of at least 0, got {rationality}")


def _nonzero(array: _Floats) -> _Floats:
    """The array with 1 where it is 0 or, by rounding, a trifle below."""
    return np.where(array > 1e-300, array, 1.0)
