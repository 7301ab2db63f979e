"""plan(): which proposers a strategy means."""

from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.lm import SampleOptions, ScriptedLM
from unriddle.pose.puzzle import puzzle_problem
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose.strategy import plan

FUNCTION = Problem("f", "", Signature("f", (Parameter("x"),)), tests=(CallTest("f", (1,), expect=Returns(2)),))
PUZZLE = puzzle_problem("def sat(b: bool):\n    return b\n", path=Path("p.py"))


def make(problem, strategy, *, lm=None):
    model = ScriptedLM(["    return None"], repeat=True) if lm is None else lm
    return plan(problem, strategy=strategy, n=5, lm=lambda: model, options=SampleOptions(), style="completion", batch=2)


def proposers(chosen):
    names = []
    while chosen.n_candidates > len(names) and (asked := chosen.proposer.ask(chosen.n_candidates - len(names))):
        names += [candidate.proposer for candidate in asked]
    return list(dict.fromkeys(names))


def test_auto_samples_functions():
    chosen = make(FUNCTION, "auto")
    assert (proposers(chosen), chosen.n_candidates) == (["sample:scripted"], 5)


def test_auto_enumerates_puzzles_and_then_samples():
    assert proposers(make(PUZZLE, "auto")) == ["enumerate", "sample:scripted"]


def test_sample_does_not_enumerate():
    assert proposers(make(PUZZLE, "sample")) == ["sample:scripted"]


def test_enumerate_never_asks_for_a_model():
    chosen = plan(
        FUNCTION, strategy="enumerate", n=1, lm=lambda: pytest.fail("asked"), options=SampleOptions(), style="chat"
    )
    assert proposers(chosen) == ["enumerate"]


def test_without_a_model_puzzles_are_enumerated_and_functions_refused():
    def nothing():
        return None

    options = SampleOptions()
    chosen = plan(PUZZLE, strategy="auto", n=5, lm=nothing, options=options, style="chat")
    assert proposers(chosen) == ["enumerate"]
    with pytest.raises(BadInput, match="needs a language model"):
        plan(FUNCTION, strategy="auto", n=5, lm=nothing, options=options, style="chat")
