"""What a user's model is written against, and one run of it: traced, weighted, and paused where that is asked for.

A model is ``model(ctx)``: it draws with ``ctx.flip``, ``ctx.choice``, ``ctx.pick`` and ``ctx.uniform``, weighs itself
with ``ctx.score`` and returns a value. All its draws come down to numbers in [0, 1), which are its trace (the
representation Tr); the scores so far are its weight (W); a run may be stopped after a number of scores and be taken up
again from its trace (Sus). A model must do the same again on the same trace.
Not covered: draws by name; a trace is read by position, so that a draw may mean something else after an edit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.propose.inference.chance import Chance
from unriddle.propose.inference.weight import LogWeight, Weight

__all__ = ["Context", "Model", "Run", "product", "run_model"]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a model came to.

    Attributes:
        value: What the model returned; ``None`` while it is paused or when its weight is 0.
        trace: The numbers it drew, in order.
        scores: The factors of its weight, in order.
        finished: Whether it came to its end; a run of weight 0 has.
    """

    value: Any = None
    trace: tuple[Any, ...] = ()
    scores: tuple[Weight, ...] = ()
    finished: bool = False


class _Paused(BaseException):
    """The asked number of scores is reached; no ``except Exception`` of a model may stop it."""


class _Dead(BaseException):
    """The weight is 0, so that nothing further matters."""


class Context:
    """Draws and scores of one run; it is a ``Chance`` itself, so that programs can be parts of models.

    Args:
        chance: Where draws come from.
        trace: Numbers to be drawn first.
        n_scores: Stop after this many scores; ``None`` goes on to the end.
    """

    def __init__(self, chance: Chance, *, trace: Sequence[Any] = (), n_scores: int | None = None) -> None:
        self.untraced = chance
        """Draws from here are not part of the trace, and are new in every run."""
        self.cuts: set[Fraction] = set()
        """Where draws of this run were cut."""
        self.trace: list[Any] = []
        self.scores: list[Weight] = []
        self._given, self._n_scores = trace, n_scores

    def uniform(self, cuts: Sequence[Any] | None = None) -> Any:
        """A number in [0, 1); what is done with it changes at the ``cuts`` only, and without them is not enumerated."""
        place = len(self.trace)
        number = self._given[place] if place < len(self._given) else self.untraced.uniform(cuts)
        if type(number) is not float and cuts is not None and isinstance(number, Fraction):
            self.cuts.update(Fraction(cut) for cut in cuts)
        self.trace.append(number)
        return number

    def flip(self, p: Any = 0.5) -> bool:
        """True with probability ``p``."""
        if not 0 <= p <= 1:
            raise BadInput(f"ctx.flip: expected a probability between 0 and 1, got {shorten(p)}")
        return bool(self.uniform((p,)) < p)

    def pick(self, weights: Sequence[Any]) -> int:
        """A place, drawn in proportion to the weights."""
        sums = list(accumulate(weights))
        if not sums or not 0 < sums[-1] < math.inf or min(weights) < 0:
            raise BadInput(f"ctx.pick: expected weights that are not negative and not all 0, got {shorten(weights)}")
        cuts = [part / sums[-1] if part < sums[-1] else 1 for part in _exactly(sums)[:-1]]
        return bisect_right(cuts, self.uniform(cuts))

    def choice(self, p: Mapping[Any, Any]) -> Any:
        """A key of the table, drawn in proportion to its values."""
        return tuple(p)[self.pick(tuple(p.values()))]

    def picks(self, weights: Sequence[Weight], n: int) -> list[int]:
        """``n`` places, each one draw of the trace."""
        top = max(weights)  # logarithms as plain numbers without overflow
        plain = [float(w / top) if isinstance(w, LogWeight) else w for w in weights]
        return [self.pick(plain) for _ in range(n)]

    def place(self, n: int) -> int:
        """A place below ``n``, one draw of the trace."""
        return self.pick((1,) * n)

    def weight(self, number: Any) -> Weight:
        """The number as a weight."""
        return self.untraced.weight(number)

    def score(self, weight: Any) -> None:
        """Multiply the weight of this run by a number that is not negative (a ``LogWeight`` where it is very small)."""
        factor = self.untraced.weight(weight)
        self.scores.append(factor)
        if not factor:
            raise _Dead
        if self._n_scores is not None and len(self.scores) >= self._n_scores:
            raise _Paused


Model = Callable[[Context], Any]
"""A probabilistic program in the user's words."""


def run_model(model: Model, chance: Chance, *, trace: Sequence[Any] = (), n_scores: int | None = None) -> Run:
    """One run: numbers of the trace are used while they last, fresh ones after that; a tail not used is dropped.

    Args:
        model: What to run.
        chance: Where fresh draws come from.
        trace: The numbers to begin with.
        n_scores: Pause after this many scores, if the model has so many.
    """
    ctx = Context(chance, trace=trace, n_scores=n_scores)
    value, finished = None, True
    try:
        value = model(ctx)
    except _Paused:
        finished = False
    except _Dead:
        pass
    return Run(value, tuple(ctx.trace), tuple(ctx.scores), finished)


def product(chance: Chance, factors: Sequence[Weight]) -> Weight:
    """The product of weights, of the chance's own scale."""
    made = chance.weight(1)
    for factor in factors:
        made = made * factor
    return made


def _exactly(sums: Sequence[Any]) -> Sequence[Any]:
    return [Fraction(part) for part in sums] if all(isinstance(part, int | Fraction) for part in sums) else sums
