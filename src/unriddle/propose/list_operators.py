"""Operators on whole numbers and on lists of them: recursion schemes that take a function, and plain list operations.

Lists are tuples here, so that they can be numbered; the source is Python on lists. Types are Python's, and
``x -> int``, ``i, x -> bool`` and ``a, x -> int`` for the body of a function of an element, of an index and an element,
and of an accumulator and an element. An operator refuses what would be too large before computing it.
Not covered: lists of texts or decimal numbers, dictionaries, and recursion that is none of the schemes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from unriddle.propose.expression import COMPARISON, MAX_BITS, MAX_LENGTH, PRODUCT, SUM, UNARY, Operator
from unriddle.propose.operators import operators

__all__ = ["BOOLS", "LISTS", "NESTED", "Names", "imports", "inner_names", "list_operators", "number_operators"]

LISTS, BOOLS, NESTED = "list[int]", "list[bool]", "list[list[int]]"
_POSTFIX = 15
_AND, _OR, _CONDITION = 2, 1, 1
Ints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What the variables bound inside an expression are called: elements, an index, an accumulator and a part."""

    elements: tuple[str, ...]
    index: str
    total: str
    part: str


def inner_names(parameters: Sequence[str]) -> Names:
    """Names that no parameter has.

    >>> inner_names(["x", "i"]).elements[0], inner_names(["x", "i"]).index
    ('y', 'j')
    """
    spare = [f"x{n}" for n in range(1, len(parameters) + 8) if f"x{n}" not in parameters]

    def first(letters: str, skip: int) -> str:
        free = [name for name in (*letters, *spare[skip:]) if name not in parameters]
        return str(free[0])

    elements = [name for name in (*"xyzwuv", *spare) if name not in parameters]
    return Names(tuple(elements[:4]), first("ijk", 4), first("atc", 5), first("pqs", 6))


def imports(source: str) -> str:
    """The import lines an expression needs.

    >>> imports("list(accumulate(xs))")
    'from itertools import accumulate\\n'
    """
    lines = {"accumulate(": "from itertools import accumulate", "reduce(": "from functools import reduce",
             "math.": "import math"}  # fmt: skip
    return "".join(f"{line}\n" for mark, line in sorted(lines.items(), key=lambda item: item[1]) if mark in source)


def number_operators() -> list[Operator]:
    """Operators of whole numbers and truth values, and what a number and a list come to."""
    kept = [op for op in operators() if op.gives == "int" and set(op.takes) == {"int"} and "**" not in op.template]
    return [*kept, *_tests(), *_measures(), Operator("{0} ** {1}", ("int", "k"), "int", _power, 1, 13, (14, UNARY))]


def _tests() -> Iterator[Operator]:
    both = ("int", "int")
    compare: list[tuple[str, Callable[[Any, Any], Any]]] = [
        ("==", lambda a, b: a == b), ("<", lambda a, b: a < b), (">", lambda a, b: a > b),
        ("!=", lambda a, b: a != b), ("<=", lambda a, b: a <= b), (">=", lambda a, b: a >= b),
    ]  # fmt: skip
    for sign, function in compare:
        yield Operator(f"{{0}} {sign} {{1}}", both, "bool", function, 1, COMPARISON, (SUM, SUM), array=function,
                       bound=lambda a, b: 0, idle=True)  # fmt: skip
    yield Operator("{0} % {1} == 0", both, "bool", lambda a, b: a % b == 0, 1, COMPARISON, (PRODUCT, UNARY), idle=True)
    yield Operator("{0} % 2 == 1", ("int",), "bool", lambda a: a % 2 == 1, 2, COMPARISON, (PRODUCT,))
    yield Operator("{0} > 1 and all({0} % d for d in range(2, math.isqrt(max(0, {0})) + 1))", ("int",), "bool", _prime,
                   3, _AND, (PRODUCT,))  # fmt: skip
    yield Operator("{0} >= 0 and math.isqrt(max(0, {0})) ** 2 == {0}", ("int",), "bool", _square, 3, _AND, (SUM,))
    yield Operator("{0} and {1}", ("bool", "bool"), "bool", lambda a, b: a and b, 1, _AND, (_AND, _AND + 1),
                   array=lambda a, b: a & b, idle=True)  # fmt: skip
    yield Operator("{0} or {1}", ("bool", "bool"), "bool", lambda a, b: a or b, 1, _OR, (_OR, _AND),
                   array=lambda a, b: a | b, idle=True)  # fmt: skip
    yield Operator("not {0}", ("bool",), "bool", lambda a: not a, 1, 3, (COMPARISON,), array=lambda a: 1 - a)


