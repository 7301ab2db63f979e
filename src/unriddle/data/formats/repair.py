"""Buggy program and feedback to fix; bugs are mutants, or programs that a model wrote and the executor judged.

Not covered: running the programs of a model; the executor did, and its verdicts are given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from unriddle.candidate import Candidate
from unriddle.data.formats.base import Example, Format, body_of, call_of, words_of
from unriddle.data.world.problem import Case, WorldProblem
from unriddle.data.world.trace import Run, Step, run_blocks, run_traced
from unriddle.errors import BadInput, BadShape
from unriddle.outcome import Outcome, Status
from unriddle.prompt.nursery import without_markers
from unriddle.verdicts import Verdicts

__all__ = ["KINDS", "Kind", "failing_case", "fix_all", "fix_failure", "fix_format", "fix_prompt", "shown_run"]

Kind = Literal["none", "error", "counterexample", "trace", "blocks", "plan"]
"""See ``KINDS``."""

KINDS: tuple[Kind, ...] = ("none", "error", "counterexample", "trace", "blocks", "plan")
"""How much is said about what is wrong. The plan is the trace and, beside it, the values that the right program goes
through, as a plan that was followed by hand on that test says them; no model made it, and it is never wrong.
"""

_MAX_LINES = 16
_MAX_VALUE = 50


def fix_prompt(problem: WorldProblem, bug: str, feedback: str, *, n_examples: int = 0) -> str:
    """The prompt that asks for a fix: statement, the buggy program, feedback, header.

    A model may have written markers into its program, or given them back; they are blanked out.
    """
    words = words_of(problem, n_examples=n_examples)
    said = f"<|feedback|>{without_markers(feedback)}" if feedback else ""
    return f"{words}<|bug|>{without_markers(bug).rstrip()}{said}<|program|>{problem.header}"


def fix_format(kind: Kind) -> Format:
    """The format whose bugs are mutants and whose feedback is of this kind."""

    def fix(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
        if not problem.mutants:
            return []
        bug = problem.mutants[int(rng.integers(len(problem.mutants)))]
        found = _first_wrong(problem, bug)
        if found is None:
            return []
        case, run = found
        prompt = fix_prompt(problem, bug, _FEEDBACK[kind](problem, bug, case, run))
        return [Example(prompt, body_of(problem.program, problem), f"fix_{kind}", problem.id)]

    return fix


def fix_all(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """The same bug with each kind of feedback, in the order of ``KINDS``; empty where no visible case shows the bug."""
    if not problem.mutants:
        return []
    bug = problem.mutants[int(rng.integers(len(problem.mutants)))]
    found = _first_wrong(problem, bug)
    if found is None or found[0] not in problem.examples:
        return []
    body = body_of(problem.program, problem)
    return [
        Example(fix_prompt(problem, bug, _FEEDBACK[kind](problem, bug, *found)), body, f"fix_{kind}", problem.id)
        for kind in KINDS
    ]


def _first_wrong(problem: WorldProblem, bug: str) -> tuple[Case, Run] | None:
    """The first case on which a mutant goes wrong, visible ones first, and how it ran."""
    for case in problem.examples + problem.hidden:
        run = run_traced(bug, problem.entry, case[0])
        if run.error or type(run.value) is not type(case[1]) or run.value != case[1]:
            return case, run
    return None


def _says(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


def _nothing(problem: WorldProblem, bug: str, case: Case, run: Run) -> str:
    return ""


def _error(problem: WorldProblem, bug: str, case: Case, run: Run) -> str:
    call = call_of(problem, case[0])
    return f"{call} {_how(run.error, run.line) if run.error else 'is wrong'}"


def _how(error: str, line: int) -> str:
    """How a call failed, in words."""
    if error == "limit":
        return "does not end"
    return f"raises {error}" + (f" in line {line}" if line else "")


def _counterexample(problem: WorldProblem, bug: str, case: Case, run: Run) -> str:
    got = _how(run.error, run.line) if run.error else f"gives {_says(run.value)}"
    return f"{call_of(problem, case[0])} {got}, expected {case[1]!r}"


def _and_run(kind: Kind, problem: WorldProblem, bug: str, case: Case, run: Run) -> str:
    shown = shown_run(kind, problem, bug, case, run)
    return "\n".join([_counterexample(problem, bug, case, run), *([shown] if shown else [])])


def shown_run(kind: Kind, problem: WorldProblem, bug: str, case: Case, run: Run) -> str:
    """What is said about a run behind the counterexample; empty for the kinds that say no more than that.

    Args:
        kind: How much is said.
        problem: The problem.
        bug: The program that ran.
        case: What it ran on.
        run: How it ran.
    """
    if kind == "blocks":
        return "\n".join(_clipped(_block_lines(bug, run)))
    if kind not in ("trace", "plan"):
        return ""
    lines = _clipped([f"{step.line}: {_values(step)}" for step in run.steps if step.changed])
    if kind == "plan":
        meant = run_traced(problem.program, problem.entry, case[0])
        planned = "; ".join(_clipped([_values(step) for step in meant.steps if step.changed]))
        lines += [f"planned: {planned}"] if planned else []
    return "\n".join(lines)


def _values(step: Step) -> str:
    return ", ".join([f"{name} = {text}" for name, text in step.changed])


def _block_lines(bug: str, run: Run) -> list[str]:
    lines = []
    for numbers, before, after in run_blocks(bug, run):
        span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        changed = [f"{name} = {text}" for name, text in after.items() if before.get(name) != text]
        lines.append(f"block {span}: " + (", ".join(changed) or "no change"))
    return lines


def _clipped(lines: list[str]) -> list[str]:
    """At most 16 lines: the first and the last ones."""
    if len(lines) <= _MAX_LINES:
        return lines
    half = _MAX_LINES // 2
    return [*lines[:half], "...", *lines[-half:]]


_FEEDBACK: dict[Kind, Callable[[WorldProblem, str, Case, Run], str]] = {
    "none": _nothing,
    "error": _error,
    "counterexample": _counterexample,
    "trace": partial(_and_run, "trace"),
    "blocks": partial(_and_run, "blocks"),
    "plan": partial(_and_run, "plan"),
}


def failing_case(row: Verdicts) -> int | None:
    """The first case that a candidate is known to fail, the one that is told; ``row`` is ``(1, m)``."""
    return next(iter(np.flatnonzero(row.known[0] & ~row.passed[0]).tolist()), None)


def fix_failure(
    problem: WorldProblem,
    candidate: Candidate,
    row: Verdicts,
    *,
    kind: Literal["none", "error", "counterexample"] = "counterexample",
    cases: tuple[Case, ...] | None = None,
    shown: str = "",
) -> list[Example]:
    """The example that a model's own failure makes; empty where the row shows no failure.

    The candidate is never run here: what is said about it comes from its verdicts.

    Args:
        problem: The problem it was written for.
        candidate: The failed program.
        row: Its verdicts, ``(1, m)``, on ``cases``.
        kind: How much is said; the kinds that need a trace take it ready-made in ``shown``.
        cases: The cases behind the columns; the problem's hidden ones when ``None``.
        shown: More text for the feedback, for example a trace made in the sandbox.

    Raises:
        BadShape: The row does not have one column per case.
        BadInput: The kind is unknown, or the row is another candidate's.
    """
    cases = problem.hidden if cases is None else cases
    if kind not in ("none", "error", "counterexample"):
        raise BadInput(f"fix_failure: kind must be none, error or counterexample, got {kind!r}; give a trace as shown=")
    if row.shape != (1, len(cases)):
        raise BadShape(f"fix_failure: row must have shape (1, m) = (1, {len(cases)}) for m cases, got {row.shape}")
    if row.candidates[0] != candidate.id:
        raise BadInput(f"fix_failure: the row is of candidate {row.candidates[0]}, got candidate {candidate.id}")
    j = failing_case(row)
    if j is None:
        return []
    said = "" if kind == "none" else _of_outcome(problem, cases[j], row[0, j], expected=kind == "counterexample")
    feedback = "\n".join([text for text in (said, shown.strip()) if text])
    prompt = fix_prompt(problem, candidate.source, feedback)
    return [Example(prompt, body_of(problem.program, problem), f"fix_{kind}", problem.id)]


def _of_outcome(problem: WorldProblem, case: Case, outcome: Outcome, *, expected: bool) -> str:
    if outcome.status is Status.FAIL:
        got = f"gives {_says(outcome.result)}" if expected else "is wrong"
    elif outcome.status is Status.TIMEOUT:
        got = "does not end"
    else:
        got = _how(outcome.error.partition(":")[0] or outcome.status.name, outcome.line)
    return f"{call_of(problem, case[0])} {got}" + (f", expected {case[1]!r}" if expected else "")
