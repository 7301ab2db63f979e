"""The run store: what is saved comes back, runs go on, and only one process works on a run."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.lm.base import Completion, Message
from unriddle.store import delete_run, export, list_runs, load_run, open_store
from unriddle.verdicts import Detail, Verdicts


def verdicts(candidates: list[Candidate], status: int = 0, m: int = 2) -> Verdicts:
    n = len(candidates)
    return Verdicts(
        status=np.full((n, m), status, np.int8),
        value=np.zeros((n, m), np.int32),
        cpu_seconds=np.full((n, m), 0.5, np.float32),
        prior=np.full(n, np.nan),
        candidates=tuple(c.id for c in candidates),
        tests=tuple(f"t{j}" for j in range(m)),
        values=(b"v",),
        details={(0, 0): Detail("printed", "", 3)},
        info={"isolation": "none"},
    )


def test_an_unfinished_run_of_the_same_key_goes_on(tmp_path: Path) -> None:
    a, b = Candidate("a"), Candidate("b")
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {"n": 1}) as run:
        assert not run.resumed
        run.save_rows("T/0", [a], verdicts([a]))
        first = run.id
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {"n": 1}) as run:
        assert (run.resumed, run.id) == (True, first)
        assert set(run.done_rows("T/0")) == {(a.id, 0)}
        assert run.done_rows("T/0")[a.id, 0].details == {(0, 0): Detail("printed", "", 3)}
        run.save_row("T/0", b, verdicts([b]))
        run.finish({"value": 1})
        assert run.info().n_rows == 2
        assert run.info().summary == {"value": 1}


def test_a_finished_run_is_never_touched_again(tmp_path: Path) -> None:
    with open_store(tmp_path / "runs.db") as store:
        run = store.begin("eval", "k", {})
        run.finish({})
        with pytest.raises(BadInput, match="reading only"):
            run.save_rows("T/0", [], verdicts([]))
        again = store.begin("eval", "k", {})
        assert (again.resumed, again.id) == (False, run.id + 1)


@pytest.mark.parametrize(
    ("kind", "key", "fresh"), [("eval", "other", False), ("solve", "k", False), ("eval", "k", True)]
)
def test_another_key_another_kind_and_fresh_begin_a_new_run(tmp_path: Path, kind: str, key: str, fresh: bool) -> None:
    with open_store(tmp_path / "runs.db") as store:
        store.begin("eval", "k", {}).close()
        assert store.begin(kind, key, {}, fresh=fresh).id == 2


def test_repeats_of_a_program_are_rows_of_their_own(tmp_path: Path) -> None:
    a = Candidate("a")
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        run.save_rows("T/0", [a, a], verdicts([a, a]), copies=[0, 1])
        assert set(run.done_rows("T/0")) == {(a.id, 0), (a.id, 1)}


def test_rows_of_other_candidates_are_refused(tmp_path: Path) -> None:
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        with pytest.raises(BadShape, match="shape"):
            run.save_rows("T/0", [Candidate("a")], verdicts([Candidate("b")]))
        assert run.info().n_rows == 0


candidates = st.builds(
    Candidate,
    source=st.text(st.characters()),
    parents=st.lists(st.text("ab0"), max_size=2).map(tuple),
    prior=st.none() | st.floats(allow_nan=False),
    proposer=st.text("ab", max_size=3),
    n_tokens=st.integers(0, 2**40),
    meta=st.dictionaries(st.text(max_size=3), st.integers() | st.text(st.characters(), max_size=3), max_size=2),
)
completions = st.builds(
    Completion,
    text=st.text(st.characters()),
    finish_reason=st.sampled_from(["stop", "length"]),
    prompt_tokens=st.integers(0, 2**31),
    completion_tokens=st.integers(0, 2**31),
    logprob=st.none() | st.floats(allow_nan=False),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(candidates, max_size=4), st.lists(completions, max_size=4), st.text(st.characters(codec="utf-8")))
def test_candidates_and_calls_round_trip(
    tmp_path: Path, programs: list[Candidate], answers: list[Completion], task: str
) -> None:
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}, fresh=True) as run:
        run.save_candidates(task, programs)
        run.save_calls(task, (Message("user", "p"),), answers, lm="m", options={"t": 1})
        back = load_run(store, run.id)
        got = back.candidates(task)
        assert got == programs
        assert [dict(c.meta) for c in got] == [dict(c.meta) for c in programs]
        assert back.done_calls(task) == answers


def test_calls_stop_at_the_first_gap(tmp_path: Path) -> None:
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        for first, text in ((0, "zero"), (2, "two")):
            run.save_calls("T/0", "p", [Completion(text)], lm="m", options={}, first_draw=first)
        assert [c.text for c in run.done_calls("T/0")] == ["zero"]


HOLD = """
import sys, time
from unriddle.candidate import Candidate
from unriddle.store import open_store
store = open_store(sys.argv[1])
run = store.begin("eval", "k", {})
run.save_candidates("T/0", [Candidate(str(i)) for i in range(5)])
print("holding", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_told_and_a_killed_one_leaves_the_run_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with open_store(path) as store:
            with pytest.raises(BadInput, match=rf"run 1 .* another process \({holder.pid}\).*--fresh"):
                store.begin("eval", "k", {})
            with pytest.raises(BadInput, match="another process"):
                delete_run(store, 1)
            with store.begin("eval", "k", {}, fresh=True) as run:
                assert run.id == 2
            delete_run(store, 2)
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with open_store(path) as store:
        assert len(load_run(store, 1).candidates("T/0")) == 5
        assert store.begin("eval", "k", {}).resumed


WRITE = """
import sys, numpy as np
from unriddle.candidate import Candidate
from unriddle.store import open_store
from unriddle.verdicts import Verdicts
path, key = sys.argv[1:]
with open_store(path) as store, store.begin("eval", key, {}) as run:
    for i in range(200):
        c = Candidate(f"{key} {i}")
        row = Verdicts(np.zeros((1, 1), np.int8), np.full((1, 1), -1, np.int32), np.zeros((1, 1), np.float32),
                       np.zeros(1), (c.id,), ("t",))
        run.save_rows("T/0", [c], row)
    run.finish({"key": key})
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    writers = [subprocess.Popen([sys.executable, "-c", WRITE, str(path), key]) for key in ("a", "b")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with open_store(path) as store:
        assert {run.key: (run.n_rows, run.status) for run in list_runs(store)} == {
            "a": (200, "finished"),
            "b": (200, "finished"),
        }


def test_kill_at_any_moment_leaves_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    for delay in (0.0, 0.02, 0.05):
        writer = subprocess.Popen([sys.executable, "-c", WRITE.replace("range(200)", "range(10**6)"), str(path), "k"])
        while not path.exists() or _n_rows(path) < 5:
            time.sleep(0.01)
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        with open_store(path) as store:
            n = load_run(store, 1).info().n_rows
            rows = load_run(store, 1).done_rows("T/0")
            assert n == len(rows)
            assert {key for key, _ in rows} == {Candidate(f"k {i}").id for i in range(n)}
            assert store.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _n_rows(path: Path) -> int:
    try:
        with sqlite3.connect(path) as connection:
            return int(connection.execute("SELECT count(*) FROM verdict").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_delete_removes_what_only_that_run_used(tmp_path: Path) -> None:
    a, b = Candidate("a"), Candidate("b")
    with open_store(tmp_path / "runs.db") as store:
        for key, programs in (("x", [a]), ("y", [a, b])):
            with store.begin("eval", key, {}) as run:
                run.save_candidates("T/0", programs)
                run.save_rows("T/0", programs, verdicts(programs))
        delete_run(store, 2)
        assert [run.id for run in list_runs(store)] == [1]
        assert load_run(store, 1).candidates("T/0") == [a]
        assert store.connection.execute("SELECT id FROM program").fetchall() == [(a.id,)]
        delete_run(store, 1)
        assert store.connection.execute("SELECT count(*) FROM blob").fetchone() == (0,)
        with pytest.raises(BadInput, match="no run 1"):
            load_run(store, 1)
        assert store.begin("eval", "x", {}).id == 3


@pytest.mark.parametrize("content", [b"not a database, just some text " * 40, b"\x00" * 5000])
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runs.db"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"runs\.db: not a run store.*--store"):
        open_store(path)
    assert path.read_bytes() == content


def test_a_sqlite_file_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(BadInput, match="another program"):
        open_store(tmp_path / "other.db")


def test_a_newer_schema_names_both(tmp_path: Path) -> None:
    open_store(tmp_path / "runs.db").connection.execute("PRAGMA user_version = 7")
    with pytest.raises(BadInput, match=r"schema 7.*reads schema 1.*upgrade"):
        open_store(tmp_path / "runs.db")


def test_a_damaged_store_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with open_store(path) as store, store.begin("eval", "k", {}) as run:
        run.save_candidates("T/0", [Candidate(f"{i} " * 500) for i in range(50)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(BadInput, match="store"):
        _read_all(path)


def _read_all(path: Path) -> None:
    with open_store(path) as store:
        list_runs(store)
        load_run(store, 1).candidates("T/0")


@pytest.mark.parametrize("path", ["/proc/nowhere/runs.db", "/dev/null/runs.db"])
def test_a_folder_that_cannot_be_made(path: str) -> None:
    with pytest.raises(BadInput, match=r"cannot be opened.*--store"):
        open_store(path)


def test_export_has_one_record_per_candidate(tmp_path: Path) -> None:
    a, b, c = Candidate("a", prior=-1.0), Candidate("b\udc80"), Candidate("c")
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        run.save_calls("T/0", "p", [Completion("one"), Completion("two")], lm="m", options={})
        run.save_candidates("T/0", [a, b, a, c])
        run.save_rows("T/0", [a], verdicts([a]))
        run.save_rows("T/0", [b], verdicts([b], status=1))
        assert export(run, tmp_path / "run.jsonl") == 4
        rows = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
        assert [row["passed"] for row in rows] == [True, False, True, None]
        assert [row["completion"] for row in rows] == ["one", "two", None, None]
        assert rows[1]["status"] == ["FAIL", "FAIL"]
        assert rows[1]["source"] == "b\udc80"
        parquet = pytest.importorskip("pyarrow.parquet")
        assert export(run, tmp_path / "run.parquet") == 4
        table = parquet.read_table(tmp_path / "run.parquet").to_pylist()
        assert [row["passed"] for row in table] == [True, False, True, None]
        assert table[1]["source"] == "b\\udc80"


def test_export_to_another_suffix_or_nowhere_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        with pytest.raises(BadInput, match=r"\.jsonl or \.parquet"):
            export(run, tmp_path / "run.csv")
        with pytest.raises(BadInput, match="cannot be written"):
            export(run, tmp_path / "nowhere" / "run.jsonl")
