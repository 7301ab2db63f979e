"""Interning of returned values: equal values share a number."""

from __future__ import annotations

from unriddle.language.large import KEEP_BYTES, digest, large_of, token
from unriddle.language.values import key

__all__ = ["Interner"]


class Interner:
    """Numbers for encoded values, in order of first appearance.

    Attributes:
        values: One representative encoding per number: the one with the lowest place, so that it does not depend on
            which row finished first. A value whose key is longer than 256 KiB is kept as its digest.
    """

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self._places: list[int] = []
        self._by_bytes: dict[bytes, int] = {}
        self._by_key: dict[bytes, int] = {}

    def number(self, encoded: bytes, place: int = 0) -> int:
        """The number of this value; −1 for bytes that are no value.

        Args:
            encoded: The value.
            place: Of its cell in the matrix, counted row by row.
        """
        name = encoded if len(encoded) <= KEEP_BYTES else b"\0" + digest(encoded)  # no encoding begins like that
        known = self._by_bytes.get(name)
        if known is None:
            return self._new(encoded, name, place)
        if place < self._places[known]:
            self._represent(known, encoded, place)
        return known

    def _new(self, encoded: bytes, name: bytes, place: int) -> int:
        try:
            same = key(encoded)
        except ValueError:
            return -1
        kept = encoded
        if same is not None and (large := large_of(same)):
            kept = token(large)
            same = key(kept)
        if same is None:  # it equals nothing, so it gets a number that nobody shares
            return self._append(kept, place)
        number = self._by_key.get(same)
        if number is None:
            number = self._by_key[same] = self._append(kept, place)
        elif place < self._places[number]:
            self._represent(number, kept, place)
        self._by_bytes[name] = number
        return number

    def _append(self, kept: bytes, place: int) -> int:
        self.values.append(kept)
        self._places.append(place)
        return len(self.values) - 1

    def _represent(self, number: int, encoded: bytes, place: int) -> None:
        self._places[number] = place
        if self.values[number][:1] not in (b"H", b"h"):  # a digest stands for every encoding of its value
            self.values[number] = encoded
