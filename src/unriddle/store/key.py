"""content_key: one name for "the same command on the same input".

Sets are sorted first, so that the key does not depend on the hash seed of the process. Not covered: objects that are
neither plain data nor dataclasses.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import marshal
import operator
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["content_key"]

_ATOMS = frozenset({int, str, float, bool, type(None), bytes, complex})
_SEQUENCES = frozenset({list, tuple})
_PLAIN = _ATOMS | _SEQUENCES


def content_key(*parts: Any) -> str:
    """32 hexadecimal digits; equal for equal plain data (and dataclasses of it), whatever the process.

    >>> content_key({"a": {1, 2}, "b": 1.5}) == content_key({"b": 1.5, "a": {2, 1}})
    True
    >>> content_key(1) == content_key("1")
    False
    """
    return hashlib.blake2b(_text(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _text(value: Any) -> str:
    if type(value) is int:
        return f"{value:#x}"  # decimal digits are limited by the interpreter, and slow
    if isinstance(value, (str, bytes, int, float, complex, type(None))):
        return repr(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({','.join([_text(getattr(value, name)) for name in _fields(type(value))])})"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_text(k)}:{_text(v)}' for k, v in value.items()))}}}"
    if isinstance(value, (set, frozenset)):
        return f"set({','.join(sorted(map(_text, value)))})"
    if isinstance(value, (list, tuple)):
        if (data := _marshalled(value)) is not None:
            return f"{len(data)}:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
        if (
            len(value) > 1
            and len(kinds := set(map(type, value))) == 1
            and dataclasses.is_dataclass(kind := kinds.pop())
        ):
            return f"{type(value).__name__}[{len(value)}*{kind.__name__}({','.join(_columns(value, kind))})]"
        return f"{type(value).__name__}[{','.join(map(_text, value))}]"
    return f"{type(value).__name__}:{value!r}"


def _columns(rows: Sequence[Any], kind: type) -> list[str]:
    """Field by field over all rows: a hundred thousand tests have a few columns that are plain."""
    return [_text(list(map(operator.attrgetter(name), rows))) for name in _fields(kind)]


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _marshalled(value: list[Any] | tuple[Any, ...]) -> bytes | None:
    """Bytes that only equal values of equal types have, made in C; ``None`` where that is not sure.

    Sets and dictionaries have an order that differs from process to process, other objects are not plain.
    """
    try:
        data = marshal.dumps(value, 2)
    except ValueError:  # other objects, nested too deeply, or without end
        return None
    stack: list[Any] = [value]
    while stack:
        container = stack.pop()
        if type(container) not in _SEQUENCES:
            return None
        kinds = set(map(type, container))
        if kinds <= _ATOMS:
            continue
        if not kinds <= _PLAIN:
            return None
        stack.extend(item for item in container if type(item) in _SEQUENCES)
    return data
