"""Tests that a language model adds to a written file."""

import ast

import pytest

from unriddle.cli.testgen_lm import with_lm_tests
from unriddle.execute.python import PythonExecutor
from unriddle.lm import ScriptedLM

SOURCE = "def sign(n):\n    if n > 0:\n        return 1\n    if n < 0:\n        return -1\n    return 0\n"
KNOWN = '"""Tests."""\n\nfrom m import sign\n\n\ndef test_sign():\n    assert sign(3) == 1\n'


@pytest.fixture(scope="module")
def executor():
    with PythonExecutor(packages=["pytest"], workers=1) as running:
        yield running


def added(monkeypatch, executor, answers, text=KNOWN):
    monkeypatch.setattr("unriddle.lm.names.load", lambda name: ScriptedLM(answers))
    return with_lm_tests(
        text, SOURCE, lm="scripted", n=len(answers), module="m", program=SOURCE, executor=executor, seed=0
    )


def test_only_tests_that_pass_and_take_new_branches_are_kept(monkeypatch, executor):
    answers = [
        "def test_negative():\n    assert sign(-2) == -1\n",
        "def test_wrong():\n    assert sign(0) == 5\n",
        "def test_same_again():\n    assert sign(7) == 1\n",
        "def test_sign():\n    assert sign(0) == 0\n",
        "I cannot help with that.",
    ]
    made = added(monkeypatch, executor, answers)
    assert made.n_drawn == 5
    assert set(made.names) == {"test_negative", "test_sign_2"}  # a name that is taken gets a number
    tree = ast.parse(made.text)
    assert next(n.name for n in tree.body if isinstance(n, ast.FunctionDef)) == "test_sign"
    assert made.text.count("# written by scripted") == 2
    assert "test_wrong" not in made.text


def test_where_nothing_is_kept_the_file_stays_as_it_is(monkeypatch, executor):
    assert added(monkeypatch, executor, ["def test_x():\n    assert sign(1) == 9\n"]).text == KNOWN
    assert added(monkeypatch, executor, ["nothing"], text="").text == ""


def test_without_tests_of_ours_the_file_begins_with_imports(monkeypatch, executor):
    made = added(monkeypatch, executor, ["def test_zero():\n    assert sign(0) == 0\n"], text="")
    assert "from m import sign" in made.text
    assert made.names == ("test_zero",)
    text = "def test_text():\n    with pytest.raises(TypeError):\n        sign('a')\n"
    source = SOURCE.replace("    if n > 0", "    if n == 'a':\n        raise TypeError\n    if n > 0")
    monkeypatch.setattr("unriddle.lm.names.load", lambda name: ScriptedLM([text]))
    made = with_lm_tests("", source, lm="x", n=1, module="m", program=source, executor=executor, seed=0)
    assert made.names == ("test_text",)
