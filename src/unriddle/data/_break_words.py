"""Mistakes in words and signs that beginners make: every place of a program where each can be made.

Part of ``unriddle.data.syntax_breaks``. Not covered: mistakes that still compile.
"""

from __future__ import annotations

from collections.abc import Iterator

from unriddle.language.loose_tokens import Token

__all__ = ["WORDS", "Part", "Text"]

Part = tuple[int, int, str]
"""From, to, and what is written there."""

_HEADS = frozenset(["if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with"])
_SPELT_HEADS = ("if", "elif", "else", "for", "while", "def", "class", "try", "except", "with")
_SPELT = frozenset((*_SPELT_HEADS, "return", "import", "from", "in", "not", "and", "or", "pass"))
_BINARY = frozenset(["+", "-", "*", "/", "%", "//", "==", "!=", "<", ">", "<=", ">=", "and", "or"])
_KEYS = {"e": "r", "r": "t", "i": "o", "o": "p", "f": "g", "l": "k", "n": "m", "t": "y", "u": "i", "a": "s", "d": "f"}


class Text:
    """A program and its tokens, with what the operators ask of it."""

    def __init__(self, source: str, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = [t for t in tokens if t.kind not in ("newline", "comment", "indent")]
        self.lines = source.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.rows: dict[int, list[int]] = {}
        for i, token in enumerate(self.tokens):
            self.rows.setdefault(token.line, []).append(i)

    def heads(self) -> Iterator[tuple[list[Token], Token]]:
        """Tokens of each line that opens a block, and its colon."""
        for row in self.rows.values():
            tokens = [self.tokens[i] for i in row]
            if tokens[0].text in _HEADS and tokens[-1].text == ":":
                yield tokens, tokens[-1]

    def with_text(self, text: str) -> Iterator[tuple[int, Token]]:
        """The tokens with this text."""
        return ((i, t) for i, t in enumerate(self.tokens) if t.text == text)

    def removed(self, token: Token) -> Part:
        """A token gone together with the blank that is too much then."""
        end = token.end
        if self.source[end : end + 1] == " " and self.source[token.start - 1 : token.start] in (" ", "\n", ""):
            end += 1
        return (token.start, end, "")


Sites = Iterator[tuple[Part, ...]]


def _missing_colon(text: Text) -> Sites:
    for _, colon in text.heads():
        yield (text.removed(colon),)


def _semicolon_for_colon(text: Text) -> Sites:
    for _, colon in text.heads():
        yield ((colon.start, colon.end, ";"),)


def _colon_after_statement(text: Text) -> Sites:
    for row in text.rows.values():
        first, last = text.tokens[row[0]], text.tokens[row[-1]]
        if first.text not in _HEADS and last.text not in ":,([{\\" and first.kind in ("name", "keyword"):
            yield ((last.end, last.end, ":"),)


def _then(text: Text) -> Sites:
    for tokens, colon in text.heads():
        if tokens[0].text in ("if", "elif"):
            yield ((colon.start, colon.end, " then:"),)


def _assign_for_equal(text: Text) -> Sites:
    for _, token in text.with_text("=="):
        yield ((token.start, token.end, "="),)


def _swapped_comparison(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in (">=", "<=", "!="):
            yield ((token.start, token.end, token.text[::-1]),)


def _split_operator(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in (">=", "<=", "!=", "==", "+=", "-="):
            yield ((token.start, token.end, f"{token.text[0]} {token.text[1]}"),)


def _missing_comma(text: Text) -> Sites:
    for _, token in text.with_text(","):
        yield ((token.start, token.end, ""),)


def _missing_operator(text: Text) -> Sites:
    for before, token in zip(text.tokens, text.tokens[1:], strict=False):
        if token.text in _BINARY and (before.kind in ("name", "number", "string") or before.text in ")]"):
            yield (text.removed(token),)


def _missing_in(text: Text) -> Sites:
    for _, token in text.with_text("in"):
        yield (text.removed(token),)


def _misspelt_keyword(text: Text) -> Sites:
    for token in text.tokens:
        word = token.text
        if word in _SPELT and token.kind == "keyword":
            for k in range(len(word)):
                if k + 1 < len(word) and word[k] != word[k + 1]:
                    yield ((token.start, token.end, word[:k] + word[k + 1] + word[k] + word[k + 2 :]),)
                if len(word) > 2:
                    yield ((token.start, token.end, word[:k] + word[k + 1 :]),)
                    yield ((token.start, token.end, word[: k + 1] + word[k:]),)
                    yield ((token.start, token.end, word[:k] + _KEYS.get(word[k], "e") + word[k + 1 :]),)


def _capital_keyword(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in _SPELT and token.kind == "keyword":
            yield ((token.start, token.end, token.text.capitalize()),)


def _else_if(text: Text) -> Sites:
    for _, token in text.with_text("elif"):
        yield ((token.start, token.end, "else if"),)


def _elseif(text: Text) -> Sites:
    for _, token in text.with_text("elif"):
        for word in ("elseif", "elsif", "elif if"):
            yield ((token.start, token.end, word),)


def _other_def(text: Text) -> Sites:
    for _, token in text.with_text("def"):
        for word in ("function", "func", "fun", "define"):
            yield ((token.start, token.end, word),)


def _c_operators(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in ("and", "or"):
            yield ((token.start, token.end, {"and": "&&", "or": "||"}[token.text]),)
    for i, token in text.with_text("not"):
        if text.tokens[i - 1].text not in ("is",) and text.tokens[i + 1].text != "in":
            yield ((token.start, text.tokens[i + 1].start, "!"),)


def _increment(text: Text) -> Sites:
    for i, token in enumerate(text.tokens[:-1]):
        if token.text in ("+=", "-=") and text.tokens[i + 1].text == "1":
            yield ((text.tokens[i - 1].end, text.tokens[i + 1].end, token.text[0] * 2),)


def _print_statement(text: Text) -> Sites:
    for row in text.rows.values():
        tokens = [text.tokens[i] for i in row]
        if len(tokens) > 3 and tokens[0].text == "print" and tokens[1].text == "(" and tokens[-1].text == ")":
            yield ((tokens[1].start, tokens[1].end, " "), (tokens[-1].start, tokens[-1].end, ""))


WORDS = {
    "missing_colon": _missing_colon,
    "semicolon_for_colon": _semicolon_for_colon,
    "colon_after_statement": _colon_after_statement,
    "then": _then,
    "assign_for_equal": _assign_for_equal,
    "swapped_comparison": _swapped_comparison,
    "split_operator": _split_operator,
    "missing_comma": _missing_comma,
    "missing_operator": _missing_operator,
    "missing_in": _missing_in,
    "misspelt_keyword": _misspelt_keyword,
    "capital_keyword": _capital_keyword,
    "else_if": _else_if,
    "elseif": _elseif,
    "other_def": _other_def,
    "c_operators": _c_operators,
    "increment": _increment,
    "print_statement": _print_statement,
}
"""Name of the mistake -> every way to make it in a program."""
