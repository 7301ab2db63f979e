"""Chain: ask one proposer until it is exhausted, then the next.

Not covered: sharing a budget between proposers; race and cascade are solvers.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.candidate import Candidate
from unriddle.contracts import Proposer
from unriddle.errors import BadInput
from unriddle.verdicts import Verdicts

__all__ = ["Chain"]


class Chain:
    """Proposers one after the other; all of them are told everything.

    Args:
        proposers: In the order they are asked; all made for the same problem.
        caps: At most this many candidates of each; ``None`` for no bound; shorter than ``proposers`` means no bound
            for the rest.

    Raises:
        BadInput: There is no proposer, or there are more caps than proposers.
    """

    def __init__(self, proposers: Sequence[Proposer], *, caps: Sequence[int | None] = ()) -> None:
        if not proposers:
            raise BadInput("Chain: needs at least one proposer")
        if len(caps) > len(proposers):
            raise BadInput(f"Chain: {len(caps)} caps for {len(proposers)} proposers; give at most one for each")
        self._proposers = list(proposers)
        self._left = [*caps, *[None] * (len(proposers) - len(caps))]
        self._at = 0

    def ask(self, k: int) -> list[Candidate]:
        """Up to ``k`` candidates of the first proposer that still has any; empty when all are exhausted."""
        while k > 0 and self._at < len(self._proposers):
            left = self._left[self._at]
            asked = self._proposers[self._at].ask(k if left is None else min(k, left)) if left != 0 else []
            if asked:
                if left is not None:
                    self._left[self._at] = left - len(asked)
                return asked
            self._at += 1
        return []

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Pass on to every proposer what running the candidates showed."""
        for proposer in self._proposers:
            proposer.tell(candidates, verdicts)
