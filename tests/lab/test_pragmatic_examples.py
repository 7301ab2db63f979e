from __future__ import annotations

import numpy as np
import pytest

from unriddle.lab.base import Context, generator
from unriddle.lab.pragmatic_examples import (
    _games,
    _last_hits,
    _literal_hits,
    _pragmatic_hits,
    _turns_needed,
    experiment,
)
from unriddle.language.regex import Strings, full_match
from unriddle.methods._regex_domain import draw_pool


def test_turns_until_a_right_guess() -> None:
    assert _turns_needed(np.array([1.0, 1.0])) == 1
    assert _turns_needed(np.array([0.0, 0.0, 1.0])) == 3
    assert _turns_needed(np.array([0.5, 0.5, 0.0])) == pytest.approx(1 + 0.5 + 0.25)
    assert _turns_needed(np.zeros(10)) == 10  # given up


def test_a_literal_guess_is_right_as_often_as_programs_are_left() -> None:
    agrees = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, 1]], bool)
    assert _literal_hits(agrees, 0).tolist() == pytest.approx([1 / 3, 1 / 2, 1])
    assert _literal_hits(agrees, 3)[-1] == 0


def test_games_are_true_and_choose_better_than_chance() -> None:
    pool = draw_pool(400, rng=generator(0), n_probes=300)
    games = _games(pool, 8, 0)
    for game in games:
        target = pool.regexes[game.target]
        for spec, agrees in ((game.informative, game.agrees_informative), (game.random, game.agrees_random)):
            assert len(set(spec)) == len(spec) == agrees.shape[1]
            assert full_match(target, Strings.of([text for text, _ in spec])).tolist() == [s for _, s in spec]
            assert agrees[game.target].all()
    left = [
        np.mean([a[:, :2].all(axis=1).sum() for a in pair])
        for pair in ([g.agrees_informative for g in games], [g.agrees_random for g in games])
    ]
    assert left[0] < left[1]
    # With no alternatives a pragmatic listener has nothing to reckon with: it is the literal one after one example.
    none = np.zeros((len(pool.regexes), 0), bool)
    first = games[0].agrees_informative[:, :1]
    assert _pragmatic_hits(first, none, games[0].target) == pytest.approx(_literal_hits(first, games[0].target))
    assert _last_hits(first, none, games[0].target) == pytest.approx(_literal_hits(first, games[0].target))


@pytest.mark.slow
def test_the_small_preset_reports_every_claim() -> None:
    claims = experiment("small", seed=0, context=Context(data=None))
    assert len(claims) == 6
    assert [c.held is None for c in claims] == [False] * 5 + [True]
