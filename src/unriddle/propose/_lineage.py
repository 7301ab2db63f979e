"""What LMRepair keeps of a lineage of repaired programs, and how a conversation is cut to fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unriddle.candidate import Candidate
from unriddle.language.truncate import parse
from unriddle.lm.base import Message
from unriddle.prompt.fences import fenced_blocks
from unriddle.verdicts import Verdicts

__all__ = ["Lineage", "Round", "fitted", "holds_code", "same_program", "shown_program"]


def never(_: str) -> bool:
    """Never an end."""
    return False


@dataclass(frozen=True, slots=True)
class Round:
    """What the model is asked and told about one failing program.

    Attributes:
        request: What is wrong with it, or what to do; the model answers with the next program.
        questions: Asked before it, one call each; the answers stay in the conversation.
        ends: Whether the answer to the last question ends the lineage: the model takes the program for right.
    """

    request: str
    questions: tuple[str, ...] = ()
    ends: Callable[[str], bool] = never


@dataclass(slots=True)
class Lineage:
    """A starting program and what became of it.

    Attributes:
        messages: The conversation so far.
        candidate: The last program.
        row: How it did, ``(1, m)``; ``None`` while that is not known.
        n_turns: Repairs so far.
        shares: Share of tests that each program passed, in order.
        seen: The forms of its programs, for finding repeats.
        ended: No further repair: it is right, or the turns are used up.
        note: What to say about the model's last answer, besides the feedback.
        program_at: Place of the message that holds the last program.
    """

    messages: list[Message]
    candidate: Candidate
    row: Verdicts | None = None
    n_turns: int = 0
    shares: list[float] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    ended: bool = False
    note: str = ""
    program_at: int = 0

    def last_only(self, n_task: int) -> list[Message]:
        """The task and the last program, as if nothing had been tried before."""
        self.program_at = n_task
        return [*self.messages[:n_task], shown_program(self.candidate.source)]


def shown_program(source: str) -> Message:
    """A program as the model's own answer."""
    width = max([2, *(len(run) for run in re.findall(r"`{3,}", source))]) + 1
    body = source if source.endswith("\n") else source + "\n"
    return Message("assistant", f"{'`' * width}python\n{body}{'`' * width}")


def holds_code(text: str, entry: str) -> bool:
    """Whether an answer holds a program: a code block, or bare code that defines the entry point."""
    if any(block.code.strip() for block in fenced_blocks(text.replace("\r\n", "\n"))):
        return True
    return re.search(rf"^(async def|def|class) {re.escape(entry)}\b", text, re.MULTILINE) is not None


def same_program(source: str) -> str:
    """A form that layout and comments do not change."""
    tree = parse(source)
    return source if tree is None else ast.dump(tree)


def fitted(messages: Sequence[Message], *, n_task: int, program_at: int, most: int) -> tuple[Message, ...]:
    """The conversation without its oldest turns, so that it has at most ``most`` characters where that can be.

    The task (the first ``n_task`` messages) and everything from the last program on stay.

    >>> turns = [Message("user", "task"), *(Message(r, r * 9) for r in ("assistant", "user", "assistant"))]
    >>> [m.role for m in fitted(turns, n_task=1, program_at=3, most=90)]
    ['user', 'assistant']
    """
    first = n_task
    size = sum(len(message.content) for message in messages)
    while size > most and first + 2 <= program_at:
        size -= sum(len(message.content) for message in messages[first : first + 2])
        first += 2
    return (*messages[:n_task], *messages[first:])
