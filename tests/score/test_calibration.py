"""Calibration measures against values worked out by hand and against scikit-learn; recalibration; pictures."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.score.calibration import brier, calibration, reliability, risk_coverage
from unriddle.score.confidence import agreement_share, confidence, margin, succession
from unriddle.score.recalibrate import cross_fitted, fit_isotonic, fit_temperature, group_folds
from unriddle.verdicts import Verdicts

pairs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.35, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=20)


def test_reliability_by_hand():
    found = reliability([0.1, 0.1, 0.9, 1.0, 0.55], [False, True, True, True, False], n_bins=2)
    assert found.count.tolist() == [2, 3]
    np.testing.assert_allclose(found.confidence, [0.1, 2.45 / 3])
    np.testing.assert_allclose(found.accuracy, [0.5, 2 / 3])
    assert found.error == pytest.approx((2 * 0.4 + 3 * 0.15) / 5)
    assert found.worst == pytest.approx(0.4)


@given(pairs)
def test_the_error_agrees_with_a_plain_loop(rows):
    c, r = (np.array(part, float) for part in zip(*rows, strict=True))
    total = 0.0
    for b in range(10):
        low, high = b / 10, (b + 1) / 10
        inside = ((c > low + 1e-12) | ((b == 0) & (c == 0))) & (c <= high + 1e-12)
        if inside.any():
            total += abs(c[inside].mean() - r[inside].mean()) * inside.sum()
    assert reliability(c, r).error == pytest.approx(total / len(c), abs=1e-9)


def test_brier_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    c, r = rng.random(50), rng.random(50) < 0.5
    assert brier(c, r) == pytest.approx(metrics.brier_score_loss(r, c))
    assert brier([0.5], [0.5]) == pytest.approx(0.25)


def test_risk_against_coverage_by_hand():
    curve = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert curve.threshold.tolist() == [0.9, 0.8, 0.1]
    np.testing.assert_allclose(curve.coverage, [0.25, 0.75, 1])
    np.testing.assert_allclose(curve.risk, [0, 1 / 3, 0.5])
    assert curve.area == pytest.approx((0 + 0.5 / 2 + 1 / 3 + 2 / 4) / 4)
    assert curve.ideal == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)


@given(pairs)
def test_the_ideal_order_is_never_worse_and_full_coverage_has_the_mean_risk(rows):
    c, r = (np.array(part, float) for part in zip(*rows, strict=True))
    curve = risk_coverage(c, r)
    assert curve.ideal <= curve.area + 1e-12
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - r.mean())


def test_the_document_is_plain_json():
    text = json.dumps(calibration([0.2, 0.9], [False, True]).as_dict(), allow_nan=False)
    assert json.loads(text)["reliability"]["accuracy"][1] == 0.0
    assert json.loads(text)["reliability"]["accuracy"][5] is None


def test_overconfidence_is_mended_on_problems_it_was_not_fitted_on():
    rng = np.random.default_rng(1)
    truth = rng.random(600)
    r = rng.random(600) < truth
    logit = np.log(truth / (1 - truth))
    c = 1 / (1 + np.exp(-4 * logit))
    groups = list(range(600))
    before = calibration(c, r)
    for kind in ("temperature", "isotonic"):
        mended = cross_fitted(c, r, groups=groups, rng=np.random.default_rng(2), kind=kind)
        after = calibration(mended, r)
        assert after.reliability.error < before.reliability.error / 2
        assert after.brier < before.brier
    assert fit_temperature(c, r).temperature == pytest.approx(4, rel=0.25)


def test_no_truth_reaches_its_own_confidence():
    rng = np.random.default_rng(3)
    c, groups = rng.random(40), [i // 4 for i in range(40)]
    r = rng.random(40) < 0.5
    for kind in ("temperature", "isotonic"):
        base = cross_fitted(c, r, groups=groups, rng=np.random.default_rng(0), kind=kind)
        flipped = r.copy()
        flipped[:4] = ~flipped[:4]
        again = cross_fitted(c, flipped, groups=groups, rng=np.random.default_rng(0), kind=kind)
        np.testing.assert_array_equal(base[:4], again[:4])
        assert (base[4:] != again[4:]).any()


@given(pairs)
def test_isotonic_rises_and_agrees_with_scikit_learn(rows):
    c, r = (np.array(part, float) for part in zip(*rows, strict=True))
    fit = fit_isotonic(c, r)
    assert (np.diff(fit.value) >= -1e-12).all()
    isotonic = pytest.importorskip("sklearn.isotonic")
    expected = isotonic.IsotonicRegression(out_of_bounds="clip").fit(c, r).predict(c)
    np.testing.assert_allclose(fit(c), expected, atol=1e-9)


def test_few_problems_do_not_make_it_infinitely_sure():
    fit = fit_temperature([0.6, 0.7], [True, True])
    assert fit(np.array([0.6]))[0] < 0.99


def test_folds_keep_groups_whole():
    folds = group_folds([0, 0, 1, 1, 2], rng=np.random.default_rng(0), n_folds=5)
    assert folds[0] == folds[1]
    assert folds[2] == folds[3]
    assert len(set(folds.tolist())) == 3
    with pytest.raises(BadInput, match="two groups"):
        group_folds([1, 1], rng=np.random.default_rng(0))


def test_confidences_by_hand():
    status = np.array([[0, 0], [0, 0], [0, 1], [1, 1], [8, 8]], np.int8)
    verdicts = Verdicts(
        status, np.full((5, 2), -1, np.int32), np.zeros((5, 2), np.float32), np.zeros(5), tuple("abcde"), ("s", "t")
    )
    np.testing.assert_allclose(agreement_share(verdicts), [0.5, 0.5, 0.25, 0, 0])
    np.testing.assert_allclose(succession(verdicts), [0.75, 0.75, 0.5, 0.25, 0.5])
    assert confidence("posterior")(verdicts)[0] > 0
    with pytest.raises(BadInput, match="known are posterior"):
        confidence("luck")
    assert margin([1.0]) == np.inf
    assert margin([]) == 0.0


def test_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    from unriddle.score.calibration_plot import plot

    found = calibration([0.1, 0.8, 0.9], [False, True, True])
    png, svg = plot({"posterior": found}, tmp_path / "figure.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "<svg" in svg.read_text()
    with pytest.raises(BadInput, match="at least one"):
        plot({}, tmp_path / "none")
    with pytest.raises(BadInput, match="cannot be written"):
        plot({"a": found}, tmp_path / "no" / "where")


def test_nothing_heavy_is_imported():
    code = (
        "import sys, unriddle.score.rules, unriddle.score.calibration, unriddle.score.calibration_plot, "
        "unriddle.score.recalibrate, unriddle.score.reranker; "
        "bad = {'sklearn', 'matplotlib', 'scipy', 'torch'} & set(sys.modules); sys.exit(repr(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("c", "r", "error"),
    [
        ([], [], BadInput),
        ([1.2], [True], BadInput),
        ([float("nan")], [True], BadInput),
        ([0.5], [True, False], BadShape),
    ],
)
def test_bad_input(c, r, error):
    for measure in (calibration, brier, reliability, risk_coverage, fit_temperature, fit_isotonic):
        with pytest.raises(error):
            measure(c, r)
    with pytest.raises(BadInput, match="n_bins"):
        reliability([0.5], [True], n_bins=0)
