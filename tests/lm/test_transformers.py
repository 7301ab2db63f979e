"""Models in Hugging Face folders: decoding against transformers itself, determinism, and every power."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape, LMError, MissingExtra
from unriddle.lm import (
    CachedLM,
    Embeds,
    Message,
    SampleOptions,
    Scores,
    Steers,
    Trains,
    TransformersLM,
    load,
    require,
)
from unriddle.lm.base import draw_seed
from unriddle.lm.batched import Job, decode

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
torch.set_num_threads(1)

PROMPTS = ["def f", "def f(xs: list[int]) -> int:\n", " return sum(xs)", "é", "def f", "x = 12"]
TEXTS = [f"def f(xs: list[int]) -> int:\n    return sum(xs) + {i}\n" for i in range(300)]


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Any]:
    from unriddle.train.models import new_model
    from unriddle.train.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(TEXTS, special=["<|program|>"], vocabulary=320)
    model = new_model(tokenizer, size="200k", context=128, seed=1)
    with torch.no_grad():  # fresh weights are nearly uniform; larger ones give the draws something to differ in
        for weight in model.parameters():
            if weight.ndim == 2:
                weight.mul_(4)
    return model, tokenizer


@pytest.fixture(scope="module")
def lm(parts: tuple[Any, Any]) -> TransformersLM:
    return TransformersLM.of(*parts, name="tiny", rows=8)


@pytest.fixture(scope="module")
def folder(parts: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from unriddle.train.models import save_model

    path = tmp_path_factory.mktemp("hf") / "model"
    save_model(*parts, folder=path)
    return path


def alone(lm: TransformersLM, prompt: str, **how: Any) -> list[int]:
    ids = torch.tensor([lm.tokenizer.encode(prompt)])
    out = lm.model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, **how)
    tokens: list[int] = out[0, ids.shape[1] :].tolist()
    return tokens


def logprobs_by_forward(lm: TransformersLM, before: Sequence[int], after: Sequence[int]) -> list[float]:
    with torch.no_grad():
        logits = lm.model(input_ids=torch.tensor([[*before, *after]])).logits[0]
    table = torch.log_softmax(logits.double(), -1)
    return [float(table[len(before) - 1 + t, token]) for t, token in enumerate(after)]


def test_greedy_decoding_equals_that_of_transformers(lm: TransformersLM) -> None:
    rows = lm.sample(PROMPTS, options=SampleOptions(temperature=0, max_tokens=20))
    for prompt, (completion,) in zip(PROMPTS, rows, strict=True):
        tokens = alone(lm, prompt, max_new_tokens=20)
        end = lm.tokenizer.eos_token_id
        kept = tokens[: tokens.index(end)] if end in tokens else tokens
        assert completion.text == lm.decode(kept)
        assert completion.completion_tokens == len(kept) + (end in tokens)


def test_a_batch_of_mixed_lengths_equals_one_by_one(lm: TransformersLM) -> None:
    options = SampleOptions(temperature=1.0, top_p=0.9, max_tokens=24, seed=5, logprobs=True)
    distinct = list(dict.fromkeys(PROMPTS))
    together = lm.sample(distinct, n=7, options=options)
    for prompt, row in zip(distinct, together, strict=True):
        (single,) = lm.sample([prompt], n=7, options=options)
        assert [c.text for c in row] == [c.text for c in single]
        assert [c.logprob for c in row] == pytest.approx([c.logprob for c in single], abs=1e-3)
        assert len({c.text for c in row}) > 3


@pytest.mark.parametrize("rows", [1, 3, 64])
def test_how_many_rows_are_decoded_together_changes_nothing(lm: TransformersLM, parts: Any, rows: int) -> None:
    options = SampleOptions(temperature=1.0, max_tokens=16, seed=9)
    other = TransformersLM.of(*parts, name="tiny", rows=rows)
    assert other.sample(PROMPTS, n=5, options=options) == lm.sample(PROMPTS, n=5, options=options)


def test_draws_continue_and_repeated_prompts_count_on(lm: TransformersLM) -> None:
    options = SampleOptions(temperature=1.0, max_tokens=10, seed=2)
    ten = lm.sample(["def f"], n=10, options=options)[0]
    rest = lm.sample(["def f"], n=6, options=dataclasses.replace(options, first_draw=4))[0]
    assert rest == ten[4:]
    twice = lm.sample(["def f", "def f"], n=5, options=options)
    assert [*twice[0], *twice[1]] == ten
    assert lm.sample(["def f"], n=10, options=dataclasses.replace(options, seed=3))[0] != ten
    free = dataclasses.replace(options, seed=None)
    assert lm.sample(["def f"], n=5, options=free) != lm.sample(["def f"], n=5, options=free)


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 0.8)])
def test_the_first_token_has_the_distribution_it_should_have(
    lm: TransformersLM, temperature: float, top_p: float
) -> None:
    stats = pytest.importorskip("scipy.stats")
    n = 4000
    prompt = lm.tokenizer.encode("def f")
    jobs = [Job(tuple(prompt), draw_seed(11, "def f", k), 1) for k in range(n)]
    drawn = decode(lm.model, jobs, temperature=temperature, top_p=top_p, ends=lambda i, token: False, rows=128)
    with torch.no_grad():
        logits = lm.model(input_ids=torch.tensor([prompt])).logits[0, -1].double()
    expected = torch.softmax(logits / temperature, -1).numpy()
    order = np.argsort(-expected)
    nucleus = order[: int(np.searchsorted(np.cumsum(expected[order]), top_p) + 1)]
    kept = np.zeros_like(expected)
    kept[nucleus] = expected[nucleus] / expected[nucleus].sum()
    counts = np.bincount([one.tokens[0] for one in drawn], minlength=len(kept))
    assert counts[kept == 0].sum() == 0
    big = kept * n >= 5
    observed, wanted = np.append(counts[big], counts[~big].sum()), np.append(kept[big], kept[~big].sum()) * n
    enough = wanted > 0
    assert stats.chisquare(observed[enough], wanted[enough]).pvalue > 1e-4


def test_log_probabilities_are_the_models_own(lm: TransformersLM) -> None:
    options = SampleOptions(temperature=0.5, top_p=0.7, max_tokens=12, seed=1, logprobs=True)
    for prompt, row in zip(PROMPTS[:4], lm.sample(PROMPTS[:4], n=3, options=options), strict=True):
        for completion in row:
            assert completion.tokens is not None
            assert completion.token_logprobs is not None
            assert completion.logprob == pytest.approx(sum(completion.token_logprobs))
            numbers = [lm._pieces.index(text.encode()) for text in completion.tokens if "\ufffd" not in text]
            if len(numbers) == len(completion.tokens):
                wanted = logprobs_by_forward(lm, lm.tokenizer.encode(prompt), numbers)
                assert completion.token_logprobs == pytest.approx(wanted, abs=1e-4)


def test_scores_equal_a_forward_pass_and_do_not_depend_on_the_batch(lm: TransformersLM) -> None:
    prompts = ["def f", "x", "def f(xs: list[int]) -> int:\n", "def f"]
    continuations = ["(xs)", " = sum(xs) + 12\n", "    return 1<|end|>", ""]
    found = lm.score(prompts, continuations)
    for prompt, continuation, likelihood in zip(prompts, continuations, found, strict=True):
        after = lm.encode(continuation)
        wanted = logprobs_by_forward(lm, lm.tokenizer.encode(prompt), after)
        assert likelihood.token_logprobs == pytest.approx(wanted, abs=1e-4)
        assert likelihood.logprob == pytest.approx(sum(wanted), abs=1e-3)
    assert found[3].token_logprobs == ()
    with pytest.raises(BadShape, match="1 prompts but 2"):
        lm.score(["a"], ["b", "c"])


def test_stop_strings_across_tokens_end_a_text(lm: TransformersLM) -> None:
    free = lm.sample(["def f"], n=6, options=SampleOptions(temperature=1, max_tokens=30, seed=4))[0]
    for completion in free:
        whole = completion.text
        if len(whole) < 12 or "\ufffd" in whole:
            continue
        stop = whole[5:9]
        options = SampleOptions(temperature=1, max_tokens=30, seed=4, stop=(stop,), first_draw=free.index(completion))
        cut = lm.sample(["def f"], options=options)[0][0]
        assert cut.text == whole[: whole.index(stop)]
        assert cut.finish_reason == "stop"
        assert cut.completion_tokens <= completion.completion_tokens


def test_a_hook_can_forbid_and_force_tokens(lm: TransformersLM) -> None:
    seen: list[tuple[int, ...]] = []
    wanted = 150

    def forbid(tokens: Sequence[int], logits: np.ndarray) -> np.ndarray:
        seen.append(tuple(tokens))
        logits[: wanted + 1] = -np.inf
        return logits

    options = SampleOptions(temperature=1, top_p=1, max_tokens=8, seed=3)
    row = require(lm, Steers).steer(["def f", "x"], forbid, n=4, options=options)
    start = tuple(lm.tokenizer.encode("def f"))
    assert {tokens for tokens in seen if tokens == start} == {start}
    assert all(token > wanted for tokens in seen for token in tokens[len(start) :] if tokens[: len(start)] == start)
    assert [len(r) for r in row] == [4, 4]
    same = lm.steer(["def f"], lambda tokens, logits: logits, n=4, options=options)
    assert same == lm.sample(["def f"], n=4, options=options)


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        (lambda tokens, logits: logits[:-1], "must return logits of shape"),
        (lambda tokens, logits: np.full_like(logits, -np.inf), "maximum of -inf"),
        (lambda tokens, logits: logits * np.nan, "maximum of nan"),
        (lambda tokens, logits: logits + np.inf, "maximum of inf"),
    ],
)
def test_a_hook_that_cannot_be_used_is_refused(lm: TransformersLM, hook: Any, message: str) -> None:
    with pytest.raises(LMError, match=message):
        lm.steer(["def f"], hook, options=SampleOptions(max_tokens=2))


def test_embeddings_are_unit_vectors_of_the_text_alone(lm: TransformersLM) -> None:
    rows = require(lm, Embeds).embed(["def f", "return sum(xs)", "def f"])
    assert rows.shape == (3, 64)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
    assert np.array_equal(rows[0], rows[2])
    assert float(rows[0] @ rows[1]) < 0.999
    with pytest.raises(BadInput, match="non-empty"):
        lm.embed([""])
    assert lm.embed([]).shape[0] == 0


def test_a_folder_is_the_same_model_and_its_name_follows_its_weights(
    lm: TransformersLM, folder: Path, parts: Any, tmp_path: Path
) -> None:
    from unriddle.train.models import save_model

    loaded = load(f"hf:{folder}")
    assert isinstance(loaded, TransformersLM)
    options = SampleOptions(temperature=1, max_tokens=12, seed=8)
    assert loaded.sample(PROMPTS, n=2, options=options) == lm.sample(PROMPTS, n=2, options=options)
    assert loaded.name.startswith("hf:model@")
    assert load(f"hf:{folder}").name == loaded.name
    with torch.no_grad():
        parts[0].model.norm.weight.add_(0.01)
    try:
        save_model(*parts, folder=tmp_path / "model")
        assert load(f"hf:{tmp_path / 'model'}").name != loaded.name
    finally:
        with torch.no_grad():
            parts[0].model.norm.weight.sub_(0.01)
    cached = CachedLM(loaded, tmp_path / "cache.sqlite")
    assert require(cached, Trains).trainable() is loaded.model
    assert require(cached, Scores).score(["def f"], ["("])[0].logprob < 0


def test_what_cannot_be_used_is_refused_with_advice(lm: TransformersLM, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"config\.json and tokenizer\.json not found"):
        load(f"hf:{tmp_path}")
    with pytest.raises(BadInput, match="rows must be 1"):
        load(f"hf:{folder}", rows=0)
    with pytest.raises(BadInput, match="device must be"):
        load(f"hf:{folder}", device="tpu").sample(["x"])
    with pytest.raises(LMError, match="context holds 128"):
        lm.sample(["x = 1\n" * 200])
    with pytest.raises(LMError, match="no chat template"):
        lm.sample([(Message("user", "hello"),)])
    with pytest.raises(BadInput, match="must not be empty"):
        lm.sample([""])
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(BadInput, match="cannot be read as a model"):
        load(f"hf:{tmp_path}").sample(["x"])


def test_the_context_bounds_a_completion(lm: TransformersLM) -> None:
    prompt = "x = 1\n" * 20
    n_prompt = len(lm.tokenizer.encode(prompt))
    done = lm.sample([prompt], n=3, options=SampleOptions(temperature=1, max_tokens=10_000, seed=1))[0]
    assert all(c.completion_tokens <= 128 - n_prompt for c in done)


def test_another_models_tokenizer_is_noticed(folder: Path, tmp_path: Path) -> None:
    from unriddle.train.tokenizer import train_tokenizer

    mixed = tmp_path / "mixed"
    shutil.copytree(folder, mixed)
    train_tokenizer([*TEXTS, *(f"word{i} " * 3 for i in range(900))], special=[], vocabulary=600).save_pretrained(mixed)
    with pytest.raises(BadInput, match="tokenizer of another model"):
        load(f"hf:{mixed}").sample(["x"])


def test_damaged_weights_are_noticed(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    def copied(name: str) -> Path:
        shutil.copytree(folder, tmp_path / name)
        return tmp_path / name / "model.safetensors"

    cut = copied("cut")
    cut.write_bytes(cut.read_bytes()[:5000])
    lacking = copied("lacking")
    weights = load_file(lacking)
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, lacking, metadata={"format": "pt"})
    other = copied("other").parent / "config.json"
    other.write_text(json.dumps({**json.loads(other.read_text()), "intermediate_size": 128}))
    messages = {"cut": "cannot be read", "lacking": r"1 weights .*layers\.1\.mlp\.up_proj", "other": "cannot be read"}
    for name, message in messages.items():
        with pytest.raises(BadInput, match=message):
            load(f"hf:{tmp_path / name}").sample(["x"])


def test_a_grown_models_tokenizer_is_the_one_it_learned_with(folder: Path, tmp_path: Path) -> None:
    from unriddle.lm.hf_folder import tokenizer_digest
    from unriddle.train.tokenizer import train_tokenizer

    grown = tmp_path / "grown"
    shutil.copytree(folder, grown)
    lm = TransformersLM(grown)
    (grown / "unriddle.json").write_text(json.dumps({"tokenizer": tokenizer_digest(lm.tokenizer)}))
    TransformersLM(grown).start()
    train_tokenizer(["x = 1\n"] * 3, special=[], vocabulary=260).save_pretrained(grown)
    with pytest.raises(BadInput, match="learned with the tokenizer"):
        TransformersLM(grown).start()


def test_a_model_in_the_cache_is_found_by_its_name(
    lm: TransformersLM, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="nor is it a model in the Hugging Face cache"):
        load("hf:owner/small-model")
    home = tmp_path / "models--owner--small-model"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("0123abc")
    shutil.copytree(folder, home / "snapshots" / "0123abc")
    named = load("hf:owner/small-model")
    assert named.name.startswith("hf:owner/small-model@")
    options = SampleOptions(temperature=1, max_tokens=6, seed=2)
    assert named.sample(["x"], options=options) == lm.sample(["x"], options=options)


def test_without_torch_the_pip_line_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    fresh = load(f"hf:{folder}")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"pip install 'unriddle\[train\]'"):
        fresh.sample(["x"])
