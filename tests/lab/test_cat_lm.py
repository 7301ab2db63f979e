"""The experiment of cat_lm: its functions and asserts are right, its claims follow from the numbers it is given."""

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lab import cat_lm
from unriddle.lab._cat_filter import KS, Filtered, yields
from unriddle.lab._cat_models import MODULE, Plan, items
from unriddle.lab.base import Context
from unriddle.testgen.lm_filter import FilterReport, filter_tests
from unriddle.testgen.lm_test_files import WrittenTest, split_tests

PLAN = Plan("200k", 20, 1000)


def test_functions_have_asserts_that_hold_and_are_split_by_structure():
    train, held_out = (items(PLAN, split=side, n=20, seed=3) for side in ("train", "held_out"))
    assert not {one.code for one in train} & {one.code for one in held_out}
    assert items(PLAN, split="train", n=20, seed=3) == train
    with open_executor(workers=1) as executor:
        for one in train[:3]:
            tests = split_tests(one.test)
            assert len(tests) == 3
            found = filter_tests(tests, one.code, executor=executor, module=MODULE, stages=("parse", "run", "pass"))
            assert found.kept == (0, 1, 2)
            assert one.preamble == f"from {MODULE} import {one.entry}\n\n"


def filtered(greedy, random):
    report = FilterReport(
        (WrittenTest("assert f(1)"),) * 4, ("pass: fails",) * 2 + ("",) * 2,
        {"parse": 4, "run": 4, "pass": 2, "new": 2, "coverage": 2}, np.ones((4, 1), bool), np.zeros(1, bool), 0.0, 1.0,
    )  # fmt: skip
    rows = [np.full(len(KS), value) for value in (greedy, random, greedy, random)]
    return Filtered("a", report, *rows, n_mutants=30)


@pytest.mark.parametrize(("greedy", "random", "held"), [(0.9, 0.5, True), (0.5, 0.9, False)])
def test_filter_claims_follow_the_numbers(greedy, random, held):
    found = [filtered(greedy, random)] * 3
    assert yields(found)["drawn"] == 12
    first, coverage, *kills = cat_lm._filter(found, 0)
    assert first.measured == 0.5
    assert coverage.held is held
    assert coverage.measured == pytest.approx(greedy - random)
    assert all(one.held is held for one in kills)


def test_losses_say_what_alignment_gains():
    paired = {"true": np.full(9, 1.0), "other": np.full(9, 1.4), "none": np.full(9, 1.5)}
    shuffled = {"true": np.full(9, 1.3), "other": np.full(9, 1.3), "none": np.full(9, 1.3)}
    claims = cat_lm._losses({"paired": paired, "shuffled": shuffled}, "", 0)
    assert [round(one.measured, 2) for one in claims] == [0.4, 0.5, 0.3, 0.1, 0.0]
    assert all(one.held for one in claims)
    assert not any(one.held for one in cat_lm._losses({"paired": shuffled, "shuffled": shuffled}, "", 0))


def test_without_packages_or_recording_nothing_is_claimed(tmp_path):
    (only,) = cat_lm._miner({}, 0, Context(data=None, cache=tmp_path))
    assert only.held is None
    with pytest.raises(BadInput, match="must be a folder"):
        cat_lm._miner({"gone": tmp_path / "gone"}, 0, Context(data=None, cache=tmp_path))


def test_the_miner_is_judged_by_imports(tmp_path):
    for name, text in {"a.py": "def f(): ...\n", "test_a.py": "import a\n", "bets.py": "def g(): ...\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "test_bet.py").write_text("x = 1\n")
    share, sure, found = cat_lm._miner({"one": tmp_path}, 0, Context(data=None, cache=tmp_path))
    assert (share.measured, share.held, sure.measured) == (0.5, False, 0.5)
    assert (found.measured, found.baseline) == (1, 1)
