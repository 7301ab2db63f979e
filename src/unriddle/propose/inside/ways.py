"""Ways through a verifier: conditions gathered on the way, and decisions that a later run takes differently."""

from __future__ import annotations

from typing import Any

import z3

from unriddle.propose.inside.symbols import Codes, Ordered, Unknowns, Unsupported, plain, truth

__all__ = ["Closed", "Way"]

MAX_STEPS = 60_000


class Closed(Exception):
    """This way cannot lead to an accepted answer."""


class Way:
    """One run through the verifier.

    Args:
        plan: What to decide at the first forks; after them, the first possibility each time.
        left: Seconds that are left, as a function.
    """

    def __init__(self, plan: list[int], left: Any) -> None:
        self.plan, self.left = plan, left
        self.made: list[tuple[int, int]] = []
        self.solver = z3.Solver()
        self.n_steps = 0

    def step(self) -> None:
        """Count a step; too many end the way."""
        self.n_steps += 1
        if self.n_steps > MAX_STEPS or (not self.n_steps & 63 and self.left() < 0):
            raise Unsupported

    def check(self, seconds: float) -> Any:
        """What z3 says of the conditions so far."""
        self.solver.set("timeout", max(20, int(1000 * seconds)))
        return self.solver.check()

    def require(self, condition: Any) -> None:
        """Go on only where the condition holds."""
        if condition is False:
            raise Closed
        if condition is not True:
            self.solver.add(condition)

    def choose(self, n: int) -> Any:
        """Which of ``n`` ways to go: as planned, or the first."""
        i = len(self.made)
        taken = self.plan[i] if i < len(self.plan) else 0
        self.made.append((taken, n))
        return taken

    def decide(self, condition: Any) -> Any:
        """A plain truth for a condition: each way is followed in a run of its own."""
        condition = truth(condition)
        if isinstance(condition, bool):
            return condition
        taken = self.choose(2) == 0
        self.solver.add(condition if taken else z3.Not(condition))
        if len(self.made) >= len(self.plan) and self.check(min(0.2, self.left())) == z3.unsat:
            raise Closed
        return taken

    def number(self, value: Any, low: Any = 0, high: Any = 40) -> Any:
        """A plain number for a symbolic one: each is followed."""
        if not isinstance(value, z3.ExprRef):
            return value
        number = low + self.choose(high - low)
        self.solver.add(plain(value) == number)
        return number

    def iterate(self, value: Any) -> list[Any]:
        """The items of a value of known length."""
        if isinstance(value, Codes):
            return [Codes([code]) for code in value.codes]
        if isinstance(value, (Ordered, Unknowns)):
            raise Unsupported
        items = list(value)
        if len(items) > 20_000:
            raise Unsupported
        return items
