import json

import pytest
from click.testing import CliRunner

from unriddle.cli.data import data_command
from unriddle.data.world.rows import from_record
from unriddle.errors import BadInput
from unriddle.record import read_records


def run(*args):
    return CliRunner().invoke(data_command, [str(arg) for arg in args], standalone_mode=False)


def test_world_writes_problems_that_read_back(tmp_path):
    path = tmp_path / "world.jsonl"
    result = run("world", "--level", "1,3", "-n", 12, "--out", path, "--json")
    document = json.loads(result.stdout)
    assert (document["schema"], document["rows"], document["levels"]) == (1, 12, [1, 3])
    problems = [from_record(record) for record in read_records(path)]
    assert {p.level for p in problems} == {1, 3}
    again = tmp_path / "again.jsonl"
    run("world", "--level", "1,3", "-n", 12, "--out", again)
    assert path.read_bytes() == again.read_bytes()


def test_formats_write_examples(tmp_path):
    path = tmp_path / "examples.jsonl.gz"
    result = run("world", "-n", 5, "--format", "program", "--format", "output", "--out", path)
    assert "10 rows from 5 problems" in result.stdout
    rows = [record.data for record in read_records(path)]
    assert [row["task"] for row in rows] == ["program", "output"] * 5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--level", "9"], "levels must be"),
        (["--format", "poem"], "no format called 'poem'"),
        (["--out", "nowhere/x.jsonl"], "does not exist"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(tmp_path, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    result = run("world", "--out", "x.jsonl", *args)
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_level_that_is_no_number_is_a_usage_error(tmp_path):
    result = CliRunner().invoke(data_command, ["world", "--level", "easy", "--out", str(tmp_path / "x.jsonl")])
    assert result.exit_code == 2
    assert "expected levels as numbers" in result.stderr


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    import os

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run("world", "-n", 3, "--out", tmp_path / "x.jsonl")
    assert "No space left on device" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_leakage_reports_and_finds_none():
    result = run("leakage", "--level", "1,2", "-n", 40, "--train", 200, "--json")
    assert result.return_value == 0
    document = json.loads(result.stdout)
    assert (document["held_out"], document["train"], document["twins"]) == (40, 200, 0)
    assert 0 < document["behaviour"]["mean"] < 1
    assert len(document["nearest"]) == 5


def test_leakage_exits_with_1_when_there_is_a_twin(monkeypatch):
    import unriddle.data.world as world

    monkeypatch.setattr(world, "generate", lambda *, levels, split, seed: iter(world_problems()))
    result = run("leakage", "-n", 3, "--train", 10)
    assert result.return_value == 1
    assert "behavioural twins: 3" in result.stdout


def world_problems():
    from itertools import islice

    from unriddle.data.world.generate import generate

    return list(islice(generate(levels=(1,), split="train", seed=0), 10))


def test_pairs_writes_pairs_and_counts(tmp_path):
    for repo in ("one", "fork"):
        (tmp_path / repo).mkdir()
        (tmp_path / repo / "shape.py").write_text("def area(): ...\n")
        (tmp_path / repo / "test_shape.py").write_text("from shape import area\n")
    path = tmp_path / "pairs.jsonl"
    result = run("pairs", tmp_path / "one", tmp_path / "fork", "--out", path, "--json")
    document = json.loads(result.stdout)
    assert (document["schema"], document["rows"], document["copies"]) == (1, 1, 1)
    assert document["imports"] == {"module": 1, "package": 0, "none": 0}
    (record,) = read_records(path)
    assert (record.kind, record.data["repo"], record.data["test_path"]) == ("pair", "one", "test_shape.py")
    assert "1 pairs, 1 copies dropped" in run("pairs", tmp_path / "one", tmp_path / "fork", "--out", path).stdout


def test_pairs_of_a_folder_that_is_not_there_leaves_nothing(tmp_path):
    result = run("pairs", tmp_path / "absent", "--out", tmp_path / "x.jsonl")
    assert isinstance(result.exception, BadInput)
    assert list(tmp_path.iterdir()) == []
