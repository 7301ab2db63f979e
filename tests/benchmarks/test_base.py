import gzip
import json

import numpy as np
import pytest

from unriddle.benchmarks.base import Task, TaskBenchmark, named, near, read_samples
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Returns, Signature
from unriddle.verdicts import Verdicts


def make(name="Toy/1", entry="f", prompt="def f(x):\n", context=""):
    problem = Problem(name, "Double it.", Signature(entry), stub=prompt, context=context)
    hidden = named([CallTest(entry, (2,), expect=Returns(4)), CallTest(entry, (3,), expect=Returns(6))], "check")
    return Task(problem, hidden, prompt + "    return 2 * x\n", prompt)


@pytest.fixture
def toy():
    return TaskBenchmark("toy", (make(), make("Toy/2", "g", "def g(x):\n"), make("Toy/12", "h", "def h(x):\n")))


class FakeExecutor:
    """Passes candidates whose source holds "2 * x", answers the last group first, and notes its limits."""

    isolation = "none"

    def run_groups(self, groups, *, limits=None):
        self.limits = limits
        for number, (candidates, tests) in reversed(list(enumerate(groups))):
            right = np.array([[0 if "2 * x" in c.source else 1] * len(tests) for c in candidates], np.int8)
            yield (
                number,
                Verdicts(
                    status=right,
                    value=np.full(right.shape, -1, np.int32),
                    cpu_seconds=np.zeros(right.shape, np.float32),
                    prior=np.zeros(len(candidates)),
                    candidates=tuple(c.id for c in candidates),
                    tests=tuple(t.name for t in tests),
                ),
            )


def test_iterating_shows_no_hidden_test(toy):
    assert len(toy) == 3
    assert [problem.id for problem in toy] == ["Toy/1", "Toy/2", "Toy/12"]
    assert all(problem.tests == () for problem in toy)


def test_judging_gives_every_task_its_own_matrix_whatever_the_order(toy):
    executor = FakeExecutor()
    right, wrong = Candidate("def f(x): return 2 * x"), Candidate("def f(x): return x")
    found = dict(toy.judge({"Toy/1": [right, wrong], "12": [wrong], "Toy/2": []}, executor=executor))
    assert {key: v.solved().tolist() for key, v in found.items()} == {
        "Toy/1": [True, False],
        "Toy/12": [False],
        "Toy/2": [],
    }
    assert found["Toy/2"].tests == ("check[0]", "check[1]")
    assert executor.limits == toy.limits
    dict(toy.judge({"Toy/1": [right]}, executor=executor, limits=Limits(cpu_seconds=1)))
    assert executor.limits == Limits(cpu_seconds=1)
    with pytest.raises(BadInput, match="did you mean"):
        list(toy.judge({"Toy/3": [right]}, executor=executor))


@pytest.mark.parametrize(("name", "found"), [("Toy/1", "Toy/1"), ("toy/12", "Toy/12"), ("2", "Toy/2"), (1, "Toy/1")])
def test_tasks_are_found_by_id_and_by_number(toy, name, found):
    assert toy.task(name).problem.id == found


def test_an_unknown_task_lists_near_names(toy):
    with pytest.raises(BadInput, match=r"no task is called 'Toy/123'; did you mean Toy/12 or"):
        toy.task("Toy/123")


def test_two_tasks_with_one_id_and_no_tasks_are_refused():
    with pytest.raises(BadInput, match="two tasks have the id 'Toy/1'"):
        TaskBenchmark("toy", (make(), make()))
    with pytest.raises(BadInput, match="at least one task"):
        TaskBenchmark("toy", ())


def test_take_keeps_the_order_asked_for(toy):
    assert [p.id for p in toy.take(["12", "Toy/1"])] == ["Toy/12", "Toy/1"]


def test_a_completion_continues_the_prompt_and_a_solution_is_whole(toy):
    assert toy.program("Toy/1", {"completion": "    return x"}).source == "def f(x):\n    return x"
    assert toy.program("Toy/1", {"solution": "f = abs"}).source == "f = abs"


