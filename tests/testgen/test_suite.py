import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.testgen.alike import alike
from unriddle.testgen.pytest_file import read_pieces
from unriddle.testgen.suite import measure_suite

PROGRAM = """def median(xs):
    if not xs:
        raise ValueError("empty")
    xs = sorted(xs)
    n = len(xs)
    if n % 2:
        return xs[n // 2]
    return (xs[n // 2 - 1] + xs[n // 2]) / 2
"""
WEAK = "from median import median\ndef test_one():\n    assert median([1]) == 1\ndef test_again():\n    median([1])\n"
STRONG = """import pytest
from median import median
@pytest.mark.parametrize("xs, want", [([7], 7), ([9, 1, 4], 4), ([9, 1, 4, 6], 5.0), ([1, 2], 1.5)])
def test_value(xs, want):
    assert median(xs) == want
def test_empty():
    with pytest.raises(ValueError, match="^empty$"):
        median([])
"""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as running:
        yield running


def measured(executor, tests, program=PROGRAM, **options):
    pieces = read_pieces(tests, module="median")
    return measure_suite(program, pieces, executor=executor, rng=np.random.default_rng(0), **options)


def test_a_strong_suite_is_worth_more_than_a_weak_one(executor):
    weak, strong = measured(executor, WEAK), measured(executor, STRONG)
    assert strong.branch_coverage == 1.0 > weak.branch_coverage
    assert {(b.line, b.taken) for b in weak.missed} == {(2, True), (6, False)}
    assert strong.mutation_score > weak.mutation_score + 0.2
    assert strong.killed.shape == (len(strong.pieces), len(strong.mutants))


def test_tests_that_add_nothing_are_named(executor):
    assert [p.name for p in measured(executor, WEAK).redundant] == ["test_again"]


def test_failing_wavering_and_skipped_tests_are_named_and_do_not_count(executor):
    more = "def test_wrong():\n    assert median([1]) == 2\ndef test_file(tmp_path):\n    pass\n"
    suite = measured(executor, WEAK + more)
    assert [(p.name, why) for p, why in suite.failing] == [("test_wrong", "AssertionError")]
    assert [p.name for p in suite.skipped] == ["test_file"]
    assert [p.name for p in suite.pieces] == ["test_one", "test_again"]


def test_endless_mutants_count_as_noticed(executor):
    program = "def f(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"
    suite = measured(executor, "def test_f():\n    assert f(3) == 3\n", program=program)
    places = [k for k, m in enumerate(suite.mutants) if "i -= 1" in m.source]
    assert suite.killed[0, places].all()


def test_equivalent_mutants_can_be_left_out_of_the_score(executor):
    program = "def f(x: int) -> int:\n    y = 0\n    y = x + 1\n    return y\n"
    tests = "def test_f():\n    assert f(1) == 2\n    assert f(5) == 6\n"
    plain = measured(executor, tests, program=program)

    def same(mutants):
        return alike(program, mutants, n=30, executor=executor, rng=np.random.default_rng(0))

    judged = measured(executor, tests, program=program, same=same)
    assert plain.mutation_score < 1
    assert judged.mutation_score == 1
    assert judged.perhaps_equivalent.sum() >= 2  # y = 0 dropped, y = 1, y = -1


def test_alike_tells_different_programs_apart(executor):
    source = "def f(x: int) -> int:\n    return x * 2\n"
    changed = ["def f(x: int) -> int:\n    return x + x\n", "def f(x: int) -> int:\n    return x * 3\n", source]
    assert alike(source, changed, n=20, executor=executor, rng=np.random.default_rng(0)) == [True, False, False]


def test_suites_without_a_test_that_can_run_or_passes_are_refused(executor):
    with pytest.raises(BadInput, match=r"none of 1 tests can be run here; test_a: it wants the fixture 'capsys'"):
        measured(executor, "def test_a(capsys):\n    pass\n")
    with pytest.raises(BadInput, match="no test passes on the program; the first one, test_a: AssertionError"):
        measured(executor, "def test_a():\n    assert False\n")
