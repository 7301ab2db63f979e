from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.language.regex import Regex, Strings, full_match, parse_regex, regex_text
from unriddle.methods._regex_domain import draw_pool, draw_regex, draw_string, near_miss
from unriddle.methods._regex_players import PoolListener, StringSpeaker, consistent, label, proposals
from unriddle.methods.pragmatic_examples import (
    Example,
    Played,
    informative_examples,
    rsa_beliefs,
    rsa_rank,
    self_play,
)

REGEXES = [parse_regex(text) for text in ("[0-9]{2}", "[0-9]{2,}", "[0-9a-z]{2}", "[0-9]+", "[a-z]{2}")]
OFFERS = ["12", "123", "a1", "1", "ab", "A"]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class Fixed:
    """A listener and speaker that always say the same."""

    def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Regex]]:
        return [REGEXES[:k] for _ in specs]

    def examples(self, targets: Sequence[Regex], specs: Sequence[Sequence[Example]], k: int) -> list[list[Example]]:
        return [label(target, OFFERS)[:k] for target in targets]


def remaining(spec: Sequence[Example], target: Regex) -> int:
    return int(consistent([r for r in REGEXES if r != target], list(spec)).all(axis=1).sum())


@pytest.mark.parametrize("target", REGEXES)
def test_each_example_leaves_the_fewest_competitors(target: Regex) -> None:
    (spec,) = informative_examples([target], [Fixed()], [Fixed()], consistent=consistent, n_turns=3)
    assert all(full_match(target, Strings.of([text]))[0] == sign for text, sign in spec)
    said: list[Example] = []
    for example in spec:
        others = [e for e in sorted(label(target, OFFERS)) if e not in said]
        if remaining(said, target):
            counts = [remaining([*said, e], target) for e in others]
            assert example == others[int(np.argmin(counts))]
        said.append(example)
    assert remaining(spec, target) == 0


def test_no_competitor_left_and_nothing_left_to_say() -> None:
    class Empty(Fixed):
        def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Regex]]:
            return [[] for _ in specs]

    (spec,) = informative_examples([REGEXES[0]], [Empty()], [Fixed()], consistent=consistent, n_turns=20)
    assert list(spec) == sorted(label(REGEXES[0], OFFERS))
    with pytest.raises(BadInput, match="at least one listener"):
        informative_examples([REGEXES[0]], [], [Fixed()], consistent=consistent)
    assert informative_examples([], [Fixed()], [Fixed()], consistent=consistent) == []


def test_wrong_examples_are_never_said() -> None:
    class Liar(Fixed):
        def examples(self, targets: Sequence[Regex], specs: Sequence[Sequence[Example]], k: int) -> list[list[Example]]:
            return [[("12", False), ("1", False)] for _ in targets]

    (spec,) = informative_examples([REGEXES[0]], [Fixed()], [Liar()], consistent=consistent, n_turns=4)
    assert spec == (("1", False),)


def brute_force(programs: Sequence[Regex], spec: Sequence[Example], columns: Sequence[Example]) -> list[float]:
    """Turn by turn: L0 over what is left, S1 over what may still be said, L1 by their product."""
    agrees = consistent(programs, list(columns))
    beliefs, given = np.ones(len(programs)), []
    for example in spec:
        alive = agrees[:, given].all(axis=1)
        for i in range(len(programs)):
            chances = {
                j: 1 / (agrees[:, j] & alive).sum()
                for j in range(len(columns))
                if j not in given and agrees[i, j] and alive[i]
            }
            j = columns.index(example)
            beliefs[i] *= chances.get(j, 0.0) / (sum(chances.values()) or 1.0)
        given.append(columns.index(example))
    return (beliefs / beliefs.sum()).tolist()


def test_the_pragmatic_listener_agrees_with_the_definition() -> None:
    every = [(text, sign) for text, sign in itertools.product(OFFERS, (True, False))]
    for spec in ([("12", True)], [("12", True), ("1", False)], [("12", True), ("a1", False), ("123", True)]):
        columns = [*spec, *(e for e in every if e not in spec)]
        got = rsa_beliefs(REGEXES, spec, alternatives=every, consistent=consistent)
        assert got.tolist() == pytest.approx(brute_force(REGEXES, spec, columns))


def test_the_listener_expects_a_helpful_speaker() -> None:
    # "12" is true of four expressions, but who meant [0-9]+ would rather have said "1".
    spec = [("12", True)]
    every = label(REGEXES[3], OFFERS) + label(REGEXES[4], OFFERS)
    belief = rsa_beliefs(REGEXES, spec, alternatives=every, consistent=consistent)
    assert belief[4] == 0
    assert belief[0] > belief[3]
    ranked = rsa_rank(REGEXES, spec, alternatives=every, consistent=consistent)
    assert set(ranked) == {0, 1, 2, 3}
    assert ranked[0] == int(np.argmax(belief))


def test_reckoning_with_the_last_example_only() -> None:
    spec = [("12", True), ("1", False)]
    every = label(REGEXES[3], OFFERS)
    last = rsa_beliefs(REGEXES, spec, alternatives=every, consistent=consistent, mode="last")
    alive = [r for r in REGEXES if consistent([r], spec[:1]).all()]
    alone = rsa_beliefs(alive, spec[1:], alternatives=[e for e in every if e != spec[0]], consistent=consistent)
    got = [last[REGEXES.index(r)] for r in alive]
    assert np.argsort(got).tolist() == np.argsort(alone).tolist()
    assert last.sum() == pytest.approx(1)
    with pytest.raises(BadInput, match="mode"):
        rsa_beliefs(REGEXES, spec, alternatives=[], consistent=consistent, mode="first")  # type: ignore[arg-type]


