import numpy as np
import pytest

from unriddle.lab import _pac_nursery
from unriddle.lab._pac_grammar import draw_pair
from unriddle.lab.base import Context
from unriddle.lab.pac_prediction_sets import Sets, experiment, measure, splits
from unriddle.lm.base import Completion
from unriddle.methods.pac_prediction_sets import GRID, build_tree


def test_splits_of_sets_that_never_miss_and_always_miss():
    removed = np.tile(np.linspace(0, 1, len(GRID) + 1), (40, 1))
    always = Sets(np.zeros(40, int), removed)
    never = Sets(np.full(40, len(GRID)), removed)
    rng = np.random.default_rng(0)
    assert splits(always, n=30, eps=0.1, rng=rng) == (0.0, 0.0)
    assert splits(never, n=30, eps=0.1, rng=rng) == (0.0, 1.0)


def test_measure_finds_the_first_set_that_holds_the_target():
    rng = np.random.default_rng(0)
    pairs = [draw_pair(rng, max_depth=2) for _ in range(20)]
    trees = [
        build_tree(p.completion.text, tokens=p.completion.tokens, token_logprobs=p.completion.token_logprobs)
        for p in pairs
    ]
    wanted = [build_tree(p.target) for p in pairs]
    sets = measure(trees, wanted, solver="exact", max_holes=3)
    assert sets.removed.shape == (20, len(GRID) + 1)
    assert (np.diff(sets.removed, axis=1) >= 0).all()
    right = [p.completion.text == p.target for p in pairs]
    assert (sets.hit == 0).sum() >= sum(right)


class Fake:
    """Writes the reference with every second token unsure."""

    name = "fake"

    def __init__(self, problems):
        self._bodies = {p.statement: p.body for p in problems}

    def sample(self, prompts, *, n=1, options=None):
        out = []
        for prompt in prompts:
            body = next(b for s, b in self._bodies.items() if s in prompt)
            tokens = ("\n", *body.splitlines(keepends=True))
            out.append(
                [
                    Completion(
                        "".join(tokens), tokens=tokens, token_logprobs=tuple(-0.5 * (i % 2) for i in range(len(tokens)))
                    )
                ]
            )
        return out


def test_a_language_model_gives_independent_pairs():
    from itertools import islice

    from unriddle.data.world import generate

    problems = list(islice(generate(levels=(1, 2), split="held_out", seed=3), 12))
    pool, targets, dropped = _pac_nursery.pairs(12, seed=3, context=Context(), lm=Fake(problems))
    assert (len(pool), dropped) == (12, 0)
    for one, target in zip(pool, targets, strict=True):
        tree = build_tree(one.code, tokens=one.tokens, token_logprobs=one.token_logprobs)
        assert build_tree(target).label == tree.label


def test_without_a_trained_model_the_reason_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("UNRIDDLE_NURSERY", str(tmp_path))
    assert "unriddle train nursery" in _pac_nursery.why_not() or "unriddle[train]" in _pac_nursery.why_not()


def test_the_model_is_found_where_it_is_named_and_where_training_puts_it(monkeypatch, tmp_path):
    trained = tmp_path / "nursery" / "model"
    trained.mkdir(parents=True)
    (trained / "config.json").write_text("{}")
    for named in (trained, trained.parent):
        monkeypatch.setenv("UNRIDDLE_NURSERY", str(named))
        assert _pac_nursery.folder() == trained
    monkeypatch.delenv("UNRIDDLE_NURSERY")
    monkeypatch.chdir(tmp_path)
    assert _pac_nursery.folder().resolve() == trained


@pytest.mark.slow
def test_the_small_preset_holds_its_guarantee():
    claims = experiment("small", seed=1, context=Context())
    valid = [c for c in claims if "splits that miss" in c.name and c.held is not None]
    assert len(valid) == 9
    assert all(c.held for c in valid)
