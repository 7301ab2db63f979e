"""The cache and the transcript: distinct draws, exact replay, crashes, several processes, bad files."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, LMError
from unriddle.lm import CachedLM, Completion, Message, Prompt, RecordingLM, ReplayLM, SampleOptions, require
from unriddle.lm.base import Likelihood, Scores, checked_prompts, draw_numbers

SEEDED = SampleOptions(seed=5)


class Counting:
    """Every draw is a new text; seeded draws have their number in it."""

    name = "counting"

    def __init__(self) -> None:
        self.n_drawn = 0
        self.calls = 0
        self.fail_after: int | None = None

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        options = options or SampleOptions()
        self.calls += 1
        if self.fail_after is not None and self.calls > self.fail_after:
            raise LMError("gone")
        out = []
        numbers = draw_numbers(checked_prompts(prompts, n=n), n=n, first_draw=options.first_draw)
        for prompt, draws in zip(prompts, numbers, strict=True):
            row = []
            for k in draws:
                self.n_drawn += 1
                text = f"{prompt}/{options.seed}/{k}" if options.seed is not None else f"fresh {self.n_drawn}"
                row.append(Completion(text, "length", 3, 4, -1.5, (-1.0, -0.5), ("é", "\n")))
            out.append(row)
        return out

    def score(self, prompts: Sequence[Prompt], continuations: Sequence[str]) -> list[Likelihood]:
        return [Likelihood(-1.0, (-1.0,)) for _ in prompts]


def texts(rows: list[list[Completion]]) -> list[list[str]]:
    return [[completion.text for completion in row] for row in rows]


def test_ten_draws_after_four_sample_six_more(tmp_path: Path) -> None:
    inner = Counting()
    lm = CachedLM(inner, tmp_path / "c")
    four = lm.sample(["p"], n=4, options=SEEDED)
    ten = lm.sample(["p"], n=10, options=SEEDED)
    assert inner.n_drawn == 10
    assert ten[0][:4] == four[0]
    assert len(set(texts(ten)[0])) == 10


def test_a_second_run_without_a_seed_gets_the_first_runs_draws_and_then_new_ones(tmp_path: Path) -> None:
    first = CachedLM(Counting(), tmp_path / "c").sample(["p"], n=4)
    inner = Counting()
    inner.n_drawn = 100
    second = CachedLM(inner, tmp_path / "c").sample(["p"], n=10)
    assert second[0][:4] == first[0]
    assert inner.n_drawn == 106


def test_asking_again_without_a_seed_gives_fresh_draws(tmp_path: Path) -> None:
    lm = CachedLM(Counting(), tmp_path / "c")
    drawn = [text for _ in range(5) for row in texts(lm.sample(["p", "p"], n=3)) for text in row]
    assert len(set(drawn)) == len(drawn) == 30


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), st.integers(1, 4), st.booleans()),
        max_size=5,
    )
)
def test_a_cache_is_the_model_itself_and_replays_exactly(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[list[str], int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("c")

    def ask(lm: CachedLM | RecordingLM | ReplayLM | Counting) -> list[list[list[Completion]]]:
        return [lm.sample(p, n=n, options=SEEDED if seeded else SampleOptions()) for p, n, seeded in calls]

    cached = ask(CachedLM(Counting(), folder / "cache", save_every=3))
    for (prompts, n, seeded), rows in zip(calls, cached, strict=True):
        if seeded:
            assert rows == Counting().sample(prompts, n=n, options=SEEDED)
    fresh = [c.text for (_, _, seeded), rows in zip(calls, cached, strict=True) if not seeded for r in rows for c in r]
    assert len(set(fresh)) == len(fresh)
    silent = Counting()
    assert ask(CachedLM(silent, folder / "cache")) == cached
    assert silent.n_drawn == 0
    recorded = ask(RecordingLM(Counting(), folder / "calls.jsonl"))
    if calls:
        assert ask(ReplayLM(folder / "calls.jsonl")) == recorded


def test_other_options_prompts_and_models_are_other_calls(tmp_path: Path) -> None:
    inner = Counting()
    lm = CachedLM(inner, tmp_path / "c")
    for options in (SEEDED, SampleOptions(seed=6), SampleOptions(seed=5, temperature=0.1)):
        lm.sample(["p", (Message("user", "p"),)], options=options)
    inner.name = "another"
    lm.sample(["p"], options=SEEDED)
    assert inner.n_drawn == lm.n_draws == 7


def test_what_was_drawn_before_a_failure_is_kept(tmp_path: Path) -> None:
    inner = Counting()
    inner.fail_after = 2
    lm = CachedLM(inner, tmp_path / "c", save_every=4)
    with pytest.raises(LMError, match="gone"):
        lm.sample([f"p{i}" for i in range(6)], n=2, options=SEEDED)
    assert lm.n_draws == 8
    inner.fail_after = None
    lm.sample([f"p{i}" for i in range(6)], n=2, options=SEEDED)
    assert inner.n_drawn == 12


def test_forget_empties_the_file(tmp_path: Path) -> None:
    lm = CachedLM(Counting(), tmp_path / "deep" / "c")
    lm.sample(["p" * 10_000], n=200)
    before = lm.size_bytes
    assert lm.forget() == 200
    assert lm.n_draws == 0
    assert lm.size_bytes < before
    assert texts(lm.sample(["p"]))[0]


@pytest.mark.parametrize("content", [b"not a database, but long enough to look at" * 50, b"{}\n" * 400])
def test_a_file_that_is_no_cache_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="cache file"):
        CachedLM(Counting(), path)
    assert path.read_bytes() == content


def test_a_cache_of_a_later_format_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(BadInput, match="format 99"):
        CachedLM(Counting(), tmp_path / "c")


def test_a_model_that_gives_too_few_draws_is_named(tmp_path: Path) -> None:
    class Short(Counting):
        def sample(
            self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
        ) -> list[list[Completion]]:
            return [[] for _ in prompts]

    with pytest.raises(LMError, match="breaks the contract"):
        CachedLM(Short(), tmp_path / "c").sample(["p"])


def test_powers_are_found_behind_a_cache(tmp_path: Path) -> None:
    assert require(CachedLM(Counting(), tmp_path / "c"), Scores).score(["p"], ["q"])[0].logprob == -1.0


FILL = """
import sys
from unriddle.lm import CachedLM, ScriptedLM
lm = CachedLM(ScriptedLM([f"{sys.argv[2]}-{i}" for i in range(500)]), sys.argv[1])
for i in range(20):
    lm.sample([f"p{i}", "shared"], n=2)
