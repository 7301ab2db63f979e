"""content_key: one name for "the same command on the same input".

Sets are sorted first, so that the key does not depend on the hash seed of the process. Not covered: objects that are
neither plain data nor dataclasses.
"""

from __future__ import annotations

import dataclasses
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
    if isinstance(value, (str, bytes, int, float, complex, type(None))):
        return repr(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return f"{type(value).__name__}({','.join(_text(getattr(value, f.name)) for f in fields)})"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_text(k)}:{_text(v)}' for k, v in value.items()))}}}"
    if isinstance(value, (set, frozenset)):
        return f"set({','.join(sorted(map(_text, value)))})"
    if isinstance(value, (list, tuple)):
        # Without a brace there is no set or mapping inside, whose order could differ, and repr is far faster.
        if "{" not in (text := repr(value)):
            return text
        return f"{type(value).__name__}[{','.join(map(_text, value))}]"
    return f"{type(value).__name__}:{value!r}"
