import json
from pathlib import Path

import pytest

from unriddle.benchmarks import mbpp
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.problem import CallTest, CodeTest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "mbpp"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/mbpp")

ROWS = [
    {
        "task_id": 11,
        "text": "Write a function to double.",
        "code": "def helper(x):\r\n    return x\r\ndef double(x):\r\n    return helper(2 * x)",
        "test_setup_code": "",
        "test_list": ["assert double(2) == 4", "assert double(3) == 6"],
        "challenge_test_list": ["assert double(0) == 0"],
    },
    {
        "task_id": 602,
        "text": "Write a function to read a node.",
        "code": "class Node:\n    def __init__(self, x):\n        self.x = x\ndef read(node):\n    return node.x",
        "test_setup_code": "root = Node(1)\r\nroot.y = 2\r\n",
        "test_list": ["assert read(root) == 1"],
        "challenge_test_list": [],
    },
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mbpp.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_rows_become_tasks(file):
    double, read = mbpp.load(file).tasks
    assert (double.problem.id, double.problem.entry) == ("MBPP/11", "double")
    assert double.problem.signature.header() == "def double(arg1):"
    assert [test.source for test in double.problem.tests] == ROWS[0]["test_list"]
    assert "assert double(2) == 4" in double.problem.stub
    assert all(isinstance(test, CallTest) for test in double.hidden)
    assert isinstance(read.hidden[0], CodeTest)
    assert read.hidden[0].source == "assert read(root) == 1"


def test_options_choose_what_is_shown_and_judged(file):
    task = mbpp.load(file, shown=1, challenge=True, split="test").tasks[0]
    assert [len(task.problem.tests), len(task.hidden)] == [1, 3]
    assert "double(3)" not in task.problem.stub
    assert [p.id for p in mbpp.load(file, split="train")] == ["MBPP/602"]
    with pytest.raises(BadInput, match="did you mean test"):
        mbpp.load(file, split="tests")
    with pytest.raises(BadInput, match="at least one task"):
        mbpp.load(file, split="prompt")


def test_references_pass_and_classes_of_the_candidate_are_used(file):
    bench = mbpp.load(file)
    with open_executor(workers=1) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in bench.tasks}
        assert all(verdicts.solved().all() for _, verdicts in bench.judge(candidates, executor=executor))


def test_the_sanitized_edition_is_read_with_its_imports(tmp_path):
    row = {"task_id": 3, "prompt": "Halve.", "code": "def half(x):\n    return x / 2", "source_file": "x"}
    row |= {"test_imports": ["import math"], "test_list": ["assert math.isclose(half(1), 0.5)"]}
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text(json.dumps([row]))
    (task,) = mbpp.load(path).tasks
    assert isinstance(task.hidden[0], CallTest)
    assert task.problem.statement == "Halve."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task_id": "x"}, "expected a number under 'task_id'"),
        ({"code": None}, "expected text under 'code'"),
        ({"test_list": "assert"}, "expected a list of str under 'test_list'"),
        ({"test_list": ["assert other(1)"]}, "call no function that the reference program defines"),
        ({"code": "def f(:"}, "line 1: expected Python source"),
    ],
)
def test_bad_rows_say_where(tmp_path, change, message):
    path = tmp_path / "mbpp.jsonl"
    path.write_text(json.dumps({**ROWS[0], **change}))
    with pytest.raises(BadInput, match=rf"mbpp\.jsonl, line 1: .*{message}"):
        mbpp.load(path)


@shared
@pytest.mark.slow
def test_published_references_pass():
    bench = mbpp.load(SHARED / "mbpp.jsonl", challenge=True)
    assert len(bench) == 974
    with open_executor(workers=2) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in bench.tasks}
        failed = {key for key, verdicts in bench.judge(candidates, executor=executor) if not verdicts.solved().all()}
    # MBPP/533 passes the type ``int`` as an argument, which is not plain data.
    assert failed <= {"MBPP/533"}


@shared
@pytest.mark.slow
def test_sanitized_references_pass():
    bench = mbpp.load(SHARED / "sanitized-mbpp.json")
    assert len(bench) == 427
    with open_executor(workers=2) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in bench.tasks}
        failed = {key for key, verdicts in bench.judge(candidates, executor=executor) if not verdicts.solved().all()}
    # These three return a match object where the asserts only want something true.
    assert failed <= {"MBPP/737", "MBPP/787", "MBPP/794"}
