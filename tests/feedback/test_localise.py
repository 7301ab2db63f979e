"""Suspicion against values worked out by hand, and localisation of real faults in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.feedback.counterexample import counterexample
from unriddle.feedback.coverage import coverage, marked_lines
from unriddle.feedback.error import error
from unriddle.feedback.localise import localise, suspicion
from unriddle.feedback.trace import trace_of_failure
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Returns

MID = """def mid(x, y, z):
    m = z
    if y < z:
        if x < y:
            m = y
        elif x < z:
            m = y
    else:
        if x > y:
            m = y
        elif x > z:
            m = x
    return m
"""
# The six tests of the worked example of Jones and Harrold (2005); line 7 holds the fault (m = x is right).
MID_TESTS = tuple(
    CallTest("mid", args, expect=Returns(sorted(args)[1]), name=str(args))
    for args in [(3, 3, 5), (1, 2, 3), (3, 2, 1), (5, 5, 5), (5, 3, 4), (2, 1, 3)]
)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as made:
        yield made


def test_formulas_by_hand() -> None:
    # One failing and three passing tests; the places: all, the failing one only, failing + 1 passing, 2 passing, none.
    covered = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [1, 0, 0, 1, 0], [1, 0, 0, 0, 0]], dtype=bool)
    failed = np.array([True, False, False, False])
    ochiai = suspicion(covered, failed)
    assert ochiai == pytest.approx([1 / 2, 1, 1 / np.sqrt(2), 0, 0])
    tarantula = suspicion(covered, failed, formula="tarantula")
    assert tarantula == pytest.approx([1 / 2, 1, 1 / (1 + 1 / 3), 0, 0])
    dstar = suspicion(covered, failed, formula="dstar")
    assert dstar == pytest.approx([1 / 3, np.inf, 1, 0, 0])


def test_one_failing_test_and_no_passing_one_ties_everything_covered() -> None:
    for formula in ("ochiai", "tarantula"):
        scores = suspicion(np.array([[True, True, False]]), np.array([True]), formula=formula)
        assert scores == pytest.approx([1, 1, 0])


def test_no_failing_test_makes_nothing_suspicious() -> None:
    assert not suspicion(np.array([[True, True]]), np.array([False])).any()


def test_wrong_shape_and_formula_are_refused() -> None:
    with pytest.raises(BadShape, match=r"\(m, b\)"):
        suspicion(np.ones((2, 3), dtype=bool), np.ones(3, dtype=bool))
    with pytest.raises(BadInput, match="ochiai, tarantula, dstar"):
        suspicion(np.ones((2, 3), dtype=bool), np.ones(2, dtype=bool), formula="op2")


def test_published_example(executor: Executor) -> None:
    """Jones and Harrold: the faulty line has 0.83 and rank 1, the conditions above it 0.71, 0.63, 0.5."""
    found = localise(MID, MID_TESTS, executor=executor, formula="tarantula")
    assert found.verdicts.passed[0].tolist() == [True, True, True, True, True, False]
    score = {s.line: s.score for s in found.lines}
    assert [score[line] for line in (7, 6, 4, 3)] == pytest.approx([0.83, 0.71, 0.63, 0.5], abs=0.006)
    assert (found.lines[0].line, found.lines[0].first, found.lines[0].last) == (7, 1, 1)
    assert 10 not in score, "no failing test runs it"


def test_arms_of_an_expression_are_told_apart(executor: Executor) -> None:
    source = "def f(x):\n    return x + 1 if x > 0 else x * x * x\n"
    tests = [CallTest("f", (x,), expect=Returns(w)) for x, w in [(1, 2), (2, 3), (-2, 4)]]
    found = localise(source, tests, executor=executor)
    by_text = {p.text: s for p, s in zip(found.places, found.scores, strict=True)}
    assert by_text["x * x * x"] == 1
    assert by_text["x + 1"] == 0
    assert found.score_at(2, source.splitlines()[1].index("x * x")) == 1


def test_endless_loop_counts_with_what_it_covered(executor: Executor) -> None:
    source = "def f(n):\n    if n == 0:\n        return 0\n    while n:\n        pass\n    return 1\n"
    tests = [CallTest("f", (n,), expect=Returns(n)) for n in (0, 1)]
    lines = localise(source, tests, executor=executor, seconds=0.05).lines
    assert {s.line for s in lines if s.first == 1} == {4, 5}


def test_the_line_that_raised_gains(executor: Executor) -> None:
    source = "def f(x):\n    y = x\n    if y:\n        return 1\n    z = 1 // y\n    return z\n"
    tests = [CallTest("f", (x,), expect=Returns(1)) for x in (1, 2, 0)]
    found = localise(source, tests, executor=executor, formula="ochiai")
    assert (found.lines[0].line, found.lines[0].raised) == (5, 1)


def test_feedback_texts(executor: Executor) -> None:
    source = "def f(x):\n    y = x - 1\n    return 10 // y\n"
    tests = tuple(CallTest("f", (x,), expect=Returns(w), name=f"t{x}") for x, w in [(1, 0), (2, 10), (11, 2)])
    candidate = Candidate(source)
    verdicts = executor.run([candidate], tests, limits=Limits(cpu_seconds=1))
    assert error(candidate, verdicts).splitlines()[0].startswith("t1: ZeroDivisionError")
    assert "> 3      return 10 // y" in error(candidate, verdicts)
    shown = counterexample(tests, most=2)(candidate, verdicts)
    assert "f(11) returned 1, expected 2" in shown
    assert "f(1) raised ZeroDivisionError" in shown
    assert trace_of_failure(tests, executor=executor)(candidate, verdicts).startswith("f(1)\n[BLOCK-0]")
    assert "2 fail   1 pass|     y = x - 1" in coverage(tests, executor=executor)(candidate, verdicts)
    right = executor.run([Candidate("def f(x):\n    return {1: 0, 2: 10, 11: 2}[x]\n")], tests)
    for feedback in (error, counterexample(tests), trace_of_failure(tests, executor=executor)):
        assert feedback(candidate, right) == ""


def test_a_long_program_is_shown_around_what_failing_tests_run(executor: Executor) -> None:
    source = "x = 1\n" * 30 + "def f(a):\n    b = '\f'\n    return a - 1\n" + "y = 2\n" * 5
    test = CallTest("f", (1,), expect=Returns(2))
    shown = marked_lines(source, localise(source, [test], executor=executor), around=2).split("\n")
    assert [line.strip() for line in (shown[0], shown[-1])] == ["... 29 lines left out ...", "... 3 lines left out ..."]
    assert [line[24:] for line in shown[1:-1]] == [
        "| x = 1", "| def f(a):", "|     b = '\f'", "|     return a - 1", "| y = 2", "| y = 2"
    ]  # fmt: skip
