"""Bottom-up enumeration: every expression of the Python grammar in order of cost, one of each behaviour.

Not covered: probabilities of operators; the cost of an expression is its weighted size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.errors import BadInput
from unriddle.propose.bank import Bank
from unriddle.propose.expression import Expression, literal, type_of, variable
from unriddle.propose.operators import operators
from unriddle.propose.values import codec_for

__all__ = ["Constant", "expressions", "levels", "related_types", "template_names"]

_CHUNK = 1 << 13


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant the expressions may use, and what it costs."""

    value: Any
    cost: int = 1
    type: str = ""


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
        max_tried: Stop after trying this many; a batch that has begun is finished.

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
    lengths = {len(column) for column in inputs.values()} or {1}
    if len(lengths) > 1:
        raise BadInput(f"levels: the columns must have one length, got {sorted(lengths)}")
    n_rows = lengths.pop()
    leaves = _leaves(inputs, constants, n_rows)
    kinds = related_types({goal_type, *(leaf.type for leaf in leaves if not leaf.constant)}) if goal_type else None
    usable = [
        operator
        for operator in operators()
        if not template_names(operator.template) & set(inputs)
        and (kinds is None or kinds.issuperset((*operator.takes, operator.gives)))
    ]
    names = {name for operator in usable for name in (*operator.takes, operator.gives)} | {e.type for e in leaves}
    sorts = {name: {"k": "int", "sep": "str"}.get(name, name) for name in sorted(names)}
    codecs = {sort: codec_for(sort) for sort in sorted(set(sorts.values()))}
    bank = Bank(usable, leaves, {name: codecs[sort] for name, sort in sorts.items()}, n_rows=n_rows, fold=fold)
    for cost in range(1, max_cost + 1):
        if bank.n_tried >= max_tried:
            return
        yield _level(bank, cost, max_tried)


def _level(bank: Bank, cost: int, max_tried: int) -> Iterator[Expression]:
    for found in bank.level(cost, max_tried=max_tried, chunk=_CHUNK):
        if found.type not in ("k", "sep"):
            yield from (bank.expression(found.type, number) for number in range(found.start, found.stop))


def related_types(kinds: set[str]) -> set[str]:
    """Types that can matter for a goal and inputs of these types: their parts, indices, tests and, for texts, lists."""
    related = {"int", "bool", "k", "sep"} | kinds
    for kind in kinds:
        while kind.startswith("list["):
            kind = kind[5:-1]
            related.add(kind)
    return related | ({"list[str]", "list[int]"} if "str" in related else set())


def template_names(template: str) -> set[str]:
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
    return leaves + [twin for leaf in leaves if (twin := _as_literal(leaf)) is not None]


def _as_literal(leaf: Expression) -> Expression | None:
    """A literal once more, under the type of arguments that must be literals."""
    kind = {"int": "k", "str": "sep"}.get(leaf.type)
    if not kind or not leaf.constant or leaf.cost > 2 or abs(leaf.column[0] if kind == "k" else 0) > 20:
        return None
    return literal(leaf.column[0], n_rows=len(leaf.column), cost=leaf.cost, type_name=kind)
