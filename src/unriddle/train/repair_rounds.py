"""Several rounds of repair by a model that was trained to: its own failing program comes back with fresh feedback.

A chain begins with a held-out bug and ends with a program that passes the visible cases, or after the last round. What
the model writes is judged and traced in the sandbox; prompts look as in training. Not covered: judging on hidden cases
(``judge_rounds`` of ``unriddle.train.repairs``), and models that were not trained on such prompts
(``unriddle.propose.lm_repair``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from unriddle.benchmarks.nursery import LIMITS
from unriddle.benchmarks.nursery import task as task_of
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.data.formats.repair import KINDS, Kind, failing_case, fix_failure, shown_run
from unriddle.data.world import WorldProblem
from unriddle.data.world.problem import Case
from unriddle.data.world.trace import run_told
from unriddle.errors import BadInput, shorten
from unriddle.lm.base import LM, SampleOptions
from unriddle.problem import CallTest
from unriddle.prompt.nursery import END, read_program
from unriddle.train.feedback_plan import FeedbackPlan, repair_prompts, without_statement
from unriddle.verdicts import Verdicts

__all__ = ["repair_in_rounds"]

_MOST_SHOWN = 1200
"""Characters of a run that are shown; of a longer one nothing is, so that the prompt fits."""


@dataclass(slots=True)
class _Chain:
    """A bug on its way: what is asked next, and what was written last."""

    problem: WorldProblem
    number: int
    prompt: str
    program: str = ""


def repair_in_rounds(
    lm: LM,
    plan: FeedbackPlan,
    kind: Kind,
    *,
    executor: Executor,
    rounds: int = 3,
    chains: int = 3,
    resample: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """What a model writes for the plan's held-out bugs, round by round.

    Args:
        lm: The model.
        plan: Its plan.
        kind: What it is told: one of ``unriddle.data.formats.repair.KINDS``.
        executor: Where programs run.
        rounds: Programs of a chain at most.
        chains: Chains for each bug, independent of each other.
        resample: Ask the first prompt again instead of showing what was written: the baseline of equal cost.
        report: Told the round, from 1, and how many chains were open in it.

    Returns:
        A row for every program: ``problem``, ``arm`` (the kind), ``draw`` (the chain), ``round`` from 0, ``program``,
        ``resample`` as given, and ``passed``, whether it passes the visible cases.

    Raises:
        BadInput: There is no such kind, or a number is below 1.
    """
    if kind not in KINDS or rounds < 1 or chains < 1:
        raise BadInput(
            f"repair_in_rounds: expected a kind of {', '.join(KINDS)} and at least one round and chain, got "
            f"{shorten(kind)}, {rounds} and {chains}"
        )
    chosen = repair_prompts(plan)
    waiting = [_Chain(problem, c, prompts[kind]) for problem, prompts in chosen for c in range(chains)]
    rows: list[dict[str, Any]] = []
    for number in range(rounds):
        if report:
            report(number + 1, len(waiting))
        _write(lm, waiting, plan, seed=1_000_003 * (number + 1) + plan.seed)
        verdicts = _judged(waiting, executor)
        passed = [bool(row.solved()[0]) for row in verdicts]
        rows += [
            {"problem": one.problem.id, "arm": kind, "draw": one.number, "round": number, "program": one.program,
             "resample": resample, "passed": right}
            for one, right in zip(waiting, passed, strict=True)
        ]  # fmt: skip
        failed = [(one, row) for one, row, right in zip(waiting, verdicts, passed, strict=True) if not right]
        if number + 1 < rounds and not resample:
            _ask_again(failed, kind, plan, executor)
        waiting = [one for one, _ in failed]
    return rows


def _write(lm: LM, waiting: Sequence[_Chain], plan: FeedbackPlan, *, seed: int) -> None:
    """The next program of every chain."""
    options = SampleOptions(temperature=plan.temperature, max_tokens=200, stop=(END,), seed=seed)
    for one, (found,) in zip(waiting, lm.sample([one.prompt for one in waiting], options=options), strict=True):
        one.program = read_program(found.text, task_of(one.problem).problem)


def _judged(waiting: Sequence[_Chain], executor: Executor) -> list[Verdicts]:
    """The row of every chain's program on the visible cases."""
    groups = (([Candidate(one.program)], one.problem.tests(one.problem.examples, "example")) for one in waiting)
    found = dict(executor.run_groups(groups, limits=LIMITS))
    return [found[i] for i in range(len(waiting))]


def _ask_again(failed: Sequence[tuple[_Chain, Verdicts]], kind: Kind, plan: FeedbackPlan, executor: Executor) -> None:
    """The next prompt of chains whose programs failed."""
    shown = _shown([(one, _first_wrong(one, row)) for one, row in failed], kind, executor)
    simple: Literal["none", "error", "counterexample"] = kind if kind == "none" or kind == "error" else "counterexample"
    for (one, row), text in zip(failed, shown, strict=True):
        made = fix_failure(
            one.problem, Candidate(one.program), row, kind=simple, cases=one.problem.examples, shown=text
        )
        if made:  # otherwise nothing is known of it, and it is asked as before
            one.prompt = made[0].prompt if plan.statement else without_statement(made[0].prompt)


def _first_wrong(one: _Chain, row: Verdicts) -> Case | None:
    j = failing_case(row)
    return None if j is None else one.problem.examples[j]


def _shown(waiting: Sequence[tuple[_Chain, Case | None]], kind: Kind, executor: Executor) -> Iterator[str]:
    """What each failing run looked like, in the words of the kind; empty where it says no more or could not be seen."""
    if kind not in ("trace", "blocks", "plan") or not waiting:
        return iter([""] * len(waiting))
    tests = [
        CallTest("told", (one.program, one.problem.entry, case[0] if case else ()), isolated=True, name=f"t{i}")
        for i, (one, case) in enumerate(waiting)
    ]
    limits = dataclasses.replace(LIMITS, max_kills=len(tests) + 1)  # a program that dies is no reason to leave others
    found = executor.run([Candidate(_tracer())], tests, limits=limits)
    return (_words(one, case, kind, found[0, i].result) for i, (one, case) in enumerate(waiting))


def _words(one: _Chain, case: Case | None, kind: Kind, told: Any) -> str:
    run = run_told(told)
    if run is None or case is None:
        return ""
    text = shown_run(kind, one.problem, one.program, case, run)
    return text if len(text) <= _MOST_SHOWN else ""


@cache
def _tracer() -> str:
    return files("unriddle.data.world").joinpath("trace.py").read_text(encoding="utf-8")
