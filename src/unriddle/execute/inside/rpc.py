"""Objects across the border between the driver (test code) and the candidate: plain data by value, the rest by handle.

Both sides run the same ``Peer``; what a side is willing to do for the other is its ``may``. Nothing is pickled. A
handle on the driver's side is a ``Remote``: it can be called, read by attribute and iterated, but it takes part in no
operator, comparison or membership test, because the answer would come from the candidate. Only what was made by a
class listed in ``CodeTest.classes`` forwards those (a test of a class must be able to use its operators).

Not covered: subclassing a candidate's class in test code, and catching a candidate's own exception class by type.
"""

from __future__ import annotations

import builtins
import collections
import operator
import os
import struct
from collections.abc import Callable
from typing import Any

from unriddle.language.encode import encode
from unriddle.language.values import Opaque, decode

__all__ = ["Gone", "Peer", "Remote", "RemoteError"]

_LIMIT = 1 << 26
_BY_VALUE = ("Decimal", "Fraction", "date", "time", "datetime", "timedelta", "range", "deque", "bytearray")
_ATOMS = (type(None), bool, int, float, complex, str, bytes)
_COPIED: dict[str, Any] = {"l": list, "t": tuple, "s": set, "f": frozenset}
_BOXES = (list, dict, set)
_COPIED_AS: dict[Any, str] = {kind: tag for tag, kind in _COPIED.items()}

_OPERATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift"),
        *("rshift", "neg", "pos", "invert", "eq", "ne", "lt", "le", "gt", "ge", "contains", "getitem", "setitem"),
        *("delitem", "index"),
    )
} | {
    "len": len, "bool": bool, "str": str, "repr": repr, "int": int, "float": float, "abs": abs, "hash": hash,
    "iter": iter, "next": next, "isinstance": isinstance, "reversed": reversed, "round": round, "format": format,
    "enter": lambda x: type(x).__enter__(x), "exit": lambda x: type(x).__exit__(x, None, None, None),
}  # fmt: skip
_ALWAYS = frozenset({"iter", "next", "enter", "exit", "isinstance"})


class Gone(Exception):
    """The other process has ended."""


class RemoteError(Exception):
    """An exception of the other side whose type is not a built-in one."""


