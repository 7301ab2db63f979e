from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.lab.base import claim, data_folder, generator, not_run


@pytest.mark.parametrize(
    ("relation", "measured", "held"),
    [
        (">", 1.0, False),
        (">", 1.1, True),
        (">=", 1.0, True),
        ("<", 1.0, False),
        ("<=", 1.0, True),
        ("==", 1.0, True),
        ("==", 1.0 + 1e-12, False),
    ],
)
def test_held_follows_from_the_numbers(relation, measured, held):
    assert claim("c", measured, relation=relation, baseline=1.0).held is held


def test_between_includes_its_ends():
    assert [claim("c", x, relation="between", low=0, high=1).held for x in (-0.1, 0, 1, 1.1)] == [
        False,
        True,
        True,
        False,
    ]


def test_nan_holds_nothing_and_is_not_written():
    nan = claim("c", float("nan"), relation=">", baseline=0)
    assert (nan.held, nan.measured) == (False, None)


def test_a_claim_needs_what_it_compares_with():
    with pytest.raises(BadInput, match="baseline"):
        claim("c", 1, relation=">")
    with pytest.raises(BadInput, match="low and high"):
        claim("c", 1, relation="between", baseline=1)


def test_not_run_is_neither_held_nor_failed():
    one = not_run("c", "needs a moon")
    assert (one.held, one.measured) == (None, None)
    assert "needs a moon" in one.note


def test_data_folder_by_argument_environment_and_place(tmp_path, monkeypatch):
    monkeypatch.delenv("UNRIDDLE_DATA", raising=False)
    (tmp_path / "repo").mkdir()
    monkeypatch.chdir(tmp_path / "repo")
    assert data_folder() is None
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert data_folder() == Path("../shared/data")
    monkeypatch.setenv("UNRIDDLE_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_folder(tmp_path / "repo") == tmp_path / "repo"
    with pytest.raises(BadInput, match="not a folder"):
        data_folder(tmp_path / "absent")


def test_streams_of_one_seed_differ_and_repeat():
    assert generator(0, stream=1).random() == generator(0, stream=1).random()
    assert generator(0, stream=1).random() != generator(0, stream=2).random()
