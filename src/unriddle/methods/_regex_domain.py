"""The regex domain of pragmatic examples: a grammar to draw expressions from, strings they accept, near misses.

Expressions are one to four parts; a part is a class or a character with a quantifier, or a group of two alternatives.
Equivalence is by behaviour on a fixed set of strings. Not covered: the published expressions and people's examples
(they are not in the reference data).
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.language.regex import ALPHABET, Chars, Either, Regex, Repeat, Row, Strings, full_match, regex_text

__all__ = ["RegexPool", "draw_pool", "draw_regex", "draw_string", "near_miss"]

_Bools = npt.NDArray[np.bool_]

_CLASSES = tuple(
    Chars(frozenset(chars))
    for chars in (
        string.digits,
        string.ascii_lowercase,
        string.ascii_uppercase,
        string.ascii_letters,
        string.ascii_lowercase + string.digits,
        string.ascii_uppercase + string.digits,
        string.ascii_letters + string.digits,
        "abc",
        "xyz",
        "aeiou",
        "ABC",
        "01",
    )
)
_MARKS = "-_.@#:/ab0X"
_LONGEST = 15
"""Longest example, as published."""


def draw_regex(rng: np.random.Generator, *, max_parts: int = 4) -> Regex:
    """A random expression of the family."""
    n = int(rng.integers(1, max_parts + 1))
    parts = [_part(rng) for _ in range(n)]
    return parts[0] if n == 1 else Row(tuple(parts))


def _part(rng: np.random.Generator) -> Regex:
    if rng.random() < 0.1:
        sides = tuple(_quantified(_atom(rng), rng) for _ in range(2))
        group = Either(sides)
        return Repeat(group, 0, 1) if rng.random() < 0.3 else group
    return _quantified(_atom(rng), rng)


def _atom(rng: np.random.Generator) -> Chars:
    if rng.random() < 0.2:
        return Chars(frozenset(_MARKS[int(rng.integers(len(_MARKS)))]))
    return _CLASSES[int(rng.integers(len(_CLASSES)))]


def _quantified(atom: Chars, rng: np.random.Generator) -> Regex:
    way = rng.random()
    if way < 0.3:
        return atom
    if way < 0.45:
        return Repeat(atom, 0, 1)
    low = int(rng.integers(1, 4))
    if way < 0.6:
        return Repeat(atom, low, low) if low > 1 else atom
    if way < 0.8:
        return Repeat(atom, low, low + int(rng.integers(1, 4)))
    return Repeat(atom, low, None)


def draw_string(regex: Regex, rng: np.random.Generator) -> str:
    """A random string that the expression accepts; open repeats end after a few more than they must."""
    if isinstance(regex, Chars):
        chars = sorted(regex.chars)
        return chars[int(rng.integers(len(chars)))]
    if isinstance(regex, Row):
        return "".join(draw_string(part, rng) for part in regex.parts)
    if isinstance(regex, Either):
        return draw_string(regex.parts[int(rng.integers(len(regex.parts)))], rng)
    high = regex.low + 3 if regex.high is None else regex.high
    return "".join(draw_string(regex.body, rng) for _ in range(int(rng.integers(regex.low, high + 1))))


def near_miss(text: str, rng: np.random.Generator) -> str:
    """The string with one or two small changes: a character gone, doubled, changed, added, or two exchanged."""
    chars = list(text)
    for _ in range(1 + int(rng.random() < 0.3)):
        place, way = int(rng.integers(len(chars) + 1)), int(rng.integers(5))
        if not chars or way == 0 or place == len(chars):
            chars.insert(place, _like(chars, rng))
        elif way == 1:
            del chars[place]
        elif way == 2:
            chars.insert(place, chars[place])
        elif way == 3:
            chars[place] = _like([], rng)
        else:
            other = int(rng.integers(len(chars)))
            chars[place], chars[other] = chars[other], chars[place]
    return "".join(chars)[:_LONGEST]


def _like(chars: list[str], rng: np.random.Generator) -> str:
    """A character: one of these, or one of a common kind."""
    if chars and rng.random() < 0.4:
        return chars[int(rng.integers(len(chars)))]
    kinds = (string.digits, string.ascii_lowercase, string.ascii_uppercase, _MARKS, ALPHABET)
    kind = kinds[int(rng.integers(len(kinds)))]
    return kind[int(rng.integers(len(kind)))]


@dataclass(frozen=True, slots=True)
class RegexPool:
    """Expressions, one for each behaviour.

    Attributes:
        regexes: ``(n,)``, the shortest of each behaviour.
        counts: ``(n,)`` how often each behaviour was drawn.
        probes: The strings that tell behaviours apart.
        accepts: ``(n, number of probes)``.
    """

    regexes: tuple[Regex, ...]
    counts: npt.NDArray[np.int64]
    probes: Strings
    accepts: _Bools

    def matches(self, texts: Sequence[str]) -> _Bools:
        """``(n, number of texts)``: which expressions accept which strings."""
        strings = Strings.of(texts)
        return np.array([full_match(regex, strings) for regex in self.regexes]).reshape(len(self.regexes), len(texts))


def draw_pool(n: int, *, rng: np.random.Generator, n_probes: int = 2000, max_parts: int = 4) -> RegexPool:
    """``n`` drawn expressions merged by their behaviour on strings of some of them and near misses of those.

    Expressions that accept none of the strings cannot be told apart and are left out.

    Args:
        n: Expressions to draw.
        rng: Where they come from.
        n_probes: Strings; half are accepted by a drawn expression, half are near misses.
        max_parts: Most parts of an expression.
    """
    drawn = [draw_regex(rng, max_parts=max_parts) for _ in range(n)]
    chosen = rng.integers(0, n, n_probes)
    accepted = [draw_string(drawn[int(i)], rng)[:_LONGEST] for i in chosen[: n_probes // 2]]
    missed = [near_miss(draw_string(drawn[int(i)], rng), rng) for i in chosen[n_probes // 2 :]]
    probes = Strings.of([*accepted, *missed])
    accepts = np.array([full_match(regex, probes) for regex in drawn])
    packed = np.ascontiguousarray(np.packbits(accepts, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, of_row = np.unique(keys, return_inverse=True)
    best: dict[int, int] = {}
    lengths = [len(regex_text(regex)) for regex in drawn]
    for i, behaviour in enumerate(of_row.tolist()):
        if behaviour not in best or lengths[i] < lengths[best[behaviour]]:
            best[behaviour] = i
    rows = np.array([best[b] for b in range(len(best))])
    counts = np.bincount(of_row)
    kept = accepts[rows].any(axis=1)
    return RegexPool(tuple(drawn[i] for i in rows[kept]), counts[kept], probes, accepts[rows[kept]])
