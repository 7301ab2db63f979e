import gzip
import json
from pathlib import Path

import pytest

from unriddle.benchmarks import evalplus
from unriddle.benchmarks.expected import cache_folder, expected_outputs
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, ExecutorError
from unriddle.execute import open_executor
from unriddle.language.values import decode
from unriddle.problem import Returns

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not (SHARED / "humanevalplus").is_dir(), reason="needs ../shared/data/humanevalplus")

HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": 'def half(x):\n    """Halve.\n\n    >>> half(4)\n    2.0\n    """\n',
    "entry_point": "half",
    "canonical_solution": "    return x / 2\n",
    "base_input": [[4], [1]],
    "plus_input": [[7], [0], [-3]],
    "contract": "\n    assert True\n",
    "atol": 0,
    "test": "",
}
MBPP = {
    "task_id": "Mbpp/2",
    "prompt": '"""\nFind the shared elements.\nassert set(shared((1, 2),(2, 3))) == set((2,))\n"""\n',
    "entry_point": "shared",
    "canonical_solution": "\ndef shared(a, b):\n    return tuple(set(a) & set(b))\n",
    "base_input": [[[1, 2], [2, 3]]],
    "plus_input": {},
    "contract": "",
    "atol": 0,
    "assertion": "",
}


def write(tmp_path, *rows):
    path = tmp_path / "plus.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    return path


class Refuses:
    """An executor that must not be asked."""

    def run_groups(self, groups, *, limits=None):
        raise AssertionError("the outputs should have come from the cache")


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def test_expected_outputs_come_from_the_reference_and_then_from_the_cache(tmp_path, executor):
    path, cache = write(tmp_path, HUMANEVAL), tmp_path / "cache"
    first = evalplus.load(path, executor=executor, cache=cache)
    (task,) = evalplus.load(path, executor=Refuses(), cache=cache).tasks
    assert task.hidden == first.tasks[0].hidden
    assert [test.expect.value for test in task.hidden] == [2.0, 0.5, 3.5, 0.0, -1.5]
    assert [test.name for test in task.hidden] == ["base[0]", "base[1]", "plus[0]", "plus[1]", "plus[2]"]
    assert [test.args for test in task.problem.tests] == [(4,)]
    assert (first.name, task.problem.statement.split("\n")[0]) == ("humaneval+", "Halve.")


def test_options_choose_the_inputs(tmp_path, executor):
    path, cache = write(tmp_path, HUMANEVAL), tmp_path / "cache"
    sizes = [
        len(evalplus.load(path, executor=executor, cache=cache, **options).tasks[0].hidden)
        for options in ({}, {"base_only": True}, {"plus_only": True})
    ]
    assert sizes == [5, 2, 3]
    with pytest.raises(BadInput, match="leave no inputs"):
        evalplus.load(path, base_only=True, plus_only=True)


def test_mbpp_rows_have_tuples_set_equality_and_a_visible_assert(tmp_path, executor):
    bench = evalplus.load(write(tmp_path, MBPP), executor=executor, cache=tmp_path / "cache")
    (task,) = bench.tasks
    assert bench.name == "mbpp+"
    assert task.hidden[0].args == ((1, 2), (2, 3))
    assert task.hidden[0].expect.equality.kind == "set"
    assert task.problem.statement == "Find the shared elements."
    assert isinstance(task.problem.tests[0].expect, Returns)
    assert task.problem.signature.header() == "def shared(arg1, arg2):"
    candidates = [bench.program("2", {"solution": f"def shared(a, b):\n    return {x}\n"}) for x in ("[2, 2]", "[1]")]
    ((_, verdicts),) = bench.judge({"Mbpp/2": candidates}, executor=executor)
    assert verdicts.solved().tolist() == [True, False]


def test_single_tasks_can_be_read(tmp_path, executor):
    path = write(tmp_path, HUMANEVAL, {**HUMANEVAL, "task_id": "HumanEval/1", "canonical_solution": "    1 / 0\n"})
    assert len(evalplus.load(path, executor=executor, cache=tmp_path, tasks=[0])) == 1
    with pytest.raises(BadInput, match=r"no task is called 7; it has: HumanEval/0, HumanEval/1"):
        evalplus.load(path, executor=executor, cache=tmp_path, tasks=[7])
    with pytest.raises(ExecutorError, match=r"HumanEval/1: its reference did not return on input 0 \(ERROR: Zero"):
        evalplus.load(path, executor=executor, cache=tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base_input": "x"}, "expected a list under 'base_input'"),
        ({"atol": "x"}, "'atol' must be a number"),
        ({"canonical_solution": None}, "expected text under 'canonical_solution'"),
        ({"task_id": "Mbpp/2", "base_input": [[1, 2]]}, "do not have the published types"),
    ],
)
def test_bad_rows_say_where(tmp_path, change, message):
    with pytest.raises(BadInput, match=rf"plus\.jsonl\.gz, line 2: .*{message}"):
        evalplus.load(write(tmp_path, HUMANEVAL, {**HUMANEVAL, **change}), cache=tmp_path)


JOB = ("t", "f", "def f(x):\n    return [x, {x}]\n", [(1,), (2,)])


def test_a_damaged_cache_file_is_made_anew(tmp_path, executor):
    first = expected_outputs([JOB], executor=executor, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    for damage in (good[:-3], b"", b"garbage"):
        file.write_bytes(damage)
        assert expected_outputs([JOB], executor=executor, cache=tmp_path) == first
        assert file.read_bytes() == good
    assert [decode(data) for data in first[0]] == [[1, {1}], [2, {2}]]


def test_a_changed_reference_or_input_is_run_again(tmp_path, executor):
    expected_outputs([JOB], executor=executor, cache=tmp_path)
    changed = expected_outputs(
        [("t", "f", "def f(x):\n    return -x\n", [(1,), (2,)])], executor=executor, cache=tmp_path
    )
    assert [decode(data) for data in changed[0]] == [-1, -2]
    more = expected_outputs([(*JOB[:3], [(3,)])], executor=executor, cache=tmp_path)
    assert [decode(data) for data in more[0]] == [[3, {3}]]


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path, executor):
    (tmp_path / "file").write_text("not a folder")
    assert expected_outputs([JOB], executor=executor, cache=tmp_path / "file") != []


def test_the_cache_is_in_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "unriddle"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "unriddle"


def failures(bench, executor):
    candidates = {task.problem.id: [Candidate(task.reference)] for task in bench.tasks}
    return {key for key, verdicts in bench.judge(candidates, executor=executor) if not verdicts.solved().all()}


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("file", ["HumanEvalPlus-Mini.jsonl.gz", "HumanEvalPlus.jsonl.gz"])
def test_references_of_humaneval_plus_pass(tmp_path, executor, file):
    path = SHARED / "humanevalplus" / file
    bench = evalplus.load(path, executor=executor, cache=tmp_path)
    assert len(bench) == 164
    assert bench.meta["left_out"] == {}
    assert failures(bench, executor) == set()


@needs_data
@pytest.mark.slow
def test_references_of_mbpp_plus_pass(tmp_path, executor):
    bench = evalplus.load(SHARED / "mbppplus" / "MbppPlus.jsonl.gz", executor=executor, cache=tmp_path)
    assert len(bench) == 378
    # Five inputs of this task have results of tens and hundreds of megabytes.
    assert {task: len(places) for task, places in bench.meta["left_out"].items()} == {"Mbpp/255": 5}
    assert failures(bench, executor) == set()
