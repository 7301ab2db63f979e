import json
from pathlib import Path

import pytest

from unriddle.benchmarks import quixbugs
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.problem import CallTest, CodeTest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "quixbugs"

NODE = """class Node:
    def __init__(self, value=None, successor=None):
        self.value = value
        self.successor = successor
"""
RIGHT = {
    "count": "def count(n):\n    for i in range(n):\n        yield i\n",
    "pairs": "def pairs(n):\n    return [(i, i) for i in range(n)]\n",
    "root": "def root(x, eps):\n    return x ** 0.5 + eps / 2\n",
    "last": "def last(node):\n    while node.successor:\n        node = node.successor\n    return node\n",
}
BUGGY = {
    "count": 'def count(n):\n    for i in range(n - 1):\n        yield i\n\n\n"""\nCount\n\nCounts to n.\n"""\n',
    "pairs": "def pairs(n):\n    return [[i, i] for i in range(n)]\n",
    "root": "def root(x, eps):\n    return x ** 0.5 + eps * 2\n",
    "last": "def last(node):\n    return node\n",
}
HEAD = """import pytest
from load_testdata import load_json_testcases

if pytest.use_correct:
    from c.{0} import {0}
else:
    from b.{0} import {0}

"""
CASES = {
    "count": "def test_count(input_data, expected):\n    assert list(count(*input_data)) == expected\n",
    "pairs": "testdata = [[inp, [tuple(x) for x in out]] for inp, out in testdata]\n",
    "root": "def test_root(input_data, expected):\n    if input_data == [4, 0.5]:\n        pytest.skip('slow')\n"
    "    assert root(*input_data) == pytest.approx(expected, abs=input_data[-1])\n",
    "last": "from node import Node\n\nend = Node(3)\nstart = Node(1, Node(2, end))\n\n\n"
    "def test1():\n    assert last(start) == end\n\n\n"
    "def test2():\n    assert last(end).value == 3\n",
}
ROWS = {"count": [[[2], [0, 1]]], "pairs": [[[2], [[0, 0], [1, 1]]]], "root": [[[9, 0.5], 3], [[4, 0.5], 2]]}


@pytest.fixture
def folder(tmp_path):
    for name in ("python_programs", "correct_python_programs", "json_testcases", "python_testcases"):
        (tmp_path / name).mkdir()
    (tmp_path / "python_programs" / "node.py").write_text(NODE)
    (tmp_path / "python_programs" / "last_test.py").write_text("not a program")
    for name in RIGHT:
        (tmp_path / "python_programs" / f"{name}.py").write_text(BUGGY[name])
        (tmp_path / "correct_python_programs" / f"{name}.py").write_text(RIGHT[name])
        (tmp_path / "python_testcases" / f"test_{name}.py").write_text(HEAD.format(name) + CASES[name])
    for name, rows in ROWS.items():
        (tmp_path / "json_testcases" / f"{name}.json").write_text(
            "".join(json.dumps(row) + "\n" for row in rows) + "\n"
        )
    return tmp_path


def test_the_folder_becomes_tasks(folder):
    bench = quixbugs.load(folder)
    assert [p.id for p in bench] == [f"QuixBugs/{name}" for name in ("count", "last", "pairs", "root")]
    count, last = bench.task("count"), bench.task("last")
    assert count.problem.statement == "Count\n\nCounts to n."
    assert count.problem.meta["buggy"] == BUGGY["count"]
    assert count.problem.context == ""
    assert last.problem.context == NODE
    assert all(isinstance(test, CodeTest) and test.prelude == NODE for test in last.hidden)
    assert all(isinstance(test, CallTest) for test in count.hidden)
    assert [len(quixbugs.load(folder, slow=slow).task("root").hidden) for slow in (False, True)] == [1, 2]


def test_right_programs_pass_and_buggy_ones_fail(folder):
    bench = quixbugs.load(folder)
    both = {
        task.problem.id: [
            Candidate(task.reference),
            bench.program(task.problem.id, {"solution": task.problem.meta["buggy"]}),
        ]
        for task in bench.tasks
    }
    with open_executor(workers=2) as executor:
        found = {key: verdicts.solved().tolist() for key, verdicts in bench.judge(both, executor=executor)}
    assert found == {key: [True, False] for key in both}


def test_a_node_of_the_candidate_does_not_pass_for_the_tests_own(folder):
    bench = quixbugs.load(folder)
    lie = "class Liar:\n    value = 3\n    def __eq__(self, other):\n        return True\n"
    lie += "def last(node):\n    return Liar()\n"
    with open_executor(workers=1) as executor:
        ((_, verdicts),) = bench.judge({"last": [bench.program("last", {"solution": lie})]}, executor=executor)
    assert not verdicts.passed[0, 0]


def test_a_wrong_folder_and_bad_rows_are_refused(folder, tmp_path):
    with pytest.raises(BadInput, match="python_programs inside"):
        quixbugs.load(folder / "json_testcases")
    (folder / "json_testcases" / "count.json").write_text("[1]\n")
    with pytest.raises(BadInput, match=r"count\.json, line 1: expected \[arguments, result\]"):
        quixbugs.load(folder)
    (folder / "json_testcases" / "count.json").unlink()
    (folder / "python_testcases" / "test_count.py").unlink()
    with pytest.raises(BadInput, match="found neither"):
        quixbugs.load(folder)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/quixbugs")
@pytest.mark.slow
def test_all_published_correct_programs_pass_and_all_buggy_ones_fail():
    bench = quixbugs.load(SHARED)
    both = {
        task.problem.id: [
            Candidate(task.reference),
            bench.program(task.problem.id, {"solution": task.problem.meta["buggy"]}),
        ]
        for task in bench.tasks
    }
    with open_executor(workers=2) as executor:
        found = {key: verdicts.solved().tolist() for key, verdicts in bench.judge(both, executor=executor)}
    assert len(found) == len(bench) >= 20
    assert {key: value for key, value in found.items() if value != [True, False]} == {}
