"""What can be said of a program with holes without running it: its unreadable lines, what a statement may change, and
the functions that it calls and nobody defines.

Not covered: names that come into being by ``exec`` or ``import *``, and attributes.
"""

from __future__ import annotations

import ast
import builtins
import re

__all__ = ["changeable", "readable", "undefined_calls"]

_HEAD = re.compile(r"^(?P<indent>\s*)(?P<word>if|elif|while)\s+(?P<test>.+?)\s*:\s*$")


def readable(source: str, *, max_lines: int = 20) -> str | None:
    """The program with the lines that are not Python as calls of ``__unread__``; ``None`` where that is not enough.

    Lines keep their numbers. The condition of an ``if`` or ``while`` is replaced, and the loop or branch stays.

    Args:
        source: The program, perhaps with lines in plain language.
        max_lines: Lines that may be replaced.

    >>> print(readable("x = 1\\nadd the two numbers\\nif x is a fruit:\\n    y = 2"))
    x = 1
    __unread__('add the two numbers')
    if __unread__('x is a fruit'):
        y = 2
    """
    lines = source.splitlines()
    for _ in range(max_lines + 1):
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            if not 0 <= number < len(lines) or "__unread__" in lines[number] or not lines[number].strip():
                return None
            lines[number] = _replaced(lines[number])
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return "\n".join(lines)
    return None


def _replaced(line: str) -> str:
    head = _HEAD.match(line)
    if head:
        return f"{head['indent']}{head['word']} __unread__({head['test']!r}):"
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}__unread__({line.strip()!r})"


def changeable(statement: str) -> frozenset[str]:
    """Names that a statement may give a new value: its targets, and what it calls methods of or hands to functions.

    A statement that is not Python may change any name that it mentions.

    >>> sorted(changeable("total[k] += weigh(x)"))
    ['total']
    >>> sorted(changeable("sort_by_size(items)"))
    ['items']
    """
    try:
        tree = ast.parse(statement)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"[^\W\d]\w*", statement))
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            stored |= _base(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            stored |= _base(node.func)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            stored.add(node.name)
        elif isinstance(node, ast.alias):
            stored.add((node.asname or node.name).partition(".")[0])
    if not stored:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        stored = {arg.id for call in calls for arg in call.args if isinstance(arg, ast.Name)}
    return frozenset(stored)


def _base(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def undefined_calls(source: str) -> frozenset[str]:
    """Functions that a program calls by name and neither it nor Python defines; empty for what cannot be read.

    >>> sorted(undefined_calls("def f(x):\\n    return g(x) + len(h(x))"))
    ['g', 'h']
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    called, bound = set(), set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
            # A function handed to another one (``map``, ``sorted(key=…)``) is called as well.
            handed = [*node.args, *(word.value for word in node.keywords)]
            called |= {arg.id for arg in handed if isinstance(arg, ast.Name) and _takes_function(node, arg)}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return frozenset(called - bound)


def _takes_function(call: ast.Call, arg: ast.Name) -> bool:
    first = isinstance(call.func, ast.Name) and call.func.id in ("map", "filter") and call.args[:1] == [arg]
    return first or any(word.arg == "key" and word.value is arg for word in call.keywords)
