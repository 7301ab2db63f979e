"""perf/puzzles.py: what it counts, and that it goes on where it stopped."""

import importlib
import json
from pathlib import Path

import pytest

PERF = Path(__file__).resolve().parents[2] / "perf"


@pytest.fixture
def puzzles(monkeypatch):
    monkeypatch.syspath_prepend(str(PERF))
    return importlib.import_module("puzzles")


@pytest.fixture
def file(tmp_path):
    rows = [
        {"name": "Plus:0", "sat": "def sat(n: int, a=31, b=172):\n    return n + a == b", "ans_type": "int"},
        {"name": "Plus:1", "sat": "def sat(n: int, a=1, b=2):\n    return n + a == b", "ans_type": "int"},
        {"name": "Zero:0", "sat": "def sat(n: int):\n    return n == 0", "ans_type": "int"},
        {"name": "Never:0", "sat": "def sat(s: str):\n    return s != s", "ans_type": "str"},
        {"name": "Hidden:0", "sat": "def sat(s: str):\n    return s == 'x'", "ans_type": "str"},
    ]
    path = tmp_path / "puzzles.json"
    path.write_text(
        json.dumps([{"sol_header": "def sol():", "sol_bodies": [], "module": "m.py", **row} for row in rows])
    )
    (tmp_path / "split.json").write_text(json.dumps({"train": ["Plus", "Zero", "Never"], "test": ["Hidden"]}))
    return path


def test_first_instances_of_the_split_are_counted_once(puzzles, file, monkeypatch, capsys):
    state = file.parent / "state.jsonl"
    arguments = ["puzzles.py", str(file), "--cpu-seconds", "0.4", "--workers", "1", "--state", str(state), "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    assert puzzles.main() == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["n"], made["solved"], made["constants_baseline"]) == (3, 2, 1)
    assert made["missing"] == ["Never:0"]
    assert made["missing_by_type"] == {"str": 1}
    rows = state.read_text()
    assert puzzles.main() == 0
    assert json.loads(capsys.readouterr().out) == made
    assert state.read_text() == rows
