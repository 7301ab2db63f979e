"""Mutants of our own programs: one token changed, found by reading the text once.

The programs have no comments and no multi-line strings, so tokens are enough and fast. Not covered: changes of more
than one token, and programs of others (``unriddle.lab.mutants`` edits syntax trees).
"""

from __future__ import annotations

import random
import re

__all__ = ["mutants"]

_TOKENS = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\d+|->|[=!<>]=|[+*/%-]+=|//|\*\*|[<>+*%-]')

_OTHERS: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">"), "<=": ("<", ">"), ">": (">=", "<"), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "+": ("-",), "-": ("+",), "*": ("+",), "//": ("*",), "%": ("//",), "**": ("*",), "+=": ("-=", "="),
    "-=": ("+=",), "*=": ("+=",), "and": ("or",), "or": ("and",), "if": ("if not",), "min": ("max",), "max": ("min",),
    "any": ("all",), "all": ("any",), "True": ("False",), "False": ("True",), "upper": ("lower",), "lower": ("upper",),
    "startswith": ("endswith",), "endswith": ("startswith",), "isalpha": ("isdigit",), "isdigit": ("isalpha",),
    "isupper": ("islower",), "islower": ("isupper",), "sorted": ("list",), "sum": ("len",), "values": ("keys",),
}  # fmt: skip


def mutants(text: str, *, n: int, rng: random.Random) -> list[str]:
    """At most ``n`` texts that differ from ``text`` in one token each, drawn evenly over the tokens.

    >>> mutants("return a < 3", n=9, rng=random.Random(0))[:1] != []
    True
    """
    places = [(match, others) for match in _TOKENS.finditer(text) if (others := _changes(match.group()))]
    if len(places) > n:
        places = rng.sample(places, n)
    made = []
    for match, others in places:
        new = others[int(rng.random() * len(others))]
        made.append(f"{text[: match.start()]}{new}{text[match.end() :]}")
    return made


def _changes(token: str) -> tuple[str, ...]:
    """What a token may become."""
    if token[0].isdigit():
        number = int(token)
        return (str(number + 1), str(number - 1)) if number else ("1",)
    if token[0] == '"':
        return ('"q"',) if len(token) > 2 else ('"."',)
    return _OTHERS.get(token, ())
