"""How EvalPlus compares a result with the expected one, and which Python types its JSON inputs stand for.

Facts of evalplus 0.3.1 by task, as tables. Not covered: other versions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from unriddle.language.values import Large
from unriddle.problem import CallTest, CodeTest, Equality, Returns, Satisfies, Test

__all__ = ["oracle", "restore_inputs"]

_SETS = frozenset({2, 7, 111, 140, 232, 249, 579, 769})
"""MBPP+ tasks whose results are compared as sets."""
_NOT_NONE = frozenset({737, 787, 794})
"""MBPP+ tasks where a result only has to be ``None`` or not (a match object is as good as ``True``)."""

_ROOT = """import math
def sat(value, xs, atol):
    return bool(abs(sum(c * math.pow(value, i) for i, c in enumerate(xs))) <= atol)
"""
_ONE_OF = """def sat(value, *accepted):
    return any(bool(value == one) for one in accepted)
"""


def oracle(name: str, entry: str, args: tuple[Any, ...], expected: Any, *, atol: float, label: str = "") -> Test:
    """The test of one input.

    Args:
        name: The task (``HumanEval/32``, ``Mbpp/2``).
        entry: Its entry point.
        args: The input, restored.
        expected: What the canonical solution returned.
        atol: The task's tolerance.
        label: Name of the test.
    """
    benchmark, _, number = name.partition("/")
    task = int(number) if number.isdigit() else -1
    if isinstance(expected, Large):  # only its digests are known
        return CallTest(entry, args, expect=Returns(expected), name=label)
    if benchmark == "HumanEval" and task == 32:
        return CallTest(entry, args, expect=Satisfies(_ROOT, args=(*args, atol)), name=label)
    if benchmark == "Mbpp":
        if task == 164:  # evalplus accepts every result: its own reference is doubtful
            return CallTest(entry, args, name=label)
        if task in _NOT_NONE:
            return _not_none(entry, args, expected, label)
        if task in _SETS:
            return CallTest(entry, args, expect=Returns(expected, Equality("set")), name=label)
        if task in (295, 558, 581):
            other = 0 if task == 295 else _distance(*args) if task == 558 else _surface(*args)
            return CallTest(entry, args, expect=Satisfies(_ONE_OF, args=(expected, other)), name=label)
    return CallTest(entry, args, expect=Returns(expected, _equality(expected, atol)), name=label)


def _equality(expected: Any, atol: float) -> Equality:
    if atol == 0:
        return _NEAR if _is_floats(expected) else _EXACT
    return Equality("close", atol=atol, rtol=1e-7)


_EXACT, _NEAR = Equality(), Equality("close", atol=1e-6, rtol=1e-7)


def _is_floats(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float) or getattr(value, "dtype", "") in ("float64", "float32")


def _not_none(entry: str, args: tuple[Any, ...], expected: Any, label: str) -> Test:
    """In code, because a match object is not plain data and cannot be handed to a predicate."""
    want = expected if isinstance(expected, bool) else expected is not None
    call = f"{entry}({', '.join(map(repr, args))})"
    code = f"_got = {call}\nassert (_got if isinstance(_got, bool) else _got is not None) == {want}"
    return CodeTest(code, entry, name=label, source=f"({call} is not None) == {want}")


def _surface(edge: float, height: float) -> int:
    """Mbpp/581 read with the pyramid's height in place of its slant height."""
    slant = math.hypot(edge / 2, height)
    return round(edge**2 + 2 * edge * slant)


def _distance(first: int, second: int) -> int:
    """Mbpp/558 read digit by digit, the shorter number filled with zeros."""
    a, b = str(first), str(second)
    width = max(len(a), len(b))
    return sum(abs(int(x) - int(y)) for x, y in zip(a.zfill(width), b.zfill(width), strict=True))


_Restore = Callable[[list[Any]], Sequence[Any]]


def _rows(value: Any) -> list[tuple[Any, ...]]:
    return [tuple(item) for item in value]


def _deep(value: Any) -> Any:
    return tuple(_deep(item) for item in value) if isinstance(value, list) else value


_RESTORE: list[tuple[tuple[int, ...], _Restore]] = [
    (
        (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809),
        _rows,
    ),
    (
        (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780),
        lambda args: [_rows(arg) for arg in args],
    ),
    ((75, 413, 444, 753), lambda args: [_rows(args[0]), args[1]]),
    ((106, 750), lambda args: [args[0], tuple(args[1])]),
    ((115,), lambda args: [[set(item) if isinstance(item, list) and item else {} for item in args[0]]]),
    ((124,), lambda args: [float(args[0]), complex(args[1])]),
    ((250, 405, 446, 617, 720, 763, 808), lambda args: [tuple(args[0]), args[1]]),
    ((259, 401, 445), lambda args: [tuple(_rows(arg)) for arg in args]),
    ((278,), lambda args: [tuple(tuple(x) if isinstance(x, list) else x for x in args[0])]),
    ((307,), lambda args: [tuple(args[0]), args[1], args[2]]),
    ((722,), lambda args: [{key: tuple(value) for key, value in args[0].items()}, *args[1:]]),
    ((252,), lambda args: [complex(args[0])]),
    ((580, 615, 791), _deep),
]
"""MBPP+ tasks by what JSON lost: how their argument lists become Python values again."""


def restore_inputs(name: str, inputs: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The argument tuples of a task, with the types JSON cannot write (tuples, sets, complex numbers) put back.

    Raises:
        TypeError: An input is not of the shape the task's inputs have.
    """
    benchmark, _, number = name.partition("/")
    restore = next(
        (f for tasks, f in _RESTORE if benchmark == "Mbpp" and number.isdigit() and int(number) in tasks), tuple
    )
    return [tuple(restore(list(args))) for args in inputs]
