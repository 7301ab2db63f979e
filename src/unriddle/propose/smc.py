"""Smc: propose programs by sequential Monte Carlo over the examples, and learn the posterior over programs.

A population is drawn from the grammar. It takes the examples one after the other: weigh by the example, draw those who
go on by weight, and redraw parts of them in steps that leave the posterior so far alone. Every program is run on all
examples at once, since that is how an executor runs; the later ones count later.
Not covered: an order of the examples that helps; they come as the problem has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.grammar.cfg import Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.problem import Problem
from unriddle.propose.inference.chance import Chance, Drawn, flip
from unriddle.propose.inference.population import Population, resample, total
from unriddle.propose.inference.resample import RESAMPLERS
from unriddle.propose.inference.traces import acceptance
from unriddle.propose.inference.weight import LogWeight, share
from unriddle.propose.tree_posterior import ProgramPosterior
from unriddle.propose.tree_search import TreeAsker, TreeSearch, Wrap, posterior_of
from unriddle.propose.trees import TreeDraws
from unriddle.verdicts import Verdicts

__all__ = ["Smc", "SmcState", "smc_search"]

_Particle = tuple[Tree, tuple[float, ...]]


@dataclass(slots=True)
class SmcState:
    """Where a search is: its weighted population of trees (each with its log-likelihoods), and examples taken in."""

    population: Population = ()
    n_examples: int = 0

    def weights(self) -> dict[Tree, float]:
        """Normalised weight of every tree; empty when all are 0."""
        made: dict[Tree, float] = {}
        z = total(self.population) if self.population else LogWeight(-np.inf)
        for weight, (tree, _) in self.population if z else ():
            if weight:
                made[tree] = made.get(tree, 0.0) + float(share(weight, z))
        return made


class Smc:
    """Programs of a grammar, by resample-move sequential Monte Carlo over the examples.

    It asks for at most ``n (1 + n_moves m)`` programs with m examples, and is exhausted when the last example is taken
    in. After that, or in between, ``posterior`` is what it believes.

    Args:
        problem: Its visible tests are the examples.
        pcfg: Grammar and prior.
        rng: Where draws come from.
        n: Particles.
        n_moves: Parts redrawn in every particle after each example.
        noise: Chance that an example is wrong.
        n_other: How many wrong values it could then have.
        resampler: ``multinomial``, ``stratified`` or ``systematic``.
        ess_threshold: Resample only when the effective number of particles is below this share; always when ``None``.
        max_size: Most productions of a program.
        wrap: Makes a program of a tree's text; by default the function returns it.
        name: What the candidates say proposed them.

    Raises:
        BadProblem: There are no examples.
        BadInput: An argument is out of range.
    """

    def __init__(
        self,
        problem: Problem,
        pcfg: Pcfg,
        *,
        rng: np.random.Generator,
        n: int = 200,
        n_moves: int = 1,
        noise: float = 0.05,
        n_other: int = 1,
        resampler: str = "systematic",
        ess_threshold: float | None = None,
        max_size: int = 60,
        wrap: Wrap | None = None,
        name: str = "smc",
    ) -> None:
        self.state = SmcState()
        search = smc_search(
            TreeDraws(pcfg, max_size=max_size), self.state, chance=Drawn(rng), n=n, n_moves=n_moves,
            resampler=resampler, ess_threshold=ess_threshold, n_examples=len(problem.tests),
        )  # fmt: skip
        self._asker = TreeAsker(problem, pcfg, search, wrap=wrap, noise=noise, n_other=n_other, name=name)

    def ask(self, k: int) -> list[Candidate]:
        """Up to ``k`` programs to be run; empty when the search is done."""
        return self._asker.ask(k)

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Takes in what running them showed."""
        self._asker.tell(candidates, verdicts)

    def posterior(self) -> ProgramPosterior:
        """The programs of the population and their probabilities, given the examples taken in so far.

        Raises:
            BadInput: No example was taken in yet, or no particle agrees with the examples.
        """
        weights = self.state.weights()
        if not self.state.n_examples or not weights:
            raise BadInput(
                "Smc: there is no posterior yet" if not self.state.n_examples else
                "Smc: every particle has weight 0, no program drawn agrees with the examples; raise noise or n"
            )  # fmt: skip
        evidence = total(self.state.population).log
        return posterior_of(weights, self._asker.candidate, log_evidence=evidence)

    def found(self) -> ProgramPosterior:
        """All programs run so far, weighed by prior and likelihood; see ``TreeAsker.found``.

        Raises:
            BadInput: None agrees with the examples.
        """
        return self._asker.found()


def smc_search(
    draws: TreeDraws,
    state: SmcState,
    *,
    chance: Chance,
    n: int,
    n_examples: int,
    n_moves: int = 1,
    resampler: str = "systematic",
    ess_threshold: float | None = None,
) -> TreeSearch:
    """The search; ``state`` is where it is. Arguments as for ``Smc``.

    Raises:
        BadInput: An argument is out of range.
    """
    if n < 1 or n_moves < 0 or resampler not in RESAMPLERS:
        raise BadInput(
            f"Smc: n must be 1 or more, n_moves not negative and resampler one of {', '.join(RESAMPLERS)}, got {n}, "
            f"{n_moves} and {resampler!r}"
        )
    return _searched(draws, state, chance, n, n_examples, n_moves, partial(
        resample, ancestors=RESAMPLERS[resampler], ess_threshold=ess_threshold))  # fmt: skip


def _searched(
    draws: TreeDraws,
    state: SmcState,
    chance: Chance,
    n: int,
    n_examples: int,
    n_moves: int,
    rule: partial[Population],
) -> TreeSearch:
    trees = [draws.start(chance) for _ in range(n)]
    rows = yield trees
    even = chance.weight(1) / n
    state.population = tuple((even, (tree, tuple(row))) for tree, row in zip(trees, rows.tolist(), strict=True))
    for j in range(n_examples):
        state.population = tuple((w * LogWeight(p[1][j]), p) for w, p in state.population)
        state.n_examples = j + 1
        state.population = rule(chance, state.population) if n_moves or j + 1 < n_examples else state.population
        for _ in range(n_moves):
            proposals = [draws.redraw(chance, tree) for _, (tree, _) in state.population]
            rows = yield [new or old[0] for new, (_, old) in zip(proposals, state.population, strict=True)]
            pairs = zip(state.population, proposals, rows.tolist(), strict=True)
            state.population = tuple(
                (w, _moved(chance, old, new, tuple(row), j + 1) if w else old) for (w, old), new, row in pairs
            )


def _moved(chance: Chance, old: _Particle, new: Tree | None, row: tuple[float, ...], n_taken: int) -> _Particle:
    if new is None:
        return old
    after, before = LogWeight(sum(row[:n_taken])), LogWeight(sum(old[1][:n_taken]))
    return (new, row) if flip(chance, acceptance(after, before, new.size, old[0].size)) else old
