"""Edits of words and signs: misspelt keywords, signs of other languages, pairs of tokens that are one in Python.

Not covered: names that are misspelt but parse.
"""

from __future__ import annotations

import itertools
import keyword
from collections.abc import Iterator

from unriddle.propose.syntax_edits import Change, Edit, Scene, new_symbol

__all__ = ["habit_edits", "near_keywords", "word_edits"]

_WORDS = tuple(w for w in keyword.kwlist if w not in ("async", "await", "nonlocal", "None", "True", "False"))
_OTHER_WORDS = {
    "elsif": "elif", "elseif": "elif", "elsif:": "elif", "function": "def", "func": "def", "fn": "def", "fun": "def",
    "foreach": "for", "catch": "except", "throw": "raise", "include": "import", "until": "while", "define": "def",
    "otherwise": "else",
}  # fmt: skip
_PAIRS = {
    ("else", "if"): "elif",
    ("=", "="): "==",
    ("==", "="): "==",
    ("=", ">"): ">=",
    ("=", "<"): "<=",
    (">", "="): ">=",
    ("<", "="): "<=",
    ("!", "="): "!=",
    ("=", "!"): "!=",
    ("<", ">"): "!=",
    ("&", "&"): "and",
    ("|", "|"): "or",
    ("+", "+"): "+= 1",
    ("-", "-"): "-= 1",
    ("+", "="): "+=",
    ("-", "="): "-=",
    ("*", "="): "*=",
    ("/", "="): "/=",
    ("not", "="): "!=",
    ("!=", "="): "!=",
    ("end", "if"): "",
    (";", ";"): ";",
}
_SIGNS = {
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": "'", "´": "'", "×": "*", "÷": "/",
    "−": "-", "–": "-", "—": "-", "≤": "<=", "≥": ">=", "≠": "!=", "，": ",", "：": ":", "；": ";", "（": "(",
    "）": ")", "\xa0": " ", "\u200b": "", "\ufeff": "",
}  # fmt: skip


def word_edits(scene: Scene) -> Iterator[Edit]:
    """Keywords spelt right, pairs of tokens made one, words split."""
    tokens = scene.tokens
    for line in scene.window:
        row = scene.rows[line]
        for i in row:
            token = tokens[i]
            if token.kind == "name":
                for word in near_keywords(token.text):
                    yield _replace(scene, i, i + 1, word, "spell")
                yield from _glued(scene, i)
        for i, j in itertools.pairwise(row):
            new = _PAIRS.get((tokens[i].text, tokens[j].text))
            if new is not None:
                yield _replace(scene, i, j + 1, new, f"join {tokens[i].text} {tokens[j].text}")


def _replace(scene: Scene, i: int, j: int, new: str, kind: str) -> Edit:
    first, last = scene.tokens[i], scene.tokens[j - 1]
    source = scene.source
    text = new
    if new[:1].isalpha() and source[first.start - 1 : first.start].isalnum():
        text = " " + text
    if new[-1:].isalpha() and source[last.end : last.end + 1].isalnum():
        text += " "
    if new.startswith(("+= ", "-= ")):
        text = " " + new if source[first.start - 1 : first.start] != " " else new
    gain = scene.gain(i, j, [new_symbol(part) for part in new.split()])
    old = source[first.start : last.end]
    return Edit((Change(first.start, last.end, text),), kind, first.line, old, new, gain, i - scene.focus)


def near_keywords(word: str) -> list[str]:
    """The keywords that a word may be meant to be: other capitals, one slip of the pen, the word of another language.

    >>> near_keywords("retrun"), near_keywords("Elsif")
    (['return'], ['elif'])
    """
    small = word.lower()
    if small in _OTHER_WORDS:
        return [_OTHER_WORDS[small]]
    if small in _WORDS:
        return [small]
    return [w for w in _WORDS if abs(len(w) - len(word)) <= 1 and len(word) > 1 and _one_slip(word, w)]


