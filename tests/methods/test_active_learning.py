import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.methods import active_learning as al
from unriddle.methods._mapo_play import play_out, soft_loss
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts

TINY = [[0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 0]]
RULES = {"random": al.random, "splitting": al.splitting, "noisy": al.noisy_splitting, "gain": al.information_gain}


def thresholds(n):
    """Hypothesis i says yes to query j when j >= i: binary search is best."""
    return al.make_questions([[int(j >= i) for j in range(n - 1)] for i in range(n)], noise=0.1)


# questions


def test_hypotheses_that_answer_alike_are_one():
    q = al.make_questions([[7, 3], [7, 3], [9, 3], [7, 4]])
    assert q.shape == (3, 2)
    assert q.member.tolist() == [0, 0, 1, 2]
    assert q.n_answers.tolist() == [2, 2]
    assert q.loss.tolist() == (1 - np.eye(3)).tolist()


def test_a_loss_of_ones_own_follows_the_merge():
    loss = np.arange(9.0).reshape(3, 3)
    assert al.make_questions([[0], [0], [1]], loss=loss).loss.tolist() == [[0.0, 2.0], [6.0, 8.0]]


def test_questions_of_a_matrix():
    def matrix(status):
        shape = np.shape(status)
        value = np.where(np.asarray(status) == Status.PASS, 1, -1).astype(np.int32)
        return Verdicts(
            np.asarray(status, np.int8),
            value,
            np.zeros(shape, np.float32),
            np.zeros(shape[0]),
            tuple("abc"[: shape[0]]),
            tuple("xyz"[: shape[1]]),
            values=(b"0", b"1"),
        )

    q = al.questions_of(matrix([[Status.PASS, Status.ERROR], [Status.PASS, Status.TIMEOUT]]))
    assert q.n_answers.tolist() == [1, 2]
    with pytest.raises(BadInput, match="SKIPPED"):
        al.questions_of(matrix([[Status.PASS, Status.SKIPPED]]))


@pytest.mark.parametrize("answers", [[], [[]], [1, 2], np.zeros((0, 3))])
def test_a_matrix_is_needed(answers):
    with pytest.raises(BadShape, match="make_questions"):
        al.make_questions(answers)


def test_noise_and_loss_are_checked():
    for noise in (0.0, 0.5, float("nan")):
        with pytest.raises(BadInput, match="noise"):
            al.make_questions(TINY, noise=noise)
    with pytest.raises(BadShape, match="loss"):
        al.make_questions(TINY, loss=np.zeros((3, 3)))
    with pytest.raises(BadInput, match="finite"):
        al.make_questions(TINY, loss=np.full((4, 4), np.nan))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_posterior_is_bayes_by_hand(seed):
    rng = np.random.default_rng(seed)
    q = al.make_questions(rng.integers(0, 4, (5, 4)), noise=0.2)
    play = al.Play.begin(q, b=1, n_questions=6)
    chance = np.ones(q.shape[0])
    for _ in range(6):
        x = int(rng.integers(4))
        y = int(rng.integers(q.n_answers[x]))
        play.add(np.array([x]), np.array([y]))
        if q.n_answers[x] > 1:
            chance *= np.where(q.answers[:, x] == y, 0.8, 0.2 / (q.n_answers[x] - 1))
    np.testing.assert_allclose(play.posterior()[0], chance / chance.sum(), rtol=1e-4)


# rules


def test_halving_finds_a_threshold_in_log_n_questions():
    q = thresholds(16)
    for name in ("splitting", "noisy", "gain"):
        policy = RULES[name](q, n_questions=4)
        for truth in range(16):
            history = []
            for _ in range(4):
                x = policy.next(history)
                history.append((x, int(q.answers[truth, x])))
            assert policy.recommend(history) == truth


