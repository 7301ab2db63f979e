"""Lei 2024: Planning-Driven Programming: A Large Language Model Programming Workflow (arXiv 2411.14503).

A language model writes a plan in words and follows it by hand on every visible test; the plan is revised until it
arrives at what the tests expect and a second look agrees. The program is written from plan and walks. While it fails
a test, its real run is laid beside the plan's walk through the same test, and the model says where the two part ways
and repairs. ``n_plans`` above 1 is the sampling variant: one program per plan, the next to repair chosen by UCB.

What differs from the paper: the real run comes from the tracer and not from print statements that a model adds; no
worked examples; a walk whose result is a literal is compared with the test itself; a verification that is tried again
on the same plan is sampled and not repeated word for word; without visible tests nothing is called verified; the
answer is the best program by visible tests. Reward and constant of UCB are ours, the authors published no code for it.

Expected in the lab: every branch takes exactly the calls it must. With a noisy planner and coder in the model's place,
200 tasks and at most 12 plans, programs and repairs, it solves 0.96; resampling whole programs 0.78 and repairing any
step 0.44 where writing without a plan is as unsure as planning and coding together. Where writing alone is as sure as
planning alone, resampling (0.97) is no worse. The paper's gains (HumanEval 92.1 for LDB, 98.2 with GPT-4o) need a model
of that size and are not measured.

Not covered: replacing an unverified plan of several by a new sample more than ``max_plan_iters`` allows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from unriddle.budget import Budget, Spent, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem
from unriddle.execute.trace import end_text, events_text, trace
from unriddle.execute.trace.text import clip
from unriddle.feedback.failing import entry_call, failing, report
from unriddle.lm.base import LM, Message, Prompt, SampleOptions
from unriddle.methods._debugging import loads, repair_until_passed
from unriddle.methods._lpw_plan import (
    Plan,
    check_prompt,
    plan_prompt,
    read_check,
    read_plan,
    read_verification,
    verify_prompt,
)
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.prompt import extract, function_prompts
from unriddle.propose._lineage import Lineage, Round
from unriddle.propose.lm_repair import LMRepair, best_first
from unriddle.solver import Solution
from unriddle.verdicts import Verdicts

__all__ = ["LPW", "Plan", "ucb"]

_EXPLAIN = "Explain line by line what the program does."
_FIX = "Fix the program accordingly, so that it follows the plan and passes the test."
_TRACE_LIMITS = Limits(cpu_seconds=5.0)
_RETRY_TEMPERATURE = 0.7


def ucb(lineages: Sequence[Lineage], *, constant: float = 2**0.5) -> int:
    """The lineage with the highest upper confidence bound: mean share of tests passed, plus a bonus for few tries.

    >>> ucb([Lineage([], Candidate("a"), shares=[0.5] * 9), Lineage([], Candidate("b"), shares=[0.4])])
    1
    """
    total = sum(len(lineage.shares) for lineage in lineages)
    bounds = [np.mean(x.shares) + constant * np.sqrt(np.log(total) / len(x.shares)) for x in lineages]
    return int(np.argmax(bounds))


@dataclass(frozen=True, slots=True)
class LPW:
    """A Solver: plan, verify the plan by hand, write, and repair against the plan.

    Args:
        lm: Plans, checks, writes and repairs.
        executor: Where programs run and are traced; already open.
        max_plan_iters: Verifications of one plan.
        max_code_iters: Repairs of one program.
        check: Ask for a second look at the walks.
        n_plans: Plans; more than one are sampled.
        selector: Which of several programs is repaired next.
        unverified: What is done when no plan was verified: ``give_up`` as in the paper, or ``use`` the last one.
        max_trace: Characters of a shown run.
        options: How to sample.
        plan_temperature: Of several plans.
        limits: Per test.
    """

    lm: LM
    executor: Executor
    max_plan_iters: int = 12
    max_code_iters: int = 12
    check: bool = True
    n_plans: int = 1
    selector: Literal["ucb", "best"] = "ucb"
    unverified: Literal["give_up", "use"] = "give_up"
    max_trace: int = 6000
    options: SampleOptions = field(default_factory=lambda: SampleOptions(temperature=0.0, max_tokens=2048))
    plan_temperature: float = 0.7
    limits: Limits | None = None

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The best program by the visible tests; no program at all where no plan was verified (``give_up``).

        Args:
            problem: What to solve; it needs visible tests.
            budget: One program is one candidate; tokens are looked at before every call of the model while planning.

        Raises:
            BadProblem: There are no visible tests.
            BadInput: ``n_plans`` or ``max_plan_iters`` is less than 1.
        """
        if not problem.tests:
            raise BadProblem(f"Problem {problem.id}: no visible tests, so no plan could be verified; add one")
        for name in ("n_plans", "max_plan_iters"):
            if getattr(self, name) < 1:
                raise BadInput(f"LPW: {name} must be 1 or more, got {getattr(self, name)}")
        desk = _Desk(self.lm, budget, self.options)
        plans = [self._plan(problem, desk, number) for number in range(self.n_plans)]
        usable = [plan for plan in plans if plan.text and (plan.verified or self.unverified == "use")]
        start = [made for plan in usable if (made := self._write(problem, plan, desk)) is not None]
        if not start:
            over = budget.why_over(desk.spent)
            why = f"No program: {over or f'no plan was verified in {self.max_plan_iters} tries'}."
            empty = Verdicts.empty([test.name for test in problem.tests])
            return Solution(problem.id, False, None, empty, -1, 0.0, why, desk.spent)
        plan_of = {candidate.id: plan for candidate, plan in zip(start, usable, strict=False)}

        def rounds(candidate: Candidate, row: Verdicts) -> Round:
            plan = plan_of.get(candidate.id) or plan_of[candidate.parents[0]]
            plan_of[candidate.id] = plan
            return self._round(problem, plan, candidate, row)

        proposer = LMRepair(
            problem, self.lm, rounds, start=start, max_turns=self.max_code_iters, options=self.options,
            max_characters=32_000, pick=ucb if self.selector == "ucb" else best_first, name="lpw",
        )  # fmt: skip
        return repair_until_passed(
            problem, proposer, executor=self.executor, budget=budget, limits=self.limits, spent=desk.spent
        )

    def _plan(self, problem: Problem, desk: _Desk, number: int) -> Plan:
        """A plan, verified or not; without text when the budget ended before it."""
        several = self.n_plans > 1
        text = desk.ask(plan_prompt(problem), temperature=self.plan_temperature if several else None, draw=number)
        if text is None:
            return Plan("")
        plan, again, tries = read_plan(text), 0, 0
        while tries < self.max_plan_iters:
            answer = desk.ask(
                verify_prompt(problem, plan), temperature=_RETRY_TEMPERATURE if again else None, draw=again
            )
            if answer is None:
                break
            tries += 1
            seen = read_verification(answer, problem.tests, plan=plan)
            if seen.right and self._agreed(problem, plan, seen.walks, desk, again):
                return Plan(plan, seen.walks, True, tries)
            plan, again = (seen.revised, 0) if seen.revised else (plan, again + 1)
        return Plan(plan, n_tries=tries)

    def _agreed(self, problem: Problem, plan: str, walks: Sequence[str], desk: _Desk, again: int) -> bool:
        if not self.check:
            return True
        answer = desk.ask(
            check_prompt(problem, plan, walks), temperature=_RETRY_TEMPERATURE if again else None, draw=again
        )
        return answer is not None and read_check(answer, len(problem.tests))

    def _write(self, problem: Problem, plan: Plan, desk: _Desk) -> Candidate | None:
        """The program from a plan; ``None`` when the budget ended."""
        asked = function_prompts(problem, style="chat")
        assert not isinstance(asked, str)
        walks = "\n\n".join(plan.walks)
        parts = [f"Follow this plan:\n{plan.text}", f"It was followed by hand on the tests:\n{walks}" if walks else ""]
        told = "\n\n".join(filter(None, [asked[-1].content, *parts]))
        text = desk.ask((*asked[:-1], Message("user", told)))
        if text is None:
            return None
        meta = {"plan": plan.text, "walks": plan.walks, "verified": plan.verified, "completion": text}
        return Candidate(extract(text, problem, style="chat"), proposer="lpw", meta=meta)

    def _round(self, problem: Problem, plan: Plan, candidate: Candidate, row: Verdicts) -> Round:
        """Explain, compare the run with the walk of the first failing test, repair."""
        places = failing(row)
        if not places:
            return Round(_FIX)
        test = problem.tests[places[0]]
        parts = [f"The program fails this test:\n```python\n{report(test, row[0, places[0]])}\n```",
                 f"This is the plan:\n{plan.text}"]  # fmt: skip
        if places[0] < len(plan.walks):
            parts.append(f"This is the plan followed by hand on that test:\n{plan.walks[places[0]]}")
        call = entry_call(test) if loads(candidate.source) else ""
        if call:
            seen = trace(candidate.source, call, executor=self.executor, limits=_TRACE_LIMITS, max_events=2000)
            shown = clip(events_text(seen), self.max_trace)
            parts.append(f"This is what the program really did, line by line:\n```\n{shown}\n{end_text(seen)}\n```")
        parts.append(
            "Where do the values of the program first differ from those of the plan, and which line is to blame?"
        )
        return Round(_FIX, (_EXPLAIN, "\n\n".join(parts)))


@dataclass(slots=True)
class _Desk:
    """Calls of the model outside the repair loop, each paid for and looked up in the budget first."""

    lm: LM
    budget: Budget
    options: SampleOptions
    spent: Spent = field(default_factory=Spent)

    def ask(self, prompt: Prompt, *, temperature: float | None = None, draw: int = 0) -> str | None:
        """The answer; ``None`` when the budget is spent.

        Args:
            prompt: What is asked.
            temperature: Instead of the options' own.
            draw: Number of the draw, so that a repeated question gets another answer.
        """
        if not self.budget.left(self.spent):
            return None
        options = self.options
        if temperature is not None:
            options = dataclasses.replace(options, temperature=temperature, first_draw=options.first_draw + draw)
        clock = stopwatch()
        answer = self.lm.sample([prompt], n=1, options=options)[0][0]
        self.spent.seconds += clock()
        self.spent.tokens += answer.prompt_tokens + answer.completion_tokens
        return answer.text
