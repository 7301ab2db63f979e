"""Edits inside texts and numbers: braces of f-strings, apostrophes that end a text too early, zeros before a number.

Not covered: what an f-string's fields mean, and texts over several lines.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from unriddle.propose.syntax_edits import Change, Edit, Scene

__all__ = ["string_edits"]

_FORMATTED = re.compile(r"(?i:f|rf|fr)(?='|\")")
_FIELD_END = re.compile(r"(?<=[\w\])])(?![\w.\[(])")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_ZEROS = re.compile(r"0+(?=[0-9])")
_APOSTROPHE = re.compile(r"(?<=[^\W\d])'(?=[^\W\d])")


def string_edits(scene: Scene) -> Iterator[Edit]:
    """Edits inside the texts and numbers of the window's lines."""
    for line in scene.window:
        row = scene.rows[line]
        for i in row:
            token = scene.tokens[i]
            if token.kind == "string" and _FORMATTED.match(token.text) and not _compiles(token.text):
                yield from _braces(scene, i)
            elif token.kind == "number" and (found := _ZEROS.match(token.text)):
                change = Change(token.start, token.start + found.end(), "")
                new = token.text[found.end() :]
                yield Edit((change,), "replace number", line, token.text, new, 0.0, i - scene.focus)
        if any(scene.tokens[i].kind == "open_string" for i in row):
            yield from _apostrophes(scene, line)


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<text>", "eval", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
    return True


def _braces(scene: Scene, i: int) -> Iterator[Edit]:
    """One brace more or less, wherever that makes the f-string one that can be read."""
    token = scene.tokens[i]
    text = token.text
    closing = [m.start() for m in _FIELD_END.finditer(text)]
    opening = [m.start() for m in _WORD.finditer(text) if m.start() > 0]
    tried = [(at, at, "}") for at in closing] + [(at, at, "{") for at in opening]
    tried += [(at, at + 1, "") for at, sign in enumerate(text) if sign in "{}"]
    for begin, end, new in tried:
        doubled = new != "" and new in (text[begin - 1 : begin], text[begin : begin + 1])  # a plain sign, not a field
        if not doubled and _compiles(text[:begin] + new + text[end:]):
            old = text[begin:end]
            kind = f"insert {new}" if new else f"delete {old}"
            change = Change(token.start + begin, token.start + end, new)
            yield Edit((change,), kind, token.line, old, new, 0.0, i - scene.focus, "text")


def _apostrophes(scene: Scene, line: int) -> Iterator[Edit]:
    """An apostrophe between letters with a backslash before it."""
    first, last = scene.tokens[scene.rows[line][0]], scene.tokens[scene.rows[line][-1]]
    for found in _APOSTROPHE.finditer(scene.source, first.start, last.end):
        at = found.start()
        yield Edit((Change(at, at + 1, "\\'"),), "replace '", line, "'", "\\'", 0.0, 0, "text")
