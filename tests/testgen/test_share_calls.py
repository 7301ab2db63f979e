import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.errors import BadShape
from unriddle.execute import open_executor
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Equality, Raises, Returns
from unriddle.testgen.asserts_in_text import read_tests
from unriddle.testgen.share_calls import judge_shared, share_calls
from unriddle.verdicts import Verdicts

PROGRAMS = [
    "def f(x): return x + x",
    "def f(x): return [x]",
    "def f(x): return True",
    "def f(x): return 2.0",
    "def f(x): return None",
    "def f(x): return (x, float('nan'))",
    "def f(x): raise ValueError(x)",
    "def f(x):\n    while x == 3: pass\n    return 2",
    "def f(x): return (i for i in range(2))",
    "def f(x): return object()",
    "def f(x: 1 +",
]
ASSERTS = """f(1) == 2
assert f(1) == 1
assert f(1) == True
assert f(1) is True
assert f(1) is None
assert f(1)
assert not f(1)
assert f(1) == [1]
assert abs(f(1) - 2.1) < 0.2
assert sorted(f(1)) == [1]
assert set(f(1)) == {1}
assert f(1) != 3
assert f(3) == 2
assert f('a') == 'aa'
assert f(1.0) == 2
assert f(True) == 2
assert f(x=1) == 2
assert f([1, 2]) == [1, 2, 1, 2]"""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def test_sharing_gives_the_statuses_of_running_every_test_by_itself(executor):
    tests = [*read_tests([ASSERTS], "f", limit=None), CallTest("f", (1,), expect=Raises("ValueError"))]
    tests += [CallTest("f", (1,), expect=Returns(2, Equality(same_type=True))), CallTest("f", (1,))]
    shared = share_calls(tests)
    assert len(shared.runs) < len(tests)
    limits = Limits(cpu_seconds=0.3, max_kills=9)
    programs = [Candidate(source) for source in PROGRAMS]
    direct = executor.run(programs, tests, limits=limits)
    spread = judge_shared(executor.run(programs, shared.runs, limits=limits), shared)
    assert spread.status.tolist() == direct.status.tolist()
    assert spread.shape == direct.shape


def test_calls_with_arguments_of_other_types_are_other_calls():
    shared = share_calls(read_tests(["f(1) == 2\nassert f(True) == 2\nassert f(1.0) == 2\nassert f(1) == 3"], "f"))
    assert shared.n_calls == 3
    assert shared.places.tolist() == [0, 1, 2, 0]


def test_no_tests():
    shared = share_calls([])
    ran = Verdicts.empty()
    assert judge_shared(ran, shared).shape == (0, 0)


def test_a_matrix_of_something_else_is_refused():
    shared = share_calls([CallTest("f", (1,), expect=Returns(2))])
    with pytest.raises(BadShape, match="1 columns"):
        judge_shared(Verdicts.empty(["a", "b"]), shared)


def test_masked_cells_stay_masked():
    shared = share_calls([CallTest("f", (1,), expect=Returns(v)) for v in (2, 3)])
    ran = Verdicts(
        status=np.array([[7], [8]], np.int8),
        value=np.full((2, 1), -1, np.int32),
        cpu_seconds=np.zeros((2, 1), np.float32),
        prior=np.zeros(2),
        candidates=("a", "b"),
        tests=("run[0]",),
    )
    assert judge_shared(ran, shared).status.tolist() == [[7, 7], [8, 8]]
