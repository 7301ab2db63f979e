"""What a call does that a caller can see: the value, what became of its arguments, what it printed, or how it ended.

Objects of the program's own classes are seen by their fields, iterators by their items, a class by what its methods
give in turn; coroutines are awaited. All this is gathered inside the program's process, which could lie about it: it
describes, it is no verdict. Very large values are compared by type and length, those in a fixed order by a digest too.
Not covered: files, other side effects, and attributes of objects that are no fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from unriddle.contracts import Executor
from unriddle.execute.coverage import Covered, cover_calls
from unriddle.language.values import decode, encode, key
from unriddle.outcome import Limits, Status

__all__ = ["CATEGORIES", "Category", "Look", "Seen", "categorise", "look_at", "observe", "read_seen"]

Category = Literal[
    "same", "value", "arguments", "printed", "second raises", "second does not end", "first raises",
    "first does not end", "raises differently", "unknown",
]  # fmt: skip
CATEGORIES: tuple[Category, ...] = (
    "value", "arguments", "printed", "second raises", "second does not end", "first raises", "first does not end",
    "raises differently",
)  # fmt: skip
"""The ways to differ, the most telling first."""

_INSIDE = """
def _unriddle_setup(module):
    import hashlib, inspect, io, itertools, random, sys
    from unriddle.language.encode import encode
    atoms = frozenset({int, float, str, bool, type(None), bytes, complex})
    exits = type("SystemExit", (Exception,), {})

    def plain(value, depth=0, path=()):
        kind = type(value)
        if kind in atoms:
            return value
        if depth > 40 or id(value) in path:
            return ("<again>",)
        if kind in (list, tuple, set, frozenset, dict) and len(value) > 100_000:
            return large(value)
        inside = (*path, id(value))
        def go(item):
            return plain(item, depth + 1, inside)
        if kind in (list, tuple, set, frozenset):
            if all(type(item) in atoms for item in value):
                return value
            return kind(map(go, value)) if kind in (list, tuple) else ("<set>", sorted(map(repr, map(go, value))))
        if kind is dict:
            return {(k if type(k) in atoms or type(k) is tuple else repr(go(k))): go(v) for k, v in value.items()}
        if hasattr(kind, "__next__") and hasattr(kind, "__iter__"):
            return ("<items>", [go(item) for item in itertools.islice(value, 1001)])
        if inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value):
            return ("<callable>",)
        if kind.__module__ == module["__name__"] or isinstance(value, BaseException):
            fields = dict(getattr(value, "__dict__", {}))
            for base in kind.__mro__:
                for name in getattr(base, "__slots__", ()):
                    if hasattr(value, name):
                        fields[name] = getattr(value, name)
            own = [go(item) for item in value] if isinstance(value, (list, tuple, set, dict)) else None
            own = value.args and [go(a) for a in value.args] if isinstance(value, BaseException) else own
            return ("<" + kind.__name__ + ">", {str(name): go(field) for name, field in fields.items()}, own)
        return value

    def large(value):
        ordered = type(value) in (list, tuple) and all(type(item) in atoms for item in value)
        ordered = ordered or type(value) in (str, bytes)
        try:
            mark = hashlib.blake2b(encode(value, 1 << 28), digest_size=8).hexdigest() if ordered else ""
        except Exception:
            mark = ""
        return ("<too large>", type(value).__name__, len(value) if hasattr(value, "__len__") else -1, mark)

    def small(value, limit):
        try:
            if len(encode(value, 1 << 25)) <= limit:
                return value
        except Exception:
            pass
        return large(value)

    def turns(target, args):
        *first, calls = args
        it, given = target(*first), []
        for name, *rest in calls:
            try:
                given.append(plain(getattr(it, name)(*rest)))
            except Exception as error:
                given.append(("<raises>", type(error).__name__))
        return given

    def see(entry, salt, effects, args):
        random.seed(salt)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(salt)
        target = module
        for part in entry.split("."):
            target = target[part] if target is module else getattr(target, part)
        printed, before = io.StringIO(), sys.stdout
        sys.stdout = printed
        try:
            value = turns(target, args) if inspect.isclass(target) else target(*args)
            if inspect.iscoroutine(value):
                import asyncio
                value = asyncio.run(value)
            value = small(plain(value), 1 << 19)
        except SystemExit as error:
            raise exits(str(error)) from None
        finally:
            sys.stdout = before
        if not effects:
            return value, None, ""
        return value, small(plain(args), 1 << 17), printed.getvalue()[:4096]

    return see
