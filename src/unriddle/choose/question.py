"""Question and Answer: what is asked and what may be said; answers read from text, from a program or from a table."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.language.fold import fold
from unriddle.language.values import encode, key
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest

__all__ = [
    "Answer",
    "Ask",
    "Option",
    "Question",
    "answers_in_turn",
    "ask_program",
    "ask_table",
    "call_text",
    "read_answer",
]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that some of the programs give.

    Attributes:
        shown: The value, or how they ended, as text.
        n_programs: How many programs give it.
        probability: How probable it is that it is the right one.
        status: PASS when a value is returned.
        value: The value; ``None`` where there is none.
    """

    shown: str
    n_programs: int
    probability: float
    status: Status
    value: Any = None


@dataclass(frozen=True, slots=True)
class Question:
    """What should the function give for these arguments?

    Attributes:
        entry: Name of the function.
        args: The arguments.
        options: What the programs give, the most probable first.
        number: 1 for the first question.
        n_left: Behaviours that are not ruled out.
    """

    entry: str
    args: tuple[Any, ...]
    options: tuple[Option, ...]
    number: int
    n_left: int

    @property
    def call(self) -> str:
        """The call as source text."""
        return call_text(self.entry, self.args)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    Args:
        kind: ``option`` (one of the options), ``value`` (this value), ``raises`` (it must raise), ``none`` (none of
            the options), ``unknown`` (cannot tell) or ``quit``.
        option: Place of the option, from 0.
        value: The value.
    """

    kind: Literal["option", "value", "raises", "none", "unknown", "quit"]
    option: int = -1
    value: Any = None


Ask = Callable[[Question], Answer]
"""Answers a question; a KeyboardInterrupt from it ends the asking and keeps what was found."""


def call_text(entry: str, args: tuple[Any, ...], limit: int = 300) -> str:
    """``entry(args)`` as source text, shortened.

    >>> call_text("f", (1, "a"))
    "f(1, 'a')"
    """
    return f"{entry}({', '.join(shorten(a, limit) for a in args)})"


def read_answer(text: str, question: Question) -> Answer:
    """The answer that was typed: a number, ``=`` and a value, a literal value, ``?``, ``n``, ``raises`` or ``q``.

    A bare whole number is the number of an option when there is such an option, and else a value; ``=3`` is always
    the value 3.

    Raises:
        BadInput: It is none of these.
    """
    said = text.strip()
    words: dict[str, Literal["unknown", "none", "quit", "raises"]] = {
        "?": "unknown", "n": "none", "none of these": "none", "q": "quit", "quit": "quit", "raises": "raises",
    }  # fmt: skip
    if said.lower() in words:
        return Answer(words[said.lower()])
    if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= len(question.options):
        return Answer("option", option=int(said) - 1)
    try:
        return Answer("value", value=fold(ast.parse(said.removeprefix("=").strip(), mode="eval").body))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise BadInput(
            f"answer {shorten(said)}: expected 1 to {len(question.options)} for an output, a Python literal "
            "(write =3 for the value 3), ? for do not know, n for none of these, raises, or q to stop"
        ) from error


def ask_program(
    program: Candidate, *, executor: Executor, entry: str | None = None, limits: Limits | None = None
) -> Ask:
    """Answers by running a program that is taken to be right, in the sandbox like any other.

    Args:
        program: The oracle.
        executor: Runs it.
        entry: Name of its function; that of the question when ``None``.
        limits: Per call.

    Raises:
        BadInput: (from the question) The program cannot be read or does not define the function.
    """

    def ask(question: Question) -> Answer:
        name = entry or question.entry
        if name not in _defined(program.source):
            raise BadInput(f"oracle: the program that answers must define {name}; it cannot be read or does not")
        test = CallTest(name, question.args)
        outcome = executor.run([program], [test], limits=limits)[0, 0]
        if outcome.value >= 0:
            return Answer("value", value=outcome.result)
        return Answer("raises") if outcome.status is Status.ERROR else Answer("unknown")

    return ask


def _defined(source: str) -> set[str]:
    """Names that a program binds at its top level; none when it cannot be read."""
    try:
        symbols = symtable.symtable(source, "oracle", "exec").get_symbols()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def ask_table(table: Sequence[tuple[tuple[Any, ...], Any]]) -> Ask:
    """Answers from pairs of arguments and right value; other inputs are not known."""
    known: Mapping[bytes | None, Any] = {key(encode(args)): value for args, value in table}

    def ask(question: Question) -> Answer:
        name = key(encode(question.args))
        return Answer("value", value=known[name]) if name in known else Answer("unknown")

    return ask


def answers_in_turn(lines: Sequence[str]) -> Ask:
    """Answers that were written down beforehand, as they would be typed, in the order of the questions; then ``q``."""
    left: Iterator[str] = iter([line for line in lines if line.strip()])

    def ask(question: Question) -> Answer:
        return read_answer(next(left, "q"), question)

    return ask
