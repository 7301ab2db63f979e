"""What keeps a text from being a Python program: the interpreter's own first complaint, read without running anything.

Not covered: other versions of Python than the one that is running (their messages differ, so results name the version),
and programs that compile and then fail.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

__all__ = ["SyntaxProblem", "normal_form", "same_program", "syntax_problem"]

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Where the parser gave up, and what it says.

    Attributes:
        message: The interpreter's words.
        line: Line, from 1.
        column: Column, from 1; 0 where the parser names none.
        end_line: Last line of what it points at.
        readable: False where the parser could not read the text at all (nesting, zero bytes).
    """

    message: str
    line: int
    column: int
    end_line: int
    readable: bool = True

    @property
    def kind(self) -> str:
        """The message without the names and numbers in it; short quoted signs stay."""
        if "forgot a comma" in self.message:
            return "forgot a comma"
        return _QUOTED.sub(_general, self.message).split(". Perhaps")[0]


def syntax_problem(source: str) -> SyntaxProblem | None:
    """The first thing wrong with the syntax of a program; ``None`` when it compiles.

    It is compiled, not only parsed: ``return`` outside a function and ``break`` outside a loop count. Nothing is run.

    >>> syntax_problem("x = 1"), syntax_problem("if x\\n  y").message
    (None, "expected ':'")
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<program>", "exec", dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 1
        return SyntaxProblem(
            error.msg or "invalid syntax", line, error.offset or 0, max(error.end_lineno or line, line)
        )
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return SyntaxProblem(str(error) or "too deeply nested to be read", 1, 0, 1, readable=False)
    return None


def _general(found: re.Match[str]) -> str:
    text = found.group()
    return text if len(text) <= 3 and not text.isdigit() else "…"


def normal_form(source: str) -> str | None:
    """The program as its syntax tree prints it: layout, comments and quotes are gone. ``None`` when it has no tree.

    >>> normal_form("x=( 1 ) # one") == normal_form("x = 1")
    True
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.unparse(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def same_program(first: str, second: str) -> bool:
    """Whether two texts are one program but for layout, comments and quotes; texts without a tree are equal to none.

    >>> same_program("x=1", "x = 1"), same_program("x =", "x = 1")
    (True, False)
    """
    form = normal_form(first) if first != second else None
    return first == second or (form is not None and form == normal_form(second))
