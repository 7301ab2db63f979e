"""Interning of returned values: equal values share a number."""

from __future__ import annotations

import hashlib

from unriddle.language.values import Large, encode, key

__all__ = ["Interner"]

_KEEP_BYTES = 1 << 18


class Interner:
    """Numbers for encoded values, in order of first appearance.

    Attributes:
        values: One representative encoding per number; a value whose key is longer than 256 KiB is kept
            as its digest.
    """

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self._by_bytes: dict[bytes, int] = {}
        self._by_key: dict[bytes, int] = {}

    def number(self, encoded: bytes) -> int:
        """The number of this value; −1 for bytes that are no value."""
        known = self._by_bytes.get(encoded)
        if known is not None:
            return known
        try:
            same = key(encoded)
        except ValueError:
            return -1
        kept = encoded
        if same is not None and len(same) > _KEEP_BYTES:
            kept = encode(Large(hashlib.blake2b(same, digest_size=16).digest(), len(same)))
            same = key(kept)
        if same is None:  # it equals nothing, so it gets a number that nobody shares
            self.values.append(kept)
            return len(self.values) - 1
        number = self._by_key.setdefault(same, len(self.values))
        if number == len(self.values):
            self.values.append(kept)
        self._by_bytes[encoded] = number
        return number
