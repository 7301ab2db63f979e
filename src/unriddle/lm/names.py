"""Which language models there are by name (``load``), and which can be used here (``available``).

Other packages add names through the entry point group ``unriddle.lms``: the entry is the import path of a callable
that takes what stands behind the colon of ``NAME:REST`` (an empty string when nothing does) and keyword options, and
returns the model. It is imported when it is used. Not covered: what the models are; each has a file of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from unriddle.errors import BadInput, UnriddleError, shorten
from unriddle.lm.base import LM

__all__ = ["LMStatus", "available", "load", "taught_style"]

_GROUP = "unriddle.lms"


@dataclass(frozen=True, slots=True)
class LMStatus:
    """Whether a language model can be used here.

    Attributes:
        name: What ``load`` takes.
        ready: Whether it can be used now.
        detail: What it is, or what is missing.
        how: What to type to switch it on, or what it may still need; empty when nothing is missing.
    """

    name: str
    ready: bool
    detail: str
    how: str = ""


def load(name: str, *, cache: str | Path | None = None, **options: Any) -> LM:
    """The language model of that name; nothing is started or contacted before its first use.

    Args:
        name: ``"smollm2"``, ``"gguf:FILE"``, ``"hf:FOLDER"``, ``"openai:MODEL"``, ``"openai:MODEL@URL"``,
            ``"replay:FILE"``, or a name that an installed package brings (with ``:REST`` if it wants it).
        cache: Keep every draw in this SQLite file (``CachedLM``).
        options: Keyword arguments of the model's class, such as ``threads=4`` or ``concurrency=32``.

    Raises:
        BadInput: There is no such name, or an option does not fit.
    """
    if not isinstance(name, str):
        raise BadInput(f"load: name must be text such as 'smollm2', got {shorten(name)}")
    kind, _, rest = name.strip().partition(":")
    makers = _makers()
    if kind not in makers or (kind == "smollm2" and rest) or (kind in ("gguf", "hf", "openai", "replay") and not rest):
        raise BadInput(
            f"load: there is no language model {shorten(name)}; expected smollm2, gguf:FILE, hf:FOLDER, "
            f"openai:MODEL[@URL], replay:FILE{''.join(', ' + entry for entry in sorted(_plugins()))}; see `unriddle lm`"
        )
    try:
        lm = makers[kind](rest, **options)
    except TypeError as error:
        raise BadInput(f"load: the options of {name!r} do not fit: {error}") from error
    if cache is None:
        return lm
    from unriddle.lm.cache import CachedLM

    return CachedLM(lm, cache)


def available() -> list[LMStatus]:
    """Every kind of language model known here, and how to switch on those that are not ready."""
    plugins = [
        LMStatus(name, True, f"from the package {entry.dist.name if entry.dist else entry.value}")
        for name, entry in sorted(_plugins().items())
    ]
    return [_smollm2(), _gguf(), _hf(), _openai(), LMStatus("replay:FILE", True, "draws recorded earlier"), *plugins]


def _smollm2() -> LMStatus:
    from unriddle.lm.embedded import INSTALL, missing_parts

    missing = missing_parts()
    if missing:
        return LMStatus("smollm2", False, f"SmolLM2-135M-Instruct; missing: {', '.join(missing)}", INSTALL)
    return LMStatus("smollm2", True, "SmolLM2-135M-Instruct on this machine's CPU, no network")


def _gguf() -> LMStatus:
    if find_spec("xllamacpp") is None:
        return LMStatus(
            "gguf:FILE", False, "a model file of yours; missing: xllamacpp", "pip install 'unriddle[local]'"
        )
    return LMStatus("gguf:FILE", True, "a model file of yours, on this machine's CPU")


def _hf() -> LMStatus:
    missing = [package for package in ("torch", "transformers") if find_spec(package) is None]
    if missing:
        what = f"a Hugging Face folder of yours; missing: {', '.join(missing)}"
        return LMStatus("hf:FOLDER", False, what, "pip install 'unriddle[train]'")
    return LMStatus("hf:FOLDER", True, "a Hugging Face folder of yours, with every power")


def _openai() -> LMStatus:
    name = "openai:MODEL[@URL]"
    if find_spec("openai") is None:
        return LMStatus(
            name, False, "any OpenAI-compatible endpoint; missing: openai", "pip install 'unriddle[openai]'"
        )
    if not os.environ.get("OPENAI_API_KEY"):
        how = "export OPENAI_API_KEY=... (an endpoint of your own, with @URL, may need none)"
        return LMStatus(name, True, "any OpenAI-compatible endpoint; OPENAI_API_KEY is not set", how)
    return LMStatus(name, True, "any OpenAI-compatible endpoint; OPENAI_API_KEY is set")


def _makers() -> dict[str, Callable[..., LM]]:
    plugins = {name: _plugin_maker(entry) for name, entry in _plugins().items()}
    own: dict[str, Callable[..., LM]] = {
        "smollm2": _make_smollm2,
        "gguf": _make_gguf,
        "hf": _make_hf,
        "openai": _make_openai,
        "replay": _make_replay,
    }
    return {**plugins, **own}


def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=_GROUP)}


def _plugin_maker(entry: EntryPoint) -> Callable[..., LM]:
    def make(rest: str, **options: Any) -> LM:
        try:
            maker = entry.load()
        except (ImportError, AttributeError) as error:
            raise UnriddleError(
                f"load: the language model {entry.name!r} is announced as {entry.value!r}, which cannot be imported "
                f"({error}); repair or remove the package that brings it"
            ) from error
        return cast("LM", maker(rest, **options))

    return make


def taught_style(name: str) -> str:
    """How the model of that name wants to be asked for a program: ``"nursery"`` for a folder that was grown here,
    ``"chat"`` for models that follow instructions, else ``"completion"``.
    """
    if name.startswith(("openai:", "smollm2")):
        return "chat"
    if name.startswith("hf:"):
        try:
            about = json.loads((Path(name[3:]) / "unriddle.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return "completion"
        if isinstance(about, dict) and about.get("prompt") == "nursery":
            return "nursery"
    return "completion"


def _make_smollm2(rest: str, **options: Any) -> LM:
    from unriddle.lm.embedded import EmbeddedLM

    return EmbeddedLM(**options)


def _make_gguf(rest: str, **options: Any) -> LM:
    from unriddle.lm.embedded import EmbeddedLM

    return EmbeddedLM(gguf=rest, **options)


def _make_hf(rest: str, **options: Any) -> LM:
    from unriddle.lm.transformers import TransformersLM

    return TransformersLM(rest, **options)


def _make_openai(rest: str, **options: Any) -> LM:
    from unriddle.lm.openai import OpenAILM

    # Model names may hold an "@" of their own; a URL begins with its scheme.
    for scheme in ("@http://", "@https://"):
        model, found, address = rest.partition(scheme)
        if found:
            return OpenAILM(model, base_url=scheme[1:] + address, **options)
    return OpenAILM(rest, **options)


def _make_replay(rest: str, **options: Any) -> LM:
    from unriddle.lm.transcript import ReplayLM

    return ReplayLM(rest, **options)
