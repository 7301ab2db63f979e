"""The pool: the same whatever the number of processes, kept with its key, encoded as it is trained on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from unriddle.data.formats import Example
from unriddle.errors import BadInput, TrainError
from unriddle.prompt.nursery import END, SPECIAL_TOKENS
from unriddle.train import pool
from unriddle.train.packing import Encoded
from unriddle.train.pool import Mixture, encode, keep_pool, kept_pool, make_examples, shuffled_pairs
from unriddle.train.tokenizer import train_tokenizer

MIXTURE = Mixture(120, levels=((1, 0.75), (2, 0.25)), formats=(("program", 1.5), ("describe", 0.5)))


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return make_examples(MIXTURE, workers=1)


def test_shares_are_kept_and_the_seed_decides(examples: list[Example]) -> None:
    by_task = {task: sum(e.task == task for e in examples) for task in ("program", "describe")}
    assert 120 < by_task["program"] < 240
    assert 30 < by_task["describe"] < 90
    assert examples == make_examples(MIXTURE, workers=1)
    other = Mixture(120, levels=MIXTURE.levels, formats=MIXTURE.formats, seed=1)
    assert examples != make_examples(other, workers=1)
    seen: list[int] = []
    make_examples(MIXTURE, workers=1, report=seen.append)
    assert seen == [90, 120]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 3, 7])
def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(pool, "_CHUNK", 20)
    mixture = Mixture(100, levels=MIXTURE.levels, formats=MIXTURE.formats)
    assert make_examples(mixture, workers=workers) == make_examples(mixture, workers=1)


def test_processes_give_the_same_in_the_same_order(examples: list[Example]) -> None:
    seen: list[int] = []
    assert make_examples(MIXTURE, workers=2, report=seen.append) == examples
    assert seen == [90, 120]


_FIRST_ONLY = """
import os, sys
write = sys.stdout.write
sys.stdout.write = lambda line: (write(line), sys.stdout.flush(), os._exit(7))
"""


@pytest.mark.parametrize(
    "child", ["import sys; sys.exit(3)", "import os; os.kill(os.getpid(), 9)", "print('half', end='')"]
)
def test_a_process_that_dies_is_reported(monkeypatch: pytest.MonkeyPatch, child: str) -> None:
    monkeypatch.setattr(pool, "_CHILD", child)
    with pytest.raises(TrainError, match=r"a process ended with (3|-9|0) before job 0 was done"):
        make_examples(MIXTURE, workers=2)


def test_a_process_that_dies_later_is_reported_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_CHUNK", 10)
    monkeypatch.setattr(pool, "_CHILD", _FIRST_ONLY + pool._CHILD)
    with pytest.raises(TrainError, match="a process ended with 7 before job 2 was done"):
        make_examples(Mixture(40, levels=((1, 1.0),)), workers=2)


def _living(mark: str) -> list[int]:
    """Processes that have this mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                environ = (folder / "environ").read_bytes()
                if mark.encode() in environ and (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append(int(folder.name))
    return found


_SCRIPT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
from unriddle.train.pool import Mixture, make_examples
print("begun", flush=True)
print(len(make_examples(Mixture({n}, levels=((1, 1.0), (2, 1.0))), workers=2)))
"""


def _script(folder: Path, n: int) -> subprocess.Popen[str]:
    """A script without a guard, in a folder whose files are named like modules, with a mark to find its children."""
    (folder / "script.py").write_text(_SCRIPT.format(n=n))
    work = folder / "work"
    work.mkdir()
    for name in ("random", "numpy", "json"):
        (work / f"{name}.py").write_text("raise ImportError('a file of the user')")
    env = {**os.environ, "MARK": str(folder)}
    call = [sys.executable, str(folder / "script.py")]
    return subprocess.Popen(call, cwd=work, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_script_needs_no_guard_and_the_folder_it_runs_in_is_not_imported_from(tmp_path: Path) -> None:
    out, err = _script(tmp_path, 20).communicate()
    assert (out, err) == ("begun\n20\n", "")
    assert not _living(f"MARK={tmp_path}")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_one_that_asked(tmp_path: Path, how: signal.Signals) -> None:
    mark = f"MARK={tmp_path}"
    with _script(tmp_path, 200_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while len(_living(mark)) < 3 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(how)
        _, err = process.communicate()
    assert process.returncode == -how
    assert "KeyboardInterrupt" in err or how == signal.SIGKILL
    assert err.count("Traceback") <= 1
    # Killed, it cannot end them; they end by themselves when they find nobody to write to.
    while how == signal.SIGKILL and _living(mark):
        time.sleep(0.1)
    assert not _living(mark)


def test_what_is_not_read_to_the_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", str(tmp_path))
    monkeypatch.setattr(pool, "_CHUNK", 10)

    def full(done: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        make_examples(Mixture(100_000, levels=((1, 1.0),)), workers=2, report=full)
    assert not [one for one in _living(f"MARK={tmp_path}") if one != os.getpid()]


def test_the_control_keeps_prompts_and_moves_every_target(examples: list[Example]) -> None:
    shuffled = shuffled_pairs(examples, rng=np.random.default_rng(0))
    assert [e.prompt for e in shuffled] == [e.prompt for e in examples]
    for task in ("program", "describe"):
        before, after = ([e.target for e in part if e.task == task] for part in (examples, shuffled))
        assert sorted(before) == sorted(after)
        texts: dict[str, int] = {}
        for text in before:
            texts[text] = texts.get(text, 0) + 1
        kept = sum(a == b for a, b in zip(before, after, strict=True))
        assert kept <= sum(count - 1 for count in texts.values())


def test_what_is_learned_is_the_target_and_the_end(examples: list[Example]) -> None:
    tokenizer = train_tokenizer([e.prompt + e.target for e in examples], special=SPECIAL_TOKENS, vocabulary=512)
    pool = encode(examples[:20], tokenizer)
    for i, example in enumerate(examples[:20]):
        tokens = pool.example(i).tolist()
        n_prompt = int(pool.n_prompt[i])
        assert tokenizer.decode(tokens[:n_prompt]) == example.prompt
        assert tokenizer.decode(tokens[n_prompt:]) == example.target + END
    assert len(encode([], tokenizer)) == 0


def test_a_kept_pool_is_found_by_its_key_only(tmp_path: Path) -> None:
    one = Encoded.of([([1, 2], [3]), ([4], [5, 6])])
    path = tmp_path / "data" / "pool.npz"
    keep_pool(path, one, key="a")
    again = kept_pool(path, key="a")
    assert again is not None
    assert np.array_equal(again.tokens, one.tokens)
    assert np.array_equal(again.n_prompt, one.n_prompt)
    assert kept_pool(path, key="b") is None
    assert kept_pool(tmp_path / "none.npz", key="a") is None
    path.write_bytes(path.read_bytes()[:200])
    assert kept_pool(path, key="a") is None
    with pytest.raises(TrainError, match="could not be written"):
        keep_pool(path / "below" / "pool.npz", one, key="a")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_problems": 0}, "n_problems of 1"),
        ({"n_problems": 1, "formats": (("haiku", 1.0),)}, "no format 'haiku'"),
        ({"n_problems": 1, "levels": ((1, 0.0),)}, "more than 0"),
        ({"n_problems": 1, "levels": ((6, 1.0),)}, "levels must be some of"),
    ],
)
def test_mixtures_out_of_range_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Mixture(**wrong)  # type: ignore[arg-type]
