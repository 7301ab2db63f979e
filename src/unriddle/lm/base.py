"""What a language model is here: prompts in, completions out, in the same order.

``LM.sample`` is the whole contract; everything else a model may be able to do is a *power*, a small protocol
of its own (``Scores``, ``Embeds``, ``Steers``, ``Trains``) that is asked for with ``require``. Concurrency,
batching and retries are the language model's business, so callers are straight-line and synchronous.

**Seeds.** With ``SampleOptions(seed=s)`` draw ``k`` of a prompt gets its own seed, derived by ``draw_seed``
from ``s``, the prompt's text and ``k`` alone: it does not depend on what else is in the batch, the draws of a
prompt are independent, and ten draws begin with the same seeds as four. A prompt that stands twice in one call
goes on counting: ``sample([p, p], n=2)`` holds draws 0, 1 and 2, 3 of ``p``. ``first_draw`` starts the count
elsewhere, so that ``n=6, first_draw=4`` continues an earlier ``n=4``. Without a seed every call is fresh.

Not covered: how a prompt is worded and how code is read back out of a completion (``unriddle.prompt``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast, runtime_checkable

from unriddle.errors import BadInput, Unsupported, shorten

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "LM",
    "Completion",
    "Embeds",
    "Likelihood",
    "Message",
    "Prompt",
    "SampleOptions",
    "Scores",
    "Steers",
    "Trains",
    "checked_prompts",
    "draw_numbers",
    "draw_seed",
    "prompt_text",
    "require",
]

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat.

    Args:
        role: ``"system"``, ``"user"`` or ``"assistant"``.
        content: What was said.

    Raises:
        BadInput: The role is another one, or the content is not text.
    """

    role: str
    content: str

    def __post_init__(self) -> None:
        if self.role not in _ROLES:
            raise BadInput(f"Message: role must be one of {', '.join(_ROLES)}; got {shorten(self.role)}")
        if not isinstance(self.content, str):
            raise BadInput(f"Message: content must be text, got {type(self.content).__name__}")


Prompt = str | tuple[Message, ...]
"""Text to be continued, or the turns of a chat to be answered."""


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How to sample.

    Args:
        temperature: 0 takes the likeliest token each time; 1 samples from the model as it is.
        top_p: Sample only from the likeliest tokens that together have this probability.
        max_tokens: At most this many tokens per completion.
        stop: Strings that end a completion; they are not part of its text.
        seed: Makes every draw reproducible (see the module docstring); ``None`` samples afresh.
        logprobs: Also return the log-probability of each token.
        first_draw: Number of the first draw, to continue an earlier call with the same seed.

    Raises:
        BadInput: A value is out of range.
    """

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: bool = False
    first_draw: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.stop, str) or not all(isinstance(text, str) and text for text in self.stop):
            raise BadInput(f"SampleOptions: stop must be a tuple of non-empty strings, got {shorten(self.stop)}")
        object.__setattr__(self, "stop", tuple(self.stop))
        checks = {
            "temperature": (0 <= self.temperature <= 100, "from 0 to 100"),
            "top_p": (0 < self.top_p <= 1, "more than 0 and at most 1"),
            "max_tokens": (self.max_tokens >= 1, "1 or more"),
            "first_draw": (self.first_draw >= 0, "0 or more"),
            "seed": (self.seed is None or 0 <= self.seed < 2**64, "None or from 0 to 2**64 - 1"),
        }
        for name, (good, wanted) in checks.items():
            if not good:
                raise BadInput(f"SampleOptions: {name} must be {wanted}, got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Completion:
    """One draw of a language model.

    Attributes:
        text: What the model wrote, without the prompt and without the stop string.
        finish_reason: ``"stop"`` (end of text or a stop string) or ``"length"`` (``max_tokens`` reached).
        prompt_tokens: Tokens of the prompt.
        completion_tokens: Tokens the model produced.
        logprob: Sum of ``token_logprobs``; ``None`` when not asked for or not known.
        token_logprobs: Natural log-probability of each token, ``(t,)``, as the model itself gives it: before
            temperature and ``top_p`` where the back end can say so.
        tokens: The tokens as text, ``(t,)``, aligned with ``token_logprobs``.
    """

    text: str
    finish_reason: Literal["stop", "length"] = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    logprob: float | None = None
    token_logprobs: tuple[float, ...] | None = None
    tokens: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a given continuation is.

    Attributes:
        logprob: Sum of ``token_logprobs``, natural log.
        token_logprobs: Log-probability of each token of the continuation, ``(t,)``.
    """

    logprob: float
    token_logprobs: tuple[float, ...]


class LM(Protocol):
    """A language model. ``name`` says which one; it is part of the key when calls are cached."""

    @property
    def name(self) -> str:
        """What is being sampled from, without keys or passwords."""
        ...

    def sample(self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions = ...) -> list[list[Completion]]:
        """``n`` completions for every prompt, in the order of the prompts.

        Raises:
            BadInput: ``prompts`` is a single string, or ``n`` is less than 1.
            LMError: The model cannot answer; the message says why and what to do.
        """
        ...


