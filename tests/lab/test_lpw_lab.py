"""The experiment of planning first: its scripts see a changed workflow, its tasks and places are what they say."""

import dataclasses

import numpy as np
import pytest

from unriddle.execute import open_executor
from unriddle.execute.trace import outermost, steps, trace
from unriddle.lab._lpw_places import first_update, place_mutants
from unriddle.lab._lpw_script import SCRIPTS, differences
from unriddle.lab._lpw_symbolic import SymbolicLM, by_lpw, by_repair, by_resampling
from unriddle.lab._lpw_tasks import STEPS, draw_tasks, end, source, walk
from unriddle.problem import CallTest, Returns

SUM = "def f(xs):\n    s = 0\n    n = len(xs)\n    for x in xs:\n        s += x\n    return s - n"


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_branch_takes_the_calls_it_must(executor, script):
    assert differences(script, executor) == []


def test_a_script_sees_a_call_too_many_another_end_and_another_text(executor):
    one = dataclasses.replace(SCRIPTS[0], n_calls=5, solved=False, holds={0: ("no such words",), 1: ("!Double",)})
    told = " | ".join(differences(one, executor))
    assert "4 calls, not 5" in told
    assert "verified at once: solved" in told
    assert "call 0, no such words" in told
    assert "call 1, !Double" in told


def test_programs_do_what_their_steps_do(executor):
    x = [3, 8, 8, 1, 6]
    for place in range(len(STEPS)):
        told = source([place, place])
        seen = trace(told, f"f({x})", executor=executor)
        assert seen.value == repr(end([place, place], x)), STEPS[place].words
    assert walk([1, 0], [2, 1, 3]) == [[1, 2, 3], [3, 2, 1]]


def test_tasks_have_tests_that_their_steps_pass():
    for task in draw_tasks(20, rng=np.random.default_rng(0)):
        assert task.right(task.steps)
        assert task.passes(task.steps, hidden=False) == 3
        for test, x in zip(task.problem.tests, task.shown, strict=True):
            assert isinstance(test, CallTest)
            assert test.expect == Returns(end(task.steps, x))


def test_a_planner_that_is_never_wrong_takes_two_calls_and_one_that_is_never_right_takes_all(executor):
    task = draw_tasks(1, rng=np.random.default_rng(1))[0]
    sure = by_lpw(task, executor=executor, rng=np.random.default_rng(0), right=1.0, most=12)
    assert (sure.visible, sure.hidden, sure.n_calls) == (True, True, 2)
    for way in (by_resampling, by_repair):
        assert way(task, rng=np.random.default_rng(0), right=1.0, most=12).n_calls == 1
        assert way(task, rng=np.random.default_rng(0), right=0.0, most=12).n_calls == 12
    never = by_lpw(task, executor=executor, rng=np.random.default_rng(0), right=0.0, most=3)
    assert (never.visible, never.hidden, never.n_calls) == (False, False, 3)


def test_the_repair_goes_to_the_step_where_run_and_walk_part(executor):
    task = draw_tasks(1, rng=np.random.default_rng(2))[0]
    lm = SymbolicLM(task, rng=np.random.default_rng(0))
    records = "\n".join(f"record: s{i} = {v}" for i, v in enumerate(walk(task.steps, task.shown[0]), start=1))
    wrong = [*task.steps[:2], 5 if task.steps[2] != 5 else 10, *task.steps[3:]]
    run = "\n".join(f"{i}  s = 0    # s{i} = {v}, x = {v}" for i, v in enumerate(walk(wrong, task.shown[0]), start=1))
    asked = (
        f"This is the plan followed by hand on that test:\n{records}\n\nThis is what the program really did, line by "
        f"line:\n{run}\n\nWhere do the values of the program first differ from those of the plan?"
    )
    assert lm.sample([asked])[0][0].text == "In step 3."


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("s = 0", "s = 1", 2), ("s += x", "s -= x", 5), ("s - n", "s + n", 6), ("in xs", "in xs[1:]", 4)],
)
def test_the_first_update_that_differs_names_the_line(executor, old, new, line):
    def lines(text):
        seen = trace(text, "f([1, 2])", executor=executor)
        return [step for step in steps(seen, level="line", calls=outermost(seen)) if step.lines]

    assert first_update(lines(SUM), lines(SUM.replace(old, new))) == line
    assert first_update(lines(SUM), lines(SUM)) == 0


def test_mutants_are_placed(executor):
    found = place_mutants([(SUM, "f([1, 2])")] * 4, n=3, executor=executor, rng=np.random.default_rng(0))
    assert found.update.size == 3
    assert (found.update == 1).all()
    assert (found.step == 1).all()
    assert (found.chance > 0).all()
    assert (found.chance < 1).all()
    assert place_mutants([("x = 1", "f()")], n=3, executor=executor, rng=np.random.default_rng(0)).update.size == 0
