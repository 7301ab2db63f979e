"""How a language model is asked for programs with holes, for what fills one, and for answers; and how it is read.

All texts are completions of worked examples. Whatever a model writes is read as literals, never evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.contracts import Executor
from unriddle.execute.holes import Hole, Step, run_with_holes

__all__ = [
    "STOPS",
    "WorkedExample",
    "answer_prompt",
    "call_prompt",
    "line_prompt",
    "program_prompt",
    "read_changes",
    "read_program",
    "read_value",
    "show_steps",
    "traced",
]

_BEGIN, _END = "[CODE]", "[/CODE]"
_HEAD = re.compile(
    r"^(?:(?:if|elif|while)\s+(?P<test>.*?)|for\s.+?\sin\s+(?P<items>.*?))\s*:$|^return\s+(?P<value>.*)$"
)
_INTRO = (
    "Answer each question with a Python program that sets the variable answer. What Python cannot know is a call of a "
    "function that is not defined."
)
_BY_HAND = "Execute the program line by line. After each line write the variables that it changes as a Python dict."

_MAX_SHOWN, _MAX_STATE = 8_000, 2_000
"""Characters of a run and of a state in a prompt."""

STOPS = ("\nQ:", "\n\n\n")
"""Strings that end a program with its answer, or an answer."""


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A question with its program, for prompts; never one of the questions that are asked.

    Args:
        question: The text.
        program: Sets ``answer``.
        answer: The answer as text.
        facts: Values of the calls of functions that the program does not define (``"is_fruit('plum')" -> True``).
        steps: What happens when it runs (``traced`` fills this in); only some variants show it.
    """

    question: str
    program: str
    answer: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


def traced(examples: Sequence[WorkedExample], *, executor: Executor) -> list[WorkedExample]:
    """The examples with the steps of their runs; a call that has no fact ends its run there."""
    facts = {call: value for one in examples for call, value in one.facts.items()}
    programs = [one.program for one in examples]
    runs = run_with_holes(programs, lambda holes: [None] * len(holes), executor=executor, level="call", facts=facts)
    return [
        WorkedExample(one.question, one.program, one.answer, one.facts, run.steps)
        for one, run in zip(examples, runs, strict=True)
    ]


def program_prompt(question: str, examples: Sequence[WorkedExample]) -> str:
    """Wanted: the program of the question, and its answer."""
    worked = [f"{_asked(one.question, one.program)}A: {one.answer}\n\n" for one in examples]
    return f"{_INTRO}\n\n{''.join(worked)}Q: {question.strip()}\n{_BEGIN}\n"


def read_program(text: str) -> tuple[str, str]:
    """The program and the answer in a completion of ``program_prompt``; empty where there is none.

    >>> read_program("answer = 1 + 1\\n[/CODE]\\nA: 2\\n")
    ('answer = 1 + 1', '2')
    """
    program, _, rest = text.partition(_END)
    found = re.search(r"^A:[ \t]*(.*)$", rest, re.MULTILINE)
    return program.strip("\n").rstrip(), found[1].strip() if found else ""


def answer_prompt(question: str, program: str, examples: Sequence[WorkedExample], *, steps: bool = False) -> str:
    """Wanted: the answer, as the model believes the program gives it; with ``steps``, the whole run before it."""
    worked = []
    for one in examples:
        shown = f"{_BY_HAND}\n{show_steps(one.steps)}\n" if steps else ""
        worked.append(f"{_asked(one.question, one.program)}{shown}A: {one.answer}\n\n")
    return "".join(worked) + _asked(question, program) + (f"{_BY_HAND}\nline:" if steps else "A:")