def test_rules_are_chances_and_prefer_what_divides():
    q = al.make_questions([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]])
    play = al.Play.begin(q, b=3, n_questions=4)
    for rule in RULES.values():
        np.testing.assert_allclose(rule(q, n_questions=4).chances(play).sum(axis=1), 1)
    assert al.splitting(q, n_questions=4).chances(play)[0].tolist() == [0.0, 0.5, 0.5]
    assert al.information_gain(q, n_questions=4).chances(play)[0].tolist() == [0.0, 0.5, 0.5]


def test_information_gain_is_the_mutual_information():
    rng = np.random.default_rng(0)
    q = al.make_questions(rng.integers(0, 3, (6, 5)), noise=0.15)
    prior = np.full(q.shape[0], 1 / q.shape[0])
    gains = []
    for x in range(5):
        a = int(q.n_answers[x])
        table = np.full((q.shape[0], a), 0.15 / max(a - 1, 1))
        table[np.arange(q.shape[0]), q.answers[:, x]] = 0.85 if a > 1 else 1.0
        joint = prior[:, None] * table
        gains.append((joint * np.log(joint / (prior[:, None] * joint.sum(axis=0)))).sum())
    chances = al.information_gain(q, n_questions=3).chances(al.Play.begin(q, b=1, n_questions=3))[0]
    assert np.flatnonzero(chances).tolist() == np.flatnonzero(np.array(gains) > max(gains) - 1e-9).tolist()


def test_splitting_survives_contradictions():
    q = thresholds(4)
    policy = al.splitting(q, n_questions=5)
    history = [(0, 1), (1, 0), (2, 0), (0, 0)]
    assert 0 <= policy.next(history) < 3
    assert 0 <= policy.recommend(history) < 4


def test_answers_nobody_gives_say_nothing():
    q = thresholds(4)
    policy = al.noisy_splitting(q, n_questions=3)
    assert policy.next([(1, 99)]) == policy.next([(1, -5)]) == policy.next([])


def test_histories_are_checked():
    policy = al.random(thresholds(4), n_questions=2)
    with pytest.raises(BadInput, match="spent"):
        policy.next([(0, 0), (1, 0)])
    with pytest.raises(BadInput, match=r"0\.\.2"):
        policy.recommend([(3, 0)])
    with pytest.raises(BadInput, match="at most 2"):
        policy.recommend([(0, 0)] * 3)


# plays


def test_noise_is_drawn_as_said_and_wrong_answers_evenly():
    q = al.make_questions([[0, 0], [1, 0], [2, 0]], noise=0.3)
    rng = np.random.default_rng(0)
    b = 30_000
    done = play_out(
        q,
        lambda play: np.tile([1.0, 0.0], (b, 1)),
        hypothesis=np.zeros(b, int),
        noise=np.full(b, 0.3),
        n_questions=1,
        rng=rng,
    )
    assert done.wrong.mean() == pytest.approx(0.3, abs=0.01)
    misses = done.play.misses
    assert (misses[:, 1] == 0).mean() == pytest.approx(0.15, abs=0.01)
    assert (misses[:, 2] == 0).mean() == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("name", RULES)
def test_simulated_losses_are_the_exact_ones(name):
    q = al.make_questions(TINY, noise=0.2)
    policy = RULES[name](q, n_questions=3)
    exact = al.exact_losses(policy, hypothesis=np.arange(4), noise=np.full(4, 0.15))
    mean, error = al.mean_loss(policy, noise=0.15, rng=np.random.default_rng(0), n_plays=40_000)
    assert mean == pytest.approx(exact.mean(), abs=4 * error)
    worst = al.worst_loss(policy, noise=0.15, rng=np.random.default_rng(1))
    assert worst.low - 0.01 <= exact.max() <= worst.high + 0.01


def test_no_policy_is_better_than_the_optimum_and_some_recommender_may_help():
    pytest.importorskip("scipy")
    q = al.make_questions(TINY, noise=0.2)
    h, noise = np.repeat(np.arange(4), 2), np.tile([0.05, 0.2], 4)
    best = al.minimax_loss(q, hypothesis=h, noise=noise, n_questions=3)
    free = al.minimax_loss(q, hypothesis=h, noise=noise, n_questions=3, free=True)
    assert free <= best + 1e-9
    for rule in RULES.values():
        assert best <= al.exact_losses(rule(q, n_questions=3), hypothesis=h, noise=noise).max() + 1e-6


