"""Failing tests in words: what came, how many more fail, and the call that is traced, also in tests that are code."""

import pytest

from unriddle.candidate import Candidate
from unriddle.execute import open_executor
from unriddle.feedback.counterexample import counterexample
from unriddle.feedback.coverage import coverage
from unriddle.feedback.failing import entry_call, failing, failing_tests, what_came
from unriddle.feedback.trace import trace_of_failure
from unriddle.outcome import Limits, Outcome, Status
from unriddle.problem import CallTest, CodeTest, Returns

TESTS = (
    CallTest("total", ([1, 2, 3],), expect=Returns(6), name="a"),
    CallTest("total", ([],), expect=Returns(0), name="b"),
)
FIRST = Candidate("def total(xs):\n    return [xs[0]]\n")


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def test_the_call_of_a_test_is_found_in_its_tree():
    assert entry_call(CodeTest("assert g(1) and candidate('a == b', k=[1]) == 2", "f")) == "f('a == b', k=[1])"
    assert entry_call(CodeTest("assert True", "f")) == ""
    assert entry_call(CodeTest("assert (", "f")) == ""


def test_reports_name_what_came_and_count_the_rest(executor):
    row = executor.run([FIRST], TESTS)
    assert failing(row) == [0, 1]
    text = failing_tests(TESTS, most=1)(FIRST, row)
    assert text == "assert total([1, 2, 3]) == 6  # the program returned [1]\n(1 more fail)"
    assert "raised IndexError" in failing_tests(TESTS[1:])(FIRST, executor.run([FIRST], TESTS[1:]))
    right = Candidate("def total(xs):\n    return sum(xs)\n")
    assert failing_tests(TESTS)(right, executor.run([right], TESTS)) == ""


def test_an_end_without_a_value_has_words():
    assert what_came(Outcome(Status.MEMORY)) == "ran out of memory"
    assert what_came(Outcome(Status.ERROR, error="E: " + "x" * 50), most=10) == "raised E: xx...xxxxx"
    assert what_came(Outcome(Status.FAIL)) == "failed"


def test_an_endless_run_is_told_with_what_was_expected(executor):
    endless = Candidate("def total(xs):\n    while True:\n        pass\n")
    row = executor.run([endless], TESTS[1:], limits=Limits(cpu_seconds=0.3))
    assert counterexample(TESTS[1:])(endless, row) == "total([]) ran out of time, expected 0"


def test_a_test_in_code_is_traced_by_its_call(executor):
    tests = (CodeTest("assert sorted(total([4, 5])) == [9]", "total", name="c"), CodeTest("assert False", "total"))
    wrong = Candidate("def total(xs):\n    return [xs[0]]\n")
    text = trace_of_failure(tests, executor=executor)(wrong, executor.run([wrong], tests))
    assert text.startswith("total([4, 5])\n[BLOCK-0]")
    assert text.endswith("returned [4]")
    assert trace_of_failure(tests[1:], executor=executor)(wrong, executor.run([wrong], tests[1:])) == ""


def test_a_program_that_cannot_be_read_is_no_mistake_of_the_caller(executor):
    broken = Candidate("def total(")
    row = executor.run([broken], TESTS)
    for feedback in (trace_of_failure(TESTS, executor=executor), coverage(TESTS, executor=executor)):
        assert feedback(broken, row) == ""
    assert "SyntaxError" in counterexample(TESTS)(broken, row)
