"""Search by an SMT solver (z3): the verifier is followed symbolically, loops unrolled, and the solver finds the answer.

Where the verifier branches on something unknown, each way is followed in a run of its own. The length of a list or text
is tried from those that the puzzle suggests. What z3 gives is asked of the verifier like any other value. Not covered:
verifiers with try, with, generators of their own, or third-party modules.
"""

from __future__ import annotations

import ast
import copy
import random
import threading
from collections.abc import Iterator
from typing import Any

import z3

from unriddle.propose.inside.calls import Function, Returned
from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.kinds import Kind
from unriddle.propose.inside.material import Material
from unriddle.propose.inside.reckon import Reckoner
from unriddle.propose.inside.symbols import Codes, NeedsPositive, Unsupported, truth
from unriddle.propose.inside.ways import Closed, Way

__all__ = ["search"]

MAX_PLANS = 5000


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Ask z3 for an answer of every plausible shape, the likeliest first; return when all are asked."""
    shapes = list(_shapes(puzzle.kind, material))
    z3.set_param("smt.random_seed", rng.randrange(1000))
    alarm = threading.Timer(max(puzzle.left(), 0.01), z3.main_ctx().interrupt)
    alarm.daemon = True
    alarm.start()
    for effort in (0.15, 0.5, 2.0):
        for shape in shapes:
            _Follower(puzzle, material, shape, min(puzzle.left(), effort)).follow()
            puzzle.clock()


def _shapes(kind: Kind, material: Material) -> Iterator[Any]:
    """``(kind, length, inner length)``."""
    if kind.name in ("int", "bool", "float"):
        yield kind, 0, 0
        return
    small = [n for n in material.lengths if n <= 70]
    lengths = list(dict.fromkeys(material.outer or [*small[:14], *range(1, 9), *small[14:]]))
    inner = [material.inner] if material.inner else [2, 3, 1]
    if kind.listed and not (kind.item.listed or kind.item.name == "str"):
        inner = [0]
    if kind.listed and kind.item.name == "str":
        inner = list(dict.fromkeys(len(t) for t in material.texts if 0 < len(t) < 12))[:4] or [1, 2]
    if kind.name == "str" or kind.listed:
        yield from ((kind, n, m) for m in inner for n in lengths)


class _Follower:
    """Follows the verifier once for every way through its branches."""

    def __init__(self, puzzle: Puzzle, material: Material, shape: Any, seconds: float) -> None:
        self.puzzle, self.material = puzzle, material
        self.kind, self.length, self.inner = shape
        self.end = puzzle.left() - seconds
        self.n_names = 0

    def _left(self) -> float:
        return self.puzzle.left() - self.end

    def follow(self) -> None:
        """Depth first through the decisions, until time is over or a value is found."""
        plans: list[list[int]] = [[]]
        while plans and self._left() > 0 and len(plans) < MAX_PLANS:
            plan = plans.pop()
            self.way, self.n_names = Way(plan, self._left), 0
            self.reckoner = Reckoner(self.way, self.puzzle.plain.__globals__, self._block)
            try:
                self._once()
            except (Unsupported, Closed, NeedsPositive, z3.Z3Exception):
                pass
            except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError):
                pass
            made = self.way.made
            for i in range(len(made) - 1, len(plan) - 1, -1):
                taken, n = made[i]
                before = [t for t, _ in made[:i]]
                plans.extend([*before, other] for other in reversed(range(taken + 1, n)))

    def _once(self) -> None:
        answer = self._unknown(self.kind, self.length)
        names = copy.deepcopy(self.puzzle.defaults)
        names[self.puzzle.answer] = answer
        try:
            self._block(self.puzzle.node.body, names)
            return
        except Returned as done:
            self.way.require(truth(done.value))
        if self.way.check(self._left()) == z3.sat:
            value = self.puzzle.kind.cast(self._value(answer, self.way.solver.model()))
            if value is not None:
                self.puzzle.distance(value)
                self.puzzle.accepts(value)

    def _unknown(self, kind: Kind, length: int) -> Any:
        self.n_names += 1
        name = f"v{self.n_names}"
        if kind.name == "int":
            return z3.Int(name)
        if kind.name == "bool":
            return z3.Bool(name)
        if kind.name == "float":
            return z3.Real(name)
        if kind.name == "str":
            codes = [z3.Int(f"{name}_{i}") for i in range(length)]
            for code in codes:
                self.way.solver.add(code >= 32, code <= 126)
            return Codes(codes)
        if kind.listed:
            return [self._unknown(kind.item, self.inner) for _ in range(length)]
        raise Unsupported

    def _value(self, symbol: Any, model: Any) -> Any:
        if isinstance(symbol, list):
            return [self._value(item, model) for item in symbol]
        if isinstance(symbol, Codes):
            return "".join(chr(self._value(code, model)) for code in symbol.codes)
        if not isinstance(symbol, z3.ExprRef):
            return symbol
        value = model.eval(symbol, model_completion=True)
        if z3.is_bool(value):
            return z3.is_true(value)
        if z3.is_int_value(value):
            return value.as_long()
        if z3.is_rational_value(value):
            return value.numerator_as_long() / value.denominator_as_long()
        return float(value.approx(20).as_fraction()) if z3.is_algebraic_value(value) else 0

    def _block(self, body: list[Any], names: dict[str, Any]) -> None:
        for node in body:
            self.way.step()
            getattr(self, "_do_" + type(node).__name__.lower(), self._refuse)(node, names)

    def _refuse(self, node: Any, names: dict[str, Any]) -> None:
        raise Unsupported

    def _do_expr(self, node: Any, names: dict[str, Any]) -> None:
        self.reckoner.evaluate(node.value, names)

    def _do_pass(self, node: Any, names: dict[str, Any]) -> None:
        pass

    def _do_import(self, node: Any, names: dict[str, Any]) -> None:
        raise Unsupported

    def _do_break(self, node: Any, names: dict[str, Any]) -> None:
        raise _Break

    def _do_continue(self, node: Any, names: dict[str, Any]) -> None:
        raise _Continue

    def _do_functiondef(self, node: Any, names: dict[str, Any]) -> None:
        names[node.name] = Function(node.args, node.body, names)

    def _do_return(self, node: Any, names: dict[str, Any]) -> None:
        raise Returned(self.reckoner.evaluate(node.value, names) if node.value else None)

    def _do_assert(self, node: Any, names: dict[str, Any]) -> None:
        self.way.require(truth(self.reckoner.evaluate(node.test, names)))

    def _do_assign(self, node: Any, names: dict[str, Any]) -> None:
        value = self.reckoner.evaluate(node.value, names)
        for target in node.targets:
            self.reckoner.bind(target, value, names)

    def _do_annassign(self, node: Any, names: dict[str, Any]) -> None:
        self.reckoner.bind(node.target, self.reckoner.evaluate(node.value, names), names)

    def _do_augassign(self, node: Any, names: dict[str, Any]) -> None:
        read = ast.copy_location(type(node.target)(**{**vars(node.target), "ctx": ast.Load()}), node.target)
        old, more = self.reckoner.evaluate(read, names), self.reckoner.evaluate(node.value, names)
        self.reckoner.bind(node.target, self.reckoner.binary(type(node.op).__name__, old, more), names)

    def _do_if(self, node: Any, names: dict[str, Any]) -> None:
        self._block(node.body if self.way.decide(self.reckoner.evaluate(node.test, names)) else node.orelse, names)

    def _do_while(self, node: Any, names: dict[str, Any]) -> None:
        while self.way.decide(self.reckoner.evaluate(node.test, names)):
            try:
                self._block(node.body, names)
            except _Break:
                return
            except _Continue:
                continue
        self._block(node.orelse, names)

    def _do_for(self, node: Any, names: dict[str, Any]) -> None:
        for item in self.way.iterate(self.reckoner.evaluate(node.iter, names)):
            self.reckoner.bind(node.target, item, names)
            try:
                self._block(node.body, names)
            except _Break:
                return
            except _Continue:
                continue
        self._block(node.orelse, names)
