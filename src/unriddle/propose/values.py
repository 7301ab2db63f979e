"""Values as 64-bit codes, so that a column of any type is an array: equal values share a code.

Integers of moderate size, booleans and bit-vectors are their own codes, and operators on them run as array operations;
everything else (text, lists, floats, large integers) is numbered in order of appearance.
Not covered: unhashable values other than lists; forgetting values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["FAIL", "FAILED", "BitCodec", "Codec", "Codes", "DirectCodec", "RowSet", "TableCodec", "codec_for"]

Codes = npt.NDArray[np.int64]
FAIL = np.int64(np.iinfo(np.int64).min)
"""The code of "no value here"."""
FAILED: Any = object()
"""What a function gives in place of a value when it has none."""
DIRECT_LIMIT = 1 << 61
_ESCAPE = 1 << 62


class Codec(Protocol):
    """Codes of the values of one type."""

    def encode(self, values: Sequence[Any]) -> Codes:
        """``(n,)`` codes; ``FAIL`` for ``FAILED``."""
        ...

    @property
    def fails(self) -> bool:
        """Whether ``FAIL`` is the code of no value."""
        ...

    @property
    def size(self) -> int:
        """Characters and numbers kept for the values seen."""
        ...

    def decode(self, codes: Codes) -> list[Any]:
        """The values behind ``(n,)`` codes, none of them ``FAIL``."""
        ...


class _Numbers(dict[Hashable, int]):
    """Numbers keys in order of appearance; the number of a key that is new is made on the way."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first
        self.keys_in_order: list[Any] = []
        self.size = 0

    def __missing__(self, key: Hashable) -> int:
        number = self.first + len(self.keys_in_order)
        self.size += len(key) if isinstance(key, str | tuple) else 1
        self[key] = number
        self.keys_in_order.append(key)
        return number


class TableCodec:
    """Numbers values in order of appearance; lists are frozen for that and come back as lists."""

    fails = True

    def __init__(self, *, lists: bool = False) -> None:
        self._lists = lists
        self._numbers = _Numbers(0)
        self._numbers[FAILED] = int(FAIL)

    @property
    def size(self) -> int:
        """Characters of texts and elements of lists seen."""
        return self._numbers.size

    def encode(self, values: Sequence[Any]) -> Codes:
        """``(n,)`` codes."""
        if self._lists:
            values = [_frozen(value) for value in values]
        return np.fromiter(map(self._numbers.__getitem__, values), np.int64, len(values))

    def decode(self, codes: Codes) -> list[Any]:
        """The values behind ``(n,)`` codes."""
        known = self._numbers.keys_in_order
        values = [known[code] for code in codes.tolist()]
        return [_thawed(value) for value in values] if self._lists else values


class DirectCodec:
    """Integers below 2**61 in size are their own codes, others are numbered; booleans are 0 and 1."""

    fails = True

    def __init__(self, *, boolean: bool = False) -> None:
        self._boolean = boolean
        self._large = _Numbers(_ESCAPE)

    @property
    def size(self) -> int:
        """Large integers seen."""
        return self._large.size

    def encode(self, values: Sequence[Any]) -> Codes:
        """``(n,)`` codes."""
        try:
            codes = np.array(values, dtype=np.int64)
        except (OverflowError, TypeError):
            return np.fromiter(map(self._one, values), np.int64, len(values))
        if codes.size and (codes.max() >= DIRECT_LIMIT or codes.min() <= -DIRECT_LIMIT):
            return np.fromiter(map(self._one, values), np.int64, len(values))
        return codes

    def _one(self, value: Any) -> int:
        if value is FAILED:
            return int(FAIL)
        return int(value) if -DIRECT_LIMIT < value < DIRECT_LIMIT else self._large[value]

    def decode(self, codes: Codes) -> list[Any]:
        """The values behind ``(n,)`` codes."""
        if self._boolean:
            return list(codes.astype(bool).tolist())
        values: list[Any] = codes.tolist()
        if codes.size and codes.max() >= _ESCAPE:
            return [v if v < _ESCAPE else self._large.keys_in_order[v - _ESCAPE] for v in values]
        return values


