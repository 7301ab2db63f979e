"""Tokens as bytes, so that stop strings are found while a text grows and texts need no decoding at every step.

Byte-level vocabularies (GPT-2, Llama 3, Qwen, SmolLM2, and the small models trained here) are exact. Other vocabularies
are read token by token behind a fixed first token. Not covered: what a model's chat template does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["token_pieces"]


def token_pieces(tokenizer: Any, *, vocabulary: int) -> list[bytes]:
    """The bytes of every token number, in order; special tokens are their own text.

    Args:
        tokenizer: A fast tokenizer of ``transformers``.
        vocabulary: Tokens of the model, which may have some that the tokenizer does not know; those are empty.
    """
    size = len(tokenizer)
    return [*_known(tokenizer, size), *[b""] * (vocabulary - size)]


def _known(tokenizer: Any, size: int) -> list[bytes]:
    names: Sequence[Any] = tokenizer.convert_ids_to_tokens(list(range(size)))
    added = {int(number): str(token) for number, token in tokenizer.added_tokens_decoder.items()}
    if _is_byte_level(tokenizer):
        table = _byte_of_letter()
        return [
            added[i].encode() if i in added else _from_letters(str(name or ""), table) for i, name in enumerate(names)
        ]
    return [added[i].encode() if i in added else _behind_anchor(tokenizer, i) for i in range(size)]


def _is_byte_level(tokenizer: Any) -> bool:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return backend is not None and "ByteLevel" in str(backend.decoder)


def _from_letters(name: str, table: dict[str, int]) -> bytes:
    if all(letter in table for letter in name):
        return bytes(table[letter] for letter in name)
    return name.encode()


def _behind_anchor(tokenizer: Any, number: int) -> bytes:
    name = str(tokenizer.convert_ids_to_tokens(number))
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    anchor = tokenizer.encode("a", add_special_tokens=False)[-1:]
    before = tokenizer.decode(anchor)
    text: str = tokenizer.decode([*anchor, number])
    return text.removeprefix(before).encode()


def _byte_of_letter() -> dict[str, int]:
    """The published byte-level alphabet: printable Latin-1 letters stand for themselves, the others follow from 256."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(hidden)}
