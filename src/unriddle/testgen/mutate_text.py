"""A text changed a little, so that it mostly stays of its form: letters come from the text itself, words and numbers
in it are changed as words and numbers. Not covered: texts of a grammar that is known (``unriddle.testgen.strings``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

__all__ = ["LONGEST", "mutate_text"]

LONGEST = 200
"""No text grows beyond this by repetition."""
_PARTS = re.compile(r"\d+|[^\W\d]+|\s+|.", re.DOTALL)


def mutate_text(value: str, *, rng: np.random.Generator, known: Sequence[str] = ()) -> str:
    """A changed copy; now and then an unlike one, and always another than the value where it is not empty.

    Args:
        value: The text.
        rng: Where randomness comes from.
        known: Texts to mix in.
    """
    if not value:
        return _pick(known, rng) if known and rng.random() < 0.7 else _letter("", known, rng)
    ways = (_by_letter, _by_letter, _by_piece, _by_word, _by_word, _by_number)
    for _ in range(4):
        new = ways[int(rng.integers(len(ways)))](value, rng, known)
        if new != value:
            return new
    return _by_letter(value, rng, known)


def _pick(values: Sequence[str], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]


def _letter(value: str, known: Sequence[str], rng: np.random.Generator) -> str:
    """Mostly one of the text's own letters, else one of the known texts', else any that can be printed."""
    way = rng.random()
    if value and way < 0.7:
        return value[int(rng.integers(len(value)))]
    if known and way < 0.9:
        text = _pick(known, rng)
        if text:
            return text[int(rng.integers(len(text)))]
    return chr(int(rng.integers(32, 127)))


def _by_letter(value: str, rng: np.random.Generator, known: Sequence[str]) -> str:
    place, way = int(rng.integers(len(value))), int(rng.integers(4))
    if way == 0:
        return value[:place] + value[place + 1 :]
    if way == 1:
        return value[:place] + value[place].swapcase() + value[place + 1 :]
    end = place if way == 2 and len(value) < LONGEST else place + 1
    return value[:place] + _letter(value, known, rng) + value[end:]


def _by_piece(value: str, rng: np.random.Generator, known: Sequence[str]) -> str:
    i, j = sorted(int(x) for x in rng.integers(0, len(value) + 1, 2))
    piece, way = value[i:j], int(rng.integers(6))
    if way == 0:
        return value[:i] + value[j:]
    if way == 1 and len(value) < LONGEST:
        return value[:j] + piece + value[j:]
    if way == 2:
        return value[:i] + piece[::-1] + value[j:]
    if way == 3:
        return value[:i] + piece.swapcase() + value[j:]
    if way == 4 and len(value) <= LONGEST // 2:
        return value * 2
    return value[j:] + value[i:j] + value[:i]


def _by_word(value: str, rng: np.random.Generator, known: Sequence[str]) -> str:
    """A word (or what stands between words) dropped, doubled, exchanged with another, or another one in its place."""
    parts = _PARTS.findall(value)
    i, j = (int(x) for x in rng.integers(0, len(parts), 2))
    way = int(rng.integers(4))
    if way == 0:
        del parts[i : i + int(rng.integers(1, 3))]
    elif way == 1 and len(value) < LONGEST:
        end = min(len(parts), i + int(rng.integers(1, 4)))
        parts[i:i] = parts[i:end]
    elif way == 2:
        parts[i], parts[j] = parts[j], parts[i]
    else:
        other = _PARTS.findall(_pick(known, rng)) if known and rng.random() < 0.6 else parts
        like = [part for part in other if _sort(part) == _sort(parts[i])]
        if like:
            parts[i] = _pick(like, rng)
    return "".join(parts)


def _sort(part: str) -> str:
    return "digit" if part.isdigit() else "letter" if part.isalpha() else "space" if part.isspace() else "mark"


def _by_number(value: str, rng: np.random.Generator, known: Sequence[str]) -> str:
    found = list(re.finditer(r"\d+", value))
    if not found:
        return value
    place = found[int(rng.integers(len(found)))]
    old = int(place[0]) if len(place[0]) < 30 else 0
    new = (old + 1, max(0, old - 1), old * 2, old * 10, old // 10, int(rng.integers(0, 10)), int(rng.integers(0, 200)))
    return value[: place.start()] + str(new[int(rng.integers(len(new)))]) + value[place.end() :]
