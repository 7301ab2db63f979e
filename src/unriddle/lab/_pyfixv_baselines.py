"""What ``pyfixv`` is held against: the parser's own hint, the first edit that parses, the line deleted.

Not covered: other tools.
"""

from __future__ import annotations

import re

from unriddle.language.syntax_error import SyntaxProblem, syntax_problem
from unriddle.propose.syntax_edits import Scene, apply
from unriddle.propose.syntax_model import SyntaxModel
from unriddle.propose.syntax_repair import edits_of

__all__ = ["first_that_parses", "hinted", "without_line"]

_QUOTED = re.compile(r"expected '(.)'")


def hinted(source: str, problem: SyntaxProblem) -> str | None:
    """The program with the parser's message taken at its word; ``None`` where it names no repair or it fails.

    "expected ':'", "Perhaps you forgot a comma", "was never closed", "unmatched", "Maybe you meant '=='", "Missing
    parentheses in call", "unexpected indent" and "unterminated string" are read as what they ask for, at the place that
    the message points at or at the end of that line.
    """
    lines = source.split("\n")
    row = min(problem.line, len(lines)) - 1
    line, at = lines[row], max(0, problem.column - 1)
    for text in _answers(line, at, problem):
        changed = "\n".join([*lines[:row], text, *lines[row + 1 :]])
        if syntax_problem(changed) is None:
            return changed
    return None


def _answers(line: str, at: int, problem: SyntaxProblem) -> list[str]:
    """The line as the message would have it: at its place, then at the line's end."""
    said, end = problem.message, line.rstrip()
    wanted = _QUOTED.match(said)
    if wanted:
        return [line[:at] + wanted[1] + line[at:], end + wanted[1]]
    if "forgot a comma" in said:
        gaps = [m.start() for m in re.finditer(r"(?<=[\w\])'\"]) +(?=[\w(\['\"])", line) if m.start() >= at]
        return [line[:k] + "," + line[k:] for k in gaps]
    if "was never closed" in said:
        close = {"(": ")", "[": "]", "{": "}"}[said[1]]
        return [end + close, end[:-1] + close + end[-1:]]
    if said.startswith("unmatched") or "does not match opening" in said:
        pairs = {"(": ")", "[": "]", "{": "}"}
        opened = re.search(r"opening parenthesis '(.)'", said)
        return [line[:at] + (pairs[opened[1]] if opened else "") + line[at + 1 :]]
    if "'==' or ':='" in said or "Maybe you meant '=='" in said:
        return [line[:k] + "==" + line[k + 1 :] for k, char in enumerate(line) if char == "=" and k >= at]
    if "Missing parentheses in call" in said:
        return [re.sub(r"\b(print|exec) (.*)$", r"\1(\2)", line)]
    if said.startswith("expected an indented block"):
        return ["    " + line]
    if said in ("unexpected indent", "unindent does not match any outer indentation level"):
        return [line[k:] for k in range(1, len(line) - len(line.lstrip()) + 1)]
    if said.startswith("unterminated string") and at < len(line):
        mark = next((char for char in line[at:] if char in "'\""), "'")
        return [end + mark]
    return []


def first_that_parses(source: str, problem: SyntaxProblem, model: SyntaxModel) -> str | None:
    """The program after the edit nearest to the parser's place that makes it compile."""
    scene = Scene(source, problem, model.tokens)
    rated = sorted((abs(edit.distance), k, edit) for k, edit in enumerate(edits_of(scene)))
    for _, _, edit in rated:
        text = apply(source, edit)
        if syntax_problem(text) is None:
            return text
    return None


def without_line(source: str, problem: SyntaxProblem) -> str | None:
    """The program without the line the parser names; ``None`` when it still does not compile."""
    lines = source.split("\n")
    text = "\n".join(line for k, line in enumerate(lines, 1) if k != problem.line)
    return text if syntax_problem(text) is None else None
