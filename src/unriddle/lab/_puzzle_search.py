"""Claims of the guided search on puzzles: uniform chances, learned ones, the control, and templates never learned from.

Everything is measured at the same number of programs per puzzle. Not covered: verifier and recording
(``lab.programming_puzzles``).
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.contracts import Executor
from unriddle.errors import MissingExtra
from unriddle.lab.base import Claim, Context, claim, generator, not_run
from unriddle.methods._puzzle_transformer import fit_transformer
from unriddle.methods.programming_puzzles import Found, accepted_answers, fit_forest, self_train, solve_puzzles
from unriddle.problem import Problem

__all__ = ["Sizes", "halves", "search_claims"]

_CONSTANTS: tuple[Any, ...] = (
    0, 1, -1, 2, 10, 0.0, 1.0, "", "a", " ", True, False, [], [0], [1], [""], ["a"], [0.0], [True], [[]], [[0]], [[""]],
    [0, 1], [1, 2], [[0, 1]], [[[]]], [[0.0]],
)  # fmt: skip
"""Answers that need no thought; a puzzle that one of them solves says nothing about a solver."""

Solved = Mapping[str, Found]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run: programs per puzzle, rounds of learning, ticks per program."""

    n_programs: int
    rounds: int = 3
    n_ticks: int = 10_000
    transformer: bool = False


def search_claims(
    problems: Sequence[Problem],
    parts: Sequence[tuple[Sequence[Problem], Sequence[Problem]]],
    *,
    sizes: Sizes,
    seed: int,
    context: Context,
) -> list[Claim]:
    """Every claim about the search.

    Args:
        problems: One puzzle per template.
        parts: Pairs of puzzles to learn from and puzzles to test on.
        sizes: How much is run.
        seed: Of the forests and the dealing.
        context: Executor and progress.
    """
    with context.executor() as executor:
        run = _Run(executor, sizes, seed, context)
        began = time.process_time()
        uniform = run.solve(problems, "uniform chances")
        seconds = time.process_time() - began
        n_tried = sum(uniform[p.id].n_tried if p.id in uniform else sizes.n_programs for p in problems)
        trained = run.rounds(problems, uniform, "learning from own solutions")
        shuffled = run.rounds(problems, uniform, "learning from shuffled pairs", shuffle=True)
        claims = [
            _constants(problems, uniform, executor),
            claim(
                "programs enumerated and evaluated per CPU second of this process",
                n_tried / seconds,
                relation=">=",
                baseline=5000.0,
                note=f"{n_tried} programs of {len(problems)} puzzles, up to the solution or {sizes.n_programs}; "
                "verifiers run beside it; programs enumerated beyond the solution, or twice, are not counted",
            ),
            *_compared("whole set", problems, trained, uniform, seed),
            _control(problems, shuffled, uniform, trained, seed),
            *_apart(parts, uniform, run, seed),
            _again(problems, {**uniform, **trained}, executor),
        ]
        return claims + (_transformer(parts, uniform, run, seed) if sizes.transformer else [])


@dataclass(slots=True)
class _Run:
    executor: Executor
    sizes: Sizes
    seed: int
    context: Context
    stream: int = 100

    def solve(self, problems: Sequence[Problem], what: str, guide: Any = None) -> Solved:
        self.context.say(f"{what}: {self.sizes.n_programs} programs for each of {len(problems)} puzzles")
        return solve_puzzles(
            problems,
            executor=self.executor,
            guide=guide,
            n_programs=self.sizes.n_programs,
            n_ticks=self.sizes.n_ticks,
        )

    def rounds(self, problems: Sequence[Problem], uniform: Solved, what: str, *, shuffle: bool = False) -> Solved:
        return self.learn(problems, uniform, what, shuffle=shuffle, rounds=self.sizes.rounds)[1]

    def learn(
        self, problems: Sequence[Problem], uniform: Solved, what: str, *, rounds: int, shuffle: bool = False
    ) -> tuple[Any, Solved]:
        """The last guide, and what the last round solved."""
        self.stream += 2
        fit = functools.partial(fit_forest, rng=generator(self.seed, stream=self.stream))
        start = {problem.id: uniform[problem.id] for problem in problems if problem.id in uniform}
        guide, history = self_train(
            problems,
            executor=self.executor,
            fit=fit,
            rounds=rounds,
            n_programs=self.sizes.n_programs,
            n_ticks=self.sizes.n_ticks,
            start=start,
            shuffle=generator(self.seed, stream=self.stream + 1) if shuffle else None,
            watch=lambda i, solved: self.context.say(f"{what}: round {i} solved {len(solved)} of {len(problems)}"),
        )
        return guide, history[-1]


def _constants(problems: Sequence[Problem], uniform: Solved, executor: Executor) -> Claim:
    trivial = sum(bool(accepted_answers(problem, _CONSTANTS, executor=executor)) for problem in problems)
    return claim(
        "templates solved with uniform chances, against answers that are constants (0, 1, '', [], …)",
        len(uniform),
        relation=">",
        baseline=trivial,
        note=f"{len(problems)} templates; the paper's data has 10 of 397 that constants solve",
    )


