"""One operator on blocks of expressions at once: every combination of arguments, as arrays of codes.

On integers, booleans and bit-vectors an operator may be an array operation. Otherwise it is called once for every
combination of different arguments of an example, and the results are spread by indexing: expressions that differ
somewhere often agree on one example.
Not covered: operators whose value depends on other examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.propose.expression import ERRORS, Operator, small
from unriddle.propose.values import DIRECT_LIMIT, FAIL, FAILED, Codec, Codes, TableCodec

__all__ = ["Batch", "Block", "combinations", "without_failures"]

_CHUNK = 1 << 16
Index = npt.NDArray[np.intp]


@dataclass(slots=True)
class Block:
    """Expressions of one type.

    Attributes:
        codes: Their values, ``(m, n)``.
        start: Number of the first one within its type.
        literal: Which are written without any input, ``(n,)``.
        codec: What the codes mean.
    """

    codes: Codes
    start: int
    literal: npt.NDArray[np.bool_]
    codec: Codec
    _distinct: dict[int, tuple[list[Any], Index]] = field(default_factory=dict)

    def distinct(self, row: int) -> tuple[list[Any], Index]:
        """The different values on an example, and which of them each expression has there."""
        if row not in self._distinct:
            codes, inverse = np.unique(self.codes[row], return_inverse=True)
            self._distinct[row] = (self.codec.decode(codes), inverse)
        return self._distinct[row]


@dataclass(frozen=True, slots=True)
class Batch:
    """Results of an operator.

    Attributes:
        codes: ``(m, n)``; ``FAIL`` where there is no value.
        args: For each argument, the number of the expression within its type, ``(r, n)``.
        literal: Which results use no input, ``(n,)``.
    """

    codes: Codes
    args: Index
    literal: npt.NDArray[np.bool_]


def combinations(operator: Operator, blocks: Sequence[Block], result: Codec, *, chunk: int = _CHUNK) -> Iterator[Batch]:
    """The operator on every combination of arguments, the last one changing fastest, at most ``chunk`` at a time.

    Combinations that ``operator.relevant`` calls pointless on every example are left out.
    """
    head = _Head.of(blocks[0])
    if len(blocks) == 1:
        for part in head.chunks(chunk):
            yield _finish(operator, part, None, result)
        return
    for block in blocks[1:-1]:
        head = _extend(operator, head, block)
    width = blocks[-1].codes.shape[1]
    if width:
        for part in head.chunks(max(1, chunk // width)):
            if width <= chunk:
                yield _finish(operator, part, blocks[-1], result)
                continue
            for at in range(0, width, chunk):
                yield _finish(operator, part, _slice(blocks[-1], at, at + chunk), result)


def _slice(block: Block, start: int, stop: int) -> Block:
    return Block(block.codes[:, start:stop], block.start + start, block.literal[start:stop], block.codec)


@dataclass(slots=True)
class _Head:
    """Combinations of the first arguments.

    Attributes:
        codes: Codes of each argument, ``(m, n)`` each.
        args: Numbers of the expressions, ``(r, n)``.
        literal: ``(n,)``.
        codecs: Of each argument.
        block: Set when this is a single block, whose distinct values are kept there.
    """

    codes: list[Codes]
    args: Index
    literal: npt.NDArray[np.bool_]
    codecs: list[Codec]
    block: Block | None = None

    @classmethod
    def of(cls, block: Block) -> _Head:
        numbers = np.arange(block.start, block.start + block.codes.shape[1], dtype=np.intp)
        return cls([block.codes], numbers[None], block.literal, [block.codec], block)

    def chunks(self, size: int) -> Iterator[_Head]:
        n = self.args.shape[1]
        if 0 < n <= size:
            yield self
            return
        for at in range(0, n, size):
            part = slice(at, at + size)
            codes = [c[:, part] for c in self.codes]
            yield _Head(codes, self.args[:, part], self.literal[part], self.codecs)

    def distinct(self, row: int) -> tuple[list[tuple[Any, ...]], Index]:
        """The different argument tuples on an example, and which of them each combination has."""
        if self.block is not None:
            values, inverse = self.block.distinct(row)
            return [(value,) for value in values], inverse
        if len(self.codes) == 1:
            unique, inverse = np.unique(self.codes[0][row], return_inverse=True)
            return [(value,) for value in self.codecs[0].decode(unique)], inverse
        columns, inverse, sizes = [], np.zeros(self.args.shape[1], dtype=np.intp), []
        for codes, codec in zip(self.codes, self.codecs, strict=True):
            unique, places = np.unique(codes[row], return_inverse=True)
            columns.append(codec.decode(unique))
            sizes.append(len(unique))
            inverse = inverse * len(unique) + places
        kept, inverse = np.unique(inverse, return_inverse=True)
        indices = np.unravel_index(kept, sizes)
        chosen = [[column[i] for i in index.tolist()] for column, index in zip(columns, indices, strict=True)]
        return list(zip(*chosen, strict=True)), inverse


def _extend(operator: Operator, head: _Head, block: Block) -> _Head:
    """Every combination with one more argument; the pointless ones left out."""
    n, width = head.args.shape[1], block.codes.shape[1]
    step = max(1, (1 << 20) // max(width, 1))
    kept: list[tuple[Index, Index]] = []
    for at, part in zip(range(0, n, step), head.chunks(step), strict=False):
        mask = _relevant(operator, part, block)
        first, second = np.nonzero(mask) if mask is not None else _all_pairs(part.args.shape[1], width)
        kept.append((first + at, second))
    left = np.concatenate([first for first, _ in kept]) if kept else np.empty(0, dtype=np.intp)
    right = np.concatenate([second for _, second in kept]) if kept else np.empty(0, dtype=np.intp)
    args = np.concatenate([head.args[:, left], block.start + right[None]])
    literal = head.literal[left] & block.literal[right]
    if operator.partial is not None and len(head.codes) == 1:
        codec = TableCodec()
        return _Head([_partials(operator, head, block, left, right, codec)], args, literal, [codec])
    codes = [*(codes[:, left] for codes in head.codes), block.codes[:, right]]
    return _Head(codes, args, literal, [*head.codecs, block.codec])


def _partials(operator: Operator, head: _Head, block: Block, left: Index, right: Index, codec: Codec) -> Codes:
    """``(m, n)`` codes of what the first two arguments come to."""
    function = operator.partial
    assert function is not None
    made = np.empty((len(block.codes), len(left)), dtype=np.int64)
    for row in range(len(made)):
        firsts, inverse = head.distinct(row)
        seconds, places = block.distinct(row)
        pairs, back = np.unique(inverse[left] * len(seconds) + places[right], return_inverse=True)
        values = [function(firsts[i][0], seconds[j]) for i, j in zip(*divmod(pairs, len(seconds)), strict=True)]
        made[row] = codec.encode(values)[back]
    return made


def _all_pairs(n: int, width: int) -> tuple[Index, Index]:
    return np.repeat(np.arange(n), width), np.tile(np.arange(width), n)


def _relevant(operator: Operator, head: _Head, block: Block) -> npt.NDArray[np.bool_] | None:
    """``(n, width)``: whether the first two arguments can give something of interest on some example."""
    if operator.relevant is None or len(head.codes) != 1:
        return None
    test = operator.relevant
    mask = np.zeros((head.args.shape[1], block.codes.shape[1]), dtype=bool)
    for row in range(len(block.codes)):
        firsts, inverse = head.distinct(row)
        seconds, places = block.distinct(row)
        table = np.array([[test(*first, second) for second in seconds] for first in firsts], dtype=bool)
        mask |= table[inverse[:, None], places[None, :]]
    return mask


def _finish(operator: Operator, head: _Head, block: Block | None, result: Codec) -> Batch:
    n = head.args.shape[1]
    width = 1 if block is None else block.codes.shape[1]
    args, literal = head.args, head.literal
    if block is not None:
        numbers = block.start + np.arange(width, dtype=np.intp)
        args = np.concatenate([np.repeat(args, width, axis=1), np.tile(numbers, n)[None]])
        literal = (literal[:, None] & block.literal[None, :]).ravel()
    codes = _by_array(operator, head, block)
    if codes is None:
        codes = np.empty((len(head.codes[0]), n * width), dtype=np.int64)
        function = operator.function if operator.total else _careful(operator.function)
        for row in range(len(codes)):
            firsts, inverse = head.distinct(row)
            if block is None:
                codes[row] = result.encode([function(*first) for first in firsts])[inverse]
                continue
            lasts, places = block.distinct(row)
            if operator.table is not None:
                values = operator.table([first[0] for first in firsts], lasts)
            elif len(head.codes) == 1:
                values = [function(a, b) for (a,) in firsts for b in lasts]
            else:
                values = [function(*first, last) for first in firsts for last in lasts]
            table = result.encode(values).reshape(len(firsts), len(lasts))
            codes[row] = table[inverse[:, None], places[None, :]].ravel()
    return Batch(codes, args, literal)


def _by_array(operator: Operator, head: _Head, block: Block | None) -> Codes | None:
    """The result of the operator's array form; ``None`` when it has none or a value could grow too large for it."""
    if operator.array is None:
        return None
    m, n = head.codes[0].shape
    columns = [codes[:, :, None] for codes in head.codes]
    if block is not None:
        columns.append(block.codes[:, None, :])
    if operator.bound is not None:
        sizes = [max(abs(int(c.max())), abs(int(c.min()))) if c.size else 0 for c in columns]
        if max(sizes) >= DIRECT_LIMIT or operator.bound(*sizes) >= DIRECT_LIMIT:
            return None
    width = 1 if block is None else block.codes.shape[1]
    made = np.broadcast_to(operator.array(*columns), (m, n, width))
    return np.ascontiguousarray(made.reshape(m, n * width), dtype=np.int64)


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with ``FAILED`` in place of an error or of a value that is too large."""

    def call(*args: Any) -> Any:
        try:
            return small(function(*args))
        except ERRORS:
            return FAILED

    return call


def without_failures(batch: Batch) -> Batch:
    """The results that have a value on every example."""
    good = (batch.codes != FAIL).all(axis=0)
    return batch if good.all() else Batch(batch.codes[:, good], batch.args[:, good], batch.literal[good])