def _measures() -> Iterator[Operator]:
    yield Operator("len({0})", (LISTS,), "int", len)
    yield Operator("{0}[{1}]", (LISTS, "int"), "int", lambda xs, i: xs[i], 1, needs=(_POSTFIX,))
    yield Operator("{0}[0]", (LISTS,), "int", lambda xs: xs[0], 1, needs=(_POSTFIX,))
    yield Operator("{0}[-1]", (LISTS,), "int", lambda xs: xs[-1], 1, needs=(_POSTFIX,))
    yield Operator("max({0})", (LISTS,), "int", max)
    yield Operator("min({0})", (LISTS,), "int", min)
    yield Operator("sum({0})", (LISTS,), "int", sum)
    yield Operator("{0}.count({1})", (LISTS, "int"), "int", lambda xs, a: xs.count(a), 1, needs=(_POSTFIX,))
    yield Operator("{0}.index({1})", (LISTS, "int"), "int", lambda xs, a: xs.index(a), 1, needs=(_POSTFIX,))
    yield Operator("{1} in {0}", (LISTS, "int"), "bool", lambda xs, a: a in xs, 1, COMPARISON, (SUM, SUM))


def list_operators(names: Names) -> list[Operator]:
    """Operators that make lists or take them, for the search from outside."""
    return [*_parts(), *_made(), *_changed(), *_folded(names), *_schemes(names), *_nested(names)]


def _parts() -> Iterator[Operator]:
    pair = (LISTS, "int")
    yield Operator("{0}[{1}:]", pair, LISTS, lambda xs, n: xs[n:], 1, needs=(_POSTFIX,))
    yield Operator("{0}[:{1}]", pair, LISTS, lambda xs, n: xs[:n], 1, needs=(_POSTFIX,))
    yield Operator("{0}[::-1]", (LISTS,), LISTS, lambda xs: xs[::-1], 1, needs=(_POSTFIX,))
    yield Operator("sorted({0})", (LISTS,), LISTS, lambda xs: tuple(sorted(xs)))
    yield Operator("list(dict.fromkeys({0}))", (LISTS,), LISTS, lambda xs: tuple(dict.fromkeys(xs)))
    yield Operator("{0}[{1}:{2}]", (*pair, "int"), LISTS, lambda xs, a, b: xs[a:b], 1, needs=(_POSTFIX,))
    yield Operator("{0}[::{1}]", pair, LISTS, lambda xs, n: xs[::n], 1, needs=(_POSTFIX,))


def _made() -> Iterator[Operator]:
    yield Operator("[{0}]", ("int",), LISTS, lambda a: (a,))
    yield Operator("[{0}, {1}]", ("int", "int"), LISTS, lambda a, b: (a, b))
    yield Operator("{0} + {1}", (LISTS, LISTS), LISTS, _joined, 1, SUM, (SUM, PRODUCT))
    yield Operator("[{0}, *{1}]", ("int", LISTS), LISTS, lambda a, xs: (a, *xs))
    yield Operator("[*{0}, {1}]", (LISTS, "int"), LISTS, lambda xs, a: (*xs, a))
    yield Operator("{0} * {1}", (LISTS, "int"), LISTS, _repeated, 1, PRODUCT, (PRODUCT, UNARY))
    yield Operator("list(range({0}))", ("int",), LISTS, lambda n: _range(0, n, 1))
    yield Operator("list(range({0}, {1}))", ("int", "int"), LISTS, lambda a, b: _range(a, b, 1))
    yield Operator("list(range({0}, {1} + 1))", ("int", "int"), LISTS, lambda a, b: _range(a, b + 1, 1), 1,
                   needs=(0, SUM))  # fmt: skip
    yield Operator("list(range({0}, {1} + 1, {2}))", ("int", "int", "int"), LISTS,
                   lambda a, b, step: _range(a, b + 1, step), 1, needs=(0, SUM))  # fmt: skip
    yield Operator("list(range({0}, {1}, {2}))", ("int", "int", "int"), LISTS, _range)


def _changed() -> Iterator[Operator]:
    """One element or part of a list taken out, put in or replaced."""
    yield Operator("{0}[:{1}] + {0}[{1} + 1:]", (LISTS, "int"), LISTS, _without, 1, SUM, (_POSTFIX, PRODUCT))
    yield Operator("{0}[:{1}] + [{2}] + {0}[{1}:]", (LISTS, "int", "int"), LISTS, _inserted, 1, SUM, (_POSTFIX, SUM))
    yield Operator("{0}[:{1}] + [{2}] + {0}[{1} + 1:]", (LISTS, "int", "int"), LISTS, _replaced, 1, SUM,
                   (_POSTFIX, PRODUCT))  # fmt: skip
    yield Operator("{0}[:{1}] + {0}[{2}:]", (LISTS, "int", "int"), LISTS, lambda xs, a, b: _joined(xs[:a], xs[b:]), 1,
                   SUM, (_POSTFIX,))  # fmt: skip
    yield Operator("{0}[{1}:] + {0}[:{1}]", (LISTS, "int"), LISTS, lambda xs, n: _joined(xs[n:], xs[:n]), 1, SUM,
                   (_POSTFIX,))  # fmt: skip


