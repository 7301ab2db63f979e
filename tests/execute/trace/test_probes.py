"""The rules of probes, on programs of our own that run in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from unriddle.execute.trace.here import trusted_program
from unriddle.execute.trace.inside.backends import Monitoring, Settrace, best_backend
from unriddle.execute.trace.inside.main import Program
from unriddle.execute.trace.inside.monitors import MONITORS, Budget
from unriddle.execute.trace.inside.probes import At, Engine, Stopped

LOOP = """\
def f(n):
    s = 0
    for i in range(n):
        if i % 2:
            s += i
        s += 1
    return s
def g(n):
    return f(n) + f(1)
"""


def program(source: str = LOOP, call: str = "f(4)") -> Program:
    return trusted_program(source, call)


def counter(engine: Engine, kind: str, **where: object) -> list[tuple[int, object]]:
    seen: list[tuple[int, object]] = []
    engine.insert(kind, lambda at: seen.append((at.line, at.value)), **where)  # type: ignore[arg-type]
    return seen


def test_events_counted_by_hand() -> None:
    traced = program(call="g(4)")
    seen = {kind: counter(traced.engine, kind) for kind in ("call", "line", "block", "branch", "loop", "return")}
    assert traced.run() == ("returned", "9", 0)
    # f(4): 2; 3 five times; 4 and 6 four times; 5 twice; 7. f(1): 2; 3 twice; 4, 6; 7. g: 9.
    assert len(seen["line"]) == (1 + 5 + 4 + 4 + 2 + 1) + (1 + 2 + 1 + 1 + 1) + 1
    assert [line for line, _ in seen["call"]] == [8, 1, 1]
    assert [value for _, value in seen["return"]] == [8, 1, 9]
    assert seen["branch"].count((4, 5)) == 2
    assert seen["branch"].count((4, 6)) == 3
    assert seen["branch"].count((3, 4)) == 5
    assert seen["branch"].count((3, 7)) == 2
    assert seen["loop"] == [(3, None)] * 5
    assert len(seen["block"]) == len(seen["line"])  # here every block has one line
    assert traced.lost is False


def test_probes_of_one_place_fire_in_the_order_of_insertion() -> None:
    traced, order = program(), list[str]()
    for name, where in (("a", {"line": 2}), ("b", {}), ("c", {"function": "f", "line": 2})):
        traced.engine.insert("line", lambda at, name=name: order.append(f"{name}{at.line}"), **where)
    traced.run()
    assert order[:4] == ["a2", "b2", "c2", "b3"]


def test_what_is_inserted_at_an_event_fires_from_the_next_one_on() -> None:
    traced, fired = program(), list[int]()

    def plant(at: At) -> None:
        if not fired:
            traced.engine.insert("line", lambda at: fired.append(at.names["i"]), function="f", line=6)
            fired.append(-1)

    traced.engine.insert("line", plant, line=6)
    traced.run()
    assert fired == [-1, 1, 2, 3]


def test_what_is_removed_at_an_event_still_fires_for_it() -> None:
    traced, fired = program(), list[str]()
    traced.engine.insert("line", lambda at: traced.engine.remove(last), line=6)
    last = traced.engine.insert("line", lambda at: fired.append("last"), line=6)
    traced.run()
    assert fired == ["last"]


def test_a_probe_removes_itself_and_then_costs_no_trace_function() -> None:
    traced, active = program(LOOP + "import sys\ndef h():\n    return f(3), sys.gettrace() is None\n", "h()"), []

    def once(at: At) -> None:
        traced.engine.remove(handle)
        active.append(at.line)

    handle = traced.engine.insert("line", once, line=6)
    assert traced.run() == ("returned", "(4, True)", 0)
    assert active == [6]


def test_a_call_that_runs_already_sees_a_probe_that_comes_later() -> None:
    traced, seen = program(call="g(2)"), list[int]()

    def arrive(at: At) -> None:
        if not seen:
            traced.engine.insert("return", lambda at: seen.append(at.value), function="g")

    traced.engine.insert("call", arrive, function="f")
    traced.run()
    assert seen[-1] == 4
    assert set(seen) == {4}


def test_all_probes_fire_before_the_end_and_the_last_reason_wins() -> None:
    traced, fired = program(), list[int]()
    traced.engine.insert("line", lambda at: "first", line=5)
    traced.engine.insert("line", lambda at: fired.append(at.line), line=5)
    traced.engine.insert("line", lambda at: "second", line=5)
    with pytest.raises(Stopped, match="second"):
        traced.run()
    assert fired == [5]
    assert sys.gettrace() is None


def test_values_are_seen_where_they_were_written() -> None:
    traced = program(call="f(2)")
    assert counter(traced.engine, "write") == []
    seen = counter(traced.engine, "write")
    traced.run()
    assert seen == [
        (1, ("n", "2")), (2, ("s", "0")), (3, ("i", "0")), (6, ("s", "1")),
        (3, ("i", "1")), (5, ("s", "2")), (6, ("s", "3")),
    ]  # fmt: skip


def test_monitors_do_not_notice_one_another() -> None:
    def reports(names: list[str]) -> dict[str, object]:
        traced = program(call="g(5)")
        made = {name: MONITORS[name](traced.engine) for name in names}
        assert traced.run()[1] == "10"
        return {name: monitor.report() for name, monitor in made.items()}

    together = reports(list(MONITORS))
    assert together == {name: reports([name])[name] for name in MONITORS}
    assert together["loops"] == [[1, 3, 6]]
    assert together["hotness"][0] == [1, 3, 8]
    assert len(together["coverage"]) == 7


def test_a_budget_of_lines_is_exact() -> None:
    traced = program(call="f(10**9)")
    budget, lines = Budget(traced.engine, most=1000), counter(traced.engine, "line")
    with pytest.raises(Stopped, match="budget"):
        traced.run()
    assert (len(lines), budget.report()) == (1001, 0)


def test_without_probes_no_trace_function_is_set() -> None:
    source = "import sys\ndef f():\n    return sys.gettrace() is None\n"
    assert program(source, "f()").run()[1] == "True"


def test_the_recursion_limit_is_the_programs_own_and_tracing_goes_on_after_it() -> None:
    source = """\
def down(n):
    return down(n + 1)
def f():
    try:
        down(0)
    except RecursionError:
        x = 1
    return x
"""
    traced = program(source, "f()")
    lines, calls = counter(traced.engine, "line"), counter(traced.engine, "call")
    limit = sys.getrecursionlimit()
    assert traced.run() == ("returned", "1", 0)
    assert (sys.getrecursionlimit(), traced.lost) == (limit, False)
    assert [line for line, _ in lines[-3:]] == [6, 7, 8]
    assert 0.5 * limit < len(calls) <= limit


def test_a_kind_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'opcode'"):
        program().engine.insert("opcode", lambda at: None)


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="sys.monitoring needs Python 3.12")
@pytest.mark.parametrize("kind", ["call", "line", "block", "branch", "loop", "return", "exception", "write"])
def test_both_back_ends_see_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(backend: Callable[[Engine], object]) -> list[tuple[int, object]]:
        monkeypatch.setattr("unriddle.execute.trace.inside.main.best_backend", backend)
        traced = program(call="g(4)")
        found = counter(traced.engine, kind)
        traced.run()
        return found

    assert seen(Settrace) == seen(Monitoring)


def test_the_back_end_is_the_best_this_interpreter_has() -> None:
    expected = Monitoring if hasattr(sys, "monitoring") else Settrace
    assert type(best_backend(program().engine)) is expected
