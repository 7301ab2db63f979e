"""RecordingLM and ReplayLM: a language model's draws as a JSON Lines file that replays without the model.

One line is one draw: ``{"schema": 1, "model", "prompt", "options", "draw", "completion"}``; a chat is a list of
``[role, content]``. Draws are numbered as ``unriddle.lm.stored`` says, so a program that asks the same things again
gets the same bytes again. Not covered: several processes that record into one file at the same time (use
``CachedLM``), and powers such as ``Scores``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, LMError, shorten
from unriddle.lm.base import LM, Completion, Prompt, SampleOptions, checked_prompts, prompt_text
from unriddle.lm.stored import (
    Call,
    DrawCounter,
    as_call,
    completion_from,
    completion_to,
    options_to,
    prompt_from,
    sample_through,
)

__all__ = ["RecordingLM", "ReplayLM"]

_FIELDS = ("schema", "model", "prompt", "options", "draw", "completion")


class RecordingLM:
    """A language model that writes down every draw.

    A file that is already there is continued: draws it holds are given from it, new ones are added. A last line that
    was cut off by a crash is dropped.

    Args:
        lm: The model to record.
        path: The JSON Lines file; made, with its folder, when it is not there.

    Raises:
        BadInput: The file holds something else; the message has the line number.
    """

    def __init__(self, lm: LM, path: str | Path) -> None:
        self.inner = lm
        self.path = Path(path)
        self._counter = DrawCounter()
        self._file = _TranscriptFile(self.path, writing=True)

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self.inner.name

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """``n`` completions for every prompt, written down before they are returned."""
        options = options or SampleOptions()
        calls = [as_call(self.name, prompt, options) for prompt in checked_prompts(prompts, n=n)]
        numbers = self._counter.take(calls, n=n, options=options)
        return sample_through(self._file, self.inner, calls, numbers=numbers, save_every=64)


class ReplayLM:
    """A recorded language model: the same draws again, without the model.

    Args:
        path: A file that ``RecordingLM`` wrote.
        model: Which model's draws to give; needed only when the file holds several.

    Raises:
        BadInput: The file is missing, empty or malformed, or does not hold that model.
    """

    def __init__(self, path: str | Path, *, model: str | None = None) -> None:
        self.path = Path(path)
        self._counter = DrawCounter()
        self._file = _TranscriptFile(self.path, writing=False)
        models = sorted(self._file.models)
        if not models:
            raise BadInput(f"ReplayLM: {str(path)!r} holds no draws; record some with RecordingLM(lm, path)")
        if (model is None and len(models) > 1) or (model is not None and model not in models):
            raise BadInput(f"ReplayLM: model must be one of {', '.join(models)}; got {model!r}")
        self._name = model if model is not None else models[0]

    @property
    def name(self) -> str:
        """The name of the model that was recorded."""
        return self._name

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """The recorded completions.

        Raises:
            LMError: A draw that was asked for is not in the file.
        """
        options = options or SampleOptions()
        calls = [as_call(self.name, prompt, options) for prompt in checked_prompts(prompts, n=n)]
        numbers = self._counter.take(calls, n=n, options=options)
        out = []
        for call, draws in zip(calls, numbers, strict=True):
            found = self._file.read(call, draws)
            for draw in draws:
                if draw not in found:
                    raise LMError(self._missing(call, draw))
            out.append([found[draw] for draw in draws])
        return out

    def _missing(self, call: Call, draw: int) -> str:
        why = ""
        recorded = self._file.options_of(call.prompt)
        if recorded:
            asked = options_to(call.options)
            differ = [key for key, value in recorded[0].items() if value != asked.get(key)]
            why = "; ".join(f"{key} was {recorded[0][key]!r}, now {asked.get(key)!r}" for key in differ)
        text = call.prompt if isinstance(call.prompt, str) else call.prompt[-1].content
        return (
            f"replay: {str(self.path)!r} holds no draw {draw} of the prompt {shorten(text)}"
            + (f" (this prompt was recorded with other options: {why})" if why else "")
            + "; record it with RecordingLM(lm, path)"
        )


class _TranscriptFile:
    """The draws of a JSON Lines file, in memory; new ones are appended to the file."""

    def __init__(self, path: Path, *, writing: bool) -> None:
        self._path = path
        self._draws: dict[tuple[str, int], Completion] = {}
        self._options: dict[str, list[dict[str, Any]]] = {}
        self.models: set[str] = set()
        self._lock = threading.Lock()
        try:
            if writing:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(f"transcript: {str(path)!r} cannot be read ({error}); record one first") from error
        whole = content.rfind(b"\n") + 1
        if writing and whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)
            content = content[:whole]
        for number, line in enumerate(content.splitlines(), 1):
            if line.strip():
                self._add(*self._parse(line, number))

    def _parse(self, line: bytes, number: int) -> tuple[Call, int, Completion]:
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or any(name not in row for name in _FIELDS) or row["schema"] != 1:
                raise ValueError(f"expected an object with {', '.join(_FIELDS)} and schema 1")
            options = SampleOptions(**{**row["options"], "stop": tuple(row["options"]["stop"])})
            call = as_call(str(row["model"]), prompt_from(row["prompt"]), options)
            return call, int(row["draw"]), completion_from(row["completion"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(
                f"transcript: {str(self._path)!r} line {number} is not a recorded draw ({error}): "
                f"{shorten(line.decode('utf-8', 'replace'))}; record the file again or remove the line"
            ) from error

    def _add(self, call: Call, draw: int, completion: Completion) -> None:
        self._draws.setdefault((call.key, draw), completion)
        self.models.add(call.model)
        options = options_to(call.options)
        known = self._options.setdefault(prompt_text(call.prompt), [])
        if options not in known:
            known.append(options)

    def options_of(self, prompt: Prompt) -> list[dict[str, Any]]:
        """Every set of options this prompt was recorded with."""
        return self._options.get(prompt_text(prompt), [])

    def read(self, call: Call, numbers: Sequence[int]) -> dict[int, Completion]:
        with self._lock:
            pairs = ((draw, self._draws.get((call.key, draw))) for draw in numbers)
            return {draw: completion for draw, completion in pairs if completion is not None}

    def write(self, drawn: Sequence[tuple[Call, int, Completion]]) -> None:
        with self._lock:
            new = [item for item in drawn if (item[0].key, item[1]) not in self._draws]
            lines = [
                json.dumps(
                    {
                        "schema": 1,
                        "model": call.model,
                        "prompt": json.loads(prompt_text(call.prompt)),
                        "options": options_to(call.options),
                        "draw": draw,
                        "completion": completion_to(completion),
                    }
                )
                for call, draw, completion in new
            ]
            with self._path.open("a", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
            for call, draw, completion in new:
                self._add(call, draw, completion)
