"""Small edits of a program that does not parse, near the place where the parser gave up.

An edit inserts, deletes or replaces a token, moves a line, closes a text, or undoes a habit from another language.
Every edit knows how much likelier it makes its surroundings under a model of tokens. Not covered: whether the result
parses and which edit is best (``unriddle.propose.syntax_repair``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from unriddle.language.loose_tokens import Token, lines_of, loose_tokens, symbol, symbols
from unriddle.language.syntax_error import SyntaxProblem
from unriddle.propose.token_model import TokenModel

__all__ = ["Change", "Edit", "Scene", "apply", "token_edits"]

_SIGNS = (
    ":",
    ",",
    ")",
    "]",
    "}",
    "(",
    "[",
    "{",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "%",
    ".",
    "<",
    ">",
    "<=",
    ">=",
    "!=",
    "+=",
)
_INSERTS = (*_SIGNS, "in", "and", "or", "not", "as", "import", "is", "if", "else", "for", "def", "pass")
_WORDS = frozenset(("name", "number", "keyword"))
_BRACKETS = frozenset("()[]{}")
_REACH = 40
"""Of a line longer than twice this many tokens, only those as near to the parser's place or to the end are edited."""
_INSTEAD = {
    "=": ("==", ":", "+=", "-=", "!=", ">=", "<="),
    "==": ("=",),
    ";": (":", ","),
    ".": (",", ":"),
    ",": (".", ":", "("),
    ":": (",", "=", ".", ";"),
    "{": (":", "("),
    "-": ("=", "->"),
    "->": (":", "."),
    "!": ("not ", "!="),
    "?": (":",),
    "then": (":",),
    "do": (":",),
    "of": ("in",),
}
"""Token -> what may have been meant by it."""
_FILLERS = frozenset(("then", "do", "begin", "end", "var", "let", "const", "int", "new"))
"""Words of other languages that Python does without."""


@dataclass(frozen=True, slots=True)
class Change:
    """``text`` instead of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done to a program.

    Attributes:
        changes: What is written where; they do not overlap.
        kind: What is done, such as ``insert :`` or ``spell``.
        line: Line of the first change, from 1.
        old: The tokens that go.
        new: The tokens that come.
        gain: By how much the log-probability of the surroundings rises.
        distance: Tokens from where the parser points to the edit; negative before it.
        place: ``start``, ``inside`` or ``end`` of its line.
    """

    changes: tuple[Change, ...]
    kind: str
    line: int
    old: str = ""
    new: str = ""
    gain: float = 0.0
    distance: int = 0
    place: str = "inside"


def apply(source: str, edit: Edit) -> str:
    """The program after the edit."""
    for change in sorted(edit.changes, key=lambda c: c.start, reverse=True):
        source = source[: change.start] + change.text + source[change.end :]
    return source


class Scene:
    """A broken program, read once: tokens, symbols, lines, and where the parser points.

    Args:
        source: The program.
        problem: What the parser says.
        model: Says how likely symbols are.
        at: Where edits are wanted instead of around the parser's place: a line of the program.
    """

    def __init__(self, source: str, problem: SyntaxProblem, model: TokenModel, *, at: int | None = None) -> None:
        self.source, self.problem, self.model = source, problem, model
        self.tokens = loose_tokens(source)
        self.rows = lines_of(self.tokens)
        seen = symbols(self.tokens)
        self.symbols = [s for s, _ in seen]
        place = {i: k for k, (_, i) in enumerate(seen)}
        self._place: list[int] = []
        for i in range(len(self.tokens) + 1):
            self._place.append(place.get(i, -1))
        last = len(seen)
        for i in range(len(self.tokens), -1, -1):
            last = self._place[i] = self._place[i] if self._place[i] >= 0 else last
        self.focus = self._focus()
        self.window = [at] if at is not None else self._window()

    def gain(self, first: int, last: int, new: Sequence[str]) -> float:
        """Rise of the log-probability when the tokens ``first`` to ``last`` (left out) become these symbols."""
        a, b, reach = self._place[first], self._place[last], self.model.order
        before, after = self.symbols[max(0, a - reach) : a], self.symbols[b : b + reach]
        old, at = self.symbols[a:b], len(before)
        return self.model.total([*before, *new, *after], at, at + len(new)) - self.model.total(
            [*before, *old, *after], at, at + len(old)
        )

    def around(self, line: int) -> tuple[int | None, int | None]:
        """The lines with tokens before and after a line."""
        lines = sorted(self.rows)
        return max((n for n in lines if n < line), default=None), min((n for n in lines if n > line), default=None)

    def _focus(self) -> int:
        """The token the parser points at."""
        line = self.problem.line
        start = 0
        for _ in range(line - 1):
            start = self.source.find("\n", start) + 1 or start
        at = start + max(0, self.problem.column - 1)
        for i, token in enumerate(self.tokens):
            if token.end > at and token.kind not in ("indent", "comment"):
                return i
        return max(0, len(self.tokens) - 1)

    def _window(self) -> list[int]:
        """Lines to edit: the parser's, the one before, and those whose brackets do not match."""
        line = self.problem.line
        if line not in self.rows:
            line = max((n for n in self.rows if n <= line), default=min(self.rows, default=1))
        before, _ = self.around(line)
        ends = [n for n in range(line + 1, min(self.problem.end_line, line + 3) + 1) if n in self.rows]
        wanted = [line, before, *ends, *self._unmatched()]
        return list(dict.fromkeys(n for n in wanted if n is not None and n in self.rows))

    def _unmatched(self) -> Iterator[int]:
        """Lines of brackets without a partner nearest the parser's place, and where the line after them begins."""
        stack: list[Token] = []
        wrong: list[int] = []
        pairs = {")": "(", "]": "[", "}": "{"}
        for token in self.tokens:
            if token.kind != "op" or token.text not in _BRACKETS:
                continue
            if token.text not in pairs:
                stack.append(token)
            elif stack and stack[-1].text == pairs[token.text]:
                stack.pop()
            else:
                wrong += [token.line, *([stack[-1].line] if stack else [])]
        wrong += [token.line for token in stack]
        near = sorted(dict.fromkeys(wrong), key=lambda n: abs(n - self.problem.line))[:2]
        for n in near:
            yield n
            yield self.around(n)[1] or n


