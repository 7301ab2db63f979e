"""Numbers that the monitors of Wizard (Titzer 2024, card 60) print for programs of the same shape."""

from __future__ import annotations

import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")

from unriddle.execute.trace.wasm import Machine, monitors_of, text_to_wasm
from unriddle.lab._wasm_counted import PUBLISHED_BRANCHES, PUBLISHED_LOOPS


def reports(text: str, *names: str) -> list[dict[str, object]]:
    machine, monitors = Machine(text_to_wasm(text)), monitors_of(names)
    machine.attach(*monitors)
    assert machine.run("main").how == "returned"
    return [monitor.report() for monitor in monitors]


def test_loops_hotness_and_coverage_are_as_published() -> None:
    loops, hotness, coverage = reports(PUBLISHED_LOOPS, "loops", "hotness", "coverage")
    assert loops["rows"] == [
        ["function 1", 8, 133],
        ["function 1", 14, 399],
        ["function 1", 45, 123],
        ["function 2", 1, 0],
    ]
    inner, outer, last = (
        [14, 16, 18, 20, 21, 23, 25], [8, 10, 12, 27, 28, 30, 32, 33, 35, 37], [45, 47, 49, 51, 52, 54, 56]
    )  # fmt: skip
    counts = [(pc, 399) for pc in inner] + [(pc, 133) for pc in outer] + [(pc, 123) for pc in last]
    counts += [(pc, 1) for pc in (1, 3, 3, 6, 39, 40, 43, 58, 59)]
    assert [(row[1], row[3]) for row in hotness["rows"]] == counts  # the same order among equals too
    ran, missed = (sum(len(row[key]) for row in coverage.values()) for key in ("ran", "missed"))
    assert (ran, ran + missed) == (33, 36)


def test_branches_are_as_published() -> None:
    (branches,) = reports(PUBLISHED_BRANCHES, "branches")
    assert branches["rows"][0] == ["main", 18, "br_if", [1, 4]]
