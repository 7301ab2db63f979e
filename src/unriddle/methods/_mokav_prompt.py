"""Mokav's conversation: what the model is told of two programs, and how inputs are read out of its answers.

The parts of a prompt are letters: B (the first program), A (the second), D (descriptions of both), T (an input on which
both agree), I (iteration: what became of the last answer), E (execution: values that only one of them reaches).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.errors import BadProblem, shorten
from unriddle.language.fold import fold
from unriddle.lm.base import Message
from unriddle.problem import Signature

__all__ = ["PARTS", "Reached", "described", "feedback", "first_messages", "read_answer", "trimmed"]

PARTS = "BADTIE"
_MAX_CHARS = 39_000
_N_KEPT = 3
"""Messages at the start of a conversation that are never dropped."""

_SYSTEM = (
    "You are an expert in software testing. You are shown two versions of a Python function, 'original' and 'patched', "
    "and you look for one input on which they give different outputs."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What running both programs on one input showed.

    Attributes:
        args: The input.
        output: The output of both, as text; empty when there is none.
        first: A state ``(variable, value)`` that only the first program reached.
        second: One that only the second reached.
    """

    args: tuple[Any, ...]
    output: str = ""
    first: tuple[str, str] | None = None
    second: tuple[str, str] | None = None


def described(source: str) -> tuple[Message, ...]:
    """The question for a description of a program."""
    return (
        Message("system", "You explain Python programs in two or three plain sentences."),
        Message("user", f"```python\n{source.strip()}\n```\nWhat does this program compute?"),
    )


def first_messages(
    p: str, q: str, *, signature: Signature, parts: str, descriptions: tuple[str, str], reached: Reached | None
) -> list[Message]:
    """The conversation so far: the role, and all that is known before the first answer."""
    said = []
    for letter, word, source, about in (("B", "original", p, descriptions[0]), ("A", "patched", q, descriptions[1])):
        if letter in parts:
            said.append(f"The {word} version:\n```python\n{source.strip()}\n```")
            if "D" in parts and about:
                said.append(f"What the {word} version does: {about.strip()}")
    if reached is not None:
        if "T" in parts:
            said.append(f"Both give the same output for the input {_wanted(reached.args)}.")
        if "E" in parts:
            said += _states(reached, "that input")
        if "T" in parts and reached.output:
            said.append(f"Their output for it is {reached.output}.")
    names = ", ".join(_names(signature)) or "no arguments"
    said.append(
        f"Find inputdata so that original(*inputdata) != patched(*inputdata); inputdata holds the arguments ({names}). "
        f"Answer with {{'inputdata': [...]}} on one line and nothing else: no explanation, no code."
    )
    return [Message("system", _SYSTEM), Message("user", "\n".join(said))]


def feedback(reached: Reached, *, parts: str) -> Message:
    """What became of the last answer, and the request for another."""
    said = [f"The input {_wanted(reached.args)} does not tell the two versions apart."]
    if "E" in parts:
        said += _states(reached, "your input")
        if reached.output:
            said.append(f"Both versions give the output {reached.output}.")
    said.append("Give another input, in the same form.")
    return Message("user", "\n".join(said))


def _states(reached: Reached, which: str) -> list[str]:
    return [
        f"Running {which}, the variable '{state[0]}' has the value {state[1]} in the {word} version only."
        for word, state in (("original", reached.first), ("patched", reached.second))
        if state is not None
    ]


def _names(signature: Signature) -> list[str]:
    places = [p for p in signature.parameters if not p.name.startswith(("*", "/"))]
    return [f"{p.name}: {p.annotation}" if p.annotation else p.name for p in places]


def _wanted(args: tuple[Any, ...]) -> str:
    """An input in the form that is asked for."""
    return shorten({"inputdata": list(args)}, 2000)


def trimmed(messages: Sequence[Message], *, max_chars: int = _MAX_CHARS) -> list[Message]:
    """The conversation without its oldest turns, as far as it is longer than that; its beginning stays."""
    kept = list(messages)
    while sum(len(m.content) for m in kept) > max_chars and len(kept) > _N_KEPT:
        del kept[_N_KEPT : _N_KEPT + 2]
    return kept


def read_answer(text: str, *, n_arguments: int) -> tuple[Any, ...] | None:
    """The input that an answer holds; ``None`` where there is none.

    Taken is, in this order: a dict with ``inputdata`` anywhere in the text, a call of one of the two versions, a list
    or tuple. A value that is no list is the only argument.

    >>> read_answer("Sure! {'inputdata': [[1, 2], 'it\\\\'s']} should do.", n_arguments=2)
    ([1, 2], "it's")
    """
    for node in _expressions(text):
        if isinstance(node, ast.Dict):
            for name, value in zip(node.keys, node.values, strict=True):
                if isinstance(name, ast.Constant) and str(name.value).lower() == "inputdata":
                    found = _value(value)
                    return None if found is None else _as_arguments(found[0], n_arguments)
        elif isinstance(node, ast.Call) and not node.keywords:
            values = [_value(arg) for arg in node.args]
            if len(values) == n_arguments and all(value is not None for value in values):
                return tuple(value[0] for value in values if value is not None)
        elif isinstance(node, (ast.List, ast.Tuple)):
            found = _value(node)
            if found is not None:
                return _as_arguments(found[0], n_arguments)
    return None


def _as_arguments(value: Any, n: int) -> tuple[Any, ...] | None:
    if isinstance(value, (list, tuple)) and len(value) == n:
        return tuple(value)
    return (value,) if n == 1 else None


def _expressions(text: str) -> Iterator[ast.expr]:
    """Dicts, then calls, then lists and tuples that stand in the text; the longest that can be read at each place."""
    for opening, closing, before in ("{", "}", ""), ("(", ")", r"(?:original|patched)"), ("[", "]", ""), ("(", ")", ""):
        for start in re.finditer(before + re.escape(opening), text):
            for end in reversed([m.end() for m in re.finditer(re.escape(closing), text[start.start() :])][:60]):
                try:
                    yield ast.parse(text[start.start() : start.start() + end], mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
                break


def _value(node: ast.expr) -> tuple[Any] | None:
    """The literal value, boxed."""
    try:
        return (fold(node),)
    except (ValueError, BadProblem, RecursionError, MemoryError):
        return None
