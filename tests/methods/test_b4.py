import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods._agreement import Draws
from unriddle.methods._b4_simulation import simulate_matrix
from unriddle.methods.b4 import B4, Thetas, rank, simulate
from unriddle.problem import Problem, Signature
from unriddle.testgen.asserts_in_text import read_tests

RIGHT, WRONG = Candidate("def f(x):\n    return x + x\n"), Candidate("def f(x):\n    return x * x\n")
TESTS = read_tests(["f(1) == 2\nassert f(3) == 6\nassert f(5) == 10\nassert f(3) == 9"], "f")


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def test_the_class_with_most_right_looking_tests_wins_and_says_how_sure(executor):
    ranking = rank([RIGHT, WRONG, Candidate(RIGHT.source + "\n")], TESTS, executor=executor)
    assert ranking.best(rng=np.random.default_rng(0))[0].source.strip() == RIGHT.source.strip()
    assert 0 < ranking.chance[0] <= 1
    assert ranking.chance[0] > ranking.chance[1]


def test_multiplicities_count_only_when_asked_for(executor):
    programs = [WRONG] * 30 + [RIGHT]
    tests = [*TESTS[:1], *TESTS[3:]]
    plain = rank(programs, tests, executor=executor, a=10, b0=10)
    counted = rank(programs, tests, executor=executor, a=10, b0=10, multiplicity=True)
    assert counted.scores[0] - counted.scores[1] > plain.scores[0] - plain.scores[1]


def test_a_prior_that_is_not_positive_is_refused(executor):
    with pytest.raises(BadInput, match="prior a"):
        rank([RIGHT], TESTS, executor=executor, a=0)


def test_the_solver_drops_vacuous_tests(executor):
    lm = ScriptedLM(
        {"\nassert": ["f(1) is not None\nassert f(3) == 6"], "def f": ["    return x + x", "    return x * x"]},
        repeat=True,
    )
    problem = Problem("p", "Double x.", Signature("f"), stub='def f(x):\n    """Double x."""\n')
    answer = B4(lm, executor, Draws(n_programs=2, n_tests=1, drop_vacuous=True))(problem, budget=Budget(candidates=2))
    assert answer.verdicts.shape == (2, 1)
    assert answer.candidate is not None
    assert "x + x" in answer.candidate.source
    assert not answer.solved
    assert "no visible tests" in answer.why


def test_a_right_program_passes_exactly_the_right_tests():
    passed, right = simulate_matrix(Thetas(x=0.5), n=20, m=30, rng=np.random.default_rng(0))
    assert right.any()
    assert (passed[right] == passed[right][0]).all()


def test_reference_accuracies_of_the_first_row():
    """2,000 draws of 10 programs and 30 tests: 0.23, 0.60, 0.73, 0.83, 0.98; four standard errors of room."""
    found = simulate(Thetas(0.2, 0.3, 0.1, 0.4), n_draws=600, rng=np.random.default_rng(1))
    for name, value in zip(found, (0.23, 0.60, 0.73, 0.83, 0.98), strict=True):
        room = 0.005 + 4 * (value * (1 - value) * (1 / 600 + 1 / 2000)) ** 0.5
        assert found[name] == pytest.approx(value, abs=room), name


def test_certain_chances_leave_no_doubt():
    found = simulate(Thetas(0.3, 0.5, 0.0, 0.0), n_draws=50, m=40, rng=np.random.default_rng(0))
    assert found["b4"] == found["codet"] == found["maxpass"] == 1.0


@pytest.mark.parametrize("chances", [{"x": 0.0}, {"y": 1.5}])
def test_impossible_chances_are_refused(chances):
    with pytest.raises(BadInput, match="Thetas"):
        Thetas(**chances)


def test_impossible_sizes_are_refused():
    with pytest.raises(BadInput, match="simulate"):
        simulate(Thetas(), n=0, rng=np.random.default_rng(0))