"""


def test_processes_share_one_file_and_agree(tmp_path: Path) -> None:
    path = str(tmp_path / "c")
    workers = [subprocess.Popen([sys.executable, "-c", FILL, path, str(k)]) for k in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    inner = Counting()
    inner.name = "scripted"
    lm = CachedLM(inner, path)
    assert lm.n_draws == 80
    shared = [text for _ in range(20) for text in texts(lm.sample(["shared"], n=2))[0]]
    assert inner.n_drawn == 0
    assert len(set(shared)) == 40


def test_a_transcript_line_says_everything(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    RecordingLM(Counting(), path).sample(["é\n", (Message("system", "s"), Message("user", "u"))], n=2)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["model"], row["draw"]) for row in rows] == [("counting", 0), ("counting", 1)] * 2
    assert rows[2]["prompt"] == [["system", "s"], ["user", "u"]]
    assert rows[0]["options"]["temperature"] == 0.8


def test_replay_needs_no_model_and_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    RecordingLM(Counting(), path).sample(["p"], n=2)
    lm = ReplayLM(path)
    assert lm.name == "counting"
    assert texts(lm.sample(["p"], n=2)) == [["fresh 1", "fresh 2"]]
    with pytest.raises(LMError, match=r"no draw 2 of the prompt 'p'.*RecordingLM"):
        lm.sample(["p"])
    with pytest.raises(LMError, match=r"temperature was 0\.8, now 0\.5"):
        lm.sample(["p"], options=SampleOptions(temperature=0.5))
    with pytest.raises(LMError, match="'never asked'"):
        lm.sample(["never asked"])


def test_recording_goes_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    RecordingLM(Counting(), path).sample(["p"], n=2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    inner = Counting()
    inner.n_drawn = 10
    assert texts(RecordingLM(inner, path).sample(["p"], n=2)) == [["fresh 1", "fresh 11"]]
    assert texts(ReplayLM(path).sample(["p"], n=2)) == [["fresh 1", "fresh 11"]]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"schema": 2}', '{"schema": 1, "model": "m"}', "\x00", '"text"', "{}", "NaN"]
)
def test_a_malformed_transcript_is_refused_with_the_line_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "calls.jsonl"
    RecordingLM(Counting(), path).sample(["p"])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(BadInput, match="line 2"):
        ReplayLM(path)
    with pytest.raises(BadInput, match="line 2"):
        RecordingLM(Counting(), path)


def test_a_missing_or_empty_transcript_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="record one first"):
        ReplayLM(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(BadInput, match="holds no draws"):
        ReplayLM(tmp_path / "empty.jsonl")


def test_two_models_in_one_transcript_must_be_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        inner = Counting()
        inner.name = name
        RecordingLM(inner, tmp_path / "c.jsonl").sample(["p"])
    with pytest.raises(BadInput, match="one, two"):
        ReplayLM(tmp_path / "c.jsonl")
    assert ReplayLM(tmp_path / "c.jsonl", model="two").name == "two"
