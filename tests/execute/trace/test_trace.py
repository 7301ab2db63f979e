"""Traces of small programs, counted by hand, and what is made of them."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from unriddle.errors import BadInput, BadProblem
from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace import Trace, branches_of, monitor, trace, traces
from unriddle.execute.trace.document import as_document
from unriddle.execute.trace.inside.show import changes, show
from unriddle.execute.trace.loops import iterations
from unriddle.execute.trace.states import line_values, unique_states, value_sets
from unriddle.execute.trace.steps import steps
from unriddle.execute.trace.text import blocks_text, events_text
from unriddle.outcome import Limits

PROGRAM = """\
def total(xs):
    s = 0
    for x in xs:
        if x > 1:
            s += x
    return s
def fact(n):
    if n == 0:
        return 1
    return n * fact(n - 1)
def pairs(n):
    for i in range(n):
        yield i, -i
def fails(key):
    try:
        return {}[key]
    except KeyError as error:
        raise ValueError(key) from error
def talks():
    print("one")
    print("two", end="")
    return input()
def ends():
    return next(iter([]))
"""


@pytest.fixture(scope="module")
def runs(executor: PythonExecutor) -> dict[str, Trace]:
    calls = ["total([1, 2, 3])", "fact(2)", "list(pairs(2))", "fails('k')", "talks()", "total([1, 5])", "ends()"]
    found = traces(PROGRAM, calls, executor=executor, stdin="line\n")
    return {one.call.partition("(")[0] + ("2" if "5" in one.call else ""): one for one in found}


def short(found: Trace) -> list[tuple[str, int, str]]:
    return [(event.kind, event.line, event.how or event.text) for event in found.events]


def test_lines_values_and_result(runs: dict[str, Trace]) -> None:
    found = runs["total"]
    assert (found.end, found.value, found.complete, found.notes) == ("returned", "5", True, ())
    lines = [(event.line, event.changed) for event in found.events if event.kind == "line"]
    assert lines == [
        (2, (("s", "0"),)), (3, (("x", "1"),)), (4, ()), (3, (("x", "2"),)), (4, ()), (5, (("s", "2"),)),
        (3, (("x", "3"),)), (4, ()), (5, (("s", "5"),)), (3, ()), (6, ()),
    ]  # fmt: skip
    assert found.events[0].changed == (("xs", "[1, 2, 3]"),)


def test_recursion_keeps_its_calls_apart(runs: dict[str, Trace]) -> None:
    found = runs["fact"]
    assert [(call.number, call.parent) for call in found.calls] == [(0, -1), (1, 0), (2, 1)]
    returned = [(event.call, event.text) for event in found.events if event.kind == "return"]
    assert returned == [(2, "1"), (1, "1"), (0, "2")]
    assert [dict(step.before)["n"] for step in steps(found, calls=[1])] == ["1", "1"]


def test_a_generator_is_one_call_that_goes_on(runs: dict[str, Trace]) -> None:
    found = runs["list"]
    assert [how for kind, _, how in short(found) if kind in ("call", "return")] == [
        "call", "yield", "resume", "yield", "resume", "return",
    ]  # fmt: skip
    assert len(found.calls) == 1


def test_exceptions_are_seen_where_they_pass(runs: dict[str, Trace]) -> None:
    found = runs["fails"]
    assert (found.end, found.error, found.line) == ("raised", "ValueError: k", 18)
    assert [(line, how) for kind, line, how in short(found) if kind == "exception"] == [
        (16, "KeyError"),
        (18, "ValueError"),
    ]
    assert short(found)[-1] == ("return", 18, "unwind")
    assert [how for kind, _, how in short(runs["ends"]) if kind == "exception"] == ["StopIteration"]


def test_what_is_printed_and_read(runs: dict[str, Trace]) -> None:
    assert runs["talks"].printed == "one\ntwo"
    assert runs["talks"].value == "'line'"


def test_blocks_as_a_prompt_shows_them(runs: dict[str, Trace]) -> None:
    text = blocks_text(runs["total"], most=4)
    assert text == "\n".join([
        "[BLOCK-0]", "    # xs=[1, 2, 3]", "    s = 0", "    # xs=[1, 2, 3] s=0",
        "[BLOCK-1]", "    # xs=[1, 2, 3] s=0", "    for x in xs:", "    # xs=[1, 2, 3] s=0 x=1",
        "[BLOCK-9]", "    # xs=[1, 2, 3] s=5 x=3", "    for x in xs:", "    # xs=[1, 2, 3] s=5 x=3",
        "[BLOCK-10]", "    # xs=[1, 2, 3] s=5 x=3", "    return s", "    # xs=[1, 2, 3] s=5 x=3 _ret=5",
    ])  # fmt: skip
    found = steps(runs["total"])
    assert all(a.after == b.before for a, b in pairwise(found))
    assert "raised KeyError: k" in blocks_text(runs["fails"])
    assert blocks_text(runs["total"], level="function").count("[BLOCK-") == 1
    assert len(steps(runs["total"], level="line")) == 11
    assert blocks_text(runs["fails"], level="line", most=2).splitlines()[:4] == [
        "[BLOCK-0]", "    # key='k'", "    try:", "    # key='k'",
    ]  # fmt: skip


def test_iterations_and_states(runs: dict[str, Trace]) -> None:
    assert [(i.head, i.number, dict(i.after)["s"]) for i in iterations(runs["total"])] == [
        (3, 1, "0"),
        (3, 2, "2"),
        (3, 3, "5"),
    ]
    assert value_sets(runs["total"]) == {"xs": ("[1, 2, 3]",), "s": ("0", "2", "5"), "x": ("1", "2", "3")}
    p, q = unique_states(runs["total"], runs["total2"])
    assert (p, q) == (
        [("xs", "[1, 2, 3]"), ("s", "2"), ("x", "2"), ("x", "3")],
        [("xs", "[1, 5]"), ("x", "5")],
    )  # fmt: skip
    assert unique_states(runs["total"], runs["total"]) == ([], [])
    assert line_values(runs["total"])["total", 5] == [(("s", "2"),), (("s", "5"),)]


def test_one_json_document(runs: dict[str, Trace]) -> None:
    document = json.loads(json.dumps(as_document(runs["fact"])))
    assert (document["schema"], document["end"], document["value"]) == (1, "returned", "2")
    assert document["calls"][2] == {"parent": 1, "function": 2}
    assert document["functions"][2]["name"] == "fact"
    assert document["events"][1] == {"kind": "line", "call": 0, "line": 8}


def test_counts_over_a_run(executor: PythonExecutor) -> None:
    names = ("hotness", "branches", "loops", "calls", "values")
    found = monitor(PROGRAM, "total([1, 2, 3])", names, executor=executor)
    assert found.end == "returned"
    assert found.lines == {("total", 3): 4, ("total", 4): 3, ("total", 5): 2, ("total", 2): 1, ("total", 6): 1}
    assert found.branches == {
        ("total", 3, 4): 3, ("total", 3, 6): 1, ("total", 4, 5): 2, ("total", 4, 3): 1,
    }  # fmt: skip
    assert set(found.branches) == {branch for branch in branches_of(found.scopes) if branch[0] == "total"}
    assert (found.loops, found.calls) == ({("total", 3): 3}, ((-1, "total", "return"),))
    assert found.values["total", "s"] == ("0", "2", "5")
    assert monitor(PROGRAM, "fact(1)", ["coverage"], executor=executor).lines == {
        ("fact", 8): 1, ("fact", 9): 1, ("fact", 10): 1,
    }  # fmt: skip


def test_limits_keep_what_was_seen(executor: PythonExecutor) -> None:
    source = (
        "import time\ndef f():\n    x = 1\n    while True:\n        x += 1\ndef g():\n    y = 2\n    time.sleep(60)\n"
    )
    found = trace(source, "f()", executor=executor, max_events=100)
    assert (found.end, len(found.events), found.complete) == ("events", 100, False)
    tight = Limits(cpu_seconds=0.5, wall_seconds=2.0)
    waits = trace(source, "g()", executor=executor, limits=tight)
    assert (waits.end, waits.events[-1].line, waits.events[-2].changed) == ("time", 8, (("y", "2"),))
    assert "inside time is not shown" in waits.notes[0]
    counted = monitor(source, "f()", ["loops"], executor=executor, limits=tight)
    assert counted.end == "time"
    assert counted.loops["f", 4] > 1000
    assert trace(source, "f()", executor=executor, max_bytes=500).end == "bytes"
    assert "left out" in events_text(found, most=10)


def test_only_what_was_asked_for(executor: PythonExecutor) -> None:
    found = trace(PROGRAM, "fact(2)", executor=executor, events=("return",))
    assert [event.kind for event in found.events] == ["return"] * 3
    assert len(found.calls) == 3


def test_a_program_without_a_call_and_one_that_does_not_load(executor: PythonExecutor) -> None:
    found = trace("x = 1\nclass A:\n    y = x\nprint(x)\n", "", executor=executor)
    assert [event.line for event in found.events if event.kind == "line" and event.call == 0] == [1, 2, 4]
    assert found.printed == "1\n"
    broken = trace("import nowhere_at_all\ndef f(): pass\n", "f()", executor=executor)
    assert (broken.end, broken.line, broken.events) == ("not loaded", 1, ())


def test_bad_input(executor: PythonExecutor) -> None:
    with pytest.raises(BadProblem, match="line 1"):
        trace("def f(:", "f()", executor=executor)
    for call in ("f(", "x = 1", "f()\nf()"):
        with pytest.raises(BadInput, match="one Python expression"):
            trace(PROGRAM, call, executor=executor)
    with pytest.raises(BadInput, match="opcode"):
        trace(PROGRAM, "fact(1)", executor=executor, events=("opcode",))
    with pytest.raises(BadInput, match="max_events"):
        trace(PROGRAM, "fact(1)", executor=executor, max_events=0)
    with pytest.raises(BadInput, match="heat"):
        monitor(PROGRAM, "fact(1)", ["heat"], executor=executor)


class Loud:
    def __init__(self) -> None:
        self.me = self

    def __repr__(self) -> str:
        raise AssertionError("the program's own code ran")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("the program's own code ran")

    __hash__ = None  # type: ignore[assignment]


def test_values_are_shown_without_running_code_of_the_program() -> None:
    for value in (1, -0.5, "a'b", b"x", None, True, [], [1, [2, (3,)]], {"a": {1}}, (), (1,), set(), {1: [2]}, 2j):
        assert show(value) == repr(value)
    assert show(Loud()) == "Loud(me=...)"
    assert show({3, 1, 2}) == "{1, 2, 3}"
    assert show("x" * 1000, limit=10) == "'xxxxxxxxx... (1000 long)"
    assert show(list(range(1000)), limit=10) == "[0, 1, 2, ... (1000 long)"
    assert show(1 << 100_000) == "<an integer of 100001 bits>"
    assert show(ValueError("x", 1)) == "ValueError('x', 1)"
    nested: list[object] = []
    nested.append(nested)
    assert show(nested) == "[...]"
    assert len(show([[i] * 100 for i in range(10**3)])) < 250


def test_changes_inside_a_value_are_seen_beyond_the_text() -> None:
    seen: dict[str, tuple[object, str]] = {}
    values, other = list(range(1000)), object()
    assert [name for name, _ in changes(seen, {"values": values, "f": show, "__x": 1}, limit=20)] == ["values"]
    assert changes(seen, {"values": values}, limit=20) == []
    values[999] = other
    assert [name for name, _ in changes(seen, {"values": values}, limit=20)] == ["values"]
    assert changes(seen, {}, limit=20) == [("values", None)]


def test_a_program_without_a_call_is_the_main_one(executor: PythonExecutor) -> None:
    source = "import sys\nclass A: pass\nif __name__ == '__main__':\n    print(sys.modules[A.__module__].A is A)\n"
    found = trace(source, "", executor=executor)
    assert [event.text for event in found.events if event.kind == "print"] == ["True\n"]
    called = trace(source, "__name__", executor=executor)
    assert called.value == "'candidate'"


def test_arguments_that_were_not_recorded_are_no_empty_list(executor: PythonExecutor) -> None:
    source = "@str\ndef g(x): ...\ndef h(): return 1\ndef f(x): return h()\n"
    found = trace(source, "f(2)", executor=executor, events=["call", "return"])
    shown = [line.split("-> ")[1] for line in events_text(found).splitlines() if "-> " in line]
    assert shown == ["f(...)", "h()"]
