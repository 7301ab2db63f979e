"""What a test says about a value: the assertion a person would write, and the expression it is about.

Not covered: running (``unriddle.testgen.module_tests``).
"""

from __future__ import annotations

import ast
import datetime
import math
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

from unriddle.language.values import Fields, Items, Large, Opaque

__all__ = ["assertion", "looked_at", "shown"]

_LONGEST = 600


def looked_at(expression: str, value: Any) -> str:
    """The expression whose value can be written down: iterators as lists, objects by how they show themselves."""
    if isinstance(value, Items):
        return f"list({expression})"
    if _has(value, (Opaque, Fields)):
        return f"repr({expression})"
    if _has(value, (Items,)):
        return f"repr({expression})"
    return expression


def _has(value: Any, kinds: tuple[type, ...]) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, kinds):
            return True
        if isinstance(item, dict):
            stack += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset | deque):
            stack += item
    return False


def assertion(expression: str, value: Any) -> str | None:
    """The assert statement; ``None`` where the value cannot be written or says nothing (an address, a hash).

    >>> assertion("f(1)", 0.1 + 0.2)
    'assert f(1) == pytest.approx(0.30000000000000004)'
    >>> assertion("f(1)", None)
    'assert f(1) is None'
    """
    if expression.startswith("hash("):
        return None
    if _compares(expression):  # `a == b is True` would be a chain
        expression = f"({expression})"
    if value is None or isinstance(value, bool):
        return f"assert {expression} is {value}"
    if isinstance(value, str) and any(part in value for part in (" at 0x", "<function", "'candidate.")):
        return None
    if _inexact(value):
        text = shown(value)
        wrapped = isinstance(value, float) or (isinstance(value, list | tuple) and all(map(_simple, value)))
        if text is None or not wrapped:
            return None
        extra = ", nan_ok=True" if "nan" in text else ""
        return f"assert {expression} == pytest.approx({text}{extra})"
    text = shown(value)
    return None if text is None or len(text) > _LONGEST else f"assert {expression} == {text}"


def _compares(expression: str) -> bool:
    try:
        return isinstance(ast.parse(expression, mode="eval").body, ast.Compare | ast.BoolOp | ast.IfExp)
    except SyntaxError:
        return False


def _simple(value: Any) -> bool:
    return isinstance(value, int | float | str | None)


def _inexact(value: Any) -> bool:
    """Whether a float that is not a small whole number stands somewhere inside."""
    if isinstance(value, float):
        return value != value or math.isinf(value) or value != round(value, 6) or abs(value) >= 1e15
    if isinstance(value, dict):
        return any(map(_inexact, value.keys())) or any(map(_inexact, value.values()))
    return isinstance(value, list | tuple | set | frozenset | deque) and any(map(_inexact, value))


def shown(value: Any) -> str | None:
    """The value as source, with the imports of the written file (``math``, ``datetime``, ``deque``, ...) at hand."""
    if isinstance(value, float):
        return f'float("{value}")' if value != value or math.isinf(value) else repr(value)
    if value is None or isinstance(value, bool | int | str | bytes | complex | range):
        return repr(value)
    if isinstance(value, Decimal | Fraction):
        return repr(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return repr(value)
    if isinstance(value, bytearray):
        return repr(value)
    if isinstance(value, dict):
        pairs = [(shown(k), shown(v)) for k, v in value.items()]
        return None if any(None in pair for pair in pairs) else "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    if isinstance(value, Large | Opaque | Fields | Items):
        return None
    if isinstance(value, list | tuple | set | frozenset | deque):
        return _box(value)
    return None


def _box(value: Any) -> str | None:
    items = sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value)
    texts = [shown(item) for item in items]
    if any(text is None for text in texts):
        return None
    inside = ", ".join(text for text in texts if text is not None)
    if isinstance(value, tuple):
        return f"({inside},)" if len(items) == 1 else f"({inside})"
    if isinstance(value, set):
        return f"{{{inside}}}" if items else "set()"
    if isinstance(value, frozenset):
        return f"frozenset({{{inside}}})" if items else "frozenset()"
    return f"deque([{inside}])" if isinstance(value, deque) else f"[{inside}]"