def test_the_optimum_of_games_solved_by_hand():
    pytest.importorskip("scipy")
    two = al.make_questions([[0], [1]], noise=0.1)
    h, noise = np.arange(2), np.full(2, 0.25)
    assert al.minimax_loss(two, hypothesis=h, noise=noise, n_questions=1) == pytest.approx(0.25)
    # Of three answers two or more are right.
    assert al.minimax_loss(two, hypothesis=h, noise=noise, n_questions=3) == pytest.approx(0.25**3 + 3 * 0.25**2 * 0.75)
    # Three hypotheses, one question that singles out one of them at a time: guess among the other two.
    three = al.make_questions(np.eye(3, dtype=int))
    assert al.minimax_loss(three, hypothesis=np.arange(3), noise=np.zeros(3), n_questions=1) == pytest.approx(1 / 3)
    assert al.minimax_loss(
        three, hypothesis=np.arange(3), noise=np.zeros(3), n_questions=1, free=True
    ) == pytest.approx(1 / 3)


def test_exact_computations_refuse_what_is_too_large():
    with pytest.raises(BadInput, match="histories"):
        al.exact_losses(al.random(thresholds(12), n_questions=9), hypothesis=np.arange(2), noise=np.zeros(2))


# learning


def test_difficulty():
    assert al.difficulty([0.0, 0.25]).tolist() == [1.0, 4.0]


def weights_and_particles(rng):
    q = al.make_questions(TINY, noise=0.2)
    weights = {
        name: (array + rng.normal(0, 0.01 if name == "dial" else 0.3, array.shape)).astype(np.float32)
        for name, array in al.new_weights(q, width=4, rng=rng).items()
    }
    particles = al.new_particles(q, {0.3: 0.0}, rng=rng, each=1)
    particles.noise, particles.score = 0.1 + 0.2 * rng.random(4), rng.normal(0, 1, 4)
    return q, weights, particles


def test_exact_gradient_is_that_of_the_exact_loss():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    q, weights, particles = weights_and_particles(rng)
    gradient, slopes = al.exact_gradients(q, weights, particles, n_questions=2, sharpness=200.0)

    def value(weights, noise):
        policy = al.LearnedPolicy(q, 2, weights)
        return al.exact_losses(policy, hypothesis=particles.hypothesis, noise=noise)

    step = 1e-2
    for name in ("w3", "skip", "b3"):
        moved = {sign: dict(weights) for sign in (-1, 1)}
        for sign, arrays in moved.items():
            arrays[name] = weights[name].copy()
            arrays[name].flat[1] += sign * step
        up, down = (particles.weight() @ value(moved[sign], particles.noise) for sign in (1, -1))
        assert gradient[name].flat[1] == pytest.approx((up - down) / (2 * step), abs=2e-4)
    up, down = (value(weights, particles.noise + sign * 1e-4) for sign in (1, -1))
    np.testing.assert_allclose(slopes, (up - down) / 2e-4, atol=1e-3)


def test_sampled_gradients_are_unbiased():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    q, weights, particles = weights_and_particles(rng)
    exact, slopes = al.exact_gradients(q, weights, particles, n_questions=3, sharpness=5.0)
    flat = lambda parts: np.concatenate([parts[name].ravel() for name in sorted(exact)])  # noqa: E731
    for baseline in (True, False):
        found = al.policy_gradient(
            q, weights, particles, n_questions=3, each=20_000, sharpness=5.0, rng=rng, baseline=baseline
        )
        assert np.linalg.norm(flat(found) - flat(exact)) < 0.1 * np.linalg.norm(flat(exact))
    policy = al.LearnedPolicy(q, 3, weights)
    hypothesis = np.repeat(particles.hypothesis, 20_000)
    done = play_out(
        q, policy.chances, hypothesis=hypothesis, noise=np.repeat(particles.noise, 20_000), n_questions=3, rng=rng
    )
    loss = soft_loss(done.play, hypothesis, sharpness=5.0).reshape(4, -1)
    np.testing.assert_allclose(al.noise_gradient(done, loss, particles.noise), slopes, rtol=0.1)


