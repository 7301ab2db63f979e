"""Whole repairs in the sandbox: found, explained, ranked; tests that waver or are wrong are left out by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.pose.repair import measure, repair
from unriddle.pose.repair_tests import read_tests
from unriddle.problem import CallTest, CodeTest, Returns

ADD = "def add(a, b):\n    # the sum\n    return a - b\n"


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as made:
        yield made


def calls(name: str, *rows: tuple[tuple[object, ...], object]) -> list[CallTest]:
    return [CallTest(name, args, expect=Returns(want), name=str(args)) for args, want in rows]


def test_a_wrong_operator_is_found_and_shown_as_a_diff(executor: Executor) -> None:
    tests = calls("add", ((1, 2), 3), ((5, 5), 10), ((4, 0), 4))
    report = repair(ADD, tests, executor=executor, rng=np.random.default_rng(0), cpu_seconds=20)
    assert report.repaired == ADD.replace("a - b", "a + b")
    assert [line for line in report.diff("add.py").splitlines() if line[0] in "+-"] == [
        "--- a/add.py", "+++ b/add.py", "-    return a - b", "+    return a + b",
    ]  # fmt: skip
    assert report.edit is not None
    assert (report.edit.line, report.baseline.failing) == (3, ("(1, 2)", "(5, 5)"))


def test_form_feeds_end_no_line_of_a_diff(executor: Executor) -> None:
    source = "def add(a, b):\n    # \f page\n    return a - b\n"
    tests = calls("add", ((1, 2), 3), ((5, 5), 10))
    report = repair(source, tests, executor=executor, rng=np.random.default_rng(0), cpu_seconds=20)
    assert report.diff().split("\n")[2:6] == [
        "@@ -1,3 +1,3 @@",
        " def add(a, b):",
        "     # \f page",
        "-    return a - b",
    ]


def test_what_few_tests_leave_open_is_shown(executor: Executor) -> None:
    source = "def top(a, b):\n    return min(a, b)\n"
    report = repair(source, calls("top", ((1, 2), 2)), executor=executor, rng=np.random.default_rng(0), cpu_seconds=20)
    assert report.repaired is not None
    assert report.ranked is not None
    assert report.ranked.n_classes > 1
    apart = report.ranked.disagreements[0]
    assert apart.call.startswith("top(")
    assert apart.chosen != apart.other
    assert "different ways" in report.why


@pytest.mark.slow
def test_two_edits_when_one_is_not_enough(executor: Executor) -> None:
    source = "def f(a, b):\n    x = a - b\n    y = a + b\n    return [x, y]\n"
    right = {(a, b): [a * b, a // b] for a, b in ((7, 2), (9, 4), (20, 3))}
    tests = calls("f", *(((a, b), want) for (a, b), want in right.items()))
    parts = [CodeTest(f"assert f({a}, {b})[{k}] == {w[k]}", "f", name=f"{a}{b}{k}") for (a, b), w in right.items()
             for k in (0, 1)]  # fmt: skip
    report = repair(source, [*tests, *parts], executor=executor, rng=np.random.default_rng(0), cpu_seconds=40)
    assert report.repaired is not None
    assert "x = a * b" in report.repaired
    assert "y = a // b" in report.repaired


def test_nothing_to_repair_and_nothing_found(executor: Executor) -> None:
    right = repair(
        ADD.replace("-", "+"), calls("add", ((1, 2), 3)), executor=executor, rng=np.random.default_rng(0)
    )  # fmt: skip
    assert right.repaired is None
    assert right.why.startswith("nothing to repair")
    lost = repair(
        "def f(x):\n    return 0\n", calls("f", ((5,), "abc"), ((6,), {"k": 1})), executor=executor,
        rng=np.random.default_rng(0), cpu_seconds=5,
    )  # fmt: skip
    assert (lost.repaired, lost.diff(), lost.n_tried > 20) == (None, "", True)
    assert lost.why.startswith("not repaired")


def test_tests_that_waver_and_tests_the_reference_fails_are_named(executor: Executor) -> None:
    waver = CodeTest("import time\nassert time.perf_counter_ns() // 10_000 % 2 and f(1) == 2", "f", name="waver")
    wrong = CallTest("f", (1,), expect=Returns(7), name="wrong")
    good = CallTest("f", (1,), expect=Returns(2), name="good")
    reference = "def f(x):\n    return x + 1\n"
    found = measure(
        reference, [waver, wrong, good], executor=executor, reference=reference, n_repeats=40
    )  # fmt: skip
    assert (found.unsteady, found.unfit[-1:], found.tests) == (("waver",), ("wrong",), (good,))
    with pytest.raises(BadInput, match="none of 1 tests the reference passes"):
        measure(reference, [wrong], executor=executor, reference=reference)
    with pytest.raises(BadInput, match="expected some tests"):
        measure(reference, [], executor=executor)


def test_test_files(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("[[1, 2], 3]\n\n[[5, 5], 10]\n", encoding="utf-8")
    read = read_tests(rows, program=ADD, module="add").tests
    assert [t.args for t in read if isinstance(t, CallTest)] == [(1, 2), (5, 5)]
    asserts = tmp_path / "asserts.py"
    asserts.write_text("from add import add\nassert add(1, 2) == 3\nassert add(0, 1) == 1\n", encoding="utf-8")
    read = read_tests(asserts, program=ADD, module="add").tests
    assert [(t.name, t.expect) for t in read if isinstance(t, CallTest)] == [
        ("line 2", Returns(3)), ("line 3", Returns(1)),
    ]  # fmt: skip
    code = tmp_path / "test_add.py"
    code.write_text("import add\n\ndef test_a():\n    for k in range(3):\n        assert add.add(k, 0) == k\n")
    read = read_tests(code, program=ADD, module="add").tests
    assert [type(t).__name__ for t in read] == ["CodeTest"]
    for text, why in [("[[1, 2], 3", "JSON"), ("[1, 2, 3]", "arguments, expected"), ("\n", "found none")]:
        rows.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=why):
            read_tests(rows, program=ADD, module="add")


def test_imports_that_fail_are_told_apart(executor: Executor) -> None:
    bad = "import not_there\n\ndef f(x):\n    return x\n"
    with pytest.raises(BadInput, match="line 1 of the program: No module named 'not_there'"):
        measure(bad, calls("f", ((1,), 2)), executor=executor)
    with pytest.raises(BadInput, match=r"test can be run: No module named 'helper'.*--module"):
        measure(ADD, [CodeTest("import helper\nassert add(1, 1) == 2", name="a")], executor=executor)


def test_tests_that_need_what_the_sandbox_has_not_are_named(executor: Executor) -> None:
    source = "import asyncio\n\nasync def f(x):\n    return x\n\ndef g(x):\n    return x\n"
    loop = CodeTest("import asyncio\nassert asyncio.run(f(1)) == 1", name="loop")
    found = measure(source, [loop, *calls("g", ((1,), 2))], executor=executor)
    assert (found.denied, found.failing) == (("loop",), ("(1,)",))
    with pytest.raises(BadInput, match="loop needs what the sandbox has not"):
        measure(source, [loop], executor=executor)


def test_a_function_that_is_not_there_is_refused(executor: Executor) -> None:
    with pytest.raises(BadInput, match="got 'sub'; it has 'add'"):
        repair(ADD, calls("add", ((1, 2), 3)), executor=executor, rng=np.random.default_rng(0), function="sub")


def test_exceptions_of_the_test_itself_accuse_no_line(executor: Executor) -> None:
    source = ADD + "def far(a):\n" + "    a = a\n" * 150 + "    return a\n"
    test = CodeTest("add(1, 2)\nfar(1)\nraise KeyError(1)", name="a")
    assert all(line.raised == 0 for line in measure(source, [test], executor=executor).localised.lines)


def test_what_stops_every_test_is_told(executor: Executor) -> None:
    source = "X = input()\n\ndef f(x):\n    return x\n"
    report = repair(source, calls("f", ((1,), 2), ((2,), 3)), executor=executor, rng=np.random.default_rng(0))
    assert report.repaired is None
    assert report.why.endswith("each failing test ends at line 1 with EOFError: 'EOF when reading a line'")


def test_rows_for_a_function_that_is_not_there(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("[[1, 2], 3]\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no function 'sub'; it has add"):
        read_tests(rows, program=ADD, module="add", entry="sub")
    for program, entry in (("from m import *\n", "sub"), ("import a as b\n", "b"), ("class A: ...\n", "A.f")):
        assert read_tests(rows, program=program, module="add", entry=entry).tests
