"""Fitting what the repairer of broken programs knows, on pairs of a broken and the right program.

The weights make the right repair likely among all repairs that compile (a conditional logit with a quadratic penalty).
Not covered: mistakes whose right repair is not among those tried; they are left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.language.syntax_error import normal_form, syntax_problem
from unriddle.propose.syntax_model import SyntaxModel
from unriddle.propose.syntax_region import Region
from unriddle.propose.syntax_repair import candidates
from unriddle.propose.token_model import TokenModel

__all__ = ["Fitted", "fit_syntax_model"]

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model and what it was fitted on.

    Attributes:
        model: The model.
        n_pairs: Pairs given.
        n_reached: Pairs whose right repair was among those tried; only these count.
    """

    model: SyntaxModel
    n_pairs: int
    n_reached: int


def fit_syntax_model(
    pairs: Iterable[tuple[str, str]],
    tokens: TokenModel,
    *,
    penalty: float = 0.02,
    n_steps: int = 150,
    least: int = 3,
    say: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """The model whose weights make the right programs likely.

    Args:
        pairs: Broken program, right program.
        tokens: How likely code is; best fitted on other programs.
        penalty: Weight of the squared weights, per pair.
        n_steps: Steps of gradient descent.
        least: Features seen on fewer repairs get no weight.
        say: Takes progress messages.

    Raises:
        BadInput: No pair's right repair was reached.
    """
    unfitted = SyntaxModel(tokens)
    groups: list[tuple[list[dict[str, float]], list[bool]]] = []
    n = 0
    for n, (broken, right) in enumerate(pairs, 1):
        found = _group(broken, right, unfitted)
        if found is not None:
            groups.append(found)
        if n % 50 == 0:
            say(f"{n} broken programs read, the right repair of {len(groups)} is among those tried")
    if not groups:
        raise BadInput(f"fit_syntax_model: the right repair was reached for none of {n} pairs; give more of them")
    weights = _descend(groups, penalty=penalty, n_steps=n_steps, least=least)
    return Fitted(SyntaxModel(tokens, weights), n, len(groups))


def _group(broken: str, right: str, model: SyntaxModel) -> tuple[list[dict[str, float]], list[bool]] | None:
    """Features of every repair of one program, and which are right; ``None`` when all or none are."""
    problem = syntax_problem(broken)
    wanted = normal_form(right)
    if problem is None or not problem.readable:
        return None
    ways = candidates(Region(broken, problem), model=model)
    good = [normal_form(way.source) == wanted for way in ways]
    if not any(good):
        return None
    return [way.features for way in ways], good


def _descend(
    groups: Sequence[tuple[list[dict[str, float]], list[bool]]], *, penalty: float, n_steps: int, least: int
) -> Mapping[str, float]:
    """Weights that maximise the mean log-share of right repairs, less the penalty; Adam on all pairs at once."""
    seen = Counter(name for rows, _ in groups for row in rows for name in row)
    names = [name for name, times in sorted(seen.items()) if times >= least]
    place = {name: k for k, name in enumerate(names)}
    table = np.zeros((sum(len(rows) for rows, _ in groups), len(names)), np.float32)
    starts, good, at = [], np.zeros(len(table), bool), 0
    for rows, right in groups:
        starts.append(at)
        for row, is_right in zip(rows, right, strict=True):
            for name, value in row.items():
                if name in place:
                    table[at, place[name]] = value
            good[at] = is_right
            at += 1
    begin = np.array(starts)
    size = np.diff([*starts, at])
    weights: _Floats = np.zeros(len(names), np.float32)
    m: npt.NDArray[Any] = np.zeros_like(weights)
    v: npt.NDArray[Any] = np.zeros_like(weights)
    for step in range(1, n_steps + 1):
        share, mine = _shares(table @ weights, begin, size, good)
        slope = table.T @ (mine - share) / len(groups) - penalty * weights
        m, v = 0.9 * m + 0.1 * slope, 0.99 * v + 0.01 * slope**2
        rise = (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-8)
        weights += 0.1 * rise.astype(np.float32)
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True) if abs(w) >= 5e-4}


def _shares(
    scores: _Floats, begin: npt.NDArray[np.int64], size: npt.NDArray[np.int64], good: npt.NDArray[np.bool_]
) -> tuple[_Floats, _Floats]:
    """The belief in each repair among all of its program, and among the right ones of its program."""
    top = np.repeat(np.maximum.reduceat(scores, begin), size)
    weight = np.exp(scores - top)
    rightly = np.where(good, weight, 0.0) + np.where(good, 1e-30, 0.0)
    share = weight / np.repeat(np.add.reduceat(weight, begin), size)
    mine = rightly / np.repeat(np.add.reduceat(rightly, begin), size)
    return share.astype(np.float32), mine.astype(np.float32)