def test_the_adversary_goes_where_it_hurts():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    q = al.make_questions([[0, 0], [0, 1], [1, 0]], loss=[[0, 1, 1], [1, 0, 1], [1, 1, 0]], noise=0.2)
    particles = al.new_particles(q, {0.4: 0.0}, rng=rng, each=1)
    particles.noise[:] = 0.1
    frozen = al.Recipe(steps=60, episodes=300, width=4, rate=1e-9)
    al.optimise(q, al.new_weights(q, width=4, rng=rng), particles, n_questions=1, recipe=frozen, rng=rng)
    assert particles.noise.min() > 0.1  # more noise never helps the policy
    assert particles.noise.max() <= 0.4
    exact = al.exact_losses(al.random(q, n_questions=1), hypothesis=np.arange(3), noise=np.full(3, 0.4))
    assert particles.weight().argmax() == exact.argmax()


def test_a_learned_policy_halves_and_is_kept(tmp_path):
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    q = thresholds(8)
    recipe = al.Recipe(steps=60, episodes=128, width=8)
    policy = al.learn_policy(q, rng=rng, n_questions=4, noises=(0.02, 0.1), recipe=recipe)
    assert len(policy.values) == 2
    random_loss = al.mean_loss(al.random(q, n_questions=4), noise=0.02, rng=rng, n_plays=2000)[0]
    assert al.mean_loss(policy, noise=0.02, rng=rng, n_plays=2000)[0] < random_loss - 0.1
    al.save_policy(policy, tmp_path / "policy.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["policy.npz"]
    back = al.load_policy(tmp_path / "policy.npz")
    history = [(3, 1), (1, 0)]
    assert back.next(history) == policy.next(history)
    assert back.recommend(history) == policy.recommend(history)
    assert (back.noises, back.values, back.n_questions) == (policy.noises, policy.values, 4)
    assert 0 <= back.next(history, rng=rng) < 7


def test_damaged_policies_are_refused(tmp_path):
    with pytest.raises(BadInput, match="not a saved policy"):
        al.load_policy(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(BadInput, match="not a saved policy"):
        al.load_policy(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", meta=np.frombuffer(json.dumps({"kind": "x"}).encode(), np.uint8))
    with pytest.raises(BadInput, match="save_policy"):
        al.load_policy(tmp_path / "other.npz")
    np.savez(tmp_path / "objects.npz", meta=np.array([{}], dtype=object))
    with pytest.raises(BadInput, match="not a saved policy"):
        al.load_policy(tmp_path / "objects.npz")


def test_what_cannot_be_learned_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="one hypothesis"):
        al.learn_policy(al.make_questions([[0], [0]]), rng=rng)
    with pytest.raises(BadInput, match="1 or more"):
        al.learn_policy(thresholds(4), rng=rng, n_questions=0)
    for noises in ((), (0.2, 0.1), (0.0,), (0.5,)):
        with pytest.raises(BadInput, match="noises"):
            al.learn_policy(thresholds(4), rng=rng, noises=noises)


def test_the_table_of_standings():
    q = thresholds(6)
    policies = {"random": al.random(q, n_questions=3), "splitting": al.splitting(q, n_questions=3)}
    table = al.evaluate(
        policies, noises=(0.02, 0.2), rng=np.random.default_rng(0), values=(0.1, 0.3), n_search=50, n_final=500
    )
    easy, hard = table["splitting"]
    assert easy.worst.loss < hard.worst.loss
    assert easy.gap == pytest.approx(easy.worst.loss - 0.1)
    assert table["random"][0].worst.loss > easy.worst.loss
    assert easy.mean <= easy.worst.high


def test_nothing_heavy_is_imported():
    code = (
        "import sys, unriddle.methods.active_learning as a; print([m for m in ('torch', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
