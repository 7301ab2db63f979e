"""A byte-level BPE tokenizer trained on given texts.

Digits stand alone, so that numbers are spelled alike everywhere. Not covered: chat templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from unriddle.errors import BadInput, MissingExtra

__all__ = ["PAD", "train_tokenizer"]

PAD = "<|pad|>"


def train_tokenizer(
    texts: Iterable[str], *, special: Sequence[str], end: str = "<|end|>", vocabulary: int = 1024
) -> Any:
    """A fast tokenizer of ``transformers``; ``save_pretrained`` writes it, ``AutoTokenizer`` reads it.

    Args:
        texts: What to learn merges from.
        special: Tokens that are never cut; ``PAD`` and ``end`` are added where missing.
        end: The token that ends a text.
        vocabulary: Tokens at most; fewer come out when the texts hold fewer pairs that occur twice.

    Raises:
        BadInput: The vocabulary has no room for 256 bytes and the special tokens.
        MissingExtra: ``tokenizers`` or ``transformers`` is not installed.
    """
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtra("training a tokenizer", "unriddle[train]") from error
    tokens = list(dict.fromkeys([PAD, *special, end]))
    if vocabulary < 256 + len(tokens):
        raise BadInput(
            f"train_tokenizer: vocabulary must be at least {256 + len(tokens)} (256 bytes and {len(tokens)} special "
            f"tokens), got {vocabulary}"
        )
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=tokens,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        min_frequency=2,
    )
    backend.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=end,
        pad_token=PAD,
        additional_special_tokens=[token for token in tokens if token not in (PAD, end)],
        clean_up_tokenization_spaces=False,
    )
