"""Hugging Face folders on this machine: read without fetching, without running their code, without a word.

Not covered: writing them (``unriddle.train.models``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, MissingExtra, shorten

__all__ = ["find_folder", "folder_digest", "need_torch", "quietly", "read_folder", "tokenizer_digest"]

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


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


def find_folder(name: str | Path) -> Path:
    """The folder of that name, or that of the model of that name (``OWNER/MODEL``) in the Hugging Face cache.

    Where neither is there, the name comes back as a path. Nothing is fetched.
    """
    folder = Path(name)
    if folder.is_dir() or not _NAME.fullmatch(str(name)):
        return folder
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return folder
    try:
        found = try_to_load_from_cache(str(name), "config.json")
    except ValueError:  # it cannot be a name there
        return folder
    return Path(found).parent if isinstance(found, str) else folder


def read_folder(folder: Path) -> tuple[Any, Any]:
    """The model and the tokenizer in a folder.

    Raises:
        BadInput: It is none, is damaged, lacks weights, or its tokenizer is another model's.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            model, found = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype="auto" if torch.cuda.is_available() else torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise BadInput(f"{str(folder)!r} cannot be read as a model of transformers: {error}") from error
    if found["missing_keys"]:  # transformers would go on with random numbers
        names = sorted(found["missing_keys"])
        raise BadInput(
            f"{str(folder)!r}: {len(names)} weights of the model are not in its safetensors files, among them "
            f"{names[0]}; copy the folder anew"
        )
    if len(tokenizer) > model.config.vocab_size:
        raise BadInput(
            f"{str(folder)!r}: the tokenizer has {len(tokenizer)} tokens but the model only {model.config.vocab_size}; "
            "the tokenizer of another model lies in the folder"
        )
    _check_tokenizer(folder, tokenizer)
    return model, tokenizer


def _check_tokenizer(folder: Path, tokenizer: Any) -> None:
    """Models grown here say in ``unriddle.json`` what tokenizer they learned with."""
    try:
        about = json.loads((folder / "unriddle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    learned = about.get("tokenizer") if isinstance(about, dict) else None
    if learned is not None and learned != tokenizer_digest(tokenizer):
        raise BadInput(
            f"{str(folder)!r}: the model learned with the tokenizer {shorten(learned)}, but the one in the folder is "
            f"{tokenizer_digest(tokenizer)!r}; copy tokenizer.json from where the model was made"
        )


def tokenizer_digest(tokenizer: Any) -> str:
    """A hash of the vocabulary, merges and special tokens: equal digests cut texts alike.

    Args:
        tokenizer: A fast tokenizer of ``transformers``.
    """
    plain = json.loads(tokenizer.backend_tokenizer.to_str())
    kept = [plain.get(key) for key in ("model", "pre_tokenizer", "normalizer", "added_tokens")]
    return hashlib.blake2b(json.dumps(kept, sort_keys=True).encode(), digest_size=8).hexdigest()


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