def _one_slip(word: str, wanted: str) -> bool:
    """Whether one letter missing, doubled, wrong, or two swapped make the difference."""
    if len(word) == len(wanted):
        wrong = [k for k in range(len(word)) if word[k] != wanted[k]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return word[wrong[0]] == wanted[wrong[1]] and word[wrong[1]] == wanted[wrong[0]]
        return len(wrong) == 1 and len(wanted) > 2
    longer, shorter = (word, wanted) if len(word) > len(wanted) else (wanted, word)
    return any(longer[:k] + longer[k + 1 :] == shorter for k in range(len(longer)))


def _glued(scene: Scene, i: int) -> Iterator[Edit]:
    """A keyword grown together with the word after or before it: ``defadd``, ``returnx``, ``xin``."""
    token = scene.tokens[i]
    for word in ("def", "class", "return", "for", "in", "if", "while", "import", "from", "not", "and", "or", "elif"):
        rest = token.text[len(word) :]
        if token.text.startswith(word) and (rest.isidentifier() or rest.isdigit()):
            at = token.start + len(word)
            gain = scene.gain(i, i + 1, [word, new_symbol(rest)])
            new = f"{word} {rest}"
            yield Edit((Change(at, at, " "),), "split", token.line, token.text, new, gain, i - scene.focus)


def habit_edits(scene: Scene) -> Iterator[Edit]:
    """``print x``, curly braces around blocks, signs that a word processor or another keyboard made."""
    yield from _print(scene)
    yield from _braces(scene)
    yield from _foreign(scene)
    yield from _exceptions(scene)


def _exceptions(scene: Scene) -> Iterator[Edit]:
    """``except Kind, error:`` of Python 2."""
    tokens = scene.tokens
    for line in scene.window:
        row = [i for i in scene.rows[line] if tokens[i].kind != "indent"]
        if len(row) >= 5 and tokens[row[0]].text == "except" and tokens[row[-3]].text == ",":
            comma, name = tokens[row[-3]], tokens[row[-2]]
            if name.kind == "name" and name.text.islower() and tokens[row[-1]].text == ":":
                gain = scene.gain(row[-3], row[-2], ["as"])
                changes = (Change(comma.start, name.start, " as "),)
                yield Edit(changes, "replace , as", line, ",", "as", gain, row[-3] - scene.focus)


def _print(scene: Scene) -> Iterator[Edit]:
    """Brackets around what follows ``print`` or ``exec`` up to the end of its line."""
    tokens = scene.tokens
    for line in scene.window:
        row = scene.rows[line]
        for n, i in enumerate(row[:-1]):
            if tokens[i].text not in ("print", "exec"):
                continue
            first, last = tokens[i + 1], tokens[row[-1]]
            end = last.start if last.text in (";", ":") and len(row) > n + 2 else last.end
            gain = scene.gain(i + 1, i + 1, ["("])
            changes = (Change(tokens[i].end, first.start, "("), Change(end, end, ")"))
            yield Edit(changes, "call print", line, tokens[i].text, f"{tokens[i].text}(", gain, i - scene.focus)


def _braces(scene: Scene) -> Iterator[Edit]:
    """All blocks in braces as Python writes them."""
    tokens, changes, first = scene.tokens, [], 0
    for line, row in scene.rows.items():
        texts = [tokens[i] for i in row if tokens[i].kind != "indent"]
        if texts and texts[0].text == "}":
            end = texts[1].start if len(texts) > 1 else texts[0].end
            changes.append(Change(texts[0].start, end, ""))
        if len(texts) > 1 and texts[-1].text == "{" and any(t.kind == "keyword" for t in texts):
            before = texts[-2]
            changes.append(Change(before.end, texts[-1].end, "" if before.text == ":" else ":"))
            first = first or line
        elif len(texts) > 1 and texts[-1].text == "}" and not any(t.text == "{" for t in texts):
            changes.append(Change(texts[-2].end, texts[-1].end, ""))
    if first and len(changes) > 1:
        yield Edit(tuple(changes), "braces", first, "{", ":", 0.0, scene.rows[first][-1] - scene.focus, "end")


def _foreign(scene: Scene) -> Iterator[Edit]:
    """Signs that only look like Python's, everywhere outside texts, all at once."""
    odd = [t for t in scene.tokens if t.kind == "other" and t.text in _SIGNS]
    if odd:
        changes = tuple(Change(t.start, t.end, _SIGNS[t.text]) for t in odd)
        new = _SIGNS[odd[0].text]
        yield Edit(
            changes, "foreign sign", odd[0].line, odd[0].text, new, 0.0, scene.tokens.index(odd[0]) - scene.focus
        )
