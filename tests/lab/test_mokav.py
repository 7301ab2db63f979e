"""The experiment about differences between programs."""

from pathlib import Path

import numpy as np
import pytest

from unriddle.lab.base import Context, data_folder
from unriddle.lab.mokav import experiment, mcnemar


def test_mcnemar_counts_discordant_pairs_only() -> None:
    one = np.array([True] * 9 + [False] * 1 + [True] * 50)
    two = np.array([False] * 9 + [True] * 1 + [True] * 50)
    assert mcnemar(one, two) == pytest.approx(22 / 1024)  # the two tails of a fair coin: 0, 1, 9, 10 of 10
    assert mcnemar(one, one) == 1.0


def test_without_data_nothing_is_claimed(tmp_path: Path) -> None:
    (found,) = experiment("small", seed=0, context=Context(data=None, cache=tmp_path))
    assert found.held is None
    assert "QuixBugs" in found.note


@pytest.mark.slow
def test_small_pairs_are_told_apart(tmp_path: Path) -> None:
    data = data_folder()
    if data is None or not (data / "quixbugs").is_dir():
        pytest.skip("needs QuixBugs in the reference data")
    found = {claim.name: claim for claim in experiment("small", seed=0, context=Context(data=data, cache=tmp_path))}
    assert found["programs found to differ from themselves"].measured == 0
    told = next(claim for name, claim in found.items() if name.endswith(": all pairs"))
    assert told.measured is not None
    assert told.measured > 0.8
