import numpy as np

from unriddle.lab.toy import draw, make_tasks, outputs, passes


def test_outputs_are_those_of_python():
    tree = ("min", ("*", ("x",), ("c", 3)), ("-", ("c", 5), ("x",)))
    assert outputs(tree).tolist() == [min(x * 3, 5 - x) for x in range(-12, 13)]
    assert outputs(("max", ("+", ("x",), ("c", 1)), ("c", 0))).tolist() == [max(x + 1, 0) for x in range(-12, 13)]


def test_without_noise_every_draw_is_right_and_noise_hurts():
    rng = np.random.default_rng(0)
    tasks = make_tasks(20, rng=rng)
    assert all(passes(draw(t, noise=0.0, rng=rng), t) for t in tasks)
    rates = [np.mean([passes(draw(t, noise=q, rng=rng), t) for t in tasks for _ in range(30)]) for q in (0.1, 0.5)]
    assert rates[0] > rates[1] > 0


def test_a_verifier_of_few_inputs_accepts_whatever_all_inputs_accept():
    rng = np.random.default_rng(1)
    few = np.array([12, 13])
    for task in make_tasks(10, rng=rng):
        for _ in range(20):
            tree = draw(task, noise=0.4, rng=rng)
            assert passes(tree, task, inputs=few) or not passes(tree, task)
