"""Operations: typed steps from one value to another, each with code and several ways to say it.

A noun that ends in ``{x}`` can hold any phrase without ambiguity; the others are used around bare arguments only.
Verbs hold their object as ``{o}``. Not covered: conditions (``preds``) and everything with a loop variable.
"""

from __future__ import annotations

from typing import NamedTuple

from unriddle.data.world.draft import ATOM

__all__ = ["FROM", "OPS", "Op", "between"]

I, S, L, W, D = "int", "str", "list[int]", "list[str]", "dict[str, int]"  # noqa: E741


class Op(NamedTuple):
    """One operation: ``code`` with ``{x}`` and its slots, what binding ``{x}`` needs, what binding comes out."""

    name: str
    source: str
    result: str
    code: str
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    need: int = ATOM
    binding: int = ATOM


def _op(
    name: str, source: str, result: str, code: str, nouns: str, verbs: str, need: int = ATOM, binding: int = ATOM
) -> Op:
    """An operation whose phrases are separated by bars."""
    return Op(name, source, result, code, tuple(nouns.split("|")), tuple(verbs.split("|")), need, binding)


OPS: tuple[Op, ...] = (
    _op("add", I, I, "{x} + {k}", "{k} more than {x}|{x} plus {k}", "add {k} to {o}|increase {o} by {k}", 1, 1),
    _op("sub", I, I, "{x} - {k}", "{k} less than {x}|{x} minus {k}", "subtract {k} from {o}|decrease {o} by {k}", 1, 1),
    _op("subfrom", I, I, "{k} - {x}", "{k} minus {x}", "subtract {o} from {k}", 2, 1),
    _op("mul", I, I, "{x} * {k}", "{k} times {x}|{x} times {k}", "multiply {o} by {k}", 2, 2),
    _op("double", I, I, "{x} * 2", "twice {x}|double {x}", "double {o}", 2, 2),
    _op("div", I, I, "{x} // {j}",
        "the quotient by {j} of {x}|{x} divided by {j} rounded down", "divide {o} by {j} rounding down", 2, 2),
    _op("mod", I, I, "{x} % {j}", "the remainder modulo {j} of {x}|{x} modulo {j}", "take {o} modulo {j}", 2, 2),
    _op("neg", I, I, "-{x}", "the negative of {x}|minus {x}", "negate {o}|flip the sign of {o}", ATOM, 3),
    _op("abs", I, I, "abs({x})",
        "the absolute value of {x}|the size of {x}", "take the absolute value of {o}|drop the sign of {o}", -1),
    _op("square", I, I, "{x} ** 2", "the square of {x}|{x} squared", "square {o}", ATOM, 3),
    _op("atleast", I, I, "max({x}, {k})", "the larger of {k} and {x}", "raise {o} to at least {k}", -1),
    _op("atmost", I, I, "min({x}, {k})", "the smaller of {k} and {x}", "cap {o} at {k}", -1),
    _op("text", I, S, "str({x})", "the text of {x}|{x} as text", "turn {o} into text", -1),
    _op("length", S, I, "len({x})", "the length of {x}|the number of characters in {x}", "take the length of {o}", -1),
    _op("count", S, I, "{x}.count({c})",
        "the number of {c} in {x}|how often {c} occurs in {x}", "count the {c} in {o}"),
    _op("find", S, I, "{x}.find({c})", "the index of the first {c} in {x}", "find the first {c} in {o}"),
    _op("upper", S, S, "{x}.upper()",
        "the upper case of {x}|{x} in upper case", "turn {o} to upper case|uppercase {o}"),
    _op("lower", S, S, "{x}.lower()",
        "the lower case of {x}|{x} in lower case", "turn {o} to lower case|lowercase {o}"),
    _op("swapcase", S, S, "{x}.swapcase()",
        "the swapped case of {x}|{x} with its case swapped", "swap the case of {o}"),
    _op("capitalize", S, S, "{x}.capitalize()", "the capitalized form of {x}|{x} capitalized", "capitalize {o}"),
    _op("reverse", S, S, "{x}[::-1]", "the reverse of {x}|{x} reversed|{x} backwards", "reverse {o}"),
    _op("first", S, S, "{x}[:{i}]", "the first {i} characters of {x}", "keep the first {i} characters of {o}"),
    _op("last", S, S, "{x}[-{i}:]", "the last {i} characters of {x}", "keep the last {i} characters of {o}"),
    _op("skip", S, S, "{x}[{i}:]", "all but the first {i} characters of {x}", "drop the first {i} characters of {o}"),
    _op("cut", S, S, "{x}[:-{i}]", "all but the last {i} characters of {x}", "drop the last {i} characters of {o}"),
    _op("every2", S, S, "{x}[::2]", "every second character of {x}", "keep every second character of {o}"),
    _op("replace", S, S, "{x}.replace({c}, {e})",
        "{x} with {c} replaced by {e}", "replace {c} by {e} in {o}|change every {c} to {e} in {o}"),
    _op("remove", S, S, '{x}.replace({c}, "")', "{x} without {c}", "remove every {c} from {o}|delete every {c} in {o}"),
    _op("repeat", S, S, "{x} * {r}", "{r} copies of {x}|{x} repeated {r} times", "repeat {o} {r} times", 2, 2),
    _op("append", S, S, "{x} + {w}", "{x} followed by {w}", "append {w} to {o}|add {w} to the end of {o}", 1, 1),
    _op("prepend", S, S, "{w} + {x}", "{w} followed by {x}", "put {w} before {o}|add {w} to the front of {o}", 2, 1),
    _op("sortchars", S, S, '"".join(sorted({x}))', "the sorted characters of {x}", "sort the characters of {o}", -1),
    _op("words", S, W, "{x}.split()", "the words of {x}|the words in {x}", "split {o} into words"),
    _op("sum", L, I, "sum({x})", "the sum of {x}|the total of {x}", "add up {o}|sum {o}", -1),
    _op("size", L, I, "len({x})", "the length of {x}|the number of items in {x}", "take the length of {o}", -1),
    _op("max", L, I, "max({x})",
        "the largest of {x}|the maximum of {x}", "take the largest of {o}|take the maximum of {o}", -1),
    _op("min", L, I, "min({x})",
        "the smallest of {x}|the minimum of {x}", "take the smallest of {o}|take the minimum of {o}", -1),
    _op("head", L, I, "{x}[0]", "the first item of {x}", "take the first item of {o}"),
    _op("tail", L, I, "{x}[-1]", "the last item of {x}", "take the last item of {o}"),
    _op("at", L, I, "{x}[{h}]", "the item at index {h} of {x}", "take the item at index {h} of {o}"),
    _op("countof", L, I, "{x}.count({k})",
        "how often {k} occurs in {x}|the number of {k} in {x}", "count the {k} in {o}"),
    _op("distinct", L, I, "len(set({x}))",
        "the number of distinct items in {x}|the number of different items in {x}",
        "count the distinct items in {o}", -1),
    _op("sort", L, L, "sorted({x})",
        "the sorted {x}|{x} sorted|{x} in increasing order", "sort {o}|sort {o} in increasing order", -1),
    _op("sortdown", L, L, "sorted({x}, reverse=True)",
        "{x} in decreasing order|{x} sorted from large to small",
        "sort {o} in decreasing order|sort {o} from large to small", -1),
    _op("unique", L, L, "sorted(set({x}))",
        "the sorted distinct items of {x}", "sort {o} without repeats|sort the distinct items of {o}", -1),
    _op("reverse", L, L, "{x}[::-1]", "the reverse of {x}|{x} reversed|{x} backwards", "reverse {o}"),
    _op("first", L, L, "{x}[:{i}]", "the first {i} items of {x}", "keep the first {i} items of {o}"),
    _op("last", L, L, "{x}[-{i}:]", "the last {i} items of {x}", "keep the last {i} items of {o}"),
    _op("skip", L, L, "{x}[{i}:]", "all but the first {i} items of {x}", "drop the first {i} items of {o}"),
    _op("cut", L, L, "{x}[:-{i}]", "all but the last {i} items of {x}", "drop the last {i} items of {o}"),
    _op("every2", L, L, "{x}[::2]", "every second item of {x}", "keep every second item of {o}"),
    _op("append", L, L, "{x} + [{k}]", "{x} followed by {k}", "append {k} to {o}|add {k} to the end of {o}", 1, 1),
    _op("prepend", L, L, "[{k}] + {x}", "{k} followed by {x}", "put {k} before {o}|add {k} to the front of {o}", 2, 1),
    _op("join", W, S, "{w}.join({x})", "{x} joined with {w}", "join {o} with {w}", -1),
    _op("glue", W, S, '" ".join({x})', "{x} joined with spaces", "join {o} with spaces", -1),
    _op("size", W, I, "len({x})", "the number of {x}|the length of {x}", "count {o}", -1),
    _op("sort", W, W, "sorted({x})",
        "the sorted {x}|{x} in alphabetical order", "sort {o}|sort {o} in alphabetical order", -1),
    _op("bylength", W, W, "sorted({x}, key=len)", "{x} sorted by length", "sort {o} by length", -1),
    _op("reverse", W, W, "{x}[::-1]", "the reverse of {x}|{x} in reverse order", "reverse {o}"),
    _op("first", W, W, "{x}[:{i}]", "the first {i} of {x}", "keep the first {i} of {o}"),
    _op("skip", W, W, "{x}[{i}:]", "all but the first {i} of {x}", "drop the first {i} of {o}"),
    _op("head", W, S, "{x}[0]", "the first of {x}", "take the first of {o}"),
    _op("tail", W, S, "{x}[-1]", "the last of {x}", "take the last of {o}"),
    _op("longest", W, S, "max({x}, key=len)", "the longest of {x}", "take the longest of {o}", -1),
    _op("shortest", W, S, "min({x}, key=len)", "the shortest of {x}", "take the shortest of {o}", -1),
    _op("sumvalues", D, I, "sum({x}.values())",
        "the sum of the values of {x}|the total of the values in {x}", "add up the values of {o}"),
    _op("maxvalue", D, I, "max({x}.values())",
        "the largest value of {x}|the largest value in {x}", "take the largest value of {o}"),
    _op("size", D, I, "len({x})", "the number of keys of {x}|the number of keys in {x}", "count the keys of {o}", -1),
    _op("values", D, L, "sorted({x}.values())", "the sorted values of {x}", "sort the values of {o}"),
    _op("keys", D, W, "sorted({x})", "the sorted keys of {x}", "sort the keys of {o}", -1),
)  # fmt: skip


def _by_source() -> dict[str, tuple[Op, ...]]:
    found: dict[str, list[Op]] = {}
    for op in OPS:
        found.setdefault(op.source, []).append(op)
    return {kind: tuple(ops) for kind, ops in found.items()}


FROM = _by_source()
"""The operations by the type they take."""

_BETWEEN: dict[tuple[str, str], tuple[Op, ...]] = {
    (a, b): tuple(op for op in OPS if (op.source, op.result) == (a, b)) for a in FROM for b in (I, S, L, W, D)
}


def between(source: str, result: str) -> tuple[Op, ...]:
    """The operations from one type to another."""
    return _BETWEEN[source, result]
