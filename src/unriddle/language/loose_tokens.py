"""The tokens of Python text that need not be Python: a lexer that never fails.

Every token keeps its place in the text, so that edits of tokens are edits of text. A string that is not closed ends
with its line; brackets need not match. Not covered: what the tokens mean, and the insides of f-strings.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

__all__ = ["Token", "TokenKind", "essential_tokens", "lines_of", "loose_tokens", "symbols", "token_distance"]

TokenKind = Literal["indent", "name", "keyword", "number", "string", "open_string", "op", "comment", "newline", "other"]

_PREFIX = r"(?i:[rbuf]|rb|br|rf|fr)?"
_TOKEN = re.compile(
    rf"""(?P<comment>\#[^\n]*)
    |(?P<newline>\\?\n)
    |(?P<string>{_PREFIX}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"
        |'(?!'')(?:[^\\\n']|\\.)*'|\"(?!\"\")(?:[^\\\n\"]|\\.)*\"))
    |(?P<open_string>{_PREFIX}(?:'''|\"\"\"|'|\")[^\n]*)
    |(?P<number>(?:0[xXoObB][0-9a-fA-F_]+|(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*\.?(?:[eE][+-]?[0-9]+)?)[jJ]?)
    |(?P<name>[^\W\d]\w*)
    |(?P<op>\*\*=|//=|>>=|<<=|\.\.\.|!=|==|<=|>=|->|:=|\*\*|//|<<|>>|\+=|-=|\*=|/=|%=|&=|\|=|\^=|@=
        |[-+*/%@&|^~<>()\[\]{{}},:.;=])
    |(?P<blank>[\ \t\f\r]+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = "([{", ")]}"
_STATEMENTS = frozenset(
    {"def", "class", "return", "import", "while", "try", "with", "raise", "del", "global", "assert"}
)
_TYPES = ("int", "str", "float", "list", "dict", "set", "tuple", "bool", "type", "super")
_CALLS = ("len", "sum", "max", "min", "abs", "sorted", "enumerate", "zip", "input", "open", "append", "isinstance")
_COMMON = frozenset((*_TYPES, *_CALLS, "self", "print", "range"))
"""Names that stand for themselves; every other name is a name like any other."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it stands.

    Attributes:
        kind: What it is; ``indent`` is the blank at the beginning of a line that holds something, empty or not.
        text: As written.
        start: Offset in the text.
        line: Line, from 1.
    """

    kind: TokenKind
    text: str
    start: int
    line: int

    @property
    def end(self) -> int:
        """Offset just after it."""
        return self.start + len(self.text)


def loose_tokens(source: str) -> list[Token]:
    """The tokens of any text, in order; blanks between tokens and blank lines give none but their newline.

    >>> [t.text for t in loose_tokens("if x = 'a:")]
    ['', 'if', 'x', '=', "'a:"]
    """
    found: list[Token] = []
    line, fresh, blank = 1, True, Token("indent", "", 0, 1)
    for match in _TOKEN.finditer(source):
        # The groups of the pattern are the kinds, and blanks.
        kind = cast(TokenKind | Literal["blank"], match.lastgroup or "other")
        text, start = match.group(), match.start()
        if kind == "blank":
            blank = Token("indent", text, start, line) if fresh and not start - _line_start(source, start) else blank
            continue
        if kind != "newline" and fresh:
            found.append(blank if blank.line == line else Token("indent", "", start, line))
            fresh = False
        if kind == "name" and keyword.iskeyword(text):
            kind = "keyword"
        found.append(Token(kind, text, start, line))
        line += text.count("\n")
        fresh = fresh or kind == "newline"
        if kind == "newline":
            fresh = not text.startswith("\\")
            blank = Token("indent", "", match.end(), line)
    return found


def _line_start(source: str, at: int) -> int:
    return source.rfind("\n", 0, at) + 1


def lines_of(tokens: Sequence[Token]) -> dict[int, list[int]]:
    """Line -> the places of its tokens in the list, for lines that hold more than their end and a comment."""
    rows: dict[int, list[int]] = {}
    for i, token in enumerate(tokens):
        if token.kind not in ("newline", "comment"):
            rows.setdefault(token.line, []).append(i)
    return {line: row for line, row in rows.items() if len(row) > 1 or tokens[row[0]].kind != "indent"}


def symbols(tokens: Sequence[Token]) -> list[tuple[str, int]]:
    """What a model of code sees: ``(symbol, place of its token)``.

    Names, numbers and strings lose their text. A line that begins is ``NL`` with ``>``, ``<`` or ``=`` for how its
    indentation compares with the line before; a line inside brackets is ``nl``.

    >>> [s for s, _ in symbols(loose_tokens("if x:\\n  y(1,\\n 'a')"))]
    ['NL=', 'if', 'N', ':', 'NL>', 'N', '(', '0', ',', 'nl', 'S', ')']
    """
    found: list[tuple[str, int]] = []
    depth, width = 0, 0
    for i, token in enumerate(tokens):
        if token.kind in ("newline", "comment"):
            continue
        if token.kind == "indent":
            after = tokens[i + 1].text if i + 1 < len(tokens) else ""
            if i + 1 >= len(tokens) or tokens[i + 1].kind in ("newline", "comment"):
                continue
            if after in _STATEMENTS:
                depth = 0
            if depth:
                found.append(("nl", i))
                continue
            new = len(token.text.expandtabs(8))
            found.append(("NL>" if new > width else "NL<" if new < width else "NL=", i))
            width = new
            continue
        if token.kind == "op":
            depth += (token.text in _OPENING) - (token.text in _CLOSING and depth > 0)
        found.append((symbol(token.text, token.kind), i))
    return found


def symbol(text: str, kind: TokenKind) -> str:
    """The symbol of one token: itself for operators, keywords and common names."""
    if kind == "name":
        return text if text in _COMMON else "N"
    return {"number": "0", "string": "S", "open_string": "S?", "other": "?"}.get(kind, text)


def essential_tokens(source: str) -> list[str]:
    """The tokens by which programs are compared: no comments, no blank lines, no blanks inside a line.

    >>> essential_tokens("x  = 1 # one\\n\\n  y") == essential_tokens("x = 1\\n  y\\n")
    True
    """
    rows = lines_of(tokens := loose_tokens(source))
    texts: list[str] = []
    for row in rows.values():
        texts += [tokens[i].text for i in row if tokens[i].kind != "indent" or tokens[i].text]
        texts.append("\n")
    return texts[:-1]


def token_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """The least number of tokens to insert, delete or replace to turn one list into the other (Levenshtein).

    >>> token_distance(["if", "x"], ["if", "x", ":"])
    1
    """
    a, b = list(first), list(second)
    while a and b and a[-1] == b[-1]:
        a.pop()
        b.pop()
    skip = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[skip:], b[skip:]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
