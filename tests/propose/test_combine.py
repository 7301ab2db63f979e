"""Portfolio: each search finds an answer of its kind; verifiers that hang, crash or lie; budgets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.budget import Budget
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import SampleOptions, ScriptedLM
from unriddle.outcome import Limits, Status
from unriddle.pose.puzzle import puzzle_problem
from unriddle.problem import Problem, Signature
from unriddle.propose import Portfolio
from unriddle.propose.answer import written
from unriddle.propose.inside.grade import at_most, equal, inside, less
from unriddle.propose.search_program import COMPONENTS, PACKAGES, available_components
from unriddle.propose.shares import Shares
from unriddle.propose.strategy import Search, plan
from unriddle.solver import solve

KINDS = {
    "constants": 'def sat(s: str, t="gnome"):\n    return s.upper() == t[::-1].upper() and s != s.upper()\n',
    "inversion": 'def sat(s: str, b="the revir bank"):\n    t = s[::-1]\n    return "the " + t + " bank" == b\n',
    "expressions": (
        "def sat(xs: List[int], a=[3, 1, 2], b=[10, 20, 30]):\n"
        "    return len(xs) == 3 and all(x - y == z for x, y, z in zip(xs, a, b))\n"
    ),
    "climbing": 'def sat(s: str):\n    return s.count("ab") == 9 and s.count("c") == 5 and len(s) == 31\n',
    "exhaustion": "def sat(n: int):\n    return n % 97 == 31 and n % 89 == 7 and n > 0\n",
    "templates": (
        "def sat(xs: List[int], n=300):\n    return len(xs) == n and all(xs[i] == 3 * i + 2 for i in range(n))\n"
    ),
    "building": (
        "def sat(xs: List[int], n=10):\n    assert all(x in range(50) for x in xs)\n"
        "    assert all(abs(a - b) > 4 for i, a in enumerate(xs) for b in xs[:i])\n    return len(xs) >= n\n"
    ),
    "solver": (
        "def sat(xs: List[int]):\n    a, b, c = xs\n    assert 1717 * a + 1919 * b == 4393000 + c and a > b > 0\n"
        "    return c == a - 3 * b and c > 400\n"
    ),
}


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1, packages=PACKAGES) as opened:
        yield opened


def puzzle(source):
    return puzzle_problem(source, path=Path("puzzle.py"))


def search(executor, source, *, cpu_seconds=6.0, components=None):
    problem = puzzle(source)
    portfolio = Portfolio(problem, executor, seconds=1000, cpu_seconds=cpu_seconds, components=components)
    budget = Budget(candidates=20)
    return solve(problem, portfolio, executor=executor, budget=budget, limits=Limits(cpu_seconds=1), batch=1), portfolio


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_search_solves_a_puzzle_of_its_kind(executor, component):
    if component not in available_components():
        pytest.skip("needs z3 (the smt extra)")
    solution, _ = search(executor, KINDS[component], components=[component])
    assert solution.solved
    assert solution.candidate.proposer == component


def test_values_for_which_the_verifier_never_returns_are_passed_over(executor):
    source = "def sat(n: int):\n    while n != 70:\n        pass\n    return True\n"
    solution, _ = search(executor, source, components=["constants"])
    assert solution.candidate.source == "def sol():\n    return 70\n"


def test_verifier_that_hangs_in_one_operation_ends_with_the_budget(executor):
    source = "def sat(n: int):\n    return sum(range(10**11 + abs(n))) == n\n"
    solution, portfolio = search(executor, source, cpu_seconds=0.4, components=["constants", "exhaustion"])
    assert not solution.solved
    assert portfolio.cpu_spent < 3


def test_budget_of_seconds_is_kept_and_the_nearest_value_is_shown(executor):
    solution, portfolio = search(executor, "def sat(n: int):\n    return n * n == -1\n", cpu_seconds=0.5)
    assert not solution.solved
    assert portfolio.cpu_spent < 1.5
    assert solution.verdicts[solution.row, 0].status is Status.FAIL
    assert portfolio.ask(1) == []


@pytest.mark.parametrize("source", ["import nothing_there\n\n\ndef sat(n: int):\n    return n == 1\n"])
def test_verifier_that_does_not_load_ends_the_search_early(executor, source):
    solution, portfolio = search(executor, source, cpu_seconds=60, components=["constants", "climbing"])
    assert (solution.solved, solution.candidate) == (False, None)
    assert portfolio.cpu_spent < 10


def test_verifier_that_always_raises_is_not_solved(executor):
    solution, _ = search(executor, "def sat(n: int):\n    return 1 // 0 == n\n", cpu_seconds=0.3)
    assert not solution.solved


def test_verifier_that_accepts_everything_gets_a_value_of_its_type(executor):
    solution, _ = search(executor, "def sat(x: List[str], other=3):\n    return True\n")
    assert solution.solved
    assert solution.verdicts[solution.row, 0].result == []


def test_answers_of_the_wrong_type_are_never_proposed(executor):
    source = "def sat(x: int):\n    return str(x) in ('True', '2.5', '3.0')\n"
    solution, _ = search(executor, source, cpu_seconds=0.6)
    assert not solution.solved


def test_answer_of_thousands_of_digits_is_found_and_judged(executor):
    solution, _ = search(executor, "def sat(n: int, k=20000):\n    return n == 3**k\n", components=["constants"])
    assert solution.solved
    assert solution.verdicts[solution.row, 0].result == 3**20000


def test_verifier_that_changes_its_argument_sees_a_fresh_copy_each_time(executor):
    source = "def sat(xs: List[int]):\n    xs.append(1)\n    return xs == [4, 1]\n"
    solution, _ = search(executor, source)
    assert solution.verdicts[solution.row, 0].result == [4]


def test_verifier_that_counts_its_calls_is_asked_anew(executor):
    source = "calls = []\n\n\ndef sat(n: int):\n    calls.append(n)\n    return len(calls) > 5\n"
    solution, _ = search(executor, source, cpu_seconds=0.4, components=["constants", "exhaustion"])
    assert not solution.solved


def test_model_is_made_only_after_the_search(executor):
    def make(source, seconds, lm):
        search = Search(executor, seconds)
        options = SampleOptions()
        return plan(puzzle(source), strategy="auto", n=1, lm=lm, options=options, style="completion", search=search)

    chosen = make("def sat(n: int):\n    return n == 41\n", 60, lambda: pytest.fail("loaded"))
    assert [candidate.proposer for candidate in chosen.proposer.ask(1)] == ["constants"]
    chosen = make("def sat(n: int):\n    return n != n\n", 0.2, lambda: ScriptedLM(["    return 3"], repeat=True))
    assert "sample:scripted" in [c.proposer for _ in range(3) for c in chosen.proposer.ask(1)]


def test_unknown_component_and_problem_without_verifier_are_refused(executor):
    with pytest.raises(BadInput, match="no component 'luck'"):
        Portfolio(puzzle(KINDS["climbing"]), executor, components=["luck"])
    with pytest.raises(BadInput, match="has no verifier"):
        Portfolio(Problem("p", "", Signature("f")), executor)


def test_each_search_has_a_first_turn_and_then_the_one_that_gains_most():
    shares = Shares(["a", "b", "c"], first=1.0, longest=2.0)
    turns = [shares.turn() for _ in range(3)]
    assert [turn.name for turn in turns] == ["a", "b", "c"]
    for turn in turns:
        shares.tell(turn, gained=turn.name == "b")
    later = [shares.turn() for _ in range(6)]
    assert sum(turn.name == "b" for turn in later) >= 3
    assert {turn.seconds for turn in later} == {2.0}


def test_search_is_over_when_it_says_so_or_fails_three_times():
    shares = Shares(["a", "b"])
    shares.tell(shares.turn(), gained=False, over=True)
    for _ in range(3):
        shares.tell(shares.turn(), gained=False, failed=True)
    assert shares.over
    assert shares.turn() is None


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=5) | st.tuples(inner, inner) | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain | st.tuples(st.integers(-3, 3), st.integers(61, 99)).map(lambda p: [p[0]] * p[1] + [p[0] + 1] * 3))
def test_written_value_reads_back_as_itself(value):
    text = written(value)
    assert repr(eval(text, {"__builtins__": {"float": float, "list": list, "range": range}})) == repr(value)


def test_values_of_thousands_of_digits_are_written_so_that_python_reads_them():
    assert int(written(7**9000), 0) == 7**9000


@given(st.lists(st.integers(-9, 9), max_size=5), st.lists(st.integers(-9, 9), max_size=5))
def test_distances_are_zero_exactly_where_the_comparison_holds(a, b):
    assert (equal(a, b) == 0) is (a == b)
    assert (equal(str(a), str(b)) == 0) is (a == b)
    assert (equal(set(a), set(b)) == 0) is (set(a) == set(b))
    for x, y in zip(a, b, strict=False):
        assert (less(x, y) == 0) is (x < y)
        assert (at_most(x, y) == 0) is (x <= y)
        assert (inside(x, b) == 0) is (x in b)


def test_distance_falls_on_the_way_to_a_number():
    assert equal(10**9, 5) > equal(10**6, 5) > equal(9, 5) > equal(6, 5) > 0
