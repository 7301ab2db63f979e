"""Trees of a grammar as random values: drawing one, redrawing a part, and the step that does so rightly.

The chance of a tree is that of its grammar among trees of at most ``max_size`` productions. A redrawn part gives back
its own prior, so what is left in the ratio of Metropolis and Hastings are the likelihoods and the sizes between which
the part was chosen. Not covered: exchanging parts, redrawing only the root of a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import numpy as np

from unriddle.errors import BadInput
from unriddle.grammar.cfg import Production, Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.propose.inference.chance import Chance, flip
from unriddle.propose.inference.traces import acceptance
from unriddle.propose.inference.weight import Weight

__all__ = ["TreeDraws", "tree_step"]

_TRIES = 1000


class TreeDraws:
    """Draws of trees from a grammar with chances.

    Args:
        pcfg: The grammar.
        max_size: Most productions of a tree; larger ones have chance 0.

    Raises:
        BadInput: ``max_size`` is below 1.
    """

    def __init__(self, pcfg: Pcfg, *, max_size: int = 60) -> None:
        if max_size < 1:
            raise BadInput(f"TreeDraws: max_size must be 1 or more, got {max_size}")
        self.pcfg, self.max_size = pcfg, max_size
        self._tables: dict[str, tuple[tuple[Production, ...], list[float]]] = {}
        for name in dict.fromkeys(p.gives for p in pcfg.grammar.productions):
            productions = pcfg.grammar.of(name)
            sums = list(accumulate(np.exp([pcfg.log_probability(p) for p in productions]).tolist()))
            self._tables[name] = productions, [part / sums[-1] for part in sums[:-1]]

    def draw(self, chance: Chance, name: str = "") -> Tree | None:
        """A tree of the non-terminal (of the start where none is named), or ``None`` when it grew too large."""
        room = [self.max_size]
        return self._grown(chance, name or self.pcfg.grammar.start, room)

    def start(self, chance: Chance) -> Tree:
        """A tree, drawn again while it is too large.

        Raises:
            BadInput: A thousand draws were too large.
        """
        for _ in range(_TRIES):
            tree = self.draw(chance)
            if tree is not None:
                return tree
        raise BadInput(
            f"TreeDraws: {_TRIES} draws had more than {self.max_size} productions; lower the weights of productions "
            "that contain their own non-terminal, or raise max_size"
        )

    def redraw(self, chance: Chance, tree: Tree) -> Tree | None:
        """The tree with one part, chosen evenly among all, drawn anew; ``None`` when it grew too large."""
        place = chance.place(tree.size)
        part = _part(tree, place)
        fresh = self.draw(chance, part.production.gives)
        if fresh is None or tree.size - part.size + fresh.size > self.max_size:
            return None
        return _replaced(tree, place, fresh)

    def _grown(self, chance: Chance, name: str, room: list[int]) -> Tree | None:
        room[0] -= 1
        if room[0] < 0:
            return None
        productions, cuts = self._tables[name]
        number = chance.uniform(cuts) if cuts else 0.0
        production = productions[sum(cut <= number for cut in cuts)]
        parts = []
        for inner in production.takes:
            part = self._grown(chance, inner, room)
            if part is None:
                return None
            parts.append(part)
        return Tree(production, tuple(parts))


def tree_step(
    chance: Chance,
    tree: Tree,
    draws: TreeDraws,
    likelihood: Callable[[Tree], Weight],
    *,
    accept: Callable[[Weight, Weight, int, int], Any] = acceptance,
) -> Tree:
    """One step of Metropolis and Hastings on trees: a part is drawn anew, and accepted or not.

    Args:
        chance: Where draws come from.
        tree: Where the chain is; its likelihood is not 0.
        draws: The prior.
        likelihood: Of a tree.
        accept: The rule; another one is for tests.
    """
    new = draws.redraw(chance, tree)
    if new is None:
        return tree
    return new if flip(chance, accept(likelihood(new), likelihood(tree), new.size, tree.size)) else tree


def _walk(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in tree.parts:
        yield from _walk(part)


def _part(tree: Tree, place: int) -> Tree:
    """The part at a place, counted from the root down, left to right."""
    return next(part for i, part in enumerate(_walk(tree)) if i == place)


def _replaced(tree: Tree, place: int, fresh: Tree) -> Tree:
    if place == 0:
        return fresh
    place -= 1
    for i, part in enumerate(tree.parts):
        if place < part.size:
            parts = (*tree.parts[:i], _replaced(part, place, fresh), *tree.parts[i + 1 :])
            return Tree(tree.production, parts)
        place -= part.size
    raise IndexError(place)
