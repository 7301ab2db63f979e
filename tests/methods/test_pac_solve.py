from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.methods.pac_prediction_sets import GRID, SOLVERS, CodeTree, n_holes


def make(parents, costs):
    """A tree without text: node i + 1 hangs below ``parents[i] <= i``."""
    n = len(costs)
    children = [[] for _ in range(n)]
    for i, parent in enumerate(parents, start=1):
        children[parent].append(i)
    zero = np.zeros(n, int)
    return CodeTree(
        "",
        np.array([-1, *parents]),
        tuple(map(tuple, children)),
        zero,
        zero,
        (("",),) * n,
        np.array(costs, float),
    )


@st.composite
def trees(draw, most=8):
    n = draw(st.integers(1, most))
    parents = [draw(st.integers(0, i)) for i in range(n - 1)]
    costs = draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 5.0]), min_size=n, max_size=n))
    return make(parents, costs)


def legal_sets(tree, max_holes):
    """Every closed set with few enough holes, by trying all."""
    for bits in product([False, True], repeat=len(tree)):
        kept = np.array(bits)
        closed = all(kept[tree.parent[v]] or not kept[v] for v in range(1, len(tree)))
        if closed and (not kept[0] or n_holes(tree, kept) <= max_holes):
            yield kept


@settings(deadline=None, max_examples=60)
@given(trees(), st.integers(0, 3))
def test_every_family_is_legal_and_nested(tree, max_holes):
    grid = GRID[::9]
    for name in ("exact", "greedy", "threshold"):
        rows = SOLVERS[name](tree, grid, max_holes=max_holes)
        assert rows.shape == (len(grid) + 1, len(tree))
        assert not rows[-1].any()
        assert not (rows[1:] & ~rows[:-1]).any()
        for row, tau in zip(rows[:-1], grid, strict=True):
            assert all(row[tree.parent[v]] for v in np.flatnonzero(row) if v)
            if name != "threshold":
                assert tree.cost[row].sum() <= -np.log(tau) + 1e-6
                assert not row[0] or n_holes(tree, row) <= max_holes
            else:
                assert (np.exp(-tree.cost[row]) >= tau - 1e-6).all()


@settings(deadline=None, max_examples=60)
@given(trees(), st.integers(0, 3), st.floats(0.001, 0.999))
def test_one_threshold_is_solved_exactly(tree, max_holes, tau):
    kept = SOLVERS["exact"](tree, np.array([tau]), max_holes=max_holes)[0]
    fits = [k.sum() for k in legal_sets(tree, max_holes) if tree.cost[k].sum() <= -np.log(tau)]
    assert kept.sum() == max(fits)
    assert kept.sum() >= SOLVERS["greedy"](tree, np.array([tau]), max_holes=max_holes)[0].sum()


@settings(deadline=None, max_examples=30)
@given(trees(6), st.integers(0, 2))
def test_every_threshold_is_solved_exactly_inside_the_one_before(tree, max_holes):
    grid = np.array([0.05, 0.3, 0.7, 0.99])
    rows, before = SOLVERS["exact"](tree, grid, max_holes=max_holes), np.ones(len(tree), bool)
    for row, tau in zip(rows[:-1], grid, strict=True):
        inside = [k for k in legal_sets(tree, max_holes) if not (k & ~before).any()]
        assert row.sum() == max(k.sum() for k in inside if tree.cost[k].sum() <= -np.log(tau) + 1e-9)
        before = row


def best_family(tree, grid, max_holes):
    """The most kept nodes of any nested family, by trying all."""
    sets = list(legal_sets(tree, max_holes))
    best = dict.fromkeys(range(len(sets)), 0)
    for tau in grid[::-1]:
        fits = [i for i, k in enumerate(sets) if tree.cost[k].sum() <= -np.log(tau) + 1e-9]
        now = {}
        for i, outer in enumerate(sets):
            inside = [best[j] + sets[j].sum() for j in fits if not (sets[j] & ~outer).any()]
            now[i] = max(inside)
        best = now
    return max(best.values())


@settings(deadline=None, max_examples=12)
@given(trees(6), st.integers(1, 2))
def test_the_joint_program_is_the_best_nested_family(tree, max_holes):
    pytest.importorskip("scipy")
    grid = np.array([0.05, 0.4, 0.9])
    joint = SOLVERS["joint"](tree, grid, max_holes=max_holes)
    assert joint.sum() == best_family(tree, grid, max_holes)
    assert joint.sum() >= SOLVERS["exact"](tree, grid, max_holes=max_holes).sum()
    assert not (joint[1:] & ~joint[:-1]).any()


def test_greedy_takes_the_dearest_leaf_and_minds_the_holes():
    tree = make([0, 0, 0], [0.0, 3.0, 1.0, 2.0])
    tau = np.array([np.exp(-3.5)])
    assert SOLVERS["greedy"](tree, tau, max_holes=3)[0].tolist() == [True, False, True, True]
    tight = np.array([np.exp(-1.5)])
    assert SOLVERS["greedy"](tree, tight, max_holes=3)[0].tolist() == [True, False, True, False]
    assert not SOLVERS["greedy"](tree, tight, max_holes=1)[0].any()


def test_a_dear_root_leaves_nothing():
    assert not SOLVERS["exact"](make([0], [9.0, 0.0]), GRID[50:], max_holes=4).any()


@pytest.mark.parametrize("grid", [[], [0.5, 0.5], [0.9, 0.1], [0.0, 0.5], [0.5, 1.5]])
def test_grids_must_grow_between_0_and_1(grid):
    with pytest.raises(BadInput, match="growing"):
        SOLVERS["exact"](make([], [1.0]), np.array(grid), max_holes=1)


def test_a_large_tree_is_solved():
    rng = np.random.default_rng(0)
    tree = make([int(rng.integers(max(0, i - 6), i + 1)) for i in range(299)], rng.exponential(0.5, 300))
    rows = SOLVERS["exact"](tree, GRID[::20], max_holes=3)
    assert (rows.sum(axis=1) >= SOLVERS["greedy"](tree, GRID[::20], max_holes=3).sum(axis=1))[0]
