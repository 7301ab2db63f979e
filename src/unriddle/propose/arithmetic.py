"""Number goals as the sum or difference of two numbers of the bank, which doubles the size that is reached.

Not covered: products.
"""

from __future__ import annotations

import numpy as np

from unriddle.propose.expression import Expression
from unriddle.propose.goal import Search, bits
from unriddle.propose.values import DIRECT_LIMIT, Codes

__all__ = ["sums"]


def sums(search: Search, kind: str, goal: Codes, rows: int) -> Expression | None:
    """The cheapest number, sum or difference of two that equals the goal on these rows; ``None`` if there is none.

    Args:
        search: The search.
        kind: The type wanted.
        goal: ``(r,)`` codes on the rows.
        rows: The rows that matter.
    """
    index = search.index(kind, rows)
    assert len(goal) == len(bits(rows, search.bank.n_rows))
    number = int(index.find(goal[:, None])[0])
    best = search.bank.expression(kind, number) if number >= 0 else None
    small = np.abs(index.codes).max(initial=0) < DIRECT_LIMIT and np.abs(goal).max(initial=0) < DIRECT_LIMIT
    if not small:
        return best
    firsts = np.sort(index.firsts)
    codes = index.codes[:, firsts]
    trials = [
        ("+", goal[:, None] - codes, False),
        ("-", goal[:, None] + codes, True),
        ("-", codes - goal[:, None], False),
    ]
    for name, columns, other_first in trials:
        for operator in search.named(name, kind):
            if operator.takes != (kind, kind):
                continue
            others = index.find(columns)
            for place in np.flatnonzero(others >= 0)[:20].tolist():
                one = search.bank.expression(kind, int(firsts[place]))
                other = search.bank.expression(kind, int(others[place]))
                made = search.make(operator, other, one) if other_first else search.make(operator, one, other)
                if made is not None and (best is None or made.cost < best.cost):
                    best = made
    return best
