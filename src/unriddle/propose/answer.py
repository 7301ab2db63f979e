"""The program that returns one value, written out; long regular values shorter than their literal.

Not covered: values that are not plain data.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from unriddle.problem import Problem

__all__ = ["answer_program", "written"]

_LONG = 60
_MAX_RUNS = 8
_MAX_BITS = 14_000
"""Python reads no decimal literal of more than 4,300 digits."""


def answer_program(problem: Problem, value: Any) -> str | None:
    """A program whose entry point takes the problem's parameters and returns the value; ``None`` if it has no text."""
    text = written(value)
    if text is None:
        return None
    parameters = ", ".join(f"{p.name}={p.default}" if p.default else p.name for p in problem.signature.parameters)
    return f"def {problem.entry}({parameters}):\n    return {text}\n"


def written(value: Any) -> str | None:
    """Python source of a plain value; ``None`` for what has none.

    >>> written("a" * 100), written(list(range(70))), written([1, 2])
    ("'a' * 100", 'list(range(70))', '[1, 2]')
    """
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int):
        return repr(value) if value.bit_length() <= _MAX_BITS else hex(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, complex | bytes):
        return repr(value)
    if isinstance(value, str):
        return _runs(value) or repr(value)
    return _box(value)


def _box(value: Any) -> str | None:
    if isinstance(value, dict):
        pairs = [(written(key), written(item)) for key, item in value.items()]
        known = all(a is not None and b is not None for a, b in pairs)
        return "{" + ", ".join(f"{a}: {b}" for a, b in pairs) + "}" if known else None
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    if isinstance(value, list) and len(value) > _LONG:
        if all(type(item) is int for item in value) and value == list(range(value[0], value[0] + len(value))):
            return f"list(range({len(value)}))" if not value[0] else f"list(range({value[0]}, {value[-1] + 1}))"
        if (short := _runs(value)) is not None:
            return short
    items = [written(item) for item in value]
    if any(item is None for item in items):
        return None
    text = ", ".join(str(item) for item in items)
    if isinstance(value, list):
        return f"[{text}]"
    if isinstance(value, tuple):
        return f"({text},)" if len(value) == 1 else f"({text})"
    if isinstance(value, set):
        return f"{{{text}}}" if value else "set()"
    return f"frozenset([{text}])"


def _runs(value: str | list[Any]) -> str | None:
    """A long value of a few runs, as products joined by ``+``."""
    if len(value) <= _LONG:
        return None
    runs: list[tuple[Any, int]] = []
    for item, group in itertools.groupby(value, key=lambda item: (type(item), item)):
        runs.append((item[1], len(list(group))))
        if len(runs) > _MAX_RUNS:
            return None
    parts = []
    for item, n in runs:
        text = written(item)
        if text is None:
            return None
        text = text if isinstance(value, str) else f"[{text}]"
        parts.append(f"{text} * {n}" if n > 1 else text)
    return " + ".join(parts)
