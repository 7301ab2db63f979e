import itertools

import pytest

from unriddle.benchmarks import nursery
from unriddle.benchmarks.names import load_benchmark
from unriddle.candidate import Candidate
from unriddle.data.world import generate
from unriddle.data.world.rows import to_record
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.record import write_jsonl


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


def test_levels_and_files_are_names(tmp_path):
    assert load_benchmark("nursery:4", n=2).meta["levels"] == [4]
    problems = list(itertools.islice(generate(levels=(3,), split="held_out", seed=1), 4))
    path = tmp_path / "held_out.jsonl"
    write_jsonl((to_record(p).as_dict() for p in problems), path)
    for name in (f"nursery:{path}", str(path)):
        assert load_benchmark(name).tasks == tuple(nursery.task(p) for p in problems)
    one = load_benchmark(f"nursery/{nursery.load(n=3).tasks[1].problem.id.rpartition('/')[2]}")
    assert one.tasks == nursery.load(n=3).tasks[1:2]


def test_files_that_hold_no_problems_are_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(BadInput, match="found none"):
        nursery.load(path)
    with pytest.raises(BadInput, match="cannot be read"):
        nursery.load(tmp_path / "absent.jsonl")


@pytest.mark.parametrize("asked", [{"n": 0}, {"levels": "easy"}, {"levels": (7,)}, {"split": "dev"}])
def test_bad_requests_are_refused(asked):
    with pytest.raises(BadInput):
        nursery.load(**asked)
