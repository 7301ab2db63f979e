"""Values as short text, without running any code of the program, and which variables of a frame changed.

Not covered: changes deep inside a value that is too long to be shown whole.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["changes", "show"]

_MAX_DEPTH = 6
_MAX_BITS = 3000
_ATOMS = (int, float, complex, bool, str, bytes, type(None))
_NOT_SHOWN = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    type,
)
_LIBRARY = frozenset(
    {("decimal", "Decimal"), ("fractions", "Fraction"), ("numpy", "ndarray"), ("numpy", "float64"), ("numpy", "int64")}
    | {("datetime", name) for name in ("date", "datetime", "time", "timedelta")}
)
"""Classes whose own ``repr`` runs no code of the program."""
_INNER: dict[type, str] = {frozenset: "{}", deque: "[]"}
_ITEMS: dict[type, Any] = {
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    BaseException: lambda error: vars(BaseException)["args"].__get__(error),
}
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "()", deque: "()"}


def show(value: Any, *, limit: int = 200) -> str:
    """The ``repr`` of plain data, cut after ``limit`` characters; other objects by class and attributes.

    No method of the value is called, so that nothing the program wrote runs.

    >>> show([1, "a", {"b": None}])
    "[1, 'a', {'b': None}]"
    """
    parts: list[str] = []
    left = limit
    for part in _parts(value, 0, limit, ()):
        parts.append(part)
        left -= len(part)
        if left < 0:
            text = "".join(parts)[:limit]
            size = len(value) if type(value) in (str, bytes, *_BRACKETS, dict) else 0
            return f"{text}... ({size} long)" if size else f"{text}..."
    return "".join(parts)


def _parts(value: Any, depth: int, limit: int, around: tuple[int, ...]) -> Iterator[str]:
    kind = type(value)
    if kind in _ATOMS:
        yield _atom(value, limit)
    elif depth > _MAX_DEPTH or id(value) in around:
        yield "..."
    elif kind in _BRACKETS:
        yield from _sequence(value, kind, depth, limit, (*around, id(value)))
    elif kind is dict:
        yield from _pairs("{", value.items(), ": ", "}", (depth, limit, (*around, id(value))))
    elif kind is range:
        yield f"range({value.start}, {value.stop})" if value.step == 1 else repr(value)
    else:
        yield from _object(value, kind, depth, limit, (*around, id(value)))


def _atom(value: Any, limit: int) -> str:
    if type(value) is int and value.bit_length() > _MAX_BITS:
        return f"<an integer of {value.bit_length()} bits>"
    return repr(value[: limit + 1]) if type(value) in (str, bytes) else repr(value)


def _sequence(value: Any, kind: type, depth: int, limit: int, around: tuple[int, ...]) -> Iterator[str]:
    if not value and kind is set:
        yield "set()"
        return
    name = kind.__name__ if kind in (frozenset, deque) else ""
    opening, closing = _BRACKETS[kind][0], _BRACKETS[kind][1]
    inner = _INNER.get(kind, "")
    yield name + opening + inner[:1]
    items = _ordered(value, limit) if kind in (set, frozenset) else value
    for i, item in enumerate(items):
        if i:
            yield ", "
        yield from _parts(item, depth + 1, limit, around)
    yield inner[1:] + ("," if kind is tuple and len(value) == 1 else "") + closing


def _ordered(value: Any, limit: int) -> Iterable[Any]:
    """Members of a set, sorted where that runs no code of the program and is cheap."""
    kinds = set(map(type, value)) if len(value) <= limit else set()
    return sorted(value) if kinds in ({int}, {str}) else value


def _pairs(
    opening: str, items: Iterable[tuple[Any, Any]], between: str, closing: str, how: tuple[int, int, tuple[int, ...]]
) -> Iterator[str]:
    depth, limit, around = how
    yield opening
    for i, (name, item) in enumerate(items):
        if i:
            yield ", "
        if between == "=":
            yield str.__str__(name)
        else:
            yield from _parts(name, depth + 1, limit, around)
        yield between
        yield from _parts(item, depth + 1, limit, around)
    yield closing


def _object(value: Any, kind: type, depth: int, limit: int, around: tuple[int, ...]) -> Iterator[str]:
    """Library values by their ``repr``, subclasses of containers and exceptions by content, others by attributes."""
    name, module = type.__getattribute__(kind, "__name__"), kind.__dict__.get("__module__", kind.__module__)
    how = depth, limit, around
    base = next((base for base in (dict, list, tuple, set, BaseException) if issubclass(kind, base)), None)
    if (module, name) in _LIBRARY and getattr(sys.modules.get(module), name, None) is kind:
        yield repr(value)
    elif base is dict:
        yield from _pairs(f"{name}({{", dict.items(value), ": ", "})", how)
    elif base is not None:
        items = _ITEMS[base](value)
        yield f"{name}("
        for i, item in enumerate(items):
            yield ", " if i else ""
            yield from _parts(item, depth + 1, limit, around)
        yield ")"
    else:
        fields = _fields(value)
        if fields is None:
            yield f"<{name}>"
        else:
            yield from _pairs(f"{name}(", fields.items(), "=", ")", how)


def _fields(value: Any) -> dict[str, Any] | None:
    """Attributes that the object itself holds, if it has a plain dictionary of them."""
    try:
        fields = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return fields if type(fields) is dict and fields and all(type(key) is str for key in fields) else None


def changes(seen: dict[str, tuple[Any, str]], names: Mapping[str, Any], *, limit: int) -> list[tuple[str, str | None]]:
    """Variables that are new or different since the last call with this ``seen``, which is brought up to date.

    Functions, classes, modules and names that begin with two underscores are left out; ``None`` stands for a variable
    that is gone.
    """
    found: list[tuple[str, str | None]] = []
    for name, value in names.items():
        before = seen.get(name)
        if before is not None and before[0] is value and type(value) in _ATOMS:
            continue
        if name[:2] == "__" or type(value) in _NOT_SHOWN or (name[:1] == "." and name[1:].isdigit()):
            continue
        text = show(value, limit=limit)
        mark = _mark(value, text, limit)
        if before is None or before[1] != mark:
            found.append((name, text))
        seen[name] = (value, mark)
    if len(seen) > len(names) or any(name not in names for name in seen):
        for name in [name for name in seen if name not in names]:
            del seen[name]
            found.append((name, None))
    return found


def _mark(value: Any, text: str, limit: int) -> str:
    """What tells a value from its next state; where the text is cut, also which objects it holds."""
    if len(text) < limit or type(value) not in (list, tuple, dict, set, deque) or len(value) > 100_000:
        return text
    items = value.values() if type(value) is dict else value
    return f"{text}{hash(tuple(map(id, items)))}"
