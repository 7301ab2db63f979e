"""Reading fenced code blocks out of a language model's text.

Not covered: blocks indented inside lists, and inline code between single backticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unriddle.language.truncate import parse

__all__ = ["Block", "fenced_blocks"]

_OPEN = re.compile(r"^(`{3,})[ \t]*([\w+#.-]*)[^`\n]*$")
_MAX_CLOSINGS = 32


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language word (may be empty), its code, and whether the fence was closed."""

    language: str
    code: str
    closed: bool


def fenced_blocks(text: str) -> list[Block]:
    """The blocks of a text, in order; an unclosed last fence runs to the end of the text.

    A line of backticks inside a string of the program does not end the block: of the possible closing lines the
    first one that leaves readable Python is taken.

    >>> [block.code for block in fenced_blocks("Here:\\n```python\\nx = 1\\n```\\nDone.")]
    ['x = 1\\n']
    """
    lines = text.split("\n")
    blocks, at = [], 0
    while at < len(lines):
        opening = _OPEN.match(lines[at].rstrip("\r"))
        if not opening:
            at += 1
            continue
        end = _closing(lines, at, len(opening[1]))
        code = "\n".join(lines[at + 1 : end])
        blocks.append(Block(opening[2].lower(), code + "\n" if code else "", end < len(lines)))
        at = end + 1
    return blocks


def _closing(lines: list[str], opening: int, width: int) -> int:
    """Number of the line that closes the block; ``len(lines)`` when none does."""
    closing = re.compile("^`{" + str(width) + r",}[ \t\r]*$")
    ends = [i for i in range(opening + 1, len(lines)) if closing.match(lines[i])]
    for end in ends[:_MAX_CLOSINGS]:
        if parse("\n".join(lines[opening + 1 : end])) is not None:
            return end
    return ends[0] if ends else len(lines)