def _folded(names: Names) -> Iterator[Operator]:
    x, total = names.elements[0], names.total
    yield Operator("math.prod({0})", (LISTS,), "int", _product)
    yield Operator("list(accumulate({0}))", (LISTS,), LISTS, lambda xs: tuple(accumulate(xs)))
    yield Operator("list(accumulate({0}, max))", (LISTS,), LISTS, lambda xs: tuple(accumulate(xs, max)))
    yield Operator("list(accumulate({0}, min))", (LISTS,), LISTS, lambda xs: tuple(accumulate(xs, min)))
    yield Operator(f"reduce(lambda {total}, {x}: [{x}, *{total}[::-1]], {{0}}, [])", (LISTS,), LISTS, _shuffled, 3)
    yield Operator("all({0})", (BOOLS,), "bool", all)
    yield Operator("any({0})", (BOOLS,), "bool", any)


def _schemes(names: Names) -> Iterator[Operator]:
    x, i, total = names.elements[0], names.index, names.total
    kinds = (("int", LISTS, "int"), ("bool", BOOLS, "bool"))
    for kind, box, _ in kinds:
        yield Operator(f"[{{0}} for {x} in {{1}}]", (f"x -> {kind}", LISTS), box, lambda f, xs: tuple(map(f, xs)))
        yield Operator(f"[{{0}} for {i}, {x} in enumerate({{1}})]", (f"i, x -> {kind}", LISTS), box,
                       lambda f, xs: tuple(map(f, range(len(xs)), xs)))  # fmt: skip
    yield Operator(f"[{x} for {x} in {{1}} if {{0}}]", ("x -> bool", LISTS), LISTS,
                   lambda p, xs: tuple(filter(p, xs)), needs=(_CONDITION,))  # fmt: skip
    yield Operator(f"[{x} for {i}, {x} in enumerate({{1}}) if {{0}}]", ("i, x -> bool", LISTS), LISTS,
                   lambda p, xs: tuple(x for i, x in enumerate(xs) if p(i, x)), needs=(_CONDITION,))  # fmt: skip
    yield Operator(f"sorted({{1}}, key=lambda {x}: {{0}})", ("x -> int", LISTS), LISTS,
                   lambda f, xs: tuple(sorted(xs, key=f)))  # fmt: skip
    yield Operator(f"sum({{0}} for {x} in {{1}})", ("x -> int", LISTS), "int", lambda f, xs: sum(map(f, xs)))
    yield Operator(f"sum(1 for {x} in {{1}} if {{0}})", ("x -> bool", LISTS), "int",
                   lambda p, xs: sum(1 for x in xs if p(x)), needs=(_CONDITION,))  # fmt: skip
    yield Operator(f"all({{0}} for {x} in {{1}})", ("x -> bool", LISTS), "bool", lambda p, xs: all(map(p, xs)))
    yield Operator(f"any({{0}} for {x} in {{1}})", ("x -> bool", LISTS), "bool", lambda p, xs: any(map(p, xs)))
    yield Operator(f"[{names.part} for {x} in {{1}} for {names.part} in [{x}] * ({{0}})]", ("x -> int", LISTS), LISTS,
                   lambda f, xs: sum(((x,) * _fair(f(x)) for x in xs), ()), 2)  # fmt: skip
    yield Operator(f"reduce(lambda {total}, {x}: {{0}}, {{1}}, {{2}})", ("a, x -> int", LISTS, "int"), "int",
                   _reduced, 2)  # fmt: skip
    yield Operator(f"list(accumulate({{1}}, lambda {total}, {x}: {{0}}))", ("a, x -> int", LISTS), LISTS,
                   lambda f, xs: tuple(accumulate(xs, _guarded(f))), 2)  # fmt: skip