def token_edits(scene: Scene) -> Iterator[Edit]:
    """Every insertion, deletion and replacement of one token in the scene's window."""
    for line in scene.window:
        row = [i for i in scene.rows[line] if scene.tokens[i].kind != "indent"]
        long = len(row) > 2 * _REACH
        for n, i in enumerate(row):
            if long and abs(i - scene.focus) > _REACH and n + _REACH < len(row):
                continue
            yield from _insertions(scene, i, "start" if n == 0 else "inside")
            yield from _deletions(scene, i, len(row) == n + 1)
            yield from _replacements(scene, i, len(row) == n + 1)
        if row:
            yield from _insertions(scene, row[-1] + 1, "end")


def _insertions(scene: Scene, i: int, place: str) -> Iterator[Edit]:
    """Insert before token ``i``, or at the end of the line that ends before it."""
    tokens = scene.tokens
    at = tokens[i - 1].end if place == "end" else tokens[i].start
    if place == "inside":
        at = tokens[i - 1].end
        if tokens[i].start == at and {tokens[i - 1].kind, tokens[i].kind} <= _WORDS:
            return  # nothing is missing inside 2nd or 1..10
    line = tokens[i - 1].line if place == "end" else tokens[i].line
    for text in _INSERTS:
        if place == "start" and text in ":,)]}":
            continue
        written = _spaced(scene.source, at, text)
        gain = scene.gain(i, i, [text])
        yield Edit((Change(at, at, written),), f"insert {text}", line, "", text, gain, i - scene.focus, place)


def _spaced(source: str, at: int, text: str) -> str:
    """The text with the blanks that keep it apart from its neighbours and please the eye."""
    before, after = source[at - 1 : at], source[at : at + 1]
    word = text[0].isalpha()
    operator = word or text in ("=", "==", "+", "-", "*", "/", "%", "<", ">", "<=", ">=", "!=", "+=")
    left = " " if operator and before not in ("", " ", "\t", "\n", "(", "[", "{") else ""
    right = " " if (word and after not in ("", " ", "\n", ":", ")", ",")) or (operator and after.isalnum()) else ""
    return left + text + right


def _deletions(scene: Scene, i: int, last: bool) -> Iterator[Edit]:
    token = scene.tokens[i]
    end = token.end
    if scene.source[end : end + 1] == " " and scene.source[token.start - 1 : token.start] in ("", " ", "\n"):
        end += 1
    named = token.kind in ("op", "keyword") or token.text in _FILLERS
    kind = f"delete {token.text if named else token.kind}"
    gain = scene.gain(i, i + 1, [])
    place = "end" if last else "inside"
    yield Edit((Change(token.start, end, ""),), kind, token.line, token.text, "", gain, i - scene.focus, place)


def _replacements(scene: Scene, i: int, last: bool) -> Iterator[Edit]:
    token = scene.tokens[i]
    for text in _instead(token):
        kind = f"replace {token.text if token.kind != 'name' else 'name'} {text.strip()}"
        gain = scene.gain(i, i + 1, [text.strip()])
        change = Change(token.start, token.end, text)
        place = "end" if last else "inside"
        yield Edit((change,), kind, token.line, token.text, text.strip(), gain, i - scene.focus, place)


def _instead(token: Token) -> Iterable[str]:
    if token.text in _BRACKETS:
        opening = token.text in "([{"
        others = [b for b in ("([{" if opening else ")]}") if b != token.text]
        return [*others, *(b for b in _INSTEAD.get(token.text, ()) if b not in others)]
    return _INSTEAD.get(token.text, ())


def new_symbol(text: str) -> str:
    """The symbol of a token that is written anew."""
    found = [t for t in loose_tokens(text) if t.kind != "indent"]
    return symbol(found[0].text, found[0].kind) if found else text
