"""Array programs as Python source, and back: what is printed is read as exactly the same program.

The reader also takes nested expressions; each call becomes a statement of its own. Reading runs nothing. Not covered:
running the source elsewhere; functions keep their guards only here.
"""

from __future__ import annotations

import ast
import math

from unriddle.errors import BadInput, shorten
from unriddle.grammar.array_functions import FUNCTIONS
from unriddle.grammar.array_program import Argument, ArrayProgram, ProgramSpace, Statement, abstract_execute

__all__ = ["read_program", "show_program"]

_OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}


def show_program(program: ArrayProgram) -> str:
    """The program as Python source.

    >>> from unriddle.grammar.array_program import program_space
    >>> space = program_space({"x": 1.0}, {"y": 1.0}, name="f")
    >>> print(show_program(ArrayProgram(space, (Statement("y", "multiply", ("x", 2.0)),))), end="")
    def f(x):
        y = x * 2.0
        return y
    """
    space = program.space
    lines = [f"def {space.name}({', '.join(name for name, _ in space.inputs)}):"]
    lines += [f"    {show_statement(statement)}" for statement in program.statements]
    lines.append(f"    return {', '.join(name for name, _ in space.outputs)}")
    return "\n".join(lines) + "\n"


def show_statement(statement: Statement) -> str:
    """One assignment, with the usual signs of arithmetic."""
    infix = FUNCTIONS[statement.function].infix
    args = [arg if isinstance(arg, str) else repr(float(arg)) for arg in statement.args]
    text = f"{args[0]} {infix} {args[1]}" if infix else f"{statement.function}({', '.join(args)})"
    return f"{statement.target} = {text}"


def read_program(source: str, space: ProgramSpace) -> ArrayProgram:
    """The program that the source says.

    Raises:
        BadInput: It is not a function of assignments over the space's inputs and outputs, or it is not valid; the
            message has the line.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(
            f"array program: expected Python source of one function, got {shorten(source)} ({error})"
        ) from error
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise BadInput(f"array program: expected one function, got {shorten(source)}")
    body = tree.body[0]
    names = [arg.arg for arg in body.args.args]
    wanted = [name for name, _ in space.inputs]
    if names != wanted:
        raise BadInput(f"array program: its parameters must be {', '.join(wanted)}; got {', '.join(names)}")
    used = {node.id for node in ast.walk(body) if isinstance(node, ast.Name)} | set(wanted)
    reader = _Reader(used)
    for node in body.body[:-1]:
        reader.statement(node)
    _check_return(body.body[-1], space)
    program = ArrayProgram(space, tuple(reader.statements))
    fault = abstract_execute(program).fault
    if fault:
        raise BadInput(f"array program: {fault} in {shorten(source, 200)}")
    return program


def _check_return(node: ast.stmt, space: ProgramSpace) -> None:
    outputs = [name for name, _ in space.outputs]
    value = node.value if isinstance(node, ast.Return) else None
    items = value.elts if isinstance(value, ast.Tuple) else [value]
    if [item.id if isinstance(item, ast.Name) else "" for item in items] != outputs:
        raise BadInput(f"array program, line {node.lineno}: it must end with `return {', '.join(outputs)}`")


class _Reader:
    """Turns assignments into statements; nested calls get variables of their own."""

    def __init__(self, used: set[str]) -> None:
        self.used, self.statements = used, list[Statement]()

    def statement(self, node: ast.stmt) -> None:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            raise BadInput(f"array program, line {node.lineno}: expected `variable = function(arguments)`")
        target = node.targets[0].id
        if target in FUNCTIONS:
            raise BadInput(f"array program, line {node.lineno}: {target} is a function; choose another variable")
        function, args = self.call(node.value)
        self.statements.append(Statement(target, function, args))

    def call(self, node: ast.expr) -> tuple[str, tuple[Argument, ...]]:
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)], (self.argument(node.left), self.argument(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _number(node) is None:
            return "negative", (self.argument(node.operand),)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            if node.func.id not in FUNCTIONS:
                raise BadInput(f"array program, line {node.lineno}: there is no function {node.func.id!r}")
            return node.func.id, tuple(self.argument(arg) for arg in node.args)
        return "copy", (self.argument(node),)

    def argument(self, node: ast.expr) -> Argument:
        if isinstance(node, ast.Name):
            return node.id
        number = _number(node)
        if number is not None:
            return number
        if not isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Call)):
            raise BadInput(f"array program, line {node.lineno}: expected a variable, number or call")
        function, args = self.call(node)
        target = next(name for i in range(len(self.used) + 1) if (name := f"t{i + 1}") not in self.used)
        self.used.add(target)
        self.statements.append(Statement(target, function, args))
        return target


def _number(node: ast.expr) -> float | None:
    """A finite number, with or without a sign."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    if not isinstance(inner, ast.Constant) or type(inner.value) not in (int, float):
        return None
    try:
        value = float(str(inner.value))
    except ValueError:  # an integer beyond the digit limit
        return None
    return (-value if negative else value) if math.isfinite(value) else None
