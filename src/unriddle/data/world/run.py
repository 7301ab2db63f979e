"""Running our own programs in process: outputs on a bank, many functions from one compile.

Only programs that this package's templates and mutations made may come here: they have no imports, no input and no
output, and every ``while`` and every recursive call is given fuel. Candidates of a model go to the sandbox
(``unriddle.execute``).
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
_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)
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
    recursive = any(f"{entry}(" in body for body in bodies)
    head = "    next(fuel)\n" if recursive else ""
    text = "".join([_named(f"def {entry}({arguments}):\n{head}{body}", entry, i) for i, body in enumerate(bodies)])
    fueled = recursive or "while " in text
    if fueled:
        text = _WHILE.sub(r"while next(fuel) and (\1):\n", text)
    names: dict[str, Any] = {}
    exec(compile(text, "<world>", "exec", dont_inherit=True, optimize=0), names)
    made = [names[f"{entry}_{i}"] for i in range(len(bodies))]
    return [_fueled(function, names) for function in made] if fueled else made


def _named(source: str, entry: str, number: int) -> str:
    """The program with a number behind the names of its functions, so that those of several do not meet."""
    functions = _DEFINED.findall(source)
    if len(functions) == 1 and source.count(f"{entry}(") == 1:
        return source.replace(f"def {entry}(", f"def {entry}_{number}(", 1)
    return re.sub(rf"\b({'|'.join(functions)})\b", rf"\1_{number}", source)


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
