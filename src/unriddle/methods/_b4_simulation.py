"""B4's model as a generator: matrices with known right programs, and how often each rule finds one.

The rules are written here once more, on classes of equal rows with the class that passes nothing kept, as in the
paper's simulation; ``unriddle.score`` drops that class, as the paper does on real programs. Not covered: masked cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts

__all__ = ["RULES", "Thetas", "class_scores", "simulate", "simulate_matrix", "verdicts_of"]

RULES = ("random", "maxpass", "mbr", "codet", "b4")

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]


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
    """Accuracy of every rule of ``RULES`` on matrices with a right program: an even draw from the best level.

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
    totals = dict.fromkeys(RULES, 0.0)
    for _ in range(n_draws):
        passed, right = simulate_matrix(thetas, n=n, m=m, rng=rng)
        scores, of_row = class_scores(passed, a=a, b0=b0)
        for name, of_class in scores.items():
            top = float(of_class.max())
            best = of_class >= top - 1e-9 * max(1.0, abs(top))
            totals[name] += float(right[best[of_row]].mean())
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


def class_scores(passed: _Bools, *, a: float, b0: float) -> tuple[dict[str, _Floats], npt.NDArray[np.int64]]:
    """``(scores (c,) of each class of equal rows by rule, class of each row (n,))``."""
    n, m = passed.shape
    rows, of_row, size = np.unique(passed, axis=0, return_inverse=True, return_counts=True)
    by_test, passes = passed.sum(axis=0), rows.sum(axis=1)
    n1, z1 = rows @ by_test - size * passes, (n - size) * passes
    n0, z0 = ~rows @ by_test, (n - size) * (m - passes)
    posterior = [
        _log_beta(k + a, n - k + 1) + _log_beta(t + a, m - t + 1) + _log_beta(c + 1, d - c + 1)
        + _log_beta(e + 1, f - e + b0)
        for k, t, c, d, e, f in zip(*(v.tolist() for v in (size, passes, n1, z1, n0, z0)), strict=True)
    ]  # fmt: skip
    scores = {
        "random": np.zeros(len(size)),
        "maxpass": passes.astype(np.float64),
        "mbr": size.astype(np.float64),
        "codet": passes * np.sqrt(size),
        "b4": np.array(posterior),
    }
    return scores, of_row.reshape(n)


def _log_beta(p: float, q: float) -> float:
    return lgamma(p) + lgamma(q) - lgamma(p + q)


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
