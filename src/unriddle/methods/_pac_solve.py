"""Which nodes of a tree to keep at each threshold, so that what is kept shrinks as the threshold grows.

Part of ``unriddle.methods.pac_prediction_sets``. A family is ``kept (g, n)`` booleans over a grid of ``g`` thresholds:
each row is closed upwards (a kept node's parent is kept), costs at most ``-log(threshold)``, has at most ``max_holes``
edges from a kept to a removed node, and lies inside the row before it. The last row is always the full hole.
Not covered: filling the holes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, MissingExtra, UnriddleError
from unriddle.methods._pac_tree import CodeTree

__all__ = ["GRID", "SOLVERS", "Solver", "greedy_family", "joint_family", "n_holes", "nested_family", "threshold_family"]

_Floats = npt.NDArray[np.float64]
_Kept = npt.NDArray[np.bool_]
_SLACK = 1e-9

Solver = Callable[..., _Kept]
"""``(tree, grid, *, max_holes) -> (g + 1, n)``."""

GRID: _Floats = np.linspace(1e-5, 1 - 1e-5, 100)
"""The thresholds of the paper's code."""


def n_holes(tree: CodeTree, kept: _Kept) -> int:
    """Edges from a kept to a removed node; 1 when the root itself is removed."""
    if not kept[0]:
        return 1
    return int((kept[tree.parent[1:]] & ~kept[1:]).sum())


def nested_family(tree: CodeTree, grid: _Floats = GRID, *, max_holes: int = 4) -> _Kept:
    """``(g + 1, n)``: at each threshold the most nodes that can be kept of what the one before kept.

    Exact at every threshold given the earlier ones (a knapsack over the tree); among equally many nodes the cheapest.

    Args:
        tree: The program.
        grid: ``(g,)`` thresholds, growing.
        max_holes: At most this many holes.
    """
    knapsack = _Knapsack(tree, max_holes)
    return _shrink(tree, grid, knapsack.most)


def greedy_family(tree: CodeTree, grid: _Floats = GRID, *, max_holes: int = 4) -> _Kept:
    """``(g + 1, n)``: remove the dearest leaf, again and again, until the budget holds.

    A leaf whose removal would make too many holes is passed over; when none is left, the smallest subtree goes that
    can be removed. Arguments as for ``nested_family``.
    """

    def cut(kept: _Kept, budget: float) -> _Kept:
        kept = kept.copy()
        while kept[0] and tree.cost[kept].sum() > budget + _SLACK:
            _remove(tree, kept, _next_cut(tree, kept, max_holes))
        return kept

    return _shrink(tree, grid, cut)


def threshold_family(tree: CodeTree, grid: _Floats = GRID, *, max_holes: int = 0) -> _Kept:
    """``(g + 1, n)``, the baseline: remove every node whose own probability is below the threshold.

    ``max_holes`` is not used: the baseline has no limit on holes.
    """
    rows = np.zeros((len(grid) + 1, len(tree)), np.bool_)
    rows[:-1] = np.exp(-tree.cost)[None, :] >= np.asarray(grid)[:, None] - _SLACK
    for v in range(1, len(tree)):
        rows[:, v] &= rows[:, tree.parent[v]]
    return rows


