"""What is said about a program that was only read, and what a model says about one that failed."""

import pytest

from unriddle.candidate import Candidate
from unriddle.errors import MissingExtra
from unriddle.execute import open_executor
from unriddle.feedback.explain import explanation
from unriddle.feedback.static import remarks, static_checks
from unriddle.lm import ScriptedLM
from unriddle.problem import CallTest, Returns
from unriddle.verdicts import Verdicts

WRONG = "def f(xs):\n    total = 0\n    for x in xs:\n        totl = total + x\n    return tota\n"


def test_names_that_are_not_bound_or_not_used_are_named_with_their_line() -> None:
    found = remarks(WRONG)
    assert [(remark.line, remark.said_by) for remark in found] == [(4, "pyflakes"), (5, "pyflakes")]
    assert "totl" in found[0].message
    assert "tota" in found[1].message
    text = static_checks(most=1)(Candidate(WRONG), Verdicts.empty(["t"]))
    assert text.startswith("line 4: ")
    assert text.endswith("(pyflakes)")


def test_a_clean_program_gets_no_remark() -> None:
    assert remarks("def f(x):\n    return x + 1\n") == []
    assert static_checks()(Candidate("x = 1\n"), Verdicts.empty(["t"])) == ""


@pytest.mark.parametrize("source", ["def f(:\n", "(" * 5000, "x = 1\0", "-" * 100_000 + "1"])
def test_what_cannot_be_read_has_one_remark(source: str) -> None:
    (remark,) = remarks(source)
    assert remark.said_by == "syntax"
    assert remark.message


def test_types_are_checked_without_following_imports() -> None:
    source = (
        "import nowhere\n\n\ndef f(n: int) -> str:\n    return n + nowhere.x\n\n\ndef g() -> int:\n    return f(2)\n"
    )
    found = remarks(source, types=True)
    assert [(remark.line, remark.said_by) for remark in found] == [(9, "mypy")]
    assert "str" in found[0].message


def test_without_the_packages_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unriddle.feedback.static.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"unriddle\[check\]"):
        remarks("x = 1\n")


def test_the_model_is_shown_the_failing_call_and_asked_only_where_something_fails() -> None:
    tests = (CallTest("f", ([1, 2],), expect=Returns(3)), CallTest("f", ([],), expect=Returns(0)))
    lm = ScriptedLM(["  Line 4 binds another name, so the sum stays 0.  "])
    feedback = explanation(lm, tests)
    good, bad = Candidate("def f(xs):\n    return sum(xs)\n"), Candidate("def f(xs):\n    return 0\n")
    with open_executor(workers=1) as executor:
        verdicts = executor.run([good, bad], tests)
    assert feedback(good, verdicts.take([0])) == ""
    assert lm.prompts == []
    text = feedback(bad, verdicts.take([1]))
    assert text == "f([1, 2]) returned 0, expected 3\nLine 4 binds another name, so the sum stays 0."
    assert "return 0" in str(lm.prompts[0])
