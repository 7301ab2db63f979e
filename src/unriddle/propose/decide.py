"""Case distinctions by divide and conquer: a tree of tests over parts that are each right on some of the rows.

Sets of rows are whole numbers, one bit for each row. Small sets of tests are tried out completely; where that would
take too long, the test that leaves the best-covered halves is taken.
Not covered: tests with more than two outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Choice", "Option", "decide"]

_MAX_SETS = 1500
Ref = TypeVar("Ref")


@dataclass(frozen=True, slots=True)
class Option(Generic[Ref]):
    """A part or a test.

    Attributes:
        rows: Where a part is right, or where a test holds.
        cost: What it costs.
        ref: What it stands for.
        learnt: A part that says a row's value outright; it is not used for a single row.
    """

    rows: int
    cost: int
    ref: Ref
    learnt: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Generic[Ref]):
    """``yes`` where the test holds and ``no`` elsewhere; a part alone has no test."""

    cost: int
    part: Ref | None = None
    test: Ref | None = None
    yes: Choice[Ref] | None = None
    no: Choice[Ref] | None = None


def decide(
    parts: Sequence[Option[Ref]], tests: Sequence[Option[Ref]], rows: int, *, depth: int = 2
) -> Choice[Ref] | None:
    """The cheapest tree with the fewest tests one after the other that is right on the rows; ``None`` if there is none.

    Args:
        parts: What the leaves may be, cheap ones first.
        tests: What may be asked, cheap ones first.
        rows: The rows that matter.
        depth: How many tests may follow one another.
    """
    search = _Search(parts, tests)
    for allowed in range(depth + 1):
        made = search.best(rows, allowed)
        if made is not None:
            return made
    return None


class _Search(Generic[Ref]):
    def __init__(self, parts: Sequence[Option[Ref]], tests: Sequence[Option[Ref]]) -> None:
        self._parts, self._tests = parts, tests
        self._known: dict[tuple[int, int], Choice[Ref] | None] = {}

    def best(self, rows: int, left: int) -> Choice[Ref] | None:
        if (rows, left) not in self._known:
            self._known[rows, left] = self._find(rows, left)
        return self._known[rows, left]

    def _find(self, rows: int, left: int) -> Choice[Ref] | None:
        single = rows.bit_count() < 2
        for part in self._parts:
            if part.rows & rows == rows and not (single and part.learnt):
                return Choice(part.cost, part=part.ref)
        if left == 0:
            return None
        tests = [test for test in self._tests if 0 < test.rows & rows < rows]
        if len(self._known) > _MAX_SETS:
            tests = sorted(tests, key=lambda test: -self._covered(test, rows))[:1]
        best: Choice[Ref] | None = None
        for test in tests:
            yes = self.best(rows & test.rows, left - 1)
            no = self.best(rows & ~test.rows, left - 1) if yes is not None else None
            if yes is not None and no is not None:
                cost = 1 + test.cost + yes.cost + no.cost
                if best is None or cost < best.cost:
                    best = Choice(cost, test=test.ref, yes=yes, no=no)
        return best

    def _covered(self, test: Option[Ref], rows: int) -> int:
        """How many rows the best part of each half gets right."""
        halves = (rows & test.rows, rows & ~test.rows)
        return sum(max(((part.rows & half).bit_count() for part in self._parts), default=0) for half in halves)
