"""The learned reranker: what it learns is used on problems it has not seen; files; mistakes of the caller."""

import json
import sys

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape, MissingExtra
from unriddle.score.features import GROUPS, feature_names, features
from unriddle.score.passed import fraction
from unriddle.score.reranker import Labelled, fit_reranker, held_out, load, save
from unriddle.score.rules import rule
from unriddle.score.ties import expected_pass_at_k
from unriddle.verdicts import Verdicts

pytest.importorskip("sklearn", reason="the reranker needs scikit-learn")


def problem(rng, *, n=12, m=6) -> Labelled:
    """Right programs are short here and pass what the others do not quite; some tests are wrong."""
    right = rng.random(n) < 0.3
    good = rng.random(m) < 0.7
    passed = np.where(right[:, None], good, rng.random((n, m)) < 0.55)
    lines = [1 + int(rng.integers(0, 2 if r else 6)) for r in right]
    sources = [
        "def f(x):\n" + "".join(f"    x += {rng.integers(1000)}\n" for _ in range(count)) + "    return x"
        for count in lines
    ]
    candidates = tuple(Candidate(source) for source in sources)
    verdicts = Verdicts(
        status=np.where(passed, 0, 1).astype(np.int8),
        value=np.where(right[:, None], 0, rng.integers(0, 4, (n, m))).astype(np.int32),
        cpu_seconds=rng.random((n, m)).astype(np.float32),
        prior=np.full(n, np.nan),
        candidates=tuple(c.id for c in candidates),
        tests=tuple(f"t{j}" for j in range(m)),
        values=(b"",) * 4,
    )
    return Labelled(verdicts, right, candidates)


@pytest.fixture(scope="module")
def problems():
    rng = np.random.default_rng(0)
    return [problem(rng) for _ in range(40)]


def test_it_beats_counting_passes_on_problems_it_has_not_seen(problems):
    rng = np.random.default_rng(1)
    chances = held_out(problems, rng=rng, groups=("row", "rules", "text"))
    got = [expected_pass_at_k(c, p.right) for c, p in zip(chances, problems, strict=True)]
    plain = [expected_pass_at_k(fraction(p.verdicts), p.right) for p in problems]
    assert np.mean(got) > np.mean(plain) + 0.1
    # The chances can be believed: mean chance is near the share that is right.
    assert abs(np.mean(np.concatenate(chances)) - np.mean([p.right.mean() for p in problems])) < 0.08


def test_rules_alone_are_a_stacked_combination(problems):
    fitted = fit_reranker(problems, rng=np.random.default_rng(0), groups=("rules",))
    assert fitted.names == ("codet", "b4", "mbr", "vote", "soft_vote")
    chance = fitted.chance(problems[0].verdicts)
    assert ((chance > 0) & (chance < 1)).all()


def test_a_file_gives_the_same_scores(problems, tmp_path):
    fitted = fit_reranker(problems[:20], rng=np.random.default_rng(0), groups=("row", "text"))
    save(fitted, tmp_path / "reranker.json")
    again = load(tmp_path / "reranker.json")
    assert again == fitted
    last = problems[-1]
    by_name = rule(str(tmp_path / "reranker.json"), candidates=last.candidates)
    np.testing.assert_array_equal(by_name(last.verdicts), fitted.score(last.candidates)(last.verdicts))
    assert [p.name for p in tmp_path.iterdir()] == ["reranker.json"]


def test_it_is_reproducible(problems):
    one, two = (fit_reranker(problems[:10], rng=np.random.default_rng(5)) for _ in range(2))
    assert one == two


def test_features_are_finite_whatever_comes():
    sources = ["def f(x): return x", "def f(:", "", "x = " + "-" * 3000 + "1", "def f():\n  return '\\udcff'"]
    candidates = [Candidate(source) for source in sources]
    status = np.array([[0, 1], [7, 8], [2, 3], [0, 0], [8, 8]], np.int8)
    verdicts = Verdicts(
        status, np.full((5, 2), -1, np.int32), np.full((5, 2), np.nan, np.float32),
        np.array([np.nan, -np.inf, 0.0, -5.0, np.nan]), tuple(c.id for c in candidates), ("a", "b"),
    )  # fmt: skip
    table = features(verdicts, groups=tuple(GROUPS), candidates=candidates)
    assert table.shape == (5, len(feature_names(tuple(GROUPS))))
    assert np.isfinite(table).all()
    assert features(Verdicts.empty(["t"]), groups=("row", "rules")).shape == (0, 12)


def test_bad_input(problems, tmp_path):
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="at least two problems"):
        fit_reranker(problems[:1], rng=rng)
    same = [Labelled(p.verdicts, np.ones_like(p.right)) for p in problems[:3]]
    with pytest.raises(BadInput, match="both right and wrong"):
        fit_reranker(same, rng=rng)
    with pytest.raises(BadShape, match="right has shape"):
        fit_reranker([Labelled(problems[0].verdicts, np.ones(3, bool)), problems[1]], rng=rng)
    with pytest.raises(BadInput, match="groups must be"):
        fit_reranker(problems, rng=rng, groups=("colour",))
    with pytest.raises(BadInput, match="no candidate among"):
        fit_reranker([Labelled(p.verdicts, p.right) for p in problems[:4]], rng=rng, groups=("text",))
    fitted = fit_reranker(problems[:6], rng=rng, groups=("text",))
    with pytest.raises(BadInput, match="needs the candidates"):
        fitted.score()
    with pytest.raises(BadInput, match="cannot be written"):
        save(fitted, tmp_path / "no" / "r.json")
    save(fitted, tmp_path / "r.json")
    good = json.loads((tmp_path / "r.json").read_text())
    for change in ({"schema": 9}, {"weights": [1.0]}, {"scale": [0.0] * 10}, {"bias": None}, {"names": ["a"]}):
        (tmp_path / "bad.json").write_text(json.dumps({**good, **change}))
        with pytest.raises(BadInput, match=r"bad\.json"):
            load(tmp_path / "bad.json")
    for text in ("[]", "{", ""):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(BadInput, match=r"bad\.json"):
            load(tmp_path / "bad.json")


def test_without_scikit_learn_the_message_names_the_extra(problems, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtra, match=r"unriddle\[learn\]"):
        fit_reranker(problems[:4], rng=np.random.default_rng(0))
