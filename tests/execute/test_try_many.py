"""Many variants in one process: statuses, endless loops, what cannot be loaded, and that nothing leaks between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.execute.try_many import try_many
from unriddle.outcome import Status
from unriddle.problem import CallTest, CodeTest, Equality, Raises, Returns, Satisfies

TESTS = (
    CallTest("f", (2,), expect=Returns(4)),
    CallTest("f", (3,), expect=Returns([9], Equality(arrays=True))),
    CallTest("f", ("x",), expect=Raises("LookupError")),
    CodeTest("import candidate\nassert candidate.f(2) == 4"),
)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as made:
        yield made


def names(row: list[int]) -> list[str]:
    return [Status(value).name for value in row]


def test_statuses(executor: Executor) -> None:
    sources = [
        "def f(x):\n    if x == 'x':\n        raise KeyError(x)\n    return 4 if x == 2 else iter([9])\n",
        "def f(x):\n    return x + 1\n",
        "def f(x:\n",
        "def f(x):\n    while x == 3:\n        pass\n    return 4\n",
        "def g(x):\n    return 4\n",
    ]
    found = try_many(sources, TESTS, executor=executor, seconds=0.05).verdicts
    rows = [names(row) for row in found.status.tolist()]
    assert rows[0] == ["PASS"] * 4
    assert rows[1] == ["FAIL", "FAIL", "ERROR", "FAIL"]
    assert rows[2] == ["ERROR"] * 4
    assert rows[3] == ["PASS", "TIMEOUT", "SKIPPED", "SKIPPED"]
    assert rows[4] == ["ERROR"] * 4
    assert found[1, 2].line == 2


def test_patience_and_order(executor: Executor) -> None:
    source = ["def f(x):\n    while x == 3:\n        pass\n    return 4\n"]
    patient = try_many(source, TESTS, executor=executor, seconds=0.02, patient=True).verdicts
    assert names(patient.status[0].tolist()) == ["PASS", "TIMEOUT", "FAIL", "PASS"]
    late = try_many(source, TESTS, executor=executor, seconds=0.02, order=[3, 1]).verdicts
    assert names(late.status[0].tolist()) == ["SKIPPED", "TIMEOUT", "SKIPPED", "PASS"]


def test_one_step_that_no_timer_reaches_costs_only_its_row(executor: Executor) -> None:
    endless = "def f(x):\n    return sum(range(10 ** 12))\n"
    right = "def f(x):\n    return x * x\n"
    found = try_many([endless, right], TESTS[:1], executor=executor, seconds=0.05).verdicts
    assert names(found.status[:, 0].tolist())[1] == "PASS"
    assert names(found.status[:, 0].tolist())[0] in ("TIMEOUT", "CRASH")


def test_arguments_and_modules_are_fresh_for_every_variant(executor: Executor) -> None:
    source = "seen = []\ndef f(x):\n    x.append(1)\n    seen.append(1)\n    return len(x) + len(seen)\n"
    tests = [CallTest("f", ([],), expect=Returns(2))]
    assert try_many([source] * 2, tests, executor=executor).verdicts.passed.all()


def test_a_variant_that_leaves_or_swallows_the_timer_does_not_pass(executor: Executor) -> None:
    leaves = "import sys\ndef f(x):\n    sys.exit(0)\n"
    swallows = (
        "def f(x):\n    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass\n"
    )
    found = try_many([leaves, swallows], TESTS[:1], executor=executor, seconds=0.02).verdicts
    assert not found.passed.any()


def test_predicates_are_refused(executor: Executor) -> None:
    with pytest.raises(BadInput, match="predicate"):
        try_many(["x = 1"], [CallTest("f", expect=Satisfies("def sat(x): return True"))], executor=executor)
