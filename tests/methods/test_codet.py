import itertools

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods._agreement import Draws
from unriddle.methods.codet import CodeT, rank
from unriddle.problem import CallTest, Problem, Returns, Signature
from unriddle.testgen.asserts_in_text import read_tests

PROBLEM = Problem(
    "p",
    "Double x.",
    Signature("f"),
    stub='def f(x):\n    """Double x."""\n',
    tests=(CallTest("f", (4,), expect=Returns(8)),),
)
RIGHT, SAME, WRONG, BAD = (Candidate(f"def f(x):\n    return {body}\n") for body in ("x + x", "2 * x", "x * x", "x[0]"))
TESTS = read_tests(["f(1) == 2\nassert f(3) == 6", "f(3) == 9", "f(1) == 2"], "f")
"""Multiplicities: f(1) == 2 twice, f(3) == 6 once, f(3) == 9 once (wrong). f(2) would not tell them apart."""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def test_groups_are_scored_by_the_published_formula(executor):
    ranking = rank([RIGHT, WRONG, RIGHT, SAME, BAD], TESTS, executor=executor)
    assert [c.id for c in ranking.pairs.plan.programs] == [RIGHT.id, WRONG.id, SAME.id, BAD.id]
    assert ranking.scores.tolist() == pytest.approx([3**0.5 * 3, 1.0, 3**0.5 * 3, -np.inf])
    assert ranking.chance.tolist() == pytest.approx([0.6, 0.2, 0.6, 0.0])
    plain = rank([RIGHT, WRONG, RIGHT, SAME], TESTS, executor=executor, damping="none")
    assert plain.scores.tolist() == [9.0, 1.0, 9.0]


def test_expected_accuracy_equals_the_mean_over_all_choices(executor):
    ranking = rank([RIGHT, WRONG, SAME, BAD], TESTS, executor=executor)
    right = [True, False, False, False]
    levels = [[0, 2], [1]]
    for k in (1, 2, 3, 4):
        picks = itertools.product(*(levels[i % 2] for i in range(k)))
        expected = np.mean([any(right[i] for i in pick) for pick in picks])
        assert ranking.expected_pass_at_k(right, k=k) == pytest.approx(expected)


def test_without_a_test_that_anybody_passes_the_choice_is_a_random_one(executor):
    ranking = rank([RIGHT, WRONG], read_tests(["f(1) == 77"], "f"), executor=executor)
    assert ranking.expected_pass_at_k([True, False]) == 0.5
    assert len(ranking.best(rng=np.random.default_rng(0))) == 1
    empty = rank([RIGHT, WRONG], [], executor=executor)
    assert empty.expected_pass_at_k([True, False]) == 0.5


def test_a_program_that_lies_about_equality_passes_nothing(executor):
    liar = Candidate("class L:\n    def __eq__(self, other): return True\ndef f(x): return L()\n")
    ranking = rank([liar, liar, RIGHT], TESTS, executor=executor)
    assert ranking.scores[0] == -np.inf
    assert ranking.best(rng=np.random.default_rng(0)) == [RIGHT]


def test_no_programs_are_refused(executor):
    with pytest.raises(BadInput, match="at least one program"):
        rank([], TESTS, executor=executor)


def scripted():
    return ScriptedLM(
        {
            "\nassert": ["f(1) == 2\nassert f(3) == 6", "f(3) == 9", "f(5) == 10"],
            "def f": ["    return x * x\n", "    return x + x\n", "    return 2 * x\n", "    return x[0]\n"],
        },
        repeat=True,
    )


def test_one_model_writes_both_and_agreement_chooses(executor):
    solver = CodeT(scripted(), executor, Draws(n_programs=4, n_tests=3))
    answer = solver(PROBLEM, budget=Budget(candidates=4))
    assert answer.solved
    assert answer.candidate is not None
    assert answer.candidate.source.split("return ")[1].strip() in ("x + x", "2 * x")
    assert answer.confidence == 0.5
    assert "4 generated tests, 4 programs drawn" in answer.why
    assert answer.verdicts.shape == (4, 5)
    assert answer.spent.candidates == 4
    assert answer.spent.tokens > 0
    assert answer.as_dict()["runners_up"]


def test_visible_tests_do_not_choose(executor):
    misled = ScriptedLM({"\nassert": ["f(3) == 9"], "def f": ["    return x * x", "    return x + x"]}, repeat=True)
    answer = CodeT(misled, executor, Draws(n_programs=2, n_tests=1))(PROBLEM, budget=Budget(candidates=2))
    assert answer.candidate is not None
    assert "x * x" in answer.candidate.source
    assert not answer.solved


def test_the_budget_bounds_programs_tests_and_runs(executor):
    solver = CodeT(scripted(), executor, Draws(n_programs=4, n_tests=3))
    assert solver(PROBLEM, budget=Budget(candidates=2)).verdicts.shape[0] == 2
    few = solver(PROBLEM, budget=Budget(candidates=4, runs=8))
    assert few.verdicts.shape == (4, 1 + 2)
    spent = solver(PROBLEM, budget=Budget(candidates=0))
    assert spent.candidate is None
    assert "candidates budget" in spent.why


def test_draws_are_checked():
    with pytest.raises(BadInput, match="n_tests"):
        Draws(n_tests=0)
