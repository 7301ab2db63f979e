"""Rational speech acts against a plain transcription of the definitions, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Status
from unriddle.score.pragmatic import literal_listener, most_informative, pragmatic, pragmatic_listener, speaker
from unriddle.verdicts import Verdicts

P, F, I = Status.PASS, Status.FAIL, Status.INFRA  # noqa: E741


def matrix(status, prior=None) -> Verdicts:
    status = np.asarray(status, np.int8)
    n, m = status.shape
    return Verdicts(
        status=status,
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n) if prior is None else np.asarray(prior, float),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
    )


def transcription(table, turns, prior, rationality):
    """One speech act after the other, as the definitions read."""
    n, m = table.shape
    belief, said = np.array(prior, float), []
    consistent = np.ones(n, bool)
    for turn in turns:
        literal = np.zeros((n, m))
        for u in range(m):
            joint = np.array([prior[h] * consistent[h] * table[h, u] for h in range(n)])
            if joint.sum() > 0 and u not in said:
                literal[:, u] = joint / joint.sum()
        spoken = np.where(literal > 0, literal, 1) ** rationality * (literal > 0)
        for h in range(n):
            if spoken[h].sum() > 0:
                spoken[h] /= spoken[h].sum()
        belief = belief * spoken[:, turn]
        consistent &= table[:, turn].astype(bool)
        said.append(turn)
    return belief / belief.sum() if belief.sum() > 0 else np.zeros(n)


def test_the_scalar_implicature():
    # "some" is true of both, "all" of one: who says "some" probably means "not all"
    consistent = [[True, False], [True, True]]
    np.testing.assert_allclose(literal_listener(consistent), [[0.5, 0.0], [0.5, 1.0]])
    np.testing.assert_allclose(speaker(consistent), [[1.0, 0.0], [1 / 3, 2 / 3]])
    np.testing.assert_allclose(pragmatic_listener(consistent, [0]), [0.75, 0.25])
    np.testing.assert_allclose(pragmatic_listener(consistent, [1]), [0.0, 1.0])
    np.testing.assert_allclose(pragmatic_listener(consistent, [0], rationality=0), [2 / 3, 1 / 3])
    np.testing.assert_allclose(pragmatic_listener(consistent, []), [0.5, 0.5])


tables = hnp.arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6)))


@given(tables, st.data())
def test_turn_by_turn_agrees_with_the_definitions(table, data):
    n, m = table.shape
    turns = data.draw(st.permutations(range(m)))[: data.draw(st.integers(0, m))]
    prior = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=n, max_size=n))
    rationality = data.draw(st.sampled_from([0.5, 1.0, 2.0]))
    got = pragmatic_listener(table, turns, prior=prior, rationality=rationality)
    np.testing.assert_allclose(got, transcription(table, turns, prior, rationality), atol=1e-9)


@given(tables)
def test_one_turn_is_the_same_with_and_without_turns(table):
    for u in range(table.shape[1]):
        alone = pragmatic_listener(table, [u], incremental=False)
        np.testing.assert_allclose(pragmatic_listener(table, [u]), alone, atol=1e-12)


def test_the_most_informative_example_is_shared_by_the_fewest():
    consistent = np.array([[1, 1, 1, 0], [1, 1, 0, 1], [1, 0, 0, 1]], bool)
    assert most_informative(consistent, 0) == 2
    assert most_informative(consistent, 1) == 1
    assert most_informative(consistent, 1, given=[1]) == 3
    assert most_informative(consistent, 0, given=[0, 1, 2]) == -1
    with pytest.raises(BadInput, match="target"):
        most_informative(consistent, 3)


def test_as_a_score_on_verdicts():
    verdicts = matrix([[P, F], [P, P], [F, P], [P, I], [I, I]])
    scores = pragmatic(verdicts, given=[0])
    assert scores[0] == scores.max()
    np.testing.assert_allclose(np.exp(scores[[0, 1, 3]]).sum(), 1)
    assert scores[2] == scores[4] == -np.inf
    np.testing.assert_allclose(scores[1], scores[3])
    heavier = pragmatic(matrix([[P, F], [P, P]], prior=[0.0, 5.0]), given=[0])
    assert heavier[1] > heavier[0]
    even = pragmatic(matrix([[P, F], [P, P]], prior=[0.0, np.nan]), given=[0])
    assert even[0] > even[1]
    repeated = pragmatic(matrix([[P, F], [P, P]]), given=[0], program_counts=[1, 100])
    assert repeated[1] > repeated[0]


def test_bad_input():
    with pytest.raises(BadShape, match="consistent"):
        speaker([True])
    with pytest.raises(BadShape, match="prior"):
        speaker([[True]], prior=[1, 2])
    with pytest.raises(BadInput, match="not negative"):
        speaker([[True]], prior=[-1])
    with pytest.raises(BadInput, match="rationality"):
        speaker([[True]], rationality=float("nan"))
    with pytest.raises(BadInput, match="utterances"):
        pragmatic_listener([[True]], [1])
