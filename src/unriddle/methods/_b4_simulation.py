"""B4's model as a generator: matrices with known right programs, and how often each rule finds one.

The rules are those of ``unriddle.score``, with the class that passes nothing kept as in the paper's simulation, where
all tests may be wrong. Not covered: masked cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Score
from unriddle.errors import BadInput
from unriddle.outcome import Status
from unriddle.score.b4 import b4
from unriddle.score.chance import random
from unriddle.score.codet import codet
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction
from unriddle.score.ties import expected_pass_at_k
from unriddle.verdicts import Verdicts

__all__ = ["Thetas", "simulate", "simulate_matrix", "verdicts_of"]

_Bools = npt.NDArray[np.bool_]

_RULES: Mapping[str, Score] = {
    "random": random,
    "maxpass": fraction,
    "mbr": partial(mbr, drop_failing=False),
    "codet": codet,
}


@dataclass(frozen=True, slots=True)
class Thetas:
    """The chances of the model.

    Args:
        x: A program is right.
        y: A test is right.
        wrong_passes_wrong: A wrong program passes a wrong test (theta_0).
        wrong_passes_right: A wrong program passes a right test (theta_1).

    Raises:
        BadInput: One is outside 0..1, or no program can be right.
    """

    x: float = 0.2
    y: float = 0.3
    wrong_passes_wrong: float = 0.1
    wrong_passes_right: float = 0.4

    def __post_init__(self) -> None:
        values = (self.x, self.y, self.wrong_passes_wrong, self.wrong_passes_right)
        if not all(0 <= value <= 1 for value in values) or self.x == 0:
            raise BadInput(f"Thetas: chances must lie in 0..1, and x above 0, got {values}")


def simulate(
    thetas: Thetas,
    *,
    n: int = 10,
    m: int = 30,
    a: float = 10.0,
    b0: float = 10.0,
    n_draws: int = 2000,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Accuracy of random, maxpass, mbr, codet and b4 on matrices with a right program: even draws from the best.

    Args:
        thetas: The chances of the model.
        n: Programs.
        m: Tests.
        a: B4's prior of the chances that a program and a test are right, Beta(a, 1).
        b0: B4's prior of the chance that a wrong program passes a wrong test, Beta(1, b0).
        n_draws: Matrices.
        rng: Draws them.

    Raises:
        BadInput: A size is less than 1, or a prior is not positive.
    """
    if min(n, m, n_draws) < 1 or not min(a, b0) > 0:
        raise BadInput(f"simulate: sizes must be 1 or more and priors positive, got {(n, m, n_draws, a, b0)}")
    rules: dict[str, Score] = {**_RULES, "b4": partial(b4, a=a, b0=b0, drop_failing=False)}
    totals = dict.fromkeys(rules, 0.0)
    for _ in range(n_draws):
        passed, right = simulate_matrix(thetas, n=n, m=m, rng=rng)
        verdicts = verdicts_of(passed)
        for name, rule in rules.items():
            totals[name] += expected_pass_at_k(rule(verdicts), right)
    return {name: total / n_draws for name, total in totals.items()}


def simulate_matrix(thetas: Thetas, *, n: int, m: int, rng: np.random.Generator) -> tuple[_Bools, _Bools]:
    """``(passed (n, m), right (n,))`` of one draw of the model with at least one right program."""
    while True:
        right = rng.random(n) < thetas.x
        if right.any():
            break
    good = rng.random(m) < thetas.y
    chance = np.where(good, thetas.wrong_passes_right, thetas.wrong_passes_wrong)
    return np.where(right[:, None], good, rng.random((n, m)) < chance), right


def verdicts_of(passed: npt.ArrayLike) -> Verdicts:
    """Verdicts with PASS and FAIL where ``passed (n, m)`` is true and false; no values, no times.

    >>> verdicts_of([[True, False]]).status_counts()["PASS"]
    1
    """
    table = np.asarray(passed, bool)
    n, m = table.shape
    return Verdicts(
        status=np.where(table, Status.PASS, Status.FAIL).astype(np.int8),
        value=np.full((n, m), -1, np.int32),
        cpu_seconds=np.full((n, m), np.nan, np.float32),
        prior=np.full(n, np.nan),
        candidates=tuple(f"p{i}" for i in range(n)),
        tests=tuple(f"t{j}" for j in range(m)),
    )
