"""LPW with a scripted model: every branch of planning, the calls it takes, and repair against the plan."""

import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadProblem
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods._lpw_plan import read_check, read_verification
from unriddle.methods.lpw import LPW, ucb
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose._lineage import Lineage

TESTS = tuple(CallTest("f", (x,), expect=Returns(2 * x), name=f"t{x}") for x in (2, 3))
PROBLEM = Problem("double", "Double x.", Signature("f", (Parameter("x"),)), tests=TESTS)
PLAN = "<plan>\n1. Add x to itself.\n</plan>"
GOOD = "test 1: right\ntest 2: right"


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def fenced(body: str) -> str:
    return f"```python\ndef f(x):\n    y = {body}\n    return y\n```"


def walks(*results: object, plan: str = "right") -> str:
    return "\n".join(f"<check>\nrecord: y = {r}\nresult: {r}\nplan: {plan}\n</check>" for r in results)


def text(lm: ScriptedLM, call: int) -> str:
    return "\n".join(message.content for message in lm.prompts[call])


def test_plan_verify_check_write_and_repair_against_the_walk(executor):
    lm = ScriptedLM([PLAN, walks(4, 6), GOOD, fenced("x + 2"), "It adds two.", "y is 5, not 6.", fenced("x + x")])
    found = LPW(lm, executor)(PROBLEM, budget=Budget())
    assert found.solved
    assert len(lm.prompts) == 7
    assert "1. Add x to itself." in text(lm, 3)
    assert "record: y = 6" in text(lm, 3)
    compared = lm.prompts[5][-1].content
    assert "assert f(3) == 6  # the program returned 5" in compared
    assert "record: y = 6" in compared
    assert "record: y = 4" not in compared
    assert "y = x + 2    # y = 5" in compared
    assert found.spent.tokens > sum(len(p[-1].content.split()) for p in lm.prompts)


def test_a_wrong_plan_is_revised_and_the_revision_is_verified(executor):
    wrong = "<plan>1. Add two.</plan>"
    revised = walks(4) + "\n<check>\nresult: 5\nplan: wrong\n</check>\n" + PLAN
    lm = ScriptedLM([wrong, revised, walks(4, 6), GOOD, fenced("x + x")])
    found = LPW(lm, executor)(PROBLEM, budget=Budget())
    assert found.solved
    assert "1. Add two." not in text(lm, 2)
    assert "1. Add x to itself." in text(lm, 2)


@pytest.mark.parametrize(
    "answers",
    [[walks(4)] * 3, [walks(4, 5)] * 3, [walks(4, 6), "test 1: right\ntest 2: wrong"] * 3],
    ids=["too few walks", "a result that is not the test's", "the second look disagrees"],
)
def test_a_plan_that_is_not_verified_is_given_up_after_the_last_try(executor, answers):
    lm = ScriptedLM([PLAN, *answers])
    found = LPW(lm, executor, max_plan_iters=3)(PROBLEM, budget=Budget())
    assert found.candidate is None
    assert "no plan was verified in 3 tries" in found.why
    assert len(lm.prompts) == 1 + len(answers)
    lm = ScriptedLM([PLAN, *answers, fenced("x + x")])
    assert LPW(lm, executor, max_plan_iters=3, unverified="use")(PROBLEM, budget=Budget()).solved


def test_tokens_end_the_planning(executor):
    lm = ScriptedLM([PLAN, *[walks(4)] * 20])
    found = LPW(lm, executor)(PROBLEM, budget=Budget(tokens=200))
    assert found.candidate is None
    assert "tokens budget of 200 reached" in found.why
    assert len(lm.prompts) < 6


def test_several_plans_give_several_programs_and_the_promising_one_is_repaired(executor):
    other = "<plan>1. Multiply x by two.</plan>"
    lm = ScriptedLM([PLAN, walks(4, 6), other, walks(4, 6), fenced("x"), fenced("x + 2"), "Adds.", "Differs.",
                     fenced("2 * x")])  # fmt: skip
    found = LPW(lm, executor, n_plans=2, check=False)(PROBLEM, budget=Budget())
    assert found.solved
    assert found.candidate.parents == (Candidate("def f(x):\n    y = x + 2\n    return y\n").id,)
    assert "Multiply x by two" in text(lm, 7)


def test_ucb_weighs_success_against_tries():
    def lineage(*shares: float) -> Lineage:
        return Lineage([], Candidate("x"), shares=list(shares))

    assert ucb([lineage(0.9), lineage(0.2)]) == 0
    assert ucb([lineage(0.9), lineage(0.2)], constant=0.0) == 0
    assert ucb([lineage(*[0.6] * 8), lineage(0.2)]) == 1
    assert ucb([lineage(*[0.6] * 8), lineage(0.2)], constant=0.0) == 0


def test_what_a_verification_says():
    assert read_verification(walks(4, 6), TESTS).right
    assert read_verification(walks(4, 6) + PLAN, TESTS, plan="1. Add x to itself.").right
    assert read_verification(walks(4, 6) + PLAN, TESTS, plan="1. Other.").revised == "1. Add x to itself."
    assert not read_verification(walks(4, 6, plan="wrong"), TESTS).right
    assert read_verification(walks("about four", "six"), TESTS).right
    assert not read_verification("", ()).right
    assert not read_check("test 1: right\ntest 2: right\ntest 2: wrong", 2)


def test_without_visible_tests_nothing_can_be_verified(executor):
    with pytest.raises(BadProblem, match="no plan could be verified"):
        LPW(ScriptedLM(["x"]), executor)(Problem("p", "", Signature("f")), budget=Budget())
