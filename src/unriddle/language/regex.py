"""Regular expressions of a restricted family, matched against many strings at once, without backtracking.

The family: characters, classes, ``.``, ``\\d``, ``\\w``, groups with alternatives, and the quantifiers ``?``, ``*``,
``+``, ``{m}``, ``{m,}``, ``{m,n}``. A match keeps, for every string, the set of places reached so far as the bits of
one integer, and never goes back: no input makes it try the same place of a part again and again, so expressions of any
origin may be matched here. Not covered: anchors, lookaround, back references, flags,
lazy and possessive quantifiers, characters outside printable ASCII, strings longer than 62.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, shorten

__all__ = [
    "ALPHABET",
    "Chars",
    "Either",
    "Regex",
    "Repeat",
    "Row",
    "Strings",
    "full_match",
    "parse_regex",
    "regex_text",
]

ALPHABET = "".join(chr(code) for code in range(33, 127))
"""The characters that expressions and strings are made of: printable ASCII without blank."""

LONGEST = 62
_MOST = 64
"""Largest count of a quantifier."""
_DEPTH = 20

_NAMED = {
    "[0-9]": string.digits,
    "[a-z]": string.ascii_lowercase,
    "[A-Z]": string.ascii_uppercase,
    "[a-zA-Z]": string.ascii_letters,
    "[a-z0-9]": string.ascii_lowercase + string.digits,
    "[A-Z0-9]": string.ascii_uppercase + string.digits,
    "[a-zA-Z0-9]": string.ascii_letters + string.digits,
    ".": ALPHABET,
}
_SPECIAL = set("\\.[]{}()*+?|^$-")
_ESCAPES = {"d": string.digits, "w": string.ascii_letters + string.digits + "_"}


@dataclass(frozen=True, slots=True)
class Chars:
    """Any one of these characters."""

    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body ``low`` to ``high`` times; ``high=None`` means any number above."""

    body: Regex
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """The parts one after the other."""

    parts: tuple[Regex, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts."""

    parts: tuple[Regex, ...]


Regex = Chars | Repeat | Row | Either


@dataclass(frozen=True, slots=True)
class Strings:
    """Strings made ready for matching.

    Attributes:
        texts: ``(m,)`` the strings.
        codes: ``(m, t)`` their characters, 0 behind the end.
        ends: ``(m,)`` the bit of each string's end.
    """

    texts: tuple[str, ...]
    codes: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.uint64]
    _kept: dict[frozenset[str], npt.NDArray[np.uint64]] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(texts: Sequence[str]) -> Strings:
        """The strings, ready.

        Raises:
            BadInput: A string is too long.
        """
        for text in texts:
            if len(text) > LONGEST:
                raise BadInput(f"regex: strings may have {LONGEST} characters, got {len(text)}: {shorten(text)}")
        width = max((len(text) for text in texts), default=0)
        codes = np.zeros((len(texts), width), np.uint8)
        for i, text in enumerate(texts):
            # 255 is no character of the alphabet, so what lies outside it matches nothing.
            codes[i, : len(text)] = [ord(c) if ord(c) < 127 else 255 for c in text]
        ends = np.uint64(1) << np.array([len(text) for text in texts], np.uint64)
        return Strings(tuple(texts), codes, ends)

    def places(self, chars: frozenset[str]) -> npt.NDArray[np.uint64]:
        """``(m,)``: bit i is set where character i of the string is one of these."""
        kept = self._kept.get(chars)
        if kept is None:
            table = np.zeros(256, np.bool_)
            table[[ord(c) for c in chars]] = True
            bits = np.uint64(1) << np.arange(self.codes.shape[1], dtype=np.uint64)
            kept = self._kept[chars] = (table[self.codes] * bits).sum(axis=1, dtype=np.uint64)
        return kept


def full_match(regex: Regex, strings: Strings) -> npt.NDArray[np.bool_]:
    """``(m,)``: the expression matches the whole string.

    >>> full_match(parse_regex("[a-c]{2,}x?"), Strings.of(["ab", "a", "abcx", "abx9"])).tolist()
    [True, False, True, False]
    """
    start = np.ones(len(strings.texts), np.uint64)
    return np.asarray(_reach(regex, start, strings) & strings.ends, dtype=np.bool_)


def _reach(regex: Regex, at: npt.NDArray[np.uint64], strings: Strings) -> npt.NDArray[np.uint64]:
    """``(m,)`` places that can be reached from the places ``at``."""
    if isinstance(regex, Chars):
        return (at & strings.places(regex.chars)) << np.uint64(1)
    if isinstance(regex, Row):
        for part in regex.parts:
            at = _reach(part, at, strings)
        return at
    if isinstance(regex, Either):
        out = np.zeros_like(at)
        for part in regex.parts:
            out |= _reach(part, at, strings)
        return out
    for _ in range(regex.low):
        before, at = at, _reach(regex.body, at, strings)
        if not at.any() or np.array_equal(at, before):
            break
    out = at
    for _ in range(LONGEST if regex.high is None else regex.high - regex.low):
        at = _reach(regex.body, at, strings) & ~out
        if not at.any():
            break
        out = out | at
    return out


def parse_regex(text: str) -> Regex:
    """The expression that the text writes.

    Raises:
        BadInput: The text is no expression of the family; the message has the place.
    """
    parser = _Parser(text)
    made = parser.either(0)
    if parser.at < len(text):
        raise parser.wrong("the end")
    return made


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0

    def wrong(self, expected: str) -> BadInput:
        got = shorten(self.text[self.at]) if self.at < len(self.text) else "the end"
        return BadInput(f"regex {shorten(self.text)}, character {self.at + 1}: expected {expected}, got {got}")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise self.wrong(expected)
        self.at += 1

    def either(self, depth: int) -> Regex:
        if depth > _DEPTH:
            raise BadInput(f"regex {shorten(self.text)}: groups may be nested {_DEPTH} deep")
        parts = [self.row(depth)]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.row(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def row(self, depth: int) -> Regex:
        parts: list[Regex] = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def atom(self, depth: int) -> Regex:
        char = self.peek()
        if char == "(":
            self.at += 3 if self.text.startswith("(?:", self.at) else 1
            inside = self.either(depth + 1)
            self.take(")")
            return inside
        if char == "[":
            return self.char_class()
        if char == ".":
            self.at += 1
            return Chars(frozenset(ALPHABET))
        if char == "\\":
            return Chars(frozenset(self.escape()))
        if char in "*+?{}]^$" or char not in ALPHABET:
            raise self.wrong("a character, a class or a group")
        self.at += 1
        return Chars(frozenset(char))

    def escape(self) -> str:
        self.at += 1
        char = self.peek()
        if char not in _ESCAPES and (not char or char.isalnum()):
            raise self.wrong("d, w or a mark after the backslash")
        self.at += 1
        return _ESCAPES.get(char, char)

    def char_class(self) -> Regex:
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        chars: set[str] = set()
        while self.peek() != "]":
            if not self.peek():
                raise self.wrong("]")
            first = self.escape() if self.peek() == "\\" else self._plain()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self.escape() if self.peek() == "\\" else self._plain()
                if len(first) != 1 or len(last) != 1 or first > last:
                    raise self.wrong("a range from a lower to a higher character")
                chars |= {chr(code) for code in range(ord(first), ord(last) + 1)}
            else:
                chars |= set(first)
        self.at += 1
        made = frozenset(ALPHABET) - chars if negated else frozenset(chars)
        if not made:
            raise self.wrong("a class with characters in it")
        return Chars(made)

    def _plain(self) -> str:
        char = self.peek()
        if char not in ALPHABET:
            raise self.wrong("a printable ASCII character")
        self.at += 1
        return char

    def quantified(self, body: Regex) -> Regex:
        simple: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        while self.peek() and self.peek() in "?*+{":
            char = self.peek()
            self.at += 1
            low, high = simple[char] if char in simple else self.counts()
            body = Repeat(body, low, high)
        return body

    def counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at : max(end, self.at)].partition(",")
        numbers = [part for part in (low, high) if part]
        if end < 0 or not low or not all(n.isascii() and n.isdigit() and int(n[:9]) <= _MOST for n in numbers):
            raise self.wrong(f"a count such as {{2}}, {{2,}} or {{2,5}}, at most {_MOST}")
        self.at = end + 1
        upper = int(low) if not comma else int(high) if high else None
        if upper is not None and upper < int(low):
            raise self.wrong("a count whose end is not below its start")
        return int(low), upper


def regex_text(regex: Regex) -> str:
    """The expression as text that Python's ``re`` reads in the same way (strings of the alphabet).

    >>> regex_text(parse_regex("(a|[0-9]{2,})?"))
    '(a|[0-9]{2,})?'
    """
    if isinstance(regex, Chars):
        return _class_text(regex.chars)
    if isinstance(regex, Row):
        return "".join(f"({regex_text(p)})" if isinstance(p, Either) else regex_text(p) for p in regex.parts)
    if isinstance(regex, Either):
        return "|".join(regex_text(part) for part in regex.parts)
    body = regex_text(regex.body)
    if not isinstance(regex.body, Chars):
        body = f"({body})"
    if (regex.low, regex.high) in _MARKS:
        return body + _MARKS[regex.low, regex.high]
    upper = "" if regex.high is None else str(regex.high)
    return f"{body}{{{regex.low}}}" if regex.high == regex.low else f"{body}{{{regex.low},{upper}}}"


_MARKS: dict[tuple[int, int | None], str] = {(0, 1): "?", (0, None): "*", (1, None): "+"}


def _class_text(chars: frozenset[str]) -> str:
    if len(chars) == 1:
        return _escaped(next(iter(chars)))
    for text, named in _NAMED.items():
        if chars == frozenset(named):
            return text
    codes = sorted(map(ord, chars))
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    parts = [_escaped(chr(a)) + (("-" if b > a + 1 else "") + _escaped(chr(b)) if b > a else "") for a, b in runs]
    return f"[{''.join(parts)}]"


def _escaped(char: str) -> str:
    return "\\" + char if char in _SPECIAL else char