@runtime_checkable
class Scores(Protocol):
    """The power to say how likely a given continuation is."""

    def score(self, prompts: Sequence[Prompt], continuations: Sequence[str]) -> list[Likelihood]:
        """One ``Likelihood`` per pair of prompt and continuation (aligned, same length)."""
        ...


@runtime_checkable
class Embeds(Protocol):
    """The power to turn texts into vectors."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 ``(n, d)``, one row per text."""
        ...


@runtime_checkable
class Steers(Protocol):
    """The power to let a function change the next-token scores at every step.

    A model whose logits are in reach has it (``hf:FOLDER``).
    """

    def steer(
        self,
        prompts: Sequence[Prompt],
        hook: Callable[[Sequence[int], npt.NDArray[np.float32]], npt.NDArray[np.float32]],
        *,
        n: int = 1,
        options: SampleOptions = ...,
    ) -> list[list[Completion]]:
        """Like ``sample``; ``hook(tokens so far, logits (vocabulary,))`` returns the logits to use."""
        ...


@runtime_checkable
class Trains(Protocol):
    """The power to change weights.

    A model whose weights are in reach has it (``hf:FOLDER``); ``unriddle.train`` trains it.
    """

    def trainable(self) -> Any:
        """The module that holds the weights."""
        ...


P = TypeVar("P")

_WHO_HAS = {
    "Scores": "the embedded model has it: load('smollm2'), and models with weights in reach: load('hf:FOLDER')",
    "Embeds": "the embedded model has it: load('smollm2'), and models with weights in reach: load('hf:FOLDER')",
    "Steers": "it needs a model whose logits are in reach: load('hf:FOLDER')",
    "Trains": "it needs a model whose weights are in reach: load('hf:FOLDER')",
}


def require(lm: object, power: Callable[..., P]) -> P:
    """The same model, typed as one that has the power.

    A wrapper such as ``CachedLM`` is looked through: what it wraps answers, uncached.

    Args:
        lm: Any language model.
        power: One of the protocols ``Scores``, ``Embeds``, ``Steers``, ``Trains``.

    Raises:
        Unsupported: The model does not have it; the message names one that has.
    """
    wanted = getattr(power, "__name__", shorten(power))
    if not isinstance(power, type) or wanted not in _WHO_HAS:
        raise BadInput(f"require: power must be one of {', '.join(_WHO_HAS)}; got {shorten(power)}")
    inner: object = getattr(lm, "inner", None)
    if not isinstance(lm, power):
        if inner is not None:
            lm = require(inner, power)
            return cast("P", lm)
        name = getattr(lm, "name", type(lm).__name__)
        raise Unsupported(f"language model {name!r} does not have the power {wanted}; {_WHO_HAS[wanted]}")
    return cast("P", lm)


def checked_prompts(prompts: Sequence[Prompt], *, n: int) -> list[Prompt]:
    """The prompts as a list, after the checks every back end makes.

    Raises:
        BadInput: One string instead of a list, ``n`` less than 1, or a prompt neither text nor chat.
    """
    if isinstance(prompts, str) or (isinstance(prompts, tuple) and prompts and isinstance(prompts[0], Message)):
        raise BadInput("sample: prompts must be a list of prompts, got a single prompt; write sample([prompt])")
    if n < 1:
        raise BadInput(f"sample: n must be 1 or more, got {n}")
    for i, prompt in enumerate(prompts):
        chat = isinstance(prompt, tuple) and prompt and all(isinstance(turn, Message) for turn in prompt)
        if not isinstance(prompt, str) and not chat:
            raise BadInput(f"sample: prompt {i} must be text or a non-empty tuple of Message, got {shorten(prompt)}")
    return list(prompts)


def prompt_text(prompt: Prompt) -> str:
    """A prompt as one line of JSON: the same prompt always gives the same text."""
    plain = prompt if isinstance(prompt, str) else [[turn.role, turn.content] for turn in prompt]
    return json.dumps(plain, ensure_ascii=True)


def draw_seed(seed: int, prompt: Prompt, draw: int) -> int:
    """The seed of one draw, ``0 <= seed < 2**31``.

    The draws of one prompt have consecutive seeds, so that a server which counts seeds up can give many draws
    in one request; where the count begins is a hash of ``seed`` and the prompt.

    >>> draw_seed(0, "def f", 3) == draw_seed(0, "def f", 0) + 3
    True
    """
    text = f"{seed}\0{prompt_text(prompt)}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % 2**30 + draw % 2**30


def draw_numbers(prompts: Sequence[Prompt], *, n: int, first_draw: int = 0) -> list[range]:
    """The numbers of the ``n`` draws of each prompt; a repeated prompt goes on where it stopped.

    >>> draw_numbers(["a", "b", "a"], n=2)
    [range(0, 2), range(0, 2), range(2, 4)]
    """
    seen: dict[Prompt, int] = {}
    numbers = []
    for prompt in prompts:
        begin = seen.get(prompt, first_draw)
        seen[prompt] = begin + n
        numbers.append(range(begin, begin + n))
    return numbers
