"""The adversarial suite against the first tier: hostile programs among neighbours that could share their process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import unriddle.execute.share as share_module
from unriddle import CallTest, Candidate, Limits, Returns, Status
from unriddle.errors import IsolationError
from unriddle.execute.python import PythonExecutor

_SPEC = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("hostile", _MODULE)
_SPEC.loader.exec_module(_MODULE)

FAMILIES = ("lies", "exits", "patching", "output", "control")
PROGRAMS = [p for p in _MODULE.load_hostile() if p.family in FAMILIES and not p.isolated]
TESTS = [CallTest("add", (x, y), expect=Returns(x + y)) for x, y in ((2, 3), (10, -4), (70_001, 5))]
LIMITS = Limits(cpu_seconds=0.5, wall_seconds=5.0, memory_mb=256, max_kills=1)
RIGHT, WRONG = "def add(x, y): return x + y", "def add(x, y): return sum([x, y, len('')]) + abs(1)"


@pytest.fixture(scope="module")
def sharing() -> Iterator[PythonExecutor]:
    try:
        with PythonExecutor(workers=2, share=4) as executor:
            yield executor
    except IsolationError as error:
        pytest.skip(f"no full isolation on this machine: {error}")


def _company() -> list[Candidate]:
    """Every program, each between a right and a wrong one that may share."""
    sources = [text for i, p in enumerate(PROGRAMS) for text in (f"{RIGHT}  # {i}", p.source, f"{WRONG}  # {i}")]
    return [Candidate(source) for source in sources]


def test_no_hostile_program_helps_or_harms_a_neighbour(sharing) -> None:
    verdicts = sharing.run(_company(), TESTS, limits=LIMITS)
    passed = verdicts.passed
    assert passed[0::3].all()
    assert (verdicts.status[2::3] == Status.FAIL).all()
    for i, program in enumerate(PROGRAMS):
        statuses = {Status(s) for s in verdicts.status[3 * i + 1].tolist()} - {Status.SKIPPED}
        assert statuses <= set(program.right) or program.limits.cpu_seconds > LIMITS.cpu_seconds, program.name


def test_through_a_hole_in_the_check_nobody_passes_who_should_not(sharing, monkeypatch) -> None:
    monkeypatch.setattr(share_module, "why_alone", lambda source: "")
    sharing._sharing.shared = sharing._sharing.again = 0
    verdicts = sharing.run(_company(), TESTS, limits=LIMITS)
    assert not verdicts.passed[2::3].all(axis=1).any()
    for i, program in enumerate(PROGRAMS):
        assert Status.PASS in program.right or not verdicts.passed[3 * i + 1].all(), program.name
