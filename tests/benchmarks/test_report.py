"""The --json document, the tables and the files of an evaluation."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from unriddle import verdicts_file
from unriddle.benchmarks import report
from unriddle.benchmarks.run import Evaluation, TaskResult
from unriddle.errors import BadInput
from unriddle.outcome import Limits, Status
from unriddle.verdicts import Verdicts


def matrix(*rows: str) -> Verdicts:
    letters = {"P": Status.PASS, "F": Status.FAIL, "T": Status.TIMEOUT, "I": Status.INFRA}
    status = np.array([[letters[c] for c in row] for row in rows], np.int8)
    return Verdicts(
        status=status,
        value=np.full(status.shape, -1, np.int32),
        cpu_seconds=np.zeros(status.shape, np.float32),
        prior=np.full(len(rows), np.nan),
        candidates=tuple(f"id{i}" for i in range(len(rows))),
        tests=tuple(f"t{j}" for j in range(status.shape[1])),
    )


EVALUATION = Evaluation(
    benchmark="toy+",
    per_problem={
        "T/0": TaskResult(n=3, c=2, n_infra=0, verdicts=matrix("PP", "PF"), rows=(0, 1, 0)),
        "T/1": TaskResult(n=1, c=0, n_infra=1, verdicts=matrix("TP", "PI"), rows=(0, 1)),
    },
    metrics={"pass@1": {"value": 1 / 3, "low": 0.0, "high": 2 / 3}},
    status_counts={
        "PASS": 2, "FAIL": 1, "ERROR": 0, "TIMEOUT": 1, "MEMORY": 0,
        "CRASH": 0, "FORBIDDEN": 0, "SKIPPED": 0, "INFRA": 1,
    },
    missing=("T/2",),
    n_problems=2,
    n_candidates=5,
    isolation="full",
    limits=Limits(cpu_seconds=2.0),
    seconds=1.23456,
)  # fmt: skip


def test_the_document_has_exactly_the_promised_shape() -> None:
    got = json.loads(json.dumps(report.document(EVALUATION)))
    assert got == {
        "schema": 1,
        "benchmark": "toy+",
        "n_problems": 2,
        "n_candidates": 5,
        "metrics": {"pass@1": {"value": 1 / 3, "low": 0.0, "high": 2 / 3}},
        "status_counts": dict(EVALUATION.status_counts),
        "isolation": "full",
        "limits": Limits(cpu_seconds=2.0).as_dict(),
        "seconds": 1.235,
        "per_problem": {"T/0": {"n": 3, "c": 2}, "T/1": {"n": 1, "c": 0}},
    }


def test_results_have_one_record_per_candidate_in_the_given_order() -> None:
    got = list(report.results(EVALUATION))
    assert [(r["task_id"], r["passed"], r["result"]) for r in got] == [
        ("T/0", True, "passed"),
        ("T/0", False, "failed: FAIL"),
        ("T/0", True, "passed"),
        ("T/1", False, "failed: TIMEOUT"),
        ("T/1", None, "not judged: INFRA"),
    ]
    assert got[1]["status"] == {"t0": "PASS", "t1": "FAIL"}
    assert [r["verdicts_row"] for r in got] == [0, 1, 0, 0, 1]


def test_saved_files_read_back(tmp_path: Path) -> None:
    report.save(EVALUATION, tmp_path / "deep" / "out")
    folder = tmp_path / "deep" / "out"
    assert json.loads((folder / "summary.json").read_text()) == report.document(EVALUATION)
    lines = (folder / "toy+_results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(report.results(EVALUATION))
    back = verdicts_file.load(folder / "verdicts" / "T_1.npz")
    np.testing.assert_array_equal(back.status, EVALUATION.per_problem["T/1"].verdicts.status)
    report.save(EVALUATION, folder)
    assert not [path for path in folder.rglob("*") if path.name.endswith(".tmp")]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"cannot be written.*--out"):
        report.save(EVALUATION, tmp_path / "file")


def test_tables_show_the_numbers() -> None:
    from rich.console import Console

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(report.summary_table(EVALUATION))
    console.print(report.task_table(EVALUATION))
    text = console.export_text()
    assert "33.3%" in text
    assert "0.0% – 66.7%" in text
    assert "TIMEOUT 1, INFRA 1" in text
    assert report.status_line(EVALUATION).endswith("PASS 2, FAIL 1, TIMEOUT 1, INFRA 1")
