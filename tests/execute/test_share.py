"""The first tier: verdicts are those of the isolated runs, whatever the neighbours do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import unriddle.execute.share as share_module
from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Status
from unriddle.errors import BadInput, IsolationError
from unriddle.execute.python import PythonExecutor
from unriddle.execute.share import Sharing, batches
from unriddle.problem import Raises, Satisfies

FAST = Limits(cpu_seconds=0.5, wall_seconds=4.0)
TESTS = [CallTest("f", (x,), expect=Returns(x + 1)) for x in (1, 20, -3)]
PROGRAMS = [
    "def f(x): return x + 1",
    "def f(x): return x + 1 if x > 0 else x",
    "def f(x): return x",
    "def f(x): raise ValueError(x)",
    "def f(x): return f(x)",
    "def f(x): return [0] * 10**12",
    "def f(x): return undefined",
    "def g(x): return x + 1",
    "this is not python",
    "def f(x):\n  while True: pass",
    "def f(x): return lambda: x",
    "def f(x): return (i for i in range(x))",
    "print('hello')\ndef f(x):\n  print(x)\n  return 2",
    "def f(x): return float('nan')",
    "def f(x): return {x: [x, (x, 'a')]}",
    "1 / 0",
    "import os\ndef f(x): return x + 1 if os.getpid() else 0",
    "import math\ndef f(x): return x + math.floor(1.5)",
    "def f(x): return 10 ** 5000",
    "def f(x): return str(10 ** 5000)",
    "state = []\ndef f(x):\n  state.append(x)\n  return x + len(state)",
]


@pytest.fixture(scope="module")
def alone() -> Iterator[PythonExecutor]:
    try:
        with PythonExecutor(workers=2) as executor:
            yield executor
    except IsolationError as error:
        pytest.skip(f"no full isolation on this machine: {error}")


@pytest.fixture(scope="module")
def sharing(alone) -> Iterator[PythonExecutor]:
    with PythonExecutor(workers=2, share=6) as executor:
        yield executor


def _same(found, expected) -> None:
    assert found.candidates == expected.candidates
    np.testing.assert_array_equal(found.status, expected.status)
    np.testing.assert_array_equal(found.value, expected.value)
    assert found.values == expected.values
    details = [{k: d for k, d in v.details.items() if v.status[k] != Status.TIMEOUT} for v in (found, expected)]
    assert details[0] == details[1]


@pytest.mark.parametrize("turn", [0, 3, 10, 17])
def test_verdicts_are_those_of_isolated_runs_in_any_company(alone, sharing, turn) -> None:
    candidates = [Candidate(source) for source in PROGRAMS[turn:] + PROGRAMS[:turn]]
    _same(sharing.run(candidates, TESTS, limits=FAST), alone.run(candidates, TESTS, limits=FAST))


def test_every_kind_of_expectation(alone, sharing) -> None:
    tests = [
        CallTest("f", (1,), expect=Raises("ValueError")),
        CallTest("f", (2,), expect=Satisfies("def sat(value, x): return value == x", args=(2,))),
        CallTest("f", (3,)),
        CallTest("f", (4,), expect=Returns(5)),
    ]
    candidates = [Candidate(source) for source in PROGRAMS]
    _same(sharing.run(candidates, tests, limits=FAST), alone.run(candidates, tests, limits=FAST))


def test_only_rejections_are_kept_from_a_shared_process(sharing) -> None:
    sharing._sharing.shared = sharing._sharing.again = 0
    right, wrong = Candidate("def f(x): return x + 1"), Candidate("def f(x): return x + 2")
    assert sharing.run([right, wrong] * 3, TESTS).passed.all(1).tolist() == [True, False] * 3
    assert (sharing._sharing.shared, sharing._sharing.again) == (6, 3)


def test_a_process_with_anything_abnormal_in_it_is_not_believed(sharing) -> None:
    for odd in ("def f(x):\n  while True: pass", "def f(x): return [0] * 10**7", "def f(x): return lambda: x"):
        sharing._sharing.shared = sharing._sharing.again = 0
        candidates = [Candidate("def f(x): return 0"), Candidate(odd), Candidate("def f(x): return 1")]
        sharing.run(candidates, TESTS, limits=FAST)
        assert sharing._sharing.again >= 1, odd
    assert sharing._sharing.shared == 3


HELPERS = [
    "import builtins\nbuiltins.abs = lambda x: x + 1",
    "import sys\ng = sys.modules\ng['candidate'].__dict__['f'] = lambda x: x + 1\ndef f(x): return x + 1",
    "import sys, unriddle.execute.inside.child as c\nc.encode = lambda value, limit: b'i' + (2).to_bytes(4, 'little')",
    "import unriddle.execute.inside.harness as h\nh.compile = lambda *a, **k: compile('f = abs', 'c', 'exec')",
]


@pytest.mark.parametrize("helper", HELPERS)
def test_even_through_a_hole_in_the_check_no_neighbour_makes_a_program_pass(helper, sharing, monkeypatch) -> None:
    monkeypatch.setattr(share_module, "why_alone", lambda source: "")
    sharing._sharing.shared = sharing._sharing.again = 0
    wrong = [Candidate(s) for s in ("def f(x): return abs(x)", "def f(x): return x", "def f(x): return 5")]
    for company in ([Candidate(helper), *wrong], [*wrong, Candidate(helper), *wrong]):
        verdicts = sharing.run(company, TESTS, limits=FAST)
        assert not [i for i, c in enumerate(company) if c in wrong and verdicts.passed[i].all()]


def test_programs_share_only_with_plain_calls() -> None:
    from unriddle.execute.plan import make_plan

    candidates = [Candidate(f"def f(x): return {i}") for i in range(5)]
    odd = [Candidate("import os"), *candidates]
    plain, code = make_plan(TESTS), make_plan([*TESTS, CodeTest("for x in [1]: assert f(x)", "f")])
    isolated = make_plan([*TESTS, CallTest("f", (1,), expect=Returns(2), isolated=True)])
    assert list(batches(candidates, plain, Sharing(3))) == [[0, 1, 2], [3, 4]]
    assert list(batches(odd, plain, Sharing(3))) == [[0], [1, 2, 3], [4, 5]]
    for plan in (code, isolated):
        assert list(batches(candidates, plan, Sharing(3))) == [[0], [1], [2], [3], [4]]
    assert list(batches(candidates, plain, Sharing(1))) == [[0], [1], [2], [3], [4]]


def test_sharing_stops_where_most_programs_are_right_and_is_tried_again() -> None:
    sharing = Sharing(10)
    for _ in range(10):
        sharing.note(10, 10)
    tried = sum(sharing.pays() for _ in range(160))
    assert 5 <= tried <= 20
    for _ in range(60):
        sharing.note(10, 0)
    assert sharing.pays()


def test_share_is_kept_with_the_results_and_must_be_a_number_of_programs(sharing) -> None:
    assert sharing.run([Candidate(PROGRAMS[0])], TESTS).info["share"] == 6
    with pytest.raises(BadInput, match="share must be 1 or more"):
        PythonExecutor(share=0)
