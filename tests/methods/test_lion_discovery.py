"""Discovery of optimisers: tasks, Lion by algebra, funnel, kept searches."""

import json
import math

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.grammar.array_program import abstract_execute
from unriddle.grammar.array_run import compile_program, run_program
from unriddle.grammar.array_simplify import simplify
from unriddle.grammar.array_text import read_program, show_program
from unriddle.methods import _lion_tasks
from unriddle.methods._lion_tasks import Scale, adamw, judge, make_tasks, program_fitness
from unriddle.methods.lion_discovery import (
    adamw_program,
    evolve,
    funnel,
    lion_program,
    meta_curve,
    optimizer_space,
    raw_lion_program,
)

TINY = Scale(60, 8, n_tasks=2, n_features=3, hidden=3)


@pytest.fixture(scope="module")
def tasks():
    return make_tasks(TINY, rng=np.random.default_rng(0), n_held=50)


def test_raw_program_is_lion_for_a_hundred_steps_and_the_simplifier_finds_it():
    raw, lion = raw_lion_program(), lion_program()
    short = simplify(raw)
    assert [line.strip() for line in show_program(short).splitlines()[1:-1]] == [
        "t1 = interp(g, v, 0.9)",
        "t2 = sign(t1)",
        "t3 = lr * t2",
        "update = t3 * 0.01",
        "v = interp(g, v, 0.9900000000000001)",
    ]
    rng, rate = np.random.default_rng(0), np.ones(1)
    momentum = np.zeros((3, 40))
    rules = [compile_program(one) for one in (raw, short, lion)]
    states = [(momentum, momentum)] * 3
    for _ in range(100):
        g = rng.normal(size=momentum.shape)
        c = 0.9 * momentum + 0.1 * g  # Lion by its published rule
        momentum = 0.99 * momentum + 0.01 * g
        for i, rule in enumerate(rules):
            update, *rest = rule(momentum, g, *states[i], rate)
            states[i] = tuple(rest)
            clear = np.abs(c) >= 1e-9
            assert np.array_equal(np.sign(update)[clear], np.sign(c)[clear])
            assert states[i][0 if i == 2 else 1] == pytest.approx(momentum, abs=1e-6)


def test_adamw_program_is_adamw_without_bias_correction():
    rng, decay, rate = np.random.default_rng(1), 0.01, 0.02
    w, m, v = rng.normal(size=(2, 5)), np.zeros((2, 5)), np.zeros((2, 5))
    for _ in range(3):
        g = rng.normal(size=w.shape)
        out = run_program(adamw_program(rate=0.02), {"w": w, "g": g, "m": m, "v": v, "lr": 0.5})
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        assert out["m"] == pytest.approx(m)
        assert out["v"] == pytest.approx(v)
        assert out["update"] == pytest.approx(0.5 * rate * (m / np.sqrt(v) + decay * w))


def test_first_step_of_the_rival_is_bias_corrected_for_every_batch_of_tasks():
    g, zero = np.array([[3.0, -0.2]]), np.zeros((1, 2))
    rule = adamw(lr=0.1, weight_decay=0.0)
    for _ in range(2):  # a new batch begins where the states are zero again
        update, m, v = rule(zero, g, zero, zero, np.ones(1))
        assert update == pytest.approx(0.1 * np.sign(g), rel=1e-6)
        assert rule(zero, g, m, v, np.ones(1))[0] == pytest.approx(0.1 * np.sign(g), rel=1e-6)


def test_gradients_are_those_of_the_loss(tasks):
    rng = np.random.default_rng(2)
    for part in tasks:
        w = part.start + 0.3 * rng.normal(size=part.start.shape)
        rule = _lion_tasks._logistic_gradient if part.kind == "logistic" else _lion_tasks._network_gradient
        g = rule(w, part.x_held, part.y_held, part.hidden)
        for j in range(w.shape[1]):
            step = np.zeros_like(w)
            step[:, j] = 1e-5
            slope = (_lion_tasks._loss(part, w + step) - _lion_tasks._loss(part, w - step)) / 2e-5
            assert g[:, j] == pytest.approx(slope, abs=1e-7)


def test_tasks_judge_and_what_is_not_finite_is_worst(tasks):
    fitness = program_fitness(tasks)
    still = read_program("def train(w, g, m, v, lr):\n    update = w * 0\n    return update, m, v\n", optimizer_space())
    assert judge(adamw(lr=0.1), tasks) > fitness(still) > -2
    assert fitness(adamw_program()) == fitness(adamw_program())
    again = make_tasks(TINY, rng=np.random.default_rng(0), n_held=50)
    assert program_fitness(again)(adamw_program()) == fitness(adamw_program())
    for bad in ("w * 1e10", "tan(w) * 1e300 * 1e300 - tan(w) * 1e300 * 1e300"):
        text = f"def train(w, g, m, v, lr):\n    update = {bad}\n    return update, m, v\n"
        assert fitness(read_program(text, optimizer_space())) == -math.inf


def test_evolution_is_resumed_where_it_stopped(tasks, tmp_path):
    fitness, path = program_fitness(tasks), tmp_path / "kept.json"

    def search(n, path=None, fitness=fitness, **more):
        rng = np.random.default_rng(5)
        return evolve(adamw_program(), fitness, rng=rng, n_children=n, population=20, path=path, save_every=50, **more)

    whole = search(200)
    calls = []

    def interrupted(program):
        calls.append(program)
        if len(calls) == 40:
            raise KeyboardInterrupt
        return fitness(program)

    with pytest.raises(KeyboardInterrupt):
        search(200, path, interrupted)
    assert path.is_file()
    assert search(200, path) == whole
    assert search(200, path, lambda program: pytest.fail("a finished search is only read")) == whole
    assert whole.n_children == 200
    assert whole.n_evaluated + whole.n_known == 201
    assert 0 < whole.redundant < 1
    assert whole.best.fitness >= whole.improvements[0].fitness == fitness(adamw_program())
    with pytest.raises(BadInput, match="another plan"):
        search(200, path, tournament=5)
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "evolution": {}}))
    with pytest.raises(BadInput, match="not a kept search"):
        search(200, path)
    candidates = whole.candidates(10)
    assert len({abstract_execute(p).key for p in candidates}) == len(candidates) <= 10
    curve = meta_curve(whole, lambda program: -fitness(program), n_points=4)
    assert [p.elsewhere for p in curve] == [-p.fitness for p in curve]
    assert curve[0].n_children == 0


def test_funnel_keeps_what_beats_the_baseline():
    programs = [lion_program(rate=rate) for rate in (0.1, 0.2, 0.3, 0.4)]
    rates = dict(zip(programs, (0.1, 0.2, 0.3, 0.4), strict=True))
    judged = []
    stages = [rates.get, lambda p: judged.append(p) or -rates[p], lambda p: pytest.fail("nobody reaches this stage")]
    left = funnel(programs, stages, baseline=[0.2, -0.1, 0.0], keep=2)
    assert left.winner == programs[2]  # the best of those that entered the last stage
    assert judged == [programs[3], programs[2]]
    assert left.n_beat == (3, 0)
    nan = funnel(programs, [lambda p: math.nan if p is programs[3] else rates[p]], baseline=[0.0])
    assert nan.winner == programs[2]
    with pytest.raises(BadInput, match="2 stages, 1 baselines"):
        funnel(programs, stages[:2], baseline=[0.1])
