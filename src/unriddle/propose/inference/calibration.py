"""Simulation-based calibration: a sampler is right when true parameters rank evenly among its draws.

Parameters are drawn from the prior and data from the parameters; if the sampler draws from the posterior, the rank of
the parameters among its draws is uniform. Not covered: parameters that tie (discrete ones), several parameters at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.propose.inference.chance import Drawn
from unriddle.propose.inference.context import Model, run_model
from unriddle.propose.inference.runners import Posterior

__all__ = ["Conditioned", "calibration_ranks", "chi_square", "even_draws", "uniform_p_value"]

Conditioned = Callable[[Any], Model]
"""``data -> model`` whose value is the parameter."""


def calibration_ranks(
    prior: Model,
    data: Callable[[Any, np.random.Generator], Any],
    condition: Conditioned,
    sampler: Callable[[Model, np.random.Generator], Posterior],
    *,
    n_repeats: int = 300,
    n_draws: int = 20,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """``(n_repeats,)`` ranks, 0 to ``n_draws``, of true parameters among draws from the sampler's posterior.

    Args:
        prior: Draws the parameter, one number.
        data: Draws data from a parameter.
        condition: The model given the data.
        sampler: Runs it.
        n_repeats: Parameters drawn.
        n_draws: Draws from each posterior.
        rng: Where everything comes from.
    """
    ranks = []
    for _ in range(n_repeats):
        truth = run_model(prior, Drawn(rng)).value
        posterior = sampler(condition(data(truth, rng)), rng)
        draws = even_draws(posterior, n_draws, rng=rng)
        ranks.append(sum(draw < truth for draw in draws))
    return np.array(ranks, dtype=np.int64)


def even_draws(posterior: Posterior, n: int, *, rng: np.random.Generator) -> list[Any]:
    """``n`` values without weights: drawn by weight, or evenly spaced along a chain."""
    if np.isnan(posterior.accepted):
        places = rng.choice(len(posterior.values), size=n, p=posterior.normalised())
    else:
        places = np.linspace(0, len(posterior.values) - 1, n).astype(np.int64)
    return [posterior.values[int(i)] for i in places]


def uniform_p_value(ranks: npt.NDArray[np.int64], *, n_ranks: int, n_bins: int) -> float:
    """How likely ranks at least this uneven are if all ranks are equally likely (chi-square, bins of equal width).

    Raises:
        BadInput: The bins do not divide the ranks.
    """
    if n_ranks % n_bins:
        raise BadInput(f"calibration: {n_bins} bins do not divide {n_ranks} ranks; choose a divisor")
    counts = np.bincount(ranks // (n_ranks // n_bins), minlength=n_bins)
    expected = len(ranks) / n_bins
    return chi_square(float(((counts - expected) ** 2 / expected).sum()), n_bins - 1)


def chi_square(value: float, degrees: int) -> float:
    """The chance that chi-square of so many degrees of freedom is above the value.

    >>> round(chi_square(11.07, 5), 3)
    0.05
    """
    half = value / 2
    if half <= 0:
        return 1.0
    tail, start = (math.exp(-half), 2) if degrees % 2 == 0 else (math.erfc(math.sqrt(half)), 1)
    for k in range(start, degrees, 2):
        tail += math.exp((k / 2) * math.log(half) - half - math.lgamma(k / 2 + 1))
    return tail
