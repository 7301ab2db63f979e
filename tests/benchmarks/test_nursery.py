import pytest

from unriddle.benchmarks import nursery
from unriddle.benchmarks.names import load_benchmark
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor


def test_it_loads_by_name_and_is_the_same_every_time():
    first, second = (load_benchmark("nursery", n=20, seed=3) for _ in range(2))
    assert first.tasks == second.tasks
    assert first.meta == {"levels": [1, 2], "n": 20, "seed": 3, "split": "held_out"}
    assert {task.problem.id.partition("-")[0] for task in first.tasks} == {"nursery/1", "nursery/2"}
    assert load_benchmark("nursery", n=20, seed=4).tasks != first.tasks


def test_hidden_tests_and_references_stay_in_the_task():
    for task in nursery.load(n=30).tasks:
        assert len(task.problem.tests) == 3
        assert not {test.args.__repr__() for test in task.hidden} & {
            test.args.__repr__() for test in task.problem.tests
        }
        assert task.reference.split("\n")[1] not in task.problem.stub + task.problem.statement


def test_references_solve_and_wrong_programs_do_not():
    benchmark = nursery.load(levels="1,3", n=30)
    programs = {
        task.problem.id: [
            Candidate(task.reference),
            Candidate(task.problem.signature.header() + "\n    return None"),
            benchmark.program(task.problem.id, {"completion": "\n" + task.reference.split("\n", 1)[1]}),
        ]
        for task in benchmark.tasks
    }
    with open_executor(workers=2) as executor:
        for _, verdicts in benchmark.judge(programs, executor=executor):
            assert verdicts.solved().tolist() == [True, False, True]


@pytest.mark.parametrize("asked", [{"n": 0}, {"levels": "easy"}, {"levels": (7,)}, {"split": "dev"}])
def test_bad_requests_are_refused(asked):
    with pytest.raises(BadInput):
        nursery.load(**asked)
