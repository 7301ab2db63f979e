"""Test cases as pieces of code: what is built first, and the expression whose value is tested.

Arguments are drawn from what the parameters seem to take; errors teach which guess was wrong. Objects of the module
are built by constructor calls, and methods are called one after another on one object. Not covered: running
them (``unriddle.testgen.case_search``).
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from unriddle.errors import BadProblem
from unriddle.testgen.draw import Pool, boundary, draw
from unriddle.testgen.guess_kinds import likely_kinds
from unriddle.testgen.kinds import ANY, Kind, kind_of_annotation
from unriddle.testgen.mutate import mutate
from unriddle.testgen.targets import Class, Function, Module

__all__ = ["Call", "Case", "CaseMaker", "Made", "is_readable"]


@dataclass(frozen=True, slots=True)
class Made:
    """An object of one of the module's classes, as an argument."""

    call: Call


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one function, or of a method on what the case has built.

    Attributes:
        function: What is called.
        args: Plain values and ``Made`` objects, by place.
        guesses: Which of the likely kinds each argument was drawn from.
        keywords: Arguments by name.
    """

    function: Function
    args: tuple[Any, ...] = ()
    guesses: tuple[int, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()

    def text(self, on: str = "") -> str:
        """As source; ``on`` is the name of the object for methods."""
        given = ", ".join([*map(_shown, self.args), *(f"{key}={_shown(value)}" for key, value in self.keywords)])
        name = self.function.name
        if self.function.kind == "member":
            return self.function.entry
        if self.function.kind == "property":
            return f"{on}.{name}"
        if self.function.kind in ("classmethod", "staticmethod", "function"):
            return f"{self.function.entry}({given})"
        if not on:
            return f"{self.function.entry}({given})"
        return _operator(name, on, given) or f"{on}.{name}({given})"


def _shown(arg: Any) -> str:
    return arg.call.text() if isinstance(arg, Made) else repr(arg)


def _operator(name: str, on: str, given: str) -> str:
    """Special methods as people write them."""
    binary = {"__eq__": "==", "__lt__": "<", "__add__": "+", "__sub__": "-", "__mul__": "*", "__le__": "<=",
              "__gt__": ">", "__ge__": ">=", "__or__": "|", "__and__": "&", "__ne__": "!=", "__xor__": "^",
              "__truediv__": "/", "__floordiv__": "//", "__mod__": "%", "__pow__": "**"}  # fmt: skip
    unary = {"__len__": "len", "__iter__": "list", "__bool__": "bool", "__hash__": "hash", "__repr__": "repr",
             "__str__": "str", "__reversed__": "list", "__abs__": "abs", "__int__": "int", "__float__": "float",
             "__next__": "next"}  # fmt: skip
    if name in binary:
        return f"{on} {binary[name]} {given}"
    if name in unary:
        return f"{unary[name]}({'reversed(' + on + ')' if name == '__reversed__' else on})"
    return {
        "__contains__": f"{given} in {on}",
        "__getitem__": f"{on}[{given}]",
        "__call__": f"{on}({given})",
        "__neg__": f"-{on}",
        "__invert__": f"~{on}",
        "__enter__": f"{on}.__enter__()",
    }.get(name, "")


@dataclass(frozen=True, slots=True)
class Case:
    """What is built, what is done with it, and whose value is looked at.

    Attributes:
        target: The function, or the class whose object is used.
        make: The constructor call; ``None`` for functions.
        calls: Calls in order; the last one's value is tested.
    """

    target: Function | Class
    make: Call | None
    calls: tuple[Call, ...]

    @property
    def variable(self) -> str:
        """Name of the object under test."""
        return _snake(self.target.name) if self.make is not None else ""

    @property
    def lines(self) -> list[str]:
        """The statements before the expression."""
        before = [] if self.make is None or not self.calls else [f"{self.variable} = {self.make.text()}"]
        return before + [call.text(self.variable) for call in self.calls[:-1]]

    @property
    def expression(self) -> str:
        """The expression that is tested."""
        if not self.calls:
            return self.make.text() if self.make is not None else "None"
        return self.calls[-1].text(self.variable)

    @property
    def code(self) -> str:
        """All of it, the expression last."""
        return "\n".join([*self.lines, self.expression])

    @property
    def size(self) -> int:
        """How long it is to read."""
        return len(self.code)

    @property
    def entry(self) -> str:
        """Dotted name of what is tested."""
        return self.calls[-1].function.entry if self.calls else self.target.name


def _snake(name: str) -> str:
    made = "".join(f"_{c.lower()}" if c.isupper() and i and not name[i - 1].isupper() else c.lower()
                   for i, c in enumerate(name))  # fmt: skip
    return made.strip("_") if made.strip("_") != name else f"the_{made}"


@dataclass(slots=True)
class CaseMaker:
    """Draws and changes cases for a module.

    Args:
        module: What it offers.
        source: Its text.
        rng: Where randomness comes from.
        pool: Literals to mix in.
    """

    module: Module
    source: str
    rng: np.random.Generator
    pool: Pool
    _kinds: dict[str, list[list[Kind]]] = field(init=False, default_factory=dict)
    _scores: dict[str, list[list[float]]] = field(init=False, default_factory=dict)
    _classes: dict[str, Class] = field(init=False)
    _called: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self._classes = {c.name: c for c in self.module.classes}

    def new(self, target: Function | Class) -> Case:
        """A case of new values."""
        if isinstance(target, Function):
            return Case(target, None, (self.call(target),))
        make = self.call(target.make) if target.make is not None else None
        methods = [m for m in target.methods if m.kind != "setter" and not m.skipped]
        if make is None:
            make = Call(self._member(target))
        if not methods:
            return Case(target, make, ())
        n = int(self.rng.integers(1, 4))
        return Case(target, make, tuple(self.call(self._rare(methods)) for _ in range(n)))

    def _rare(self, methods: Sequence[Function]) -> Function:
        """Of two methods, the one that was called less."""
        method: Function = min((self._one(methods) for _ in range(2)), key=lambda m: self._called[m.entry])
        self._called[method.entry] += 1
        return method

    def _member(self, target: Class) -> Function:
        """A member of an enumeration, as what makes it."""
        name = f"{target.name}.{self._one(target.members or ('mro()',))}"
        return Function(name, name, 0, 0, (), "member")

    def _one(self, values: Sequence[Any]) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def call(self, function: Function, depth: int = 0) -> Call:
        """A call with new arguments."""
        if function.kind in ("property", "member"):
            return Call(function)
        kinds = self._likely(function)
        extra = int(self.rng.integers(0, max(1, len(kinds) - function.n_required + 1)))
        n = min(len(kinds), function.n_required + extra)
        args, guesses = [], []
        for i in range(n):
            annotation = function.annotations[i] if i < len(function.annotations) else ""
            own = self._own_class(annotation, function)
            if own is not None and depth < 2:
                args.append(Made(self.call(own, depth + 1)))
                guesses.append(-1)
            else:
                guess = self._guess(function.entry, i)
                args.append(self._value(kinds[i][guess]))
                guesses.append(guess)
        if function.more is not None and n == len(kinds):
            for _ in range(int(self.rng.integers(0, 3))):
                args.append(self._further(function.more, function, depth))
                guesses.append(-1)
        keywords = [
            (name, self._further(annotation or _annotation_of(default), function, depth))
            for name, annotation, default in function.keywords
            if not default or self.rng.random() < 0.3
        ]
        return Call(function, tuple(args), tuple(guesses), tuple(keywords))

    def _further(self, annotation: str, function: Function, depth: int) -> Any:
        """A value of an annotation: an object of the module, or a plain one."""
        own = self._own_class(annotation, function)
        if own is not None and depth < 2:
            return Made(self.call(own, depth + 1))
        return self._value(kind_of_annotation(annotation))

    def _own_class(self, annotation: str, function: Function) -> Function | None:
        """The constructor of a class of the module that the annotation names (``Self`` and the class itself too)."""
        words = annotation.replace('"', "").replace("'", "")
        if words in _ANYTHING and function.name in _WITH_LIKE and self.rng.random() < 0.7:
            words = function.entry.partition(".")[0]
        if words in ("Self", "typing.Self"):
            words = function.entry.partition(".")[0]
        words = words.removesuffix(" | None").removeprefix("Optional[").removesuffix("]")
        for name, known in self._classes.items():
            if words == name or words in known.bases:
                made = self._classes[name].make
                return replace(made, kind="function") if made is not None else self._member(self._classes[name])
        return None

    def _value(self, kind: Kind) -> Any:
        if self.rng.random() < 0.2:
            edges = boundary(kind, special=False, far=False)
            if edges:
                return copy.deepcopy(self._one(edges))
        if kind.name in ("int", "float") and self.rng.random() < 0.25:
            return draw(kind, size=100, rng=self.rng, pool=self.pool)
        return draw(kind, size=int(self.rng.integers(1, 7)), rng=self.rng, pool=self.pool)

    def _likely(self, function: Function) -> list[list[Kind]]:
        name = function.entry
        if name not in self._kinds:
            try:
                found = [list(kinds) for kinds in likely_kinds(self.source, name)]
            except BadProblem:
                found = []
            found = found[: max(function.n_places, len(found) if function.n_places == 0 else 0)]
            while len(found) < function.n_places:
                found.append([Kind("int"), Kind("str"), Kind("list", (Kind("int"),))])
            self._kinds[name] = [kinds + ([ANY] if len(kinds) > 1 else []) for kinds in found]
            self._scores[name] = [[1.0 / (1 + i) for i in range(len(kinds))] for kinds in self._kinds[name]]
        return self._kinds[name]

    def _guess(self, entry: str, place: int) -> int:
        scores = np.array(self._scores[entry][place])
        return int(self.rng.choice(len(scores), p=scores / scores.sum()))

    def learn(self, case: Case, *, wrong_type: bool) -> None:
        """Take from how a case ended which guesses fit; ``wrong_type``: it raised as calls with wrong types do."""
        for call in [*([case.make] if case.make else []), *case.calls]:
            scores = self._scores.get(call.function.entry)
            if scores is None:
                continue
            for place, guess in enumerate(call.guesses):
                if guess >= 0 and place < len(scores):
                    now = scores[place][guess]
                    scores[place][guess] = max(0.02, now * 0.93) if wrong_type else min(2.0, now * 1.05)

    def change(self, case: Case) -> Case:
        """A case a little different: other arguments, a call more, less or elsewhere."""
        if isinstance(case.target, Class) and case.make is not None:
            way = int(self.rng.integers(5))
            methods = [m for m in case.target.methods if m.kind != "setter" and not m.skipped]
            calls = list(case.calls)
            if way == 0 and methods and len(calls) < 8:
                calls.insert(int(self.rng.integers(len(calls) + 1)), self.call(self._rare(methods)))
                return replace(case, calls=tuple(calls))
            if way == 1 and len(calls) > 1:
                del calls[int(self.rng.integers(len(calls)))]
                return replace(case, calls=tuple(calls))
            if way == 2 and methods:
                return replace(case, calls=(*calls[-6:], self.call(self._rare(methods))))
            if way == 3 and case.make.args:
                return replace(case, make=self._changed(case.make))
        if not case.calls:
            return replace(case, make=self._changed(case.make)) if case.make is not None else case
        place = int(self.rng.integers(len(case.calls)))
        calls = list(case.calls)
        calls[place] = self._changed(calls[place])
        return replace(case, calls=tuple(calls))

    def _changed(self, call: Call) -> Call:
        n, more = len(call.args), len(call.keywords)
        if not n + more or self.rng.random() < 0.1:
            return self.call(call.function)
        if call.function.keywords and self.rng.random() < 0.3:
            return self._other_keywords(call)
        args, keywords = list(call.args), list(call.keywords)
        for _ in range(int(self.rng.integers(1, 4))):
            place = int(self.rng.integers(n + more))
            if place < n:
                args[place] = self._changed_value(args[place])
            else:
                name, value = keywords[place - n]
                keywords[place - n] = (name, self._changed_value(value))
        return replace(call, args=tuple(args), keywords=tuple(keywords))

    def _changed_value(self, old: Any) -> Any:
        return Made(self._changed(old.call)) if isinstance(old, Made) else mutate(old, rng=self.rng, pool=self.pool)

    def _other_keywords(self, call: Call) -> Call:
        """One keyword left out or given anew."""
        name, annotation, default = self._one(call.function.keywords)
        others = tuple(pair for pair in call.keywords if pair[0] != name)
        if default and len(others) < len(call.keywords) and self.rng.random() < 0.5:
            return replace(call, keywords=others)
        value = self._further(annotation or _annotation_of(default), call.function, 0)
        return replace(call, keywords=(*others, (name, value)))


_ANYTHING = ("", "object", "Any", "typing.Any")
_WITH_LIKE = ("__eq__", "__ne__", "__lt__", "__add__", "__le__", "__gt__", "__ge__", "__sub__", "__or__", "__and__",
              "__xor__")  # fmt: skip
"""Operators whose other side is mostly an object of the same class."""


def _annotation_of(default: str) -> str:
    """What a default says of the type: that of a constant, or the class of a member."""
    try:
        return type(ast.literal_eval(default)).__name__.replace("NoneType", "")
    except (ValueError, SyntaxError, TypeError):
        return default.partition(".")[0] if default[:1].isupper() else ""


def is_readable(case: Case) -> bool:
    """Whether its code can be read back: some values (infinities, NaN) have no literal."""
    try:
        ast.parse(case.code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not any(word in case.code for word in ("nan", "inf")) or "'" in case.code
