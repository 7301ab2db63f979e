"""How near training comes to what is held out: the nearest training neighbour by behaviour and by text.

Behaviour: the share of inputs of the common bank on which two programs of one signature give equal outputs; 1 is a
twin. Text: the token Jaccard of the statements. The split knows a behaviour by its arguments in their order; problems
that are equal once the arguments change places are counted apart. Not covered: leakage into a model from other sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.data.world.check import outputs
from unriddle.data.world.kinds import bank
from unriddle.data.world.problem import WorldProblem
from unriddle.data.world.run import call, functions
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
        n_reordered: Held-out problems whose behaviour a training problem has with its arguments in another order.
        n_structures: Structures on both sides.
        n_statements: Held-out statements that training has word for word.
        nearest: For the five nearest pairs by behaviour: share, held-out id, training id.
    """

    behaviour: npt.NDArray[np.float64]
    text: npt.NDArray[np.float64]
    n_train: int
    n_twins: int
    n_reordered: int
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
    numbers: dict[str, int] = {}
    groups: dict[tuple[str, ...], list[tuple[int, WorldProblem]]] = {}
    for j, problem in enumerate(train):
        groups.setdefault(problem.types, []).append((j, problem))
    known = {types: _Known.of(group, numbers) for types, group in groups.items()}
    behaviour, where = _by_behaviour(held_out, known, numbers)
    order = np.argsort(-behaviour, kind="stable")[:5]
    statements = {problem.statement for problem in train}
    structures = {problem.structure for problem in train} & {problem.structure for problem in held_out}
    return Leakage(
        behaviour=behaviour,
        text=_by_text([p.statement for p in held_out], [p.statement for p in train]),
        n_train=len(train),
        n_twins=int((behaviour == 1.0).sum()),
        n_reordered=sum(_reordered(problem, known, numbers) for problem in held_out),
        n_structures=len(structures),
        n_statements=sum(problem.statement in statements for problem in held_out),
        nearest=tuple([(float(behaviour[i]), held_out[i].id, train[where[i]].id) for i in order if where[i] >= 0]),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The training problems of one signature: their places, and their outputs on the bank as numbers."""

    places: list[int]
    table: npt.NDArray[np.int64]
    rows: frozenset[bytes]

    @classmethod
    def of(cls, problems: Sequence[tuple[int, WorldProblem]], numbers: dict[str, int]) -> _Known:
        table = np.array([_row(outputs(problem), numbers) for _, problem in problems])
        return cls([j for j, _ in problems], table, frozenset(row.tobytes() for row in table))


def _by_behaviour(
    held_out: Sequence[WorldProblem], known: dict[tuple[str, ...], _Known], numbers: dict[str, int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Shares of equal outputs ``(p,)`` and the places of the nearest training problems, −1 where there is none."""
    best, where = np.zeros(len(held_out)), np.full(len(held_out), -1, dtype=np.int64)
    for i, problem in enumerate(held_out):
        if problem.types in known:
            near = known[problem.types]
            shares = (near.table == _row(outputs(problem), numbers)).mean(axis=1)
            place = int(shares.argmax())
            best[i], where[i] = shares[place], near.places[place]
    return best, where


def _reordered(problem: WorldProblem, known: dict[tuple[str, ...], _Known], numbers: dict[str, int]) -> bool:
    """Whether a training problem does the same once the arguments change places."""
    n = len(problem.types)
    for order in list(permutations(range(n)))[1:]:
        types = tuple([problem.types[i] for i in order])
        if types in known:
            function = functions([problem.body], entry=problem.entry, params=[name for name, _ in problem.params])[0]
            rows = [tuple([args[order.index(i)] for i in range(n)]) for args in bank(types)]
            if _row((call(function, args) for args in rows), numbers).tobytes() in known[types].rows:
                return True
    return False


def _row(values: Iterable[Any], numbers: dict[str, int]) -> npt.NDArray[np.int64]:
    """Outputs as numbers; equal outputs share one, and ``True`` is 1."""
    texts = [repr(int(value) if type(value) is bool else value) for value in values]
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


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
