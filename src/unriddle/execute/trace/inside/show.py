"""Values as short text, without running any code of the program, and which variables of a frame changed.

Not covered: changes deep inside a value that is too long to be shown whole.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from operator import is_
from typing import Any

__all__ = ["Seen", "changes", "show"]

_MAX_DEPTH = 6
_MAX_BITS = 3000
_SMALL = 1 << 64
_ATOMS = (int, float, complex, bool, str, bytes, type(None))
_ATOM_SET = frozenset(_ATOMS)
_NUMBERS = frozenset((int, float, bool, type(None)))
_NOT_SHOWN = frozenset((types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type))
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
    quick = _quick(value, limit)
    if quick is not None:
        return quick
    parts: list[str] = []
    left = limit
    for part in _parts(value, 0, limit, ()):
        parts.append(part)
        left -= len(part)
        if left < 0:
            text = "".join(parts)[:limit]
            size = len(value) if type(value) in (str, bytes, bytearray, *_BRACKETS, dict) else 0
            return f"{text}... ({size} long)" if size else f"{text}..."
    return "".join(parts)


def _quick(value: Any, limit: int) -> str | None:
    """The text of a small number, short text or short list of small numbers, by ``repr``; ``None`` for all others."""
    kind = type(value)
    if kind is int:
        return repr(value) if -_SMALL < value < _SMALL else None
    if kind is str:
        return repr(value) if len(value) < limit // 2 else None
    if (kind is not list and kind is not tuple) or len(value) >= limit // 3:
        return None
    if not _NUMBERS.issuperset(map(type, value)) or any(abs(item) > _SMALL for item in value if type(item) is int):
        return None
    text = repr(value)
    return text if len(text) <= limit else None


def _parts(value: Any, depth: int, limit: int, around: tuple[int, ...]) -> Iterator[str]:
    kind = type(value)
    if kind in _ATOM_SET or kind is bytearray:
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
    return repr(value[: limit + 1]) if type(value) in (str, bytes, bytearray) else repr(value)


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
    elif kind in _NOT_SHOWN:
        yield f"<{name}>"
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


class Seen:
    """The last state of a variable: the value itself, what tells it from its next state, and perhaps a copy of it.

    A list or dictionary of numbers and texts has a copy, which shows without any rendering that nothing changed.
    """

    __slots__ = ("copy", "mark", "value")

    def __init__(self, value: Any, mark: str) -> None:
        self.value, self.mark, self.copy = value, mark, _copy(value)

    def same(self, value: Any) -> bool:
        """Whether it is certainly the same state; what is not certain must be shown to be known."""
        if value is not self.value:
            return False
        if type(value) in _ATOM_SET:
            return True
        copy = self.copy
        if copy is None or len(copy) != len(value):
            return False
        if type(value) is bytearray:
            return bool(value == copy)
        if type(value) is dict:
            return all(map(is_, value, copy)) and all(map(is_, value.values(), copy.values()))
        return all(map(is_, value, copy))


def _copy(value: Any) -> Any:
    kind = type(value)
    if kind is list or kind is tuple:
        return value[:] if _ATOM_SET.issuperset(map(type, value)) else None
    if kind is bytearray:
        return bytes(value)
    if kind is dict and _ATOM_SET.issuperset(map(type, value)) and _ATOM_SET.issuperset(map(type, value.values())):
        return value.copy()
    return None


def changes(seen: dict[str, Seen], names: Mapping[str, Any], *, limit: int) -> list[tuple[str, str | None]]:
    """Variables that are new or different since the last call with this ``seen``, which is brought up to date.

    Variables that hold functions, classes or modules, and names that begin with two underscores, are left out; ``None``
    stands for a variable that is gone.
    """
    found: list[tuple[str, str | None]] = []
    n_shown = 0
    for name, value in names.items():
        before = seen.get(name)
        if before is not None and before.same(value):
            n_shown += 1
            continue
        if before is None and (type(value) in _NOT_SHOWN or name[:2] == "__" or name[:1] == "."):
            continue
        n_shown += 1
        text = show(value, limit=limit)
        mark = _mark(value, text, limit)
        if before is None or before.mark != mark:
            found.append((name, text))
        seen[name] = Seen(value, mark)
    if len(seen) > n_shown:
        for name in [name for name in seen if name not in names]:
            del seen[name]
            found.append((name, None))
    return found


def _mark(value: Any, text: str, limit: int) -> str:
    """What tells a value from its next state; where the text is cut, also which objects it holds."""
    if len(text) < limit or type(value) not in (list, tuple, dict, set, deque, bytearray) or len(value) > 100_000:
        return text
    if type(value) is bytearray:
        return f"{text}{hash(bytes(value))}"
    items = value.values() if type(value) is dict else value
    return f"{text}{hash(tuple(map(id, items)))}"
