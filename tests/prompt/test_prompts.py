"""Prompts, one golden file each: a change of wording shows as a changed file."""

import ast
from pathlib import Path

import pytest

from unriddle.errors import BadProblem
from unriddle.lm import Message
from unriddle.problem import CallTest, CodeTest, Equality, Parameter, Problem, Raises, Returns, Satisfies, Signature
from unriddle.prompt import Exemplar, call_text, few_shot, function_prompts, puzzle_prompts, shown_test, stub_text

GOLDEN = Path(__file__).parent / "golden"

DOUBLE = Problem(
    "double",
    "Return twice the number.",
    Signature("double", (Parameter("x", "int"),), "int"),
    stub='def double(x: int) -> int:\n    """Return twice the number.\n\n    >>> double(2)\n    4\n    """\n',
    tests=(
        CallTest("double", (2,), expect=Returns(4), name="doctest 1", source="double(2)"),
        CallTest("double", (-1,), expect=Returns(-2), name="assert 1"),
    ),
)
BARE = Problem(
    "area",
    'Area of a circle of radius r; "r" is not negative.',
    Signature("area", (Parameter("r", "float"),), "float"),
    tests=(CallTest("area", (1.0,), expect=Returns(3.14159, Equality("close", atol=0.001))),),
    context="PI = 3.14159",
)
VERIFIER = "def sat(x: int, n=12):\n    return x * x == n + 4\n"
PUZZLE = Problem(
    "square",
    "",
    Signature("sol", (Parameter("n", "", "12"),), "int"),
    stub="def sol(n=12) -> int:\n",
    tests=(CallTest("sol", expect=Satisfies(VERIFIER, "sat", (), "int")),),
    kind="puzzle",
)
EXEMPLAR = Exemplar(
    Problem("one", "Return one.", Signature("one"), tests=(CallTest("one", expect=Returns(1)),)),
    "def one():\n    return 1\n",
)

PROMPTS = {
    "function_completion": lambda: function_prompts(DOUBLE),
    "function_chat": lambda: function_prompts(DOUBLE, style="chat"),
    "function_without_stub_completion": lambda: function_prompts(BARE),
    "function_without_stub_chat": lambda: function_prompts(BARE, style="chat"),
    "puzzle_completion": lambda: puzzle_prompts(PUZZLE),
    "puzzle_chat": lambda: puzzle_prompts(PUZZLE, style="chat"),
    "few_shot": lambda: few_shot(DOUBLE, [EXEMPLAR]),
    "few_shot_one_test": lambda: few_shot(
        DOUBLE, [EXEMPLAR, EXEMPLAR], n_tests=1, intro="", task="{statement}\n{tests}\n"
    ),
}


def as_text(prompt):
    return prompt if isinstance(prompt, str) else "".join(f"<{turn.role}>\n{turn.content}\n" for turn in prompt)


@pytest.mark.parametrize("name", PROMPTS)
def test_prompt_is_the_golden_one(name):
    assert as_text(PROMPTS[name]()) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_chat_is_a_system_and_a_user_message():
    prompt = function_prompts(DOUBLE, style="chat")
    assert [turn.role for turn in prompt] == ["system", "user"]
    assert all(isinstance(turn, Message) for turn in prompt)


def test_chat_says_examples_once_and_as_asserts():
    text = as_text(function_prompts(DOUBLE, style="chat"))
    assert ">>>" not in text
    assert text.count("assert double(2) == 4") == 1


def test_built_stub_is_python_whatever_the_statement_holds():
    for statement in ('say """hi"""', 'ends with a quote"', "back\\slash\\", "two\nlines"):
        source = stub_text(Problem("p", statement, Signature("f"))) + "    return 1\n"
        assert ast.get_docstring(ast.parse(source).body[0])


def test_tests_read_like_python():
    assert call_text(CallTest("f", ([1],), {"k": "a"})) == "f([1], k='a')"
    assert shown_test(CallTest("f", expect=Raises("ValueError"))) == "f()  # raises ValueError"
    assert shown_test(CallTest("f", expect=Returns({1}, Equality("set")))) == "assert set(f()) == {1}"
    assert shown_test(CallTest("f", expect=Returns(False, Equality("truth")))) == "assert not f()"
    assert shown_test(CallTest("f")) == "f()"
    assert shown_test(CodeTest("x = f()\nassert x\n")) == "x = f()\nassert x"


def test_puzzle_prompt_needs_a_verifier():
    with pytest.raises(BadProblem, match="no test has a verifier"):
        puzzle_prompts(DOUBLE)


def test_few_shot_ends_with_an_open_program():
    assert few_shot(DOUBLE, [], begin="<code>", end="</code>").endswith("<code>")
