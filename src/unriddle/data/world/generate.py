"""The endless stream of problems of some levels, from one side of the split, no behaviour twice.

Not covered: keeping problems (``unriddle data world --out FILE``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from unriddle.data.world import level1, level2, level3, level4, level5
from unriddle.data.world.check import build, outputs, worthwhile
from unriddle.data.world.draft import Draft, Draw, NoRoom
from unriddle.data.world.problem import LEVELS, Split, WorldProblem
from unriddle.data.world.split import fingerprint, side, structure_held_out
from unriddle.errors import BadInput, shorten

__all__ = ["draft_of", "generate"]

Template = Callable[[Draw], Draft]

_TEMPLATES: dict[int, tuple[Template, ...]] = {
    number: tuple(template for template, weight in level.TEMPLATES for _ in range(weight))
    for number, level in enumerate((level1, level2, level3, level4, level5), 1)
}


def generate(*, levels: Sequence[int], split: Split, seed: int) -> Iterator[WorldProblem]:
    """Problems without end, the levels drawn evenly, no behaviour twice in one stream.

    Args:
        levels: Levels to draw from.
        split: ``train`` or ``held_out``.
        seed: Seed of the stream; equal arguments give equal problems.

    Raises:
        BadInput: There is no such level or split.
    """
    wanted = tuple(dict.fromkeys(levels))
    if not wanted or any(type(level) is not int or level not in LEVELS for level in wanted):
        raise BadInput(f"generate: levels must be some of {LEVELS}, got {shorten(levels)}")
    if split not in get_args(Split):
        raise BadInput(f"generate: split must be 'train' or 'held_out', got {shorten(split)}")
    if type(seed) is not int:
        raise BadInput(f"generate: seed must be a whole number, got {shorten(seed)}")
    return _stream(wanted, split, seed)


def _stream(levels: tuple[int, ...], split: Split, seed: int) -> Iterator[WorldProblem]:
    # random.Random: several times faster per draw than a numpy Generator, and its streams are stable too.
    rng = random.Random(f"world {seed} {levels}")
    seen: set[int] = set()
    while True:
        level = rng.choice(levels)
        found = None
        while found is None:
            found = _attempt(level, split, seed, rng, seen)
        yield found


def draft_of(level: int, rng: random.Random) -> Draft:
    """One draft of a level."""
    templates = _TEMPLATES[level]
    while True:
        try:
            return templates[int(rng.random() * len(templates))](Draw(rng))
        except NoRoom:
            continue


def _attempt(level: int, split: Split, seed: int, rng: random.Random, seen: set[int]) -> WorldProblem | None:
    """One draft carried as far as it goes."""
    draft = draft_of(level, rng)
    structure_out = structure_held_out(draft.structure)
    if structure_out != (split == "held_out"):
        return None
    values = outputs(draft)
    behaviour = fingerprint([kind for _, kind in draft.params], values)
    if behaviour in seen or side(structure_out=structure_out, behaviour=behaviour) is None:
        return None
    if not worthwhile(draft, values):
        return None
    problem = build(draft, values, level=level, behaviour=behaviour, seed=seed, rng=rng)
    if problem is not None:
        seen.add(behaviour)
    return problem
