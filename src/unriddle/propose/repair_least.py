"""A changed program written into the text it came from: quotes, brackets, comments and line breaks stay as they were.

Edits print a whole statement anew; here only the expressions that differ are taken over. Not covered: statements that
were put in or taken out (the text stays as the edit made it).
"""

from __future__ import annotations

import ast
import io
import itertools
import tokenize
from collections.abc import Sequence

from unriddle.language.python import parse
from unriddle.propose.repair_text import Change, Program, read_program

__all__ = ["least_change"]

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and", ast.Or: "or",
}  # fmt: skip
_LOOSE = ast.BinOp | ast.BoolOp | ast.Compare | ast.UnaryOp | ast.IfExp | ast.Lambda | ast.Await | ast.NamedExpr
"""Expressions that need brackets in some places."""


def least_change(source: str, changed: str) -> str:
    """A program with the meaning of ``changed`` and as much of the text of ``source`` as can be had.

    Raises:
        BadProblem: One of them cannot be read.

    >>> least_change('x = f("a",  # why\\n      0x10)\\n', "x = f('a', 17)\\n")
    'x = f("a",  # why\\n      17)\\n'
    """
    old, new = read_program(source), read_program(changed)
    wanted = ast.dump(new.tree)
    for brackets in (False, True):
        changes = _Text(old, brackets).changes(old.tree, new.tree)
        if changes is None:
            return changed
        try:
            made = old.changed(*changes)
            if ast.dump(parse(made)) == wanted:
                return made
        except (ValueError, IndexError):  # not a program any more, or places that overlap
            continue
    return changed


class _Text:
    """Changes of a text that turn one tree into another, where they can be told."""

    def __init__(self, program: Program, brackets: bool) -> None:
        self.program, self.brackets = program, brackets
        self.double = program.source.count('"') >= program.source.count("'")

    def changes(self, a: ast.AST, b: ast.AST) -> list[Change] | None:
        """What to replace; ``None`` where that cannot be said for less than a statement."""
        if ast.dump(a) == ast.dump(b):
            return []
        inner = self._inner(a, b) if type(a) is type(b) and not isinstance(a, ast.JoinedStr) else None
        if inner is None and isinstance(a, ast.expr) and isinstance(b, ast.expr):
            return [(*self.program.span(a), self._printed(b))]
        return inner

    def _inner(self, a: ast.AST, b: ast.AST) -> list[Change] | None:
        if isinstance(a, ast.Attribute) and isinstance(b, ast.Attribute) and a.attr != b.attr:
            begin = self.program.span(a.value)[1]
            rest = self.changes(a.value, b.value)
            return None if rest is None else [*rest, (begin, self.program.span(a)[1], f".{b.attr}")]
        found: list[Change] = []
        for name in a._fields:
            old, new = getattr(a, name, None), getattr(b, name, None)
            part = self._field(a, name, old, new)
            if part is None:
                return None
            found += part
        return found

    def _field(self, a: ast.AST, name: str, old: object, new: object) -> list[Change] | None:
        if isinstance(old, list) and isinstance(new, list):
            return self._list(a, name, old, new)
        if isinstance(old, ast.operator | ast.boolop) and isinstance(new, ast.AST):
            return [] if type(old) is type(new) else self._signs(a, [old], [new])
        if isinstance(old, ast.expr_context):
            return []
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            return self.changes(old, new)
        return [] if old == new and type(old) is type(new) else None

    def _list(self, a: ast.AST, name: str, old: list[ast.AST], new: list[ast.AST]) -> list[Change] | None:
        if name == "ops":
            same = [type(one) for one in old] == [type(one) for one in new]
            return [] if same else self._signs(a, old, new) if len(old) == len(new) else None
        if len(old) == len(new):
            parts = [self._element(x, y) for x, y in zip(old, new, strict=True)]
            return None if any(part is None for part in parts) else [one for part in parts for one in part or ()]
        return self._one_more_or_less(old, new) if name in ("args", "elts") else None

    def _element(self, old: object, new: object) -> list[Change] | None:
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            return self.changes(old, new)
        return [] if old == new else None

    def _one_more_or_less(self, old: Sequence[ast.AST], new: Sequence[ast.AST]) -> list[Change] | None:
        """One element put in behind another, or taken out with the comma before it."""
        texts = [ast.dump(one) for one in old], [ast.dump(one) for one in new]
        k = next((i for i, (x, y) in enumerate(zip(*texts, strict=False)) if x != y), min(len(old), len(new)))
        before = old[k - 1] if k else None
        if not isinstance(before, ast.expr):
            return None
        end, more, less = self.program.span(before)[1], new[k : k + 1], old[k : k + 1]
        if more and isinstance(more[0], ast.expr) and texts[0][k:] == texts[1][k + 1 :]:
            return [(end, end, f", {self._printed(more[0])}")]
        if less and isinstance(less[0], ast.expr) and texts[0][k + 1 :] == texts[1][k:]:
            return [(end, self.program.span(less[0])[1], "")]
        return None

    def _signs(self, a: ast.AST, old: Sequence[ast.AST], new: Sequence[ast.AST]) -> list[Change] | None:
        """Operators exchanged in the gaps between their operands."""
        gaps = self._gaps(a)
        if not gaps:
            return None
        many = len(gaps) if len(old) == 1 else 1  # one operator stands in every gap of `a and b and c`
        found: list[Change] = []
        for (begin, end), before, after in zip(gaps, [*old] * many, [*new] * many, strict=True):
            if type(before) is type(after):
                continue
            text = self.program.data[begin:end].decode()
            sign = _SIGNS[type(before)]
            if text.count(sign) != 1:  # in a comment too, or something stands between
                return None
            at = begin + len(text[: text.index(sign)].encode())
            found.append((at, at + len(sign.encode()), _SIGNS[type(after)]))
        return found

    def _gaps(self, a: ast.AST) -> list[tuple[int, int]]:
        if isinstance(a, ast.BinOp):
            operands: list[ast.expr] = [a.left, a.right]
        elif isinstance(a, ast.AugAssign):
            operands = [a.target, a.value]
        elif isinstance(a, ast.BoolOp):
            operands = a.values
        elif isinstance(a, ast.Compare):
            operands = [a.left, *a.comparators]
        else:
            return []
        spans = [self.program.span(one) for one in operands]
        return [(x[1], y[0]) for x, y in itertools.pairwise(spans)]

    def _printed(self, node: ast.expr) -> str:
        """The expression as text, with the quotes that the program uses most."""
        text = ast.unparse(node)
        text = f"({text})" if self.brackets and isinstance(node, _LOOSE) else text
        if not self.double or "'" not in text:
            return text
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text})").readline))
        for token in reversed(tokens):
            prefix, _, body = token.string.partition("'")
            one_line = token.start[0] == token.end[0] == 1
            if token.type == tokenize.STRING and one_line and not set(body[:-1]) & set("'\"\\") and '"' not in prefix:
                begin, end = token.start[1] - 1, token.end[1] - 1
                text = f'{text[:begin]}{prefix}"{body[:-1]}"{text[end:]}'
        return text
