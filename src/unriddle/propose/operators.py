"""The operators of the grammar, every one written here: no program text is ever evaluated in this process.

An operator refuses what would be too large before computing it, so that ``10 ** 10 ** 9`` costs nothing.
Not covered: dictionaries, sets, dates as objects (a date is text), regular expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from unriddle.propose.expression import (
    COMPARISON,
    MAX_BITS,
    MAX_LENGTH,
    PRODUCT,
    SUM,
    UNARY,
    Operator,
)
from unriddle.propose.values import FAIL

__all__ = ["operators"]

_NUMBERS = ("int", "float")
_POSTFIX = 15


@lru_cache(maxsize=1)
def operators() -> tuple[Operator, ...]:
    """Every operator, the more plausible ones first."""
    return (*_text(), *_numbers(), *_lists(), *_comprehensions(), *_conditions())


def _numbers() -> Iterator[Operator]:
    for left in _NUMBERS:
        for right in _NUMBERS:
            both, gives = (left, right), "int" if (left, right) == ("int", "int") else "float"
            whole = gives == "int"
            yield _sum("{0} + {1}", both, gives, lambda a, b: a + b, whole=whole)
            yield _sum("{0} - {1}", both, gives, lambda a, b: a - b, whole=whole)
            yield Operator("{0} * {1}", both, gives, _times, 1, PRODUCT, (PRODUCT, UNARY),
                           array=(lambda a, b: a * b) if whole else None, bound=lambda a, b: a * b)  # fmt: skip
            yield Operator("{0} / {1}", both, "float", lambda a, b: a / b, 1, PRODUCT, (PRODUCT, UNARY), idle=True)
    yield Operator("{0} // {1}", ("int", "int"), "int", lambda a, b: a // b, 1, PRODUCT, (PRODUCT, UNARY),
                   array=_array_quotient, bound=lambda a, b: a, idle=True)  # fmt: skip
    yield Operator("{0} % {1}", ("int", "int"), "int", lambda a, b: a % b, 1, PRODUCT, (PRODUCT, UNARY),
                   array=_array_remainder, bound=lambda a, b: b, idle=True)  # fmt: skip
    yield Operator("{0} ** {1}", ("int", "int"), "int", _power, 1, 13, (14, UNARY))
    yield Operator("abs({0})", ("int",), "int", abs)
    yield Operator("abs({0})", ("float",), "float", abs)
    yield Operator("-{0}", ("int",), "int", lambda a: -a, 1, UNARY, (UNARY,))
    yield Operator("-{0}", ("float",), "float", lambda a: -a, 1, UNARY, (UNARY,))
    yield Operator("min({0}, {1})", ("int", "int"), "int", min)
    yield Operator("max({0}, {1})", ("int", "int"), "int", max)
    yield Operator("round({0}, {1})", ("float", "k"), "float", round)
    yield Operator("round({0})", ("float",), "int", round)
    yield Operator("int({0})", ("float",), "int", int)


def _text() -> Iterator[Operator]:
    yield Operator("{0} + {1}", ("str", "str"), "str", lambda a, b: a + b, 1, SUM, (SUM, PRODUCT))
    yield Operator("{0}[{1}]", ("str", "int"), "str", lambda s, i: s[i], 1, needs=(_POSTFIX,))
    yield Operator("{0}[:{1}]", ("str", "int"), "str", lambda s, i: s[:i], 1, needs=(_POSTFIX,))
    yield Operator("{0}[{1}:]", ("str", "int"), "str", lambda s, i: s[i:], 1, needs=(_POSTFIX,))
    yield Operator("{0}[{1}:{2}]", ("str", "k", "k"), "str", lambda s, i, j: s[i:j], 1, needs=(_POSTFIX,))
    yield Operator("{0}.split({1})", ("str", "sep"), "list[str]", lambda s, t: s.split(t), 1, needs=(_POSTFIX,))
    yield Operator("{0}.split()", ("str",), "list[str]", lambda s: s.split(), needs=(_POSTFIX,))
    yield Operator("{0}.split({1})[{2}]", ("str", "sep", "k"), "str", lambda s, t, i: s.split(t)[i], needs=(_POSTFIX,))
    yield Operator("{0}.split()[{1}]", ("str", "k"), "str", lambda s, i: s.split()[i], needs=(_POSTFIX,))
    methods: dict[str, Callable[[str], str]] = {
        "upper": lambda s: s.upper(),
        "lower": lambda s: s.lower(),
        "title": lambda s: s.title(),
        "strip": lambda s: s.strip(),
        "capitalize": lambda s: s.capitalize(),
    }
    for name, method in methods.items():
        yield Operator("{0}." + name + "()", ("str",), "str", method, needs=(_POSTFIX,))
    yield Operator("{0}.replace({1}, {2})", ("str", "sep", "sep"), "str", _replace, 1, needs=(_POSTFIX,))
    yield Operator("{0}.zfill({1})", ("str", "k"), "str", lambda s, k: s.zfill(_fair(k)), needs=(_POSTFIX,))
    yield Operator("{0}[::-1]", ("str",), "str", lambda s: s[::-1], needs=(_POSTFIX,))
    yield Operator("str({0})", ("int",), "str", str)
    yield Operator("str({0})", ("float",), "str", str, 2)
    yield Operator("format({0}, '.2f')", ("float",), "str", lambda a: format(a, ".2f"), 2)
    yield Operator("format({0}, ',')", ("int",), "str", lambda a: format(a, ","), 2)
    yield Operator("{0} * {1}", ("str", "int"), "str", _repeat, 1, PRODUCT, (PRODUCT, UNARY))
    yield Operator("{1}.join({0})", ("list[str]", "sep"), "str", _join, 1, needs=(0, _POSTFIX))
    yield Operator("len({0})", ("str",), "int", len)
    yield Operator("int({0})", ("str",), "int", _to_int)
    yield Operator("float({0})", ("str",), "float", _to_float)
    yield Operator("{0}.find({1})", ("str", "sep"), "int", lambda s, t: s.find(t), 1, needs=(_POSTFIX,))
    yield Operator("{0}.count({1})", ("str", "str"), "int", lambda s, t: s.count(t), 1, needs=(_POSTFIX,))


def _lists() -> Iterator[Operator]:
    for item in ("str", "int", "float"):
        box = f"list[{item}]"
        yield Operator("{0}[{1}]", (box, "int"), item, lambda xs, i: xs[i], 1, needs=(_POSTFIX,))
        yield Operator("{0}[{1}:]", (box, "k"), box, lambda xs, i: xs[i:], 1, needs=(_POSTFIX,))
        yield Operator("{0}[:{1}]", (box, "k"), box, lambda xs, i: xs[:i], 1, needs=(_POSTFIX,))
        yield Operator("{0}[::-1]", (box,), box, lambda xs: xs[::-1], needs=(_POSTFIX,))
        yield Operator("sorted({0})", (box,), box, sorted)
        yield Operator("sorted(set({0}))", (box,), box, lambda xs: sorted(set(xs)))
        yield Operator("len({0})", (box,), "int", len)
        yield Operator("min({0})", (box,), item, min, 3 if item == "str" else 1)
        yield Operator("max({0})", (box,), item, max, 3 if item == "str" else 1)
        yield Operator("[{0}]", (item,), box, lambda a: [a])
        yield Operator("{0} + {1}", (box, box), box, lambda a, b: a + b, 1, SUM, (SUM, PRODUCT))
        yield Operator("{0} * {1}", (box, "int"), box, _repeat, 1, PRODUCT, (PRODUCT, UNARY))
        yield Operator("[{0}, {1}]", (item, item), box, lambda a, b: [a, b], 2)
        yield Operator("{0}.count({1})", (box, item), "int", lambda xs, a: xs.count(a), 1, needs=(_POSTFIX,))
        yield Operator("{0}.index({1})", (box, item), "int", lambda xs, a: xs.index(a), 1, needs=(_POSTFIX,))
        yield Operator("[{0}]", (box,), f"list[{box}]", lambda a: [a])
    yield Operator("sum({0})", ("list[int]",), "int", sum)
    yield Operator("sum({0})", ("list[float]",), "float", sum)
    yield Operator("list({0})", ("str",), "list[str]", list)
    yield Operator("list(range({0}))", ("int",), "list[int]", lambda n: list(range(_fair(n))))
    yield Operator("list(range({0}, {1}))", ("int", "int"), "list[int]", _range)
    yield Operator("[int(c) for c in {0}]", ("str",), "list[int]", lambda s: [_to_int(c) for c in s], 2)


def _comprehensions() -> Iterator[Operator]:
    yield Operator("[int(x) for x in {0}]", ("list[str]",), "list[int]", lambda xs: [_to_int(x) for x in xs], 2)
    yield Operator("[str(x) for x in {0}]", ("list[int]",), "list[str]", lambda xs: [str(x) for x in xs], 2)
    yield Operator("[len(x) for x in {0}]", ("list[str]",), "list[int]", lambda xs: [len(x) for x in xs], 2)
    yield Operator("[x[0] for x in {0}]", ("list[str]",), "list[str]", lambda xs: [x[0] for x in xs], 2)
    yield Operator("[x.title() for x in {0}]", ("list[str]",), "list[str]", lambda xs: [x.title() for x in xs], 2)
    yield Operator("[x.strip() for x in {0}]", ("list[str]",), "list[str]", lambda xs: [x.strip() for x in xs], 2)
    both = ("list[int]", "int")
    box = "list[int]"
    needs = (1, SUM)
    yield Operator("[x + {1} for x in {0}]", both, box, lambda xs, k: [x + k for x in xs], 2, needs=needs)
    yield Operator("[x * {1} for x in {0}]", both, box, lambda xs, k: [_times(x, k) for x in xs], 2, needs=(1, UNARY))
    yield Operator("[x ** {1} for x in {0}]", both, box, lambda xs, k: [_power(x, k) for x in xs], 2, needs=(1, UNARY))
    yield Operator("[x for x in {0} if x > {1}]", both, box, lambda xs, k: [x for x in xs if x > k], 3, needs=needs)
    yield Operator("[x for x in {0} if x < {1}]", both, box, lambda xs, k: [x for x in xs if x < k], 3, needs=needs)
    yield Operator("[x for x in {0} if x % {1} == 0]", both, box, _multiples, 3, needs=(1, UNARY))


def _conditions() -> Iterator[Operator]:
    for kind in ("int", "float", "str"):
        two = (kind, kind)
        yield _comparison("{0} == {1}", two, lambda a, b: a == b)
    for kind in _NUMBERS:
        yield _comparison("{0} > {1}", (kind, kind), lambda a, b: a > b)
        yield _comparison("{0} >= {1}", (kind, kind), lambda a, b: a >= b)
    yield Operator("{1} in {0}", ("str", "sep"), "bool", lambda s, t: t in s, 1, COMPARISON, (SUM, SUM))
    yield Operator("{0}.isdigit()", ("str",), "bool", lambda s: s.isdigit(), needs=(_POSTFIX,))
    yield Operator("{0}.isupper()", ("str",), "bool", lambda s: s.isupper(), needs=(_POSTFIX,))
    yield Operator("not {0}", ("bool",), "bool", lambda a: not a, 1, 3, (3,))


def _sum(
    template: str, both: tuple[str, str], gives: str, function: Callable[[Any, Any], Any], *, whole: bool
) -> Operator:
    return Operator(
        template, both, gives, function, 1, SUM, (SUM, PRODUCT), idle="-" in template,
        array=function if whole else None, bound=lambda a, b: a + b,
    )  # fmt: skip


def _comparison(template: str, both: tuple[str, str], function: Callable[[Any, Any], Any]) -> Operator:
    array = function if both == ("int", "int") else None
    return Operator(
        template, both, "bool", function, 1, COMPARISON, (SUM, SUM), array=array, bound=lambda a, b: 0, idle=True
    )


def _array_quotient(a: Any, b: Any) -> Any:
    return np.where(b == 0, FAIL, a // np.where(b == 0, 1, b))


def _array_remainder(a: Any, b: Any) -> Any:
    return np.where(b == 0, FAIL, a % np.where(b == 0, 1, b))


def _fair(n: int) -> int:
    if not -MAX_LENGTH <= n <= MAX_LENGTH:
        raise ValueError
    return n


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and a.bit_length() + b.bit_length() > MAX_BITS:
        raise ValueError
    return a * b


def _power(a: int, b: int) -> int:
    if not 0 <= b <= MAX_BITS or a.bit_length() * b > MAX_BITS:
        raise ValueError
    result: int = a**b
    return result


def _repeat(a: Any, n: int) -> Any:
    if len(a) * max(_fair(n), 0) > MAX_LENGTH:
        raise ValueError
    return a * n


def _replace(s: str, old: str, new: str) -> str:
    if not old or len(s) * max(len(new), 1) > MAX_LENGTH:
        raise ValueError
    return s.replace(old, new)


def _join(parts: list[str], sep: str) -> str:
    if len(sep) * len(parts) > MAX_LENGTH:
        raise ValueError
    return sep.join(parts)


def _to_int(s: str) -> int:
    if len(s) > 1000:
        raise ValueError
    return int(s)


def _to_float(s: str) -> float:
    if len(s) > 1000:
        raise ValueError
    return float(s)


def _range(a: int, b: int) -> list[int]:
    if b - a > MAX_LENGTH:
        raise ValueError
    return list(range(a, b))


def _multiples(numbers: list[int], k: int) -> list[int]:
    return [x for x in numbers if x % k == 0]
