"""Probabilistic context-free grammars: a chance for every production, sampling, scoring and fitting.

Not covered: chances that depend on the parent production (make one non-terminal for each place instead).
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from unriddle.errors import BadInput, shorten
from unriddle.grammar.cfg import Grammar, Production, Tree

__all__ = ["Pcfg"]


@dataclass(frozen=True, slots=True)
class Pcfg:
    """A grammar whose productions have chances; those of one non-terminal add up to 1.

    Args:
        grammar: The grammar; productions that never end are left out.
        weights: A weight, not negative, for each production; 1 where none is given.

    Raises:
        BadInput: A weight is negative or not finite, is of another grammar's production, or all those of a non-terminal
            are zero.
    """

    grammar: Grammar
    weights: Mapping[Production, float] = field(default_factory=dict)
    _log: dict[Production, float] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        trimmed = self.grammar.trimmed()
        for production, weight in self.weights.items():
            if production not in self.grammar.productions:
                raise BadInput(f"Pcfg: {shorten(production)} is no production of the grammar; weigh only its own")
            if not 0 <= weight < math.inf:
                raise BadInput(
                    f"Pcfg: the weight of {shorten(production)} must be finite and not negative, got {weight}"
                )
        log: dict[Production, float] = {}
        for name in dict.fromkeys(p.gives for p in trimmed.productions):
            total = sum(self.weights.get(p, 1.0) for p in trimmed.of(name))
            if total <= 0:
                raise BadInput(f"Pcfg: all productions of {name!r} have weight 0; give one of them a positive weight")
            for p in trimmed.of(name):
                weight = self.weights.get(p, 1.0)
                log[p] = math.log(weight / total) if weight > 0 else -math.inf
        object.__setattr__(self, "grammar", trimmed)
        object.__setattr__(self, "_log", log)

    def log_probability(self, part: Tree | Production) -> float:
        """Natural logarithm of the chance of a tree, or of a production among those of its non-terminal.

        >>> g = Grammar("n", (Production("n", "1"), Production("n", "-{0}", ("n",))))
        >>> round(math.exp(Pcfg(g).log_probability(Tree(g.productions[0]))), 3)
        0.5
        """
        if isinstance(part, Production):
            return self._log.get(part, -math.inf)
        return sum(self._log.get(production, -math.inf) for production in part.productions())

    def sample(self, n: int, *, rng: np.random.Generator, max_size: int = 200) -> list[Tree]:
        """Trees drawn by their chances, those with more than ``max_size`` productions drawn again.

        Args:
            n: How many.
            rng: Where chance comes from.
            max_size: Bound on the productions of a tree.

        Raises:
            BadInput: A thousand draws one after the other were too large; lower the weight of what recurs.
        """
        made: list[Tree] = []
        failures = 0
        names = dict.fromkeys(p.gives for p in self.grammar.productions)
        tables = {name: np.cumsum(np.exp([self._log[p] for p in self.grammar.of(name)])).tolist() for name in names}
        while len(made) < n:
            tree = self._draw(rng, max_size, tables)
            if tree is None:
                failures += 1
                if failures == 1000:
                    raise BadInput(
                        f"Pcfg: 1000 draws had more than {max_size} productions; lower the weights of productions that "
                        "contain their own non-terminal, or raise max_size"
                    )
                continue
            failures = 0
            made.append(tree)
        return made

    def _draw(self, rng: np.random.Generator, max_size: int, tables: Mapping[str, list[float]]) -> Tree | None:
        chosen: list[Production] = []
        waiting = [self.grammar.start]
        while waiting:
            if len(chosen) + len(waiting) > max_size:
                return None
            name = waiting.pop()
            table = tables[name]
            production = self.grammar.of(name)[bisect.bisect_right(table, rng.random() * table[-1], hi=len(table) - 1)]
            chosen.append(production)
            waiting.extend(reversed(production.takes))
        stack: list[Tree] = []
        for production in reversed(chosen):
            parts = tuple(stack.pop() for _ in production.takes)
            stack.append(Tree(production, parts))
        return stack[0]

    def fitted(self, trees: Iterable[Tree], *, pseudo_count: float = 1.0) -> Pcfg:
        """The grammar with chances as in the trees, every production counted ``pseudo_count`` times more.

        Args:
            trees: Derivations of this grammar.
            pseudo_count: 0 gives the most likely weights, which forbid what was not seen.

        Raises:
            BadInput: A tree uses another grammar's production.
        """
        counts: Counter[Production] = Counter()
        for tree in trees:
            counts.update(tree.productions())
        unknown = next((p for p in counts if p not in self._log), None)
        if unknown is not None:
            raise BadInput(f"Pcfg: {shorten(unknown)} is no production of the grammar; fit only its own trees")
        return Pcfg(self.grammar, {p: counts[p] + pseudo_count for p in self.grammar.productions})
