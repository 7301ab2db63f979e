import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unriddle.outcome import Status
from unriddle.score.passed import fraction, passed
from unriddle.verdicts import Verdicts


def matrix(status):
    status = np.asarray(status, np.int8)
    n, m = status.shape
    return Verdicts(
        status=status,
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
    )


statuses = hnp.arrays(np.int8, st.tuples(st.integers(0, 6), st.integers(0, 6)), elements=st.integers(0, max(Status)))


def test_scores_of_hand_made_rows():
    rows = [
        [Status.PASS, Status.PASS, Status.PASS],
        [Status.PASS, Status.FAIL, Status.ERROR],
        [Status.PASS, Status.INFRA, Status.SKIPPED],
        [Status.TIMEOUT, Status.SKIPPED, Status.SKIPPED],
        [Status.INFRA, Status.SKIPPED, Status.INFRA],
    ]
    assert passed(matrix(rows)).tolist() == [1.0, 0.0, 1.0, 0.0, -np.inf]
    assert fraction(matrix(rows)).tolist() == [1.0, 1 / 3, 1.0, 0.0, -np.inf]


def test_no_tests_means_never():
    verdicts = matrix(np.zeros((3, 0)))
    assert passed(verdicts).tolist() == [-np.inf] * 3
    assert fraction(verdicts).tolist() == [-np.inf] * 3


@given(statuses, st.randoms(use_true_random=False))
def test_permuting_rows_permutes_scores(status, random):
    order = list(range(len(status)))
    random.shuffle(order)
    verdicts = matrix(status)
    for score in (passed, fraction):
        np.testing.assert_array_equal(score(verdicts)[order], score(verdicts.take(order)))


@given(statuses)
def test_masked_columns_change_nothing(status):
    masked = np.hstack([status, np.full((len(status), 1), Status.INFRA), np.full((len(status), 1), Status.SKIPPED)])
    for score in (passed, fraction):
        np.testing.assert_array_equal(score(matrix(masked)), score(matrix(status)))


@given(statuses)
def test_agrees_with_counting_cell_by_cell(status):
    for row, whole, share in zip(status, passed(matrix(status)), fraction(matrix(status)), strict=True):
        known = [s for s in row if Status(int(s)).known]
        if not known:
            assert whole == share == -np.inf
        else:
            assert share == sum(s == Status.PASS for s in known) / len(known)
            assert whole == float(all(s == Status.PASS for s in known))


@given(statuses)
def test_duplicate_columns_keep_the_order(status):
    verdicts, twice = matrix(status), matrix(np.hstack([status, status]))
    for score in (passed, fraction):
        np.testing.assert_array_equal(score(verdicts), score(twice))
