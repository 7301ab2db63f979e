"""Python source with a counter before every statement and on every expression that may be left out.

What a test covers, at a small part of a tracer's cost: the right operands of ``and`` and ``or``, the arms of a
conditional expression, bodies of lambdas and what a comprehension makes are places of their own. The meaning of the
program stays what it was. Not covered: which part of a straight expression raised, and f-strings (they stay whole).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from unriddle.language.branches import COUNTS
from unriddle.language.python import parse

__all__ = ["CountedPlaces", "Place", "count_places"]

_MARK = "_unriddle_mark"
_HEAD = f"""
{COUNTS} = [0] * {{n}}
def {_MARK}(place, {COUNTS}={COUNTS}):
    {COUNTS}[place] += 1
"""
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class Place:
    """What a counter counts.

    Attributes:
        line: First line of the original.
        end_line: Last line; of a statement with a block, the last one of its head.
        column: Where it begins in its line, in characters of UTF-8.
        kind: ``statement`` or ``expression``.
        function: Name of the innermost function, dotted; empty at the top of the module.
        text: How it reads, the head of a statement with a block.
    """

    line: int
    end_line: int
    column: int
    kind: str
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class CountedPlaces:
    """A program with counters: its text (the counters are the global list ``COUNTS``) and its places ``(b,)``."""

    source: str
    places: tuple[Place, ...]


def count_places(source: str) -> CountedPlaces:
    """The program with a counter on every place.

    Raises:
        BadProblem: The source cannot be read.

    >>> [(p.line, p.text) for p in count_places("def f(x):\\n    return x and 1\\n").places]
    [(1, 'def f(x)'), (2, 'return x and 1'), (2, '1')]
    """
    tree = parse(source)
    counter = _Counter()
    at = _first(tree.body)
    start, rest = tree.body[:at], counter.block(tree.body[at:])
    head = ast.parse(_HEAD.format(n=len(counter.places))).body
    tree.body = [*start, *head, *rest]
    return CountedPlaces(ast.unparse(ast.fix_missing_locations(tree)), tuple(counter.places))


def _first(body: list[ast.stmt]) -> int:
    at = 1 if body and _is_text(body[0]) else 0
    while at < len(body) and isinstance(node := body[at], ast.ImportFrom) and node.module == "__future__":
        at += 1
    return at


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _head(node: ast.stmt) -> tuple[int, str]:
    """Last line and text of a statement without its block."""
    inside = [part.lineno for name in _BLOCKS for part in getattr(node, name, ()) if hasattr(part, "lineno")]
    text = ast.unparse(node).lstrip().splitlines()[0]
    if not inside or isinstance(node, ast.Lambda):
        return node.end_lineno or node.lineno, text
    return max(node.lineno, min(inside) - 1), text.removesuffix(":")


class _Counter(ast.NodeTransformer):
    """Puts the counters in."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._inside: list[str] = []

    def _statement(self, node: ast.stmt) -> ast.stmt:
        end, text = _head(node)
        self.places.append(Place(node.lineno, end, node.col_offset, "statement", ".".join(self._inside), text))
        return ast.parse(f"{COUNTS}[{len(self.places) - 1}] += 1").body[0]

    def _counted(self, node: ast.expr) -> ast.expr:
        """The value, counted before it is evaluated."""
        text = ast.unparse(node)
        self.places.append(
            Place(node.lineno, node.end_lineno or node.lineno, node.col_offset, "expression",
                  ".".join(self._inside), text)
        )  # fmt: skip
        mark = ast.Call(ast.Name(_MARK, ast.Load()), [ast.Constant(len(self.places) - 1)], [])
        return ast.BoolOp(ast.Or(), [mark, self.visit(node)])

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements, each behind its counter; texts that stand alone are none."""
        made: list[ast.stmt] = []
        for node in body:
            if not (_is_text(node) or _is_future(node)):
                made.append(self._statement(node))
            made.append(self.visit(node))
        return made

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    setattr(node, name, self.block(value))
                else:
                    setattr(node, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    def _named(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._named(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._named(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._named(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.body = self._counted(node.body)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return ast.IfExp(self.visit(node.test), self._counted(node.body), self._counted(node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        first, *rest = node.values
        return ast.BoolOp(node.op, [self.visit(first), *(self._counted(value) for value in rest)])

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._made(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._made(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._made(node)

    def _made(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> ast.AST:
        node.generators = [self.visit(part) for part in node.generators]
        node.elt = self._counted(node.elt)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        node.body = self.block(node.body)  # patterns take no expressions
        return node
