"""Python source with counters at its branches: what a run of it covers, at a small part of a tracer's cost.

A counter stands where control can go either way: the two ways out of ``if``, ``while``, ``for`` and conditional
expressions, conditions of comprehensions, the right operand of ``and`` and ``or``, each handler and each case, and the
start of each function. The program's meaning stays what it was; only its source text, seen through ``inspect`` or
tracebacks, differs. Not covered: which line of a straight piece raised, and jumps out of a ``finally``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from unriddle.language.python import parse

__all__ = ["COUNTS", "Branch", "Counted", "count_branches"]

COUNTS = "_unriddle_counts"
"""Name of the list of counters, a global of the program."""

_MARK = "_unriddle_mark"
_HEAD = f"""
{COUNTS} = [0] * {{n}}
def {_MARK}(place, {COUNTS}={COUNTS}):
    {COUNTS}[place] += 1
"""


@dataclass(frozen=True, slots=True)
class Branch:
    """One way that control can go.

    Attributes:
        line: Line of the original source.
        kind: ``function``, ``if``, ``while``, ``for``, ``conditional``, ``comprehension``, ``operand``, ``handler`` or
            ``case``.
        taken: The condition held, the loop was entered; ``False`` for the other way out.
        function: Name of the innermost function, dotted; empty at the top of the module.
    """

    line: int
    kind: str
    taken: bool
    function: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A program with counters.

    Attributes:
        source: Its text; the counters are the global list ``COUNTS``.
        branches: ``(number of branches,)`` what each counter counts.
    """

    source: str
    branches: tuple[Branch, ...]


def count_branches(source: str) -> Counted:
    """The program with a counter on every branch.

    Raises:
        BadProblem: The source cannot be read.

    >>> counted = count_branches("def f(x):\\n    return 1 if x else 2\\n")
    >>> [(b.line, b.kind, b.taken) for b in counted.branches]
    [(1, 'function', True), (2, 'conditional', True), (2, 'conditional', False)]
    """
    tree = parse(source)
    counter = _Counter()
    body = [counter.visit(statement) for statement in tree.body]
    at = _first_statement(tree.body)
    head = ast.parse(_HEAD.format(n=len(counter.branches))).body
    tree.body = [*body[:at], *head, *body[at:]]
    return Counted(ast.unparse(ast.fix_missing_locations(tree)), tuple(counter.branches))


def _first_statement(body: list[ast.stmt]) -> int:
    """Where statements may be put: behind the docstring and what must come first in a module."""
    at = 1 if body and _is_docstring(body[0]) else 0
    while at < len(body) and isinstance(node := body[at], ast.ImportFrom) and node.module == "__future__":
        at += 1
    return at


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Counter(ast.NodeTransformer):
    """Puts the counters in; ``branches`` is what they count, in order of their numbers."""

    def __init__(self) -> None:
        self.branches: list[Branch] = []
        self._inside: list[str] = []

    def _number(self, node: ast.AST, kind: str, taken: bool) -> int:
        line = getattr(node, "lineno", 0)
        self.branches.append(Branch(line, kind, taken, ".".join(self._inside)))
        return len(self.branches) - 1

    def _statement(self, node: ast.AST, kind: str, taken: bool = True) -> ast.stmt:
        return ast.parse(f"{COUNTS}[{self._number(node, kind, taken)}] += 1").body[0]

    def _call(self, node: ast.AST, kind: str, taken: bool = True) -> ast.expr:
        """An expression that counts and is ``None``."""
        number = ast.Constant(self._number(node, kind, taken))
        return ast.Call(ast.Name(_MARK, ast.Load()), [number], [])

    def _first(self, node: ast.expr, kind: str, taken: bool, value: ast.expr) -> ast.expr:
        """The value, counted before it is evaluated."""
        return ast.BoolOp(ast.Or(), [self._call(node, kind, taken), value])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        self.visit(node.args)
        self._inside.append(node.name)
        count = self._statement(node, "function")
        body = [self.visit(statement) for statement in node.body]
        at = 1 if _is_docstring(node.body[0]) else 0
        node.body = [*body[:at], count, *body[at:]]
        self._inside.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.visit(node.args)
        count = self._call(node, "function")
        node.body = ast.BoolOp(ast.Or(), [count, self.visit(node.body)])
        return node

    def _branching(self, node: ast.If | ast.While | ast.For | ast.AsyncFor, kind: str) -> ast.AST:
        counts = [self._statement(node, kind, taken) for taken in (True, False)]
        self.generic_visit(node)
        node.body, node.orelse = [counts[0], *node.body], [counts[1], *node.orelse]
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._branching(node, "if")

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._branching(node, "while")

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._branching(node, "for")

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self._branching(node, "for")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        test = self.visit(node.test)
        body = self._first(node, "conditional", True, self.visit(node.body))
        return ast.IfExp(test, body, self._first(node, "conditional", False, self.visit(node.orelse)))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        first, *rest = [self.visit(value) for value in node.values]
        return ast.BoolOp(node.op, [first, *(self._first(node, "operand", True, value) for value in rest)])

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.iter = self.visit(node.iter)
        node.ifs = [self._condition(self.visit(test)) for test in node.ifs]
        return node

    def _condition(self, test: ast.expr) -> ast.expr:
        """True or false as before, counted either way."""
        no_mark = ast.UnaryOp(ast.Not(), self._call(test, "comprehension", True))
        held = ast.BoolOp(ast.And(), [test, no_mark])
        return ast.BoolOp(ast.Or(), [held, self._call(test, "comprehension", False)])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        count = self._statement(node, "handler")
        self.generic_visit(node)
        node.body = [count, *node.body]
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        count = self._statement(node.pattern, "case")
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = [count, *(self.visit(statement) for statement in node.body)]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # nested quotes of a changed text could not be written before Python 3.12
