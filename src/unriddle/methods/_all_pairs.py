"""All pairs: every distinct program on every distinct generated test, with how often each was drawn.

What the methods that choose by agreement share: the plan, the matrix, and a Solution from scores.
Not covered: the scores themselves (``unriddle.score``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.budget import Budget, Spent
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.lm.base import LM, Prompt, SampleOptions
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.prompt.extract import Style
from unriddle.propose.sample import Sample
from unriddle.score.ties import pick, tie_levels
from unriddle.solver import Solution
from unriddle.testgen.asserts_in_text import count_tests, text_of_test
from unriddle.testgen.share_calls import SharedCalls, judge_shared, share_calls
from unriddle.verdicts import Verdicts

__all__ = ["AllPairs", "PairPlan", "draw_programs", "plan_pairs", "run_all_pairs", "solution"]

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairPlan:
    """Distinct programs, tests and executions, and where every draw finds its own.

    Attributes:
        programs: ``(n,)`` distinct, in order of appearance.
        program_counts: ``(n,)`` how often each was drawn.
        shared: The distinct tests ``(m,)`` and their executions.
        test_counts: ``(m,)`` how often each was written.
        rows: For every program drawn, its row.
        columns: For every test written, its column.
    """

    programs: tuple[Candidate, ...]
    program_counts: _Ints
    shared: SharedCalls
    test_counts: _Ints
    rows: tuple[int, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AllPairs:
    """What running them showed.

    Attributes:
        plan: What its rows and columns are.
        verdicts: ``(n, m)``, distinct programs on distinct tests.
        calls: ``(n, c)``, distinct programs on the distinct bare calls; equal values share a number.
    """

    plan: PairPlan
    verdicts: Verdicts
    calls: Verdicts

    def spread(self) -> Verdicts:
        """The matrix with a row for every program drawn and a column for every test written."""
        return self.verdicts.take(self.plan.rows, self.plan.columns)


def plan_pairs(programs: Sequence[Candidate], tests: Sequence[Test]) -> PairPlan:
    """The plan for these programs and tests, as drawn: equal ones run once and are counted."""
    distinct = {program.id: program for program in programs}
    row = {name: i for i, name in enumerate(distinct)}
    rows = tuple(row[program.id] for program in programs)
    different, test_counts = count_tests(tests)
    column = {text_of_test(test): j for j, test in enumerate(different)}
    columns = tuple(column[text_of_test(test)] for test in tests)
    program_counts = np.bincount(np.array(rows, np.int64), minlength=len(distinct)).astype(np.int64)
    return PairPlan(tuple(distinct.values()), program_counts, share_calls(different), test_counts, rows, columns)


def run_all_pairs(
    programs: Sequence[Candidate], tests: Sequence[Test], *, executor: Executor, limits: Limits | None = None
) -> AllPairs:
    """Every distinct program on every distinct test; tests that ask for the same call share one execution.

    Args:
        programs: As drawn, repeats included.
        tests: As written, repeats included.
        executor: Where programs run.
        limits: Per test; the defaults of ``Limits`` when ``None``.

    Raises:
        BadInput: There are no programs.
    """
    if not programs:
        raise BadInput("run_all_pairs: needs at least one program, got none")
    plan = plan_pairs(programs, tests)
    return judged(executor.run(plan.programs, plan.shared.runs, limits=limits), plan)


def judged(ran: Verdicts, plan: PairPlan) -> AllPairs:
    """The matrices, from the verdicts on the plan's executions."""
    return AllPairs(plan, judge_shared(ran, plan.shared), ran.take(None, range(plan.shared.n_calls)))


def draw_programs(
    problem: Problem,
    lm: LM,
    *,
    n: int,
    budget: Budget,
    spent: Spent,
    options: SampleOptions,
    style: Style = "completion",
    prompts: Sequence[Prompt] = (),
) -> list[Candidate]:
    """At most ``n`` programs from a language model, as drawn; what they cost is added to ``spent``.

    Args:
        problem: What to solve.
        lm: Writes them.
        n: How many; fewer where the budget ends first.
        budget: Looked at before every call of the model.
        spent: What was spent so far.
        options: How to sample.
        style: How the model is asked.
        prompts: Used in turn, one call each, instead of the style's own prompt.
    """
    asked_with: list[Prompt | None] = [*prompts] or [None]
    proposers = [Sample(problem, lm, options=options, style=style, prompt=prompt) for prompt in asked_with]
    share = -(-n // len(proposers))
    programs: list[Candidate] = []
    for proposer in proposers:
        wanted = min(share, n - len(programs))
        while wanted > 0:
            asked = proposer.ask(min(wanted, budget.left(spent))) if budget.left(spent) else []
            if not asked:
                break
            spent.candidates += len(asked)
            spent.tokens += sum(program.n_tokens for program in asked)
            programs += asked
            wanted -= len(asked)
    return programs


def solution(
    problem: Problem,
    programs: Sequence[Candidate],
    verdicts: Verdicts,
    scores: npt.NDArray[np.float64],
    *,
    n_visible: int,
    chance: npt.NDArray[np.float64],
    why: str,
    spent: Spent,
    rng: np.random.Generator,
) -> Solution:
    """The answer that scores give: a draw from the best level, ``runners_up`` from the next rows.

    Args:
        problem: What was solved.
        programs: ``(n,)``.
        verdicts: ``(n, visible + generated)``; the visible tests come first.
        scores: ``(n,)``; where all are −inf the choice is a random one.
        n_visible: How many columns are the problem's own tests.
        chance: ``(n,)`` how sure of each program.
        why: What ``chance`` is, in words; the visible tests are added.
        spent: What it cost.
        rng: Breaks ties.
    """
    row = pick(scores, rng=rng)
    shown = verdicts.take(None, range(n_visible))
    passes = int(shown.passed[row].sum())
    visible = f" It passes {passes} of {n_visible} visible tests." if n_visible else " There are no visible tests."
    order = [i for level in tie_levels(scores) for i in level.tolist() if i != row]
    return Solution(
        problem=problem.id,
        solved=bool(shown.solved()[row]),
        candidate=programs[row],
        verdicts=verdicts,
        row=row,
        confidence=float(np.clip(chance[row], 0.0, 1.0)),
        why=why + visible,
        spent=spent,
        runners_up=tuple(programs[i] for i in order[:3]),
    )
