"""Text goals as one replacement: which ``t`` and ``u`` turn a text of the bank into the goal.

Not covered: replacing twice; the text replaced in may itself be a replacement that enumeration found.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unriddle.propose.expression import Expression, Operator
from unriddle.propose.goal import Search, bits

__all__ = ["replacement"]

_N_TEXTS = 24
_N_OLD = 1500


def replacement(search: Search, rows: int) -> Expression | None:
    """The cheapest ``(str.replace s t u)`` that equals the goal on these rows; ``None`` if there is none."""
    best: Expression | None = None
    for operator in search.named("str.replace", search.type):
        for made in _replacements(search, operator, rows):
            if best is None or made.cost < best.cost:
                best = made
    return best


def _replacements(search: Search, operator: Operator, rows: int) -> Iterator[Expression]:
    chosen = bits(rows, search.bank.n_rows)
    goals = [search.goal[row] for row in chosen]
    olds = list(search.cheapest(operator.takes[1], rows, _N_OLD))
    for text in search.cheapest(operator.takes[0], rows, _N_TEXTS):
        texts = [text.column[row] for row in chosen]
        good = np.ones(len(olds), dtype=bool)
        needs: list[list[str | None]] = []
        for row, source, goal in zip(chosen.tolist(), texts, goals, strict=True):
            memo: dict[str, tuple[bool, str | None]] = {}
            column = [old.column[row] for old in olds]
            for old in column:
                if old not in memo:
                    memo[old] = _needed(source, goal, old)
            good &= np.array([memo[old][0] for old in column], dtype=bool)
            needs.append([memo[old][1] for old in column])
        for place in np.flatnonzero(good)[:200].tolist():
            new = _with_column(search, operator.takes[2], rows, [need[place] for need in needs])
            made = search.make(operator, text, olds[place], new) if new is not None else None
            if made is not None:
                yield made


def _needed(source: str, goal: str, old: str) -> tuple[bool, str | None]:
    """Whether replacing ``old`` in the source can give the goal, and by what; ``None`` where nothing is replaced."""
    at = source.find(old)
    if at < 0:
        return source == goal, None
    tail = source[at + len(old) :]
    if len(goal) < at + len(tail) or not goal.startswith(source[:at]) or not goal.endswith(tail):
        return False, None
    return True, goal[at : len(goal) - len(tail)]


def _with_column(search: Search, kind: str, rows: int, wanted: list[str | None]) -> Expression | None:
    """The cheapest expression with these texts, whatever it is where nothing is wanted."""
    chosen = bits(rows, search.bank.n_rows).tolist()
    fixed = [(row, text) for row, text in zip(chosen, wanted, strict=True) if text is not None]
    if not fixed:
        return None
    part = sum(1 << row for row, _ in fixed)
    codec = search.bank.codec(kind)
    column = codec.encode([text for _, text in fixed])
    number = int(search.index(kind, part).find(column[:, None])[0])
    return search.bank.expression(kind, number) if number >= 0 else None
