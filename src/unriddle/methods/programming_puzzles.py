"""Schuster 2021: Programming Puzzles (NeurIPS Datasets and Benchmarks 2021).

A puzzle is a function; solving it is finding a value that it returns ``True`` for, so no reference answer is needed. A
typed grammar of Python is enumerated in order of probability, and a model of the grammar's rules learns from the
puzzles that were solved: solve all with uniform chances, fit, solve again. A language model gets worked examples
(``sample_answers``), and what it solves becomes an example for the rest (``bootstrap``).

What differs from the paper: answers are computed here by operators we wrote and judged in batches by the puzzle's code
in the sandbox; ticks are counted in the rewritten source. The grammar is ours: 306 rules of 79 forms without
statements and untyped values, with a few literals besides copied ones. A puzzle is described by the parts of its syntax
tree, not by a typed parse. Learned chances are mixed with 20 % uniform ones, so nothing is out of reach. The
transformer is small and trained from nothing.

Expected in the lab: the recorded pass@k of the paper exactly; after three rounds more templates solved than with
uniform chances at the same number of programs.

Not covered: the study with people, and puzzles that write puzzles.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unriddle.budget import Budget, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.grammar.guided import by_thresholds
from unriddle.grammar.typed import Node, leaves_by_kind
from unriddle.methods._puzzle_guides import Forest, Guide, Pair, Uniform, fit_forest, puzzle_grammar
from unriddle.methods._puzzle_judge import Accepted, accepted_answers, first_accepted
from unriddle.methods._puzzle_lm import Bootstrapped, bootstrap, sample_answers
from unriddle.methods._puzzle_values import FAILED, Evaluator
from unriddle.methods._puzzle_view import PuzzleView, view
from unriddle.problem import Problem
from unriddle.solver import Solution, solve
from unriddle.verdicts import Verdicts

__all__ = [
    "Accepted",
    "Bootstrapped",
    "Forest",
    "Found",
    "Guide",
    "GuidedSearch",
    "Pair",
    "Uniform",
    "accepted_answers",
    "bootstrap",
    "fit_forest",
    "programs",
    "sample_answers",
    "self_train",
    "solve_puzzles",
]

_FIRST = 10
"""A tenth of the programs is tried on every puzzle before all of them are on those still unsolved."""

Fit = Callable[[Sequence[Pair]], Guide]


@dataclass(frozen=True, slots=True)
class Found:
    """A solved puzzle.

    Attributes:
        problem: The puzzle's id.
        value: The answer.
        candidate: The program that returns it; its prior is the program's log-probability under the guide.
        n_tried: How many programs were enumerated up to and including this one.
        n_ticks: What the verifier took to accept it.
        pair: What a guide can learn from it.
    """

    problem: str
    value: Any
    candidate: Candidate
    n_tried: int
    n_ticks: int
    pair: Pair


def programs(problem: Problem, *, guide: Guide | None = None, n_programs: int = 10_000) -> Iterator[Candidate]:
    """Distinct programs for a puzzle, the likeliest first; none when the grammar has no answers of its kind.

    Args:
        problem: A puzzle.
        guide: Chances of the grammar's rules; ``Uniform`` when ``None``.
        n_programs: Where to stop.

    Raises:
        BadProblem: The problem has no verifier.
    """
    puzzle, (grammar, _) = view(problem), puzzle_grammar()
    for chance, tree in _trees(puzzle, guide or Uniform(), n_programs):
        yield Candidate(puzzle.program(grammar.source(tree), name=problem.entry), prior=chance, proposer="guided")


def solve_puzzles(
    problems: Sequence[Problem],
    *,
    executor: Executor,
    guide: Guide | None = None,
    n_programs: int = 10_000,
    n_ticks: int = 10_000,
    watch: Callable[[int, Found | None], None] | None = None,
) -> dict[str, Found]:
    """The puzzles that are solved within a number of programs, by id, in the order given.

    Args:
        problems: Puzzles with different ids.
        executor: Where verifiers run; already open.
        guide: Chances of the grammar's rules; ``Uniform`` when ``None``.
        n_programs: Programs per puzzle.
        n_ticks: Ticks per program; half of them for computing the answer, all of them for checking it.
        watch: Called with each puzzle's place and what was found, as puzzles are done.

    Raises:
        BadProblem: A problem has no verifier.
    """
    solved: dict[int, Found] = {}
    for n in sorted({max(n_programs // _FIRST, 1), n_programs}):  # most solved puzzles need few programs
        waiting = [i for i in range(len(problems)) if i not in solved]
        asked = [problems[i] for i in waiting]
        for place, found in _search(asked, executor=executor, guide=guide or Uniform(), n_programs=n, n_ticks=n_ticks):
            if found is not None:
                solved[waiting[place]] = found
            if watch and (found is not None or n == n_programs):
                watch(waiting[place], found)
    return {problems[i].id: solved[i] for i in sorted(solved)}


def _search(
    problems: Sequence[Problem], *, executor: Executor, guide: Guide, n_programs: int, n_ticks: int
) -> Iterator[tuple[int, Found | None]]:
    """``(place, what was found)`` as puzzles are done."""
    tried: dict[int, tuple[PuzzleView, list[tuple[float, Node]], list[int], list[Any]]] = {}
    evaluator = Evaluator(puzzle_grammar()[1], n_ticks=n_ticks // 2)

    def work() -> Iterator[tuple[Problem, Sequence[Any]]]:
        for place, problem in enumerate(problems):
            puzzle = view(problem)
            trees = list(_trees(puzzle, guide, n_programs))
            places, answers = _distinct(evaluator, trees)
            tried[place] = puzzle, trees, places, answers
            yield problem, answers

    for place, accepted in first_accepted(work(), executor=executor, n_ticks=n_ticks):
        puzzle, trees, places, answers = tried.pop(place)
        if accepted is None:
            yield place, None
        else:
            at = places[accepted.place]
            yield place, _found(problems[place], puzzle, trees[at], at + 1, answers[accepted.place], accepted)


@dataclass(frozen=True, slots=True)
class GuidedSearch:
    """A Solver for puzzles: programs in order of probability, the answer confirmed by the ordinary judge.

    Args:
        executor: Where verifiers and the program found run; already open.
        guide: Chances of the grammar's rules; ``Uniform`` when ``None``.
        n_ticks: See ``solve_puzzles``.
    """

    executor: Executor
    guide: Guide | None = None
    n_ticks: int = 10_000

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The answer; of the budget, the bound on candidates counts (10,000 where there is none).

        Raises:
            BadProblem: The problem has no verifier.
        """
        clock, n_programs = stopwatch(), 10_000 if budget.candidates is None else budget.candidates
        found = solve_puzzles(
            [problem], executor=self.executor, guide=self.guide, n_programs=n_programs, n_ticks=self.n_ticks
        ).get(problem.id)
        chosen = _Given([] if found is None else [found.candidate])
        solution = solve(problem, chosen, executor=self.executor, budget=Budget(candidates=1))
        spent = replace(solution.spent, candidates=found.n_tried if found else n_programs, seconds=clock())
        why = solution.why if found else f"None of the first {n_programs} programs gives a value the verifier accepts."
        return replace(solution, spent=spent, why=why)


