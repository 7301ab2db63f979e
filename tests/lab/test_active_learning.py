import numpy as np
import pytest

from unriddle.lab._mapo_programs import program_questions
from unriddle.lab.active_learning import _interval, _table, experiment
from unriddle.lab.base import Context


def test_programs_fit_the_examples_and_differ_on_the_inputs():
    questions, programs = program_questions(25, n_queries=10, noise=0.1, rng=np.random.default_rng(0))
    assert questions.shape == (25, 10)
    assert len(set(programs)) == 25
    # Our own grammar made them, so they may be evaluated here.
    on_examples = {
        tuple(eval(p, {"__builtins__": {"abs": abs, "min": min, "max": max}}, {"x": x}) for x in (2, 3))
        for p in programs
    }
    assert len(on_examples) == 1


def test_tables_have_different_rows():
    questions = _table(6, 5, noise=0.2, rng=np.random.default_rng(0))
    assert questions.shape == (6, 5)


def test_intervals_are_those_of_student():
    stats = pytest.importorskip("scipy.stats")
    values = np.array([0.1, 0.4, 0.2])
    want = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert _interval(values) == pytest.approx(want, abs=1e-4)
    assert _interval(values[:1]) == (None, None)


@pytest.mark.slow
def test_the_small_preset_beats_splitting():
    pytest.importorskip("torch")
    claims = experiment("small", seed=0, context=Context())
    beats = [c for c in claims if "against noiseless splitting" in c.name]
    assert any(c.held for c in beats)
    gradients = [c for c in claims if "gradient" in c.name]
    assert all(c.held for c in gradients)
