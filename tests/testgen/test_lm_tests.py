import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.problem import CallTest, Problem, Returns, Signature
from unriddle.testgen.asserts_in_text import read_tests
from unriddle.testgen.lm_tests import generate_tests, is_vacuous, prompt_for_tests, sample_tests, without_examples

PROBLEM = Problem(
    "p", "Add one.", Signature("f"), stub='def f(x):\n    """Add one.\n\n    >>> f(41)\n    42\n    """\n'
)


def test_the_prompt_ends_in_an_open_assert_and_shows_no_example():
    prompt = prompt_for_tests(PROBLEM)
    assert isinstance(prompt, str)
    assert prompt.endswith("\nassert")
    assert "42" not in prompt
    assert "Add one." in prompt


def test_draws_are_read_back_with_their_cost():
    made = sample_tests(ScriptedLM(["f(1) == 2\nassert f(2) == 3", "f(1) == 2", "nonsense"]), PROBLEM, n=3)
    assert [test.source for test in made.tests] == ["assert f(1) == 2", "assert f(2) == 3", "assert f(1) == 2"]
    assert made.n_draws == 3
    assert made.n_tokens > 0


def test_the_stop_strings_of_the_procedure_end_a_draw():
    assert len(generate_tests(ScriptedLM(["f(1) == 2\ndef g(): pass\nassert f(2) == 3"]), PROBLEM, n=1)) == 1


def test_a_chat_model_may_answer_in_a_fenced_block():
    lm = ScriptedLM(["Here they are:\n```python\nassert f(1) == 2\nassert f(2) == 3\n```\nDone."])
    tests = sample_tests(lm, PROBLEM, n=1, style="chat").tests
    assert [test.source for test in tests] == ["assert f(1) == 2", "assert f(2) == 3"]
    assert isinstance(lm.prompts[0], tuple)


def test_no_draws_are_refused():
    with pytest.raises(BadInput, match="n must be 1 or more"):
        sample_tests(ScriptedLM(["x"]), PROBLEM, n=0)


@pytest.mark.parametrize(
    ("doc", "gone", "kept"),
    [
        ("Add.\n\n    Examples:\n    >>> f(1)\n    2\n\n    More.", ["Examples", ">>>", "2"], ["Add.", "More."]),
        ("Add.\n    f(1) == 2\n    f([1, (2,)]) => 3", ["=="], ["Add."]),
        ("f(n) is f(n - 1) + 1.", [], ["f(n - 1)"]),
        ("Round up. For example, f(1) is 2.", ["is 2"], ["Round up."]),
    ],
)
def test_examples_leave_the_docstring_and_the_specification_stays(doc, gone, kept):
    cut = without_examples(f'def f(x):\n    """{doc}\n    """', "f")
    assert not [word for word in gone if word in cut]
    assert not [word for word in kept if word not in cut]


def test_a_stub_that_could_not_be_read_without_its_example_stays_whole():
    stub = "def f(x):\n    'Add one, so f(1) is 2'"
    assert without_examples(stub, "f") == stub


def test_published_prompts_stay_readable_and_lose_their_sessions():
    humaneval = pytest.importorskip("unriddle.benchmarks.humaneval")
    from unriddle.language.truncate import parse
    from unriddle.prompt.stub import stub_text

    for problem in humaneval.load():
        cut = without_examples(stub_text(problem), problem.entry)
        assert parse(cut) is not None, problem.id
        assert ">>>" not in cut, problem.id


def test_vacuous_tests_are_passed_by_programs_that_know_nothing():
    text = "f(1) is not None\nassert f(1) == f(1)\nassert f(1) == 0\nassert f(1)\nassert not f(1)\nassert f(1) != 'q'"
    tests = [*read_tests([text], "f", limit=None), CallTest("f", (1,), expect=Returns([1]))]
    with open_executor(workers=2) as executor:
        found = is_vacuous(tests, PROBLEM, executor=executor)
        assert is_vacuous([], PROBLEM, executor=executor).shape == (0,)
    assert found.tolist() == [True, True, False, False, False, True, False]
