"""content_key: one name for "the same command on the same input".

Sets are sorted first, so that the key does not depend on the hash seed of the process. Not covered: objects that are
neither plain data nor dataclasses.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

__all__ = ["content_key"]


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
        names, shown = _fields(type(value))
        if shown and (text := _fast(value)) is not None:
            return text
        return f"{type(value).__name__}({','.join(_text(getattr(value, name)) for name in names)})"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_text(k)}:{_text(v)}' for k, v in value.items()))}}}"
    if isinstance(value, (set, frozenset)):
        return f"set({','.join(sorted(map(_text, value)))})"
    if isinstance(value, (list, tuple)):
        if (text := _fast(value)) is not None:
            return text
        return f"{type(value).__name__}[{','.join(map(_text, value))}]"
    return f"{type(value).__name__}:{value!r}"


@functools.cache
def _fields(kind: type) -> tuple[tuple[str, ...], bool]:
    """The field names of a dataclass, and whether its ``repr`` shows all of them."""
    fields = dataclasses.fields(kind)
    return tuple(f.name for f in fields), all(f.repr for f in fields)


def _fast(value: Any) -> str | None:
    """``repr``, which is far faster, where it cannot depend on the order of a set or mapping: without a brace."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than the interpreter converts
        return None
    return None if "{" in text.replace("{}", "") else text
