"""The operators of the puzzle grammar: a table of rules by kind, each with its Python form and the function behind it.

Every function here is pure and finite. What can grow large says beforehand how many ticks its result costs (``*``,
``**``, ``<<``, ranges, texts written again and again), so that ``10 ** 10 ** 9`` is refused and never computed.
Not covered: statements, untyped values, generators (lists stand in for them), and dictionaries beyond counting.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from unriddle.grammar.typed import Rule, Slot

__all__ = ["KINDS", "Operator", "operators"]

_ELEMENTS = ("int", "str", "float", "bool", "list[int]", "list[str]", "list[float]", "list[list[int]]")
_SOURCES = ("list[int]", "list[str]", "list[list[int]]", "list[list[str]]", "range", "str")
_ORDERED = ("int", "str", "float")
_HASHED = ("int", "str")

KINDS = ("int", "float", "bool", "str", *(f"list[{e}]" for e in _ELEMENTS))
"""The kinds an answer can have."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A rule and what it does.

    Attributes:
        rule: Its place in the grammar.
        run: Values of the slots -> value; ``None`` for leaves that are copied or bound, for conditionals and for
            comprehensions, which the evaluator knows.
        charge: Ticks the result costs besides the one for the operator, known before it is computed.
        form: ``call``, ``if``, ``and``, ``or``, ``map`` or ``filter``: how its slots are evaluated.
    """

    rule: Rule
    run: Callable[..., Any] | None = None
    charge: Callable[..., int] | None = None
    form: str = "call"


def operators() -> tuple[Operator, ...]:
    """All of them, in a fixed order."""
    return (*_leaves(), *_numbers(), *_truths(), *_texts(), *_lists(), *_boxes(), *_comprehensions())


def _op(
    gives: str, takes: str, template: str, run: Callable[..., Any], charge: Callable[..., int] | None = None
) -> Operator:
    slots = tuple(Slot(kind) for kind in takes.split())
    return Operator(Rule(f"{template} : {takes} -> {gives}", gives, slots, template), run, charge)


def _leaves() -> Iterator[Operator]:
    inner = ("range", "set[int]", "set[str]", "tuple", "dict[str,int]")
    for kind in KINDS:
        yield Operator(Rule(f"COPY {kind}", kind, leaf="copied"))
    for kind in ("int", "float", "bool", "str", *(f"list[{e}]" for e in ("int", "str"))):
        yield Operator(Rule(f"VARIABLE {kind}", kind, leaf="variable"))
    for kind, texts in (("int", ("0", "1", "2", "10")), ("str", ("''", "' '")), ("bool", ("False", "True"))):
        for text in texts:
            yield _literal(kind, text)
    for element in _ELEMENTS:
        yield _op(f"list[{element}]", "", "[]", list)
    for kind in (*KINDS, *inner[:1]):
        rule = Rule(f"if {kind}", kind, (Slot(kind), Slot("bool"), Slot(kind)), "({0} if {1} else {2})")
        yield Operator(rule, form="if")


def _literal(kind: str, text: str) -> Operator:
    value = {"''": "", "' '": " ", "False": False, "True": True}.get(text, int(text) if text.isdigit() else None)
    return _op(kind, "", text, lambda: value)


def _numbers() -> Iterator[Operator]:
    for kind in ("int", "float"):
        two = f"{kind} {kind}"
        yield _op(kind, two, "({0} + {1})", operator.add)
        yield _op(kind, two, "({0} - {1})", operator.sub)
        yield _op(kind, two, "({0} * {1})", operator.mul, _bits)
        yield _op(kind, two, "({0} ** {1})", _power, _power_bits)
        yield _op(kind, kind, "(-{0})", operator.neg)
        yield _op(kind, kind, "abs({0})", abs)
        yield _op(kind, two, "min({0}, {1})", min)
        yield _op(kind, two, "max({0}, {1})", max)
        yield _op(kind, f"list[{kind}]", "sum({0})", sum)
        yield _op(kind, f"list[{kind}]", "min({0})", min)
        yield _op(kind, f"list[{kind}]", "max({0})", max)
    for symbol, run in (("//", operator.floordiv), ("%", operator.mod), ("&", operator.and_), ("|", operator.or_)):
        yield _op("int", "int int", f"({{0}} {symbol} {{1}})", run)
    yield _op("int", "int int", "({0} ^ {1})", operator.xor)
    yield _op(
        "int", "int int", "({0} << {1})", operator.lshift, lambda a, b: (a.bit_length() + b) // 64 if b > 0 else 0
    )
    yield _op("int", "int int", "({0} >> {1})", operator.rshift)
    yield _op("float", "int int", "({0} / {1})", operator.truediv)
    yield _op("float", "int", "float({0})", float)
    yield _op("float", "str", "float({0})", float)
    yield _op("int", "float", "int({0})", int)
    yield _op("int", "float", "round({0})", round)
    yield _op("int", "str", "int({0})", int)
    yield _op("int", "str", "ord({0})", ord)
    yield _op("int", "str", "len({0})", len)
    yield _op("int", "str str", "{0}.count({1})", str.count)
    yield _op("int", "str str", "{0}.index({1})", str.index)
    for element in _ELEMENTS:
        yield _op("int", f"list[{element}]", "len({0})", len)
    for element in _HASHED:
        yield _op("int", f"list[{element}] {element}", "{0}.count({1})", list.count)
        yield _op("int", f"list[{element}] {element}", "{0}.index({1})", list.index)
        yield _op("int", f"set[{element}]", "len({0})", len)
    yield _op("int", "dict[str,int] str", "{0}[{1}]", operator.getitem)
    yield _op("int", "tuple", "{0}[0]", operator.itemgetter(0))
    yield _op("int", "tuple", "{0}[1]", operator.itemgetter(1))


def _truths() -> Iterator[Operator]:
    for kind in _ORDERED:
        two = f"{kind} {kind}"
        yield _op("bool", two, "({0} < {1})", operator.lt)
        yield _op("bool", two, "({0} == {1})", operator.eq)
        yield _op("bool", two, "({0} != {1})", operator.ne)
    yield _op("bool", "bool", "(not {0})", operator.not_)
    for word in ("and", "or"):
        rule = Rule(word, "bool", (Slot("bool"), Slot("bool")), f"({{0}} {word} {{1}})")
        yield Operator(rule, form=word)
    yield _op("bool", "str str", "({0} in {1})", lambda a, b: a in b)
    for element in (*_HASHED, "list[int]"):
        yield _op("bool", f"{element} list[{element}]", "({0} in {1})", lambda a, b: a in b)
    yield _op("bool", "str str", "{0}.startswith({1})", str.startswith)
    yield _op("bool", "str str", "{0}.endswith({1})", str.endswith)
    yield _op("bool", "list[bool]", "any({0})", any)
    yield _op("bool", "list[bool]", "all({0})", all)


def _texts() -> Iterator[Operator]:
    yield _op("str", "str str", "({0} + {1})", operator.add)
    yield _op("str", "str int", "({0} * {1})", operator.mul, _repeated)
    yield _op("str", "str int", "{0}[{1}]", operator.getitem)
    yield from _slices("str")
    yield _op("str", "int", "str({0})", str, lambda n: n.bit_length() // 16)
    yield _op("str", "float", "str({0})", str)
    yield _op("str", "int", "chr({0})", chr)
    yield _op("str", "str list[str]", "{0}.join({1})", str.join, lambda s, xs: len(s) * len(xs) + sum(map(len, xs)))
    yield _op("str", "str str str", "{0}.replace({1}, {2})", str.replace, _replaced)
    yield _op("str", "str", "{0}.upper()", str.upper)
    yield _op("str", "str", "{0}.lower()", str.lower)
    yield _op("str", "list[str]", "min({0})", min)
    yield _op("str", "list[str]", "max({0})", max)


def _slices(kind: str) -> Iterator[Operator]:
    yield _op(kind, f"{kind} int", "{0}[{1}:]", lambda a, i: a[i:])
    yield _op(kind, f"{kind} int", "{0}[:{1}]", lambda a, i: a[:i])
    yield _op(kind, f"{kind} int int", "{0}[{1}:{2}]", lambda a, i, j: a[i:j])
    yield _op(kind, f"{kind} int", "{0}[::{1}]", lambda a, i: a[::i])
    yield _op(kind, kind, "{0}[::-1]", lambda a: a[::-1])


def _lists() -> Iterator[Operator]:
    for element in _ELEMENTS:
        kind = f"list[{element}]"
        yield _op(kind, element, "[{0}]", lambda a: [a])
        yield _op(kind, f"{element} {element}", "[{0}, {1}]", lambda a, b: [a, b])
        yield _op(kind, f"{element} {element} {element}", "[{0}, {1}, {2}]", lambda a, b, c: [a, b, c])
        yield _op(kind, f"{kind} {kind}", "({0} + {1})", operator.add)
        yield _op(kind, f"{kind} int", "({0} * {1})", operator.mul, _repeated)
        yield _op(element, f"{kind} int", "{0}[{1}]", operator.getitem)
        yield from _slices(kind)
        if element in _ORDERED:
            yield _op(kind, kind, "sorted({0})", sorted)
    for element in _HASHED:
        yield _op(f"list[{element}]", f"set[{element}]", "sorted({0})", sorted)
    yield _op("list[int]", "range", "list({0})", list, len)
    yield _op("list[str]", "str", "list({0})", list)
    yield _op("list[str]", "str", "sorted({0})", sorted)
    yield _op("list[str]", "str str", "{0}.split({1})", str.split)
    yield _op("list[str]", "str", "{0}.split()", str.split)
    yield _op("list[str]", "dict[str,int]", "list({0})", list)
    yield _op("list[int]", "tuple", "list({0})", list)


def _boxes() -> Iterator[Operator]:
    yield _op("range", "int", "range({0})", range)
    yield _op("range", "int int", "range({0}, {1})", range)
    yield _op("range", "int int int", "range({0}, {1}, {2})", range)
    for element in _HASHED:
        kind = f"set[{element}]"
        yield _op(kind, f"list[{element}]", "set({0})", set)
        yield _op(kind, f"{kind} {kind}", "{0}.union({1})", set.union)
        yield _op(kind, f"{kind} {kind}", "({0} - {1})", operator.sub)
    yield _op("tuple", "int int", "({0}, {1})", lambda a, b: (a, b))
    yield _op("tuple", "int int", "divmod({0}, {1})", divmod)
    yield _op("dict[str,int]", "list[str] list[int]", "dict(zip({0}, {1}))", lambda a, b: dict(zip(a, b, strict=False)))


def _comprehensions() -> Iterator[Operator]:
    for source in _SOURCES:
        bound = {"range": "int", "str": "str"}.get(source, source[5:-1])
        for element in _ELEMENTS:
            slots = (Slot(element, bound), Slot(source))
            rule = Rule(f"map {source} -> {element}", f"list[{element}]", slots, "[{0} for {v} in {1}]")
            yield Operator(rule, form="map")
        rule = Rule(
            f"filter {source}", f"list[{bound}]", (Slot("bool", bound), Slot(source)), "[{v} for {v} in {1} if {0}]"
        )
        yield Operator(rule, form="filter")


def _bits(a: float, b: float) -> int:
    return (a.bit_length() + b.bit_length()) // 64 if type(a) is int and type(b) is int else 0


def _power(a: Any, b: Any) -> Any:
    value = a**b
    if type(value) is not type(a):
        raise TypeError("a power of another kind")
    return value


def _power_bits(a: Any, b: Any) -> int:
    return a.bit_length() * b // 64 if type(a) is int and type(b) is int and b > 0 else 0


def _repeated(a: Any, n: int) -> int:
    return len(a) * n if n > 0 else 0


def _replaced(s: str, old: str, new: str) -> int:
    return s.count(old) * len(new)