def joint_family(tree: CodeTree, grid: _Floats = GRID, *, max_holes: int = 4, seconds: float = 60.0) -> _Kept:
    """``(g + 1, n)``: the family with the most kept nodes over the whole grid together (an integer program).

    This is the paper's own problem. It is much slower than ``nested_family``; thin the grid for trees of more than
    a few dozen nodes.

    Args:
        tree: The program.
        grid: ``(g,)`` thresholds, growing.
        max_holes: At most this many holes.
        seconds: Time limit.

    Raises:
        MissingExtra: scipy is not installed.
        UnriddleError: The solver ran out of time.
    """
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp
    except ImportError as error:
        raise MissingExtra("the joint solver of pac_prediction_sets", "unriddle[fit]") from error
    budgets = _budgets(grid)
    matrix, upper = _program(tree, budgets, max_holes)
    result = milp(
        -np.ones(matrix.shape[1]),
        constraints=LinearConstraint(matrix, -np.inf, upper),
        bounds=Bounds(0, 1),
        integrality=np.ones(matrix.shape[1]),
        options={"time_limit": seconds},
    )
    if result.x is None or result.status != 0:
        raise UnriddleError(f"joint_family: no optimum within {seconds:g} s ({result.message}); use nested_family")
    rows = result.x.reshape(len(budgets), len(tree)) > 0.5
    return np.concatenate([rows, np.zeros((1, len(tree)), np.bool_)])


SOLVERS: dict[str, Solver] = {
    "exact": nested_family,
    "joint": joint_family,
    "greedy": greedy_family,
    "threshold": threshold_family,
}
"""Name -> solver."""


def _budgets(grid: _Floats) -> _Floats:
    values = np.asarray(grid, np.float64)
    if values.ndim != 1 or not values.size or not ((values > 0) & (values <= 1)).all() or (np.diff(values) <= 0).any():
        raise BadInput("the grid of thresholds must be growing numbers above 0 and at most 1")
    return -np.log(values)


def _shrink(tree: CodeTree, grid: _Floats, cut: Callable[[_Kept, float], _Kept]) -> _Kept:
    """A family by cutting the row before wherever it is over the budget."""
    budgets = _budgets(grid)
    rows = np.zeros((budgets.size + 1, len(tree)), np.bool_)
    kept = np.ones(len(tree), np.bool_)
    for i, budget in enumerate(budgets):
        if tree.cost[kept].sum() > budget + _SLACK:
            kept = cut(kept, float(budget))
        rows[i] = kept
    return rows


class _Knapsack:
    """The largest set within a budget, for shrinking sets of allowed nodes; tables are kept where nothing changed.

    ``best[v][h, k]`` is the least cost of keeping v and k nodes of its subtree in all, with h holes in it;
    ``steps[v]`` holds the same after each of its children.
    """

    def __init__(self, tree: CodeTree, max_holes: int) -> None:
        self._tree, self._max_holes = tree, max_holes
        self._best: dict[int, _Floats] = {}
        self._steps: dict[int, list[_Floats]] = {}
        self._size = np.full(len(tree), -1)

    def most(self, allowed: _Kept, budget: float) -> _Kept:
        """The largest set inside ``allowed``; nothing at all when not even the root fits."""
        kept = np.zeros(len(self._tree), np.bool_)
        if not allowed[0]:
            return kept
        self._fill(allowed)
        table = self._best[0]
        fits = table <= budget + _SLACK
        if fits.any():
            k = int(np.flatnonzero(fits.any(axis=0)).max())
            self._trace(kept, int(table[:, k].argmin()), k)
        return kept

    def _fill(self, allowed: _Kept) -> None:
        size, _, _ = _below(self._tree, allowed)
        for v in np.flatnonzero(allowed & (size != self._size))[::-1].tolist():
            table = np.full((self._max_holes + 1, 2), np.inf)
            table[0, 1] = self._tree.cost[v]
            self._steps[v] = [table]
            for child in self._tree.children[v]:
                table = _merge(table, self._best[child] if allowed[child] else None)
                self._steps[v].append(table)
            self._best[v] = table
        self._size = size

    def _trace(self, kept: _Kept, h: int, k: int) -> None:
        """Mark the nodes behind one entry of the root's table."""
        todo = [(0, h, k)]
        while todo:
            v, h, k = todo.pop()
            kept[v] = True
            children = self._tree.children[v]
            for place in range(len(children), 0, -1):
                before, now = self._steps[v][place - 1], float(self._steps[v][place][h, k])
                if h >= 1 and k < before.shape[1] and before[h - 1, k] <= now + _SLACK:
                    h -= 1
                    continue
                h_child, k_child = _split(before, self._best[children[place - 1]], h, k, now)
                todo.append((children[place - 1], h_child, k_child))
                h, k = h - h_child, k - k_child