def _nested(names: Names) -> Iterator[Operator]:
    """Lists of lists: made from a list, and each part measured or cut."""
    part, i, x = names.part, names.index, names.elements[0]
    yield Operator(f"[{{0}}[:{i} + 1] for {i} in range(len({{0}}))]", (LISTS,), NESTED,
                   lambda xs: tuple(xs[: i + 1] for i in range(min(len(xs), 200))), 1, needs=(_POSTFIX,))  # fmt: skip
    yield Operator(f"[{{0}}[{i}:] for {i} in range(len({{0}}))]", (LISTS,), NESTED,
                   lambda xs: tuple(xs[i:] for i in range(min(len(xs), 200))), 1, needs=(_POSTFIX,))  # fmt: skip
    yield Operator(f"[{{0}}[{i}:{i} + {{1}}] for {i} in range(0, len({{0}}), {{1}})]", (LISTS, "int"), NESTED,
                   lambda xs, n: tuple(xs[i : i + n] for i in range(0, len(xs), n)), 1,
                   needs=(_POSTFIX, SUM))  # fmt: skip
    yield Operator(f"[[{x}] * {{0}}.count({x}) for {x} in dict.fromkeys({{0}})]", (LISTS,), NESTED,
                   lambda xs: tuple((x,) * xs.count(x) for x in dict.fromkeys(xs)), 1, needs=(_POSTFIX,))  # fmt: skip
    yield Operator(f"reduce(lambda {part}, {x}: [*{part}, []] if {x} == {{1}} else "
                   f"[*{part}[:-1], [*{part}[-1], {x}]], {{0}}, [[]])", (LISTS, "int"), NESTED, _split, 2)  # fmt: skip
    measures: list[tuple[str, Callable[[Ints], int]]] = [
        ("len", len), ("sum", sum), ("max", max), ("min", min),
    ]  # fmt: skip
    for name, function in measures:
        yield Operator(f"[{name}({part}) for {part} in {{0}}]", (NESTED,), LISTS,
                       lambda pp, f=function: tuple(map(f, pp)))  # fmt: skip
    yield Operator(f"[{part}[0] for {part} in {{0}}]", (NESTED,), LISTS, lambda pp: tuple(p[0] for p in pp))
    yield Operator(f"[{part}[-1] for {part} in {{0}}]", (NESTED,), LISTS, lambda pp: tuple(p[-1] for p in pp))
    yield Operator(f"[{part}[::-1] for {part} in {{0}}]", (NESTED,), NESTED, lambda pp: tuple(p[::-1] for p in pp))
    yield Operator("{0}[::-1]", (NESTED,), NESTED, lambda pp: pp[::-1], 1, needs=(_POSTFIX,))
    yield Operator("{0}[{1}]", (NESTED, "int"), LISTS, lambda pp, i: pp[i], 1, needs=(_POSTFIX,))
    yield Operator("sum({0}, [])", (NESTED,), LISTS, _flat)
    yield Operator(f"[{x} for {part} in zip({{0}}, {{1}}) for {x} in {part}]", (LISTS, LISTS), LISTS,
                   lambda xs, ys: tuple(x for pair in zip(xs, ys, strict=False) for x in pair), 2)  # fmt: skip


def _power(a: int, b: int) -> int:
    if a.bit_length() * b > MAX_BITS:
        raise ValueError
    return int(a**b)


def _fair(n: int) -> int:
    if not 0 <= n <= MAX_LENGTH:
        raise ValueError
    return n


def _range(a: int, b: int, step: int) -> Ints:
    if abs(b - a) > 1000:
        raise ValueError
    return tuple(range(a, b, step))


def _joined(xs: Ints, ys: Ints) -> Ints:
    return xs + ys


def _repeated(xs: Ints, n: int) -> Ints:
    if len(xs) * n > 1000:
        raise ValueError
    return xs * n


def _without(xs: Ints, n: int) -> Ints:
    if n < 0:
        raise ValueError
    return xs[:n] + xs[n + 1 :]


def _inserted(xs: Ints, n: int, a: int) -> Ints:
    return (*xs[:n], a, *xs[n:])


def _replaced(xs: Ints, n: int, a: int) -> Ints:
    if n < 0:
        raise ValueError
    return (*xs[:n], a, *xs[n + 1 :])


def _product(xs: Ints) -> int:
    if sum(map(int.bit_length, xs)) > MAX_BITS:
        raise ValueError
    return math.prod(xs)


def _shuffled(xs: Ints) -> Ints:
    made: Ints = ()
    for x in xs[:200]:
        made = (x, *made[::-1])
    return made


def _guarded(function: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def call(total: int, x: int) -> int:
        made = function(total, x)
        if made.bit_length() > MAX_BITS:
            raise ValueError
        return made

    return call


def _reduced(function: Callable[[int, int], int], xs: Ints, first: int) -> int:
    call, total = _guarded(function), first
    for x in xs:
        total = call(total, x)
    return total


def _split(xs: Ints, mark: int) -> tuple[Ints, ...]:
    made: list[Ints] = [()]
    for x in xs[:200]:
        if x == mark:
            made.append(())
        else:
            made[-1] = (*made[-1], x)
    return tuple(made)


def _flat(parts: tuple[Ints, ...]) -> Ints:
    return tuple(x for part in parts for x in part)


def _prime(n: int) -> bool:
    if n > 10**9:
        raise ValueError
    return n > 1 and all(n % d for d in range(2, math.isqrt(max(0, n)) + 1))


def _square(n: int) -> bool:
    return n >= 0 and math.isqrt(max(0, n)) ** 2 == n
