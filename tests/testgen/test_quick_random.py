"""Cheap single draws behave as those of numpy's generator."""

import numpy as np
import pytest

from unriddle.testgen.quick_random import QuickRandom


def test_single_draws_are_uniform_over_the_range() -> None:
    rng = QuickRandom(np.random.default_rng(1))
    drawn = np.array([rng.integers(-2, 3) for _ in range(20_000)])
    counts = np.bincount(drawn + 2, minlength=5)
    assert set(drawn.tolist()) == {-2, -1, 0, 1, 2}
    assert ((counts - 4000) ** 2 / 4000).sum() < 20  # chi squared with 4 degrees of freedom: p < 0.001


def test_equal_seeds_give_equal_draws_and_mixed_sizes_work() -> None:
    one, two = (QuickRandom(np.random.default_rng(3)) for _ in range(2))
    assert [one.random() for _ in range(5000)] == [two.random() for _ in range(5000)]
    assert one.integers(0, 10, 4).tolist() == two.integers(0, 10, size=4).tolist()
    assert sorted(one.permutation(5).tolist()) == [0, 1, 2, 3, 4]


def test_wide_and_empty_ranges_are_left_to_numpy() -> None:
    rng = QuickRandom(np.random.default_rng(0))
    wide = [int(rng.integers(0, 2**62)) for _ in range(50)]
    assert max(wide) > 2**55
    assert len({n % 1024 for n in wide}) > 30
    with pytest.raises(ValueError, match="low >= high"):
        rng.integers(3, 3)
