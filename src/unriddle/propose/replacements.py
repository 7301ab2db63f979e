"""Text goals as one replacement: which ``t`` and ``u`` turn a text of the bank into the goal.

Not covered: replacing twice; the text replaced in may itself be a replacement that enumeration found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from unriddle.propose.expression import Expression, Operator
from unriddle.propose.goal import Search, bits
from unriddle.propose.values import FAIL, FAILED, Codes

__all__ = ["replacement"]

_N_TEXTS = 24
_N_OLD = 1500
_N_NEW = 5000
_N_TRIED = 100
_ANY = FAIL + 1  # the code of "nothing is replaced here, so anything will do"


def replacement(search: Search, rows: int) -> Expression | None:
    """The cheapest ``(str.replace s t u)`` that equals the goal on these rows; ``None`` if there is none."""
    best: Expression | None = None
    for operator in search.named("str.replace", search.type):
        for made in _replacements(search, operator, rows):
            if best is None or made.cost < best.cost:
                best = made
    return best


def _replacements(search: Search, operator: Operator, rows: int) -> Iterator[Expression]:
    chosen = bits(rows, search.bank.n_rows).tolist()
    texts, olds, tables = _tables(search, operator)
    for text, table in zip(texts, tables, strict=True):
        needed = table[chosen]
        good = (needed != FAIL).all(axis=0) & (needed != _ANY).any(axis=0)
        for place in np.flatnonzero(good)[:_N_TRIED].tolist():
            new = _with_column(search, operator.takes[2], chosen, needed[:, place])
            made = search.make(operator, text, olds[place], new) if new is not None else None
            if made is not None:
                yield made


def _tables(search: Search, operator: Operator) -> tuple[list[Expression], list[Expression], list[Codes]]:
    """Texts to replace in, texts to replace, and for each text ``(m, k)`` codes of what must come instead."""
    key = ("replacements", operator.takes)
    if key not in search.memo:
        everything = (1 << search.bank.n_rows) - 1
        olds = list(search.cheapest(operator.takes[1], everything, _N_OLD))
        texts = list(search.cheapest(operator.takes[0], everything, _N_TEXTS))
        search.memo[key] = (texts, olds, [_table(search, text, olds, operator.takes[2]) for text in texts])
    found: tuple[list[Expression], list[Expression], list[Codes]] = search.memo[key]
    return found


def _table(search: Search, text: Expression, olds: list[Expression], kind: str) -> Codes:
    codec = search.bank.codec(kind)
    table = np.empty((search.bank.n_rows, len(olds)), dtype=np.int64)
    for row, (source, goal) in enumerate(zip(text.column, search.goal, strict=True)):
        column = [old.column[row] for old in olds]
        memo = {old: _needed(source, goal, old) for old in set(column)}
        codes = dict(zip(memo, codec.encode(list(memo.values())).tolist(), strict=True))
        anything = {old for old in memo if old not in source}
        table[row] = [_ANY if old in anything and codes[old] != FAIL else codes[old] for old in column]
    return table


def _needed(source: str, goal: str, old: str) -> Any:
    """What must replace ``old`` in the source to give the goal; ``FAILED`` where nothing does."""
    at = source.find(old)
    if at < 0:
        return "" if source == goal else FAILED
    tail = source[at + len(old) :]
    if len(goal) < at + len(tail) or not goal.startswith(source[:at]) or not goal.endswith(tail):
        return FAILED
    return goal[at : len(goal) - len(tail)]


def _with_column(search: Search, kind: str, chosen: list[int], wanted: Codes) -> Expression | None:
    """The cheapest expression with these texts, whatever it is where anything will do."""
    fixed = wanted != _ANY
    part = sum(1 << row for row, needed in zip(chosen, fixed.tolist(), strict=True) if needed)
    number = int(search.index(kind, part, limit=_N_NEW).find(wanted[fixed][:, None])[0])
    return search.bank.expression(kind, number) if number >= 0 else None
