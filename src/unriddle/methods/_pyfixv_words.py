"""One sentence for each thing that was done to a broken program, and what such a sentence says, read back.

A sentence names the line and the signs, not the place in the line, and never quotes the repaired line: who repairs
from it has to understand the program. Part of ``unriddle.methods.pyfixv``. Not covered: free text of a language model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unriddle.propose.syntax_edits import Edit

__all__ = ["Told", "explain_edit", "explanation", "quotes_the_fix", "read_explanation"]

_NAMES = {
    ":": "a colon", ",": "a comma", ".": "a dot", "(": "an opening bracket", ")": "a closing bracket",
    "[": "an opening square bracket", "]": "a closing square bracket", "{": "an opening brace", "}": "a closing brace",
    "'": "a quotation mark", '"': "a quotation mark", "'''": "a long quotation mark", '"""': "a long quotation mark",
    "=": "an equals sign", "in": "the word", "and": "the word", "or": "the word", "not": "the word", "as": "the word",
    "import": "the word", "is": "the word", "if": "the word", "else": "the word", "for": "the word", "def": "the word",
    "pass": "the word",
}  # fmt: skip
_REASONS = {
    "replace = ==": " (`=` stores a value, `==` compares)",
    "spell": " (a keyword is misspelt)",
    "join else if": " (two words here, one in Python)",
}
_SENTENCE = re.compile(
    r"In line (?P<line>\d+)(?P<end> at its end)?, (?:"
    r"(?P<missing>[a-z ]+) `(?P<what>[^`]+|`)` is missing"
    r"|(?P<extra>[a-z ]+) `(?P<much>[^`]+|`)` is one too many"
    r"|`(?P<old>[^`]+|`)` must be `(?P<new>[^`]+|`)`"
    r"|the indentation must be (?P<width>\d+) blanks(?P<block>, and what belongs to the line moves with it)?"
    r"|the block is empty: (?P<empty>it needs `pass`)"
    r"|tabs and blanks are mixed in the indentation: a tab must become (?P<tab>\d+) blanks"
    r"|`(?P<call>print|exec)` is a function: what follows must stand in brackets"
    r"|a block begins with `\{`: (?P<braces>Python has a colon and indentation instead of braces)"
    r")"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one sentence says.

    Attributes:
        line: Line it names.
        action: ``insert``, ``delete``, ``replace``, ``indent``, ``body``, ``tabs``, ``call`` or ``braces``.
        old: What is wrong there.
        new: What it must be.
        where: ``end`` where it says so.
    """

    line: int
    action: str
    old: str = ""
    new: str = ""
    where: str = ""


def explanation(edits: tuple[Edit, ...]) -> str:
    """What was wrong, one sentence per edit.

    >>> explanation((Edit((), "insert :", 3, "", ":", place="end"),))
    'In line 3 at its end, a colon `:` is missing.'
    """
    return " ".join(explain_edit(edit) for edit in edits)


def explain_edit(edit: Edit) -> str:
    """The sentence for one edit."""
    action = edit.kind.split()[0]
    head = f"In line {edit.line}" + (" at its end" if edit.place == "end" and action in ("insert", "delete") else "")
    if edit.kind == "insert body":
        return f"In line {edit.line}, the block is empty: it needs `pass`."
    if action == "insert":
        return f"{head}, {_NAMES.get(edit.new, 'the sign')} `{edit.new}` is missing."
    if action == "delete":
        named = _NAMES.get(edit.old, "the sign")
        return f"{head}, {named} `{_short(edit.old)}` is one too many."
    if action == "indent":
        block = ", and what belongs to the line moves with it" if edit.kind.endswith("block") else ""
        return f"{head}, the indentation must be {edit.new} blanks{block}."
    if action == "tabs":
        return f"{head}, tabs and blanks are mixed in the indentation: a tab must become {edit.new} blanks."
    if action == "call":
        return f"{head}, `{edit.old}` is a function: what follows must stand in brackets."
    if action == "braces":
        return f"{head}, a block begins with `{{`: Python has a colon and indentation instead of braces."
    return f"{head}, `{_short(edit.old)}` must be `{edit.new}`{_REASONS.get(edit.kind, '')}."


def _short(text: str) -> str:
    return " ".join(text.split())[:40] or " "


def read_explanation(text: str) -> list[Told]:
    """What the sentences of an explanation say, in order; sentences of another form are passed over.

    >>> read_explanation("In line 3 at its end, a colon `:` is missing.")
    [Told(line=3, action='insert', old='', new=':', where='end')]
    """
    return [_told(match) for match in _SENTENCE.finditer(text)]


def _told(match: re.Match[str]) -> Told:
    line, where = int(match["line"]), "end" if match["end"] else ""
    if match["what"]:
        return Told(line, "insert", "", match["what"], where)
    if match["much"]:
        return Told(line, "delete", match["much"], "", where)
    if match["old"]:
        return Told(line, "replace", match["old"], match["new"], where)
    if match["width"]:
        return Told(line, "indent", "block" if match["block"] else "", match["width"])
    if match["empty"]:
        return Told(line, "body")
    if match["tab"]:
        return Told(line, "tabs", "", match["tab"])
    return Told(line, "call", match["call"]) if match["call"] else Told(line, "braces")


def quotes_the_fix(explanation: str, buggy: str, fixed: str) -> bool:
    """Whether the explanation holds a whole line of the fix that the broken program has not.

    Such an explanation can be copied from, so that a repair from it says nothing about how good it is.

    >>> quotes_the_fix("Write if x: there.", "if x\\n  y", "if x:\\n  y")
    True
    """
    old = {" ".join(line.split()) for line in buggy.splitlines()}
    new = {" ".join(line.split()) for line in fixed.splitlines()} - old
    told = " ".join(explanation.split())
    return any(line in told for line in new if len(line) > 3)
