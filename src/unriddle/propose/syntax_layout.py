"""Edits of layout and texts: indentation, tabs, empty blocks, quotation marks.

Not covered: lines broken in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unriddle.language.loose_tokens import loose_tokens, symbols
from unriddle.propose.syntax_edits import Change, Edit, Scene

__all__ = ["indent_edits", "quote_edits"]

_BOUNDARY = re.compile(r"^|(?<=\w)(?=\W)|(?<=\W)(?=\w)|(?<=[^\w\s])(?=[^\w\s])|(?<=\s)(?=\S)|(?<=\S)(?=\s)|$")
_MOST_PLACES = 60
_CUT_WORD = re.compile(r"\w''\w|\w\"\"\w")
"""A word that two marks would make two texts of: ``'it''s'``."""


def indent_edits(scene: Scene) -> Iterator[Edit]:
    """Lines moved left and right, alone or with what hangs on them; ``pass`` in empty blocks; tabs as blanks."""
    widths = _widths(scene)
    unit = _unit(widths)
    lines = [n for line in scene.window[:2] for n in (line, scene.around(line)[1]) if n in widths]
    for line in dict.fromkeys(lines):
        for width in _wanted(widths, line, unit):
            yield from _moved(scene, widths, line, width)
        yield from _pass(scene, widths, line, unit)
    yield from _tabs(scene)


def _widths(scene: Scene) -> dict[int, int]:
    """Line -> columns of its indentation, for lines that do not go on with another; tabs reach to every eighth."""
    first = {n: scene.tokens[row[0]] for n, row in scene.rows.items()}
    return {n: len(token.text.expandtabs(8)) for n, token in first.items() if token.kind == "indent"}


def _unit(widths: dict[int, int]) -> int:
    steps = [b - a for a, b in zip(widths.values(), list(widths.values())[1:], strict=False) if b > a]
    return max(set(steps), key=lambda s: (steps.count(s), -s)) if steps else 4


def _wanted(widths: dict[int, int], line: int, unit: int) -> list[int]:
    """Widths that a line may be meant to have: of the lines around it, of the blocks it may be in, one step deeper."""
    before = [n for n in widths if n < line]
    after = [n for n in widths if n > line]
    found, lowest = [], 10**6
    for n in reversed(before):
        if widths[n] < lowest:
            lowest = widths[n]
            found.append(lowest)
        if not lowest:
            break
    if before:
        found.append(widths[before[-1]] + unit)
    if after:
        found.append(widths[after[0]])
    return [w for w in dict.fromkeys([*found, 0]) if w != widths[line]]


def _moved(scene: Scene, widths: dict[int, int], line: int, width: int) -> Iterator[Edit]:
    """The line at its new width, alone, and with the lines after it that are as deep."""
    shift = width - widths[line]
    block = [line]
    for n in sorted(n for n in widths if n > line):
        if widths[n] < widths[line] or (widths[n] == widths[line] and shift < 0 and len(block) == 1):
            break
        block.append(n)
    i = scene.rows[line][0]
    first = scene.tokens[i + 1].text if scene.tokens[i + 1].kind == "keyword" else "other"
    above = widths.get(max((n for n in widths if n < line), default=0), 0)
    gain = scene.gain(i, i + 1, ["NL>" if width > above else "NL<" if width < above else "NL="])
    kind = f"indent {'more' if shift > 0 else 'less'} {min(abs(shift), 4)}"
    for lines, name in (([line], kind), (block, f"{kind} block")):
        if name.endswith("block") and len(block) == 1:
            continue
        changes = [change for n in lines for change in _shifted(scene, n, widths[n] + shift, shift)]
        distance = i - scene.focus
        yield Edit(tuple(changes), name, line, str(widths[line]), str(width), gain, distance, first)


def _shifted(scene: Scene, line: int, width: int, shift: int) -> Iterator[Change]:
    """The line at a width, and with it the lines of a long text that it begins with."""
    row = scene.rows[line]
    token = scene.tokens[row[0]]
    yield Change(token.start, token.end, " " * max(0, width))
    text = scene.tokens[row[1]] if len(row) > 1 else token
    if text.kind == "string" and "\n" in text.text:
        for match in re.finditer(r"\n( *)(?=[^\s])", text.text):
            start = text.start + match.start(1)
            yield Change(start, start + len(match[1]), " " * max(0, len(match[1]) + shift))


def _pass(scene: Scene, widths: dict[int, int], line: int, unit: int) -> Iterator[Edit]:
    """``pass`` as the body of a block that is empty."""
    last = scene.tokens[scene.rows[line][-1]]
    after = min((n for n in widths if n > line), default=None)
    if last.text == ":" and (after is None or widths[after] <= widths[line]):
        i = scene.rows[line][-1] + 1
        text = "\n" + " " * (widths[line] + unit) + "pass"
        gain = scene.gain(i, i, ["NL>", "pass"])
        yield Edit((Change(last.end, last.end, text),), "insert body", line, "", "pass", gain, i - scene.focus, "end")


def _tabs(scene: Scene) -> Iterator[Edit]:
    """Every tab at the beginning of a line as four or as eight blanks."""
    first = [scene.tokens[row[0]] for row in scene.rows.values()]
    rows = [token for token in first if token.kind == "indent" and "\t" in token.text]
    for size in (4, 8) if rows else ():
        changes = tuple(Change(t.start, t.end, t.text.expandtabs(size)) for t in rows)
        near = min(rows, key=lambda t: abs(t.line - scene.problem.line))
        yield Edit(changes, f"tabs {size}", near.line, "tab", str(size), 0.0, 0, "start")


def quote_edits(scene: Scene) -> Iterator[Edit]:
    """Quotation marks inserted, deleted and changed in lines of the window that hold some."""
    for line in scene.window:
        row = [scene.tokens[i] for i in scene.rows[line]]
        open_ones = [t for t in row if t.kind == "open_string"]
        if not open_ones:
            continue
        yield from _closed(scene, line)
        for token in open_ones:
            yield from _other_mark(scene, line, token.start, token.text)
            if token.text[-3:] in ("'''", '"""') or token.text[:3] in ("'''", '"""'):
                yield from _closed_later(scene, line, token.text[:3])


