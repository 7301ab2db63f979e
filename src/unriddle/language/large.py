"""Values too long to keep: when a value is, and the digests that stand for it. Not covered: reading values."""

from __future__ import annotations

import hashlib

from unriddle.language.values import Large, encode

__all__ = ["KEEP_BYTES", "digest", "large_of", "token"]

KEEP_BYTES = 1 << 18
"""A value whose key is longer is kept as its digest."""


def digest(data: bytes) -> bytes:
    """Sixteen bytes that nobody can meet without having the data."""
    return hashlib.blake2b(data, digest_size=16).digest()


def large_of(same: bytes) -> Large | None:
    """What stands for a value with this key; ``None`` where it is short enough to be kept as it is."""
    return Large(digest(same), len(same)) if len(same) > KEEP_BYTES else None


def token(value: Large) -> bytes:
    """Its encoding, the same for all encodings of the value that it stands for."""
    return encode(Large(value.digest, value.n_bytes))
