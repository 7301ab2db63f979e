"""The tree of a program's text: every node with the characters that are its own and what they cost.

Part of ``unriddle.methods.pac_prediction_sets``. Offsets are those of the text as it was written; nothing is unparsed.
Not covered: languages other than Python (pass a ``Parse`` of your own), and the inside of f-strings, which are leaves.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten

__all__ = ["CodeTree", "Parse", "Span", "align", "build_tree", "python_spans"]

_Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Span:
    """A node of a parse: its kind, and where it begins and ends in the text (characters)."""

    kind: str
    start: int
    end: int
    children: list[Span] = field(default_factory=list)


Parse = Callable[[str], Span]
"""Text to the root of its parse; children lie inside their parent, in order, and do not overlap."""


@dataclass(frozen=True, eq=False)
class CodeTree:
    """A program as a tree, nodes numbered so that a parent comes before its children.

    Attributes:
        text: The program.
        parent: ``(n,)`` number of the parent, -1 for the root.
        children: Numbers of the children of each node, in the order of the text.
        start: ``(n,)`` where each node begins.
        end: ``(n,)`` where it ends.
        label: Kind and own text of each node, one piece before, between and after its children, without white space
            and comments.
        cost: ``(n,)`` negative log-probability of the tokens that overlap the own text, between 0 and the clamp.
    """

    text: str
    parent: npt.NDArray[np.int64]
    children: tuple[tuple[int, ...], ...]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    label: tuple[tuple[str, ...], ...]
    cost: _Floats

    def __len__(self) -> int:
        return len(self.children)


def build_tree(
    code: str,
    *,
    tokens: Sequence[str] = (),
    token_logprobs: Sequence[float] = (),
    start: int | None = None,
    parse: Parse | None = None,
    clamp: float = 10.0,
) -> CodeTree:
    """The tree of a program with the cost of every node; all costs are 0 without tokens.

    Args:
        code: The program.
        tokens: Tokens of the language model as text.
        token_logprobs: Natural log-probability of each.
        start: Where in ``code`` the first token begins, negative (counted without white space) when it begins before;
            found when ``None``.
        parse: Text to spans; Python's own parser when ``None``.
        clamp: The most that one node may cost.

    Raises:
        BadInput: The text does not parse, a log-probability is above 0 or NaN, or the tokens are not in the text.
        BadShape: There are not as many log-probabilities as tokens.
    """
    root = (parse or python_spans)(code)
    spans, parents = _number(root)
    plain = _without_comments(code) if parse is None else code
    owner = np.full(len(code), -1, np.int64)
    for i, span in enumerate(spans):
        owner[span.start : span.end] = i
    owner[[c.isspace() for c in plain]] = -1
    children: list[list[int]] = [[] for _ in spans]
    for i, parent in enumerate(parents[1:], start=1):
        children[parent].append(i)
    return CodeTree(
        text=code,
        parent=np.array(parents),
        children=tuple(tuple(row) for row in children),
        start=np.array([s.start for s in spans]),
        end=np.array([s.end for s in spans]),
        label=tuple(_label(s, plain) for s in spans),
        cost=_costs(code, owner, len(spans), tokens, token_logprobs, start, clamp),
    )


def align(code: str, text: str) -> int:
    """Where in ``code`` the ``text`` of the tokens begins; negative when it is before the code.

    The code may hold the whole text, the text the whole code (with a prompt's fence around it), or the text may begin
    with the end of the code (the rest of it was cut off).

    Raises:
        BadInput: None of these.

    >>> align("deff():return1", "return1"), align("return1", "```return1```"), align("return1+2", "1+2#andmore")
    (7, -3, 6)
    """
    place = code.rfind(text)
    if place >= 0:
        return place
    place = text.find(code)
    if place >= 0:
        return -place
    place = next((i for i in range(len(code)) if text.startswith(code[i:])), len(code))
    if place < len(code):
        return place
    raise BadInput(
        f"align: the tokens say {shorten(text)}, the code {shorten(code)}; one must hold the other. Give start= "
        "(the character of the code at which the first token begins)"
    )


def _costs(
    code: str,
    owner: npt.NDArray[np.int64],
    n: int,
    tokens: Sequence[str],
    logprobs: Sequence[float],
    start: int | None,
    clamp: float,
) -> _Floats:
    """``(n,)`` clamped cost of each node; a token that straddles nodes is charged to each of them.

    White space is left out of code and tokens before they are laid side by side.
    """
    values = np.asarray(logprobs, np.float64)
    if values.shape != (len(tokens),):
        raise BadShape(f"build_tree: {len(tokens)} tokens need as many log-probabilities, got shape {values.shape}")
    if np.isnan(values).any() or (values > 1e-6).any():
        raise BadInput("build_tree: log-probabilities must be numbers of at most 0")
    cost = np.zeros(n)
    pieces = ["".join(token.split()) for token in tokens]
    text = "".join(pieces)
    if not text:
        return cost
    plain = np.array([not c.isspace() for c in code], np.bool_)
    short, owner = "".join(code.split()), owner[plain]
    at = align(short, text) if start is None else int(plain[: max(start, 0)].sum()) + min(start, 0)
    low, high = max(at, 0), min(at + len(text), len(short))
    if low >= high or short[low:high] != text[low - at : high - at]:
        raise BadInput(f"build_tree: the tokens do not stand at character {start} of the code; check start=")
    for piece, value in zip(pieces, values, strict=True):
        inside = owner[max(at, 0) : max(at + len(piece), 0)]
        cost[np.unique(inside[inside >= 0])] -= value
        at += len(piece)
    return np.clip(cost, 0.0, clamp)


def _number(root: Span) -> tuple[list[Span], list[int]]:
    """Spans in an order in which parents come first, and the number of each one's parent."""
    spans: list[Span] = []
    parents: list[int] = []
    todo = [(root, -1)]
    while todo:
        span, parent = todo.pop()
        todo += [(child, len(spans)) for child in reversed(span.children)]
        spans.append(span)
        parents.append(parent)
    return spans, parents


def _label(span: Span, plain: str) -> tuple[str, ...]:
    """Kind and own pieces of text; white space counts inside text literals only."""
    whole = plain[span.start : span.end]
    if not span.children:
        return (span.kind, whole if "'" in whole or '"' in whole else "".join(whole.split()))
    pieces, at = [span.kind], span.start
    for child in span.children:
        pieces.append("".join(plain[at : child.start].split()))
        at = child.end
    return (*pieces, "".join(plain[at : span.end].split()))


def _without_comments(code: str) -> str:
    """The text with every comment blanked out, nothing moved."""
    lines = code.splitlines(keepends=True)
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                line = lines[row - 1]
                lines[row - 1] = line[:column] + " " * len(token.string) + line[column + len(token.string) :]
    except (tokenize.TokenError, IndentationError):
        return code
    return "".join(lines)


def python_spans(code: str) -> Span:
    """The spans of a Python program: every node of its syntax tree that has a place in the text.

    Operators, contexts and other nodes without a place belong to their parent, and their children move up to it.

    Raises:
        BadInput: The text is not Python.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"python_spans: the program does not parse ({error}): {shorten(code)}") from error
    places = _Places(code)
    root = Span("Module", 0, len(code))
    todo: list[tuple[ast.AST, Span]] = [(tree, root)]
    while todo:
        node, above = todo.pop()
        for child in ast.iter_child_nodes(node):
            span = places.span(child)
            if span is not None:
                above.children.append(span)
            if not isinstance(child, ast.JoinedStr):
                todo.append((child, span or above))
    _tidy(root)
    return root


def _tidy(root: Span) -> None:
    """Children in the order of the text, without those that overlap an earlier one."""
    todo = [root]
    while todo:
        span = todo.pop()
        kept: list[Span] = []
        for child in sorted(span.children, key=lambda c: (c.start, -c.end)):
            if child.start >= (kept[-1].end if kept else span.start) and child.end <= span.end:
                kept.append(child)
        span.children = kept
        todo += kept


class _Places:
    """Lines and UTF-8 columns as Python reports them, to characters."""

    def __init__(self, code: str) -> None:
        self._code = code
        # ast counts lines as str.split("\n") does once "\r\n" and "\r" are line ends too.
        self._lines, self._begin, at = [], [], 0
        for line in _lines(code):
            self._lines.append(line)
            self._begin.append(at)
            at += len(line)

    def span(self, node: ast.AST) -> Span | None:
        """The node's span; ``None`` when it has no place."""
        line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
        end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        if line is None or column is None or end_line is None or end_column is None:
            return None
        start, end = self._at(line, column), self._at(end_line, end_column)
        decorators = getattr(node, "decorator_list", [])
        if decorators:  # the place of a decorated definition begins at its "def", after its own decorators
            first = self._at(decorators[0].lineno, decorators[0].col_offset)
            start = max(self._code.rfind("@", 0, first), 0)
        return Span(type(node).__name__, start, end)

    def _at(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        return self._begin[line - 1] + len(text.encode()[:column].decode(errors="ignore"))


def _lines(code: str) -> list[str]:
    """Lines with their ends, split where Python's parser splits them."""
    lines, at = [], 0
    for i, c in enumerate(code):
        if c == "\n" or (c == "\r" and code[i + 1 : i + 2] != "\n"):
            lines.append(code[at : i + 1])
            at = i + 1
    return [*lines, code[at:]]
