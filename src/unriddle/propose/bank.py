"""The bank: every expression found so far, in columns of codes, and the next level of them.

An expression is a number within its type until somebody asks for it. Two expressions of a type with equal values on
all examples are the same here (observational equivalence); the first one found stays.
Not covered: forgetting expressions; the caller bounds how many are tried.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unriddle.propose.columns import Batch, Block, combinations, without_failures
from unriddle.propose.expression import Expression, Operator, built
from unriddle.propose.values import Codec, Codes, RowSet

__all__ = ["Bank", "Found"]

_FIRST_CHUNK = 1 << 14
_MAX_TWINS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """New expressions: those of one type with numbers from ``start`` up to ``stop``."""

    type: str
    start: int
    stop: int


@dataclass(slots=True)
class _Shelf:
    """The expressions of one type.

    Attributes:
        codec: What their codes mean.
        seen: Their columns.
        blocks: By cost.
        n: How many there are.
        parts: In order: codes, number of the operator (−1 − i for leaf i) and numbers of the arguments.
        starts: Number of each part's first expression.
    """

    codec: Codec
    seen: RowSet
    blocks: dict[int, list[Block]] = field(default_factory=dict)
    n: int = 0
    parts: list[tuple[Codes, int, npt.NDArray[np.intp]]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    joined: Codes | None = None


class Bank:
    """Expressions by type and cost.

    Args:
        operators: How to build expressions from others.
        leaves: Inputs and literals; each says its type and its column ``(m,)``.
        codecs: Codec of every type; types whose values mix (a literal's and an expression's) share one.
        n_rows: Number of examples.
        fold: Whether operators are applied to literals alone.
        seed: Of the hash function that tells columns apart.
        goal: A type and a column ``(m,)``; expressions that have it are kept in ``twins``, also those that are the same
            here and may differ elsewhere.
    """

    def __init__(
        self,
        operators: Sequence[Operator],
        leaves: Sequence[Expression],
        codecs: Mapping[str, Codec],
        *,
        n_rows: int,
        fold: bool = True,
        seed: int = 0,
        goal: tuple[str, Sequence[object]] | None = None,
    ) -> None:
        self.operators, self.leaves, self.n_rows = list(operators), list(leaves), n_rows
        self._fold = fold
        self.n_tried = 0
        self._shelves = {
            name: _Shelf(codec, RowSet(n_rows, rng=np.random.default_rng(seed))) for name, codec in codecs.items()
        }
        self._made: dict[tuple[str, int], Expression] = {}
        self.twins: list[Expression] = []
        self._goal = None if goal is None else (goal[0], codecs[goal[0]].encode(list(goal[1])))

    def count(self, type_name: str) -> int:
        """How many expressions of a type there are."""
        shelf = self._shelves.get(type_name)
        return shelf.n if shelf else 0

    @property
    def n(self) -> int:
        """How many expressions there are."""
        return sum(shelf.n for shelf in self._shelves.values())

    @property
    def size(self) -> int:
        """Characters and numbers kept for the values seen, by the codecs."""
        return sum(codec.size for codec in {id(s.codec): s.codec for s in self._shelves.values()}.values())

    def reach(self, cost: int) -> int:
        """The largest cost of an expression built from ones of this cost at most."""
        return max((op.cost + cost * len(op.takes) for op in self.operators), default=cost)

    def codec(self, type_name: str) -> Codec:
        """What the codes of a type mean."""
        return self._shelves[type_name].codec

    def codes(self, type_name: str) -> Codes:
        """``(m, n)``: the columns of all expressions of a type."""
        shelf = self._shelves[type_name]
        if shelf.joined is None or shelf.joined.shape[1] != shelf.n:
            empty = np.empty((self.n_rows, 0), dtype=np.int64)
            shelf.joined = np.concatenate([empty, *(part for part, _, _ in shelf.parts)], axis=1)
        return shelf.joined

    def costs(self, type_name: str) -> npt.NDArray[np.int64]:
        """``(n,)``: the cost of every expression of a type, in their order."""
        shelf = self._shelves[type_name]
        costs = np.zeros(shelf.n, dtype=np.int64)
        for cost, blocks in shelf.blocks.items():
            for block in blocks:
                costs[block.start : block.start + block.codes.shape[1]] = cost
        return costs

    def level(
        self, cost: int, *, max_tried: int, stop: Callable[[], bool] = lambda: False, chunk: int = _FIRST_CHUNK
    ) -> Iterator[Found]:
        """Make the expressions of a cost, in batches; all cheaper ones must have been made.

        Args:
            cost: Which level.
            max_tried: Stop once this many have been tried since the bank was made.
            stop: Asked after every batch.
            chunk: Size of a batch.
        """
        for i, leaf in enumerate(self.leaves):
            if leaf.cost == cost and leaf.type in self._shelves:
                self.n_tried += 1
                codes = np.array([self._shelves[leaf.type].codec.encode([v])[0] for v in leaf.column], dtype=np.int64)
                batch = Batch(codes[:, None], np.empty((0, 1), dtype=np.intp), np.array([leaf.constant]))
                yield from self._enter(leaf.type, cost, -1 - i, batch)
        for number, operator in enumerate(self.operators):
            for blocks in self._arguments(operator, cost - operator.cost):
                for batch in combinations(operator, blocks, self._shelves[operator.gives].codec, chunk=chunk):
                    self.n_tried += batch.codes.shape[1]
                    yield from self._enter(operator.gives, cost, number, self._sensible(operator, batch))
                    if self.n_tried >= max_tried or stop():
                        return
        self._merge(cost)

    def _sensible(self, operator: Operator, batch: Batch) -> Batch:
        if self._shelves[operator.gives].codec.fails:
            batch = without_failures(batch)
        if self._fold and not (operator.idle and len(batch.args) == 2):
            return batch
        keep = np.ones(batch.codes.shape[1], dtype=bool) if self._fold else ~batch.literal
        if operator.idle and len(batch.args) == 2:
            keep &= batch.args[0] != batch.args[1]
        return Batch(batch.codes[:, keep], batch.args[:, keep], batch.literal[keep])

    def _enter(self, type_name: str, cost: int, number: int, batch: Batch) -> Iterator[Found]:
        shelf = self._shelves[type_name]
        if self._goal is not None and self._goal[0] == type_name and len(self.twins) < _MAX_TWINS:
            self._note_twins(type_name, number, batch, self._goal[1])
        new = shelf.seen.add(batch.codes) if batch.codes.shape[1] else np.empty(0, dtype=np.intp)
        if not len(new):
            return
        start, codes = shelf.n, np.ascontiguousarray(batch.codes[:, new])
        shelf.parts.append((codes, number, batch.args[:, new]))
        shelf.starts.append(start)
        shelf.n += len(new)
        shelf.blocks.setdefault(cost, []).append(Block(codes, start, batch.literal[new], shelf.codec))
        yield Found(type_name, start, shelf.n)

    def _note_twins(self, type_name: str, number: int, batch: Batch, wanted: Codes) -> None:
        equal = np.flatnonzero((batch.codes == wanted[:, None]).all(axis=0))
        for place in equal[: _MAX_TWINS - len(self.twins)].tolist():
            if number < 0:
                self.twins.append(self.leaves[-1 - number])
                continue
            operator, column = self.operators[number], self._shelves[type_name].codec.decode(wanted)
            inner = [
                self.expression(kind, int(n)) for kind, n in zip(operator.takes, batch.args[:, place], strict=True)
            ]
            self.twins.append(built(operator, inner, column))

    def _merge(self, cost: int) -> None:
        for shelf in self._shelves.values():
            blocks = shelf.blocks.get(cost, [])
            if len(blocks) > 1:
                codes = np.concatenate([block.codes for block in blocks], axis=1)
                literal = np.concatenate([block.literal for block in blocks])
                shelf.blocks[cost] = [Block(codes, blocks[0].start, literal, shelf.codec)]

    def _arguments(self, operator: Operator, cost: int) -> Iterator[list[Block]]:
        """Blocks of arguments whose costs add up to ``cost``."""
        shelves = [self._shelves[kind] for kind in operator.takes if kind in self._shelves]
        if len(shelves) < len(operator.takes) or operator.gives not in self._shelves:
            return
        for costs in _splits(cost, [sorted(shelf.blocks) for shelf in shelves]):
            yield from _products([shelf.blocks[part] for shelf, part in zip(shelves, costs, strict=True)])

    def column(self, type_name: str, number: int) -> list[object]:
        """The values of an expression."""
        shelf = self._shelves[type_name]
        part = bisect.bisect_right(shelf.starts, number) - 1
        return shelf.codec.decode(shelf.parts[part][0][:, number - shelf.starts[part]])

    def expression(self, type_name: str, number: int) -> Expression:
        """The expression with a number within its type."""
        known = self._made.get((type_name, number))
        if known is not None:
            return known
        shelf = self._shelves[type_name]
        part = bisect.bisect_right(shelf.starts, number) - 1
        codes, operator_number, args = shelf.parts[part]
        place = number - shelf.starts[part]
        if operator_number < 0:
            made = self.leaves[-1 - operator_number]
        else:
            operator = self.operators[operator_number]
            inner = [self.expression(kind, int(n)) for kind, n in zip(operator.takes, args[:, place], strict=True)]
            made = built(operator, inner, shelf.codec.decode(codes[:, place]))
        self._made[type_name, number] = made
        return made


def _splits(total: int, costs: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Ways to write ``total`` as a sum of one of each list of costs."""
    if len(costs) == 1:
        if total in costs[0]:
            yield (total,)
        return
    for first in costs[0]:
        if first < total:
            for rest in _splits(total - first, costs[1:]):
                yield (first, *rest)


def _products(lists: Sequence[Sequence[Block]]) -> Iterator[list[Block]]:
    if not lists:
        yield []
        return
    for first in lists[0]:
        for rest in _products(lists[1:]):
            yield [first, *rest]
