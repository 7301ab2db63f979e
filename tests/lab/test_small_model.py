"""A small model in a debugging loop: what is counted. The model is scripted."""

from functools import partial

import pytest

from unriddle.benchmarks.base import Task
from unriddle.execute import open_executor
from unriddle.lab import _small_model
from unriddle.lab.base import Context
from unriddle.lab.ldb import _small as by_ldb
from unriddle.lab.lpw import _small as by_lpw
from unriddle.lm.base import Completion
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

TEST = CallTest("f", (2,), expect=Returns(4), name="shown")
PROBLEM = Problem("t", "Twice x.", Signature("f", (Parameter("x"),)), stub="def f(x):\n", tests=(TEST,))
TASK = Task(PROBLEM, (CallTest("f", (5,), expect=Returns(10), name="hidden"),), "")
WRONG, RIGHT, BY_CHANCE = (f"```python\ndef f(x):\n    return {text}\n```" for text in ("x", "2 * x", "x * x"))


class Scripted:
    """Gives its answers in order, the last one again and again."""

    name = "scripted"

    def __init__(self, answers):
        self.answers, self.n = answers, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def sample(self, prompts, *, n=1, options=None):
        self.n += 1
        return [[Completion(self.answers[min(self.n, len(self.answers)) - 1])] for _ in prompts]


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


@pytest.mark.parametrize(
    ("loop", "answers", "counts", "told"),
    [
        (by_ldb, [WRONG, WRONG, "blocks", RIGHT], (1, 0), "3 answers; no answer counts as the first program; 1 went"),
        (by_ldb, [RIGHT], (1, 1), "1 answers"),
        (by_ldb, [RIGHT, BY_CHANCE], (0, 1), "1 from right to wrong"),
        (by_ldb, [WRONG], (0, 0), "5 answers"),  # one program, and twice a question and a repair
        (by_lpw, [WRONG, "plan", "no", "no", RIGHT], (1, 0), "1 went from wrong to right"),
    ],
)
def test_answers_and_flips_are_counted(executor, monkeypatch, loop, answers, counts, told):
    monkeypatch.setattr(_small_model, "problems", lambda n: [TASK])
    monkeypatch.setattr(_small_model, "missing_model", lambda: "")
    monkeypatch.setattr("unriddle.lm.embedded.EmbeddedLM", lambda: Scripted(answers))
    made = _small_model.loop_claim("it", partial(loop, executor), preset="full", executor=executor, context=Context())
    after, before = counts
    if before:
        assert (made.measured, made.baseline) == counts
        assert made.held is (after >= before)
    else:  # what cannot be lost is no success of the loop
        assert made.held is None
        assert f"no first program is right; {after} answers are" in made.note
    assert told in made.note


def test_without_the_model_or_in_the_small_preset_it_is_not_run(executor, monkeypatch):
    monkeypatch.setattr(_small_model, "missing_model", lambda: "pip install it")
    for preset, why in (("small", "full preset only"), ("full", "pip install it")):
        made = _small_model.loop_claim("it", by_ldb, preset=preset, executor=executor, context=Context())
        assert made.held is None
        assert why in made.note
