"""The language-model contract, held by every back end."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.lm import LM, CachedLM, EmbeddedLM, Message, OpenAILM, RecordingLM, SampleOptions, ScriptedLM
from unriddle.lm.embedded import missing_parts

PROMPTS = ["def add(a, b):", (Message("user", "Name a colour."),), "The capital of France is"]
MAKERS = ["scripted", "cached", "recording", "embedded", "openai", "transformers"]


def words() -> ScriptedLM:
    return ScriptedLM([f"w{i} x y z\nend" for i in range(500)], repeat=True)


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedLM]:
    if missing_parts():
        pytest.skip(f"the embedded model is not installed: {missing_parts()}")
    with EmbeddedLM(slots=4, context_tokens=512, threads=1) as lm:
        yield lm


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    if missing_parts():
        pytest.skip(f"no local endpoint without the embedded model: {missing_parts()}")
    import xllamacpp

    from unriddle.lm.embedded import smollm2_path

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2_path())
    params.n_ctx, params.n_parallel, params.n_gpu_layers = 512 * 4, 4, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup, params.ui, params.verbosity, params.api_keys = False, False, 0, ["right-key"]
    server = xllamacpp.Server(params)
    yield server.listening_address + "/v1"
    del server


@pytest.fixture(scope="module")
def small_transformer() -> LM:
    """Untrained weights: the contract is about form."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from unriddle.lm import TransformersLM
    from unriddle.train.models import new_model
    from unriddle.train.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(["def add(a, b): return a + b\n"] * 9, special=[], vocabulary=280)
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    return TransformersLM.of(new_model(tokenizer, size="200k"), tokenizer, name="hf:small", rows=4)


@pytest.fixture(params=MAKERS)
def lm(request: pytest.FixtureRequest, tmp_path: Path) -> LM:
    if request.param == "openai" and importlib.util.find_spec("openai") is None:
        pytest.skip("the openai package is not installed")
    makers: dict[str, Callable[[], LM]] = {
        "scripted": words,
        "cached": lambda: CachedLM(words(), tmp_path / "cache.sqlite"),
        "recording": lambda: RecordingLM(words(), tmp_path / "calls.jsonl"),
        "embedded": lambda: request.getfixturevalue("embedded"),
        "openai": lambda: OpenAILM("smollm2", base_url=request.getfixturevalue("endpoint"), key="right-key"),
        "transformers": lambda: request.getfixturevalue("small_transformer"),
    }
    return makers[request.param]()


def test_gives_n_completions_for_every_prompt_in_order(lm: LM) -> None:
    rows = lm.sample(PROMPTS, n=3, options=SampleOptions(max_tokens=4))
    assert [len(row) for row in rows] == [3, 3, 3]
    for row in rows:
        assert {c.finish_reason for c in row} <= {"stop", "length"}
        assert len({c.prompt_tokens for c in row}) == 1
    assert rows[1][0].prompt_tokens != rows[2][0].prompt_tokens


def test_max_tokens_is_respected(lm: LM) -> None:
    for completion in lm.sample(["Count: 1 2 3 4"], n=3, options=SampleOptions(max_tokens=3))[0]:
        assert completion.completion_tokens <= 3
    cut = lm.sample(["Once upon a time"], options=SampleOptions(max_tokens=1))[0][0]
    assert cut.finish_reason == "length"


def test_stop_strings_end_the_text_and_are_not_in_it(lm: LM) -> None:
    options = SampleOptions(max_tokens=64, stop=("\n", "@@", "never", "not", "this"), logprobs=True)
    for completion in lm.sample(["def add(a, b): return a + b\ndef sub(a, b):"], n=3, options=options)[0]:
        assert not any(stop in completion.text for stop in options.stop)
        if completion.tokens is not None:
            assert completion.token_logprobs is not None
            assert len(completion.tokens) == len(completion.token_logprobs)
            assert completion.logprob == pytest.approx(sum(completion.token_logprobs))


def test_an_empty_list_gives_an_empty_list(lm: LM) -> None:
    assert lm.sample([]) == []


def test_one_prompt_instead_of_a_list_is_refused(lm: LM) -> None:
    with pytest.raises(BadInput, match="single prompt"):
        lm.sample("def f():")
    with pytest.raises(BadInput, match="n must be 1"):
        lm.sample(["x"], n=0)
    with pytest.raises(BadInput, match="prompt 1"):
        lm.sample(["x", 3])  # type: ignore[list-item]


def test_the_name_holds_no_key(lm: LM) -> None:
    assert lm.name
    assert "right-key" not in lm.name + repr(lm)


@pytest.mark.parametrize("which", ["embedded", "openai", "transformers"])
def test_a_seed_makes_draws_reproducible_and_different(which: str, request: pytest.FixtureRequest) -> None:
    model: LM = (
        request.getfixturevalue({"embedded": "embedded", "transformers": "small_transformer"}[which])
        if which != "openai"
        else OpenAILM("m", base_url=request.getfixturevalue("endpoint"), key="right-key", concurrency=1)
    )
    options = SampleOptions(seed=7, max_tokens=12, temperature=1.0, top_p=1.0)
    prompt = "My favourite thing in the world is"
    four = [c.text for c in model.sample([prompt], n=4, options=options)[0]]
    again = [c.text for c in model.sample([prompt], n=4, options=options)[0]]
    rest = [c.text for c in model.sample([prompt], n=2, options=_from(options, 2))[0]]
    assert four == again
    assert len(set(four)) == 4
    assert rest == four[2:]
    assert four != [c.text for c in model.sample([prompt], n=4, options=SampleOptions(seed=8, max_tokens=12))[0]]


def _from(options: SampleOptions, first: int) -> SampleOptions:
    import dataclasses

    return dataclasses.replace(options, first_draw=first)
