"""Level 1: two or three operations in one return expression, as a chain or as two parts combined.

Not covered: conditions that choose between values, and loops.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom
from unriddle.data.world.ops import FROM
from unriddle.data.world.phrase import Said, apply, holds
from unriddle.data.world.preds import PREDS

__all__ = ["TEMPLATES", "TWICE", "returning"]

_STARTS = ("int", "int", "str", "str", "str", "list[int]", "list[int]", "list[int]", "list[str]", "dict[str, int]")

TWICE = frozenset({"palindrome", "repeats", "sorted"})
"""Conditions whose code names their value twice: they are put on bare arguments only."""

_JOINS = (
    ("plus", "{a} + {b}", ("{a} plus {b}", "the sum of {a} and {b}", "the total of {a} and {b}"), 1, 2),
    ("minus", "{a} - {b}", ("{a} minus {b}", "the difference between {a} and {b}"), 1, 2),
    ("times", "{a} * {b}", ("{a} times {b}", "the product of {a} and {b}"), 2, 3),
    ("larger", "max({a}, {b})", ("the larger of {a} and {b}", "the maximum of {a} and {b}"), -1, -1),
    ("smaller", "min({a}, {b})", ("the smaller of {a} and {b}", "the minimum of {a} and {b}"), -1, -1),
)
_COMPARES = (
    ("more", "{a} > {b}", ("whether {a} is greater than {b}", "whether {a} is more than {b}"), 1, 1),
    ("less", "{a} < {b}", ("whether {a} is less than {b}", "whether {a} is smaller than {b}"), 1, 1),
    ("same", "{a} == {b}", ("whether {a} equals {b}", "whether {a} and {b} are equal"), 1, 1),
)
_FOLLOWED = (("followed", "{a} + {b}", ("{a} followed by {b}", "{a} and then {b}"), 1, 2),)

_NAMED_OPS = {
    (kind, result): tuple(op for op in ops if op.result == result and op.nouns[0].startswith("the "))
    for kind, ops in FROM.items()
    for result in ("int", "str")
}


def returning(draw: Draw) -> str:
    """A verb for giving back."""
    return draw.pick(("Return", "Return", "Give", "Compute"))


def _chain(draw: Draw) -> Draft:
    """Two or three steps, one after the other; the last may be a condition."""
    x = draw.arg(draw.pick(_STARTS))
    name, last = x.noun, ""
    said: list[Said] = []
    asks = draw.chance(0.15)
    for _ in range((2 if draw.chance(0.6) else 3) - asks):
        op = draw.pick(FROM[x.type])
        while op.name == last:
            op = draw.pick(FROM[x.type])
        last = op.name
        x, step = apply(draw, op, x, new=0.15, strict=True)
        said.append(step)
    if asks:
        pred = draw.pick([pred for pred in PREDS[x.type] if pred.name not in TWICE])
        x, says = holds(draw, pred, x, new=0.15)
        said.append(Said(f"check whether {{o}} {says}", f"whether {{o}} {says}"))
    plan = [step.do("it" if i else name) for i, step in enumerate(said)]
    return draw.draft(_sentence(draw, x.noun, name, said), f"    return {x.code}\n", x.type, x.structure, plan)


def _sentence(draw: Draw, noun: str, name: str, said: Sequence[Said]) -> str:
    """One of the ways to say a chain: as one noun, or step by step."""
    if noun and draw.chance(0.5):
        return f"{returning(draw)} {noun}."
    first, rest, last = said[0].do(name), [step.do("it") for step in said[1:]], said[-1].of("it")
    way = draw.rng.random()
    if way < 0.5:
        return ", ".join([first, *rest[:-1]]) + f" and return {last}."
    if way < 0.8:
        return ", ".join([first, *rest]) + " and return the result."
    return f"First {first}, then " + ", then ".join(rest) + "."


def _part(draw: Draw, kinds: Sequence[str], result: str, *, old: float) -> Expr:
    """One operation on an argument, or the bare argument."""
    kind = draw.pick(kinds)
    x = draw.old(kind) if draw.chance(old) else draw.arg(kind)
    if kind == result and draw.chance(0.3):
        return x
    return apply(draw, draw.pick(_NAMED_OPS[kind, result]), x, new=0.0, strict=True)[0]


def _combine(draw: Draw) -> Draft:
    """Two numbers and one operation or comparison between them."""
    kinds = ("int", "list[int]", "list[int]", "str", "list[str]", "dict[str, int]")
    a, b = _part(draw, kinds, "int", old=0.0), _part(draw, kinds, "int", old=0.5)
    if draw.chance(0.2):
        return _joined(draw, a, b, _COMPARES, "bool")
    return _joined(draw, a, b, _JOINS, "int")


def _combine_text(draw: Draw) -> Draft:
    """Two texts, one after the other."""
    kinds = ("str", "str", "list[str]", "int")
    a, b = _part(draw, kinds, "str", old=0.0), _part(draw, kinds, "str", old=0.4)
    return _joined(draw, a, b, _FOLLOWED, "str")


def _joined(
    draw: Draw, a: Expr, b: Expr, joins: Sequence[tuple[str, str, tuple[str, ...], int, int]], result: str
) -> Draft:
    if a.code == b.code:
        raise NoRoom
    name, code, nouns, need_a, need_b = draw.pick(joins)
    code = code.format(a=a.within(need_a), b=b.within(need_b))
    noun = draw.pick(nouns).format(a=a.noun, b=b.noun)
    plan = [f"a is {a.noun}", f"b is {b.noun}", f"return {nouns[0].format(a='a', b='b')}"]
    structure = f"{name}({a.structure},{b.structure})"
    return draw.draft(f"{returning(draw)} {noun}.", f"    return {code}\n", result, structure, plan)


TEMPLATES = ((_chain, 6), (_combine, 3), (_combine_text, 1))
"""Templates and how often each is drawn."""
