"""Loaders of tasks that are examples over lists: half shown, the rest hidden, nothing that tells the answer."""

import json
import tarfile

import pytest

from unriddle.benchmarks import dreamcoder_lists, list_routines
from unriddle.errors import BadInput

PAIRS = [{"i": [n, 1], "o": [1, n]} for n in range(5)]


def test_tasks_show_half_of_their_examples_and_no_name(tmp_path):
    path = tmp_path / "list_tasks.json"
    path.write_text(json.dumps([{"name": "swap", "type": {}, "examples": PAIRS}]))
    bench = dreamcoder_lists.load(path)
    task = bench.task("list/0")
    assert (len(task.problem.tests), len(task.hidden)) == (3, 2)
    assert task.problem.signature.header() == "def f(xs: list[int]) -> list[int]:"
    assert "swap" not in repr(task)
    assert bench.meta["names"] == {"list/0": "swap"}


def test_routines_are_read_from_a_folder_and_from_an_archive(tmp_path):
    (tmp_path / "dataset").mkdir()
    for name in ("c002_1", "c001_1"):
        (tmp_path / "dataset" / f"{name}.json").write_text(json.dumps({"program": "(lambda $0)", "examples": PAIRS}))
    with tarfile.open(tmp_path / "all.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "dataset", "dataset")
    for path in (tmp_path / "dataset", tmp_path / "all.tar.xz"):
        bench = list_routines.load(path, shown=0.2)
        assert [t.problem.id for t in bench.tasks] == ["routine/c001_1", "routine/c002_1"]
        assert len(bench.task("routine/c001_1").problem.tests) == 1
        assert "lambda" not in repr(bench.tasks)


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ([*PAIRS, {"i": "a", "o": 1}], "all of one type"),
        ([{"i": 1}], "the keys 'i' and 'o'"),
        (PAIRS[:1], "expected more than 1 examples"),
    ],
)
def test_bad_tasks_say_where(tmp_path, examples, said):
    path = tmp_path / "list_tasks.json"
    path.write_text(json.dumps([{"name": "x", "examples": examples}]))
    with pytest.raises(BadInput, match=rf"list_tasks\.json, task 0: .*{said}"):
        dreamcoder_lists.load(path)


def test_files_that_are_no_such_data_are_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(BadInput, match="expected a list of tasks"):
        dreamcoder_lists.load(path)
    with pytest.raises(BadInput, match="cannot be read"):
        list_routines.load(path)
    with pytest.raises(BadInput, match=r"no \.json file"):
        list_routines.load(_empty(tmp_path))


def _empty(folder):
    (folder / "none").mkdir()
    return folder / "none"
