"""Files that are there whole or not at all: written under another name beside the final one, then renamed.

Not covered: folders and syncing to the disk (``unriddle.train.checkpoint``), and messages; errors of the system come
through, and the caller says what to do.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing", "write_whole"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write a file under, which takes the place of ``path`` when the block ends; nothing is left where it
    fails.

    Raises:
        OSError: It could not be written; what was there is kept.
    """
    scratch = path.with_name(
        f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    )  # threads may write the same file
    try:
        yield scratch
        os.replace(scratch, path)
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all.

    Raises:
        OSError: It could not be written; what was there is kept.
    """
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
