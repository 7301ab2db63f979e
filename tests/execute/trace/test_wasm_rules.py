"""The rules of firing, one by one: order, changes in a firing, nested firings, ends, and special places."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm import EVERYWHERE, EXIT, Machine, Place, Probe, Stop, text_to_wasm
from unriddle.execute.trace.wasm.probes import Moment, ProbeLists
from unriddle.lab._wasm_counted import CHOICE, COUNTDOWN, FIB

HERE, THERE = Place(0, 3), Place(0, 9)


def moment() -> Moment:
    return Moment(HERE, "", 0, None)  # type: ignore[arg-type]


def machine(text: str, **more: object) -> Machine:
    return Machine(text_to_wasm(f"(module {text})"), **more)  # type: ignore[arg-type]


def at(m: Machine, name: str, which: int = 0) -> Place:
    """The place of an instruction of the first function."""
    f = m.module.defined[0]
    return Place(f.index, [one.pc for one in f.code if one.name == name][which])


def test_a_nested_firing_leaves_changes_to_the_outermost_one() -> None:
    lists, log = ProbeLists(), []
    late = Probe(HERE, lambda _: log.append("late"), "nothing")

    def first(_: Moment) -> None:
        log.append("first")
        if log == ["first"]:
            lists.change(late, insert=True)
            lists.fire(HERE, moment())  # the program called back
            assert lists.lists[HERE] == [probe]

    probe = Probe(HERE, first, "nothing")
    lists.change(probe, insert=True)
    assert lists.fire(HERE, moment()) == (None, True)
    assert log == ["first", "first"]
    assert lists.lists[HERE] == [probe, late]
    lists.fire(HERE, moment())
    assert log[2:] == ["first", "late"]


Step = tuple[str, int]


@dataclass
class Play:
    """Probes at two places that do random things whenever they fire, and what came of it."""

    does: list[list[Step]]
    lists: ProbeLists = field(default_factory=ProbeLists)
    probes: list[Probe] = field(default_factory=list)
    log: list[tuple[int, int]] = field(default_factory=list)
    asked: list[tuple[bool, int]] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        for i in range(len(self.does)):
            self.probes.append(Probe(THERE if i % 3 == 2 else HERE, self.fire_of(i), "nothing"))

    def fire_of(self, i: int):  # type: ignore[no-untyped-def]
        def fire(_: Moment) -> Stop | None:
            self.log.append((self.depth, i))
            stop = None
            for what, j in self.does[i]:
                if what == "again" and self.depth < 3:
                    self.enter()
                elif what == "stop":
                    stop = Stop(str(i))
                elif what in ("insert", "remove"):
                    self.switch(j, what == "insert")
            return stop

        return fire

    def switch(self, j: int, insert: bool) -> None:
        probe, here = self.probes[j], self.probes[j].place == HERE
        before = list(self.lists.lists.get(probe.place, []))
        if here:
            self.asked.append((insert, j))
        at_once = self.lists.change(probe, insert=insert)
        assert at_once is not here or not self.depth
        if not at_once:
            assert self.lists.lists.get(HERE, []) == before

    def enter(self) -> Stop | None:
        self.depth += 1
        stop, _ = self.lists.fire(HERE, moment())
        self.depth -= 1
        return stop


steps = st.tuples(st.sampled_from(["insert", "remove", "again", "stop"]), st.integers(0, 5))


@given(st.lists(st.lists(steps, max_size=3), min_size=6, max_size=6), st.sets(st.integers(0, 5)))
@settings(max_examples=150, deadline=None)
def test_firings_keep_the_rules(does: list[list[Step]], first: set[int]) -> None:
    play = Play(does)
    for i in sorted(first):
        play.lists.change(play.probes[i], insert=True)
    for _ in range(2):
        start = list(play.lists.lists.get(HERE, []))
        play.log.clear()
        play.asked.clear()
        stop = play.enter()
        order = [play.probes.index(probe) for probe in start]
        assert [i for depth, i in play.log if depth == 1] == order  # the list as it was, in order, stops or not
        for depth in (2, 3):
            deeper = [i for d, i in play.log if d == depth]
            assert deeper == order * (len(deeper) // max(1, len(order)))  # nested firings see the same list
        stops = [i for i in order if any(what == "stop" for what, _ in does[i])]
        assert stop == (Stop(str(stops[-1])) if stops else None)  # the last reason
        expected = start
        for insert, j in play.asked:
            probe = play.probes[j]
            if insert:
                expected = [*expected, probe]
            elif probe in expected:
                expected = expected[: expected.index(probe)] + expected[expected.index(probe) + 1 :]
        assert play.lists.lists.get(HERE, []) == expected  # all changes, in the order they were asked for


def test_what_is_inserted_where_the_program_is_fires_from_the_next_pass_on() -> None:
    m, log = machine(COUNTDOWN), []
    place = at(m, "local.get")

    def first(_: Moment) -> None:
        log.append("first")
        if len(log) == 1:
            m.probe(place, lambda _: log.append("late"))

    m.probe(place, first)
    m.run("f", [3])
    assert log == ["first", "first", "late", "first", "late"]


def test_what_is_removed_where_the_program_is_fires_for_the_last_time() -> None:
    m, log = machine(COUNTDOWN), []
    place = at(m, "local.get")
    m.probe(place, lambda _: m.remove(last) if not log else None)
    last = m.probe(place, lambda _: log.append("last"))
    m.run("f", [3])
    assert log == ["last"]


def test_a_change_elsewhere_is_seen_at_once_in_calls_that_run_already() -> None:
    m = machine(FIB)
    leave, entered, left = Place(0, EXIT), [], []
    m = machine(FIB, reserve=[leave])

    def enter(_: Moment) -> None:
        entered.append(1)
        if len(entered) == 3:  # f(3) and f(2) are running, f(1) begins
            m.probe(leave, lambda _: left.append(1))

    m.probe(Place(0, -1), enter)
    m.run("f", [3])
    assert (len(entered), len(left)) == (5, 5)  # f(3), f(2), f(1), f(0), f(1) are all left later


def test_all_probes_fire_where_one_ends_the_run_and_the_last_reason_counts() -> None:
    m, log = machine(COUNTDOWN), []
    place = at(m, "br_if")
    m.probe(EVERYWHERE, lambda at: Stop("everywhere") if at.place == place else None)
    m.probe(place, lambda _: Stop("one"))
    m.probe(place, lambda _: log.append("two"))
    m.probe(place, lambda _: Stop("three"))
    assert m.run("f", [3]).text == "three"
    assert log == ["two"]


def test_counters_and_probes_of_one_place_agree() -> None:
    m, fired = machine(COUNTDOWN), []
    place = at(m, "br_if")
    counters = [m.count(place), m.count(place), m.tally(place, most=1)]
    m.probe(place, lambda _: fired.append(1))
    m.run("f", [4])
    assert [counters[0].value, counters[1].value, sum(counters[2].values), len(fired)] == [4, 4, 4, 4]
    assert counters[2].values == (1, 3)


def test_else_and_end_are_passed_from_above_only() -> None:
    for argument, expected in ((1, ["if", "i32.const", "else", "end"]), (0, ["if", "i32.const", "end", "end"])):
        m, seen = machine(CHOICE), []
        code = m.function("f").code
        for one in code[1:]:
            m.probe(Place(0, one.pc), lambda moment, seen=seen: seen.append(moment.place.pc))
        m.run("f", [argument])
        assert [next(one.name for one in code if one.pc == pc) for pc in seen] == expected


def test_probes_in_code_that_never_runs_never_fire() -> None:
    m, seen = machine('(func (export "f") (result i32) i32.const 1 return i32.const 2 drop i32.const 3)'), []
    dead = at(m, "i32.const", 1)
    m.probe(dead, lambda _: seen.append(1), sees="frame")
    counter = m.count(dead)
    assert m.run("f").values == (1,)
    assert (seen, counter.value) == ([], 0)


def test_the_code_is_as_it_was_once_all_probes_are_gone() -> None:
    bare = machine(FIB).run("f", [9]).fuel
    m = machine(FIB)
    probes: list[Probe] = []
    for one in m.function("f").code:
        place = Place(0, one.pc)
        probes.append(m.probe(place, lambda moment: m.remove(by_place[moment.place])))
    by_place = {probe.place: probe for probe in probes}
    fuel = [m.run("f", [9]).fuel for _ in range(2)]
    assert fuel[0] > bare
    assert fuel[1] == bare


def test_a_probe_that_fails_ends_the_run_with_its_error_and_loses_no_change() -> None:
    m, log = machine(COUNTDOWN), []
    place = at(m, "local.get")

    def fail(_: Moment) -> None:
        m.remove(failing)
        m.probe(place, lambda _: log.append("late"))
        raise ZeroDivisionError

    failing = m.probe(place, fail)
    with pytest.raises(ZeroDivisionError):
        m.run("f", [3])
    assert m.run("f", [3]).how == "returned"
    assert log == ["late"] * 3


def test_a_probe_cannot_call_back_into_the_program() -> None:
    m = machine(COUNTDOWN)
    m.probe(at(m, "br_if"), lambda _: m.run("f", [1]))  # type: ignore[arg-type, return-value]
    with pytest.raises(BadInput, match="only while the program does not run"):
        m.run("f", [3])
