"""Basic blocks of Python functions: which lines always run together, and where control may go from there.

Blocks are made of lines, read off the syntax tree. Every line that a function can execute lies in exactly one of its
blocks; a statement over several lines is never cut, and comprehensions, generator expressions and lambdas belong to
the statement they stand in. Of several statements on one line (``if x: return y``) the line belongs to the first.
Not covered: which operand of an expression runs (``a and b``), and code made by ``exec``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from unriddle.language._block_graph import Draft, Graph, Jump
from unriddle.language.python import parse

__all__ = ["EXIT", "Block", "Scope", "basic_blocks"]

EXIT = -1
"""The successor of a block from which the function may be left."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that run together, entered at the first.

    Attributes:
        number: Its place in ``Scope.blocks``.
        lines: Line numbers, from 1, ascending.
        successors: Numbers of the blocks that may run next, ``EXIT`` among them.
        raises: Where an exception raised in it leads: handlers, ``finally`` parts, ``with`` lines, or ``EXIT``.
        decides: First line of the condition it ends with (``if``, loop, ``case``, ``except``); 0 when it has none.
        body: For the head of a loop, the block in which an iteration begins (itself where all is on one line); −1 for
            other blocks.
    """

    number: int
    lines: tuple[int, ...]
    successors: tuple[int, ...]
    raises: tuple[int, ...]
    decides: int = 0
    body: int = -1


@dataclass(frozen=True, slots=True)
class Scope:
    """One function, class body or module.

    Attributes:
        name: Its qualified name (``f.<locals>.g``); ``<module>`` for the module.
        line: Its first line, decorators included, as its code object gives it.
        blocks: In order of their first lines.
    """

    name: str
    line: int
    blocks: tuple[Block, ...]

    @property
    def short_name(self) -> str:
        """The name without what it is nested in."""
        return self.name.rpartition(".")[2]

    def block_at(self, line: int) -> int:
        """Number of the block that holds this line; −1 when none does."""
        return next((block.number for block in self.blocks if line in block.lines), -1)


def basic_blocks(source: str, *, what: str = "the source") -> tuple[Scope, ...]:
    """The module and all its functions and class bodies, outer before inner, each cut into blocks.

    Args:
        source: Python source text.
        what: How messages call it.

    Raises:
        BadProblem: It is not Python.

    >>> [block.lines for block in basic_blocks("def f(x):\\n  while x:\\n    x -= 1\\n  return x\\n")[1].blocks]
    [(2,), (3,), (4,)]
    """
    tree = parse(source, what=what)
    scopes: list[Scope] = []
    waiting = [_Body("<module>", "", 1, tree.body)]
    while waiting:
        body = waiting.pop(0)
        builder = _Builder(body)
        builder.run()
        scopes.append(Scope(body.name, body.line, _finished(builder.graph)))
        waiting += builder.inner
    return tuple(scopes)


@dataclass(frozen=True, slots=True)
class _Body:
    """A scope before it is cut: its name, the prefix of the names in it, first line, statements, lines of its head."""

    name: str
    inside: str
    line: int
    statements: list[ast.stmt]
    head: range = range(0)


def _finished(graph: Graph) -> tuple[Block, ...]:
    """The drafts that have lines, numbered by first line, with edges led through those that have none."""
    graph.skip_endless_heads()
    kept = sorted((draft for draft in graph.drafts if draft.lines), key=lambda draft: min(draft.lines))
    number = {draft.key: i for i, draft in enumerate(kept)} | {EXIT: EXIT}

    def numbers(keys: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({number[key] for key in graph.through(keys)}))

    blocks = []
    for i, draft in enumerate(kept):
        inside = numbers([draft.body]) if draft.body is not None else ()
        body = -1 if not inside else i if i in inside else inside[0]
        lines = tuple(sorted(draft.lines))
        blocks.append(Block(i, lines, numbers(draft.successors), numbers(draft.raises), draft.decides, body))
    return tuple(blocks)


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _end(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 0) or 0)


class _Builder:
    """Walks the statements of one scope; ``inner`` collects the scopes in it."""

    def __init__(self, body: _Body) -> None:
        self.graph = Graph()
        self.inner: list[_Body] = []
        self._body = body

    def run(self) -> None:
        """All statements of the scope; what falls off the end leaves it."""
        self.graph.add(self._body.head)
        self._all(self._body.statements)
        self.graph.jump(Jump("return"))

    def _all(self, body: list[ast.stmt]) -> None:
        for node in body:
            self._one(node)

    def _one(self, node: ast.stmt) -> None:
        graph = self.graph
        match node:
            case ast.If():
                self._if(node)
            case ast.While() | ast.For() | ast.AsyncFor():
                self._loop(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.Match():
                self._match(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(node)
            case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
                graph.add(range(node.lineno, _end(node) + 1))
                graph.jump(Jump(type(node).__name__.lower()))
            case _:
                graph.add(range(node.lineno, _end(node) + 1))

    def _definition(self, node: _Function | ast.ClassDef) -> None:
        """The head runs here; a class body runs as a scope of its own, which begins with the same head."""
        first = first_line(node)
        head = range(first, max(node.lineno, first_line(node.body[0]) - 1) + 1)
        self.graph.add(head)
        name = self._body.inside + node.name
        if isinstance(node, ast.ClassDef):
            self.inner.append(_Body(name, f"{name}.", first, node.body, head))
        else:
            # A body that has no code of its own returns from the line of its head.
            own = range(first, node.lineno + 1) if all(map(_is_silent, node.body)) else range(0)
            self.inner.append(_Body(name, f"{name}.<locals>.", first, node.body, own))

    def _if(self, node: ast.If) -> None:
        graph = self.graph
        head = graph.add(range(node.lineno, _end(node.test) + 1))
        head.decides = node.lineno
        after = graph.new()
        for part in (node.body, node.orelse):
            graph.go(head, graph.start(graph.new()) if part else after)
            if part:
                self._all(part)
                graph.fall_to(after)
        graph.start(after)

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor) -> None:
        graph = self.graph
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        condition = node.test if isinstance(node, ast.While) else node.iter
        head, after, body = graph.new(), graph.new(), graph.new()
        graph.fall_to(head)
        graph.start(head)
        graph.add(range(node.lineno, _end(condition) + 1))
        head.decides, head.body, head.endless = 0 if endless else node.lineno, body.key, endless
        graph.go(head, body)
        with graph.loop(head, after):
            graph.start(body)
            self._all(node.body)
            graph.fall_to(head)
        if not endless:
            graph.go(head, graph.start(graph.new()))
            self._all(node.orelse)
            graph.fall_to(after)
        graph.start(after)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        """The line of the ``with`` runs again when the body is left, however it is left."""
        graph = self.graph
        head, after, body = graph.new(), graph.new(), graph.new()
        graph.fall_to(head)
        graph.start(head)
        last = max(_end(item.optional_vars or item.context_expr) for item in node.items)
        graph.add(range(node.lineno, last + 1))
        graph.go(head, body)
        graph.go(head, after)
        with graph.guarded(head):
            graph.start(body)
            self._all(node.body)
            graph.fall_to(head)
        graph.leave(head, head)
        graph.start(after)

    def _match(self, node: ast.Match) -> None:
        graph = self.graph
        head = graph.add(range(node.lineno, _end(node.subject) + 1))
        after, before = graph.new(), head
        for case in node.cases:
            test = graph.new()
            graph.go(before, test)
            graph.start(test)
            graph.add(range(case.pattern.lineno, _end(case.guard or case.pattern) + 1))
            graph.go(test, graph.start(graph.new()))
            self._all(case.body)
            graph.fall_to(after)
            test.decides, before = 0 if _always(case) else case.pattern.lineno, test
        if before.decides:
            graph.go(before, after)
        graph.start(after)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        graph = self.graph
        graph.add([node.lineno])
        after = graph.new()
        last = graph.new() if node.finalbody else None
        if last is None:
            self._guarded(node, after)
        else:
            with graph.guarded(last):
                self._guarded(node, last)
            graph.start(last)
            self._all(node.finalbody)
            graph.leave(last, graph.current)
            if last.key in graph.fallen_to:
                graph.fall_to(after)
        graph.start(after)

    def _guarded(self, node: ast.Try | ast.TryStar, after: Draft) -> None:
        """Body, handlers and ``else``; all of them go on at ``after``."""
        graph = self.graph
        heads = [graph.new() for _ in node.handlers]
        body = graph.new()
        graph.fall_to(body)
        with graph.catching(heads[0] if heads else None):
            graph.start(body)
            self._all(node.body)
        if node.orelse:
            rest = graph.new()
            graph.fall_to(rest)
            graph.start(rest)
            self._all(node.orelse)
        graph.fall_to(after)
        following_heads = [*heads[1:], None] if heads else []
        for head, handler, following in zip(heads, node.handlers, following_heads, strict=True):
            graph.start(head)
            graph.add(range(handler.lineno, max(handler.lineno, _end(handler.type) if handler.type else 0) + 1))
            if handler.type is not None:
                head.decides = handler.lineno
                graph.go(head, following) if following else graph.raise_from(head)
            graph.go(head, graph.start(graph.new()))
            self._all(handler.body)
            graph.fall_to(following if following and isinstance(node, ast.TryStar) else after)
            if following is None and isinstance(node, ast.TryStar):
                graph.go(head, after)
                graph.fallen_to.add(after.key)


def _is_silent(node: ast.stmt) -> bool:
    """Whether a statement is only for readers and the compiler: ``...``, ``global x``, ``x: int``."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    bare = isinstance(node, ast.AnnAssign) and node.value is None and bool(node.simple)
    return constant or bare or isinstance(node, ast.Global | ast.Nonlocal)


def _always(case: ast.match_case) -> bool:
    """Whether a case takes whatever comes."""
    pattern = case.pattern
    while isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        pattern = pattern.pattern
    return case.guard is None and isinstance(pattern, ast.MatchAs)
