import dataclasses
import itertools

import pytest

from unriddle.data.leakage import leakage
from unriddle.data.world import LEVELS, generate
from unriddle.data.world.split import fingerprint, side, structure_held_out
from unriddle.errors import BadInput


def some(n, split, *, levels=LEVELS, seed=0):
    return list(itertools.islice(generate(levels=levels, split=split, seed=seed), n))


@pytest.mark.parametrize("sizes", [(150, 800), pytest.param((3000, 12_000), marks=pytest.mark.slow)])
def test_no_twin_and_no_structure_is_on_both_sides(sizes):
    held_out, train = some(sizes[0], "held_out"), some(sizes[1], "train")
    found = leakage(held_out, train)
    assert found.n_twins == found.n_structures == found.n_statements == 0
    assert not {p.behaviour for p in held_out} & {p.behaviour for p in train}


def test_the_side_of_a_problem_needs_no_state():
    for split in ("train", "held_out"):
        for p in some(100, split, seed=3):
            assert side(structure_out=structure_held_out(p.structure), behaviour=p.behaviour) == split


def test_both_sides_take_their_share_of_structures():
    n = 20_000
    out = sum(structure_held_out(f"structure {i}") for i in range(n))
    assert abs(out / n - 0.2) < 0.015
    behaviours = [fingerprint(["int"], [i, i + 1]) for i in range(n)]
    sides = [side(structure_out=bool(i % 5 == 0), behaviour=b) for i, b in enumerate(behaviours)]
    assert abs(sides.count("train") / n - 0.64) < 0.02
    assert abs(sides.count("held_out") / n - 0.04) < 0.01


def test_a_fingerprint_knows_the_signature_and_takes_true_for_1():
    assert fingerprint(["int"], [True, False]) == fingerprint(["int"], [1, 0])
    assert fingerprint(["int"], [1, 0]) != fingerprint(["str"], [1, 0])
    assert fingerprint(["int"], [1, 0]) != fingerprint(["int"], [0, 1])


def test_leakage_finds_a_twin_that_is_put_there():
    train = some(200, "train", levels=(1,))
    found = leakage([train[17]], train)
    assert (found.n_twins, found.n_structures, found.n_statements) == (1, 1, 1)
    assert found.behaviour.tolist() == [1.0]
    assert found.text.tolist() == [1.0]
    assert found.nearest[0][1:] == (train[17].id, train[17].id)


def test_leakage_agrees_with_counting_by_hand():
    held_out, train = some(5, "held_out", levels=(1,)), some(60, "train", levels=(1,))
    found = leakage(held_out, train)
    from unriddle.data.world.check import outputs

    for p, measured in zip(held_out, found.behaviour, strict=True):
        same = [q for q in train if q.types == p.types]
        shares = [sum(a == b for a, b in zip(outputs(p), outputs(q), strict=True)) / 24 for q in same]
        assert measured == pytest.approx(max(shares, default=0.0))


def test_leakage_sees_through_another_order_of_the_arguments():
    train = some(150, "train", levels=(1,))
    two = next(p for p in train if len(set(p.types)) == 2)
    swapped = dataclasses.replace(two, params=two.params[::-1])
    found = leakage([swapped, next(p for p in train if len(p.types) == 1)], [two])
    assert (found.n_twins, found.n_reordered) == (0, 1)
    equal = dataclasses.replace(two, params=(("a", "int"), ("b", "int")), body="    return a - b * 2\n")
    assert leakage([dataclasses.replace(equal, params=equal.params[::-1])], [equal]).n_reordered == 1
    assert leakage([equal], [equal]).n_reordered == 0


def test_leakage_needs_both_sides():
    with pytest.raises(BadInput, match="both sides"):
        leakage([], some(1, "train"))
