"""A program as text with places to edit: what is changed is written anew, every other letter and comment stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from unriddle.language.blocks import first_line
from unriddle.language.python import parse

__all__ = ["Change", "Program", "Site", "for_head", "own_expressions", "read_program"]

Change = tuple[int, int, str]
"""From, to (places in the UTF-8 bytes of the program), and the new text."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Site:
    """A statement inside a function (or at the top of the module).

    Attributes:
        node: The statement.
        functions: The functions around it, the outermost first.
        block: The statements beside it.
        place: Its place among them.
        parent: The statement whose block it stands in; ``None`` at the top.
        in_loop: A loop of its function is around it.
    """

    node: ast.stmt
    functions: tuple[_Function, ...]
    block: list[ast.stmt]
    place: int
    parent: ast.stmt | None
    in_loop: bool


@dataclass(slots=True)
class Program:
    """A program to edit: its text, its tree and its statements."""

    source: str
    tree: ast.Module
    sites: list[Site]
    data: bytes = b""
    starts: list[int] = field(default_factory=list)

    def at(self, line: int, column: int) -> int:
        """The place in the bytes of the text."""
        return self.starts[line - 1] + column

    def inside(self, name: str) -> list[Site]:
        """The statements inside the top function or class of that name, and inside methods of that name."""
        tops = [node for node in self.tree.body if getattr(node, "name", None) == name]
        spans = [(first_line(node), node.end_lineno or node.lineno) for node in tops]
        return [
            site for site in self.sites
            if any(first <= site.node.lineno <= last for first, last in spans)
            or any(function.name == name for function in site.functions)
        ]  # fmt: skip

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Where the text of a node begins and ends."""
        return (
            self.at(node.lineno, node.col_offset),
            self.at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def text(self, node: ast.stmt | ast.expr) -> str:
        """The text of a node as it stands."""
        begin, end = self.span(node)
        return self.data[begin:end].decode()

    def changed(self, *changes: Change) -> str:
        """The program with these pieces replaced; they do not overlap."""
        data = self.data
        for begin, end, text in sorted(changes, reverse=True):
            data = data[:begin] + text.encode() + data[end:]
        return data.decode()

    def slot(self, node: ast.stmt) -> Change | None:
        """The part of a statement that holds its expressions, with its present meaning as text."""
        if isinstance(node, ast.If | ast.While):
            return (*self.span(node.test), ast.unparse(node.test))
        if isinstance(node, ast.For | ast.AsyncFor):
            begin, end = self.span(node.target)[0], self.span(node.iter)[1]
            return begin, end, for_head(node)
        if hasattr(node, "body") or isinstance(node, ast.Match):
            return None
        return (*self.span(node), ast.unparse(node))

    def indent(self, node: ast.stmt) -> str | None:
        """What stands before a statement on its line; ``None`` where that is not only blanks."""
        before = self.data[self.starts[node.lineno - 1] : self.span(node)[0]].decode()
        return before if not before.strip() else None

    def line_end(self, node: ast.stmt) -> int | None:
        """The end of the line a statement ends on, when nothing but a comment follows it there."""
        begin = self.span(node)[1]
        end = self.data.find(b"\n", begin)
        end = len(self.data) if end < 0 else end
        rest = self.data[begin:end].strip()
        return end if not rest or rest.startswith(b"#") else None

    def whole_lines(self, node: ast.stmt) -> tuple[int, int] | None:
        """A statement's lines with their newline, where it has them for itself."""
        end = self.line_end(node)
        if self.indent(node) is None or end is None:
            return None
        return self.starts[node.lineno - 1], min(end + 1, len(self.data))


def read_program(source: str) -> Program:
    """The program with its statements, in order of the text.

    Raises:
        BadProblem: It cannot be read.
    """
    tree = parse(source)
    data = source.encode()
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    program = Program(source, tree, [], data, starts)
    program.sites = list(_sites(tree.body, (), None, False))
    return program


def _sites(
    body: list[ast.stmt], functions: tuple[_Function, ...], parent: ast.stmt | None, in_loop: bool
) -> Iterator[Site]:
    for place, node in enumerate(body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            continue
        yield Site(node, functions, body, place, parent, in_loop)
        inner = (*functions, node) if isinstance(node, _Function) else functions
        loop = isinstance(node, ast.For | ast.AsyncFor | ast.While)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                inside = False if isinstance(node, _Function) else in_loop or (loop and name == "body")
                yield from _sites(block, inner, node, inside)
        for handler in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
            yield from _sites(handler.body, inner, node, in_loop)


def for_head(node: ast.For | ast.AsyncFor) -> str:
    """``target in iterable``, without brackets around several targets."""
    target, value = ast.unparse(node.target), ast.unparse(node.iter)
    if isinstance(node.target, ast.Tuple) and len(node.target.elts) > 1 and target.startswith("("):
        target = target[1:-1]
    return f"{target} in {value}"


def own_expressions(node: ast.stmt) -> Iterator[tuple[ast.AST, str, int | None, ast.expr]]:
    """``(holder, field, place in a list, expression)`` of all expressions of a statement, not of its blocks."""
    stack: list[ast.AST] = [node]
    while stack:
        holder = stack.pop()
        for name, value in ast.iter_fields(holder):
            for place, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(part, ast.expr):
                    yield holder, name, place, part
                if isinstance(part, ast.expr | ast.comprehension | ast.keyword):
                    stack.append(part)
