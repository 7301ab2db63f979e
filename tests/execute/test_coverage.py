import numpy as np
import pytest

from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.execute.coverage import cover_calls, cover_code, join
from unriddle.language.values import decode
from unriddle.outcome import Limits, Status

PROGRAM = """
import os
STATE = []
def f(xs, k=0):
    STATE.append(k)
    if k == 77:
        while True:
            pass
    if k == 6:
        os._exit(0)
    if k == 5:
        return lambda: 1
    if k == 4:
        _unriddle_counts.clear()
    return sorted(x for x in xs if x > k), len(STATE)
"""
LIMITS = Limits(cpu_seconds=0.3)


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as running:
        yield running


def cover(executor, inputs, source=PROGRAM, entry="f"):
    ((_, covered),) = cover_calls([(source, entry, inputs)], executor=executor, limits=LIMITS)
    return covered


def test_values_endings_and_branches_of_each_call(executor):
    covered = cover(executor, [([3, 1],), ([], 77), (3,), ([], 5), ([], 6), ([2], 1)])
    assert [Status(s).name for s in covered.status] == ["PASS", "TIMEOUT", "ERROR", "PASS", "CRASH", "PASS"]
    assert decode(covered.values[0]) == ([1, 3], 1)
    assert decode(covered.values[3]).type_name == "function"
    assert covered.values[1] is None
    assert covered.errors[2].startswith("TypeError: 'int' object is not iterable")
    assert covered.counts.shape == (6, len(covered.branches))
    assert not covered.counts[1].any()
    loop = next(i for i, b in enumerate(covered.branches) if b.kind == "comprehension" and b.taken)
    assert covered.counts[0, loop] == 2


def test_share_counts_branches_inside_functions(executor):
    source = "if True:\n    def f(x):\n        return 1 if x else 0\n"
    covered = cover(executor, [(1,), (0,)], source=source)
    assert covered.share() == 1
    assert covered.share([0]) == pytest.approx(2 / 3)
    assert cover(executor, [()], source="def g(): pass\nf = int\n").share() == 0
    assert covered.loading.sum() == 1


def test_a_program_that_destroys_the_counters_is_no_coverage(executor):
    covered = cover(executor, [([1], 4), ([1],)])
    assert Status(covered.status[0]) is Status.CRASH
    assert "counts" in covered.errors[0]


def test_a_program_that_does_not_load_or_lacks_the_function(executor):
    for source in ("1 / 0\n", "def g(): pass\n"):
        covered = cover(executor, [(1,)], source=source)
        assert Status(covered.status[0]) is Status.ERROR
        assert not covered.counts.any()


def test_pieces_of_code_use_the_program_and_give_their_last_expression(executor):
    source = "class S:\n    def __init__(self):\n        self.x = []\n"
    source += "    def push(self, v):\n        self.x.append(v)\n"
    pieces = ["s = S()\ns.push(3)\ns.x", "assert S().x", "S.seen = 1", "S.seen", "import sys\nsys.exit(3)"]
    ((_, covered),) = cover_code([(source, pieces)], executor=executor)
    assert decode(covered.values[0]) == [3]
    assert covered.errors[1] == "AssertionError"
    assert covered.errors[3].startswith("AttributeError")  # each has a process of its own
    assert Status(covered.status[4]) is not Status.PASS
    ((_, shared),) = cover_code([(source, pieces[2:4])], executor=executor, isolated=False)
    assert decode(shared.values[1]) == 1


def test_many_jobs_come_back_by_number(executor):
    jobs = [(f"def f():\n    return {i}\n", "f", [()]) for i in range(5)]
    found = {i: decode(c.values[0]) for i, c in cover_calls(jobs, executor=executor)}
    assert found == {i: i for i in range(5)}


def test_runs_are_taken_and_joined(executor):
    covered = cover(executor, [([1],), ([], 5), ([9],)])
    both = join([covered.take([2, 0]), covered.take([1])])
    assert np.array_equal(both.counts, covered.counts[[2, 0, 1]])
    with pytest.raises(BadInput, match="one program"):
        join([])


def test_bad_programs_entries_and_pieces_are_refused(executor):
    for entry in ("f()", "os.system('x')", ""):
        with pytest.raises(BadProblem, match="name"):
            cover(executor, [()], entry=entry)
    with pytest.raises(BadProblem):
        cover(executor, [()], source="def f(:")
    with pytest.raises(BadProblem):
        list(cover_code([("x = 1", ["x ="])], executor=executor))
