"""Conditions on one value, each with code and several ways to say it (``is even``; plural ``are even``).

Not covered: conditions on two values.
"""

from __future__ import annotations

from typing import NamedTuple

from unriddle.data.world.draft import ATOM

__all__ = ["PREDS", "Pred", "plural"]

I, S, L, W, D = "int", "str", "list[int]", "list[str]", "dict[str, int]"  # noqa: E741
CHAR = "char"


class Pred(NamedTuple):
    """One condition: ``code`` with ``{x}`` and its slots; ``says`` begin with a verb in the singular."""

    name: str
    source: str
    code: str
    says: tuple[str, ...]
    need: int = ATOM
    binding: int = 0


_ALL: tuple[Pred, ...] = (
    Pred("even", I, "{x} % 2 == 0", ("is even", "is divisible by 2"), 2),
    Pred("odd", I, "{x} % 2 == 1", ("is odd", "is not even"), 2),
    Pred("above", I, "{x} > {k}", ("is greater than {k}", "is above {k}", "is more than {k}"), 1),
    Pred("below", I, "{x} < {k}", ("is less than {k}", "is below {k}", "is smaller than {k}"), 1),
    Pred("least", I, "{x} >= {k}", ("is at least {k}", "is {k} or more"), 1),
    Pred("most", I, "{x} <= {k}", ("is at most {k}", "is {k} or less"), 1),
    Pred("equal", I, "{x} == {k}", ("is {k}", "is equal to {k}"), 1),
    Pred("other", I, "{x} != {k}", ("is not {k}", "is different from {k}"), 1),
    Pred("multiple", I, "{x} % {j} == 0", ("is a multiple of {j}", "is divisible by {j}"), 2),
    Pred("nomultiple", I, "{x} % {j} != 0", ("is not a multiple of {j}", "is not divisible by {j}"), 2),
    Pred("positive", I, "{x} > 0", ("is positive", "is greater than 0"), 1),
    Pred("negative", I, "{x} < 0", ("is negative", "is less than 0"), 1),
    Pred("longer", S, "len({x}) > {j}", ("is longer than {j}", "has more than {j} characters"), -1),
    Pred("shorter", S, "len({x}) < {j}", ("is shorter than {j}", "has fewer than {j} characters"), -1),
    Pred("evenlen", S, "len({x}) % 2 == 0", ("has even length",), -1),
    Pred("starts", S, "{x}.startswith({c})", ("starts with {c}", "begins with {c}")),
    Pred("ends", S, "{x}.endswith({c})", ("ends with {c}", "ends in {c}")),
    Pred("holds", S, "{c} in {x}", ("contains {c}", "has {c} in it"), 1),
    Pred("lacks", S, "{c} not in {x}", ("does not contain {c}", "has no {c}"), 1),
    Pred("palindrome", S, "{x} == {x}[::-1]", ("is a palindrome", "reads the same backwards"), ATOM),
    Pred("vowel", CHAR, '{x} in "aeiou"', ("is a vowel",), 1),
    Pred("novowel", CHAR, '{x} not in "aeiou"', ("is not a vowel",), 1),
    Pred("letter", CHAR, "{x}.isalpha()", ("is a letter",), ATOM, ATOM),
    Pred("digit", CHAR, "{x}.isdigit()", ("is a digit",), ATOM, ATOM),
    Pred("capital", CHAR, "{x}.isupper()", ("is upper case", "is a capital"), ATOM, ATOM),
    Pred("small", CHAR, "{x}.islower()", ("is lower case",), ATOM, ATOM),
    Pred("isnt", CHAR, "{x} != {c}", ("is not {c}", "is different from {c}"), 1),
    Pred("before", CHAR, "{x} < {c}", ("comes before {c}", "is less than {c}"), 1),
    Pred("among", CHAR, "{x} in {w}", ("is in {w}", "occurs in {w}"), 1),
    Pred("has", L, "{k} in {x}", ("contains {k}", "has {k} in it"), 1),
    Pred("hasnt", L, "{k} not in {x}", ("does not contain {k}", "has no {k}"), 1),
    Pred("longer", L, "len({x}) > {j}", ("has more than {j} items", "is longer than {j}"), -1),
    Pred("repeats", L, "len(set({x})) < len({x})", ("has repeats", "has repeated items"), -1),
    Pred("sorted", L, "{x} == sorted({x})", ("is sorted", "is in increasing order"), ATOM),
    Pred("longer", W, "len({x}) > {i}", ("has more than {i} items", "is longer than {i}"), -1),
    Pred("haskey", D, "{c} in {x}", ("has the key {c}", "contains the key {c}"), 1),
    Pred("bigger", D, "len({x}) > {i}", ("has more than {i} keys",), -1),
)  # fmt: skip

PREDS: dict[str, tuple[Pred, ...]] = {
    kind: tuple(pred for pred in _ALL if pred.source == kind) for kind in (I, S, CHAR, L, W, D)
}
"""The conditions by the type they look at; ``char`` is a text of length one."""

_PLURAL = {"is": "are", "has": "have", "does": "do", "comes": "come"}


def plural(says: str) -> str:
    """The phrase for several things.

    >>> plural("is even"), plural("starts with x")
    ('are even', 'start with x')
    """
    verb, blank, rest = says.partition(" ")
    return _PLURAL.get(verb, verb.removesuffix("s")) + blank + rest
