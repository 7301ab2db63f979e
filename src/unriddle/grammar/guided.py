"""Every tree of a typed grammar once, the likeliest first, under chances that depend on where a tree stands.

The search of Schuster et al. 2021: all trees with probability at least ``t``, then ``t / e``, again and again. A branch
is cut by an upper bound on what can still come in each slot, a fixed point over the depth. What comes out does not
depend on the thresholds: trees of equal probability come in the order of their rules. Parts are kept between rounds,
so a lower threshold costs only the new trees.

Not covered: dropping trees that mean the same, and grammars without chances (``grammar.enumerate``).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.grammar.typed import Leaf, Node, TypedGrammar

__all__ = ["by_thresholds"]

_SLACK = 1e-9
"""Rounding of sums of logarithms: a bound may be off by this much."""

_GRID = 0.5
"""Parts are listed down to multiples of this cost, so that a list is seldom extended."""


def by_thresholds(
    grammar: TypedGrammar,
    kind: str,
    *,
    chances: npt.NDArray[np.float64],
    leaves: Mapping[str, Sequence[Leaf]],
    first: float = 1e-3,
    factor: float = math.e,
    max_depth: int = 10,
    max_trees: int | None = None,
    distinct: bool = True,
) -> Iterator[tuple[float, Node]]:
    """``(log-probability, tree)``, in falling order of probability.

    Args:
        grammar: What the trees are of.
        kind: Kind of the whole tree.
        chances: ``(c, r)`` chance of every rule in every context; rules of another kind count as impossible, and a
            row that sums to less than 1 leaves mass to no tree. A copied leaf shares its rule's chance evenly with the
            others of its kind, a variable with the other variables of its kind in scope.
        leaves: What may be copied, by kind.
        first: The first threshold.
        factor: What each threshold is divided by for the next one.
        max_depth: Most rules on a path from the root.
        max_trees: Where to stop; ``None`` goes on until a finite grammar is exhausted.
        distinct: Leave out trees whose source was already given (an empty list can be of several kinds).

    Raises:
        BadInput: There is no such kind, or a number is out of range.
        BadShape: ``chances`` is not ``(c, r)``.
    """
    root = grammar.root(kind)
    shape = (len(grammar.contexts), len(grammar.rules))
    if chances.shape != shape:
        raise BadShape(f"by_thresholds: chances must have shape (c, r) = {shape}, got {chances.shape}")
    if not 0 < first <= 1 or not factor > 1 or max_depth < 1:
        raise BadInput(
            f"by_thresholds: needs 0 < first <= 1, factor > 1 and max_depth >= 1, got {first}, {factor}, {max_depth}"
        )
    search = _Search(grammar, chances, leaves, max_depth)
    top = search.state(root, (), max_depth)
    limit, step, passed, given = -math.log(first), math.log(factor), 0, 0
    seen: set[str] = set()
    while True:
        top.extend(limit)
        for i in range(passed, len(top.nodes)):
            if max_trees is not None and given >= max_trees:
                return
            source = grammar.source(top.nodes[i]) if distinct else ""
            if not distinct or source not in seen:
                seen.add(source)
                given += 1
                yield -top.costs[i], top.nodes[i]
        passed = len(top.nodes)
        if not top.more:
            return
        # Near the number asked for, a smaller step makes fewer trees that nobody takes.
        near = max_trees is not None and given * factor > max_trees
        limit += step / 4 if near else step


class _Search:
    """Costs (negative logarithms of chances), bounds, and the lists of parts found so far."""

    def __init__(
        self,
        grammar: TypedGrammar,
        chances: npt.NDArray[np.float64],
        leaves: Mapping[str, Sequence[Leaf]],
        max_depth: int,
    ) -> None:
        self.grammar, self.leaves = grammar, leaves
        with np.errstate(divide="ignore"):
            self.costs = np.where(grammar.fits & (chances > 0), -np.log(np.maximum(chances, 0)), np.inf) + 0.0
        self.bounds, self.least = _bounds(grammar, self.costs, leaves, max_depth)
        self.places = [[grammar.context(i, j) for j in range(len(r.slots))] for i, r in enumerate(grammar.rules)]
        self._rules: dict[int, list[tuple[int, float]]] = {}
        self._states: dict[tuple[int, tuple[str, ...], int], _State] = {}

    def state(self, context: int, scope: tuple[str, ...], depth: int) -> _State:
        """The trees in a context, with these variables in scope, of at most this depth."""
        key = (context, scope, depth)
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = _State(self, context, scope, depth)
        return found

    def rules(self, context: int) -> list[tuple[int, float]]:
        """``(rule, cost)`` of the rules possible in a context, by number."""
        found = self._rules.get(context)
        if found is None:
            row = self.costs[context]
            found = self._rules[context] = [(int(r), float(row[r])) for r in np.flatnonzero(row < np.inf)]
        return found


def _bounds(
    grammar: TypedGrammar,
    costs: npt.NDArray[np.float64],
    leaves: Mapping[str, Sequence[Leaf]],
    max_depth: int,
) -> tuple[list[list[float]], list[list[float]]]:
    """Least costs of trees of depth at most ``d``: ``(c,)`` in each context, and ``(r,)`` what a rule's slots add."""
    base = np.array([_leaf_cost(rule.leaf, len(leaves.get(rule.gives, ()))) for rule in grammar.rules])
    has_slots = np.array([bool(rule.slots) for rule in grammar.rules])
    parents = np.array([rule for rule, _ in grammar.contexts])
    inner = parents >= 0
    bound = np.full(len(grammar.contexts), np.inf)
    bounds, least = [bound.tolist()], [[math.inf] * len(grammar.rules)]
    for _ in range(max_depth):
        parts = np.zeros(len(grammar.rules))
        np.add.at(parts, parents[inner], bound[inner])
        cheapest = np.where(has_slots, parts, base)
        bound = (costs + cheapest).min(axis=1)
        bounds.append(bound.tolist())
        least.append(cheapest.tolist())
    return bounds, least