def line_prompt(
    hole: Hole, examples: Sequence[WorkedExample], *, question: str = "", n_history: int | None = None
) -> str:
    """Wanted: the changes that a statement makes, as a dict.

    Args:
        hole: The statement, or the value of a head.
        examples: With steps.
        question: Shown before the run where not empty.
        n_history: Show this many steps before it; all of them when ``None``. Of a long run the last 8,000 characters
            are shown, and of a large state the beginnings of the variables that the line mentions.
    """
    worked = [f"Q: {one.question.strip()}\n{show_steps(one.steps)}\n\n" for one in examples if one.steps]
    steps = hole.steps if n_history is None else hole.steps[len(hole.steps) - min(n_history, len(hole.steps)) :]
    run = _end_of(show_steps(steps))
    asked = f"Q: {question.strip()}\n" if question else ""
    return f"{_BY_HAND}\n\n{''.join(worked)}{asked}{run}state: {_shown_state(hole)}\nline: {hole.source}\nchanged:"


def _end_of(steps: str) -> str:
    """The last whole steps of a run, as many as a prompt can take."""
    if len(steps) > _MAX_SHOWN:
        steps = (
            steps[steps.index("\nline: ", len(steps) - _MAX_SHOWN) + 1 :] if "\nline: " in steps[-_MAX_SHOWN:] else ""
        )
    return f"{steps}\n" if steps else ""


def _shown_state(hole: Hole) -> str:
    text = repr(dict(hole.state))
    if len(text) <= _MAX_STATE:
        return text
    mentioned = set(re.findall(r"[^\W\d]\w*", hole.source))
    shown = {name: repr(value) for name, value in hole.state.items() if name in mentioned}
    room = _MAX_STATE // max(1, len(shown))
    return f"{{{', '.join(f'{name!r}: {_cut(value, room)}' for name, value in shown.items())}}}"


def _cut(text: str, room: int) -> str:
    """A text, without its middle where it is too long for a prompt."""
    return text if len(text) <= room else f"{text[: room - room // 4]} ... {text[-(room // 4) :]}"


def call_prompt(hole: Hole, examples: Sequence[WorkedExample], *, question: str = "") -> str:
    """Wanted: the value of a call."""
    known = [f"{call} -> {value!r}\n" for one in examples for call, value in one.facts.items()]
    asked = f"Q: {question.strip()}\n" if question else ""
    return f"What do these calls return?\n{''.join(known)}{asked}{_cut(hole.source, _MAX_STATE)} ->"


def read_changes(text: str) -> dict[str, Any] | None:
    """The dict at the beginning of a completion of ``line_prompt``; ``None`` where there is none.

    >>> read_changes(" {'seen': set()}\\nline: x = 1")
    {'seen': set()}
    """
    found, value = _literal(text.partition("\nline:")[0].strip())
    if not found or type(value) is not dict or not all(type(name) is str for name in value):
        return None
    return value


def read_value(text: str, *, name: str = "") -> tuple[bool, Any]:
    """``(whether there is one, the value)`` in a completion of ``call_prompt``.

    A function called ``is_…`` or ``has_…`` gives a truth value, by yes and no too; text without quotes is text.

    >>> read_value(" yes\\n", name="is_fruit"), read_value(" France", name="country_of")
    ((True, True), (True, 'France'))
    """
    line = text.strip().split("\n", 1)[0].strip()
    if name.startswith(("is_", "has_", "are_", "can_")):
        word = re.match(r"\W*(true|false|yes|no)\b", line, re.IGNORECASE)
        return (True, word[1].lower() in ("true", "yes")) if word else (False, None)
    found, value = _literal(line)
    return (True, value) if found else (bool(line), line)


def show_steps(steps: Sequence[Step]) -> str:
    """Steps in the form in which a model is asked to go on; calls are part of the line they stand in."""
    shown = []
    for step in steps:
        if "" in step.changed:
            continue
        head = _HEAD.match(step.source)
        line = step.source
        if "_value" in step.changed and head:
            line = f"_value = {head['test'] or head['items'] or head['value']}"
        values = ", ".join(f"{name!r}: {value}" for name, value in step.changed.items())
        shown.append(f"line: {line}\nchanged: {{{values}}}")
    return "\n".join(shown)


def _asked(question: str, program: str) -> str:
    return f"Q: {question.strip()}\n{_BEGIN}\n{program.strip()}\n{_END}\n"


def _literal(text: str) -> tuple[bool, Any]:
    """``(whether it is a literal of plain values, the value)``."""
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False, None
    return (True, value) if _is_plain(value) else (False, None)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str, type(None)))
