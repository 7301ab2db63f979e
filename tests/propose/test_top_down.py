"""TopDown: order, types, and puzzles solved within a counted number of programs."""

import ast
import itertools
from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.pose.puzzle import puzzle_problem
from unriddle.problem import Problem, Signature
from unriddle.propose.top_down import TopDown, puzzle_grammar

PUZZLES = {
    "constant": "def sat(x: int):\n    return x == 1729",
    "difference": "def sat(x: int, a=17, b=5):\n    return x + b == a",
    "reverse": "def sat(s: str, t='rid{}dle'):\n    return s[::-1] == t",
    "sorted": "def sat(xs: List[int], ys=[3, 1, 2]):\n    return sorted(ys) == xs",
    "truth": "def sat(b: bool):\n    return not b",
}


def posed(source):
    return puzzle_problem(source + "\n", path=Path("p.py"))


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


@pytest.mark.parametrize(
    "name", [name if i == 0 else pytest.param(name, marks=pytest.mark.slow) for i, name in enumerate(PUZZLES)]
)
def test_puzzle_is_solved_among_the_first_1500(name, executor):
    problem = posed(PUZZLES[name])
    candidates = TopDown(problem).ask(1500)
    assert executor.run(candidates, problem.tests).solved().any()


def test_programs_come_likeliest_first_and_once():
    candidates = TopDown(posed(PUZZLES["difference"])).ask(400)
    priors = [c.prior for c in candidates]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(priors))
    assert len({c.source for c in candidates}) == 400
    for candidate in candidates:
        ast.parse(candidate.source)


def test_weights_change_the_order():
    problem = posed(PUZZLES["difference"])
    plain = [c.source for c in TopDown(problem).ask(50)]
    taught = [c.source for c in TopDown(problem, weights={"({0}) - ({1})": 50.0, "a": 20.0, "b": 20.0}).ask(50)]
    wanted = "def sol(a=17, b=5):\n    return (a) - (b)\n"
    assert wanted in taught
    assert taught.index(wanted) < (plain.index(wanted) if wanted in plain else 50)


def test_only_puzzles_have_a_grammar():
    with pytest.raises(BadInput, match="no verifier"):
        puzzle_grammar(Problem("p", "", Signature("f")))
