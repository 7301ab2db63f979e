"""Writing a changed program as its file was: same line ends and byte-order mark, and whole or not at all.

Not covered: other encodings than UTF-8, and files that mix line ends (the more frequent ones are used).
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from unriddle.errors import BadInput
from unriddle.whole_file import replacing

__all__ = ["refuse_target", "write_like", "write_whole"]


def refuse_target(option: str, path: Path | None, *, source: Path) -> None:
    """Refuse before the work what could not be written after it, and the program itself.

    Raises:
        BadInput: With the reason.
    """
    if path is None:
        return
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise BadInput(f"{option} {path}: {path.parent} is not a folder one can write to; create it first")
    if not path.exists():
        return
    if source.exists() and path.samefile(source):
        raise BadInput(f"{option} {path}: that is the program itself and would be overwritten; choose another name")
    if not os.access(path, os.W_OK):
        raise BadInput(f"{option} {path}: that file cannot be written; change its rights or choose another name")


def write_like(path: Path, text: str, *, like: Path) -> None:
    """Write a program with the line ends and the byte-order mark of the file it was made from.

    Args:
        path: Where to.
        text: With plain newlines.
        like: The file it was made from.

    Raises:
        BadInput: It cannot be written.
    """
    data = like.read_bytes()
    n_all, n_two = data.count(b"\n"), data.count(b"\r\n")
    ends = b"\r\n" if n_two > n_all - n_two else b"\r" if not n_all and b"\r" in data else b"\n"
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    write_whole(path, mark + text.encode().replace(b"\n", ends))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file such that it is never there in part; what is no file (a pipe, a terminal) is written to.

    Raises:
        BadInput: It cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        target = path.resolve()  # behind a link, the file is replaced and not the link
        with replacing(target) as scratch:
            scratch.write_bytes(data)
            if target.exists():
                scratch.chmod(target.stat().st_mode)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); choose another place") from None