class _Given:
    """Proposes what was found already."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self._candidates = candidates

    def ask(self, k: int) -> list[Candidate]:
        asked, self._candidates = self._candidates[:k], self._candidates[k:]
        return asked

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        return None


def _trees(puzzle: PuzzleView, guide: Guide, n_programs: int) -> Iterator[tuple[float, Node]]:
    if not puzzle.kind:
        return iter(())
    return by_thresholds(
        puzzle_grammar()[0],
        puzzle.kind,
        chances=guide(puzzle),
        leaves=leaves_by_kind(puzzle.leaves),
        max_trees=n_programs,
    )


def _distinct(evaluator: Evaluator, trees: Sequence[tuple[float, Node]]) -> tuple[list[int], list[Any]]:
    """Places of the programs that give a value no earlier one gave, and the values."""
    seen: set[bytes] = set()
    places, answers = [], []
    for i, (_, tree) in enumerate(trees):
        value = evaluator.value(tree)
        if value is FAILED:
            continue
        mark = marshal.dumps(value, 2)
        if mark not in seen:
            seen.add(mark)
            places.append(i)
            answers.append(value)
    return places, answers


def _found(
    problem: Problem, puzzle: PuzzleView, tree: tuple[float, Node], n_tried: int, value: Any, accepted: Accepted
) -> Found:
    source = puzzle.program(puzzle_grammar()[0].source(tree[1]), name=problem.entry)
    candidate = Candidate(source, prior=tree[0], proposer="guided")
    return Found(problem.id, value, candidate, n_tried, accepted.n_ticks, Pair(puzzle, puzzle.kind, tree[1]))


def self_train(
    problems: Sequence[Problem],
    *,
    executor: Executor,
    fit: Fit,
    rounds: int = 6,
    n_programs: int = 10_000,
    n_ticks: int = 10_000,
    start: dict[str, Found] | None = None,
    shuffle: np.random.Generator | None = None,
    watch: Callable[[int, dict[str, Found]], None] | None = None,
) -> tuple[Guide, list[dict[str, Found]]]:
    """The last guide, and what each round solved, round 0 (uniform chances) first.

    A guide learns from one solution per puzzle: the latest that its own search found. No reference solution is used.

    Args:
        problems: Puzzles to solve and to learn from.
        executor: Where verifiers run; already open.
        fit: Learns a guide from solved puzzles (``fit_forest`` with its rng, for example).
        rounds: How often to learn and solve again.
        n_programs: Programs per puzzle and round.
        n_ticks: See ``solve_puzzles``.
        start: What round 0 solved, where it is known already.
        shuffle: The control: solutions are dealt out among the puzzles at random before learning.
        watch: Called after each round.

    Raises:
        BadInput: Nothing was solved in round 0, so there is nothing to learn from.
    """
    if start is None:
        start = solve_puzzles(problems, executor=executor, n_programs=n_programs, n_ticks=n_ticks)
    known, history = dict(start), [start]
    guide: Guide = Uniform()
    if watch:
        watch(0, start)
    for number in range(1, rounds + 1):
        if not known:
            raise BadInput(
                f"self_train: uniform chances solved none of {len(problems)} puzzles with {n_programs} programs each, "
                "so there is nothing to learn from; allow more programs or give more puzzles"
            )
        pairs = [found.pair for found in known.values()]
        if shuffle is not None:
            dealt = [pairs[i] for i in shuffle.permutation(len(pairs))]
            pairs = [Pair(own.puzzle, other.kind, other.tree) for own, other in zip(pairs, dealt, strict=True)]
        guide = fit(pairs)
        solved = solve_puzzles(problems, executor=executor, guide=guide, n_programs=n_programs, n_ticks=n_ticks)
        known |= solved
        history.append(solved)
        if watch:
            watch(number, solved)
    return guide, history
