"""Markov chains on traces: single-site Metropolis–Hastings, and the acceptance rule that makes it leave a model alone.

The draws of a trace are uniform, so the prior cancels; what remains of the ratio are the weights and the numbers of
draws between which the site was chosen. Not covered: proposals near the old number, several sites at once.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from unriddle.errors import BadInput
from unriddle.propose.inference.chance import Chance, flip
from unriddle.propose.inference.context import Model, Run, product, run_model
from unriddle.propose.inference.weight import Weight, share

__all__ = ["Acceptance", "Step", "acceptance", "mh_step", "start_chain"]

Acceptance = Callable[[Weight, Weight, int, int], Any]
"""``(new weight, old weight, new number of sites, old number of sites) -> probability``."""

Step = Callable[[Chance, Run], Run]
"""A step of a chain."""

_ONE = Fraction(1)


def acceptance(new: Weight, old: Weight, n_new: int, n_old: int) -> Any:
    """min(1, (q n) / (p m)) for weights p before and q after, and n sites before and m after.

    >>> acceptance(Fraction(1, 2), Fraction(1, 4), 4, 1) == Fraction(1, 2)
    True
    """
    if not new:
        return 0
    up, down = new * n_old, old * n_new
    return 1 if not up < down else share(up, down)


def mh_step(
    chance: Chance, run: Run, model: Model, *, n_scores: int | None = None, accept: Acceptance = acceptance
) -> Run:
    """One step from a run of positive weight: a site is drawn anew, the model is run on, and accepted or not.

    Args:
        chance: Where draws come from.
        run: Where the chain is; it comes back when the proposal is rejected, and when the model draws nothing.
        model: What the chain is of.
        n_scores: Move under the first scores only: the model paused there is what the chain leaves alone.
        accept: The rule; another one is for tests.
    """
    n = len(run.trace)
    if not n:
        return run
    site = chance.place(n)
    edited = (*run.trace[:site], chance.uniform(None), *run.trace[site + 1 :])
    new = run_model(model, chance, trace=edited, n_scores=n_scores)
    probability = accept(product(chance, new.scores), product(chance, run.scores), len(new.trace), n)
    return new if flip(chance, probability) else run


def start_chain(chance: Chance, model: Model, *, max_tries: int = 10_000) -> Run:
    """A run of positive weight, drawn until there is one.

    Raises:
        BadInput: There was none.
    """
    for _ in range(max_tries):
        run = run_model(model, chance)
        if product(chance, run.scores):
            return run
    raise BadInput(
        f"mh: {max_tries} runs of the model had weight 0, so a chain has nowhere to start; soften its scores"
    )