def remote_exception(report: tuple[str, str, int, int], *, stop: bool) -> BaseException:
    """The exception to raise here for one that was raised there; ``from_candidate`` marks it with the report.

    StopIteration ends an iteration only where one was asked for (``stop``): raised by a plain call it would silently
    empty a ``map`` of the test.
    """
    name, message = report[:2]
    base = name.rpartition("(")[2].rstrip(")")
    if base == "StopIteration" and stop:
        return StopIteration()
    if base in ("StopIteration", "StopAsyncIteration", "GeneratorExit"):
        base = "RuntimeError"
    kind = getattr(builtins, base, None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = RemoteError
    error = _one_argument(kind, message)
    error.from_candidate = report  # type: ignore[attr-defined]
    return error


def _report(message: tuple[Any, ...]) -> tuple[str, str, int, int]:
    """Type name, message, line and errno of an answer that reports an exception; numbers that are none become 0."""
    line, number = (x if type(x) is int and 0 <= x < 1 << 31 else 0 for x in (*message[3:5], 0, 0)[:2])
    return str(message[1]), str(message[2] if len(message) > 2 else ""), line, number


def _one_argument(kind: type[BaseException], message: str) -> BaseException:
    """The exception, or one of the nearest base that a message alone can make."""
    for base in kind.__mro__:
        try:
            made: BaseException = base(message)
        except TypeError:
            continue
        return made
    return RemoteError(message)


class Peer:
    """One end of the conversation.

    Args:
        fd: The socket to the other end.
        may: ``(operation, object, name) -> bool``, what this end does for the other.
        describe: Turns an exception raised here into ``(type name, message, line, errno)``.
        root: Named objects the other end may ask for.
    """

    def __init__(
        self,
        fd: int,
        *,
        may: Callable[[str, Any, str], bool],
        describe: Callable[[BaseException], tuple[str, str, int, int]],
        root: dict[str, Any],
    ) -> None:
        self._fd, self._may, self._describe, self._root = fd, may, describe, root
        self._exports: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._proxies: dict[int, Remote] = {}
        self._read, self._write = os.read, os.write

    def request(self, operation: str, *parts: Any) -> Any:
        """Ask the other end; requests of its own are served while waiting."""
        self._send(("?", operation, [self._pack(part, 0) for part in parts]))
        boxes = list(parts[1]) if operation == "call" else []
        while True:
            message = self._receive()
            if message[0] == "?":
                self._answer(message)
            elif message[0] == "=":
                # Only a call that returns nothing may have changed its arguments: a test such as
                # ``f(v) == sorted(v)`` must not be met by emptying ``v``.
                if message[1][0] == "v" and message[1][1] is None and len(message) > 2:
                    for i, node in message[2]:
                        _replace(boxes[i], self._unpack(node, 0))
                return self._unpack(message[1], 0)
            else:
                raise remote_exception(_report(message), stop=operation == "next")

    def serve(self) -> None:
        """Answer requests until the other end is gone."""
        try:
            while True:
                self._answer(self._receive())
        except Gone:
            return

    def _answer(self, message: tuple[Any, ...]) -> None:
        try:
            parts = [self._unpack(part, 0) for part in message[2]]
            result = self._pack(self._do(message[1], parts), 0)
            reply: tuple[Any, ...] = ("=", result, self._changed(message, parts))
        except Gone:
            raise
        except BaseException as error:
            reply = ("!", *self._describe(error))
        self._send(reply)

    def _changed(self, message: tuple[Any, ...], parts: list[Any]) -> list[Any]:
        """Lists, dicts and sets among the arguments of a call that the call changed in place: ``[(i, new), …]``."""
        if message[1] != "call":
            return []
        before = message[2][1][1]
        after = [self._pack(part, 1) if isinstance(part, _BOXES) else None for part in parts[1]]
        return [
            (i, node)
            for i, node in enumerate(after)
            if node is not None and encode(node, _LIMIT) != encode(before[i], _LIMIT)
        ]

    def _do(self, operation: str, parts: list[Any]) -> Any:
        if operation == "find":
            return parts[0] in self._root
        if operation == "root":
            return self._root[parts[0]]
        target, name = parts[0], parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""
        if not self._may(operation, target, name):
            raise PermissionError(f"{operation} {name} is not available on this object")
        if operation == "call":
            return target(*parts[1], **parts[2])
        if operation == "getattr":
            return getattr(target, name)
        if operation == "setattr":
            return setattr(target, name, parts[2])
        return _OPERATIONS[operation](*parts)

    def _send(self, message: tuple[Any, ...]) -> None:
        body = encode(message, _LIMIT)
        data = memoryview(struct.pack("<I", len(body)) + body)
        try:
            while data:
                data = data[self._write(self._fd, data) :]
        except OSError as error:
            raise Gone from error

    def _receive(self) -> tuple[Any, ...]:
        size = int.from_bytes(self._exactly(4), "little")
        if size > _LIMIT:
            raise Gone
        try:
            message = decode(self._exactly(size))
        except ValueError as error:
            raise Gone from error
        if type(message) is not tuple or len(message) < 2:
            raise Gone
        return message

    def _exactly(self, n: int) -> bytes:
        parts = []
        while n:
            try:
                part = self._read(self._fd, min(n, 1 << 20))
            except OSError as error:
                raise Gone from error
            if not part:
                raise Gone
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def _pack(self, value: Any, depth: int) -> tuple[Any, ...]:
        kind: Any = type(value)
        if kind in _ATOMS:
            return ("v", value)
        if kind is Remote:
            return ("b", object.__getattribute__(value, "_number"))
        if depth < 100:
            if kind in _COPIED_AS:
                return (_COPIED_AS[kind], [self._pack(item, depth + 1) for item in value])
            if kind is dict or (isinstance(value, dict) and kind.__module__ == "collections"):
                pairs = dict.items(value)
                return ("d", [self._pack(part, depth + 1) for pair in pairs for part in pair])
            if kind in (type({}.keys()), type({}.items())):
                return ("s", [self._pack(item, depth + 1) for item in value])
        names = getattr(kind, "_fields", None)
        if isinstance(value, tuple) and type(names) is tuple:
            return ("p", str(kind.__name__), [str(n) for n in names], [self._pack(x, depth + 1) for x in value])
        if kind.__name__ in _BY_VALUE or kind.__module__ == "numpy":
            copy = decode(encode(value, _LIMIT))
            if type(copy) is not Opaque:
                return ("v", value)
        name = str(getattr(value, "__name__", ""))
        if kind is type and builtins.__dict__.get(name) is value:
            return ("n", name)
        return ("r", self._export(value), str(kind.__name__))

    def _export(self, value: Any) -> int:
        number = self._numbers.setdefault(id(value), len(self._numbers) + 1)
        self._exports[number] = value
        return number

    def _unpack(self, node: Any, depth: int) -> Any:
        tag = node[0]
        if tag == "v":
            return node[1]
        if tag in _COPIED:
            return _COPIED[tag](self._unpack(item, depth + 1) for item in node[1])
        if tag == "d":
            parts = [self._unpack(item, depth + 1) for item in node[1]]
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if tag == "p":
            record = collections.namedtuple(str(node[1]), node[2], rename=True)  # type: ignore[misc]
            return record(*(self._unpack(item, depth + 1) for item in node[3]))
        if tag == "b":
            return self._exports[node[1]]
        if tag == "n":
            named = builtins.__dict__.get(node[1])
            if not isinstance(named, type):
                raise ValueError(f"{node[1]!r} is no built-in type")
            return named
        proxy = self._proxies.get(node[1])
        if proxy is None:
            proxy = self._proxies[node[1]] = Remote(self, node[1], str(node[2]))
        return proxy


def _replace(box: Any, new: Any) -> None:
    """Give a list, dict or set of this side the contents it got on the other."""
    if isinstance(box, list) and isinstance(new, list):
        box[:] = new
    elif (isinstance(box, dict) and isinstance(new, dict)) or (isinstance(box, set) and isinstance(new, set)):
        box.clear()
        box.update(new)


class Remote:
    """An object of the other process; see the module for what it answers."""

    __slots__ = ("_number", "_peer", "_trusted", "_type_name")

    def __init__(self, peer: Peer, number: int, type_name: str) -> None:
        for name, value in (("_peer", peer), ("_number", number), ("_type_name", type_name), ("_trusted", False)):
            object.__setattr__(self, name, value)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in ("__name__", "__doc__"):
            return object.__getattribute__(self, name)
        return _ask(self, "getattr", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "setattr", name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it over there."""
        result = _ask(self, "call", args, kwargs)
        if type(result) is Remote and _get(self, "_trusted"):
            trust(result)
        return result

    def __instancecheck__(self, instance: Any) -> bool:
        """Asked of the other side."""
        return type(instance) is Remote and bool(_get(self, "_peer").request("isinstance", instance, self))

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        return type(other) is Remote and _get(self, "_trusted") and _ask(self, "eq", other) is True

    def __hash__(self) -> int:
        return hash(("remote", _get(self, "_number")))

    def __bool__(self) -> bool:
        return _ask(self, "bool") is True if _get(self, "_trusted") else True

    def __repr__(self) -> str:
        return str(_ask(self, "repr")) if _get(self, "_trusted") else f"<{_get(self, '_type_name')} of the candidate>"

    def __str__(self) -> str:
        return str(_ask(self, "str")) if _get(self, "_trusted") else repr(self)

    def __iter__(self) -> Any:
        return _ask(self, "iter")

    def __next__(self) -> Any:
        return _ask(self, "next")

    def __enter__(self) -> Any:
        return _ask(self, "enter")

    def __exit__(self, *exc: object) -> None:
        _ask(self, "exit")


def trust(remote: Remote) -> None:
    """Let the operators of this object, and of what it makes, be forwarded."""
    object.__setattr__(remote, "_trusted", True)


def _get(remote: Remote, name: str) -> Any:
    return object.__getattribute__(remote, name)


def _ask(remote: Remote, operation: str, *parts: Any) -> Any:
    return _get(remote, "_peer").request(operation, remote, *parts)


def _forwarded(name: str) -> Callable[..., Any]:
    def method(self: Remote, *others: Any) -> Any:
        if not _get(self, "_trusted"):
            raise TypeError(
                f"the program returned a {_get(self, '_type_name')}, which is not plain data; it has no {name} here"
            )
        result = _ask(self, name, *others)
        if type(result) is Remote:
            trust(result)
        return result

    return method


def _reflected(name: str) -> Callable[..., Any]:
    def method(self: Remote, other: Any) -> Any:
        if not _get(self, "_trusted"):
            return NotImplemented
        result = _get(self, "_peer").request(name, other, self)
        if type(result) is Remote:
            trust(result)
        return result

    return method


def _complete(kind: type) -> None:
    """Give the class the operators, one per entry of the table."""
    for name in _OPERATIONS:
        special = f"__{name.rstrip('_')}__"
        if name not in _ALWAYS and special not in kind.__dict__:
            setattr(kind, special, _forwarded(name))
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"):
        setattr(kind, f"__r{name.rstrip('_')}__", _reflected(name))


_complete(Remote)
