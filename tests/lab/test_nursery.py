from pathlib import Path

import numpy as np
import pytest

from unriddle.errors import MissingExtra
from unriddle.lab import nursery
from unriddle.lab.base import Context
from unriddle.lab.nursery_models import Model


def test_without_torch_the_reason_is_said(monkeypatch):
    def missing(what):
        raise MissingExtra(what, "unriddle[train]")

    monkeypatch.setattr("unriddle.lm.hf_folder.need_torch", missing)
    claims = nursery.experiment("small", seed=0, context=Context())
    assert [one.held for one in claims] == [None]
    assert "unriddle[train]" in claims[0].note


def test_the_line_in_logarithms_is_exact_on_a_line():
    slope, fit = nursery._line([10.0, 100.0, 1000.0], [0.1, 0.3, 0.5])
    assert slope == pytest.approx(0.2)
    assert fit == pytest.approx(1.0)
    assert np.isnan(nursery._line([1.0, 10.0], [0.5, 0.5])[1])


def test_both_ways_of_predicting_ask_about_the_same_call():
    items = Model(Path("none"), 0, "output").prediction_items((1, 2), n=8, seed=0)
    assert items == Model(Path("other"), 0, "output_trace").prediction_items((1, 2), n=8, seed=0)
    for item in items:
        assert item.direct.target == item.value
        assert item.traced.target.endswith(item.value)


@pytest.mark.slow
def test_the_small_preset_learns_by_heart(tmp_path):
    pytest.importorskip("torch")
    claims = nursery.experiment("small", seed=0, context=Context(cache=tmp_path))
    held = {one.name: one.held for one in claims}
    assert held["coverage at k = 10 against k = 1"]
    assert held["pass@1 gained from the fewest to the most training tokens"]
