"""Prompts of the nursery: the markers its models learn, the prompt of a problem, and reading a program back.

A prompt ends behind the header without a line break, because tokenizers join the break with the indentation after it.
Not covered: chats, and models that never learned the markers.
"""

from __future__ import annotations

import re

from unriddle.problem import CallTest, Problem, Returns, Test
from unriddle.prompt.shown import call_text
from unriddle.prompt.stub import preamble

__all__ = ["END", "SPECIAL_TOKENS", "case_line", "nursery_prompt", "read_program", "without_markers"]

END = "<|end|>"
"""Closes every training text; the model's stop string."""

SPECIAL_TOKENS = (
    "<|statement|>",
    "<|examples|>",
    "<|program|>",
    "<|input|>",
    "<|output|>",
    "<|trace|>",
    "<|bug|>",
    "<|feedback|>",
    "<|plan|>",
    "<|tests|>",
    "<|edit|>",
    END,
)
"""Markers, one token each; order and spelling are part of every trained model."""

_MARKER = re.compile("|".join(re.escape(token) for token in SPECIAL_TOKENS))
_MAX_CASE = 90


def case_line(call: str, value: object) -> str:
    """How a case reads: ``f(1) == 2``."""
    return f"{call} == {value!r}"


def without_markers(text: str) -> str:
    """The text with a space in the place of each marker, so that no part of a prompt begins or ends in it."""
    return _MARKER.sub(" ", text)


def nursery_prompt(problem: Problem, *, n_examples: int = 2) -> str:
    """The prompt that asks for the problem's function: statement, examples, header.

    Args:
        problem: Any problem; doctests in its statement are left out, its visible tests say the same.
        n_examples: How many visible cases are shown at most; long ones and those with a marker are passed over.

    >>> from unriddle.problem import Problem, Signature
    >>> nursery_prompt(Problem("p", "Say hello.", Signature("hello")))
    '<|statement|>Say hello.<|program|>def hello():'
    """
    words = " ".join(without_markers(problem.statement.partition(">>>")[0]).split())
    lines = [line for line in map(_shown, problem.tests) if 0 < len(line) <= _MAX_CASE][:n_examples]
    shown = "<|examples|>" + "\n".join(lines) if lines else ""
    return f"<|statement|>{words}{shown}<|program|>{problem.signature.header()}"


def _shown(test: Test) -> str:
    """A test as a case; empty for tests that are not "call gives value", and where a marker stands in it."""
    if isinstance(test, CallTest) and isinstance(test.expect, Returns):
        line = case_line(call_text(test), test.expect.value)
        return "" if _MARKER.search(line) else line
    return ""


def read_program(completion_text: str, problem: Problem) -> str:
    """The whole program of a completion of ``nursery_prompt``; nothing is executed and nothing raises.

    A text that brings its own header is taken whole, any other continues the header. Context and imports of the
    problem come first.

    >>> from unriddle.problem import Problem, Signature
    >>> read_program("\\n    return 1<|end|>", Problem("p", "One.", Signature("one")))
    'def one():\\n    return 1\\n'
    """
    text = _MARKER.split(completion_text.replace("\r\n", "\n"), maxsplit=1)[0].rstrip()
    if not re.search(rf"^def {re.escape(problem.entry)}\(", text, re.MULTILINE):
        text = problem.signature.header() + (text if text.startswith("\n") else f"\n{text}")
    before = [part.strip("\n") for part in (problem.context, preamble(problem)) if part.strip()]
    return "\n\n\n".join([*before, text.strip("\n")]) + "\n"
