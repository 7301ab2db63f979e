"""The experiment of self-debugging: kinds of feedback order edits as they say, and small models are judged fairly."""

import numpy as np
import pytest

from unriddle.benchmarks.base import Task
from unriddle.execute import open_executor
from unriddle.lab import self_debug
from unriddle.lab._repair_kinds import KINDS, Bug, bugs, play
from unriddle.lab._self_debug_model import debugged
from unriddle.lab.base import Context
from unriddle.lm import ScriptedLM
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

REFERENCE = "def f(xs):\n    if not xs:\n        return -1\n    s = 0\n    for x in xs:\n        s += x\n    return s\n"
TESTS = tuple(CallTest("f", (xs,), expect=Returns(y), name=f"t{y}") for xs, y in (([1, 2], 3), ([], -1)))
HIDDEN = (CallTest("f", ([2, 2, 5],), expect=Returns(9), name="h"),)
TASK = Task(Problem("sum", "Sum.", Signature("f", (Parameter("xs"),)), tests=TESTS), HIDDEN, REFERENCE)


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def bug(line, same, suspicion, repairs):
    repairs = np.array(repairs)
    return Bug("b", "", 1, 0, np.array(line), np.array(same), np.array(suspicion), repairs, repairs)


def test_each_kind_of_feedback_uses_what_it_hears_and_no_more():
    ten = [True] * 10
    one = bug([*[1] * 10, 2], [*ten, False], [*[0.0] * 10, 1.0], [*[False] * 10, True])
    rng = np.random.default_rng(0)
    counts = dict(zip(KINDS, play(one, n_orders=400, rng=rng)[:, 0], strict=True))
    assert counts["simple"] == pytest.approx(6.0, abs=0.5)  # the mean place among eleven
    assert counts["ut"] == pytest.approx(3 - 3 / 11, abs=0.2)  # two edits of line 1 are doubt enough
    assert counts["trace"] == 1.0


def test_an_edit_that_was_put_last_is_still_found():
    one = bug([1, 1, 1], [True, True, True], [0.0] * 3, [False, False, True])
    for mean, right in play(one, n_orders=50, rng=np.random.default_rng(1)):
        assert 1 <= mean <= 3
        assert right == 1.0


def test_mistakes_in_a_right_program_are_found_repaired_and_judged_on_hidden_tests(executor):
    found, hopeless = bugs([TASK] * 3, n=2, executor=executor, rng=np.random.default_rng(0), say=lambda _: None)
    assert len(found) == 2
    assert hopeless >= 0
    for one in found:
        assert one.repairs.any()
        assert one.right[one.repairs].any()
        assert not one.right[~one.repairs].any()
        assert (~one.same | ~one.repairs).all()  # a repair changes what came of the failing test
        assert (one.suspicion[one.repairs] > 0).all()  # and lies on a line that it runs


def test_a_reference_that_fails_its_own_tests_gives_no_bug(executor):
    wrong = Task(TASK.problem, HIDDEN, REFERENCE.replace("s = 0", "s = 1"))
    unreadable = Task(TASK.problem, HIDDEN, "def f(")
    assert bugs([wrong, unreadable], n=2, executor=executor, rng=np.random.default_rng(0), say=print) == ([], 0)


def test_first_last_and_best_program_are_told_apart(executor):
    def fenced(text):
        return f"```python\n{text}```"

    good_for_one = REFERENCE.replace("return -1", "return 0")
    worse = "def f(xs):\n    return 'no'\n"
    lm = ScriptedLM([fenced(good_for_one), fenced(worse), "I do not know."])
    assert debugged(TASK, lm, executor, max_turns=2, seed=0) == (True, False, True)


def test_without_the_recordings_only_reasons_are_given():
    claims = self_debug.experiment("small", seed=0, context=Context(workers=1))
    assert len(claims) >= 4
    assert all(one.held is None and one.note.startswith("not run: ") for one in claims)
    assert "folder ldb" in claims[0].note
