"""Self-debugging with a scripted model: what each format asks and tells, and when the turns end."""

import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods.self_debug import SelfDebug, debug_rounds, takes_for_right
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

TESTS = tuple(CallTest("f", (x,), expect=Returns(2 * x), name=f"t{x}") for x in (1, 2, 3))
PROBLEM = Problem("double", "Double x.", Signature("f", (Parameter("x"),)), tests=TESTS)
UNTESTED = Problem("double", "Double x.", Signature("f", (Parameter("x"),)))


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def code(body: str) -> str:
    return f"def f(x):\n    return {body}\n"


def fenced(body: str) -> str:
    return f"```python\n{code(body)}```"


def user_turns(lm: ScriptedLM) -> list[str]:
    return [message.content for message in lm.prompts[-1] if message.role == "user"][1:]


@pytest.mark.parametrize(
    ("feedback", "n_questions", "asked"),
    [("simple", 0, ""), ("ut", 0, ""), ("ut_expl", 1, "Explain line by line"), ("ut_trace", 1, "assert f(2) == 4")],
)
def test_each_format_asks_and_tells_its_own(executor, feedback, n_questions, asked):
    lm = ScriptedLM(["I think."] * n_questions + [fenced("2 * x")])
    found = SelfDebug(lm, executor, feedback=feedback)(
        PROBLEM, budget=Budget(candidates=5), start=[Candidate(code("x + 1"))]
    )
    assert found.solved
    turns = user_turns(lm)
    assert len(turns) == n_questions + 1
    assert asked in turns[0]
    assert ("assert f(2) == 4  # the program returned 3" in turns[-1]) is (feedback != "simple")
    assert turns[-1].startswith("The program above is wrong.")


def test_it_stops_when_the_turns_are_used_up_and_gives_the_best_by_visible_tests(executor):
    lm = ScriptedLM([fenced("x + 1"), fenced("x"), fenced("0")])
    found = SelfDebug(lm, executor, feedback="ut", max_turns=2)(PROBLEM, budget=Budget())
    assert (found.solved, found.candidate.source, len(lm.prompts)) == (False, code("x + 1"), 3)


def test_a_right_program_is_left_alone(executor):
    lm = ScriptedLM([fenced("x + x")])
    found = SelfDebug(lm, executor)(PROBLEM, budget=Budget())
    assert found.solved
    assert len(lm.prompts) == 1


@pytest.mark.parametrize("feedback", ["expl", "trace"])
def test_without_tests_the_model_s_own_verdict_ends_it(executor, feedback):
    lm = ScriptedLM([fenced("x + 1"), "It adds.", "Doubling.", "Verdict: wrong", fenced("x + x"), "It doubles.",
                     "Doubling.", "So:\n**Verdict: right**"])  # fmt: skip
    found = SelfDebug(lm, executor, feedback=feedback)(UNTESTED, budget=Budget())
    assert found.candidate.source == code("x + x")
    assert not found.solved
    assert "nothing but the model's word" in found.why
    assert found.spent.candidates == 2
    assert found.spent.tokens > found.candidate.n_tokens > 0


def test_the_model_s_verdict_does_not_replace_a_program_that_passes(executor):
    script = [fenced("x + x"), "?", "?", "Verdict: wrong", fenced("x"), "?", "?", "Verdict: right"]
    found = SelfDebug(ScriptedLM(script), executor, feedback="expl")(PROBLEM, budget=Budget())
    assert found.solved
    assert found.candidate.source == code("x + x")
    both_wrong = [fenced("x + 1"), "?", "?", "Verdict: wrong", fenced("x"), "?", "?", "Verdict: right"]
    found = SelfDebug(ScriptedLM(both_wrong), executor, feedback="expl")(PROBLEM, budget=Budget())
    assert (found.solved, found.candidate.source) == (False, code("x"))


def test_the_first_program_is_chosen_by_tests_passed_then_by_how_common_its_results_are(executor):
    drawn = ["x", "x + 1", "x ** 2", "1 + x", "x * x * 0"]
    lm = ScriptedLM([*map(fenced, drawn), fenced("x + x")])
    found = SelfDebug(lm, executor, feedback="ut", init_samples=5)(PROBLEM, budget=Budget(candidates=20))
    assert found.solved
    assert code("x + 1") in lm.prompts[-1][2].content
    assert found.spent.candidates == 6


def test_last_verdict_counts():
    assert takes_for_right("Verdict: wrong\n...\nVerdict: correct.")
    assert not takes_for_right("It is right, I say.")
    assert not takes_for_right("verdict: incorrect")


def test_bad_input(executor):
    with pytest.raises(BadInput, match="feedback must be one of"):
        debug_rounds(PROBLEM, feedback="more")
    with pytest.raises(BadProblem, match="take feedback 'expl' or 'trace'"):
        SelfDebug(ScriptedLM(["x"]), executor)(UNTESTED, budget=Budget())
