"""Values of trees of the puzzle grammar, computed here by our own operators under a budget of ticks.

A tree without free variables is evaluated once, wherever it stands. One tick is one operator; a result with a length
costs its length, and what can grow large is charged before it is computed. The count does not depend on what was
evaluated before. Not covered: judging an answer; the puzzle's code runs in the sandbox only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unriddle.grammar.typed import Leaf, Node
from unriddle.methods._puzzle_operators import Operator

__all__ = ["FAILED", "Evaluator"]

FAILED = object()
"""The value of a tree that raises or takes too long."""

_ERRORS = (ArithmeticError, ValueError, TypeError, LookupError, MemoryError, AttributeError)


class _OutOfTicks(Exception):
    """The budget is used up."""


def _never(*values: Any) -> Any:
    """Stands for the operators that are evaluated otherwise."""
    raise TypeError("this rule has no operator")


class Evaluator:
    """Evaluates trees.

    Args:
        operators: What the rules do, by rule number.
        n_ticks: Ticks one tree may take.
    """

    def __init__(self, operators: Sequence[Operator], *, n_ticks: int = 5_000) -> None:
        self._run = [operator.run or _never for operator in operators]
        self._charge = [operator.charge for operator in operators]
        self._form = [operator.form for operator in operators]
        self._variable = [operator.rule.leaf == "variable" for operator in operators]
        self._n_ticks = n_ticks

    def value(self, node: Node) -> Any:
        """The tree's value, or ``FAILED``."""
        return self._closed(node)[0]

    def ticks(self, node: Node) -> int:
        """What evaluating the tree takes; more than the budget when it fails for that."""
        return self._closed(node)[1]

    def _closed(self, node: Node) -> tuple[Any, int]:
        """Value and ticks of a tree in an empty scope."""
        if node.memo is None or len(node.memo) == 1:
            try:
                node.memo = self._evaluate(node, ())
            except _ERRORS:
                node.memo = FAILED, 0
            except _OutOfTicks:
                node.memo = FAILED, self._n_ticks + 1
        found: tuple[Any, int] = node.memo
        return found

    def _free(self, node: Node) -> bool:
        """Whether the tree uses a variable of a surrounding comprehension or binds one itself."""
        if node.memo is None:
            node.memo = (self._variable[node.rule] or any(self._free(part) for part in node.parts),)
        return len(node.memo) == 1 and node.memo[0] is True

    def _evaluate(self, node: Node, scope: tuple[Any, ...]) -> tuple[Any, int]:
        """Value and ticks; raises what the operators raise."""
        rule, leaf = node.rule, node.leaf
        if leaf is not None:
            return (leaf.value if isinstance(leaf, Leaf) else scope[leaf]), 1
        form = self._form[rule]
        if form != "call":
            return self._special(form, node, scope)
        values, ticks = [], 1
        for part in node.parts:
            value, cost = self._part(part, scope)
            values.append(value)
            ticks += cost
        charge = self._charge[rule]
        if charge is not None:
            ticks += max(charge(*values), 0)
        if ticks > self._n_ticks:
            raise _OutOfTicks
        result = self._run[rule](*values)
        kind = type(result)
        if kind is list or kind is set or kind is dict:
            ticks += len(result)
        elif kind is str:
            ticks += len(result) // 16
        if ticks > self._n_ticks:
            raise _OutOfTicks
        return result, ticks

    def _part(self, node: Node, scope: tuple[Any, ...]) -> tuple[Any, int]:
        if scope and self._free(node):
            return self._evaluate(node, scope)
        value, ticks = self._closed(node)
        if value is FAILED:
            raise _OutOfTicks if ticks > self._n_ticks else ValueError
        return value, ticks

    def _special(self, form: str, node: Node, scope: tuple[Any, ...]) -> tuple[Any, int]:
        if form == "if":
            chosen, ticks = self._part(node.parts[1], scope)
            value, more = self._part(node.parts[0 if chosen else 2], scope)
            return value, ticks + more + 1
        if form in ("and", "or"):
            left, ticks = self._part(node.parts[0], scope)
            if left is (form == "or"):
                return left, ticks + 1
            right, more = self._part(node.parts[1], scope)
            return right, ticks + more + 1
        items, ticks = self._part(node.parts[1], scope)
        body, found = node.parts[0], []
        for item in items:
            value, more = self._part(body, (*scope, item))
            ticks += more + 1
            if ticks > self._n_ticks:
                raise _OutOfTicks
            if form == "map":
                found.append(value)
            elif value:
                found.append(item)
        return found, ticks
