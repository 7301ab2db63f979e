"""Plain data: the values that may cross between a candidate's process and the judge.

Plain are None, bool, int, float, complex, str (lone surrogates too), bytes, bytearray, list, tuple, dict, set,
frozenset, deque, range, Decimal, Fraction, date, time, datetime, timedelta, numpy arrays and scalars, dataclass and
namedtuple instances (by field), and iterators (up to ``MAX_ITEMS`` items), nested to any depth. Counter,
OrderedDict and defaultdict cross as dict. Everything else, subclasses of the above included, crosses as an
``Opaque`` token that equals nothing.

The encoding is marshal's version 2 for the built-in types (written in C) with tags of our own for the rest. It is
read by our own parser: nothing a candidate sends is ever unmarshalled or unpickled by the judge. Not covered: pandas
objects and identity (two references to one list arrive as two lists).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MAX_ITEMS", "Fields", "Items", "Large", "Opaque", "ValueTooLarge", "decode", "encode", "key"]

MAX_ITEMS = 10_000
"""Items taken from an iterator before it is cut."""


class ValueTooLarge(Exception):
    """The encoding grew beyond the limit that was given."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is not plain data; it equals nothing, itself included.

    Args:
        type_name: What it was, for messages.
    """

    type_name: str

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return hash(self.type_name)


@dataclass(frozen=True, slots=True)
class Fields:
    """A dataclass or namedtuple instance, by field.

    Args:
        kind: ``dataclass`` or ``namedtuple``.
        type_name: Name of its class, without module.
        names: Field names, in order.
        items: Field values, in order.
    """

    kind: str
    type_name: str
    names: tuple[str, ...]
    items: tuple[Any, ...]

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={item!r}" for name, item in zip(self.names, self.items, strict=True))
        return f"{self.type_name}({inside})"


@dataclass(frozen=True, slots=True)
class Items:
    """What an iterator yielded.

    Args:
        kind: Its type's name (``generator``, ``map``, ``dict_keys``).
        items: The first ``MAX_ITEMS`` items.
        cut: There were more; a cut iterator equals nothing.
    """

    kind: str
    items: tuple[Any, ...]
    cut: bool = False

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Large:
    """A value too long to keep; two of them are equal when their digests are.

    Args:
        digest: Digest of its key (``key``).
        n_bytes: Length of its key.
        encoded: Digest of one encoding of it, where known: what has that encoding need not be read to be known.
    """

    digest: bytes
    n_bytes: int
    encoded: bytes = field(default=b"", compare=False)


def encode(value: Any, *, limit: int = 2**31) -> bytes:
    """The encoding of any value; what is not plain inside it becomes an opaque token.

    Raises:
        ValueTooLarge: The encoding is longer than ``limit`` bytes.

    >>> decode(encode({"a": [1, 2.5, (None, True)]}))
    {'a': [1, 2.5, (None, True)]}
    """
    from unriddle.language.encode import encode as run

    return run(value, limit)


def decode(data: bytes) -> Any:
    """The value of an encoding; safe on hostile bytes.

    Raises:
        ValueError: The bytes are not an encoding.
    """
    from unriddle.language.decode import decode as run

    return run(data)


def key(data: bytes) -> bytes | None:
    """A key that two encodings share exactly when their values are equal (``1``, ``1.0`` and ``True`` are).

    ``None`` when the value equals nothing: there is an opaque token inside, or an iterator that was cut.

    Raises:
        ValueError: The bytes are not an encoding.

    >>> key(encode({1: "a", 2: "b"})) == key(encode({2.0: "b", True: "a"}))
    True
    """
    from unriddle.language.canonical import key as run

    return run(data)
