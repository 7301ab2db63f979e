"""The experiments of codet, b4 and alphacode: without data, and on two small problems in place of the recording."""

import functools

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.lab import alphacode, b4, codet
from unriddle.lab.base import Context
from unriddle.lab.recorded_tests import RecordedTask, run_kept
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.testgen.asserts_in_text import read_tests

BODIES = ("x + x", "2 * x", "x << 1", "x * x", "x ** 2", "x + 2", "x", "x[0]")
SIGNATURE = Signature("f", (Parameter("x", "int"),))
EXAMPLE = CallTest("f", (2,), expect=Returns(4))
DRAWS = ["f(1) == 2\nassert f(3) == 6\nassert f(0) == 0", "f(3) == 9\nassert f(5) == 10", "f(3) == 5", "f(1) == 2"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Problem a: double x; b: the same with one right program in eight. Both with 16 draws of programs."""
    context = Context(cache=tmp_path_factory.mktemp("cache"))
    tests = read_tests(DRAWS, "f")
    bodies = {"a": BODIES * 2, "b": ("x + x", *BODIES[3:], "x", "x - 1") * 2}
    programs = {name: [Candidate(f"def f(x):\n    return {body}\n") for body in rows] for name, rows in bodies.items()}
    ran, work = run_kept({name: (programs[name], tests) for name in programs}, context=context)
    tasks = [
        RecordedTask(
            Problem(name, "", SIGNATURE, tests=(EXAMPLE,) if name == "a" else ()),
            tuple(programs[name]),
            tuple(tests),
            ran[name],
            np.array([body in BODIES[:3] for body in bodies[name]]),
        )
        for name in programs
    ]
    return tasks, work, context


@pytest.fixture
def patched(recorded, monkeypatch):
    for module in (codet, b4, alphacode):
        monkeypatch.setattr(module, "recorded_tasks", lambda preset, context: recorded[:2])
    monkeypatch.setattr(b4, "_TABLE", b4._TABLE[:1])
    monkeypatch.setattr(b4, "simulate", lambda *a, **k: {"random": 0, "maxpass": 1, "mbr": 4, "codet": 2, "b4": 3})
    monkeypatch.setattr(b4, "_exactness", functools.partial(b4._exactness, n_matrices=40))
    monkeypatch.setattr(b4, "_priors", lambda preset, seed: [])
    return recorded[2]


def by_name(claims):
    assert len({c.name for c in claims}) == len(claims)
    assert all(c.measured is not None and c.held is not None for c in claims)
    return {c.name: c for c in claims}


def test_codet_reports_every_rule_on_the_same_matrices(patched):
    found = by_name(codet.experiment("small", seed=0, context=patched))
    random = (6 / 16 + 2 / 16) / 2
    assert found["pass@1 of CodeT"].baseline == pytest.approx(random)
    assert found["pass@1 of CodeT"].measured > random
    assert found["minutes of running all pairs"].held
    assert "executions" in found["minutes of running all pairs"].note
    assert found["filtered: pass@1 of B4"].note.startswith("2 problems")


def test_codet_is_the_same_for_the_same_seed(patched):
    assert codet.experiment("small", seed=3, context=patched) == codet.experiment("small", seed=3, context=patched)


def test_b4_reports_differences_with_intervals(patched):
    found = by_name(b4.experiment("small", seed=0, context=patched))
    assert found["share of 40 random matrices where brute force chooses as the closed form"].held
    few = found["recorded programs: B4 beats CodeT where less than 20 % of the programs are right"]
    assert few.note.startswith("1 problems")
    assert found["simulation, row 1: b4 above codet"].measured == 3


def test_alphacode_filters_and_groups(patched):
    found = by_name(alphacode.experiment("small", seed=0, context=patched))
    assert found["1@20: filtering beats a random choice"].held
    assert found["10@20: filtering and grouping beats filtering alone"].measured == 1.0


@pytest.mark.parametrize("module", [codet, alphacode])
def test_without_the_recording_nothing_is_claimed(module, tmp_path):
    (only,) = module.experiment("small", seed=0, context=Context(data=None, cache=tmp_path))
    assert only.held is None
    assert "recorded programs" in only.note
    assert not list(tmp_path.iterdir())


def test_every_reference_row_is_a_case_of_the_model():
    for thetas, n, m, reference in b4._TABLE:
        assert 0 < thetas.x < 1
        assert min(n, m) >= 5
        assert set(reference) <= {"random", "maxpass", "mbr", "codet", "b4"}
