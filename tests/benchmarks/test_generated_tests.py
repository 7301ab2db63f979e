import json

import pytest

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.generated_tests import read_generated_tests
from unriddle.errors import BadInput
from unriddle.lab.base import data_folder
from unriddle.problem import Problem, Signature

STUB = 'def f(x):\n    """Add one."""\n'
OTHER = 'def g(x):\n    """Take one."""\n'
BENCHMARK = TaskBenchmark(
    "toy",
    tuple(Task(Problem(f"toy/{i}", "", Signature(s[4]), s), (), prefix=s) for i, s in enumerate((STUB, OTHER))),
)


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_raw_draws_are_joined_by_a_prompt_that_ends_in_an_open_assert(tmp_path):
    prompt = STUB + "    pass\n\n# check the correctness of f\nassert "
    path = write(tmp_path / "t.jsonl", {"prompt": prompt, "samples": ["f(1) == 2", "f(1) == 2\nassert g(1) == 0", ""]})
    found = read_generated_tests(path, BENCHMARK)
    assert [test.source for test in found["toy/0"]] == ["assert f(1) == 2", "assert f(1) == 2"]


def test_ready_asserts_and_rows_of_one_task_add_up(tmp_path):
    rows = [{"task_id": "toy/1", "tests": ["assert g(1) == 0"]}, {"task_id": 1, "samples": ["g(2) == 1"]}]
    found = read_generated_tests(write(tmp_path / "t.jsonl", *rows), BENCHMARK)
    assert [test.source for test in found["toy/1"]] == ["assert g(1) == 0", "assert g(2) == 1"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"task_id": "toy/9", "tests": []}, "no task"),
        ({"task_id": "toy/0"}, "'samples'"),
        ({"task_id": "toy/0", "tests": [], "samples": []}, "either"),
        ({"task_id": "toy/0", "tests": "assert f(1)"}, "list of texts"),
        ({"task_id": "toy/0", "tests": ["assert g(1) == 0"]}, "call f"),
        ({"prompt": "def h(): pass", "samples": []}, "no task"),
    ],
)
def test_bad_rows_name_their_line(tmp_path, row, message):
    good = {"task_id": "toy/0", "tests": ["assert f(1) == 2"]}
    with pytest.raises(BadInput, match=f"line 2: .*{message}"):
        read_generated_tests(write(tmp_path / "t.jsonl", good, row), BENCHMARK)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="found none"):
        read_generated_tests(write(tmp_path / "t.jsonl"), BENCHMARK)


@pytest.mark.slow
def test_the_published_recording_is_read_whole():
    folder = data_folder()
    if folder is None:
        pytest.skip("needs the reference data")
    from unriddle.benchmarks import humaneval

    name = "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_test_case.jsonl.xz"
    found = read_generated_tests(folder / "codet" / "generated_data" / name, humaneval.load())
    assert len(found) == 164
    assert max(map(len, found.values())) <= 500
    assert sum(map(len, found.values())) == 9151
