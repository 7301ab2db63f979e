"""Every tree of a grammar exactly once, in order of cost or of probability, lazily.

Trees that are written the same way count once when ``distinct`` is set: then every program comes once even where the
grammar is ambiguous. Not covered: dropping programs that mean the same (``propose.bank`` does, on examples).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator

from unriddle.errors import BadInput
from unriddle.grammar.cfg import Grammar, Production, Tree
from unriddle.grammar.pcfg import Pcfg

__all__ = ["by_cost", "by_probability"]


def by_cost(grammar: Grammar, *, max_cost: int | None = None, distinct: bool = True) -> Iterator[Tree]:
    """Trees, cheapest first.

    Args:
        grammar: What they are of.
        max_cost: Where to stop; ``None`` goes on until a finite grammar is exhausted, forever in an infinite one.
        distinct: Leave out trees whose source was already given.

    >>> plus = Production("n", "{0}+{1}", ("n", "n"))
    >>> [t.source() for t in by_cost(Grammar("n", (Production("n", "1"), plus)), max_cost=5)]
    ['1', '1+1', '1+1+1']
    """
    grammar = grammar.trimmed()
    table: dict[tuple[str, int], list[Tree]] = {}
    names = list(dict.fromkeys(p.gives for p in grammar.productions))
    largest = max(p.cost for p in grammar.productions)
    widest = max(len(p.takes) for p in grammar.productions)
    seen: set[str] = set()
    last = 0
    for cost in itertools.count(1):
        if max_cost is not None and cost > max_cost:
            return
        for name in names:
            table[name, cost] = [t for p in grammar.of(name) for t in _trees(p, cost - p.cost, table)]
            last = cost if table[name, cost] else last
        for tree in table[grammar.start, cost]:
            source = tree.source() if distinct else ""
            if not distinct or source not in seen:
                seen.add(source)
                yield tree
        if cost > last * max(widest, 1) + largest:
            return


def _trees(production: Production, cost: int, table: dict[tuple[str, int], list[Tree]]) -> Iterator[Tree]:
    for costs in _splits(cost, len(production.takes)):
        lists = [table[name, part] for name, part in zip(production.takes, costs, strict=True)]
        for parts in itertools.product(*lists):
            yield Tree(production, parts)


def _splits(total: int, n_parts: int) -> Iterator[tuple[int, ...]]:
    """Ways to write ``total`` as an ordered sum of positive numbers."""
    if n_parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(1, total - n_parts + 2):
        for rest in _splits(total - first, n_parts - 1):
            yield (first, *rest)


def by_probability(pcfg: Pcfg, *, max_trees: int | None = None, distinct: bool = True) -> Iterator[Tree]:
    """Trees, most likely first; equally likely ones in a fixed order.

    Args:
        pcfg: The grammar with chances; no cycle of productions may have chance 1, or nothing would ever come.
        max_trees: Where to stop; ``None`` goes on until a finite grammar is exhausted.
        distinct: Leave out trees whose source was already given.

    Raises:
        BadInput: No tree has a positive chance.
    """
    best = _best(pcfg)
    if best.get(pcfg.grammar.start, -math.inf) == -math.inf:
        raise BadInput("by_probability: no tree has a positive chance; give a production that ends a positive weight")
    streams: dict[str, _Stream] = {}
    for name in best:
        streams[name] = _Stream(pcfg, name, streams, best)
    seen: set[str] = set()
    n_given = 0
    for rank in itertools.count():
        if max_trees is not None and n_given >= max_trees:
            return
        found = streams[pcfg.grammar.start].get(rank)
        if found is None:
            return
        source = found[1].source() if distinct else ""
        if not distinct or source not in seen:
            seen.add(source)
            n_given += 1
            yield found[1]


def _best(pcfg: Pcfg) -> dict[str, float]:
    """Log-chance of the likeliest tree of every non-terminal (Knuth's generalisation of shortest paths)."""
    done: dict[str, float] = {}
    waiting = list(pcfg.grammar.productions)
    while True:
        ready = [
            (pcfg.log_probability(p) + sum(done[name] for name in p.takes), p)
            for p in waiting
            if p.gives not in done and all(name in done for name in p.takes)
        ]
        ready = [(value, p) for value, p in ready if value > -math.inf]
        if not ready:
            return done
        value, chosen = max(ready, key=lambda pair: pair[0])
        done[chosen.gives] = value


class _Stream:
    """The trees of one non-terminal in order, found when asked for (lazy k-best parsing)."""

    def __init__(self, pcfg: Pcfg, name: str, streams: dict[str, _Stream], best: dict[str, float]) -> None:
        self._pcfg, self._name, self._streams, self._best = pcfg, name, streams, best
        self._trees: list[tuple[float, Tree]] = []
        self._heap: list[tuple[float, int, int, tuple[int, ...]]] = []
        self._pushed: set[tuple[int, tuple[int, ...]]] = set()
        self._counter = itertools.count()
        self._productions = pcfg.grammar.of(name)
        self._started = False
        self._waiting: list[tuple[int, tuple[int, ...]]] = []

    def get(self, rank: int) -> tuple[float, Tree] | None:
        """The tree with this rank and its log-chance; ``None`` beyond the last."""
        if not self._started:
            self._started = True
            for place, production in enumerate(self._productions):
                value = self._pcfg.log_probability(production)
                if value > -math.inf and all(name in self._best for name in production.takes):
                    first = value + sum(self._best[name] for name in production.takes)
                    ranks = (0,) * len(production.takes)
                    self._pushed.add((place, ranks))
                    heapq.heappush(self._heap, (-first, next(self._counter), place, ranks))
        while len(self._trees) <= rank:
            waiting, self._waiting = self._waiting, []
            for place, ranks in waiting:
                self._push(place, ranks)
            if not self._heap:
                return None
            self._pop()
        return self._trees[rank]

    def _pop(self) -> None:
        value, _, place, ranks = heapq.heappop(self._heap)
        production = self._productions[place]
        parts = [self._streams[name].get(rank) for name, rank in zip(production.takes, ranks, strict=True)]
        tree = Tree(production, tuple(part[1] for part in parts if part is not None))
        self._trees.append((-value, tree))
        for i in range(len(ranks)):
            self._waiting.append((place, (*ranks[:i], ranks[i] + 1, *ranks[i + 1 :])))

    def _push(self, place: int, ranks: tuple[int, ...]) -> None:
        """Put a combination on the heap, now that the trees before it are known."""
        if (place, ranks) in self._pushed:
            return
        self._pushed.add((place, ranks))
        production = self._productions[place]
        value = self._pcfg.log_probability(production)
        for name, rank in zip(production.takes, ranks, strict=True):
            part = self._streams[name].get(rank)
            if part is None:
                return
            value += part[0]
        heapq.heappush(self._heap, (-value, next(self._counter), place, ranks))
