"""Combinations, scores of the text, speed, likelihood, chance, and the table of rules."""

from dataclasses import replace

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.score.chance import random, shuffled
from unriddle.score.combine import lexicographic, rank_normalised, weighted, z_normalised
from unriddle.score.likelihood import likelihood, mean_likelihood
from unriddle.score.rules import RULES, rule, rule_names
from unriddle.score.speed import speed
from unriddle.score.text import length
from unriddle.verdicts import Verdicts

NEVER = -np.inf
PROGRAMS = [
    Candidate("def f(x):\n    return x\n\n\n", prior=-4.0, n_tokens=4),
    Candidate("def f(x): return x", prior=-3.0, n_tokens=1),
    Candidate("def f(x):\n    y = x\n    return y", prior=None, n_tokens=3),
]


def verdicts(*, seconds=None, prior=None, status=None) -> Verdicts:
    status = np.zeros((3, 3), np.int8) if status is None else np.asarray(status, np.int8)
    return Verdicts(
        status=status,
        value=np.full((3, 3), -1, np.int32),
        cpu_seconds=np.asarray(seconds if seconds is not None else np.zeros((3, 3)), np.float32),
        prior=np.asarray([-4.0, -3.0, np.nan] if prior is None else prior, float),
        candidates=tuple(c.id for c in PROGRAMS),
        tests=("a", "b", "c"),
    )


def fixed(*numbers):
    return lambda _: np.array(numbers, float)


def test_weighted_by_rank_and_by_z():
    by_rank = weighted([fixed(1, 2, 300), fixed(3, 2, 1)], weights=[1.0, 0.5])
    np.testing.assert_allclose(by_rank(verdicts()), [0.5, 0.75, 1.0])
    by_z = weighted([fixed(1, 2, 3)], weights=[-2.0], normalise="z")
    np.testing.assert_allclose(by_z(verdicts()), np.array([1, 0, -1]) * 2 / np.sqrt(2 / 3))
    never = weighted([fixed(1, NEVER, 2), fixed(1, 1, 1)], weights=[1.0, 1.0])
    assert never(verdicts())[1] == NEVER
    np.testing.assert_allclose(rank_normalised([7.0, 7.0]), [0.5, 0.5])
    np.testing.assert_allclose(z_normalised([5.0, 5.0, NEVER]), [0, 0, NEVER])


def test_lexicographic_breaks_ties_by_the_next():
    score = lexicographic([fixed(1, 1, 0), fixed(0, 5, 9)])
    assert score(verdicts()).tolist() == [1, 2, 0]
    assert lexicographic([fixed(1, NEVER, 0)])(verdicts()).tolist() == [1, NEVER, 0]
    assert lexicographic([fixed(1, 1, 1)])(verdicts()).tolist() == [0, 0, 0]


def test_length_likelihood_and_speed():
    assert length(PROGRAMS)(verdicts()).tolist() == [-21, -18, -30]
    assert length(PROGRAMS, unit="lines")(verdicts()).tolist() == [-2, -1, -3]
    assert likelihood(verdicts()).tolist() == [-4, -3, NEVER]
    assert mean_likelihood(PROGRAMS)(verdicts()).tolist() == [-1, -3, NEVER]
    odd = replace(verdicts(), prior=np.array([np.inf, np.nan, -2.0]))
    assert likelihood(odd).tolist() == [NEVER, NEVER, -2]
    seconds = [[1, 2, 9], [np.nan, 4, 1], [5, 5, 5]]
    status = [[0, 0, 0], [0, 1, 0], [8, 7, 8]]
    np.testing.assert_allclose(speed(verdicts(seconds=seconds, status=status)), [-2, -2.5, NEVER])
    # joined by id, so a sub-matrix in another order gets the same numbers
    assert length(PROGRAMS)(verdicts().take([2, 0])).tolist() == [-30, -21]
    with pytest.raises(BadInput, match="2 rows have no candidate"):
        length(PROGRAMS[:1])(verdicts())


def test_chance():
    assert random(verdicts()).tolist() == [0, 0, 0]
    one, two = shuffled(seed=1)(verdicts()), shuffled(seed=2)(verdicts())
    assert len(set(one.tolist())) == 3
    assert one.tolist() != two.tolist()
    np.testing.assert_array_equal(shuffled(seed=1)(verdicts().take([1])), one[[1]])
    first = [int(np.argmax(shuffled(seed=s)(verdicts()))) for s in range(300)]
    assert min(np.bincount(first, minlength=3)) > 60


def test_the_table_of_rules():
    assert rule("MaxPass") is RULES["fraction"]
    assert rule("soft-vote") is RULES["soft_vote"]
    assert rule("length", candidates=PROGRAMS)(verdicts()).tolist() == [-21, -18, -30]
    assert rule_names(" CodeT,b4 ,codet") == ["codet", "b4"]
    with pytest.raises(BadInput, match=r"'codett'; did you mean 'codet'.*known are random, passed"):
        rule("codett")
    with pytest.raises(BadInput, match="reads the programs' text"):
        rule("length")
    with pytest.raises(BadInput, match="separated by commas"):
        rule_names(" , ")
    with pytest.raises(BadInput, match=r"absent\.json"):
        rule_names("absent.json")


def test_bad_input():
    with pytest.raises(BadShape, match="2 scores and 1 weights"):
        weighted([fixed(1), fixed(1)], weights=[1.0])
    with pytest.raises(BadInput, match="finite weights"):
        weighted([fixed(1)], weights=[float("nan")])
    with pytest.raises(BadInput, match="normalise"):
        weighted([fixed(1)], weights=[1.0], normalise="max")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="at least one score"):
        lexicographic([])
    with pytest.raises(BadInput, match="unit"):
        length(PROGRAMS, unit="bytes")  # type: ignore[arg-type]
