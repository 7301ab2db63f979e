"""Probes of your own on a program that you trust, in this process.

Not for candidates: a program that a model, a file or a stranger wrote runs in the sandbox, by ``trace`` or ``monitor``.
"""

from __future__ import annotations

from unriddle.execute.trace.inside.main import Program
from unriddle.execute.trace.layout import layout
from unriddle.execute.trace.run import check_call
from unriddle.language.blocks import basic_blocks

__all__ = ["trusted_program"]


def trusted_program(source: str, call: str = "", *, max_value: int = 200, comprehensions: bool = False) -> Program:
    """A program that ``run()`` runs once, here; probes go into its ``engine`` before or while it runs.

    Args:
        source: The program, which has all the rights of this process.
        call: An expression in its names; empty to run the program itself.
        max_value: Characters of a shown value.
        comprehensions: Look into comprehensions and generator expressions too.

    Raises:
        BadProblem: The program is not Python.
        BadInput: The call is not an expression.

    >>> program = trusted_program("def f(n):\\n    for i in range(n):\\n        n += i\\n    return n\\n", "f(3)")
    >>> lines = []
    >>> handle = program.engine.insert("line", lambda at: lines.append(at.line), line=3)
    >>> program.run(), lines
    (('returned', '6', 0), [3, 3, 3])
    """
    if call:
        check_call(call)
    scopes = basic_blocks(source, what="the program")
    return Program(source, call, layout(scopes), limit=max_value, comprehensions=comprehensions)
