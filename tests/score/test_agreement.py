"""CodeT, MBR, votes and clusters on matrices small enough to work out by hand."""

import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Status
from unriddle.score.classes import equal_rows
from unriddle.score.cluster import behaviour_clusters, cluster, largest_clusters
from unriddle.score.codet import codet
from unriddle.score.mbr import mbr
from unriddle.score.vote import output_vote, soft_vote
from unriddle.verdicts import Verdicts

P, F, E, T, S, I = Status.PASS, Status.FAIL, Status.ERROR, Status.TIMEOUT, Status.SKIPPED, Status.INFRA  # noqa: E741


def matrix(status, value=None) -> Verdicts:
    status = np.asarray(status, np.int8)
    value = np.full(status.shape, -1, np.int32) if value is None else np.asarray(value, np.int32)
    n, m = status.shape
    return Verdicts(
        status=status,
        value=value,
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
        values=(b"",) * (int(value.max(initial=-1)) + 1),
    )


def test_codet_by_hand():
    verdicts = matrix([[P, P, F], [P, P, F], [F, F, P], [F, F, F]])
    np.testing.assert_allclose(codet(verdicts), [2**0.5 * 2, 2**0.5 * 2, 1, -np.inf])
    np.testing.assert_allclose(codet(verdicts, damping="none"), [4, 4, 1, -np.inf])
    np.testing.assert_allclose(codet(verdicts, program_counts=[1, 1, 100, 1])[2], 10)
    np.testing.assert_allclose(codet(verdicts, test_counts=[1, 1, 9])[2], 9)
    with pytest.raises(BadInput, match="damping"):
        codet(verdicts, damping="log")  # type: ignore[arg-type]
    with pytest.raises(BadShape, match=r"test_counts.*\(3,\).*\(2,\)"):
        codet(verdicts, test_counts=[1, 1])


def test_codet_agrees_with_the_definition():
    rng = np.random.default_rng(0)
    for _ in range(50):
        status = rng.integers(0, 2, (8, 4))
        groups: dict[tuple[int, ...], int] = {}
        for row in status.tolist():
            groups[tuple(row)] = groups.get(tuple(row), 0) + 1
        expected = [groups[tuple(r)] ** 0.5 * r.count(0) if r.count(0) else -np.inf for r in status.tolist()]
        np.testing.assert_allclose(codet(matrix(status)), expected)


def test_skipped_reads_as_not_passed_and_infra_stands_apart():
    verdicts = matrix([[P, T, S], [P, F, F], [P, F, I], [I, I, I]])
    assert mbr(verdicts).tolist() == [2, 2, 1, -np.inf]


def test_votes_by_value():
    value = [[0, 1], [0, 1], [0, 2], [-1, 2], [-1, -1]]
    status = [[P, P], [P, P], [P, F], [E, F], [E, T]]
    assert output_vote(matrix(status, value)).tolist() == [2, 2, 1, 1, -np.inf]
    np.testing.assert_allclose(soft_vote(matrix(status, value)), [0.5, 0.5, 0.5, 0.2, -np.inf])
    weighted = output_vote(matrix(status, value), program_counts=[1, 2, 3, 4, 5])
    assert weighted.tolist() == [3, 3, 3, 4, -np.inf]


def test_crashes_of_one_kind_are_one_behaviour():
    value = [[0, -1], [0, -1], [0, -1], [0, -1]]
    assert output_vote(matrix([[P, E], [P, E], [P, T], [P, S]], value)).tolist() == [2, 2, 1, 1]


def test_clusters_by_size_and_what_is_submitted():
    value = [[0, 5], [1, 5], [1, 5], [2, 5], [-1, -1], [-1, -1], [-1, -1]]
    status = [[P, P]] * 4 + [[E, E]] * 3
    verdicts = matrix(status, value)
    assert behaviour_clusters(verdicts).tolist() == [2, 1, 1, 3, 0, 0, 0]
    np.testing.assert_allclose(cluster(verdicts), [1, 2, 2, 1, -1 / 3, -1 / 3, -1 / 3])
    rng = np.random.default_rng(0)
    rows = largest_clusters(verdicts, k=10, rng=rng)
    assert sorted(rows) == list(range(7))
    assert rows[0] in (1, 2)
    assert set(rows[1:3]) == {0, 3}
    assert rows[3] in (4, 5, 6)
    assert {largest_clusters(verdicts, k=2, rng=rng)[1] for _ in range(50)} == {0, 3}


def test_clusters_among_those_that_pass_the_examples():
    value = [[0, 1], [0, 1], [9, 1], [0, 2]]
    status = [[P, F], [P, F], [F, F], [P, F]]
    assert cluster(matrix(status, value), given=[0]).tolist() == [2, 2, -np.inf, 1]
    none_passes = [[F, F], [F, F], [F, F], [F, F]]
    assert cluster(matrix(none_passes, value), given=[0]).tolist() == [3, 3, 3, 1]
    with pytest.raises(BadInput, match="given columns"):
        cluster(matrix(status, value), given=[2])
    with pytest.raises(BadInput, match="k must be"):
        largest_clusters(matrix(status, value), k=0, rng=np.random.default_rng(0))


def test_equal_rows_of_empty_tables():
    assert equal_rows(np.zeros((0, 3), bool)).size.shape == (0,)
    assert equal_rows(np.zeros((3, 0), bool)).size.tolist() == [3]
