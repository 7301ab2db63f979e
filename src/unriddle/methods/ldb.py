"""Zhong 2024: LDB: A Large Language Model Debugger via Verifying Runtime Execution Step by Step (arXiv 2402.16906).

A program that fails a visible test is traced on it, and the run is cut into basic blocks with the values of the
variables before and after each. A language model says of every block whether it is right, and then writes the next
program, in one conversation, until the visible tests pass or ten repairs were tried.

What differs from the paper: the tracer runs in the sandbox and sees values through ``repr``-like text ('1' and 1 look
different); a run that raises or never ends is shown as far as it came, where the authors fall back to the bare
feedback; blocks come from the syntax tree; the call under test is found in the tree and not by splitting at ``==``;
the answer is the best program by visible tests, not the last; a program given twice is pointed out. As in the
authors' code the verdicts are not used by the loop; ``read_block_verdicts`` reads them.

Expected in the lab, on the authors' recorded runs judged again in the sandbox: HumanEval 136 of 164 solved after the
repairs with GPT-3.5 (131 and 132 with functions and lines as blocks), 91 with CodeLlama, 65 with StarCoder; MBPP 380,
287 and 277 of 500. Before the repairs the recording marks 121, 81 and 64 as solved; two more and three more solve
their problem here, because seeds get the helpers of the prompt and the imports that the authors add for the repairs.

Not covered: completion models with worked examples, and choosing which block to repair by the verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadProblem
from unriddle.execute.trace import trace
from unriddle.execute.trace.steps import Level
from unriddle.feedback.failing import entry_call, failing, failing_tests, report
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._debugging import loads, repair_until_passed
from unriddle.methods._ldb_blocks import BlockVerdict, block_question, read_block_verdicts, shown_blocks
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.prompt.shown import shown_test
from unriddle.propose._lineage import Round
from unriddle.propose.lm_repair import LMRepair, Rounds
from unriddle.solver import Solution
from unriddle.verdicts import Verdicts

__all__ = ["LDB", "BlockVerdict", "block_rounds", "read_block_verdicts"]

Choice = Literal["random", "first", "shortest"]

_FIX = "Now fix the program, so that it does what the task asks for and passes the test."
_TRACE_LIMITS = Limits(cpu_seconds=5.0)
_MAX_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class LDB:
    """A Solver: a language model debugs its programs block by block.

    Args:
        lm: Writes, judges and repairs.
        executor: Where programs run and are traced; already open.
        max_iters: Repairs of one program.
        level: What a block is.
        max_blocks: How many blocks are shown, half from either end; by ``level`` when ``None`` (10, 30 lines).
        clip: Characters of one line of values.
        choose_test: Which of the failing tests is debugged.
        options: How to sample.
        limits: Per test.
        seed: Of the random choice of a test.
    """

    lm: LM
    executor: Executor
    max_iters: int = 10
    level: Level = "block"
    max_blocks: int | None = None
    clip: int = 100
    choose_test: Choice = "random"
    options: SampleOptions | None = None
    limits: Limits | None = None
    seed: int = 0

    def __call__(self, problem: Problem, *, budget: Budget, start: Sequence[Candidate] = ()) -> Solution:
        """The best program by the visible tests.

        Args:
            problem: What to solve; it needs visible tests.
            budget: One repair is one candidate; looked at before each.
            start: Programs to debug; without any, the model writes one.

        Raises:
            BadProblem: There are no visible tests.
        """
        if not problem.tests:
            raise BadProblem(f"Problem {problem.id}: no visible tests, so there is no failing run to debug; add one")
        rounds = block_rounds(
            problem,
            executor=self.executor,
            level=self.level,
            max_blocks=self.max_blocks,
            clip=self.clip,
            choose_test=self.choose_test,
            rng=np.random.default_rng(self.seed),
        )
        proposer = LMRepair(
            problem, self.lm, rounds, start=start, max_turns=self.max_iters, options=self.options, name="ldb"
        )
        return repair_until_passed(problem, proposer, executor=self.executor, budget=budget, limits=self.limits)


def block_rounds(
    problem: Problem,
    *,
    executor: Executor,
    rng: np.random.Generator,
    level: Level = "block",
    max_blocks: int | None = None,
    clip: int = 100,
    choose_test: Choice = "random",
) -> Rounds:
    """Rounds for ``LMRepair``: a question about the blocks of one failing run, then the wish for a repair.

    Where nothing can be traced (the program cannot be read, or the test does not call the entry point) there is no
    question, and the failing tests are told instead.

    Args:
        problem: With visible tests.
        executor: Where runs are traced.
        rng: Chooses the test.
        level: What a block is.
        max_blocks: See ``LDB``.
        clip: Characters of one line of values.
        choose_test: Which failing test.
    """

    def rounds(candidate: Candidate, row: Verdicts) -> Round:
        places = failing(row)
        if not places:
            return Round(_FIX)
        place = _chosen(problem, places, choose_test, rng)
        test, failure = problem.tests[place], report(problem.tests[place], row[0, place])
        call = entry_call(test) if loads(candidate.source) else ""
        if call:
            seen = trace(candidate.source, call, executor=executor, limits=_TRACE_LIMITS, max_events=_MAX_EVENTS)
            blocks = shown_blocks(seen, level=level, most=max_blocks, limit=clip)
            if blocks:
                return Round(_FIX, (block_question(seen, failure, blocks=blocks),))
        told = failing_tests(problem.tests)(candidate, row)
        return Round(f"The program fails:\n```python\n{told}\n```\n{_FIX}")

    return rounds


def _chosen(problem: Problem, places: Sequence[int], how: Choice, rng: np.random.Generator) -> int:
    if how == "first":
        return places[0]
    if how == "shortest":
        return min(places, key=lambda j: len(shown_test(problem.tests[j])))
    return int(rng.choice(places))
