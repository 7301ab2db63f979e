import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._execution_prediction import read_value, same_value
from unriddle.methods.program_synthesis_llm import (
    CallItem,
    assert_overfitting,
    dialogue_repair,
    error_class,
    evaluate,
    execution_prediction,
    execution_prompt,
    exemplars,
    mathqa_prompt,
    mbpp_prompt,
    sample_programs,
)
from unriddle.outcome import Status
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.prompt import Exemplar
from unriddle.verdicts import Detail, Verdicts

P, F, E, T, X = Status.PASS, Status.FAIL, Status.ERROR, Status.TIMEOUT, Status.INFRA


def matrix(status, errors=None):
    status = np.asarray(status, np.int8)
    n, m = status.shape
    return Verdicts(
        status=status,
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.zeros((n, m), np.float32),
        prior=np.zeros(n),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
        details={cell: Detail(error=text) for cell, text in (errors or {}).items()},
    )


def problem(name, factor):
    tests = tuple(CallTest(name, (i,), expect=Returns(i * factor), name=f"t{i}") for i in (1, 2, 3))
    return Problem(name, f"Multiply by {factor}.", Signature(name, (Parameter("x"),)), tests=tests)


DOUBLE = problem("double", 2)
TRIPLE = Exemplar(problem("triple", 3), "def triple(x):\n    return 3 * x")


# prompts


def test_mbpp_prompt_shows_the_asked_number_of_asserts_and_exemplars():
    text = mbpp_prompt(DOUBLE, [TRIPLE], n_asserts=1)
    assert text.count("assert ") == 2
    assert text.count("[DONE]") == 1
    assert "return 3 * x" in text
    assert text.rstrip().endswith("[BEGIN]")
    assert mbpp_prompt(DOUBLE, []).count("assert ") == 3


def test_mbpp_prompt_without_asserts_names_the_function():
    text = mbpp_prompt(DOUBLE, [TRIPLE], n_asserts=0)
    assert "assert" not in text
    assert "def double(x)" in text
    with pytest.raises(BadInput):
        mbpp_prompt(DOUBLE, [], n_asserts=-1)


def test_exemplars_come_from_the_references_of_a_benchmark():
    benchmark = TaskBenchmark("toy", (Task(DOUBLE, DOUBLE.tests, "def double(x):\r\n    return 2 * x\r\n"),))
    assert exemplars(benchmark, ids=["double"]) == [Exemplar(DOUBLE, "def double(x):\n    return 2 * x")]
    with pytest.raises(BadInput):
        exemplars(benchmark)
    with pytest.raises(BadInput, match="no reference"):
        exemplars(TaskBenchmark("toy", (Task(DOUBLE, DOUBLE.tests),)), ids=["double"])


def test_mathqa_prompt_never_shows_the_answer():
    asked = Problem("MathQA/0", "What is 2 + 2?", Signature("problem"), tests=(CallTest("problem", expect=Returns(4)),))
    text = mathqa_prompt(asked, [])
    assert "What is 2 + 2?" in text
    assert "4" not in text
    assert "assert" not in text


# sampling


def test_samples_are_whole_programs_cut_at_the_end_marker():
    lm = ScriptedLM(["def double(x):\n    return 2 * x\n[DONE]\nTask: nonsense\n"], repeat=True)
    found = sample_programs(lm, [DOUBLE], prompts=[lambda p: mbpp_prompt(p, [TRIPLE])], n=3)
    assert [c.source.strip() for c in found["double"]] == ["def double(x):\n    return 2 * x"] * 3
    assert all(c.n_tokens > 0 and c.proposer == "scripted" for c in found["double"])


def test_an_ensemble_of_prompts_shares_the_same_total():
    lm = ScriptedLM(["def double(x):\n    return 2 * x"], repeat=True)
    prompts = [lambda p, k=k: mbpp_prompt(p, [], n_asserts=k) for k in (1, 2, 3)]
    assert len(sample_programs(lm, [DOUBLE], prompts=prompts, n=8)["double"]) == 8
    counts = [sum(text.count("assert") == k for text in lm.prompts) for k in (1, 2, 3)]
    assert counts == [3, 3, 2]
    with pytest.raises(BadInput):
        sample_programs(lm, [DOUBLE], prompts=prompts, n=2)


def test_straight_line_answers_become_the_function_asked_for():
    asked = Problem("MathQA/0", "What is 2 + 2?", Signature("problem"), tests=(CallTest("problem", expect=Returns(4)),))
    lm = ScriptedLM(["n0 = 2\nanswer = n0 + 2\n[DONE]"])
    source = sample_programs(lm, [asked], prompts=[lambda p: mathqa_prompt(p, [])], n=1)["MathQA/0"][0].source
    assert "def problem():\n    n0 = 2\n    answer = n0 + 2\n    return answer" in source


# evaluation


def test_error_classes_of_every_kind():
    verdicts = matrix(
        [[P, P], [P, F], [E, E], [E, F], [P, E], [P, T], [X, X], [X, P]],
        {(2, 0): "SyntaxError: invalid syntax", (3, 0): "TypeError: f() takes", (4, 1): "IndexError: out"},
    )
    assert [error_class(verdicts, i) for i in range(8)] == [
        "pass",
        "wrong answer",
        "syntax error",
        "type error",
        "runtime error",
        "runtime error",
        "",
        "pass",
    ]


