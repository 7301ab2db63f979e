"""How near training comes to what is held out: the nearest training neighbour by behaviour and by text.

Behaviour: the share of inputs of the common bank on which two programs of one signature give equal outputs; 1 is a
twin. Text: the token Jaccard of the statements. Not covered: leakage into a model from other sources.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.data.world.check import outputs
from unriddle.data.world.problem import WorldProblem
from unriddle.errors import BadInput

__all__ = ["Leakage", "leakage"]

_TOKENS = re.compile(r"\w+|[^\w\s]")
_ROWS = 256


@dataclass(frozen=True, slots=True)
class Leakage:
    """What was found.

    Attributes:
        behaviour: ``(p,)``, share of equal outputs of the nearest training problem; 0 where none has the signature.
        text: ``(p,)``, token Jaccard of the nearest statement.
        n_train: Training problems compared with.
        n_twins: Held-out problems with a training problem of the same behaviour.
        n_structures: Structures on both sides.
        n_statements: Held-out statements that training has word for word.
        nearest: For the five nearest pairs by behaviour: share, held-out id, training id.
    """

    behaviour: npt.NDArray[np.float64]
    text: npt.NDArray[np.float64]
    n_train: int
    n_twins: int
    n_structures: int
    n_statements: int
    nearest: tuple[tuple[float, str, str], ...]


def leakage(held_out: Sequence[WorldProblem], train: Sequence[WorldProblem]) -> Leakage:
    """The nearest training neighbours of held-out problems.

    Raises:
        BadInput: One of the sides is empty.
    """
    if not held_out or not train:
        raise BadInput(f"leakage: both sides need problems, got {len(held_out)} held out and {len(train)} for training")
    behaviour, where = _by_behaviour(held_out, train)
    order = np.argsort(-behaviour, kind="stable")[:5]
    statements = {problem.statement for problem in train}
    structures = {problem.structure for problem in train} & {problem.structure for problem in held_out}
    return Leakage(
        behaviour=behaviour,
        text=_by_text([p.statement for p in held_out], [p.statement for p in train]),
        n_train=len(train),
        n_twins=int((behaviour == 1.0).sum()),
        n_structures=len(structures),
        n_statements=sum(problem.statement in statements for problem in held_out),
        nearest=tuple([(float(behaviour[i]), held_out[i].id, train[where[i]].id) for i in order if where[i] >= 0]),
    )


def _by_behaviour(
    held_out: Sequence[WorldProblem], train: Sequence[WorldProblem]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Shares of equal outputs ``(p,)`` and the places of the nearest training problems, −1 where there is none."""
    numbers: dict[str, int] = {}
    best, where = np.zeros(len(held_out)), np.full(len(held_out), -1, dtype=np.int64)
    for types in {problem.types for problem in held_out}:
        out, known = ([i for i, p in enumerate(side) if p.types == types] for side in (held_out, train))
        if not known:
            continue
        table = np.array([_row(train[j], numbers) for j in known])
        for i in out:
            shares = (table == np.array(_row(held_out[i], numbers))).mean(axis=1)
            place = int(shares.argmax())
            best[i], where[i] = shares[place], known[place]
    return best, where


def _row(problem: WorldProblem, numbers: dict[str, int]) -> list[int]:
    """The outputs on the bank as numbers; equal outputs share one, and ``True`` is 1."""
    texts = [repr(int(value) if type(value) is bool else value) for value in outputs(problem)]
    return [numbers.setdefault(text, len(numbers)) for text in texts]


def _by_text(held_out: Sequence[str], train: Sequence[str]) -> npt.NDArray[np.float64]:
    """``(p,)``: the largest token Jaccard with a training statement."""
    words: dict[str, int] = {}
    bags = [[{words.setdefault(w, len(words)) for w in _TOKENS.findall(text.lower())} for text in side]
            for side in (held_out, train)]  # fmt: skip
    tables = []
    for side in bags:
        table = np.zeros((len(side), len(words)), dtype=np.float32)
        for row, bag in enumerate(side):
            table[row, list(bag)] = 1.0
        tables.append(table)
    sizes = tables[1].sum(axis=1)
    best = np.zeros(len(held_out))
    for start in range(0, len(held_out), _ROWS):
        rows = tables[0][start : start + _ROWS]
        both = rows @ tables[1].T
        best[start : start + _ROWS] = (both / (rows.sum(axis=1)[:, None] + sizes[None, :] - both)).max(axis=1)
    return best
