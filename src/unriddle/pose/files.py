"""Reading the text of a problem file, with one clear line for everything that can be wrong with a file.

Not covered: files from a network address.
"""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

from unriddle.errors import BadProblem

__all__ = ["parse_python", "read_text"]

_MAX_BYTES = 10_000_000


def read_text(path: Path) -> str:
    """The file as text, without a byte-order mark and with plain newlines.

    Raises:
        BadProblem: It cannot be read, is too large, or is not UTF-8.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else None
    except OSError as error:
        raise BadProblem(f"{path}: cannot read the problem: {error.strerror}; check the name and its rights") from None
    if data is None:
        raise BadProblem(f"{path}: larger than {_MAX_BYTES} bytes; a problem file holds one problem, make it smaller")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadProblem(
            f"{path}:{line}: expected UTF-8 text, got the byte 0x{data[error.start]:02x}; save the file as UTF-8"
        ) from None
    if "\0" in text:
        raise BadProblem(f"{path}:{text[: text.index(chr(0))].count(chr(10)) + 1}: expected text, got a zero byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_python(source: str, *, where: str) -> ast.Module:
    """The syntax tree of a Python problem file; nothing is executed.

    Raises:
        BadProblem: It is not readable Python; the message names the line.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError as error:
            raise BadProblem(f"{where}:{error.lineno or 1}: not readable Python ({error.msg}); fix that line") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise BadProblem(f"{where}:1: not readable Python ({error}); simplify the file") from None
