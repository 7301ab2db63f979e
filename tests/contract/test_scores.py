"""What every score keeps, whatever its idea: one kit over all rules of the table."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Status
from unriddle.score.b4 import b4, b4_posterior
from unriddle.score.chance import shuffled
from unriddle.score.cluster import cluster
from unriddle.score.codet import codet
from unriddle.score.combine import lexicographic, weighted
from unriddle.score.confidence import agreement_share, succession
from unriddle.score.features import GROUPS, feature_names
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction, passed
from unriddle.score.pragmatic import pragmatic
from unriddle.score.reranker import Reranker
from unriddle.score.rules import RULES, TEXT_RULES, rule
from unriddle.score.speed import speed
from unriddle.score.ties import expected_pass_at_k
from unriddle.score.vote import output_vote, soft_vote
from unriddle.verdicts import Verdicts

CANDIDATES = [
    Candidate(f"def f(x):\n    return x + {i % 5} * {i}", prior=-float(i % 4) if i % 3 else None, n_tokens=i % 6)
    for i in range(12)
]
NAMES = feature_names(tuple(GROUPS))
RERANKER = Reranker(
    tuple(GROUPS), NAMES, (0.0,) * len(NAMES), (1.0,) * len(NAMES), tuple(0.1 * i for i in range(len(NAMES))),
    bias=0.0, temperature=1.0, shift=0.0, strength=1.0, n_problems=2,
)  # fmt: skip
SCORES: dict[str, Score] = {
    **RULES,
    **{name: rule(name, candidates=CANDIDATES) for name in TEXT_RULES},
    "shuffled": shuffled(seed=1),
    "b4_posterior": b4_posterior,
    "agreement_share": agreement_share,
    "succession": succession,
    "reranker": RERANKER.score(CANDIDATES),
    "codet_undamped": partial(codet, damping="none"),
    "weighted": weighted([codet, speed], weights=[1.0, 0.1]),
    "weighted_z": weighted([fraction, b4], weights=[1.0, 1.0], normalise="z"),
    "lexicographic": lexicographic([passed, codet, speed]),
    "pragmatic_batch": partial(pragmatic, incremental=False),
}
COUNTED = {"codet": codet, "b4": b4, "mbr": mbr, "vote": output_vote, "soft_vote": soft_vote, "cluster": cluster,
           "pragmatic": pragmatic}  # fmt: skip
ON_TESTS = {"codet": codet, "b4": b4, "b4_posterior": b4_posterior}
BLIND = ("random", "shuffled", "length", "likelihood", "mean_likelihood")
"""They do not look at what was run."""
CHANCES = ("b4_posterior", "agreement_share", "succession")
"""They say a chance and rule nobody out."""
ON_VERDICTS_OF_TESTS = {"codet", "b4", "mbr", "vote", "cluster", "passed", "fraction"}


def made(status: np.ndarray, value: np.ndarray | None = None, *, prior: np.ndarray | None = None) -> Verdicts:
    status = np.asarray(status, np.int8)
    n, m = status.shape
    value = np.where(status < 2, np.add.outer(np.arange(n) % 3, np.arange(m)), -1) if value is None else value
    return Verdicts(
        status=status,
        value=value.astype(np.int32),
        cpu_seconds=np.where(status < 7, 0.1 + status, np.nan).astype(np.float32),
        prior=np.where(np.arange(n) % 4, -np.arange(n, dtype=float), np.nan) if prior is None else prior,
        candidates=tuple(c.id for c in CANDIDATES[:n]),
        tests=tuple(f"t{j}" for j in range(m)),
        values=(b"",) * int(value.max(initial=-1) + 1),
    )


statuses = hnp.arrays(np.int8, st.tuples(st.integers(0, 6), st.integers(0, 6)), elements=st.integers(0, max(Status)))
every_score = pytest.mark.parametrize("name", SCORES)


@every_score
@given(status=statuses)
@settings(max_examples=25)
def test_one_number_each_and_never_nan(name: str, status: np.ndarray) -> None:
    scores = SCORES[name](made(status))
    assert scores.shape == (len(status),)
    assert scores.dtype == np.float64
    assert not np.isnan(scores).any()
    assert not np.isposinf(scores).any()


@every_score
@given(status=statuses, random=st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_permuting_rows_permutes_scores(name: str, status: np.ndarray, random: object) -> None:
    verdicts = made(status)
    order = list(range(len(status)))
    random.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_allclose(SCORES[name](verdicts)[order], SCORES[name](verdicts.take(order)), rtol=1e-9)


@every_score
@given(status=statuses)
@settings(max_examples=25)
def test_it_is_pure(name: str, status: np.ndarray) -> None:
    verdicts = made(status)
    before = [a.copy() for a in (verdicts.status, verdicts.value, verdicts.cpu_seconds, verdicts.prior)]
    first, second = SCORES[name](verdicts), SCORES[name](verdicts)
    np.testing.assert_array_equal(first, second)
    for old, new in zip(before, (verdicts.status, verdicts.value, verdicts.cpu_seconds, verdicts.prior), strict=True):
        np.testing.assert_array_equal(old, new)


@every_score
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (1, 0), (3, 0), (1, 1)])
def test_empty_and_tiny_matrices(name: str, shape: tuple[int, int]) -> None:
    scores = SCORES[name](made(np.zeros(shape)))
    assert scores.shape == shape[:1]
    assert not np.isnan(scores).any()
    expected_pass_at_k(scores, np.ones(shape[0], bool))


@pytest.mark.parametrize("name", [n for n in SCORES if n not in (*BLIND, *CHANCES)])
def test_a_row_of_which_nothing_is_known_is_never_chosen(name: str) -> None:
    status = np.array([[0, 0, 1], [7, 8, 8], [0, 1, 0]])
    scores = SCORES[name](made(status, prior=np.zeros(3)))
    assert scores[1] == -np.inf
    assert np.isfinite(scores[[0, 2]]).any() or name.startswith("pragmatic")


@every_score
def test_all_skipped_or_infra(name: str) -> None:
    for status in (Status.SKIPPED, Status.INFRA):
        scores = SCORES[name](made(np.full((4, 3), status)))
        assert len(set(scores.tolist())) == 1 or name in BLIND


@pytest.mark.parametrize("name", sorted(ON_VERDICTS_OF_TESTS))
def test_all_pass_ties_everybody(name: str) -> None:
    scores = SCORES[name](made(np.zeros((5, 4)), np.zeros((5, 4))))
    assert np.isfinite(scores).all()
    assert len(set(scores.tolist())) == 1


@every_score
def test_all_fail_prefers_nobody_by_passes(name: str) -> None:
    scores = SCORES[name](made(np.ones((5, 4)), np.zeros((5, 4)), prior=np.zeros(5)))
    if name not in ("shuffled", "length", "mean_likelihood", "reranker"):
        assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize("name", ["passed", "fraction", "codet", "mbr", "vote", "cluster", "soft_vote", "b4"])
@given(status=statuses)
@settings(max_examples=40)
def test_a_column_of_which_nothing_is_known_changes_nothing(name: str, status: np.ndarray) -> None:
    n = len(status)
    value = np.where(status < 2, np.add.outer(np.arange(n) % 3, np.arange(status.shape[1])), -1)
    masked = np.hstack([status, np.full((n, 1), Status.SKIPPED)])
    wider = np.hstack([value, np.full((n, 1), -1)])
    before, after = SCORES[name](made(status, value)), SCORES[name](made(masked, wider))
    np.testing.assert_allclose(before, after, rtol=1e-9)


@pytest.mark.parametrize("name", ["vote", "mbr", "cluster"])
@given(status=statuses)
@settings(max_examples=40)
def test_duplicate_columns_do_not_change_votes(name: str, status: np.ndarray) -> None:
    n, m = status.shape
    value = np.where(status < 2, np.add.outer(np.arange(n) % 3, np.arange(m)), -1)
    twice = made(np.hstack([status, status[:, :1]]), np.hstack([value, value[:, :1]]))
    once = SCORES[name](made(status, value))
    if name == "cluster":
        twice = made(np.hstack([status, status]), np.hstack([value, value]))
    np.testing.assert_array_equal(once, SCORES[name](twice))


@pytest.mark.parametrize("name", ["passed", "fraction", "codet", "soft_vote"])
@given(status=statuses)
@settings(max_examples=40)
def test_duplicating_every_column_keeps_the_best(name: str, status: np.ndarray) -> None:
    value = np.where(status < 2, np.add.outer(np.arange(len(status)) % 3, np.arange(status.shape[1])), -1)
    once = SCORES[name](made(status, value))
    twice = SCORES[name](made(np.hstack([status, status]), np.hstack([value, value])))
    if len(once):
        np.testing.assert_array_equal(once >= once.max() - 1e-9, twice >= twice.max() - 1e-9)


@pytest.mark.parametrize("name", COUNTED)
def test_mismatched_counts_name_both_shapes(name: str) -> None:
    with pytest.raises(BadShape, match=r"program_counts.*\(3,\).*\(2,\)"):
        COUNTED[name](made(np.zeros((3, 2))), program_counts=[1, 1])  # type: ignore[operator]


@pytest.mark.parametrize("name", ON_TESTS)
def test_mismatched_test_counts_name_both_shapes(name: str) -> None:
    with pytest.raises(BadShape, match=r"test_counts.*\(2,\).*\(3,\)"):
        ON_TESTS[name](made(np.zeros((3, 2))), test_counts=[1, 1, 1])  # type: ignore[operator]


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_counts_that_are_no_counts(name: str, bad: float) -> None:
    with pytest.raises(BadInput, match="program_counts: counts must be finite and not negative"):
        COUNTED[name](made(np.zeros((2, 2))), program_counts=[1.0, bad])  # type: ignore[operator]


@every_score
@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.TIMEOUT, Status.SKIPPED, Status.INFRA])
def test_a_single_candidate(name: str, status: Status) -> None:
    scores = SCORES[name](made(np.full((1, 3), status), prior=np.zeros(1)))
    assert scores.shape == (1,)
    assert np.isfinite(scores[0]) or scores[0] == -np.inf
    if status is Status.PASS and name not in ("mean_likelihood",):
        assert scores[0] > -np.inf


@pytest.mark.parametrize("name", [n for n in COUNTED if n != "pragmatic"])
def test_counts_weigh_like_repeats(name: str) -> None:
    rng = np.random.default_rng(0)
    status = rng.integers(0, 2, (4, 5))
    value = rng.integers(0, 2, (4, 5))
    counts = np.array([3, 1, 2, 1])
    score = COUNTED[name]
    weighted_scores = score(made(status, value), program_counts=counts)  # type: ignore[operator]
    repeated = score(made(np.repeat(status, counts, axis=0), np.repeat(value, counts, axis=0)))
    np.testing.assert_allclose(np.repeat(weighted_scores, counts), repeated, rtol=1e-9)


@every_score
@pytest.mark.parametrize("prior", [[np.nan] * 4, [np.nan, 0.0, -1.0, -np.inf], [np.inf, 0.0, np.nan, -np.inf]])
def test_unknown_priors_are_never_errors(name: str, prior: list[float]) -> None:
    scores = SCORES[name](made(np.zeros((4, 3)), prior=np.array(prior)))
    assert not np.isnan(scores).any()
    assert not np.isposinf(scores).any()
