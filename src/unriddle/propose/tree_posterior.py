"""A posterior over programs: their probabilities given examples, and what they say together about new inputs.

Not covered: finding the programs; see ``smc`` and ``mcmc``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Limits
from unriddle.problem import CallTest
from unriddle.verdicts import Verdicts

__all__ = ["ProgramPosterior", "averaged", "example_log_likelihood", "frozen"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProgramPosterior:
    """Distinct programs, the most probable first.

    Attributes:
        candidates: ``(n,)``.
        probability: ``(n,)``, adding up to 1.
        log_evidence: Logarithm of the estimated chance of the examples; NaN where the method has none.
    """

    candidates: tuple[Candidate, ...]
    probability: _Floats
    log_evidence: float = float("nan")

    def predict(
        self,
        inputs: Sequence[tuple[Any, ...]],
        *,
        entry: str,
        executor: Executor,
        limits: Limits | None = None,
    ) -> list[dict[Hashable, float]]:
        """For every input, the values that the programs return and their probabilities.

        Lists come back as tuples. What belongs to programs that return nothing on an input is missing from its sum.

        Args:
            inputs: Positional arguments of each call.
            entry: Name of the function.
            executor: Where the programs run.
            limits: Limits of a call.
        """
        tests = [CallTest(entry, tuple(args), name=f"input {i + 1}") for i, args in enumerate(inputs)]
        ran = executor.run(self.candidates, tests, limits=limits)
        n, m = ran.shape
        told = [[ran[i, j] for j in range(m)] for i in range(n)]
        values = [[(frozen(cell.result),) if cell.value >= 0 else () for cell in row] for row in told]
        return averaged(self.probability, values)


def averaged(probability: _Floats, values: Sequence[Sequence[tuple[Hashable, ...]]]) -> list[dict[Hashable, float]]:
    """For every input, the probability of every value.

    Args:
        probability: ``(n,)`` of the programs.
        values: ``(n, m)``; the value of each program on each input in a tuple, or an empty one where it has none.

    Raises:
        BadShape: The two do not fit.

    >>> averaged(np.array([0.5, 0.25, 0.25]), [[(1,)], [(2,)], [(1,)]])
    [{1: 0.75, 2: 0.25}]
    """
    if len(values) != len(probability):
        raise BadShape(f"averaged: {len(probability)} probabilities for {len(values)} programs; give one for each")
    made: list[dict[Hashable, float]] = [{} for _ in (values[0] if values else ())]
    for chance, row in zip(probability.tolist(), values, strict=True):
        for table, cell in zip(made, row, strict=True):
            for value in cell:
                table[value] = table.get(value, 0.0) + chance
    return made


def example_log_likelihood(verdicts: Verdicts, *, noise: float, n_other: int) -> _Floats:
    """``(n, m)`` logarithm of the chance of each example given each program.

    A program that gives the example's value has chance ``1 − noise``; else the value is one of ``n_other`` wrong ones,
    all alike. A cell about which nothing is known counts half-way between the two, so that our own machine's failure
    neither helps nor ruins a program.
    """
    hit, miss = _log(1 - noise), _log(noise / n_other)
    middle = _log((1 - noise + noise / n_other) / 2)
    return np.where(verdicts.known, np.where(verdicts.passed, hit, miss), middle)


def check_noise(noise: float, n_other: int) -> None:
    """Raises ``BadInput`` where the two make no likelihood."""
    if not 0 <= noise < 1 or n_other < 1:
        raise BadInput(
            f"noise must lie in [0, 1) and n_other be 1 or more, got {noise} and {n_other}; noise is the chance that "
            "an example is wrong, n_other how many wrong values it could then have"
        )


def frozen(value: Any) -> Hashable:
    """The value with lists as tuples and sets and tables as frozen ones, so that it can be a key."""
    if isinstance(value, list | tuple):
        return tuple(frozen(part) for part in value)
    if isinstance(value, dict):
        return frozenset((frozen(key), frozen(part)) for key, part in value.items())
    if isinstance(value, set | frozenset):
        return frozenset(frozen(part) for part in value)
    return value if isinstance(value, Hashable) else repr(value)


def _log(number: float) -> float:
    return float(np.log(number)) if number > 0 else -np.inf
