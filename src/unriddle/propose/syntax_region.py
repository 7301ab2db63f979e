"""The part of a long program that has to be read again after an edit: the statements around the parser's place.

Not covered: programs of one long statement, which are read whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from unriddle.language.syntax_error import SyntaxProblem, syntax_problem
from unriddle.propose.syntax_edits import Edit

__all__ = ["Region", "region_of"]

_SHORT = 150
_BEGINS = re.compile(r"(?!else\b|elif\b|except\b|finally\b|case\b)[A-Za-z_@]")


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a program that has the whole's first syntax error.

    Attributes:
        source: The part.
        problem: What is wrong in it.
        before: The text before it.
        after: The text after it.
    """

    source: str
    problem: SyntaxProblem
    before: str = ""
    after: str = ""

    @property
    def partial(self) -> bool:
        """Whether it is less than the whole program."""
        return bool(self.before or self.after)

    def put_back(self, source: str) -> str:
        """The whole program with this in place of the part."""
        return self.before + source + self.after

    def moved(self, edit: Edit) -> Edit:
        """An edit of the part, with the line of the whole."""
        return replace(edit, line=edit.line + self.before.count("\n"))


def region_of(source: str, problem: SyntaxProblem) -> Region:
    """The smallest part that shows the same complaint: the statement, with one, four and sixteen around it.

    >>> region_of("x = (1\\n", syntax_problem("x = (1\\n")).partial
    False
    """
    lines = source.splitlines(keepends=True)
    if len(lines) <= _SHORT:
        return Region(source, problem)
    starts = [k for k, line in enumerate(lines) if _BEGINS.match(line)]
    here = max((k for k, at in enumerate(starts) if at < problem.line), default=0)
    for reach in (1, 4, 16):
        first = starts[max(0, here - reach)] if starts else 0
        last = starts[here + reach + 1] if here + reach + 1 < len(starts) else len(lines)
        if last - first > len(lines) // 2:
            break
        part = "".join(lines[first:last])
        found = syntax_problem(part)
        if found is not None and found.message == problem.message and found.line + first == problem.line:
            return Region(part, found, "".join(lines[:first]), "".join(lines[last:]))
    return Region(source, problem)
