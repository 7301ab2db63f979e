import numpy as np
import pytest

from unriddle.benchmarks.metrics import pass_at_k
from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods.alphacode import AlphaCode, cluster_inputs, metadata_prompts, n_at_k, submit, survivors
from unriddle.outcome import Status
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.testgen.asserts_in_text import read_tests
from unriddle.verdicts import Verdicts

PROBLEM = Problem(
    "p",
    "Double x.",
    Signature("f", (Parameter("x", "int"),)),
    stub='def f(x: int):\n    """Double x."""\n',
    tests=(CallTest("f", (2,), expect=Returns(4)),),
)
BODIES = ("x + x", "2 * x", "x << 1", "x * x", "x ** 2", "x + 2", "x", "x[0]")
DOUBLE, TWICE, SHIFT, SQUARE, POWER, PLUS, SAME, BROKEN = (Candidate(f"def f(x): return {body}\n") for body in BODIES)
INPUTS = [CallTest("f", (x,)) for x in (0, 1, 3, 10)]


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def test_one_of_each_group_is_submitted_largest_first(executor):
    programs = [SQUARE, DOUBLE, PLUS, SAME, TWICE, BROKEN, SHIFT, POWER]
    made = submit(programs, PROBLEM.tests, INPUTS, executor=executor, k=3, rng=np.random.default_rng(0))
    assert made.n_survivors == 6
    assert made.sizes == (3, 2, 1)
    assert made.programs[0] in (DOUBLE, TWICE, SHIFT)
    assert made.programs[1] in (SQUARE, POWER)
    assert made.programs[2] == PLUS


def test_repeats_count_for_the_size_and_are_submitted_once(executor):
    programs = [PLUS] * 5 + [DOUBLE, TWICE]
    made = submit(programs, PROBLEM.tests, INPUTS, executor=executor, k=10, rng=np.random.default_rng(0))
    assert made.sizes[0] == 5
    assert len(made.programs) == 3
    assert {p.id for p in made.programs} == {p.id for p in programs}


def test_without_a_survivor_those_that_pass_most_go_on(executor):
    tests = [CallTest("f", (2,), expect=Returns(4)), CallTest("f", (2,), expect=Returns(5))]
    made = submit([SAME, DOUBLE], tests, INPUTS, executor=executor, rng=np.random.default_rng(0))
    assert made.programs == (DOUBLE,)


def test_no_examples_and_no_inputs(executor):
    made = submit([SAME, DOUBLE], [], [], executor=executor, rng=np.random.default_rng(0))
    assert made.n_survivors == 2
    assert made.sizes == (2, 2)


def test_nothing_to_submit_is_refused(executor):
    for programs, k in (([], 10), ([SAME], 0)):
        with pytest.raises(BadInput, match="submit"):
            submit(programs, [], [], executor=executor, k=k, rng=np.random.default_rng(0))


def matrix(values, *, shown=1):
    """Programs that return these values; the first ``shown`` columns are examples that 4 passes."""
    table = np.array(values, np.int32)
    status = np.where((table == 4) | (np.arange(table.shape[1]) >= shown), Status.PASS, Status.FAIL).astype(np.int8)
    n, m = table.shape
    names = tuple(f"p{i}" for i in range(n))
    numbers = tuple(bytes([i]) for i in range(10))
    return Verdicts(
        status, table, np.zeros((n, m), np.float32), np.zeros(n), names, tuple(f"t{j}" for j in range(m)), numbers
    )


def test_survivors_of_masked_and_of_no_examples():
    assert survivors(matrix([[4], [3], [4]])).tolist() == [0, 2]
    assert survivors(Verdicts.empty()).tolist() == []
    masked = matrix([[4], [4]])
    masked.status[1, 0] = Status.INFRA
    assert survivors(masked).tolist() == [0]


def test_n_at_k_of_every_selector():
    """Six programs pass the example: three right ones agree, two wrong ones agree, one is alone; two fail it."""
    drawn = matrix([[4, 1], [4, 1], [4, 1], [4, 2], [4, 2], [4, 3], [3, 1], [3, 1]])
    right = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
    rng = np.random.default_rng(0)
    common = {"k": 8, "n_examples": 1, "rng": rng}
    assert n_at_k(drawn, right, n=1, selector="clusters", **common) == 1.0
    assert n_at_k(drawn, right, n=1, selector="filter", **common) == pytest.approx(0.5)
    assert n_at_k(drawn, right, n=2, selector="filter", **common) == pytest.approx(float(pass_at_k(6, 3, 2)))
    assert n_at_k(drawn, right, n=1, selector="random", **common) == pytest.approx(3 / 8)
    assert n_at_k(drawn, right, n=1, selector="oracle", **common) == 1.0
    assert n_at_k(drawn, ~right & False, n=10, selector="clusters", **common) == 0.0


def test_n_at_k_of_fewer_programs_is_the_mean_over_draws():
    drawn = matrix([[4, 1], [4, 2]])
    found = n_at_k(drawn, [True, False], k=1, n=1, n_examples=1, n_resamples=400, rng=np.random.default_rng(0))
    assert found == pytest.approx(0.5, abs=0.1)


def test_n_at_k_refuses_what_does_not_fit():
    drawn = matrix([[4], [4]])
    with pytest.raises(BadShape, match="right"):
        n_at_k(drawn, [True], k=1, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="k <= 2"):
        n_at_k(drawn, [True, False], k=3, rng=np.random.default_rng(0))


def test_inputs_come_from_written_tests_first_and_are_filled_up_by_type():
    written = read_tests(["f(7) == 1\nassert f(7) == 2\nassert f(2) == 4\nassert f(8) == g(3)"], "f")
    inputs = cluster_inputs(PROBLEM, [DOUBLE], n=6, written=written, rng=np.random.default_rng(0))
    assert len(inputs) == 6
    assert inputs[0].args == (7,)
    assert len({test.args for test in inputs} | {(2,)}) == 7
    assert all(isinstance(test.args[0], int) and test.expect is None for test in inputs[1:])


def test_written_calls_that_do_not_fit_the_signature_do_not_spoil_the_rest():
    written = read_tests(["f(7, 8, 9) == 1"], "f")
    assert len(cluster_inputs(PROBLEM, [], n=5, written=written, rng=np.random.default_rng(0))) == 5


def test_headers_differ_and_end_in_the_problem():
    prompts = metadata_prompts(PROBLEM, n=20, rng=np.random.default_rng(0))
    assert len(set(prompts)) > 15
    for prompt in prompts:
        assert isinstance(prompt, str)
        rating = int(prompt.split("\n")[0].split(": ")[1])
        assert rating in range(800, 3501, 100)
        assert prompt.endswith('"""Double x."""')


@pytest.mark.parametrize("metadata", [0, 4])
def test_the_solver_submits_the_largest_group_first(executor, metadata):
    lm = ScriptedLM([f"    return {body}" for body in BODIES], repeat=True)
    solver = AlphaCode(lm, executor, n_programs=8, n_inputs=10, metadata=metadata)
    answer = solver(PROBLEM, budget=Budget(candidates=8))
    assert answer.solved
    assert answer.candidate is not None
    assert answer.candidate.source.split("return ")[1].strip() in BODIES[:3]
    assert answer.confidence == pytest.approx(0.5)
    assert answer.spent.candidates == 8
    assert len(answer.runners_up) == 5


def test_the_solver_without_budget_says_why(executor):
    answer = AlphaCode(ScriptedLM(["x"]), executor)(PROBLEM, budget=Budget(candidates=0))
    assert answer.candidate is None
    assert "budget" in answer.why