def test_a_prior_and_contradictions() -> None:
    belief = rsa_beliefs(REGEXES, [("12", True)], alternatives=[], consistent=consistent, prior=[1, 3, 0, 0, 9])
    assert belief.tolist() == pytest.approx([0.25, 0.75, 0, 0, 0])
    assert rsa_beliefs(REGEXES, [("", True)], alternatives=[], consistent=consistent).tolist() == [0.0] * 5
    assert rsa_rank(REGEXES, [("", True)], alternatives=[], consistent=consistent) == []


def test_self_play_keeps_the_base_models_in_the_mix() -> None:
    seen: list[int] = []
    asked: list[int] = []

    class Newer(Fixed):
        def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Regex]]:
            asked.append(k)
            return super().programs(specs, k)

    def learn(played: Sequence[Played[Regex]]) -> tuple[Newer, Newer]:
        seen.append(len(played))
        return Newer(), Newer()

    rounds = [REGEXES[:2], REGEXES[2:4], REGEXES[4:]]
    played = self_play(
        Fixed(), Fixed(), rounds, consistent=consistent, learn=learn, n_turns=2, n_programs=10, n_examples=6
    )
    assert [p.round for p in played] == [0, 0, 1, 1, 2]
    assert [p.target for p in played] == REGEXES
    assert seen == [2, 4]  # all rounds so far, and none after the last
    assert asked == [5, 5, 5, 5]  # two turns in each of two rounds, half of the programs each
    assert all(len(p.spec) == 2 for p in played)


@pytest.mark.parametrize("seed", range(3))
def test_drawn_strings_are_accepted_and_texts_read_back(seed: int) -> None:
    r = rng(seed)
    for _ in range(60):
        regex = draw_regex(r)
        texts = [draw_string(regex, r) for _ in range(5)]
        assert full_match(regex, Strings.of(texts)).all()
        again = parse_regex(regex_text(regex))
        missed = [near_miss(text, r) for text in texts]
        assert (full_match(again, Strings.of(missed)) == full_match(regex, Strings.of(missed))).all()


def test_a_pool_holds_each_behaviour_once_and_is_reproducible() -> None:
    pool = draw_pool(400, rng=rng(), n_probes=300)
    assert len(np.unique(pool.accepts, axis=0)) == len(pool.regexes) == len(pool.counts)
    assert pool.accepts.any(axis=1).all()
    assert pool.counts.sum() <= 400
    again = draw_pool(400, rng=rng(), n_probes=300)
    assert again.regexes == pool.regexes


def test_the_pools_players_speak_the_truth() -> None:
    pool = draw_pool(300, rng=rng(), n_probes=200)
    listener, speaker = PoolListener(pool, rng=rng(1)), StringSpeaker(pool, rng=rng(2))
    target = pool.regexes[7]
    (offered,) = speaker.examples([target], [[]], 30)
    assert len(offered) == 30
    assert {sign for _, sign in offered} == {True, False}
    assert consistent([target], offered).all()
    spec = offered[:3]
    (programs,) = listener.programs([spec], 1000)
    assert target in programs
    assert consistent(programs, spec).all()
    assert len(programs) == int(listener.alive(spec).sum())
    assert all(len(text) <= 15 for text in proposals(target, pool.regexes, 50, rng=rng(3)))


def test_informative_examples_leave_fewer_programs_than_random_ones() -> None:
    pool = draw_pool(500, rng=rng(), n_probes=300)
    listener, speaker = PoolListener(pool, rng=rng(1)), StringSpeaker(pool, rng=rng(2))
    targets = [pool.regexes[i] for i in range(0, len(pool.regexes), len(pool.regexes) // 12)]
    chosen = informative_examples(targets, [listener], [speaker], consistent=consistent, n_turns=2, n_examples=30)
    drawn = [offer[:2] for offer in speaker.examples(targets, [[]] * len(targets), 30)]
    left = [np.mean([listener.alive(spec).sum() for spec in specs]) for specs in (chosen, drawn)]
    assert left[0] < 0.75 * left[1]


@pytest.mark.slow
def test_a_small_learned_listener_learns_and_writes_expressions() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from unriddle.methods._regex_model import SeqListener

    listener = SeqListener(seed=0, hidden=32, embed=16)
    pairs = [(label(regex, OFFERS), regex) for regex in REGEXES]
    losses = listener.train(pairs, n_steps=150, rng=rng(), batch=16, lr=1e-2)
    assert losses[-1] < 0.2 * losses[0]
    guesses = listener.guesses([spec for spec, _ in pairs], 8)
    assert guesses == REGEXES
    before = listener.copied()
    before.train(pairs[:1], n_steps=2, rng=rng(), batch=4)
    assert listener.guesses([pairs[1][0]], 4) == [REGEXES[1]]
    with pytest.raises(BadInput, match="got none"):
        listener.train([], n_steps=1, rng=rng())


@pytest.mark.slow
def test_the_learned_experiment_runs_end_to_end() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from unriddle.lab._pragmatic_learned import Sizes, run_learned

    sizes = Sizes(
        n_drawn=200, n_base=60, base_steps=3, n_targets=4, arm_steps=2, n_held_out=5, n_turns=2, n_draws=4, hidden=16
    )
    found = run_learned(sizes, seed=0, say=lambda _: None)
    assert found.base.shape == found.random.shape == found.pragmatic.shape == (5, 2)
