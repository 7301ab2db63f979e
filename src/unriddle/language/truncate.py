"""Source text that stops in the middle: how much of it is a program.

Not covered: mending what is broken; the rest is cut.
"""

from __future__ import annotations

import ast
import warnings

__all__ = ["complete_statements", "parse", "readable_lines", "source_lines"]


def complete_statements(source: str) -> str:
    """The longest run of whole lines from the start that is a complete program; "" when there is none.

    A program cut off in the middle (a token limit) loses its unfinished last statement only.

    >>> complete_statements("def f(x):\\n    y = 1\\n    return (x +")
    'def f(x):\\n    y = 1\\n'
    """
    lines = source_lines(source)
    kept = "".join(lines[: readable_lines(source)])
    tree = parse(kept)
    return kept if tree is not None and tree.body else ""


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a source text, or ``None`` when it is not Python; never raises, runs nothing."""
    tree = _parsed(source)
    return tree if isinstance(tree, ast.Module) else None


def readable_lines(source: str) -> int:
    """How many whole lines from the top can be read as Python, at most; 0 when none can.

    A line with a syntax error spoils every longer text, so the search goes on before it at once.
    """
    lines = source_lines(source)
    keep = len(lines)
    while keep > 0:
        found = _parsed("".join(lines[:keep]))
        if isinstance(found, ast.Module):
            return keep
        keep = min(keep, found) - 1
    return 0


def source_lines(source: str) -> list[str]:
    """The lines as Python counts them (a form feed ends none), each with its newline."""
    lines = source.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _parsed(source: str) -> ast.Module | int:
    """The syntax tree, or the number of the line with the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError as error:
            return max(error.lineno or 1, 1)
        except (ValueError, RecursionError, MemoryError):
            return source.count("\n") + 1
