"""Rounds of repair by a trained model: what is asked again, and what counts in the end."""

import dataclasses
import json

import numpy as np
import pytest

from unriddle.benchmarks.nursery import task
from unriddle.data.formats.repair import KINDS
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm.base import Completion
from unriddle.train.feedback_plan import FeedbackPlan, repair_prompts
from unriddle.train.repair_rounds import repair_in_rounds
from unriddle.train.repairs import judge_rounds, rounds_summary

PLAN = FeedbackPlan(levels=((3, 1.0),), eval_problems=4, statement=False)


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as running:
        yield running


class Repeats:
    """Gives the bug of the prompt back, and the right program once it is asked for the ``until``-th time."""

    name = "repeats"

    def __init__(self, until=10**9, instead=None):
        self.until, self.instead, self.asked = until, instead, []
        self.right = {bug_of(prompts["none"]): task(p).reference for p, prompts in repair_prompts(PLAN)}

    def sample(self, prompts, *, n=1, options=None):
        self.asked.append(list(prompts))
        return [[Completion(self.says(prompt))] for prompt in prompts]

    def says(self, prompt):
        header, bug = prompt.rpartition("<|program|>")[2], bug_of(prompt)
        if len(self.asked) >= self.until:
            return self.right[bug][len(header) :]
        return bug[len(header) :] if self.instead is None else self.instead


def bug_of(prompt):
    return prompt.partition("<|bug|>")[2].partition("<|feedback|>")[0].partition("<|program|>")[0]


def feedback(prompt):
    return prompt.partition("<|feedback|>")[2].rpartition("<|program|>")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bug_that_comes_back_is_asked_for_in_the_words_of_training(executor, kind):
    """The sandbox's trace of the same bug on the same case must be what training showed."""
    lm = Repeats()
    rows = repair_in_rounds(lm, PLAN, kind, executor=executor, rounds=2, chains=1)
    first, second = lm.asked
    assert first == [prompts[kind] for _, prompts in repair_prompts(PLAN)]
    assert second == first
    assert [row["round"] for row in rows] == [0] * 4 + [1] * 4
    assert not any(row["passed"] for row in rows)


def test_a_program_that_dies_is_shown_without_a_trace_and_hostile_text_as_text(executor):
    lm = Repeats(instead="\n    import os\n    os._exit(3)\n")
    repair_in_rounds(lm, PLAN, "trace", executor=executor, rounds=2, chains=1)
    assert all("raises" in feedback(prompt) or "gives" in feedback(prompt) for prompt in lm.asked[1])
    assert all("\n" not in feedback(prompt) for prompt in lm.asked[1])
    lm = Repeats(instead="\n    s = '<|pro' + 'gram|>'\n    return s\n")
    repair_in_rounds(lm, PLAN, "trace", executor=executor, rounds=2, chains=1)
    assert all(prompt.count("<|program|>") == 1 for prompt in lm.asked[1])
    assert any("s = " in feedback(prompt) for prompt in lm.asked[1])


def test_chains_end_when_the_visible_cases_pass_and_are_judged_on_the_hidden_ones(executor, tmp_path):
    rows = repair_in_rounds(Repeats(until=2), PLAN, "counterexample", executor=executor, rounds=3, chains=2)
    assert [row["round"] for row in rows] == [0] * 8 + [1] * 8  # none is open in the third
    lm = Repeats(until=3)
    rows += repair_in_rounds(lm, PLAN, "counterexample", executor=executor, rounds=3, chains=2, resample=True)
    assert lm.asked[0] == lm.asked[1] == lm.asked[2]
    path = tmp_path / "rounds.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    solved = judge_rounds(PLAN, [path], executor=executor)
    assert solved["counterexample", False].shape == (4, 2, 3)
    assert solved["counterexample", False].all(axis=(0, 1)).tolist() == [False, True, True]
    assert solved["counterexample", True].all(axis=(0, 1)).tolist() == [False, False, True]
    told = rounds_summary({key: rows[:, :, :2] for key, rows in solved.items()})["counterexample"]
    assert told["repair"] == [0, 1]
    assert told["over again"]["value"] == 1
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[1:]))
    with pytest.raises(BadInput, match="lacks first programs"):
        judge_rounds(PLAN, [path], executor=executor)
    path.write_text(json.dumps({**rows[0], "round": -1}) + "\n")
    with pytest.raises(BadInput, match="line 1: not a sample"):
        judge_rounds(PLAN, [path], executor=executor)


def test_bad_settings_are_refused(executor):
    for options in ({"kind": "shuffled"}, {"kind": "none", "rounds": 0}, {"kind": "none", "chains": 0}):
        kind = options.pop("kind")
        with pytest.raises(BadInput, match="expected a kind"):
            repair_in_rounds(Repeats(), PLAN, kind, executor=executor, **options)


def test_with_statements_they_stay_in_the_prompt(executor):
    plan = dataclasses.replace(PLAN, statement=True)
    lm = Repeats()
    repair_in_rounds(lm, plan, "error", executor=executor, rounds=2, chains=1)
    assert lm.asked[0] == lm.asked[1]
    assert all(
        problem.statement in prompt for (problem, _), prompt in zip(repair_prompts(plan), lm.asked[1], strict=True)
    )


def test_shares_count_chains():
    solved = {("none", False): np.array([[[0, 1]], [[0, 0]]], np.bool_)}
    assert rounds_summary(solved) == {"none": {"repair": [0, 0.5]}}