def _closed(scene: Scene, line: int) -> Iterator[Edit]:
    """One more mark at every boundary between words and signs of the line, or one fewer."""
    start, end = _span(scene, line)
    text = scene.source[start:end]
    stripped = text.rstrip()
    focus = scene.tokens[scene.focus].start
    marks = [q for q in ("'", '"') if q in text]
    places = [m.start() for m in _BOUNDARY.finditer(stripped)][:_MOST_PLACES]
    for mark in marks:
        for place in dict.fromkeys([*places, len(stripped)]):
            at, kind = start + place, f"insert {mark}"
            if _CUT_WORD.search(f"{text[max(0, place - 2) : place]}{mark}{text[place : place + 2]}"):
                continue
            where = "end" if place == len(stripped) else _sort(text, place - 1) + _sort(text, place)
            gain = _line_gain(scene, line, text[:place] + mark + text[place:])
            yield Edit((Change(at, at, mark),), kind, line, "", mark, gain, (at > focus) * 2 - 1, where)
        for k in (k for k, char in enumerate(text) if char == mark):
            gain = _line_gain(scene, line, text[:k] + text[k + 1 :])
            changes = (Change(start + k, start + k + 1, ""),)
            yield Edit(changes, f"delete {mark}", line, mark, "", gain, 0)


def _sort(text: str, at: int) -> str:
    """What stands there, roughly: a word, a blank, a closing sign, or the sign itself."""
    char = text[at] if 0 <= at < len(text) else "\n"
    return "w" if char.isalnum() else "]" if char in ")]}" else char


def _other_mark(scene: Scene, line: int, at: int, text: str) -> Iterator[Edit]:
    """The other kind of mark at the beginning of a text, or at its end."""
    mark = next(char for char in text if char in "'\"")
    other = '"' if mark == "'" else "'"
    start, end = _span(scene, line)
    whole = scene.source[start:end]
    first = at + text.index(mark)
    for place in [first, *(k + start for k, char in enumerate(whole) if char == other and k + start > first)]:
        new = other if place == first else mark
        changed = whole[: place - start] + new + whole[place - start + 1 :]
        gain = _line_gain(scene, line, changed)
        old = scene.source[place]
        yield Edit((Change(place, place + 1, new),), "other mark", line, old, new, gain, 0)


def _closed_later(scene: Scene, line: int, mark: str) -> Iterator[Edit]:
    """A long text closed at the end of its line or of one of the next lines."""
    ends = [m.start() for m in re.finditer(r"\n|$", scene.source)]
    for n in range(line - 1, min(line + 8, len(ends))):
        at = ends[n]
        yield Edit((Change(at, at, mark),), "insert long mark", n + 1, "", mark, 0.0, n + 1 - line, "end")


def _span(scene: Scene, line: int) -> tuple[int, int]:
    """Where a line begins after its indentation, and where it ends."""
    first = scene.tokens[scene.rows[line][0]]
    start = first.end if first.kind == "indent" else first.start
    end = scene.source.find("\n", start)
    return start, len(scene.source) if end < 0 else end


def _line_gain(scene: Scene, line: int, text: str) -> float:
    """The rise when the line, after its indentation, becomes this text."""
    row = scene.rows[line]
    new = [s for s, _ in symbols(loose_tokens(text))][1:]
    first = row[0] + (scene.tokens[row[0]].kind == "indent")
    return scene.gain(first, row[-1] + 1, new)
