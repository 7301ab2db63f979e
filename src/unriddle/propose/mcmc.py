"""Mcmc: propose programs by Metropolis–Hastings chains over trees of a grammar, and learn the posterior over programs.

Each step redraws one part of a chain's program, chosen evenly; the ratio has the likelihoods and the sizes of the two
programs, since the prior is in the redraw. Several chains go side by side, so that a batch can be run at once.
Not covered: tempering, judging whether the chains have mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.grammar.cfg import Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.problem import Problem
from unriddle.propose.inference.chance import Chance, Drawn, flip
from unriddle.propose.inference.traces import acceptance
from unriddle.propose.inference.weight import LogWeight
from unriddle.propose.tree_posterior import ProgramPosterior
from unriddle.propose.tree_search import TreeAsker, TreeSearch, Wrap, posterior_of
from unriddle.propose.trees import TreeDraws
from unriddle.verdicts import Verdicts

__all__ = ["ChainState", "Mcmc", "mcmc_search"]


@dataclass(slots=True)
class ChainState:
    """How often every tree was visited after burn-in, by all chains, and what became of the proposals."""

    visits: dict[Tree, float] = field(default_factory=dict)
    n_proposed: int = 0
    n_accepted: int = 0


class Mcmc:
    """Programs of a grammar, by Metropolis–Hastings given the examples.

    It asks for at most ``n_chains (1 + n_steps)`` programs and is exhausted after ``n_steps`` steps of every chain.

    Args:
        problem: Its visible tests are the examples.
        pcfg: Grammar and prior.
        rng: Where draws come from.
        n_chains: Chains side by side.
        n_steps: Steps of each, burn-in included.
        burn_in: Steps whose states do not count.
        noise: Chance that an example is wrong.
        n_other: How many wrong values it could then have.
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
        n_chains: int = 8,
        n_steps: int = 200,
        burn_in: int = 50,
        noise: float = 0.05,
        n_other: int = 1,
        max_size: int = 60,
        wrap: Wrap | None = None,
        name: str = "mcmc",
    ) -> None:
        self.state = ChainState()
        search = mcmc_search(
            TreeDraws(pcfg, max_size=max_size), self.state, chance=Drawn(rng), n_chains=n_chains, n_steps=n_steps,
            burn_in=burn_in,
        )  # fmt: skip
        self._asker = TreeAsker(problem, pcfg, search, wrap=wrap, noise=noise, n_other=n_other, name=name)

    def ask(self, k: int) -> list[Candidate]:
        """Up to ``k`` programs to be run; empty when all steps are done."""
        return self._asker.ask(k)

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Takes in what running them showed."""
        self._asker.tell(candidates, verdicts)

    def posterior(self) -> ProgramPosterior:
        """The programs visited and how often, as probabilities.

        Raises:
            BadInput: No state of positive weight was visited after burn-in.
        """
        if not self.state.visits:
            raise BadInput(
                "Mcmc: no program that agrees with the examples was visited after burn-in; raise noise or n_steps"
            )
        return posterior_of(self.state.visits, self._asker.candidate)

    def found(self) -> ProgramPosterior:
        """All programs run so far, weighed by prior and likelihood; see ``TreeAsker.found``.

        Raises:
            BadInput: None agrees with the examples.
        """
        return self._asker.found()


def mcmc_search(
    draws: TreeDraws, state: ChainState, *, chance: Chance, n_chains: int, n_steps: int, burn_in: int = 0
) -> TreeSearch:
    """The search; ``state`` is where it is. Arguments as for ``Mcmc``.

    Raises:
        BadInput: An argument is out of range.
    """
    if n_chains < 1 or not 0 <= burn_in < n_steps:
        raise BadInput(
            f"Mcmc: n_chains must be 1 or more and burn_in below n_steps, got {n_chains}, {burn_in} and {n_steps}"
        )
    return _searched(draws, state, chance, n_chains, n_steps, burn_in)


def _searched(
    draws: TreeDraws, state: ChainState, chance: Chance, n_chains: int, n_steps: int, burn_in: int
) -> TreeSearch:
    trees = [draws.start(chance) for _ in range(n_chains)]
    logs = (yield trees).sum(axis=1).tolist()
    for step in range(n_steps):
        # A chain whose program has weight 0 has nowhere to walk from: it draws from the prior until it has.
        proposals = [
            draws.redraw(chance, tree) if log > -np.inf else draws.start(chance)
            for tree, log in zip(trees, logs, strict=True)
        ]
        rows = yield [new or old for new, old in zip(proposals, trees, strict=True)]
        for i, (new, log) in enumerate(zip(proposals, rows.sum(axis=1).tolist(), strict=True)):
            state.n_proposed += 1
            if new is not None and _accepts(chance, trees[i], logs[i], new, log):
                state.n_accepted += 1
                trees[i], logs[i] = new, log
            if step >= burn_in and logs[i] > -np.inf:
                state.visits[trees[i]] = state.visits.get(trees[i], 0.0) + 1.0


def _accepts(chance: Chance, old: Tree, log_old: float, new: Tree, log_new: float) -> bool:
    if log_old == -np.inf:
        return log_new > -np.inf
    return flip(chance, acceptance(LogWeight(log_new), LogWeight(log_old), new.size, old.size))
