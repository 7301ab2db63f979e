"""Ask and tell for searches over trees: what a search wants to know is asked for, run, and told, once each.

A search is a generator: it yields trees, and is sent back one row of log-likelihoods for each. It does not care who
evaluates them: ``TreeAsker`` has a driver loop do it, ``run_search`` a function.
Not covered: what the search does; see ``smc`` and ``mcmc``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadProblem
from unriddle.grammar.cfg import Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.problem import Problem
from unriddle.propose.tree_posterior import ProgramPosterior, check_noise, example_log_likelihood
from unriddle.verdicts import Verdicts

__all__ = ["TreeAsker", "TreeSearch", "Wrap", "posterior_of", "run_search"]

_Floats = npt.NDArray[np.float64]

TreeSearch = Generator[Sequence[Tree], _Floats, None]
"""Yields ``n`` trees; is sent ``(n, m)`` log-likelihoods."""

Wrap = Callable[[str], str]
"""``text of a tree -> whole program``."""


class TreeAsker:
    """The ask/tell side of a search.

    Args:
        problem: Its visible tests are the examples.
        pcfg: Grammar and prior.
        search: What proposes.
        wrap: Makes a program of a tree's text; by default it becomes the expression that the function returns.
        noise: Chance that an example is wrong.
        n_other: How many wrong values it could then have.
        name: What the candidates say proposed them.

    Raises:
        BadProblem: There are no examples.
        BadInput: ``noise`` or ``n_other`` is out of range.
    """

    def __init__(
        self,
        problem: Problem,
        pcfg: Pcfg,
        search: TreeSearch,
        *,
        wrap: Wrap | None,
        noise: float,
        n_other: int,
        name: str,
    ) -> None:
        check_noise(noise, n_other)
        if not problem.tests:
            raise BadProblem(f"Problem {problem.id}: no visible tests, so nothing tells programs apart; add examples")
        self._problem, self._pcfg, self._search, self._name = problem, pcfg, search, name
        self._wrap = wrap or _returned(problem)
        self._noise, self._n_other = noise, n_other
        self._rows: dict[str, _Floats] = {}
        self._wanted: Sequence[Tree] | None = next(search)
        self._made: dict[Tree, Candidate] = {}

    def ask(self, k: int) -> list[Candidate]:
        """Up to ``k`` programs that the search waits for and that were not told yet; empty when it is done."""
        while self._wanted is not None:
            waiting = {c.id: c for c in map(self.candidate, self._wanted) if c.id not in self._rows}
            if waiting:
                return list(waiting.values())[:k]
            rows = np.array([self._rows[self.candidate(tree).id] for tree in self._wanted])
            try:
                self._wanted = self._search.send(rows.reshape(len(self._wanted), len(self._problem.tests)))
            except StopIteration:
                self._wanted = None
        return []

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """What running them showed."""
        logs = example_log_likelihood(verdicts, noise=self._noise, n_other=self._n_other)
        for candidate, row in zip(candidates, logs, strict=True):
            self._rows.setdefault(candidate.id, row)

    def found(self) -> ProgramPosterior:
        """All programs told so far, weighed by prior and likelihood.

        The posterior among what was found: better than a sampler's own weights where chains or particles have not
        mixed, blind for what was not found.

        Raises:
            BadInput: None agrees with the examples.
        """
        trees = [tree for tree, candidate in self._made.items() if candidate.id in self._rows]
        logs = np.array([self._pcfg.log_probability(t) + self._rows[self._made[t].id].sum() for t in trees])
        top = logs.max(initial=-np.inf)
        if top == -np.inf:
            raise BadInput(f"{self._name}: no program that was run agrees with the examples; raise noise or run more")
        weights = np.exp(logs - top).tolist()
        return posterior_of({t: w for t, w in zip(trees, weights, strict=True) if w}, self.candidate)

    @property
    def n_run(self) -> int:
        """Distinct programs told so far."""
        return len(self._rows)

    def candidate(self, tree: Tree) -> Candidate:
        """The tree as a program; its prior is its chance under the grammar."""
        if tree not in self._made:
            prior = self._pcfg.log_probability(tree)
            self._made[tree] = Candidate(self._wrap(tree.source()), prior=prior, proposer=self._name,
                                         language=self._problem.language)  # fmt: skip
        return self._made[tree]


def run_search(search: TreeSearch, evaluate: Callable[[Tree], Sequence[float]]) -> int:
    """Run a search to its end with a function that gives a tree's ``(m,)`` log-likelihoods; how many trees it gave it.

    Args:
        search: What proposes.
        evaluate: Called once for each distinct tree; for grammars whose operators are trusted.
    """
    known: dict[Tree, Sequence[float]] = {}
    try:
        trees = next(search)
        while True:
            for tree in trees:
                if tree not in known:
                    known[tree] = evaluate(tree)
            trees = search.send(np.array([known[tree] for tree in trees], dtype=np.float64).reshape(len(trees), -1))
    except StopIteration:
        return len(known)


def posterior_of(
    weights: dict[Tree, float], candidate: Callable[[Tree], Candidate], *, log_evidence: float = float("nan")
) -> ProgramPosterior:
    """The posterior from weights of trees, equal programs together; they are positive and need not add up to 1."""
    found: dict[str, list[float]] = {}
    programs: dict[str, Candidate] = {}
    for tree, weight in weights.items():
        made = candidate(tree)
        programs.setdefault(made.id, made)
        found.setdefault(made.id, []).append(weight)
    sums = {key: sum(parts) for key, parts in found.items()}
    order = sorted(sums, key=lambda key: -sums[key])
    total = sum(sums.values())
    return ProgramPosterior(
        tuple(programs[key] for key in order), np.array([sums[key] / total for key in order]), log_evidence
    )


def _returned(problem: Problem) -> Wrap:
    return lambda text: f"{problem.signature.header()}\n    return {text}\n"