def _merge(table: _Floats, child: _Floats | None) -> _Floats:
    """The table after one more child, which is removed (one hole, no nodes) or kept."""
    n_rows, width = table.shape
    out = np.full((n_rows, width + (child.shape[1] - 1 if child is not None else 0)), np.inf)
    out[1:, :width] = table[:-1]
    if child is not None:
        small, large = (table, child) if width <= child.shape[1] else (child, table)
        for h, k in np.argwhere(np.isfinite(small)).tolist():
            part = out[h:, k : k + large.shape[1]]
            np.minimum(part, large[: n_rows - h] + small[h, k], out=part)
    return out


def _split(before: _Floats, child: _Floats, h: int, k: int, value: float) -> tuple[int, int]:
    """How many holes and nodes of an entry came from the last child."""
    low, high = max(1, k - before.shape[1] + 1), min(k, child.shape[1] - 1)
    total = before[h::-1, k - high : k - low + 1][:, ::-1] + child[: h + 1, low : high + 1]
    h_child, place = np.unravel_index(int((total - value).argmin()), total.shape)
    return int(h_child), low + int(place)


def _next_cut(tree: CodeTree, kept: _Kept, max_holes: int) -> int:
    """The node to remove next, with all that is below it."""
    size, holes, cost = _below(tree, kept)
    alive = np.flatnonzero(kept & (cost > 0))
    legal = alive[(holes[0] - holes[alive] + (alive > 0)) <= max_holes]
    leaves = legal[size[legal] == 1]
    if leaves.size:
        return int(leaves[tree.cost[leaves].argmax()])
    return int(legal[np.lexsort((-cost[legal], size[legal]))[0]])


def _below(tree: CodeTree, kept: _Kept) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], _Floats]:
    """``(n,)`` kept nodes, holes, and cost of what is kept, in the subtree of each node."""
    size, holes, cost = kept.astype(np.int64), np.zeros(len(tree), np.int64), np.where(kept, tree.cost, 0.0)
    for v in range(len(tree) - 1, 0, -1):
        u = tree.parent[v]
        size[u] += size[v]
        cost[u] += cost[v]
        holes[u] += holes[v] if kept[v] else int(kept[u])
    return size, holes, cost


def _remove(tree: CodeTree, kept: _Kept, v: int) -> None:
    """Remove a node and all that is below it."""
    todo = [v]
    while todo:
        node = todo.pop()
        kept[node] = False
        todo += tree.children[node]


def _program(tree: CodeTree, budgets: _Floats, max_holes: int) -> tuple[Any, _Floats]:
    """Sparse rows ``A`` and right-hand sides ``b`` of ``A x <= b`` for variables (threshold, node)."""
    from scipy.sparse import csr_matrix, identity, kron, vstack

    n, g = len(tree), len(budgets)
    closed = np.zeros((n - 1, n))
    closed[np.arange(n - 1), np.arange(1, n)] = 1
    closed[np.arange(n - 1), tree.parent[1:]] -= 1
    # Holes are the children of kept nodes less the kept nodes that are a child.
    degree = np.array([len(children) for children in tree.children]) - (np.arange(n) > 0)
    each = identity(g)
    later = csr_matrix(np.eye(g)[1:] - np.eye(g)[:-1])
    matrix = vstack(
        [kron(each, closed), kron(each, tree.cost[None, :]), kron(each, degree[None, :]), kron(later, identity(n))]
    )
    upper = [np.zeros(g * (n - 1)), budgets + _SLACK, np.full(g, float(max_holes)), np.zeros((g - 1) * n)]
    return matrix.tocsr(), np.concatenate(upper)
