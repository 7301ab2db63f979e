"""Prompts that ask for a value a verifier accepts, given as a program that returns it.

Not covered: worked examples of other puzzles; use ``few_shot``.
"""

from __future__ import annotations

from typing import Literal

from unriddle.errors import BadProblem
from unriddle.lm.base import Message, Prompt
from unriddle.problem import CallTest, Problem, Satisfies
from unriddle.prompt.stub import stub_text

__all__ = ["puzzle_prompts", "verifier"]

_SYSTEM = (
    "You solve programming puzzles in Python. A puzzle is a function that checks a value. Answer with one fenced "
    "code block that starts with ```python and defines the function asked for, and nothing else."
)


def verifier(problem: Problem) -> Satisfies:
    """The puzzle's verifier.

    Raises:
        BadProblem: No visible test of the problem has one.
    """
    for test in problem.tests:
        if isinstance(test, CallTest) and isinstance(test.expect, Satisfies):
            return test.expect
    raise BadProblem(
        f"Problem {problem.id}: no test has a verifier, so it is not a puzzle; pose it with a function named sat"
    )


def puzzle_prompts(problem: Problem, *, style: Literal["completion", "chat"] = "completion") -> Prompt:
    """The prompt that asks for the puzzle's answer.

    ``completion`` is the verifier followed by the header of the answer's function; ``chat`` says the same in a
    system and a user message.

    Raises:
        BadProblem: The problem has no verifier.
    """
    expect = verifier(problem)
    code = expect.code.strip("\n")
    if style == "completion":
        goal = f"# {problem.entry}() returns a value for which {expect.entry}(value) is True.\n"
        return f"{code}\n\n\n{goal}{stub_text(problem)}"
    wanted = f" of type {expect.type}" if expect.type else ""
    text = (
        f"Find a value{wanted} that this function accepts:\n```python\n{code}\n```\n\n"
        f"Write the function that returns it:\n```python\n{stub_text(problem)}```\n\n"
        f"`{expect.entry}({problem.entry}())` must be True."
    )
    return (Message("system", _SYSTEM), Message("user", text))
