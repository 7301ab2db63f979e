"""Programs that parse, a few edits away from one that does not, with how sure each is.

No language model is needed: edits near the parser's place are tried, those that compile are kept, and equal programs
count together. Where no single edit is enough, those that move the complaint on are edited again. Not covered: whether
to show the result (``unriddle.methods.pyfixv``) and programs that compile but are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from unriddle.language.syntax_error import SyntaxProblem, normal_form, syntax_problem
from unriddle.propose.syntax_edits import Edit, Scene, apply, token_edits
from unriddle.propose.syntax_layout import indent_edits, quote_edits
from unriddle.propose.syntax_model import SyntaxModel, edit_features
from unriddle.propose.syntax_region import Region, region_of
from unriddle.propose.syntax_strings import string_edits
from unriddle.propose.syntax_words import habit_edits, word_edits

__all__ = ["SyntaxFix", "Way", "candidates", "edits_of", "propose_fixes"]

_BEAM = 4
_HINT = 4.0
"""What it counts when the parser itself says what is wrong, where there is nothing to learn that from."""
_HINTS = {
    "call print": "parentheses in call",
    "replace number": "leading zeros",
    "replace , as": "multiple exception types",
    "insert }": "f-string",
    "insert {": "f-string",
    "delete }": "f-string",
    "delete {": "f-string",
}
"""Kind of edit -> part of what the parser says."""
_LOSSES = frozenset(
    f"delete {what}" for what in (
        "name", "number", "string", "open_string", "raise", "from", "import", "yield", "def", "class", "lambda", "with"
    )
)  # fmt: skip
"""What stands for something is never thrown away, since what it was for cannot be known: belief in that is doubt."""
_LONG = 20_000
"""Characters of a statement from which on fewer edits are tried, because reading it again takes long."""


@dataclass(frozen=True, slots=True)
class SyntaxFix:
    """A program that parses and how it came about.

    Attributes:
        source: The whole program.
        edits: What was done, in the order it was done; lines are those of the program before each edit.
        chance: Share of the model's belief that is on programs equal to this one.
        n_rivals: Different programs that parse as well.
    """

    source: str
    edits: tuple[Edit, ...]
    chance: float
    n_rivals: int


@dataclass(frozen=True, slots=True)
class Way:
    """A text on the way to a program.

    Attributes:
        source: The text.
        edits: What was done so far.
        score: What the model makes of that.
        problem: What is still wrong; ``None`` when it compiles.
        features: Of all edits together.
    """

    source: str
    edits: tuple[Edit, ...]
    score: float
    problem: SyntaxProblem | None
    features: dict[str, float] = field(default_factory=dict)


def propose_fixes(
    source: str, *, model: SyntaxModel, max_edits: int = 5, max_tried: int = 150, n: int = 10
) -> list[SyntaxFix]:
    """Up to ``n`` different programs that parse, likeliest first; empty when none was found or nothing is wrong.

    Args:
        source: A program that does not parse.
        model: What is known of code and mistakes.
        max_edits: Edits of one place at most; several broken places get as many each. Very long statements get one.
        max_tried: Edits compiled for each text on the way.
        n: How many programs.
    """
    done: list[tuple[Edit, ...]] = []
    chance = 1.0
    for _ in range(5):
        problem = syntax_problem(source)
        if problem is None or not problem.readable:
            return []
        region = region_of(source, problem)
        size = max(1, len(region.source) // _LONG)
        ways = candidates(
            region, model=model, max_edits=max_edits if size < 10 else 1, max_tried=max(20, max_tried // size)
        )
        fixes = _ranked(region, ways, n=n, before=tuple(e for edits in done for e in edits), chance=chance)
        if not fixes:
            return []
        best = fixes[0]
        after = syntax_problem(best.source) if region.partial else None
        if after is None:
            return fixes
        if after.line < problem.line:
            return []
        done.append(best.edits[sum(len(edits) for edits in done) :])
        source, chance = best.source, best.chance
    return []


def edits_of(scene: Scene) -> Iterator[Edit]:
    """Every edit that is tried."""
    yield from token_edits(scene)
    yield from word_edits(scene)
    yield from habit_edits(scene)
    yield from quote_edits(scene)
    yield from indent_edits(scene)
    yield from string_edits(scene)


def candidates(region: Region, *, model: SyntaxModel, max_edits: int = 5, max_tried: int = 400) -> list[Way]:
    """Every way found to make the region compile, with its score; the shortest ways only."""
    beam = [Way(region.source, (), 0.0, region.problem)]
    for _ in range(max_edits):
        made = [way for old in beam for way in _steps(old, model, max_tried // len(beam))]
        solved = [way for way in made if way.problem is None]
        if solved:
            return solved
        onward = [way for way, old in ((w, _parent(w, beam)) for w in made) if _moved_on(old, way)]
        beam = sorted(onward, key=lambda w: -w.score)[:_BEAM]
        if not beam:
            return []
    return []


def _steps(way: Way, model: SyntaxModel, max_tried: int) -> Iterator[Way]:
    """The texts one edit further, best looking edits first."""
    if way.problem is None or not way.problem.readable:
        return
    scene = Scene(way.source, way.problem, model.tokens)
    balance = sum((t.text in "([{") - (t.text in ")]}") for t in scene.tokens if t.kind == "op")
    said, rated = way.problem.kind, []
    for k, edit in enumerate(edits_of(scene)):
        features = edit_features(edit, way.problem, balance, said)
        hint = _HINT * (edit.kind in _HINTS and _HINTS[edit.kind] in said)
        rated.append((model.score(features) + hint, k, edit, features))
    seen = {way.source}
    for score, _, edit, features in sorted(rated, key=lambda r: (-r[0], r[1]))[:max_tried]:
        text = apply(way.source, edit)
        if text not in seen:
            seen.add(text)
            total = dict(way.features)
            for name, value in features.items():
                total[name] = total.get(name, 0.0) + value
            yield Way(text, (*way.edits, edit), way.score + score, syntax_problem(text), total)


def _parent(way: Way, beam: list[Way]) -> Way:
    return next(old for old in beam if old.edits == way.edits[:-1])


def _moved_on(old: Way, new: Way) -> bool:
    """Whether the parser now reads further, or complains of something else in the same place."""
    a, b = old.problem, new.problem
    if a is None or b is None or not b.readable:
        return False
    return (b.line, b.column) > (a.line, a.column) or (b.line >= a.line and b.kind != a.kind)


def _ranked(region: Region, ways: list[Way], *, n: int, before: tuple[Edit, ...], chance: float) -> list[SyntaxFix]:
    """Equal programs together, likeliest first."""
    if not ways:
        return []
    ways = sorted(ways, key=lambda w: -w.score)
    scores = np.array([w.score for w in ways])
    belief = np.exp(scores - scores.max())
    belief /= belief.sum()
    groups: dict[str, list[int]] = {}
    for k, way in enumerate(ways):
        key = (normal_form(way.source) if k < 4 * n else None) or way.source
        groups.setdefault(key, []).append(k)
    rows = sorted(groups.values(), key=lambda row: -belief[row].sum())
    rows = [row for row in rows if not any(edit.kind in _LOSSES for edit in ways[row[0]].edits)]
    return [
        SyntaxFix(
            region.put_back(ways[row[0]].source),
            (*before, *(region.moved(e) for e in ways[row[0]].edits)),
            chance * float(belief[row].sum()),
            len(rows) - 1,
        )
        for row in rows[:n]
    ]
