"""Where a search for a difference takes its inputs from: several sources in turn, each named in what comes out.

Known inputs come first, then small inputs, all of them in order of size, in turn with inputs steered by the branches
taken in both programs (or changed blindly, or drawn at random, for comparison), and proposals of whoever is asked. Not
covered: running them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

import numpy as np

from unriddle.execute.coverage import Covered
from unriddle.language.values import encode
from unriddle.problem import Signature
from unriddle.testgen.draw import Pool, draw
from unriddle.testgen.guided import GuidedInputs
from unriddle.testgen.kinds import Kind
from unriddle.testgen.mutate import mutate
from unriddle.testgen.small_scope import small_inputs

__all__ = ["Args", "MixedInputs", "Proposed", "Steering"]

Args = tuple[Any, ...]

Steering = Literal["coverage", "mutation", "random"]

Proposed = Callable[[], Sequence[Args]]
"""Asked once in a while for inputs (a language model, say); an empty answer is the last."""

_N_SMALL = 20_000
_TRIES = 20
_SHARE_CHANGED = 0.75
"""As the inputs steered by coverage have it."""


@dataclass(slots=True)
class MixedInputs:
    """Inputs in batches, each with the name of its source: ``known``, ``small``, ``steered`` or ``proposed``.

    Args:
        signature: The parameters.
        kinds: What they take.
        known: Inputs that are asked first and changed later.
        rng: Where randomness comes from.
        pool: Constants to mix in.
        accepts: Which inputs are allowed; all when ``None``.
        steering: ``coverage``; ``mutation`` changes any input on which the first program returned, in turn with new
            ones; ``random`` draws every input anew.
        small: Small inputs are enumerated as well.
        propose: Asked for further inputs.
    """

    signature: Signature
    kinds: tuple[Kind, ...]
    known: Sequence[Args]
    rng: np.random.Generator
    pool: Pool
    accepts: Callable[[Args], bool] | None = None
    steering: Steering = "coverage"
    small: bool = True
    propose: Proposed | None = None
    n_refused: int = field(init=False, default=0)
    _guided: GuidedInputs = field(init=False)
    _small: Iterator[Args] = field(init=False)
    _given: Iterator[Args] = field(init=False)
    _seen: set[bytes] = field(init=False, default_factory=set)
    _turn: int = field(init=False, default=0)
    _returned: list[Args] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._given = iter(list(self.known))
        self._guided = GuidedInputs(
            self.signature, self.known, self.rng, pool=self.pool, kinds=self.kinds, accepts=self._new
        )
        self._small = small_inputs(self.kinds, pool=self.pool, limit=_N_SMALL if self.small else 0)

    def ask(self, k: int) -> list[tuple[Args, str]]:
        """At most ``k`` new inputs; fewer when there seem to be no more."""
        given = [(args, "known") for args in islice(self._given, k) if self._new(args)]
        if given:
            return given
        self._turn += 1
        found: list[tuple[Args, str]] = []
        if self.propose is not None and self._turn % 2 == 0:
            asked = self.propose()
            found += [(args, "proposed") for args in asked if self._new(args)]
            self.propose = self.propose if asked else None
        share = k // 2 if self._turn < 12 else k // 4
        found += [(args, "small") for args in islice(self._small, share) if self._new(args)]
        found += [(args, "steered") for args in self._steered(max(1, k - len(found)))]
        return found

    def tell(self, inputs: Sequence[Args], covered: Sequence[Covered]) -> None:
        """What the inputs of the last batch covered in each program."""
        if self.steering == "coverage":
            self._guided.tell(inputs, covered)
        elif self.steering == "mutation":
            self._returned += [args for args, good in zip(inputs, covered[0].status == 0, strict=True) if good]

    def _steered(self, k: int) -> list[Args]:
        if self.steering == "coverage":
            return self._guided.ask(k)
        found: list[Args] = []
        for _ in range(_TRIES * k):
            args = self._blind()
            if self._new(args):
                found.append(args)
            if len(found) == k:
                break
        return found

    def _blind(self) -> Args:
        if self.steering == "mutation" and self._returned and self.rng.random() < _SHARE_CHANGED:
            changed = list(self._returned[int(self.rng.integers(len(self._returned)))])
            for _ in range(int(self.rng.integers(1, 5)) if changed else 0):
                place = int(self.rng.integers(len(changed)))
                kind = self.kinds[place] if place < len(self.kinds) else None
                changed[place] = mutate(changed[place], rng=self.rng, pool=self.pool, kind=kind)
            return tuple(changed)
        size = int(self.rng.integers(1, 13))
        return tuple(draw(kind, size=size, rng=self.rng, pool=self.pool) for kind in self.kinds)

    def _new(self, args: Args) -> bool:
        mark = encode(args)
        if mark in self._seen:
            return False
        self._seen.add(mark)
        if self.accepts is None or self.accepts(args):
            return True
        self.n_refused += 1
        return False