def test_evaluate_by_hand():
    result = evaluate({"a": matrix([[P], [F], [F], [F]]), "b": matrix([[F], [F], [F], [F]])}, ks=(1, 2, 80))
    assert result.solved_by_any["value"] == 0.5
    assert result.sample_pass_rate["value"] == pytest.approx(0.125)
    assert result.pass_at_k[1]["value"] == pytest.approx(0.125)
    assert result.pass_at_k[2]["value"] == pytest.approx(0.25)
    assert 80 not in result.pass_at_k
    assert result.error_classes["wrong answer"] == 7
    assert result.solved_by_any["low"] <= 0.5 <= result.solved_by_any["high"]


def test_our_machines_failures_count_nowhere():
    result = evaluate({"a": matrix([[P], [X]])}, ks=(1,))
    assert result.n_unknown == 1
    assert result.sample_pass_rate["value"] == 1.0
    with pytest.raises(BadInput):
        evaluate({"a": matrix([[X]])})


def test_overfitting_by_hand():
    # three asserts and a hidden test: one right program, one that passes a single assert, one that passes all three
    rows = [[P, P, P, P], [P, F, F, F], [P, P, P, F]]
    one, two, three = assert_overfitting({"a": matrix(rows)})
    assert (one.rate, one.n_passed) == (3 / 7, 7)
    assert (two.rate, two.n_passed) == (0.5, 6)
    assert (three.rate, three.n_passed) == (0.5, 2)
    assert np.isnan(assert_overfitting({"a": matrix([[F, F, F, F]])})[0].rate)
    with pytest.raises(BadShape):
        assert_overfitting({"a": matrix([[P, P, P]])})


# execution prediction

ITEM = CallItem("def f(x):\n    return x + 1", "f(1)", 2, text="Add one.", asserts=("assert f(5) == 6",))


def test_each_mode_shows_what_it_says():
    code, asserts, both = (execution_prompt(ITEM, mode=mode) for mode in ("code", "asserts", "both"))
    assert ("return" in code, "f(5)" in code, "Add one" in code) == (True, False, False)
    assert ("return" in asserts, "f(5)" in asserts, "Add one" in asserts) == (False, True, True)
    assert ("return" in both, "f(5)" in both, "Add one" in both) == (True, True, True)
    assert all(text.endswith("assert f(1) ==") for text in (code, asserts, both))


def test_a_prompt_never_gives_the_value_away():
    leaky = CallItem("def f(x): ...", "f(1)", 2, asserts=("assert f(1) == 2",))
    with pytest.raises(BadInput, match="already give"):
        execution_prompt(leaky)
    with pytest.raises(BadInput, match="mode"):
        execution_prompt(ITEM, mode="none")


def test_predictions_are_scored_by_value():
    lm = ScriptedLM([" 2", " 2.0", " two", " 1 + 1", ""])
    result = execution_prediction(lm, [ITEM] * 5)
    assert result.exact.tolist() == [True, False, False, False, False]
    assert result.readable.tolist() == [True, True, False, False, False]
    assert result.accuracy == pytest.approx(0.2)
    assert np.isnan(execution_prediction(lm, []).accuracy)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(plain)
def test_every_plain_value_is_read_back(value):
    assert read_value(f" {value!r}\n[DONE]") == (True, value)
    assert same_value(value, value)


@given(st.text(max_size=200))
def test_no_text_makes_reading_fail(text):
    good, value = read_value(text)
    assert good or value is None


def test_code_in_an_answer_is_not_run():
    assert read_value("__import__('os').getpid()") == (False, None)
    assert read_value("(" * 9000) == (False, None)


# dialogue


class Recorded:
    """An executor that looks verdicts up by a piece of the source."""

    isolation = "none"

    def __init__(self, passing):
        self.passing = passing

    def run(self, candidates, tests, *, limits=None):
        rows = [[P if self.passing in c.source else F] * len(tests) for c in candidates]
        return matrix(rows)


def said(candidate: Candidate, row: Verdicts) -> str:
    return f"Wrong on {int((~row.passed).sum())} tests."


def test_dialogue_stops_at_the_first_passing_program():
    lm = ScriptedLM([f"def double(x):\n    return {k} * x\n" for k in (5, 4, 2, 9)])
    prompt = mbpp_prompt(DOUBLE, [])
    result = dialogue_repair(lm, DOUBLE, prompt=prompt, feedback=said, executor=Recorded("2 * x"))
    assert result.solved
    assert [turn.feedback for turn in result.turns] == ["Wrong on 3 tests.", "Wrong on 3 tests.", ""]
    last = lm.prompts[-1]
    assert last.startswith(prompt)
    assert last.index("5 * x") < last.index("Wrong on 3 tests.") < last.index("4 * x")
    assert last.endswith("[BEGIN]\n")


def test_dialogue_gives_up_after_its_turns():
    lm = ScriptedLM(["def double(x):\n    return 7 * x\n"], repeat=True)
    result = dialogue_repair(lm, DOUBLE, prompt="", feedback=said, executor=Recorded("2 * x"), max_turns=2)
    assert not result.solved
    assert len(result.turns) == 3
    assert result.turns[-1].feedback == ""


def test_dialogue_and_evaluation_with_the_real_sandbox():
    from unriddle.execute import open_executor

    lm = ScriptedLM(["def double(x):\n    return x + 1\n", "def double(x):\n    return 2 * x\n"])
    with open_executor(workers=1) as executor:
        result = dialogue_repair(lm, DOUBLE, prompt="", feedback=said, executor=executor)
        sources = ["def double(x):\n    return 2 * x", "def double(x):\n    return x +", "def double():\n    pass"]
        judged = evaluate({"double": executor.run([Candidate(s) for s in sources], DOUBLE.tests)})
    assert result.solved
    assert result.turns[0].feedback == "Wrong on 2 tests."
    assert judged.error_classes["pass"] == judged.error_classes["syntax error"] == 1
    assert judged.error_classes["type error"] == 1