def test_the_context_goes_before_a_program_once():
    bench = TaskBenchmark("toy", (make(context="class Node: pass\n"),))
    once = bench.program("1", {"solution": "f = abs"}).source
    assert once == "class Node: pass\n\n\nf = abs"
    assert bench.program("1", {"solution": once}).source == once


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({}, "got neither"),
        ({"completion": "a", "solution": "b"}, "completion and solution"),
        ({"completion": 3}, "must be text, got int 3"),
        ({"solution": None}, "got neither"),
    ],
)
def test_bad_samples_say_what_and_where(toy, sample, message):
    with pytest.raises(BadInput, match=rf"sample for Toy/2: .*{message}"):
        toy.program("Toy/2", sample)


def write(path, rows):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt") as file:
        file.write("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return path


def test_samples_of_every_form_are_read(toy, tmp_path):
    rows = [
        {"task_id": "Toy/1", "completion": "    return 1"},
        {"task_id": "Toy/2", "solution": "g = abs", "language": "python"},
        {"task_id": "Toy/1", "completion": "    return 2"},
        {"task_id": 12, "samples": ["    return 3", "    return 4"]},
        {"prompt": 'def h(x):\n    """Shortened."""\n', "samples": ["    return 5"]},
    ]
    found = read_samples(write(tmp_path / "s.jsonl.gz", rows), toy)
    assert [c.source for c in found["Toy/1"]] == ["def f(x):\n    return 1", "def f(x):\n    return 2"]
    assert [c.source for c in found["Toy/2"]] == ["g = abs"]
    assert [c.source for c in found["Toy/12"]] == [
        "def h(x):\n    return 3",
        "def h(x):\n    return 4",
        'def h(x):\n    """Shortened."""\n    return 5',
    ]


def test_a_shortened_prompt_is_told_apart_by_its_lines(tmp_path):
    long = (
        'def f(x):\n    """Area of a triangle.\n    >>> f(1)\n    """\n',
        'def f(x):\n    """Area of a square."""\n',
    )
    bench = TaskBenchmark("toy", (make("Toy/1", "f", long[0]), make("Toy/2", "f", long[1])))
    row = {"prompt": 'def f(x):\n    """Area of a triangle.\n    """\n', "samples": ["    return 1"]}
    assert list(read_samples(write(tmp_path / "s.jsonl", [row]), bench)) == ["Toy/1"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"task_id": "Toy/9", "completion": ""}, r"line 2: benchmark toy: no task is called 'Toy/9'; did you mean"),
        ({"task_id": "Toy/1"}, "line 2: .*got neither"),
        ({"task_id": ["x"], "completion": ""}, "line 2: 'task_id' must be text or a number"),
        ({"completion": ""}, r"line 2: expected 'task_id'"),
        ({"prompt": "something else", "samples": [""]}, "line 2: no task of toy could have the prompt"),
        ({"task_id": "Toy/1", "samples": "text"}, "line 2: 'samples' must be a list of texts"),
        ({"task_id": "Toy/1", "completion": "", "language": "java"}, "line 2: expected programs in python"),
        ("{not json", r"s\.jsonl:2"),
        ("[1]", r"s\.jsonl:2"),
    ],
)
def test_bad_rows_say_their_line(toy, tmp_path, row, message):
    path = write(tmp_path / "s.jsonl", [{"task_id": "Toy/1", "completion": ""}, row])
    with pytest.raises(BadInput, match=message):
        read_samples(path, toy)


def test_an_empty_and_an_absent_file_are_refused(toy, tmp_path):
    with pytest.raises(BadInput, match="found none"):
        read_samples(write(tmp_path / "s.jsonl", [""]), toy)
    with pytest.raises(BadInput, match=r"absent\.jsonl"):
        read_samples(tmp_path / "absent.jsonl", toy)


def test_hints_name_the_nearest_or_the_first():
    assert near("humanevl", ["mbpp", "humaneval"]) == "did you mean humaneval?"
    assert near("zzz", ["a", "b"]) == "it has: a, b"
    assert near("zzz", [str(i) for i in range(9)]) == "it has: 0, 1, 2, 3, 4, … (9 in all)"