def _leaf_cost(leaf: str, n_copied: int) -> float:
    if leaf == "copied":
        return math.log(n_copied) if n_copied else math.inf
    return 0.0


class _State:
    """The trees of one context found so far, cheapest first.

    Attributes:
        costs: ``(n,)``, rising.
        nodes: ``(n,)``.
        more: Whether a higher limit may bring more.
    """

    __slots__ = ("context", "costs", "depth", "limit", "more", "nodes", "scope", "search")

    def __init__(self, search: _Search, context: int, scope: tuple[str, ...], depth: int) -> None:
        self.search, self.context, self.scope, self.depth = search, context, scope, depth
        self.costs: list[float] = []
        self.nodes: list[Node] = []
        self.limit = -math.inf
        self.more = True

    def extend(self, limit: float) -> None:
        """Find every tree of at most this cost."""
        if limit <= self.limit or not self.more:
            return
        self.more = False
        found: list[tuple[float, Node]] = []
        slots, least = self.search.places, self.search.least[self.depth]
        for rule, cost in self.search.rules(self.context):
            if not slots[rule]:
                self._leaf(rule, cost, limit, found)
            elif cost + least[rule] <= limit + _SLACK:
                self._combine(rule, cost, limit, found)
            else:
                self.more |= least[rule] < math.inf
        found.sort(key=_cost)
        self.costs += [cost for cost, _ in found]
        self.nodes += [node for _, node in found]
        self.limit = limit

    def _leaf(self, rule: int, cost: float, limit: float, found: list[tuple[float, Node]]) -> None:
        spec = self.search.grammar.rules[rule]
        some: Sequence[Leaf | int | None] = (None,)
        if spec.leaf == "copied":
            some = self.search.leaves.get(spec.gives, ())
        elif spec.leaf == "variable":
            some = [i for i, kind in enumerate(self.scope) if kind == spec.gives]
        if not some:
            return
        cost += math.log(len(some))
        if self.limit < cost <= limit:
            found += [(cost, Node(rule, (), leaf)) for leaf in some]
        self.more |= cost > limit

    def _combine(self, rule: int, cost: float, limit: float, found: list[tuple[float, Node]]) -> None:
        search, depth = self.search, self.depth - 1
        bounds, spare = search.bounds[depth], limit - cost - search.least[self.depth][rule] + _SLACK
        children = []
        for slot, context in zip(search.grammar.rules[rule].slots, search.places[rule], strict=True):
            scope = (*self.scope, slot.binds) if slot.binds else self.scope
            child = search.state(context, scope, depth)
            child.extend(math.ceil((spare + bounds[context]) / _GRID) * _GRID)
            self.more |= child.more
            if not child.nodes:
                return
            children.append(child)
        self._fill(rule, children, cost, (), limit, found)

    def _fill(
        self,
        rule: int,
        children: Sequence[_State],
        cost: float,
        parts: tuple[Node, ...],
        limit: float,
        found: list[tuple[float, Node]],
    ) -> None:
        """Every choice for the remaining slots whose cost is above the old limit and not above the new one."""
        child, rest = children[0], children[1:]
        plus = cost.__add__
        end = bisect_right(child.costs, limit, key=plus)
        self.more |= end < len(child.costs)
        if not rest:
            start = bisect_right(child.costs, self.limit, key=plus)
            costs, nodes = child.costs, child.nodes
            found += [(cost + costs[i], Node(rule, (*parts, nodes[i]))) for i in range(start, end)]
            return
        least = sum(other.costs[0] for other in rest)
        for i in range(end):
            total = cost + child.costs[i]
            if total + least > limit + _SLACK:
                self.more = True
                return
            self._fill(rule, rest, total, (*parts, child.nodes[i]), limit, found)


def _cost(pair: tuple[float, Node]) -> float:
    return pair[0]
