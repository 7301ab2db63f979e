"""Transformers that are wrong on purpose, each by one mistake that is easily made: validity checks must catch them all.

Not for use. Not covered: mistakes that leave the meaning alone (slow mixing, high variance).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import accumulate
from typing import Any

from unriddle.propose.inference.chance import Chance, Program, Staged, flip
from unriddle.propose.inference.context import Context, Model, Run, product, run_model
from unriddle.propose.inference.population import Population, resample, total, weighted
from unriddle.propose.inference.resample import multinomial, systematic
from unriddle.propose.inference.sequential import advance, finish, smc_program
from unriddle.propose.inference.traces import acceptance, mh_step
from unriddle.propose.inference.weight import Weight

__all__ = ["WRONG_JOINTS", "WRONG_PROGRAMS", "WRONG_STEPS"]


def _forgets_weights(chance: Chance, population: Population, go_on: Callable[..., Population]) -> Population:
    return tuple((v, y) for _, x in population for v, y in go_on(chance, x))


def _resets_weights(chance: Chance, population: Population) -> Population:
    n = len(population)
    if not total(population):
        return population
    chosen = multinomial(chance, [weight for weight, _ in population], n)
    return tuple((chance.weight(1) / n, population[i][1]) for i in chosen)


def _resamples_evenly(chance: Chance, population: Population) -> Population:
    z, n = total(population), len(population)
    chosen = sorted(chance.picks([chance.weight(1)] * n, n))
    return tuple((z / n, population[i][1]) for i in chosen)


def _wide_dither(chance: Chance, weights: Sequence[Weight], n: int) -> list[int]:
    """The dither is not divided by n, and places beyond the end go to the last particle."""
    whole: Any = sum(weights[1:], start=weights[0])
    sums = list(accumulate(weight / whole for weight in weights))
    dither = chance.uniform([part - Fraction(i, n) for part in sums for i in range(n)])
    return [min(bisect_right(sums, Fraction(i, n) + dither), n - 1) for i in range(n)]


def _no_dither(chance: Chance, weights: Sequence[Weight], n: int) -> list[int]:
    return systematic(_Still(chance), weights, n)


class _Still:
    """Chance whose numbers in [0, 1) are all one half."""

    def __init__(self, chance: Chance) -> None:
        self.picks, self.place, self.weight = chance.picks, chance.place, chance.weight

    def uniform(self, cuts: Sequence[Any] | None = None) -> Any:
        return Fraction(1, 2)


def _spawns_whole(chance: Chance, value: Any, *, n: int) -> Population:
    return ((chance.weight(1), value),) * n


def _collapses_evenly(model: Model) -> Program:
    def joint(ctx: Context) -> Any:
        population = smc_program(model, n=2, n_steps=1)(ctx.untraced)
        ctx.score(total(population))
        return population[ctx.untraced.picks([ctx.weight(1)] * len(population), 1)[0]][1]

    return weighted(joint)


def _collapses_unscored(model: Model) -> Program:
    def joint(ctx: Context) -> Any:
        population = smc_program(model, n=2, n_steps=1)(ctx.untraced)
        weights = [weight for weight, _ in population]
        if not total(population):
            ctx.score(0)
        return population[ctx.untraced.picks(weights, 1)[0]][1]

    return weighted(joint)


def _moves_under_own_scores(model: Model) -> Program:
    """Resample-move whose particles move under their own number of scores, finished ones too."""

    def moved(chance: Chance, population: Population) -> Population:
        return tuple((w, mh_step(chance, r, model, n_scores=len(r.scores)) if w else r) for w, r in population)

    go = partial(advance, model=model)
    stages = (
        lambda chance, _: ((chance.weight(1), Run()),), go, go, moved, partial(finish, model=model),
        lambda chance, population: tuple((w, r.value) for w, r in population),
    )  # fmt: skip
    return Staged(stages)


WRONG_PROGRAMS: dict[str, Callable[[Model], Program]] = {
    "bind forgets the weight so far": partial(smc_program, n=2, n_steps=2, bind=_forgets_weights),
    "resampling gives 1/n in place of Z/n": partial(smc_program, n=2, n_steps=2, resample=_resets_weights),
    "resampling draws evenly": partial(smc_program, n=2, n_steps=2, resample=_resamples_evenly),
    "systematic resampling with too wide a dither": partial(
        smc_program, n=2, n_steps=3, resample=partial(resample, ancestors=_wide_dither)
    ),
    "systematic resampling without a dither": partial(
        smc_program, n=2, n_steps=3, resample=partial(resample, ancestors=_no_dither)
    ),
    "spawn gives every particle weight 1": partial(smc_program, n=2, n_steps=1, spawn=_spawns_whole),
    "collapse draws evenly": _collapses_evenly,
    "collapse does not score Z": _collapses_unscored,
    "moves under the particle's own number of scores": _moves_under_own_scores,
}
"""Transformations of a model into a program for a population; each must fail on one of the finite models at least."""


def _no_lengths(new: Weight, old: Weight, n_new: int, n_old: int) -> Any:
    return acceptance(new, old, 1, 1)


def _lengths_upside_down(new: Weight, old: Weight, n_new: int, n_old: int) -> Any:
    return acceptance(new, old, n_old, n_new)


def _barker_without_old(new: Weight, old: Weight, n_new: int, n_old: int) -> Any:
    return min(1, new)


def _keeps_tail(chance: Chance, run: Run, model: Model) -> Run:
    """Numbers that the new run does not use stay in its trace."""
    n = len(run.trace)
    site = chance.place(n)
    edited = (*run.trace[:site], chance.uniform(None), *run.trace[site + 1 :])
    new = run_model(model, chance, trace=edited)
    longer = Run(new.value, (*new.trace, *edited[len(new.trace) :]), new.scores, new.finished)
    probability = acceptance(product(chance, new.scores), product(chance, run.scores), len(longer.trace), n)
    return longer if flip(chance, probability) else run


def _dropped(chance: Chance, run: Run, model: Model) -> Run:
    """Only accepted proposals enter the chain; two tries stand for as many as it takes."""
    for _ in range(2):
        new = mh_step(chance, run, model)
        if new is not run:
            return new
    return run


WRONG_STEPS: dict[str, Callable[[Model], Callable[[Chance, Run], Run]]] = {
    "acceptance without n/m": lambda model: partial(mh_step, model=model, accept=_no_lengths),
    "acceptance with n/m upside down": lambda model: partial(mh_step, model=model, accept=_lengths_upside_down),
    "acceptance forgets the old weight": lambda model: partial(mh_step, model=model, accept=_barker_without_old),
    "rejected states are dropped": lambda model: partial(_dropped, model=model),
    "tails that are not used stay": lambda model: partial(_keeps_tail, model=model),
}
"""Steps on traces; each must fail on one of the finite models at least."""


def _estimates_again(chance: Chance, run: Run, model: Model) -> Run:
    """The evidence of the state is estimated anew in every step, which is not particle Metropolis–Hastings."""
    again = run_model(model, chance, trace=run.trace)
    return mh_step(chance, again if product(chance, again.scores) else run, model)


WRONG_JOINTS: dict[str, Callable[[Model], Callable[[Chance, Run], Run]]] = {
    "evidence of the old state is estimated again": lambda model: partial(_estimates_again, model=model),
}
"""Steps on the joint model of particle Metropolis–Hastings."""
