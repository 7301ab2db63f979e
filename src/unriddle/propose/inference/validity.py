"""Validity as a check that runs: a transformation keeps a model's meaning, a chain's step leaves it alone.

The transformation itself is run in every way it can go, resampling and acceptance included, with exact fractions, and
what it means is compared with what the model means. Not covered: models with infinitely many runs beyond the cut, and
draws that are used as numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from unriddle.errors import BadInput
from unriddle.propose.inference.chance import Chance, Program
from unriddle.propose.inference.context import Context, Model, Run, run_model
from unriddle.propose.inference.exact import distribution
from unriddle.propose.inference.runners import Exact, enumerate_exact
from unriddle.propose.inference.traces import Step

__all__ = ["Validity", "check_invariant", "check_kernel", "check_valid", "meaning", "traces_of"]


@dataclass(frozen=True, slots=True)
class Validity:
    """What a check found.

    Attributes:
        valid: No difference is above the tolerance.
        difference: The largest, over values or states.
        n_states: Values or states compared.
    """

    valid: bool
    difference: float
    n_states: int


def meaning(program: Program, *, cuts: frozenset[Fraction] | None = None) -> Exact:
    """What a program for a population means: the average of Σ wᵢ δ(xᵢ) over all its randomness."""
    found = distribution(program, cuts=cuts)
    mass: dict[object, Fraction] = {}
    for population, probability in found.probability.items():
        for weight, value in population:
            if weight:
                mass[value] = mass.get(value, Fraction(0)) + probability * weight
    return Exact(mass, found.missing)


def check_valid(
    transform: Callable[[Model], Program], model: Model, *, edits_traces: bool = False, tol: float = 0.0
) -> Validity:
    """Whether the transformed program means what the model means.

    Args:
        transform: Makes a program for a population from the model (``smc_program``, ``weighted``, …).
        model: Finite, with few draws: everything is enumerated. Weights and chances are best given as fractions.
        edits_traces: The transformation draws numbers of a trace anew (resample-move does).
        tol: Largest difference allowed for any value's mass.

    Raises:
        BadInput: The model cannot be enumerated.

    >>> from functools import partial
    >>> from unriddle.propose.inference.sequential import smc_program
    >>> def model(ctx):
    ...     heads = ctx.flip(Fraction(1, 2))
    ...     ctx.score(Fraction(3, 4) if heads else Fraction(1, 4))
    ...     return heads
    >>> check_valid(partial(smc_program, n=2, n_steps=1), model).valid
    True
    """
    wanted, got = enumerate_exact(model), meaning(transform(model), cuts=traces_of(model)[1] if edits_traces else None)
    if wanted.missing or got.missing:
        raise BadInput("check_valid: the model has runs that are too long to be enumerated; give it fewer draws")
    values = wanted.mass.keys() | got.mass.keys()
    none = Fraction(0)
    worst = max((abs(wanted.mass.get(v, none) - got.mass.get(v, none)) for v in values), default=none)
    return Validity(worst <= tol, float(worst), len(values))


def traces_of(model: Model) -> tuple[dict[Run, Fraction], frozenset[Fraction]]:
    """Every run of the model with its unnormalised posterior, and where the numbers of a trace must be cut.

    The unit interval is cut wherever any draw of any run is, since a number may be read by another draw after an edit.
    """
    cuts: set[Fraction] = set()

    def noting(ctx: Context) -> object:
        try:
            return model(ctx)
        finally:
            cuts.update(ctx.cuts)

    distribution(lambda chance: run_model(noting, chance))
    everywhere = frozenset(cut for cut in cuts if 0 < cut < 1)
    runs = distribution(lambda chance: run_model(model, chance), cuts=everywhere).probability
    return {run: chance * math.prod(run.scores, start=Fraction(1)) for run, chance in runs.items()}, everywhere


def check_invariant(step: Step, model: Model, *, tol: float = 1e-12) -> Validity:
    """Whether a step on traces leaves the model's posterior alone: π P = π, with the whole matrix P.

    Args:
        step: The step of a chain.
        model: Finite, with few draws.
        tol: Largest difference allowed for the probability of any trace.

    Raises:
        BadInput: Every run has weight 0.
    """
    target, cuts = traces_of(model)
    return check_kernel(step, target, cuts=cuts, tol=tol)


def check_kernel(
    step: Callable[[Chance, Any], Any],
    target: Mapping[Any, Fraction],
    *,
    cuts: frozenset[Fraction] | None = None,
    tol: float = 1e-12,
) -> Validity:
    """Whether a step leaves a distribution alone, whatever its states are.

    Args:
        step: ``(chance, state) -> state``.
        target: Unnormalised probability of every state.
        cuts: Where draws from an interval are cut besides what the step says.
        tol: Largest difference allowed.

    Raises:
        BadInput: The target is 0 everywhere.
    """
    whole = sum(target.values(), start=Fraction(0))
    if not whole:
        raise BadInput("check_kernel: the target is 0 everywhere; give it a state of positive weight")
    after: dict[Any, Fraction] = {}
    for state, mass in target.items():
        if mass:
            for new, chance in distribution(partial(_turned, step, state), cuts=cuts).probability.items():
                after[new] = after.get(new, Fraction(0)) + mass * chance
    none, states = Fraction(0), after.keys() | target.keys()
    worst = max(abs(after.get(s, none) - target.get(s, none)) for s in states) / whole
    return Validity(worst <= tol, float(worst), len(target))


def _turned(step: Callable[[Chance, Any], Any], state: Any, chance: Chance) -> Any:
    return step(chance, state)
