"""Running our own programs in process: outputs on a bank, many functions from one compile.

Only programs that this package's templates and mutations made may come here: they have no imports, no input and no
output, and every ``while`` is given fuel. Candidates of a model go to the sandbox (``unriddle.execute``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["FAILED", "Function", "call", "functions"]

Function = Callable[..., Any]


class _Failed:
    """No program can return it; fingerprints show it as ``'!'``."""

    def __repr__(self) -> str:
        return "'!'"


FAILED = _Failed()
"""Stands for "it raised, or the value is too large"."""

_RAISED = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, AttributeError, NameError, StopIteration)
_WHILE = re.compile(r"\bwhile (.*):\n")
_MAX_INT = 999_999
_MAX_SHOWN = 60
_FUEL = 400


def functions(bodies: Sequence[str], *, entry: str, params: Sequence[str]) -> list[Function]:
    """The functions these bodies stand for, from one ``compile``.

    Args:
        bodies: Bodies below the same header; helpers may follow at column 0.
        entry: Name of the function, for bodies that call themselves.
        params: Names of the arguments.
    """
    arguments = ", ".join(params)
    alone = all("def " not in body and f"{entry}(" not in body for body in bodies)
    if alone:
        text = "".join([f"def m{i}({arguments}):\n{body}" for i, body in enumerate(bodies)])
    else:
        text = "".join([_closed(f"def {entry}({arguments}):\n{body}", f"m{i}", entry) for i, body in enumerate(bodies)])
    fueled = "while " in text
    if fueled:
        text = _WHILE.sub(r"while next(fuel) and (\1):\n", text)
    names: dict[str, Any] = {}
    exec(compile(text, "<world>", "exec", dont_inherit=True, optimize=0), names)
    made = [names[f"m{i}"] for i in range(len(bodies))]
    if not alone:
        made = [make() for make in made]
    return [_fueled(function, names) for function in made] if fueled else made


def _closed(source: str, maker: str, entry: str) -> str:
    """The program inside a function that returns its entry point, so that helpers of several do not meet."""
    inner = "\n".join([f" {line}" if line else line for line in source.splitlines()])
    return f"def {maker}():\n{inner}\n return {entry}\n"


def _fueled(function: Function, names: dict[str, Any]) -> Function:
    def limited(*args: Any) -> Any:
        names["fuel"] = itertools.repeat(True, _FUEL)
        return function(*args)

    return limited


def call(function: Function, args: tuple[Any, ...]) -> Any:
    """What the function returns, or ``FAILED``."""
    try:
        value = function(*args)
    except _RAISED:
        return FAILED
    if type(value) is int:
        return value if -_MAX_INT <= value <= _MAX_INT else FAILED
    return value if type(value) is bool or len(repr(value)) <= _MAX_SHOWN else FAILED
