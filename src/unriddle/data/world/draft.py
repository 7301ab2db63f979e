"""A draft: one problem as words and code before anything has run, and the builder that collects its arguments.

Not covered: whether the program is any good; ``check`` runs it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from unriddle.data.world.kinds import NAMES

__all__ = ["ATOM", "Draft", "Draw", "Expr", "NoRoom", "block"]

_T = TypeVar("_T")

ATOM = 4
"""Binding of names, calls and subscripts; 3 power and sign, 2 products, 1 sums, 0 comparisons, -1 conditionals."""

_LETTERS = "aeiorstnlb"
_STRINGS = ("-", "!", "_", "x", "ok", "ab")


class NoRoom(Exception):
    """A draw ran out of argument names, or came out degenerate; the draft is given up."""


class Expr(NamedTuple):
    """An expression: code and its binding, how it reads as a noun, its type, its structure."""

    code: str
    binding: int
    noun: str
    type: str
    structure: str

    def within(self, need: int) -> str:
        """The code, in parentheses where it binds less than ``need``."""
        return self.code if self.binding >= need else f"({self.code})"

    @property
    def simple(self) -> bool:
        """Whether it is a bare argument, so that any phrase may be built around its noun."""
        return self.structure == self.type


@dataclass(frozen=True, slots=True)
class Draft:
    """What a level's template made.

    Args:
        statement: What is wanted, in words.
        body: The lines below the header, indented; helpers follow at column 0.
        params: Names and types of the arguments.
        returns: The type returned.
        structure: The tree of ideas without constants and names, as text: ``sum(filter(even,list[int]))``.
        plan: The steps in words, in the order of the program.
        entry: Name of the function.
    """

    statement: str
    body: str
    params: tuple[tuple[str, str], ...]
    returns: str
    structure: str
    plan: tuple[str, ...]
    entry: str

    @property
    def header(self) -> str:
        """The ``def`` line."""
        arguments = ", ".join([f"{name}: {kind}" for name, kind in self.params])
        return f"def {self.entry}({arguments}) -> {self.returns}:"


class Draw:
    """The random choices behind one draft: arguments, constants, phrases."""

    __slots__ = ("entry", "params", "rng")

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.params: list[tuple[str, str]] = []
        self.entry = "f" if rng.random() < 0.6 else self.pick(("solve", "compute", "g", "run"))

    def pick(self, of: Sequence[_T]) -> _T:
        """One of several, evenly."""
        return of[int(self.rng.random() * len(of))]

    def chance(self, p: float) -> bool:
        """True with probability ``p``."""
        return self.rng.random() < p

    def arg(self, kind: str) -> Expr:
        """A new argument of this type."""
        taken = {name for name, _ in self.params}
        free = [name for name in NAMES[kind] if name not in taken]
        if not free or len(self.params) == 3:
            raise NoRoom
        name = free[0] if self.chance(0.7) else self.pick(free)
        self.params.append((name, kind))
        return Expr(name, ATOM, name, kind, kind)

    def old(self, kind: str) -> Expr:
        """An argument of this type that is there already, else a new one."""
        have = [name for name, of in self.params if of == kind]
        if not have:
            return self.arg(kind)
        name = self.pick(have)
        return Expr(name, ATOM, name, kind, kind)

    def slots(self, template: str, *, new: float = 0.2) -> tuple[dict[str, str], str]:
        """Values for the slots a code template names, and the mark they leave in the structure.

        Args:
            template: Code with ``{k}`` (a number), ``{j}`` (a number that is never an argument), ``{i}`` (a short
                length), ``{h}`` (an index), ``{r}`` (how many times), ``{c}`` and ``{e}`` (letters) and ``{w}`` (a
                short text).
            new: How often ``{k}`` is an argument.
        """
        values, mark = {}, ""
        if "{k}" in template:
            if self.chance(new):
                values["k"], mark = self.arg("int").code, "_arg"
            else:
                values["k"] = str(self.rng.randint(2, 10))
        if "{j}" in template:
            values["j"] = str(self.rng.randint(2, 7))
        if "{i}" in template:
            values["i"] = str(self.rng.randint(2, 4))
        if "{h}" in template:
            values["h"] = str(self.rng.randint(1, 3))
        if "{r}" in template:
            values["r"] = str(self.rng.randint(2, 3))
        if "{c}" in template:
            first, second = self.rng.sample(_LETTERS, 2)
            values["c"], values["e"] = f'"{first}"', f'"{second}"'
        if "{w}" in template:
            values["w"] = f'"{self.pick(_STRINGS)}"'
        return values, mark

    def draft(self, statement: str, body: str, returns: str, structure: str, plan: Sequence[str]) -> Draft:
        """The finished draft; the arguments are those drawn so far, and all of them must be used."""
        if not all(re.search(rf'(?<!["\w]){name}\b', body) for name, _ in self.params):
            raise NoRoom
        text = statement[0].upper() + statement[1:]
        structure = structure.replace("dict[str, int]", "dict")  # a comma would split it
        return Draft(text, body, tuple(self.params), returns, structure, tuple(plan), self.entry)


def block(*lines: str) -> str:
    """Lines as the body of a function.

    >>> block("return 1")
    '    return 1\\n'
    """
    return "".join([f"    {line}\n" for line in lines])
