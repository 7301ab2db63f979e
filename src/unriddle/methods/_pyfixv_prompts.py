"""What PyFiXV asks a language model: to repair, to explain, and to repair from the explanation.

Part of ``unriddle.methods.pyfixv``. Not covered: models made for edits only (the instruction is asked as a chat).
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.language.syntax_error import SyntaxProblem
from unriddle.lm.base import Message, Prompt
from unriddle.methods._pyfixv_shots import Shot, line_diff
from unriddle.prompt.fences import fenced_blocks

__all__ = ["END", "explain_prompt", "read_edit", "repair_prompt", "told_prompt"]

END = "[END]"
"""Closes an explanation."""

_CUE = "# [FEEDBACK] The syntax error in this Python 3 code is:"


def repair_prompt(source: str, problem: SyntaxProblem | None = None) -> Prompt:
    """The request to repair a program; with ``problem`` the parser's message and line are quoted."""
    said = ""
    if problem is not None:
        lines = source.split("\n")
        at = lines[min(problem.line, len(lines)) - 1].strip()
        said = f', it says "{problem.message}" at "{at}"'
    return _edit(f"Fix the syntax errors in this Python 3 code{said}", source)


def told_prompt(source: str, explanation: str) -> Prompt:
    """The request to repair a program from nothing but an explanation."""
    return _edit(f"The syntax error in this Python 3 code is: {explanation.strip()}", source)


def _edit(instruction: str, source: str) -> Prompt:
    text = f"{instruction}\n\n```python\n{source.rstrip()}\n```\n\nAnswer with the whole program in one code block."
    return (Message("user", text),)


def read_edit(answer: str) -> str:
    """The program in an answer: its first code block, else all of it."""
    blocks = [block.code for block in fenced_blocks(answer) if block.code.strip()]
    return (blocks[0] if blocks else answer).strip("\n") + "\n"


def explain_prompt(source: str, fixed: str, shots: Sequence[Shot]) -> str:
    """Text to be continued by an explanation: the examples, then the program with what was changed."""
    blocks = [f"{_block(shot.buggy, shot.fixed)} {shot.explanation.strip()} {END}\n" for shot in shots]
    return "\n\n".join(["# Python 3\n# Feedback on repaired syntax errors:", *blocks, _block(source, fixed)])


def _block(buggy: str, fixed: str) -> str:
    return f"# [BROKEN PYTHON 3]\n{buggy.rstrip()}\n\n# [REPAIR]\n{line_diff(buggy, fixed)}\n\n{_CUE}"
