"""What a store of draws does for a model: give what is there, sample what is missing, number the draws.

``CachedLM`` (SQLite) and ``RecordingLM`` (JSON Lines) are this with two kinds of store.

A call is known by its content: the model's name, the prompt, and every option but ``first_draw``. Within a call
draws are numbered from 0. With a seed the numbers are the model's own (``first_draw`` and on), so the same request
gives the same draws again. Without a seed every request means *fresh* draws: a ``DrawCounter`` goes on counting
within one instance, so that nothing is ever handed out twice and repeated sampling stays independent, and a new
instance begins at 0 again, so that a program run a second time gets what it got the first time.

Not covered: where draws are kept (``unriddle.lm.cache``, ``unriddle.lm.transcript``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from unriddle.errors import LMError
from unriddle.lm.base import LM, Completion, Message, Prompt, SampleOptions, draw_numbers, prompt_text

__all__ = [
    "Call",
    "DrawCounter",
    "Store",
    "as_call",
    "completion_from",
    "completion_to",
    "options_to",
    "prompt_from",
    "sample_through",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One model, prompt and set of options.

    Attributes:
        key: Hash of the content.
        model: The model's name.
        prompt: The prompt.
        options: The options, ``first_draw`` left at 0.
    """

    key: str
    model: str
    prompt: Prompt
    options: SampleOptions


class Store(Protocol):
    """Keeps draws by call and number."""

    def read(self, call: Call, numbers: Sequence[int]) -> dict[int, Completion]:
        """Those of the draws that are kept."""
        ...

    def write(self, drawn: Sequence[tuple[Call, int, Completion]]) -> None:
        """Keep draws, all or none; a draw that is already kept stays as it is."""
        ...


def options_to(options: SampleOptions) -> dict[str, Any]:
    """The options that belong to a call, as plain data."""
    plain = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    del plain["first_draw"]
    return {**plain, "stop": list(options.stop)}


def as_call(model: str, prompt: Prompt, options: SampleOptions) -> Call:
    """The call's identity."""
    text = json.dumps([model, prompt_text(prompt), options_to(options)], sort_keys=True)
    key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return Call(key, model, prompt, dataclasses.replace(options, first_draw=0))


def prompt_from(plain: Any) -> Prompt:
    """A prompt from the plain data of ``prompt_text``."""
    return plain if isinstance(plain, str) else tuple(Message(role, content) for role, content in plain)


def completion_to(completion: Completion) -> dict[str, Any]:
    """A completion as plain data, without what is not known."""
    return {name: value for name, value in dataclasses.asdict(completion).items() if value is not None}


def completion_from(plain: Mapping[str, Any]) -> Completion:
    """The completion again.

    Raises:
        TypeError: A field is missing or unknown.
    """
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    if not isinstance(parts.get("text"), str):
        raise TypeError("a completion must have a text")
    return Completion(**parts)


class DrawCounter:
    """Gives out the numbers of draws; safe to share between threads."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, calls: Sequence[Call], *, n: int, options: SampleOptions) -> list[range]:
        """The numbers of the ``n`` draws of each call (see the module docstring)."""
        if options.seed is not None:
            return draw_numbers([call.key for call in calls], n=n, first_draw=options.first_draw)
        with self._lock:
            numbers = []
            for call in calls:
                begin = max(self._next.get(call.key, 0), options.first_draw)
                self._next[call.key] = begin + n
                numbers.append(range(begin, begin + n))
            return numbers

    def restart(self) -> None:
        """Begin at 0 again for every call."""
        with self._lock:
            self._next.clear()


def sample_through(
    store: Store, lm: LM, calls: Sequence[Call], *, numbers: Sequence[range], save_every: int
) -> list[list[Completion]]:
    """The draws with these numbers; those that are missing are sampled and kept, ``save_every`` at a time."""
    wanted: dict[str, tuple[Call, list[int]]] = {}
    for call, draws in zip(calls, numbers, strict=True):
        wanted.setdefault(call.key, (call, []))[1].extend(draws)
    have = {key: store.read(call, asked) for key, (call, asked) in wanted.items()}
    jobs: dict[tuple[int, int], list[Call]] = {}
    for key, (call, asked) in wanted.items():
        missing = sorted(set(asked) - set(have[key]))
        for run in _runs(missing, longest=save_every):
            jobs.setdefault((run.start, len(run)), []).append(call)
    for (first, count), waiting in jobs.items():
        portion = max(1, save_every // count)
        for at in range(0, len(waiting), portion):
            part = waiting[at : at + portion]
            drawn = _draw(lm, part, first=first, count=count)
            store.write(drawn)
    for key, (call, asked) in wanted.items():
        if len(have[key]) < len(set(asked)):
            # Read back what was kept: another process may have been first with the same draw.
            have[key] = store.read(call, asked)
    return [[have[call.key][draw] for draw in draws] for call, draws in zip(calls, numbers, strict=True)]


def _draw(lm: LM, calls: Sequence[Call], *, first: int, count: int) -> list[tuple[Call, int, Completion]]:
    options = dataclasses.replace(calls[0].options, first_draw=first)
    rows = lm.sample([call.prompt for call in calls], n=count, options=options)
    if len(rows) != len(calls) or any(len(row) != count for row in rows):
        raise LMError(
            f"language model {lm.name!r} was asked for {count} draws of {len(calls)} prompts and gave "
            f"{[len(row) for row in rows]}; its back end breaks the contract of LM.sample"
        )
    return [
        (call, first + k, completion) for call, row in zip(calls, rows, strict=True) for k, completion in enumerate(row)
    ]


def _runs(numbers: Sequence[int], *, longest: int) -> list[range]:
    """Sorted numbers as ranges without gaps, none longer than ``longest``."""
    runs: list[range] = []
    for number in numbers:
        if runs and runs[-1].stop == number and len(runs[-1]) < longest:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return runs
