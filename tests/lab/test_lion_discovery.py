"""The experiment of lion_discovery on a plan of seconds, and its machinery with keys that lie."""

import dataclasses
import types

import pytest

from unriddle.lab import _lion_search, lion_discovery
from unriddle.lab.base import Context
from unriddle.methods import _lion_tasks
from unriddle.methods.lion_discovery import adamw_program

PLAN = _lion_search.Plan(n_children=60, population=10, restart_after=30, n_candidates=4, keep=2, n_points=3)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    scale = _lion_tasks.Scale(40, 5, n_tasks=2, n_features=2, hidden=2)
    monkeypatch.setattr(_lion_search, "SCALES", {"A": scale, "B": dataclasses.replace(scale, steps=8), "C": scale})
    monkeypatch.setattr(_lion_search, "_grid", lambda n: [(0.1, 0.9, 0.99, 0.0), (0.3, 0.9, 0.99, 0.0)])
    monkeypatch.setattr(lion_discovery, "_PLANS", {"small": PLAN})
    monkeypatch.setattr(lion_discovery, "_N_SEEDS", {"small": 2})
    real = lion_discovery._machinery
    monkeypatch.setattr(lion_discovery, "_machinery", lambda n, seed: real(50, seed))
    return Context(cache=tmp_path)


def test_every_claim_is_measured_and_a_kept_search_gives_the_same(tiny):
    first = lion_discovery.experiment("small", seed=0, context=tiny)
    assert len({one.name for one in first}) == len(first)
    assert [one.held for one in first[:5]] == [True] * 5  # keys, liveness and algebra need no search
    assert [one.name for one in first if one.held is None] == [lion_discovery._TRANSFORMER]
    assert len(list((tiny.cache / "lion_discovery").iterdir())) == 4
    assert lion_discovery.experiment("small", seed=0, context=tiny) == first


def test_keys_that_lie_are_counted(monkeypatch):
    real = lion_discovery.abstract_execute
    monkeypatch.setattr(
        lion_discovery, "abstract_execute", lambda program: types.SimpleNamespace(key="one", live=real(program).live)
    )
    equal, dead = lion_discovery._machinery(40, seed=0)
    assert equal.measured > 0
    assert equal.held is False
    assert dead.held


def test_lion_that_is_not_lion_is_seen(monkeypatch):
    monkeypatch.setattr(lion_discovery, "raw_lion_program", adamw_program)
    assert [one.held for one in lion_discovery._algebra(0)][::2] == [False, False]
