"""The small nouns: what they refuse, with which words, and what identity means."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

import unriddle
from unriddle import Budget, CallTest, Candidate, Limits, Problem, Signature, Status
from unriddle.budget import Spent
from unriddle.errors import BadInput, BadProblem, MissingExtra, UnriddleError, shorten
from unriddle.problem import Parameter


def test_language_and_source_decide_which_program_it_is() -> None:
    one = Candidate("x = 1", prior=-1.0, proposer="a", n_tokens=5, meta={"a": 1}, parents=("p",))
    assert one.id == Candidate("x = 1").id
    assert one.id != Candidate("x = 1", language="other").id
    assert one.id != Candidate("x = 1\n").id
    assert Candidate("\ud800").id
    assert len(Candidate("").id) == 16
    assert hash(one) == hash(Candidate("x = 1", prior=-1.0, proposer="a", n_tokens=5, parents=("p",)))


@pytest.mark.parametrize("source", [None, b"x", 3, ["x"]])
def test_a_source_is_text(source) -> None:
    with pytest.raises(BadInput, match="must be text"):
        Candidate(source)


@pytest.mark.parametrize(
    "name", ["cpu_seconds", "wall_seconds", "memory_mb", "output_bytes", "value_bytes", "scratch_mb", "max_kills"]
)
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_limits_are_positive(name, value) -> None:
    with pytest.raises(BadInput, match=f"{name} must be"):
        Limits(**{name: value})


@pytest.mark.parametrize("value", ["3", [1]])
def test_limits_of_another_type_are_bad_input(value) -> None:
    with pytest.raises(BadInput, match="cpu_seconds"):
        Limits(cpu_seconds=value)


def test_the_wall_limit_follows_the_cpu_limit() -> None:
    assert Limits(cpu_seconds=2).wall == 11
    assert Limits(cpu_seconds=2, wall_seconds=4).wall == 4
    assert Limits(cpu_seconds=2).as_dict()["wall_seconds"] == 11


def test_only_skipped_and_infra_are_unknown() -> None:
    assert [s.name for s in Status if not s.known] == ["SKIPPED", "INFRA"]
    assert unriddle.Outcome(Status.PASS).passed
    assert not unriddle.Outcome(Status.INFRA).known


@pytest.mark.parametrize("name", ["candidates", "tokens", "runs", "cpu_seconds", "seconds"])
def test_a_budget_counts_down_to_zero_and_says_why(name) -> None:
    bounds = {"candidates": None, name: 4}
    budget = Budget(**bounds)
    assert budget.left(Spent()) == (4 if name == "candidates" else 2**31 - 1)
    assert budget.why_over(Spent(**{name: 3})) == ""
    for spent in (4, 5):
        assert budget.left(Spent(**{name: spent})) == 0
        assert budget.why_over(Spent(**{name: spent})) == f"{name.replace('_', ' ')} budget of 4 reached"
    with pytest.raises(BadInput, match=name):
        Budget(**{name: -1})
    with pytest.raises(BadInput, match=name):
        Budget(**{name: math.nan})


def test_an_endless_budget_is_refused() -> None:
    with pytest.raises(BadInput, match="never end"):
        Budget(candidates=None)


def test_a_large_budget_is_named_in_full() -> None:
    assert "1234567" in Budget(tokens=1_234_567).why_over(Spent(tokens=2_000_000))


def test_a_problem_needs_an_id_an_entry_and_distinct_test_names() -> None:
    with pytest.raises(BadProblem, match="id is empty"):
        Problem("", "", Signature("f"))
    for name in ("", "1f", "f g", "f.g"):
        with pytest.raises(BadProblem, match=r"p1.*Python name"):
            Problem("p1", "", Signature(name))
    with pytest.raises(BadProblem, match=r"p1.*'a'"):
        Problem("p1", "", Signature("f"), tests=(CallTest("f", name="a"), CallTest("f", name="a")))
    assert Problem("p1", "", Signature("f"), tests=(CallTest("f"), CallTest("f"))).entry == "f"


@pytest.mark.parametrize(
    ("signature", "line"),
    [
        (Signature("f"), "def f():"),
        (Signature("f", (Parameter("x"), Parameter("y", "int", "3")), "str"), "def f(x, y: int = 3) -> str:"),
        (Signature("f", (Parameter("*a"), Parameter("k", default="None"))), "def f(*a, k=None):"),
    ],
)
def test_the_header_of_a_signature(signature, line) -> None:
    assert signature.header() == line


def test_errors_are_one_tree_and_argument_errors_are_value_errors() -> None:
    from unriddle import errors

    for name in errors.__all__:
        kind = getattr(errors, name)
        if isinstance(kind, type):
            assert issubclass(kind, UnriddleError)
    assert issubclass(BadProblem, ValueError)
    assert "pip install 'unriddle[x]'" in str(MissingExtra("it", "unriddle[x]"))


def test_values_are_shortened_for_messages() -> None:
    assert len(shorten("a" * 1000, 30)) == 30
    assert "too large to show" in shorten(10**10_000)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(shorten(deep)) <= 80


def test_importing_is_silent_and_cheap() -> None:
    heavy = ("numpy", "click", "rich", "torch", "openai")
    code = f"import sys, unriddle; print(sorted(m for m in {heavy} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_every_public_name_can_be_had_and_no_other() -> None:
    for name in unriddle.__all__:
        assert getattr(unriddle, name) is not None
    with pytest.raises(AttributeError, match="nothing_like_this"):
        _ = unriddle.nothing_like_this
