"""The contract every executor keeps, run over all of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from unriddle import CallTest, Candidate, CodeTest, Equality, Limits, Raises, Returns, Satisfies, Status, Verdicts
from unriddle.contracts import Executor
from unriddle.errors import BadProblem, IsolationError
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.execute.python import PythonExecutor

TESTS = [
    CallTest("f", (1,), expect=Returns(2), name="one"),
    CallTest("f", (1,), {"k": 5}, expect=Returns(6)),
    CallTest("f", ("a",), expect=Raises("TypeError")),
    CallTest("f", (2,), expect=Satisfies("def sat(x, y): return x == y", args=(3,), type="int"), isolated=True),
    CallTest("f", (0.1,), {"k": 0.2}, expect=Returns(0.3, Equality("close", atol=1e-9))),
    CallTest("f", (7,)),
    CodeTest("assert f(1) == 2\nassert candidate(2) == 3", "f", name="code"),
]
SOURCES = {
    "right": "def f(x, k=1): return x + k",
    "wrong": "def f(x, k=1): return 0",
    "raises": "def f(x, k=1): raise ValueError('no')",
    "absent": "def g(): pass",
    "broken": "def f(x:",
}
P, F, E = Status.PASS, Status.FAIL, Status.ERROR
EXPECTED = {
    "right": [P, P, P, P, P, P, P],
    "wrong": [F, F, F, F, F, P, F],
    "raises": [E, E, E, E, E, E, E],
    "absent": [E, E, E, E, E, E, E],
    "broken": [E, E, E, E, E, E, E],
}


@pytest.fixture(scope="module", params=["in-process", "rlimits only", "namespaces+seccomp"])
def any_executor(request) -> Iterator[Executor]:
    made = InProcessExecutor() if request.param == "in-process" else PythonExecutor(workers=2, isolation=request.param)
    try:
        with made as running:
            yield running
    except IsolationError as error:
        pytest.skip(f"not to be had on this machine: {error}")


@pytest.fixture(scope="module")
def whole(any_executor) -> Verdicts:
    return any_executor.run(_candidates(), TESTS, limits=Limits(cpu_seconds=1))


def _candidates() -> list[Candidate]:
    return [Candidate(source, prior=None if i % 2 else -i / 2) for i, source in enumerate(SOURCES.values())]


@pytest.mark.parametrize("name", SOURCES)
def test_statuses(whole, name) -> None:
    row = list(SOURCES).index(name)
    assert [Status(s) for s in whole.status[row].tolist()] == EXPECTED[name]


def test_shape_types_and_names(whole) -> None:
    assert whole.shape == (5, 7)
    kinds = {name: getattr(whole, name).dtype for name in ("status", "value", "cpu_seconds", "prior")}
    assert kinds == {"status": np.int8, "value": np.int32, "cpu_seconds": np.float32, "prior": np.float64}
    assert whole.tests == ("one", "t1", "t2", "t3", "t4", "t5", "code")
    assert whole.candidates == tuple(c.id for c in _candidates())


def test_priors_come_from_the_candidates(whole) -> None:
    np.testing.assert_array_equal(whole.prior, [-0.0, np.nan, -1.0, np.nan, -2.0])


def test_values_are_numbered_where_the_call_returned(whole) -> None:
    assert whole[0, 0].result == 2
    assert whole[0, 5].result == 8
    assert whole.value[1, 0] == whole.value[1, 5] >= 0
    assert (whole.value[2:] == -1).all()
    assert whole.value[0, 2] == -1, "it raised"
    assert (whole.value[:, 6] == -1).all(), "a code test has no value"


def test_errors_are_told(whole) -> None:
    assert whole[2, 0].error == "ValueError: no"
    assert whole[2, 0].line == 1
    assert "wrong value" in whole[1, 0].error
    assert "SyntaxError" in whole[4, 0].error
    assert whole[0, 0].error == ""


def test_cpu_seconds_are_not_negative_and_small(whole) -> None:
    known = whole.cpu_seconds[~np.isnan(whole.cpu_seconds)]
    assert (known >= 0).all()
    assert (known < 1.5).all()


def test_info_says_under_what_it_ran(any_executor, whole) -> None:
    assert whole.info["isolation"] == any_executor.isolation
    assert whole.info["limits"]["cpu_seconds"] == 1


def test_stream_and_groups_give_the_same_rows(any_executor, whole) -> None:
    limits = Limits(cpu_seconds=1)
    rows = dict(any_executor.stream(_candidates(), TESTS, limits=limits))
    joined = Verdicts.join_rows([rows[i] for i in range(5)])
    groups = dict(
        any_executor.run_groups(iter([(_candidates(), TESTS), ([], TESTS), (_candidates()[:1], [])]), limits=limits)
    )
    assert sorted(groups) == [0, 1, 2]
    assert (groups[1].shape, groups[2].shape) == ((0, 7), (1, 0))
    for other in (joined, groups[0]):
        assert other.status.tolist() == whole.status.tolist()
        assert other.candidates == whole.candidates
        assert other.tests == whole.tests
        assert [other[i, j].result for i in range(5) for j in range(7)] == [
            whole[i, j].result for i in range(5) for j in range(7)
        ]


def test_the_order_of_candidates_and_tests_permutes_the_matrix(any_executor, whole) -> None:
    verdicts = any_executor.run(_candidates()[::-1], TESTS[::-1])
    assert verdicts.status.tolist() == whole.status[::-1, ::-1].tolist()


def test_arguments_are_copies(any_executor) -> None:
    shared = [1]
    tests = [CallTest("f", (shared,), expect=Returns(2))] * 3
    verdicts = any_executor.run([Candidate("def f(a):\n  a.append(1)\n  return len(a)")], tests)
    assert verdicts.passed.all()
    assert shared == [1]


def test_values_that_are_not_plain_fail_and_bad_tests_raise(any_executor) -> None:
    verdicts = any_executor.run([Candidate("def f(x): return object()")], [CallTest("f", (1,), expect=Returns(1))])
    assert verdicts[0, 0].status is Status.FAIL
    assert "object" in verdicts[0, 0].error
    with pytest.raises(BadProblem):
        any_executor.run([Candidate("")], [CallTest("f", (object(),))])


def test_a_candidate_of_another_language_is_refused(any_executor) -> None:
    with pytest.raises(ValueError, match="javascript"):
        any_executor.run([Candidate("1", language="javascript")], TESTS)


def test_isolated_calls_see_no_state(any_executor) -> None:
    if any_executor.isolation == "in-process":
        pytest.skip("nothing is isolated in process, by definition")
    source = "n = 0\ndef f():\n  global n\n  n += 1\n  return n"
    verdicts = any_executor.run([Candidate(source)], [CallTest("f", expect=Returns(1), isolated=True)] * 3)
    assert verdicts.passed.all()