"""
_TAIL = "\n\nexec({text!r})\n_unriddle_see = _unriddle_setup(globals())\n"


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at the calls of one program.

    Attributes:
        program: The program.
        source: The program with what looks at it.
        entry: Its function or class.
        effects: Changed arguments and printed text are seen too.
    """

    program: str
    source: str
    entry: str
    effects: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call did.

    Attributes:
        status: PASS where it returned, ERROR where it raised, or why it was ended.
        value: What it returned, as plain data.
        args: Its arguments after the call; ``None`` when they were not looked at.
        printed: What it printed.
        error: Exception and message, or one line about the ending.
    """

    status: Status
    value: Any = None
    args: Any = None
    printed: str = ""
    error: str = ""

    @property
    def returned(self) -> bool:
        """Whether there is a value."""
        return self.status is Status.PASS

    @property
    def exception(self) -> str:
        """Name of the exception that was raised; empty where none was."""
        return self.error.partition(":")[0] if self.status is Status.ERROR else ""


def look_at(source: str, entry: str, *, effects: bool = True) -> Look:
    """The program, ready to be looked at."""
    return Look(source, source + _TAIL.format(text=_INSIDE), entry, effects)


def observe(
    looks: Sequence[Look],
    inputs: Sequence[tuple[Any, ...]],
    *,
    executor: Executor,
    limits: Limits,
    salt: int = 0,
) -> list[Covered]:
    """What the inputs cover in each program, ``(len(looks),)``; the values are for ``read_seen`` and ``categorise``.

    Args:
        looks: The programs.
        inputs: Argument tuples, ``(m,)``.
        executor: Runs them.
        limits: Per call.
        salt: Seed of ``random`` before every call.

    Raises:
        BadProblem: A program cannot be read, or an input is not plain data.
    """
    jobs = [
        (look.source, "_unriddle_see", [(look.entry, salt, look.effects, args) for args in inputs]) for look in looks
    ]
    found: list[Covered | None] = [None] * len(looks)
    for number, covered in cover_calls(jobs, executor=executor, limits=limits):
        found[number] = covered
    return [covered for covered in found if covered is not None]


def read_seen(covered: Covered, i: int) -> Seen:
    """What call number ``i`` did."""
    status, data = Status(int(covered.status[i])), covered.values[i]
    if status is not Status.PASS or data is None:
        return Seen(status if status is not Status.PASS else Status.CRASH, error=covered.errors[i])
    told = decode(data)
    if type(told) is not tuple or len(told) != 3 or type(told[2]) is not str:
        return Seen(Status.CRASH, error="the program changed what looks at it")
    return Seen(status, *told)


def categorise(one: Covered, two: Covered, i: int, *, equal: Callable[[Any, Any], bool] | None = None) -> Category:
    """How two programs differ on input number ``i``.

    Args:
        one: What the first program did.
        two: What the second did, on the same inputs.
        i: Number of the input.
        equal: Which values count as equal, asked where they are not equal anyway.
    """
    states = (Status(int(one.status[i])), Status(int(two.status[i])))
    if not all(state.known for state in states):
        return "unknown"
    if states == (Status.PASS, Status.PASS):
        if one.values[i] == two.values[i]:
            return "same"
        return compare(read_seen(one, i), read_seen(two, i), equal=equal)
    return compare(*(Seen(state, error=part.errors[i]) for state, part in zip(states, (one, two), strict=True)))


def compare(one: Seen, two: Seen, *, equal: Callable[[Any, Any], bool] | None = None) -> Category:
    """How what the second did differs from what the first did."""
    if one.returned and two.returned:
        if not (_same(one.value, two.value) or (equal is not None and equal(one.value, two.value))):
            return "value"
        if not _same(one.args, two.args):
            return "arguments"
        return "printed" if one.printed != two.printed else "same"
    if not (one.status.known and two.status.known):
        return "unknown"
    if one.returned:
        return "second raises" if two.status is Status.ERROR else "second does not end"
    if two.returned:
        return "first raises" if one.status is Status.ERROR else "first does not end"
    both = one.status is Status.ERROR and two.status is Status.ERROR
    return "raises differently" if both and one.exception != two.exception else "same"


def _same(one: Any, two: Any) -> bool:
    """Equal by value; where something in it equals nothing (an object of a library), by its encoding."""
    first, second = encode(one), encode(two)
    if first == second:
        return True
    left, right = key(first), key(second)
    return left is not None and left == right
