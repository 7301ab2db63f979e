"""``unriddle runs``: list, show, export, delete."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.cli.main import main
from unriddle.store import open_store
from unriddle.verdicts import Detail, Verdicts


@pytest.fixture
def unriddle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One finished run, one unfinished."""
    path = tmp_path / ".unriddle" / "runs.db"
    good, bad = Candidate("def f(): return 1"), Candidate("def f():\n\treturn '\x1b[31mred'")
    verdicts = Verdicts(
        status=np.array([[0, 0], [0, 2]], np.int8),
        value=np.full((2, 2), -1, np.int32),
        cpu_seconds=np.zeros((2, 2), np.float32),
        prior=np.full(2, np.nan),
        candidates=(good.id, bad.id),
        tests=("t0", "t1"),
        details={(1, 1): Detail("", "ValueError: \x1b[2Jgone", 1)},
    )
    with open_store(path) as opened:
        with opened.begin("eval", "a", {"benchmark": "toy", "samples": "s.jsonl"}) as run:
            run.save_candidates("T/0", [good, bad])
            run.save_rows("T/0", [good, bad], verdicts)
            summary = {
                "metrics": {"pass@1": {"value": 0.5, "low": 0, "high": 1}},
                "per_problem": {"T/0": {"n": 2, "c": 1}},
            }
            run.finish(summary)
        with opened.begin("eval", "b", {"benchmark": "toy", "lm": {"name": "scripted"}}) as run:
            run.save_candidates("T/0", [good])
    return path


def test_list(store: Path, unriddle: Any) -> None:
    code, out, _ = unriddle("runs")
    assert code == 0
    assert "pass@1 50.0%" in out
    assert "scripted" in out
    assert out.index("unfinished") < out.index(" finished")
    document = json.loads(unriddle("runs", "--json")[1])
    assert [(run["id"], run["status"], run["n_rows"]) for run in document["runs"]] == [
        (2, "unfinished", 0),
        (1, "finished", 2),
    ]


def test_show(store: Path, unriddle: Any) -> None:
    code, out, _ = unriddle("runs", "show", "1")
    assert code == 0
    assert "T/0: 1 of 2" in out
    assert json.loads(unriddle("runs", "show", "1", "--json")[1])["run"]["summary"]["per_problem"]["T/0"]["c"] == 1
    assert "give the same command again" in unriddle("runs", "show", "2")[1]


def test_show_a_task_without_letting_a_program_write_to_the_terminal(store: Path, unriddle: Any) -> None:
    code, out, _ = unriddle("runs", "show", "1", "--task", "T/0")
    assert code == 0
    assert "candidate 0" in out
    assert "t1: ERROR (ValueError: " in out
    assert "\x1b" not in out
    assert "\treturn '" in out
    candidates = json.loads(unriddle("runs", "show", "1", "--task", "T/0", "--json")[1])["candidates"]
    assert [row["passed"] for row in candidates] == [True, False]


def test_export_and_delete(store: Path, unriddle: Any, tmp_path: Path) -> None:
    code, out, err = unriddle("runs", "export", "1", "run.jsonl")
    assert (code, out) == (0, "")
    assert "wrote 2 candidates" in err
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 2
    assert unriddle("runs", "delete", "1")[0] == 0
    assert [run["id"] for run in json.loads(unriddle("runs", "--json")[1])["runs"]] == [2]


def test_another_store_before_or_after_the_verb(store: Path, unriddle: Any, tmp_path: Path) -> None:
    store.rename(tmp_path / "other.db")
    assert unriddle("runs", "--store", "other.db", "show", "1")[0] == 0
    assert unriddle("runs", "show", "1", "--store", "other.db")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "9"], "there is no run 9"),
        (["delete", "9"], "there is no run 9"),
        (["export", "9", "x.jsonl"], "there is no run 9"),
        (["export", "1", "x.csv"], "must end in .jsonl or .parquet"),
        (["show", "1", "--task", "T/7"], "no candidates of task 'T/7'"),
        (["show", "one"], "'one' is not a valid integer"),
        (["show", "1", "--store", "absent.db"], "there is no run store here"),
    ],
)
def test_bad_input(store: Path, unriddle: Any, words: list[str], message: str) -> None:
    code, out, err = unriddle("runs", *words)
    assert (code, out) == (2, "")
    assert message in err


def test_no_store_yet(unriddle: Any, tmp_path: Path) -> None:
    code, out, err = unriddle("runs")
    assert (code, out) == (0, "")
    assert "no runs in .unriddle/runs.db yet" in err
    assert json.loads(unriddle("runs", "--json")[1]) == {"schema": 1, "runs": []}
    assert not (tmp_path / ".unriddle").exists()
