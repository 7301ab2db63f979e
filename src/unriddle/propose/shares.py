"""Who may go on next when several searches share one budget: turns in order first, then by what each has gained.

Not covered: searches that can be interrupted within a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unriddle.errors import BadInput

__all__ = ["Shares", "Turn"]

_MAX_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one search.

    Attributes:
        name: The search.
        seconds: How long it may take.
        number: How many turns the search had before.
    """

    name: str
    seconds: float
    number: int


@dataclass(slots=True)
class _Account:
    spent: float = 0.0
    weight: float = 1.0
    n_turns: int = 0
    n_failures: int = 0
    over: bool = False


class Shares:
    """Turns for searches: each gets a short one in the given order, then those with the least time for their weight.

    A search that brought the best value nearer weighs more, one that gained nothing less; turns grow longer.

    Args:
        names: The searches, the one to begin with first.
        first: Seconds of the first turn.
        longest: Seconds of the longest turn.

    Raises:
        BadInput: There is no search, or the seconds are not positive.

    >>> shares = Shares(["a", "b"], first=0.5)
    >>> [shares.turn().name for _ in range(2)]
    ['a', 'b']
    """

    def __init__(self, names: Sequence[str], *, first: float = 0.5, longest: float = 2.0) -> None:
        if not names:
            raise BadInput("Shares: needs at least one search, got none")
        if not 0 < first <= longest:
            raise BadInput(f"Shares: expected 0 < first <= longest, got first={first}, longest={longest}")
        self._first, self._longest = first, longest
        self._accounts = {name: _Account() for name in names}

    @property
    def over(self) -> bool:
        """Whether no search has anything left to try."""
        return all(account.over for account in self._accounts.values())

    def turn(self) -> Turn | None:
        """The next turn; ``None`` when every search is over. One search may have several turns under way."""
        left = {name: account for name, account in self._accounts.items() if not account.over}
        if not left:
            return None
        name = min(left, key=lambda name: (left[name].n_turns > 0, left[name].spent / left[name].weight))
        account = left[name]
        seconds = min(self._first * 2**account.n_turns, self._longest)
        account.spent += seconds
        account.n_turns += 1
        return Turn(name, seconds, account.n_turns - 1)

    def tell(self, turn: Turn, *, gained: bool, over: bool = False, failed: bool = False) -> None:
        """What a turn came to.

        Args:
            turn: The turn.
            gained: It brought the best value nearer.
            over: The search has nothing left to try.
            failed: It ended without an answer; after three such turns the search is over.
        """
        account = self._accounts[turn.name]
        account.n_failures += failed
        account.weight = min(account.weight * 2, 4.0) if gained else max(account.weight * 0.8, 0.5)
        account.over = account.over or over or account.n_failures >= _MAX_FAILURES
