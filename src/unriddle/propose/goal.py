"""What the deductions of a search by example share: the bank, the goal, and which of its rows are wanted.

Not covered: goals of several columns.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.propose.bank import Bank
from unriddle.propose.expression import Expression, Operator, applied
from unriddle.propose.values import Codes

__all__ = ["NumberIndex", "Search", "bits"]

_MAX_INDEXED = 30_000


def bits(rows: int, m: int) -> npt.NDArray[np.intp]:
    """The rows of a set of rows, which is a number with one bit each.

    >>> bits(5, 4).tolist()
    [0, 2]
    """
    return np.array([row for row in range(m) if rows >> row & 1], dtype=np.intp)


@dataclass(slots=True)
class Search:
    """A search for an expression with a given column.

    Attributes:
        bank: What was found so far.
        goal: The column wanted, ``(m,)``.
        type: Its type.
        operators: By name and type of the result.
        extra_numbers: Expressions of a number type beyond the bank that may serve as places in a text, by type.
        indices: Numbers of the bank by column, for the present level; by type, set of rows and limit.
        memo: Other tables of the present level, by what they are.
    """

    bank: Bank
    goal: Sequence[Any]
    type: str
    operators: Mapping[tuple[str, str], list[Operator]]
    extra_numbers: dict[str, list[Expression]] = field(default_factory=dict)
    indices: dict[tuple[str, int, int], NumberIndex] = field(default_factory=dict)
    memo: dict[Hashable, Any] = field(default_factory=dict)

    def next_level(self) -> None:
        """Forget the tables: the bank has grown."""
        self.indices.clear()
        self.memo.clear()

    def named(self, name: str, gives: str) -> list[Operator]:
        """Operators of this name with this result."""
        return self.operators.get((name, gives), [])

    def index(self, type_name: str, rows: int, *, limit: int = _MAX_INDEXED) -> NumberIndex:
        """Where columns of this type are, looking at these rows and the first ``limit`` expressions only."""
        key = (type_name, rows, limit)
        if key not in self.indices:
            codes = self.bank.codes(type_name)[:, :limit]
            self.indices[key] = NumberIndex(codes[bits(rows, self.bank.n_rows)])
        return self.indices[key]

    def cheapest(self, type_name: str, rows: int, limit: int) -> Iterator[Expression]:
        """The first expressions of a type that differ on these rows, in order of cost."""
        index = self.index(type_name, rows)
        for number in np.sort(index.firsts)[:limit].tolist():
            yield self.bank.expression(type_name, number)

    def make(self, operator: Operator, *args: Expression) -> Expression | None:
        """The operator on these arguments, if their types and values allow it."""
        if tuple(arg.type for arg in args) != operator.takes:
            return None
        return applied(operator, args)


class NumberIndex:
    """Finds an expression by its column of codes.

    Args:
        codes: ``(r, n)``, cheap expressions first.
    """

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self._factors = np.random.default_rng(0).integers(1, 2**63, size=max(len(codes), 1), dtype=np.uint64)
        self._hashes, self.firsts = np.unique(self._hash(codes), return_index=True)

    def find(self, columns: Codes) -> npt.NDArray[np.intp]:
        """For each of ``(r, k)`` columns the number of the cheapest expression that has it, −1 where there is none."""
        if not self._hashes.size:
            return np.full(columns.shape[1], -1, dtype=np.intp)
        hashes = self._hash(columns)
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        numbers = self.firsts[places]
        right = (self._hashes[places] == hashes) & (self.codes[:, numbers] == columns).all(axis=0)
        return np.where(right, numbers, -1)

    def _hash(self, codes: Codes) -> npt.NDArray[np.uint64]:
        total = np.zeros(codes.shape[1], dtype=np.uint64)
        for column, factor in zip(np.ascontiguousarray(codes).view(np.uint64), self._factors, strict=False):
            total = (total + column * (factor | np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
            total ^= total >> np.uint64(31)
        return total