class BitCodec:
    """Bit-vectors of at most 63 bits as whole numbers; 64 bits as the signed number with the same bits.

    64 bits leave no code for ``FAILED``: there it counts as 0, and the evaluator that checks answers has the last word.
    """

    def __init__(self, width: int, *, wrap: Callable[[int], Any], unwrap: Callable[[Any], int]) -> None:
        self._mask, self._wrap, self._unwrap = (1 << width) - 1, wrap, unwrap
        self.fails, self.size = width < 64, 0
        self._none = 1 << 63 if self.fails else 0

    def encode(self, values: Sequence[Any]) -> Codes:
        """``(n,)`` codes."""
        numbers = [self._none if value is FAILED else self._unwrap(value) for value in values]
        return np.array(numbers, dtype=np.uint64).view(np.int64)

    def decode(self, codes: Codes) -> list[Any]:
        """The values behind ``(n,)`` codes."""
        return [self._wrap(code & self._mask) for code in codes.tolist()]


def codec_for(type_name: str) -> Codec:
    """The codec of a type of the Python grammar.

    >>> codec_for("list[str]").decode(codec_for("list[str]").encode([]))
    []
    """
    if type_name in ("int", "bool"):
        return DirectCodec(boolean=type_name == "bool")
    return TableCodec(lists=type_name.startswith("list["))


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _thawed(value: Any) -> Any:
    return list(map(_thawed, value)) if isinstance(value, tuple) else value


class RowSet:
    """Columns of codes seen so far, as 64-bit hashes in one open table that whole batches enter at once.

    Two of ten million different rows share a hash with a chance of three in a million; the later one is then lost.

    Args:
        n_rows: How many codes a row has.
        rng: Draws the hash function.
    """

    def __init__(self, n_rows: int, *, rng: np.random.Generator) -> None:
        self._factors = rng.integers(1, 2**63, size=max(n_rows, 1), dtype=np.uint64) | np.uint64(1)
        self._keys = np.zeros(1 << 12, dtype=np.uint64)
        self._owners = np.empty(1 << 12, dtype=np.int64)  # who wrote a slot last; read only right after writing
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def hashes(self, codes: Codes) -> npt.NDArray[np.uint64]:
        """``(n,)`` hashes, none of them 0, of ``(m, n)`` codes."""
        total = np.zeros(codes.shape[1], dtype=np.uint64)
        for column, factor in zip(codes.view(np.uint64), self._factors, strict=False):
            total ^= total >> np.uint64(29)
            total += column * factor
            total *= np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(32)
        total[total == 0] = 1
        return total

    def add(self, codes: Codes) -> npt.NDArray[np.intp]:
        """Which of the ``(m, n)`` columns are new, the first of equal ones only; they are known from now on."""
        hashes = self.hashes(codes)
        self._grow(len(hashes))
        keys, mask = self._keys, np.uint64(len(self._keys) - 1)
        left = np.arange(len(hashes))[::-1]  # of equal rows the last one written wins, so the first comes last
        slots = hashes[left] & mask
        new: list[npt.NDArray[np.intp]] = []
        while left.size:
            wanted, found = hashes[left], keys[slots]
            empty = found == 0
            at, own = slots[empty], left[empty]
            keys[at] = hashes[own]
            self._owners[at] = own
            new.append(own[self._owners[at] == own])
            more = keys[slots] != wanted
            left, slots = left[more], (slots[more] + np.uint64(1)) & mask
        chosen = np.sort(np.concatenate(new)) if new else np.empty(0, dtype=np.intp)
        self._n += len(chosen)
        return chosen

    def _grow(self, more: int) -> None:
        size = len(self._keys)
        if (self._n + more) * 2 <= size:
            return
        while (self._n + more) * 2 > size:
            size *= 4
        old = self._keys[self._keys != 0]
        self._keys = np.zeros(size, dtype=np.uint64)
        self._owners = np.empty(size, dtype=np.int64)
        mask, left = np.uint64(size - 1), old
        slots = left & mask
        while left.size:
            empty = self._keys[slots] == 0
            self._keys[slots[empty]] = left[empty]
            more_left = self._keys[slots] != left
            left, slots = left[more_left], (slots[more_left] + np.uint64(1)) & mask
