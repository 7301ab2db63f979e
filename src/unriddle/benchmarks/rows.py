"""Reading fields of benchmark rows with messages that say where and what was expected; and whole files of them."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, shorten

__all__ = ["list_field", "read_json", "text_field"]


def text_field(row: Mapping[str, Any], key: str, *, where: str, default: str | None = None) -> str:
    """The text under ``key``; ``default`` when it is absent and a default is given.

    Raises:
        BadInput: It is absent without a default, or not text.
    """
    value = row.get(key, default)
    if not isinstance(value, str):
        got = f"got {type(value).__name__} {shorten(value)}" if key in row else f"it has the keys {sorted(row)}"
        raise BadInput(f"{where}: expected text under {key!r}; {got}")
    return value


def list_field(row: Mapping[str, Any], key: str, *, where: str, of: type | None = None) -> list[Any]:
    """The list under ``key``, empty when absent; every item is of type ``of`` when one is given.

    Raises:
        BadInput: It is not such a list.
    """
    value = row.get(key, [])
    if not isinstance(value, list) or (of is not None and not all(isinstance(item, of) for item in value)):
        items = f" of {of.__name__}" if of else ""
        raise BadInput(f"{where}: expected a list{items} under {key!r}, got {type(value).__name__} {shorten(value)}")
    return value


def read_json(path: str | Path) -> Any:
    """The JSON document in a file; ``.gz`` and ``.xz`` are opened as such.

    Raises:
        BadInput: The file is absent, unreadable or not JSON.
    """
    path = Path(path)
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open}
    try:
        with openers.get(path.suffix, open)(path, "rt", encoding="utf-8") as file:
            return json.load(file)
    except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); expected a JSON document") from error
