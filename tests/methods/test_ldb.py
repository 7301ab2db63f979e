"""LDB with a scripted model: blocks of a real run in the question, verdicts read back, repair until the tests pass."""

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadProblem
from unriddle.execute import open_executor
from unriddle.execute.trace import trace
from unriddle.lm import ScriptedLM
from unriddle.methods._ldb_blocks import shown_blocks
from unriddle.methods.ldb import LDB, BlockVerdict, block_rounds, read_block_verdicts
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

TESTS = (
    CallTest("total", ([1, 2, 3],), expect=Returns(6), name="a"),
    CallTest("total", ([],), expect=Returns(0), name="b"),
)
PROBLEM = Problem("total", "The sum of a list.", Signature("total", (Parameter("xs"),)), tests=TESTS)
WRONG = "def total(xs):\n    s = 0\n    for x in xs[1:]:\n        s += x\n    return s\n"
RIGHT = WRONG.replace("xs[1:]", "xs")
VERDICTS = '{"block": "BLOCK-0", "correct": true, "explanation": "s is 0"}\n{"block": "BLOCK-1", "correct": false}'


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def fenced(source: str) -> str:
    return f"```python\n{source}```"


def test_the_model_sees_the_blocks_of_the_failing_run_and_repairs(executor):
    lm = ScriptedLM([fenced(WRONG), VERDICTS, fenced(RIGHT)])
    found = LDB(lm, executor)(PROBLEM, budget=Budget(candidates=5))
    assert found.solved
    assert found.candidate.source == RIGHT
    assert found.candidate.parents == (Candidate(WRONG).id,)
    question, request = (lm.prompts[i][-1].content for i in (1, 2))
    assert "assert total([1, 2, 3]) == 6  # the program returned 5" in question
    assert "[BLOCK-0]\n    # xs=[1, 2, 3]\n    s = 0\n    # xs=[1, 2, 3] s=0\n[BLOCK-1]" in question
    assert "# the run returned 5" in question
    assert "fix the program" in request
    assert read_block_verdicts(found.candidate.meta["answers"][0])[1].correct is False
    assert found.spent.candidates == 2


def test_it_stops_after_the_asked_number_of_repairs_and_gives_the_best(executor):
    worse = "def total(xs):\n    return None\n"
    lm = ScriptedLM(["Hm.", fenced(worse)], repeat=True)
    found = LDB(lm, executor, max_iters=2)(PROBLEM, budget=Budget(candidates=50), start=[Candidate(WRONG)])
    assert not found.solved
    assert found.candidate.source == WRONG
    assert len(lm.prompts) == 4


def test_the_budget_ends_it_too(executor):
    lm = ScriptedLM(["Hm.", fenced(WRONG)], repeat=True)
    found = LDB(lm, executor)(PROBLEM, budget=Budget(candidates=3), start=[Candidate(WRONG)])
    assert (found.spent.candidates, len(lm.prompts)) == (3, 4)
    assert "budget" in found.why


@pytest.mark.parametrize(
    ("source", "told"), [("def total(xs:\n", "SyntaxError"), ("def sum(xs):\n    return 0\n", "total")]
)
def test_what_cannot_be_traced_is_told_in_words(executor, source, told):
    rounds = block_rounds(PROBLEM, executor=executor, rng=np.random.default_rng(0))
    asked = rounds(Candidate(source), executor.run([Candidate(source)], TESTS))
    assert asked.questions == ()
    assert told in asked.request


def test_a_run_that_raises_or_never_ends_is_shown_as_far_as_it_came(executor):
    rounds = block_rounds(PROBLEM, executor=executor, rng=np.random.default_rng(0), choose_test="first")
    for body, told in (
        ("    s = 1\n    return s[0]\n", "raised TypeError"),
        ("    while xs:\n        pass\n", "stopped"),
    ):
        program = Candidate(f"def total(xs):\n{body}")
        (question,) = rounds(program, executor.run([program], TESTS)).questions
        assert "[BLOCK-0]" in question
        assert told in question.partition("# the run")[2]


@pytest.mark.parametrize(("level", "n_shown"), [("block", 10), ("line", 30), ("function", 1)])
def test_long_runs_lose_their_middle(executor, level, n_shown):
    seen = trace(RIGHT, "total(list(range(40)))", executor=executor)
    text = shown_blocks(seen, level=level)
    assert text.count("[BLOCK-") == n_shown
    assert len(text.splitlines()) <= 34 if level == "function" else "[BLOCK-0]" in text
    assert "_ret=780" in text


def test_verdicts_in_several_forms():
    text = (
        'Here:\n{"block": "BLOCK-0", "correct": "True", "explanation": "fine"}\n```json\n{\n "block": "BLOCK-2",\n '
        '"correct": false,\n "explanation": "off by one"\n}\n```\n{"block": "BLOCK-3"}\n{not json}\n'
        "[BLOCK-4] Feedback: INCORRECT. It skips.\n[BLOCK-5] [PASS]\n"
    )
    assert read_block_verdicts(text) == [
        BlockVerdict(0, True, "fine"),
        BlockVerdict(2, False, "off by one"),
        BlockVerdict(4, False, "It skips"),
        BlockVerdict(5, True, ""),
    ]
    assert read_block_verdicts("no verdict at all") == []


def test_without_visible_tests_there_is_nothing_to_debug(executor):
    with pytest.raises(BadProblem, match="no visible tests"):
        LDB(ScriptedLM(["x"]), executor)(Problem("p", "", Signature("f")), budget=Budget())
