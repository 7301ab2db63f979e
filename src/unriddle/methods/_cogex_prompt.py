"""How a language model is asked for pseudo-programs and for their emulation, in the paper's layout.

What a model writes is read as literals and never evaluated. Not covered: training a model on this layout.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.methods._coc_prompt import read_changes

__all__ = ["PseudoProgram", "answer_of", "as_text", "emulation_prompt", "program_prompt", "read_output", "read_pseudo"]


@dataclass(frozen=True, slots=True)
class PseudoProgram:
    """A function that solves a task for any input, perhaps by calling functions that nobody defined.

    Args:
        source: Python; the last function in it is the program. It returns the answer, or a dict with ``answer`` in it.

    Raises:
        BadInput: There is no function in it.
    """

    source: str

    def __post_init__(self) -> None:
        if not self.entry:
            raise BadInput(f"PseudoProgram: expected Python with a function in it, got {shorten(self.source)}")

    @property
    def entry(self) -> str:
        """Name of the function; empty where there is none."""
        try:
            names = [node.name for node in ast.parse(self.source).body if isinstance(node, ast.FunctionDef)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
        return names[-1] if names else ""

    def call(self, given: Any) -> str:
        """The call on an input, as text."""
        return f"{self.entry}({given!r})"


Shown = tuple[str, Any, str, dict[str, Any]]
"""A worked example: instruction, input, program, what the call returns."""


def program_prompt(instruction: str, given: Any, examples: Sequence[Shown]) -> str:
    """Wanted: the program for a task, seen on one input."""
    return f"{_worked(examples)}### Instruction\n{instruction}\n### Input\n{given}\n### Code\n"


def emulation_prompt(instruction: str, program: PseudoProgram, given: Any, examples: Sequence[Shown]) -> str:
    """Wanted: the dictionary that the call returns."""
    code = f"{program.source.strip()}\n\n>>> {program.call(given)}\n"
    return f"{_worked(examples)}### Instruction\n{instruction}\n### Input\n{given}\n### Code\n{code}### Output\n"


def _worked(examples: Sequence[Shown]) -> str:
    shown = []
    for instruction, given, source, output in examples:
        program = PseudoProgram(source)
        shown.append(f"{emulation_prompt(instruction, program, given, ())}{output!r}\n\n")
    return "".join(shown)


def read_pseudo(text: str) -> PseudoProgram | None:
    """The program in a completion of ``program_prompt``; ``None`` where there is none.

    >>> read_pseudo("def f(x):\\n    return {'answer': x}\\n\\n>>> f(1)\\n### Output").entry
    'f'
    """
    source = re.split(r"^(?:>>>|###)", text, maxsplit=1, flags=re.MULTILINE)[0].strip()
    try:
        return PseudoProgram(source)
    except BadInput:
        return None


def read_output(text: str) -> Any:
    """The answer in a completion of ``emulation_prompt``; ``None`` where it is no dictionary.

    >>> read_output("{'words': ['a'], 'answer': 'a'}\\n")
    'a'
    """
    return answer_of(read_changes(text.partition("\n###")[0]))


def answer_of(value: Any) -> Any:
    """The answer in what a program returned: the value under ``answer`` of a dict, else the value."""
    return value.get("answer") if isinstance(value, dict) else value


def as_text(answer: Any) -> str:
    """An answer in the form in which answers are compared: text without case and outer blanks; lists by blanks.

    >>> as_text(["Bee", "cat"]), as_text(True), as_text("yes ")
    ('bee cat', 'yes', 'yes')
    """
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, (list, tuple)):
        return " ".join(as_text(item) for item in answer)
    text = str(answer).strip().lower()
    return {"true": "yes", "false": "no"}.get(text, text)