def _compared(name: str, problems: Sequence[Problem], guided: Solved, uniform: Solved, seed: int) -> list[Claim]:
    """More templates at the same number of programs, and fewer tries on those that both solve."""
    hits = [[problem.id in solved for problem in problems] for solved in (guided, uniform)]
    gap = paired_bootstrap(hits[0], hits[1], rng=generator(seed, stream=50), n_resamples=2000)
    note = (
        f"of {len(problems)} templates; difference per template {gap['value']:+.4f} "
        f"[{gap['low']:+.4f}, {gap['high']:+.4f}]; {len(set(guided) - set(uniform))} new, "
        f"{len(set(uniform) - set(guided))} lost"
    )
    claims = [
        claim(
            f"{name}: templates solved by the learned guide, against uniform chances",
            len(guided),
            relation=">",
            baseline=len(uniform),
            note=note,
        )
    ]
    return [
        *claims,
        _tries(f"{name}: median tries on commonly solved templates, uniform over learned", guided, uniform),
    ]


def _tries(name: str, guided: Solved, uniform: Solved) -> Claim:
    common = sorted(set(guided) & set(uniform))
    if not common:
        return not_run(name, "no template was solved by both")
    slow = statistics.median(uniform[key].n_tried for key in common)
    fast = statistics.median(guided[key].n_tried for key in common)
    return claim(
        name,
        slow / fast,
        relation=">=",
        baseline=2.0,
        note=f"{len(common)} templates; median {slow:g} tries with uniform chances, {fast:g} with learned ones",
    )


def _control(problems: Sequence[Problem], shuffled: Solved, uniform: Solved, trained: Solved, seed: int) -> Claim:
    """Solutions dealt out at random teach which rules are common, but not which puzzle wants which."""
    hits = [[problem.id in solved for problem in problems] for solved in (shuffled, uniform)]
    gap = paired_bootstrap(hits[0], hits[1], rng=generator(seed, stream=51), n_resamples=2000)
    common = sorted(set(shuffled) & set(uniform) & set(trained))
    tries = [statistics.median(solved[key].n_tried for key in common) for solved in (uniform, shuffled, trained)]
    return claim(
        "control: a guide that learned from shuffled pairs solves no more templates than uniform chances",
        len(shuffled),
        relation="<=",
        baseline=len(uniform),
        note=f"difference per template {gap['value']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]; true pairs "
        f"{len(trained)}; median tries on {len(common)} templates: uniform {tries[0]:g}, shuffled {tries[1]:g}, true "
        f"pairs {tries[2]:g}. Shuffled pairs still show which rules are common in solutions",
    )


def _apart(
    parts: Sequence[tuple[Sequence[Problem], Sequence[Problem]]], uniform: Solved, run: _Run, seed: int
) -> list[Claim]:
    """Templates that nothing was learned from."""
    name = "templates not learned from"
    tested: list[Problem] = []
    guided: dict[str, Found] = {}
    for learn, test in parts:
        if not any(problem.id in uniform for problem in learn):
            return [not_run(f"{name}: templates solved by the learned guide, against uniform chances", "none to learn")]
        guide, _ = run.learn(learn, uniform, "learning from a part", rounds=run.sizes.rounds)
        guided |= run.solve(test, "the other part, learned chances", guide)
        tested += test
    return _compared(name, tested, guided, {p.id: uniform[p.id] for p in tested if p.id in uniform}, seed)


def _again(problems: Sequence[Problem], solved: Solved, executor: Executor) -> Claim:
    """Programs that were found, run as any candidate in the sandbox."""
    by_id = {problem.id: problem for problem in problems}
    groups = [([found.candidate], by_id[name].tests) for name, found in solved.items()]
    right = sum(bool(verdicts.solved()[0]) for _, verdicts in executor.run_groups(groups))
    return claim(
        "share of the found programs that the ordinary judge accepts as well",
        right / len(groups) if groups else float("nan"),
        relation="==",
        baseline=1.0,
        note=f"{len(groups)} programs, each run in the sandbox and its value checked in another process",
    )


def _transformer(
    parts: Sequence[tuple[Sequence[Problem], Sequence[Problem]]], uniform: Solved, run: _Run, seed: int
) -> list[Claim]:
    """One round of the small transformer, on templates it did not learn from."""
    name = "transformer, templates not learned from"
    tested: list[Problem] = []
    guided: dict[str, Found] = {}
    for i, (learn, test) in enumerate(parts):
        pairs = [uniform[problem.id].pair for problem in learn if problem.id in uniform]
        if not pairs:
            return [not_run(name, "none to learn from")]
        try:
            guide = fit_transformer(pairs, rng=generator(seed, stream=80 + i))
        except MissingExtra as error:
            return [not_run(name, str(error))]
        guided |= run.solve(test, "transformer, the other part", guide)
        tested += test
    return _compared(name, tested, guided, {p.id: uniform[p.id] for p in tested if p.id in uniform}, seed)


def halves(problems: Sequence[Problem], rng: np.random.Generator) -> list[tuple[Sequence[Problem], Sequence[Problem]]]:
    """Two halves at random, each once to learn from and once to test on."""
    order = rng.permutation(len(problems))
    first = [problems[i] for i in sorted(order[: len(order) // 2])]
    second = [problems[i] for i in sorted(order[len(order) // 2 :])]
    return [(first, second), (second, first)]
