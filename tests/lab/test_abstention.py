from __future__ import annotations

import numpy as np
import pytest

from unriddle.lab.abstention import _areas, _ceilings, _Chosen, _rewards, experiment
from unriddle.lab.base import Context


def chosen(right: np.ndarray, posterior: np.ndarray, gap: np.ndarray) -> _Chosen:
    return _Chosen(right.astype(float), posterior, gap)


def test_without_the_recording_nothing_is_claimed() -> None:
    claims = experiment("small", seed=0, context=Context(data=None))
    assert claims
    assert all(c.held is None for c in claims)


def test_an_informative_confidence_holds_the_claims_and_noise_does_not() -> None:
    rng = np.random.default_rng(0)
    sure, noise = rng.random(300), rng.random(300)
    right = rng.random(300) < sure
    good = _areas(chosen(right, sure, noise), 0)
    assert [c.held for c in good] == [True, True]
    bad = _areas(chosen(right, 1 - sure, sure), 0)
    assert [c.held for c in bad] == [False, False]
    assert _ceilings(chosen(right, sure, noise))[0].held


@pytest.mark.parametrize("cost", [0.0, 1.0, 4.0])
def test_rewards_are_those_of_the_threshold(cost: float) -> None:
    sure = np.repeat([0.1, 0.9], 100)
    right = sure > 0.5
    (claim,) = _rewards(chosen(right, sure, sure), cost, 0)
    assert claim.measured == pytest.approx(0.5)
    assert claim.baseline == pytest.approx(max(0.0, 0.5 - 0.5 * cost))
    assert claim.held
