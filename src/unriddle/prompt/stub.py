"""The text a program begins with: the problem's stub, or one built from its signature and statement.

Not covered: stubs in languages other than Python.
"""

from __future__ import annotations

import textwrap

from unriddle.problem import Problem

__all__ = ["body_indent", "preamble", "stub_text"]


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
