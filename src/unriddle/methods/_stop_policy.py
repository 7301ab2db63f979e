"""When to stop sampling under a verifier that errs: the model with several types of problem, and its stopping rule.

Part of ``unriddle.methods.scaling_flaws``. Not covered: verifiers whose errors depend on the attempt number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape

__all__ = ["StopPolicy"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StopPolicy:
    """Whether one more sample is worth it, given that all samples so far were rejected.

    A problem is of type i with chance ``prior[i]``; a sample of it is right with chance ``accuracy[i]``. The verifier
    accepts a right sample with chance ``completeness`` and rejects a wrong one with chance ``soundness``. Accepting a
    right sample earns 1, accepting a wrong one costs ``cost``, giving up earns 0, every sample costs ``price``.

    Args:
        prior: ``(q,)`` chances of the types, summing to 1.
        accuracy: ``(q,)`` chance that one sample is right, per type.
        completeness: Between 0 and 1.
        soundness: Between 0 and 1.
        cost: Cost of a false positive in units of the benefit of a true positive.
        price: Price of one sample in the same unit.

    Raises:
        BadShape: ``prior`` and ``accuracy`` differ in length, or are empty.
        BadInput: A chance lies outside 0..1, the prior does not sum to 1, or cost or price is negative.

    >>> StopPolicy((0.58, 0.42), (0.87, 0.13), soundness=0.75, cost=1.0).best_attempts()
    2
    """

    prior: tuple[float, ...]
    accuracy: tuple[float, ...]
    completeness: float = 1.0
    soundness: float = 1.0
    cost: float = 1.0
    price: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", tuple(float(x) for x in self.prior))
        object.__setattr__(self, "accuracy", tuple(float(x) for x in self.accuracy))
        if len(self.prior) != len(self.accuracy) or not self.prior:
            raise BadShape(
                f"StopPolicy: prior and accuracy must have the same length, 1 or more, got {len(self.prior)} and "
                f"{len(self.accuracy)}"
            )
        chances = (*self.prior, *self.accuracy, self.completeness, self.soundness)
        if not all(0.0 <= x <= 1.0 for x in chances):
            raise BadInput("StopPolicy: prior, accuracy, completeness and soundness must all lie in 0..1")
        if abs(sum(self.prior) - 1.0) > 1e-6:
            raise BadInput(f"StopPolicy: prior must sum to 1, got {sum(self.prior):g}")
        if not (self.cost >= 0 and self.price >= 0):
            raise BadInput(f"StopPolicy: cost and price must be 0 or more, got {self.cost!r} and {self.price!r}")

    @staticmethod
    def from_counts(
        n: npt.ArrayLike,
        correct: npt.ArrayLike,
        *,
        completeness: float,
        soundness: float,
        cost: float,
        price: float = 0.0,
        strength: float = 2.0,
    ) -> StopPolicy:
        """The policy whose types are the problems of an earlier run, each as likely as the others.

        Args:
            n: Samples per problem, one number or ``(p,)``.
            correct: ``(p,)`` right samples per problem.
            completeness: As above.
            soundness: As above.
            cost: As above.
            price: As above.
            strength: The measured rates are shrunk to their mean as if it had been seen this many times.

        Raises:
            BadInput: There is no problem, or a count lies outside ``0..n``.
        """
        c = np.asarray(correct, np.float64)
        size = np.broadcast_to(np.asarray(n, np.float64), c.shape)
        if not c.size or (size <= 0).any() or (c < 0).any() or (c > size).any():
            raise BadInput("StopPolicy.from_counts: needs at least one problem with n > 0 and counts in 0..n")
        rates = (c + strength * float(np.mean(c / size))) / (size + strength)
        prior = np.full(c.shape, 1.0 / c.size)
        return StopPolicy(tuple(prior.tolist()), tuple(rates.tolist()), completeness, soundness, cost=cost, price=price)

    def reject_chance(self) -> _Floats:
        """``(q,)`` chance that the verifier rejects one sample, per type."""
        r = np.array(self.accuracy)
        return (1.0 - self.completeness) * r + self.soundness * (1.0 - r)

    def gain(self) -> _Floats:
        """``(q,)`` expected reward of one more sample, its price included, per type."""
        r = np.array(self.accuracy)
        return self.completeness * r - self.cost * (1.0 - self.soundness) * (1.0 - r) - self.price

    def posterior(self, k: int) -> _Floats:
        """``(q,)`` chances of the types after k rejected samples; the prior when no type could be rejected so often."""
        with np.errstate(divide="ignore"):
            log_reject = np.log(self.reject_chance())
            log_weight = np.log(np.array(self.prior)) + (k * log_reject if k else 0.0)
        if np.isneginf(log_weight).all():
            return np.array(self.prior)
        weight = np.exp(log_weight - log_weight.max())
        return np.asarray(weight / weight.sum(), np.float64)

    def should_continue(self, k: int) -> bool:
        """Whether sample number ``k + 1`` is worth its price after k rejections.

        Raises:
            BadInput: k is negative.
        """
        if k < 0:
            raise BadInput(f"should_continue: k counts rejected samples and must be 0 or more, got {k}")
        return bool(np.dot(self.posterior(k), self.gain()) > 0.0)

    def value(self, k: int) -> float:
        """Expected reward of sampling until the verifier accepts or k samples were rejected.

        The chance of still going is weighed with the prior, ``sum_i prior_i * gain_i * (1 - b_i**k) / (1 - b_i)``;
        weighing it with the posterior a second time would count the evidence twice.
        """
        b = self.reject_chance()
        rounds = np.where(b < 1.0, (1.0 - b**k) / np.where(b < 1.0, 1.0 - b, 1.0), float(k))
        return float(np.dot(np.array(self.prior) * rounds, self.gain()))

    def best_attempts(self, *, k_max: int = 10_000) -> int:
        """The number of samples after which to give up; ``k_max`` when it always pays to go on.

        One rejection makes the hard types likelier, so once a sample does not pay the next one does not either.
        That holds when an easier type is never rejected more often than a harder one (the verifier is better than
        chance); otherwise the first stop is reported.
        """
        return next((k for k in range(k_max) if not self.should_continue(k)), k_max)
