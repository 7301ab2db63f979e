"""Bottom-up enumeration: every expression of the grammar in order of cost, one of each behaviour.

Two expressions with equal values on all examples are the same here (observational equivalence); the first one found
stays. Not covered: probabilities of operators; the cost of an expression is its weighted size.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.errors import BadInput
from unriddle.propose.expression import Expression, Operator, applied, key, literal, type_of, variable
from unriddle.propose.operators import operators

__all__ = ["Constant", "expressions", "levels"]

_IDLE = ("{0} - {1}", "{0} / {1}", "{0} // {1}", "{0} % {1}", "{0} == {1}", "{0} > {1}", "{0} >= {1}")


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant the expressions may use, and what it costs."""

    value: Any
    cost: int = 1
    type: str = ""


@dataclass(slots=True)
class _Bank:
    operators: list[Operator]
    fold: bool
    by_type: dict[str, dict[int, list[Expression]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    seen: set[Hashable] = field(default_factory=set)
    n_tried: int = 0

    def add(self, expression: Expression) -> bool:
        """Keep the expression if its behaviour is new."""
        k = key(expression)
        if k in self.seen:
            return False
        self.seen.add(k)
        self.by_type[expression.type][expression.cost].append(expression)
        return True


def expressions(
    inputs: Mapping[str, Sequence[Any]],
    constants: Sequence[Constant],
    goal_type: str,
    *,
    max_cost: int = 12,
    max_tried: int = 300_000,
) -> Iterator[Expression]:
    """Expressions of one type, cheapest first, no two with the same values.

    Args:
        inputs: A column of values ``(m,)`` for each variable.
        constants: What may be written down.
        goal_type: Type of the expressions wanted; empty for all types.
        max_cost: Stop after this cost.
        max_tried: Stop after trying this many.

    Raises:
        BadInput: The columns differ in length.

    >>> [e.source for e in expressions({"x": [2, 3]}, [Constant(1)], "int", max_cost=3)][:4]
    ['x', '1', '-x', '-1']
    """
    for level in levels(inputs, constants, goal_type, max_cost=max_cost, max_tried=max_tried):
        yield from (expression for expression in level if not goal_type or expression.type == goal_type)


def levels(
    inputs: Mapping[str, Sequence[Any]],
    constants: Sequence[Constant],
    goal_type: str,
    *,
    max_cost: int = 12,
    max_tried: int = 300_000,
    fold: bool = True,
) -> Iterator[Iterator[Expression]]:
    """For cost 1, 2, …: the new expressions that may lead to the goal type, lazily.

    Read each level before asking for the next. Arguments are those of ``expressions``; ``fold=False`` leaves out
    operators on literals alone (``2 * 10``).

    Raises:
        BadInput: The columns differ in length.
    """
    n_rows = {len(column) for column in inputs.values()} or {1}
    if len(n_rows) > 1:
        raise BadInput(f"levels: the columns must have one length, got {sorted(n_rows)}")
    leaves = _leaves(inputs, constants, n_rows.pop())
    kinds = _related({goal_type, *(leaf.type for leaf in leaves if leaf.source in inputs)}) if goal_type else None
    usable = [
        operator
        for operator in operators()
        if not _words(operator.template) & set(inputs)
        and (kinds is None or kinds.issuperset((*operator.takes, operator.gives)))
    ]
    bank = _Bank(usable, fold)
    for cost in range(1, max_cost + 1):
        if bank.n_tried >= max_tried:
            return
        yield _level(bank, [leaf for leaf in leaves if leaf.cost == cost], cost, max_tried)


def _related(kinds: set[str]) -> set[str]:
    """Types that can matter for a goal and inputs of these types: their parts, indices, tests and, for texts, lists."""
    related = {"int", "bool", "k", "sep"} | kinds
    for kind in kinds:
        while kind.startswith("list["):
            kind = kind[5:-1]
            related.add(kind)
    return related | ({"list[str]", "list[int]"} if "str" in related else set())


def _words(template: str) -> set[str]:
    """The names a template uses; an input with such a name would be captured or would hide a built-in."""
    return set(re.findall(r"(?<![.\w'])[A-Za-z_]\w*", template))


def _leaves(inputs: Mapping[str, Sequence[Any]], constants: Sequence[Constant], n_rows: int) -> list[Expression]:
    leaves = []
    for name, column in inputs.items():
        kinds = {type_of(value) for value in column if value != []} - {""}
        if len(kinds) == 1 and all(type_of(value) or value == [] for value in column):
            leaves.append(variable(name, column, kinds.pop()))
    for constant in constants:
        kind = constant.type or type_of(constant.value)
        if kind:
            leaves.append(literal(constant.value, n_rows=n_rows, cost=constant.cost, type_name=kind))
    return leaves


def _level(bank: _Bank, leaves: Sequence[Expression], cost: int, max_tried: int) -> Iterator[Expression]:
    for leaf in leaves:
        bank.n_tried += 1
        _as_literal(bank, leaf)
        if bank.add(leaf):
            yield leaf
    for operator in bank.operators:
        for args in _arguments(bank, operator, cost - operator.cost):
            if bank.n_tried >= max_tried:
                return
            if (not bank.fold and all(arg.is_literal for arg in args)) or _idle(operator, args):
                continue
            bank.n_tried += 1
            made = applied(operator, args)
            if made is not None and bank.add(made):
                yield made


def _idle(operator: Operator, args: tuple[Expression, ...]) -> bool:
    """``x - x`` and the like: a constant in disguise."""
    return len(args) == 2 and args[0] is args[1] and operator.template in _IDLE


def _as_literal(bank: _Bank, leaf: Expression) -> None:
    """File a literal also under the type of arguments that must be literals."""
    kind = {"int": "k", "str": "sep"}.get(leaf.type)
    if kind and leaf.is_literal and leaf.cost <= 2 and abs(leaf.column[0] if kind == "k" else 0) <= 20:
        bank.by_type[kind][leaf.cost].append(leaf)


def _arguments(bank: _Bank, operator: Operator, cost: int) -> Iterator[tuple[Expression, ...]]:
    """All arguments whose costs add up to ``cost``."""
    banks = [bank.by_type[kind] for kind in operator.takes if kind in bank.by_type]
    if len(banks) < len(operator.takes):
        return
    for costs in _splits(cost, len(banks)):
        columns = [one[part] for one, part in zip(banks, costs, strict=True) if part in one]
        if len(columns) == len(costs):
            yield from itertools.product(*columns)


def _splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Ways to write ``total`` as an ordered sum of ``parts`` positive numbers."""
    if parts == 1:
        if total >= 1:
            yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in _splits(total - first, parts - 1):
            yield (first, *rest)
