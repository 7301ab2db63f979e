"""Prompts that ask for a function: the stub to continue, or a chat that shows stub and visible tests.

Not covered: worked examples (``few_shot``) and repair (``unriddle.feedback``).
"""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from unriddle.lm.base import Message, Prompt
from unriddle.problem import CallTest, Problem
from unriddle.prompt.shown import shown_test
from unriddle.prompt.stub import preamble, stub_text

__all__ = ["function_prompts"]

_SYSTEM = (
    "You write Python. Answer with the whole program in one fenced code block that starts with ```python, "
    "and nothing else."
)
_MAX_TESTS = 8
_MAX_TEST_CHARACTERS = 400


def function_prompts(problem: Problem, *, style: Literal["completion", "chat"] = "completion") -> Prompt:
    """The prompt that asks for the problem's function.

    ``completion`` is the text to be continued: context and stub, up to the last character before the body. It ends
    without a line break: tokenizers join the break with the indentation after it, and a model that is given the
    break alone takes the program for finished. ``chat`` is a system and a user message with the header, the statement
    and the visible tests.

    >>> from unriddle.problem import Problem, Signature
    >>> function_prompts(Problem("p", "Say hello.", Signature("hello")))
    'def hello():\\n    \"\"\"Say hello.\"\"\"'
    """
    context = problem.context.strip("\n")
    if style == "completion":
        stub = stub_text(problem).rstrip()
        return f"{context}\n\n\n{stub}" if context else stub
    return (Message("system", _SYSTEM), Message("user", _request(problem, context)))


def _request(problem: Problem, context: str) -> str:
    """The user's message. Small models copy a whole stub and stop there, so it shows the header and says the rest."""
    parts = []
    before = "\n\n\n".join(filter(None, (context, preamble(problem))))
    if before:
        parts.append(f"This code is already there:\n```python\n{before}\n```")
    parts.append(f"Write the Python function `{problem.signature.header().rstrip(':')}`.")
    parts += filter(None, [_without_examples(problem.statement)])
    tests = _tests_to_show(problem)
    if tests:
        parts.append("It must pass these tests:\n```python\n" + "\n".join(tests) + "\n```")
    parts.append(f"Answer with one code block that holds the whole function `{problem.entry}`.")
    return "\n\n".join(parts)


def _without_examples(statement: str) -> str:
    """The statement up to its first doctest, without a heading that announced it; the tests say the same."""
    text = statement.partition(">>>")[0].strip()
    lines = text.split("\n")
    if ">>>" in statement and re.fullmatch(r"(for )?(examples?|doctests?|tests?)\W*", lines[-1].strip(), re.IGNORECASE):
        lines.pop()
    return "\n".join(lines).strip()


def _tests_to_show(problem: Problem) -> list[str]:
    """The first visible tests, short ones only; calls are put as asserts."""
    texts = [
        shown_test(dataclasses.replace(test, source="") if isinstance(test, CallTest) else test)
        for test in problem.tests
    ]
    return [text for text in texts if len(text) <= _MAX_TEST_CHARACTERS][:_MAX_TESTS]
