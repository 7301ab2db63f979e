"""Choosing before judging: what the rules see, what is counted, and paired intervals."""

from __future__ import annotations

import numpy as np
import pytest

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.choosing import calibrate, choose
from unriddle.benchmarks.metrics import bootstrap, paired_bootstrap
from unriddle.benchmarks.run import TaskResult, evaluate
from unriddle.benchmarks.shown import _shown, show, show_tests
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.language.values import encode
from unriddle.problem import CallTest, Problem, Returns, Signature
from unriddle.score.passed import fraction
from unriddle.verdicts import Verdicts


def call(x: int, y: int) -> CallTest:
    return CallTest("f", (x,), expect=Returns(y), source=f"assert f({x}) == {y}")


def task(name: str, visible: tuple[CallTest, ...]) -> Task:
    problem = Problem(name, "double x", Signature("f"), tests=visible)
    return Task(problem, tuple(call(x, 2 * x) for x in range(3, 9)))


RIGHT = Candidate("def f(x):\n    return 2 * x")
ALSO = Candidate("def f(x):\n    return x + x")
SQUARE = Candidate("def f(x):\n    return x * x")
BROKEN = Candidate("def f(x):\n    return 1 // 0")
BENCH = TaskBenchmark("doubles", (task("a", (call(2, 4),)), task("b", ()), task("c", (call(1, 2),))))
GIVEN = {"a": [RIGHT, SQUARE, SQUARE, SQUARE, BROKEN], "b": [RIGHT, SQUARE], "c": [RIGHT, ALSO]}


@pytest.fixture(scope="module")
def executor():
    with InProcessExecutor() as executor:
        yield executor


def run(executor, names, generated=None, given=GIVEN, n_missing=0):
    shown_benchmark, plans = show_tests(BENCH, generated)
    shown, _ = show(shown_benchmark, plans, given, executor=executor)
    evaluation = evaluate(BENCH, given, executor=executor, ks=())
    return choose(evaluation, shown, names, given=given, n_missing=n_missing), shown


def test_rules_see_repeats_and_only_visible_tests(executor):
    (variants, per_problem), shown = run(executor, ["codet", "fraction"])
    assert shown["a"].verdicts.shape == (5, 1)
    assert shown["a"].verdicts.passed[:, 0].tolist() == [True, True, True, True, False]
    assert shown["b"].verdicts.shape == (2, 0)
    # 2 * 2 == 2 + 2 == 2 ** 2: the visible test of a tells only the broken one apart
    assert per_problem["a"] == pytest.approx({"codet": 0.25, "fraction": 0.25, "random": 0.2})
    assert per_problem["b"] == pytest.approx({"codet": 0.5, "fraction": 0.5, "random": 0.5})
    names = {variant.name: variant for variant in variants}
    assert names["all"].rules["codet"]["value"] == pytest.approx((0.25 + 0.5 + 1) / 3)
    assert names["all"].minus_random["codet"]["value"] == pytest.approx(0.05 / 3)
    assert names["all"].minus_first["fraction"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert (names["some right"].n_problems, names["all"].n_problems, names["all"].best) == (2, 3, 1.0)
    assert names["passing visible"].rules["random"]["value"] == pytest.approx((0.25 + 0.5 + 1) / 3)


def test_generated_tests_count_as_often_as_they_were_written(executor):
    generated = {"a": [call(3, 6), call(5, 25), call(5, 25), call(3, 6), call(3, 6)], "b": [call(3, 9)]}
    (_, per_problem), shown = run(executor, ["codet", "mbr", "fraction"], generated)
    verdicts = shown["a"].verdicts
    assert verdicts.shape == (5, 5)
    assert verdicts.passed[0].sum() == 3
    assert verdicts.passed[1].sum() == 2
    # sqrt(1) * 3 < sqrt(3) * 2: three equal wrong programs outvote one right program
    assert per_problem["a"]["codet"] == 0
    assert per_problem["a"]["fraction"] == 1
    # a wrong test misleads
    assert per_problem["b"]["codet"] == 0
    assert per_problem["c"]["codet"] == 1


def test_tasks_without_candidates_can_count(executor):
    given = {"a": GIVEN["a"]}
    (variants, _), _ = run(executor, ["codet"], given=given, n_missing=2)
    assert variants[0].n_problems == 3
    assert variants[0].rules["codet"]["value"] == pytest.approx(0.25 / 3)


def test_no_test_to_choose_by_is_said(executor):
    with pytest.raises(BadInput, match="none of its tasks has visible tests"):
        show_tests(BENCH.take(["b"]), None)
    with pytest.raises(BadInput, match="none of its tasks has generated tests"):
        show_tests(BENCH, {})
    with pytest.raises(BadInput, match="no rule is called"):
        run(executor, ["coin"])


def test_the_paired_interval_is_that_of_the_differences():
    rng = np.random.default_rng(0)
    hard = rng.random(200)
    one, two = hard + 0.05 + 0.01 * rng.standard_normal(200), hard
    paired = paired_bootstrap(one, two, rng=np.random.default_rng(1))
    assert paired == bootstrap(one - two, rng=np.random.default_rng(1))
    assert 0.045 < paired["low"] < paired["value"] < paired["high"] < 0.055
    with pytest.raises(BadShape, match="paired_bootstrap"):
        paired_bootstrap([1.0], [1.0, 2.0], rng=rng)


def test_confidence_in_the_choice_is_measured(executor):
    shown_benchmark, plans = show_tests(BENCH, None)
    shown, _ = show(shown_benchmark, plans, GIVEN, executor=executor)
    evaluation = evaluate(BENCH, GIVEN, executor=executor, ks=())
    found = calibrate(evaluation, shown, "codet", given=GIVEN)
    assert set(found) == {"posterior", "agreement", "succession"}
    agreement = found["agreement"]
    assert agreement.n_problems == 3
    assert agreement.accuracy == pytest.approx((0.25 + 0.5 + 1) / 3)
    # stated 4/5, 0 (nothing to choose by) and 1; the draws are right with 1/4, 1/2 and 1
    assert agreement.brier == pytest.approx((0.25 * 0.04 + 0.75 * 0.64 + 0.5 + 0) / 3)


def test_a_program_given_up_is_measured_on_all_tests():
    _, plans = show_tests(BENCH, {"a": [call(x, 2 * x) for x in range(3, 7)]})
    status = np.array([[0, 0, 3, 7, 7], [0, 0, 0, 0, 2]], np.int8)
    value = np.array([[0, 1, -1, -1, -1], [0, 1, 2, 3, -1]], np.int32)
    verdicts = Verdicts(
        status, value, np.zeros((2, 5), np.float32), np.zeros(2), ("p", "q"), tuple("vwxyz"),
        tuple(encode(v) for v in (4, 6, 8, 10)),
    )  # fmt: skip
    shown = _shown(TaskResult(2, 0, 0, verdicts, (0, 1)), plans["a"])
    assert fraction(shown.verdicts).tolist() == [0.25, 0.75]
    assert shown.passes_visible.tolist() == [True, True]
