"""Edits tried in the block first: what that saves, and what a wrong block costs."""

import numpy as np
import pytest

from unriddle.benchmarks.base import Task
from unriddle.execute import open_executor
from unriddle.lab._ldb_repair import Seen, edits_until_repaired, ochiai_chance, repair_claims, seen
from unriddle.lab._repair_kinds import bugs
from unriddle.problem import CallTest, Problem, Returns, Signature


def bug_of(lines, repairs, right):
    from unriddle.lab._repair_kinds import Bug

    n = len(lines)
    flags = np.array(repairs, np.bool_), np.array(right, np.bool_)
    return Bug("b", "", 1, 0, np.array(lines), np.zeros(n, np.bool_), np.zeros(n), *flags)


def test_edits_of_the_block_come_first_and_all_others_follow():
    bug = bug_of([1, 2, 2, 3, 3, 3, 3, 3, 3, 3], [False, False, True, *[False] * 7], [False, False, True, *[False] * 7])
    rng = np.random.default_rng(0)
    (inside, right), (anywhere, _) = edits_until_repaired(Seen(bug, frozenset({2}), 0.0), n_orders=4000, rng=rng)
    assert inside == pytest.approx(1.5, abs=0.05)  # the mean place of one among two
    assert anywhere == pytest.approx(5.5, abs=0.15)  # of one among ten
    assert right == 1
    (wrong, _), _ = edits_until_repaired(Seen(bug, frozenset({3}), 0.0), n_orders=4000, rng=rng)
    assert wrong == pytest.approx(7 + 2, abs=0.1)  # seven in vain, then the mean place among three
    (none, _), (any_order, _) = edits_until_repaired(Seen(bug, frozenset(), 0.0), n_orders=50, rng=rng)
    assert none == any_order


def test_lines_that_ochiai_cannot_tell_apart_share_the_chance():
    source = "def f(x):\n    y = 1\n    if x:\n        y = 2\n    return y\n"
    assert ochiai_chance(source, [(4, 0.9), (5, 0.5)], mutated=4) == 1
    assert ochiai_chance(source, [(4, 0.9), (5, 0.9)], mutated=4) == 0.5
    assert ochiai_chance(source, [(2, 0.9), (5, 0.1)], mutated=3) == 1  # the same block
    assert ochiai_chance(source, [], mutated=4) == 0
    assert ochiai_chance(source, [(4, 0.0)], mutated=4) == 0


def test_a_planted_mistake_is_traced_and_repaired():
    reference = (
        "def total(xs):\n    found = 0\n    for x in xs:\n        if x > 2:\n            found += x\n    return found\n"
    )
    visible = [
        CallTest("total", ([1, 2, 3, 4],), expect=Returns(7), name="a"),
        CallTest("total", ([],), expect=Returns(0), name="b"),
    ]
    hidden = (CallTest("total", ([2, 3],), expect=Returns(3), name="h"),)
    task = Task(Problem("t", "Sum those above two.", Signature("total"), tests=tuple(visible)), hidden, reference)
    with open_executor(workers=1) as executor:
        (bug,), _ = bugs([task], n=1, executor=executor, rng=np.random.default_rng(0), say=lambda _: None)
        one = seen(bug, task, executor=executor)
    assert bug.source != reference
    assert one.held
    claims = {claim.name.partition(":")[0]: claim for claim in repair_claims([one], rng=np.random.default_rng(0))}
    assert len(claims) == 4
    assert repair_claims([], rng=np.random.default_rng(0))[0].held is None
