"""The check of the tracer: no fault on programs that are hard to trace, and every planted one is told."""

import copy
import dataclasses

import numpy as np
import pytest

from unriddle.execute import open_executor
from unriddle.execute.trace import trace
from unriddle.lab._ldb_tracer import Watched, tracer_claims, watch
from unriddle.lab._ldb_traces import departures

ODD = '''
from collections import deque

def numbers(xs):
    for x in xs:
        yield x
        xs = xs + [x]

def fact(n): return 1 if n < 2 else n * fact(n - 1)

def f(xs):
    """Aliases, a generator, recursion, a nested function, a set, a loop on one line, and what it prints."""
    seen, alias = set("abc"), xs
    def add(x):
        alias.append(x)
        return (x,
                len(xs))
    for x in numbers(list(xs)): add(
        x + 1)
    while len(xs) > 5: xs.pop()
    queue = deque(xs)
    try:
        queue[99]
    except IndexError:
        print("none", sorted(seen))
    total = sum(x for x in xs if x > 1)
    return total, fact(3), {k: None for k in "ab"}
'''
SUM = "def f(xs):\n    s = 0\n    for x in xs:\n        s += x\n    print(s)\n    return s\n"
BARE = ["3", "3\n", [[[2, {"xs": "[1, 2]"}], [3, {"xs": "[1, 2]", "s": "0"}],
    [4, {"xs": "[1, 2]", "s": "0", "x": "1"}], [3, {"xs": "[1, 2]", "s": "1", "x": "1"}],
    [4, {"xs": "[1, 2]", "s": "1", "x": "2"}], [3, {"xs": "[1, 2]", "s": "3", "x": "2"}],
    [5, {"xs": "[1, 2]", "s": "3", "x": "2"}], [6, {"xs": "[1, 2]", "s": "3", "x": "2"}]]]]  # fmt: skip
"""By hand: what Python does."""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def test_programs_that_are_hard_to_trace_are_traced_right(executor):
    first, second = watch(ODD, ["f([1, 2, 3])", "f([])"], executor=executor, rounds=1)
    for one in (first, second):
        assert one.faults == ()
        assert (one.printed, one.cut) == (True, False)
        assert 0 < one.call[0] < one.call[1]
        assert 0 < one.whole[0] < one.whole[1]
    assert first.n_lines > second.n_lines > 10


def test_planted_faults_are_told(executor):
    seen = trace(SUM, "f([1, 2])", executor=executor)
    assert departures(seen, BARE) == []
    for place, wrong, told in (
        ((0,), "4", "untraced 4"),
        ((1,), "", "untraced 3, ''"),
        ((2, 0, 3, 0), 4, "the blocks are not the lines that ran"),
        ((2, 0, 3, 1, "s"), "0", "line 3: other values before it"),
        ((2, 0, 3, 1, "y"), "0", "line 3: other values before it"),
        ((2,), [], "1 calls were traced, 0 ran"),
    ):
        bare = copy.deepcopy(BARE)
        inside = bare
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = wrong
        assert told in " | ".join(departures(seen, bare))
    assert "ended early" in departures(dataclasses.replace(seen, end="time"), BARE)[0]
    lost = dataclasses.replace(seen, events=seen.events[:3] + seen.events[4:])
    assert departures(lost, BARE)


def test_a_counter_may_be_shown_in_any_order_but_not_with_other_counts(executor):
    source = "from collections import Counter\ndef f(xs):\n    return Counter(xs)\n"
    seen = trace(source, "f([1, 2, 2])", executor=executor)
    lines = [[3, {}]]
    assert seen.value == "Counter({1: 1, 2: 2})"
    assert departures(seen, ["Counter({2: 2, 1: 1})", "", [lines]]) == []
    for other in ("Counter({2: 1, 1: 1})", "dict({2: 2, 1: 1})", "{2: 2, 1: 1}", "Counter(x)"):
        assert "traced it returned" in departures(seen, [other, "", [lines]])[0]


def test_a_program_that_raises_is_a_fault_and_a_long_one_is_not_compared(executor):
    raises, long = watch(
        "def f(n):\n    for i in range(n):\n        1 / n\n    return 1 / n\n", ["f(0)", "f(9999)"], executor=executor,
        rounds=1,
    )  # fmt: skip
    assert "ZeroDivisionError" in raises.faults[0]
    assert np.isnan(raises.call[0])
    assert (long.faults, long.cut) == ((), True)


def test_costs_are_medians_of_ratios():
    runs = [Watched((), 5, False, False, (1.0, cost), (1.0, 2.0)) for cost in (10.0, 30.0, 50.0)]
    wrong = Watched(("lost a line",), 5, True, False, (float("nan"), 1.0), (1.0, 2.0))
    right, call, whole = tracer_claims({"a": runs, "b": [wrong]}, rng=np.random.default_rng(0))
    assert (right.measured, right.held) == (1, False)
    assert "b: lost a line" in right.note
    assert "2 programs, 4 visible calls, 20 lines; 1 calls print" in right.note
    assert (call.measured, call.held) == (30, False)
    assert "3 calls" in call.note
    assert (whole.measured, whole.held) == (2, True)
    assert tracer_claims({}, rng=np.random.default_rng(0)) == []
    assert [c.held for c in tracer_claims({"b": [wrong]}, rng=np.random.default_rng(0))] == [False, None, True]
