"""Sample: draws of a language model as candidates."""

import pytest

from unriddle.errors import BadInput
from unriddle.lm import Completion, SampleOptions, ScriptedLM
from unriddle.problem import CallTest, Parameter, Problem, Returns, Satisfies, Signature
from unriddle.propose import Sample
from unriddle.verdicts import Verdicts

DOUBLE = Problem(
    "double",
    "Twice x.",
    Signature("double", (Parameter("x"),)),
    stub='def double(x):\n    """Twice x."""\n',
    tests=(CallTest("double", (2,), expect=Returns(4)),),
)


class Recorder:
    """A language model that notes what it is asked."""

    name = "recorder"

    def __init__(self):
        self.calls = []

    def sample(self, prompts, *, n=1, options=None):
        self.calls.append((list(prompts), n, options))
        return [
            [
                Completion(
                    f"    return x + {options.first_draw + i}",
                    prompt_tokens=10,
                    completion_tokens=3,
                    logprob=-1.5 * (i + 1),
                )
                for i in range(n)
            ]
            for _ in prompts
        ]


def test_candidates_carry_program_prior_tokens_and_origin():
    (first, second, third) = Sample(DOUBLE, Recorder()).ask(3)
    assert first.source == DOUBLE.stub + "    return x + 0\n"
    assert (first.prior, second.prior, third.prior) == (-1.5, -3.0, -4.5)
    assert first.n_tokens + second.n_tokens + third.n_tokens == 3 * 3 + 10
    assert first.proposer == "sample:recorder"
    assert second.meta == {"completion": "    return x + 1", "finish_reason": "stop", "draw": 1}


def test_draws_go_on_counting_over_asks():
    lm = Recorder()
    proposer = Sample(DOUBLE, lm, options=SampleOptions(seed=7), batch=4)
    sources = [c.source for k in (2, 9, 1) for c in proposer.ask(k)]
    assert [(n, options.first_draw, options.seed) for _, n, options in lm.calls] == [(2, 0, 7), (4, 2, 7), (1, 6, 7)]
    assert len(set(sources)) == 7


def test_temperature_zero_has_one_draw():
    proposer = Sample(DOUBLE, Recorder(), options=SampleOptions(temperature=0))
    assert len(proposer.ask(5)) == 1
    assert proposer.ask(5) == []


def test_stop_strings_of_the_style_are_added_to_the_users():
    lm = Recorder()
    Sample(DOUBLE, lm, options=SampleOptions(stop=("END",))).ask(1)
    assert {"END", "\ndef ", "\n```"} <= set(lm.calls[0][2].stop)


def test_puzzles_are_asked_with_their_verifier():
    lm = Recorder()
    test = CallTest("sol", expect=Satisfies("def sat(x: int):\n    return x == 1\n", type="int"))
    problem = Problem("p", "", Signature("sol"), tests=(test,), kind="puzzle")
    Sample(problem, lm, style="chat").ask(1)
    assert "def sat(x: int)" in lm.calls[0][0][0][1].content


def test_own_prompt_with_few_shot_extraction():
    lm = ScriptedLM(["def double(x):\n    return 2 * x\n[DONE]\nTask: more"])
    (candidate,) = Sample(DOUBLE, lm, style="few_shot", prompt="examples first").ask(1)
    assert candidate.source.strip() == "def double(x):\n    return 2 * x"
    assert lm.prompts == ["examples first"]


def test_tell_is_ignored():
    proposer = Sample(DOUBLE, Recorder())
    proposer.tell(proposer.ask(1), Verdicts.empty(["t"]))
    assert len(proposer.ask(1)) == 1


def test_bad_arguments():
    with pytest.raises(BadInput, match="needs the prompt"):
        Sample(DOUBLE, Recorder(), style="few_shot")
    with pytest.raises(BadInput, match="batch must be 1 or more, got 0"):
        Sample(DOUBLE, Recorder(), batch=0)
