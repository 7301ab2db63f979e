"""Execution prediction: can a language model say what a call returns, without running it?

Part of ``unriddle.methods.program_synthesis_llm``. Model output is read as a Python literal and nothing else; it is
never run. Not covered: values that have no literal (objects, iterators), and training a model for the task.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.language.values import encode, key
from unriddle.lm.base import LM, SampleOptions

__all__ = ["CallItem", "Mode", "Predictions", "execution_prediction", "execution_prompt", "read_value", "same_value"]

Mode = Literal["code", "asserts", "both"]
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class CallItem:
    """One call whose value is to be predicted.

    Args:
        code: The program.
        call: The call, as source text (``f(3)``).
        value: What it returns, as plain data.
        text: What the program is for, in words.
        asserts: Other calls with their values, as assert lines; the asked call must not be among them.
    """

    code: str
    call: str
    value: Any
    text: str = ""
    asserts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the model said.

    Attributes:
        texts: ``(p,)`` completions.
        exact: ``(p,)`` the value read from it equals the true one.
        readable: ``(p,)`` it could be read as a literal at all.
    """

    texts: tuple[str, ...]
    exact: npt.NDArray[np.bool_]
    readable: npt.NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        """Share predicted exactly; NaN for no items."""
        return float(self.exact.mean()) if self.exact.size else float("nan")


def execution_prompt(item: CallItem, *, mode: Mode = "both", exemplars: Sequence[CallItem] = ()) -> str:
    """Text to be continued with the value of ``item.call``, after worked exemplars in the same form.

    Args:
        item: What is asked.
        mode: What is shown: the ``code`` only, the other ``asserts`` (with the words) only, or ``both``.
        exemplars: Shown with their values.

    Raises:
        BadInput: The mode is unknown, or the asked call stands among its own asserts.
    """
    if mode not in ("code", "asserts", "both"):
        raise BadInput(f"execution_prompt: mode must be 'code', 'asserts' or 'both', got {mode!r}")
    worked = [f"{_shown(one, mode)}assert {one.call} == {one.value!r}\n" for one in exemplars]
    return "\n".join([*worked, f"{_shown(item, mode)}assert {item.call} =="])


def _shown(item: CallItem, mode: Mode) -> str:
    if any(item.call in line for line in item.asserts):
        raise BadInput(f"execution_prompt: the asserts of {item.call} already give its value; leave that line out")
    lines = [f"# {line}" for line in item.text.splitlines()] if mode != "code" else []
    if mode != "asserts":
        lines.append(item.code.replace("\r\n", "\n").strip("\n"))
    if mode != "code":
        lines.extend(item.asserts)
    return "".join(f"{line}\n" for line in lines)


def read_value(text: str) -> tuple[bool, Any]:
    """Whether the first line of the text begins with a Python literal, and its value.

    >>> read_value(" [1, 2]  # because"), read_value("f(1)")
    ((True, [1, 2]), (False, None))
    """
    line = text.strip().split("\n", 1)[0].strip() if text.strip() else ""
    if not line or len(line) > _LONGEST:
        return False, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return True, ast.literal_eval(line)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return False, None


def same_value(one: Any, other: Any) -> bool:
    """Equal plain data of the same outer type, so that ``True`` is not ``1``; NaN equals NaN."""
    mine = key(encode(one))
    return type(one) is type(other) and mine is not None and mine == key(encode(other))


def execution_prediction(
    lm: LM,
    items: Sequence[CallItem],
    *,
    mode: Mode = "both",
    exemplars: Sequence[CallItem] = (),
    temperature: float = 0.0,
    max_tokens: int = 64,
    seed: int | None = 0,
) -> Predictions:
    """The model's predictions for every item, one draw each.

    Args:
        lm: Any language model.
        items: ``p`` calls with their true values.
        mode: See ``execution_prompt``.
        exemplars: Shown before every item.
        temperature: 0 takes the likeliest token.
        max_tokens: Longest value that can be said.
        seed: For reproducible draws.

    Raises:
        BadInput: See ``execution_prompt``.
        LMError: The model cannot answer.
    """
    prompts = [execution_prompt(item, mode=mode, exemplars=exemplars) for item in items]
    options = SampleOptions(temperature=temperature, max_tokens=max_tokens, stop=("\n",), seed=seed)
    texts = tuple(draws[0].text for draws in lm.sample(prompts, n=1, options=options)) if prompts else ()
    values = [read_value(text) for text in texts]
    exact = [good and same_value(value, item.value) for (good, value), item in zip(values, items, strict=True)]
    return Predictions(texts, np.array(exact, bool), np.array([good for good, _ in values], bool))
