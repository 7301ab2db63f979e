"""S-expressions with the place of everything in the text, as SMT-LIB and SyGuS-IF files are made of.

Not covered: quoted symbols that hold a ``|`` or a backslash (SMT-LIB has none).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from unriddle.errors import BadProblem, shorten

__all__ = ["Node", "parse"]

_TOKEN = re.compile(r'(?P<skip>\s+|;[^\n]*)|(?P<open>\()|(?P<close>\))|(?P<string>"(?:[^"]|"")*")|'
                    r'(?P<quoted>\|[^|\\]*\|)|(?P<atom>[^\s()";|]+)')  # fmt: skip
_SIMPLE = re.compile(r"[A-Za-z~!@$%^&*_+=<>.?/-][\w~!@$%^&*+=<>.?/-]*", re.ASCII)
_MAX_DEPTH = 300


@dataclass(frozen=True, slots=True)
class Node:
    """An atom or a list.

    Attributes:
        text: The atom as written, without the bars of a quoted symbol that needs none; empty for a list.
        items: What a list holds; ``None`` for an atom.
        line: Where it begins, from 1.
        column: Where it begins, from 1.
    """

    text: str
    items: tuple[Node, ...] | None
    line: int
    column: int

    @property
    def is_string(self) -> bool:
        """Whether it is a string literal, still with its quotes."""
        return self.items is None and self.text.startswith('"')

    def bad(self, path: str, what: str) -> NoReturn:
        """Raise a ``BadProblem`` that says where this is.

        Raises:
            BadProblem: Always.
        """
        raise BadProblem(f"{path}:{self.line}:{self.column}: {what}")

    def show(self) -> str:
        """The text again, on one line."""
        return self.text if self.items is None else f"({' '.join(item.show() for item in self.items)})"


def parse(text: str, *, path: str) -> list[Node]:
    """The expressions of a file, one after the other.

    Raises:
        BadProblem: A parenthesis or quote is not closed, or one is closed that is not open; line and column are given.

    >>> [node.show() for node in parse('(a "b c" ; note', path="x.sl")]
    Traceback (most recent call last):
    ...
    unriddle.errors.BadProblem: x.sl:1:1: this parenthesis is never closed; add a )
    """
    top: list[Node] = []
    open_lists: list[tuple[list[Node], int, int]] = []
    at, line, start = 0, 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        column = at - start + 1
        if found is None:
            what = "this quote is never closed" if text[at] in '"|' else f"cannot read {shorten(text[at : at + 20])}"
            raise BadProblem(f"{path}:{line}:{column}: {what}; correct it")
        into, token = (open_lists[-1][0] if open_lists else top), found.group()
        if found.lastgroup == "open":
            if len(open_lists) >= _MAX_DEPTH:
                raise BadProblem(f"{path}:{line}:{column}: more than {_MAX_DEPTH} levels of parentheses; simplify it")
            open_lists.append(([], line, column))
        elif found.lastgroup == "close":
            if not open_lists:
                raise BadProblem(f"{path}:{line}:{column}: this parenthesis closes nothing; remove it")
            items, at_line, at_column = open_lists.pop()
            node = Node("", tuple(items), at_line, at_column)
            (open_lists[-1][0] if open_lists else top).append(node)
        elif found.lastgroup != "skip":
            bare = found.lastgroup == "quoted" and _SIMPLE.fullmatch(token[1:-1])
            into.append(Node(token[1:-1] if bare else token, None, line, column))
        n_lines = token.count("\n")
        if n_lines:
            line, start = line + n_lines, at + token.rindex("\n") + 1
        at = found.end()
    if open_lists:
        _, line, column = open_lists[-1]
        raise BadProblem(f"{path}:{line}:{column}: this parenthesis is never closed; add a )")
    return top
