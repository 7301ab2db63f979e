"""Hugging Face folders on this machine: read without fetching, without running their code, without a word.

Not covered: writing them (``unriddle.train.models``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, MissingExtra

__all__ = ["folder_digest", "need_torch", "quietly", "read_folder"]


def need_torch(what: str) -> None:
    """Nothing, if torch and transformers can be imported.

    Raises:
        MissingExtra: They are not installed.
    """
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtra(what, "unriddle[train]") from error


@contextmanager
def quietly() -> Iterator[None]:
    """While it lasts, transformers draws no progress bars and says nothing below an error."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def read_folder(folder: Path) -> tuple[Any, Any]:
    """The model and the tokenizer in a folder.

    Raises:
        BadInput: It is none, is damaged, or its tokenizer is another model's.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype="auto" if torch.cuda.is_available() else torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{str(folder)!r} cannot be read as a model of transformers: {error}") from error
    if len(tokenizer) > model.config.vocab_size:
        raise BadInput(
            f"{str(folder)!r}: the tokenizer has {len(tokenizer)} tokens but the model only {model.config.vocab_size}; "
            "the tokenizer of another model lies in the folder"
        )
    return model, tokenizer


def folder_digest(folder: Path) -> str:
    """Eight hexadecimal digits that change with the weights, the tokenizer or the configuration."""
    digest = hashlib.blake2b(digest_size=4)
    for file in sorted([*folder.glob("*.safetensors"), folder / "tokenizer.json", folder / "config.json"]):
        if file.is_file():
            digest.update(file.name.encode())
            with file.open("rb") as stream:
                while block := stream.read(2**20):
                    digest.update(block)
    return digest.hexdigest()
