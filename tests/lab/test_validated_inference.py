"""The experiment's measurements on the smallest sizes."""

import numpy as np
import pytest

from unriddle.lab import validated_inference as lab
from unriddle.lab._inference_programs import averaged_or_best, estimate, small_tasks, variation
from unriddle.methods._program_domains import DOMAINS
from unriddle.propose.inference.calibration import chi_square, uniform_p_value


def test_calibration_tells_even_from_uneven_ranks():
    even = np.repeat(np.arange(21), 10)
    assert uniform_p_value(even, n_ranks=21, n_bins=7) == 1
    assert uniform_p_value(even // 2, n_ranks=21, n_bins=7) < 1e-6
    assert chi_square(18.31, 10) == pytest.approx(0.05, abs=2e-4)  # from a table
    assert chi_square(3.84, 1) == pytest.approx(0.05, abs=2e-4)


def test_data_counted_four_times_are_noticed_and_importance_is_not_blamed():
    model = lab.beta_bernoulli()
    assert lab._p_value(model, lab._too_sure, 84, 0, 1) < 0.001
    assert lab._p_value(model, lab._samplers(200)["importance"], 84, 0, 2) > 0.001


def test_enumerated_tasks_and_estimates_are_distributions():
    small = small_tasks(1, rng=np.random.default_rng(0))[0]
    assert sum(small.exact.values()) == pytest.approx(1)
    found = estimate(small, n=100, n_moves=0, suspends=False, rng=np.random.default_rng(1))
    assert sum(found.values()) == pytest.approx(1)
    assert variation(found, found) == 0
    assert 0 < variation(found, small.exact) <= 1


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: d.name)
def test_without_noise_the_average_is_mostly_right(domain):
    rng = np.random.default_rng(5)
    runs = [averaged_or_best(domain, algorithm="smc", noise=0.001, n_examples=10, rng=rng) for _ in range(3)]
    assert np.mean([run.averaged for run in runs]) > 0.7


@pytest.mark.slow
def test_small_preset_reports_every_claim_once():
    from unriddle.lab.base import Context

    claims = lab.experiment("small", seed=1, context=Context(data=None))
    assert len({c.name for c in claims}) == len(claims)
    assert all(c.measured is not None for c in claims)
    held = {c.name: c.held for c in claims}
    assert all(value for name, value in held.items() if "exactly" in name or "πP" in name or "caught" in name)
