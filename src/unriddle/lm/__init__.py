"""Language models: one small protocol, and the models that speak it.

``load("smollm2")`` runs a small model on this machine without network; ``load("openai:MODEL@URL")`` talks to
any OpenAI-compatible endpoint; ``CachedLM``, ``RecordingLM`` and ``ReplayLM`` wrap any of them. Importing this
package is cheap: what is heavy or optional is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unriddle.lm.base import (
        LM,
        Completion,
        Embeds,
        Likelihood,
        Message,
        Prompt,
        SampleOptions,
        Scores,
        Steers,
        Trains,
        draw_seed,
        require,
    )
    from unriddle.lm.cache import CachedLM
    from unriddle.lm.embedded import EmbeddedLM
    from unriddle.lm.names import LMStatus, available, load
    from unriddle.lm.openai import OpenAILM
    from unriddle.lm.scripted import ScriptedLM
    from unriddle.lm.transcript import RecordingLM, ReplayLM
    from unriddle.lm.transformers import TransformersLM

_HOME = {
    "LM": "base",
    "CachedLM": "cache",
    "Completion": "base",
    "EmbeddedLM": "embedded",
    "Embeds": "base",
    "LMStatus": "names",
    "Likelihood": "base",
    "Message": "base",
    "OpenAILM": "openai",
    "Prompt": "base",
    "RecordingLM": "transcript",
    "ReplayLM": "transcript",
    "SampleOptions": "base",
    "Scores": "base",
    "ScriptedLM": "scripted",
    "Steers": "base",
    "Trains": "base",
    "TransformersLM": "transformers",
    "available": "names",
    "draw_seed": "base",
    "load": "names",
    "require": "base",
}

__all__ = [
    "LM",
    "CachedLM",
    "Completion",
    "EmbeddedLM",
    "Embeds",
    "LMStatus",
    "Likelihood",
    "Message",
    "OpenAILM",
    "Prompt",
    "RecordingLM",
    "ReplayLM",
    "SampleOptions",
    "Scores",
    "ScriptedLM",
    "Steers",
    "Trains",
    "TransformersLM",
    "available",
    "draw_seed",
    "load",
    "require",
]


def __getattr__(name: str) -> Any:
    """The public name, imported from its file on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'unriddle.lm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"unriddle.lm.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
