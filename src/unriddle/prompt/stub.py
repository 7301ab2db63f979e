"""The text a program begins with: the problem's stub, or one built from its signature and statement.

Not covered: stubs in languages other than Python.
"""

from __future__ import annotations

import ast
import textwrap
import warnings

from unriddle.problem import Problem

__all__ = ["body_indent", "parse", "preamble", "readable_lines", "source_lines", "stub_text"]


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


def stub_text(problem: Problem) -> str:
    """The stub, ending in a newline; built from signature and statement when the problem has none.

    >>> from unriddle.problem import Problem, Signature
    >>> print(stub_text(Problem("p", "Say hello.", Signature("hello"))), end="")
    def hello():
        \"\"\"Say hello.\"\"\"
    """
    if problem.stub.strip():
        return problem.stub.rstrip() + "\n"
    header = problem.signature.header() + "\n"
    statement = problem.statement.strip()
    if not statement:
        return header
    text = statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    end = "\n" if "\n" in text or text.endswith('"') else ""
    return header + textwrap.indent(f'"""{text}{end}"""', "    ") + "\n"


def preamble(problem: Problem) -> str:
    """What the stub says before the entry point: imports, helpers and constants; may be empty."""
    lines = stub_text(problem).splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith((f"def {problem.entry}(", f"class {problem.entry}", f"async def {problem.entry}(")):
            first = number
            while first and lines[first - 1].startswith("@"):
                first -= 1
            return "".join(lines[:first]).strip("\n")
    return ""


def body_indent(problem: Problem) -> str:
    """The blanks before the first line of the entry point's body (four where the stub does not show it)."""
    after = stub_text(problem).rpartition(f"def {problem.entry}(")[2].splitlines()[1:]
    for line in after:
        if line.strip() and line[0] in " \t":
            return line[: len(line) - len(line.lstrip())]
    return "    "
