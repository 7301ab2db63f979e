"""What the methods that repair from feedback share: failing tests in words, the call behind a test, the loop's answer.

Not covered: which feedback helps; that is what the methods are about.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from unriddle.budget import Budget, Spent
from unriddle.contracts import Executor
from unriddle.errors import shorten
from unriddle.execute.trace.text import clip
from unriddle.language.truncate import parse
from unriddle.outcome import Limits, Outcome, Status
from unriddle.problem import CallTest, Problem, Test
from unriddle.prompt.shown import call_text, shown_test
from unriddle.propose.lm_repair import LMRepair
from unriddle.solver import Solution, solve
from unriddle.verdicts import Verdicts

__all__ = ["entry_call", "failing", "fallback_report", "loads", "repair_until_passed", "report", "what_came"]

_CLIP = 400
_SPENT = ("candidates", "tokens", "runs", "cpu_seconds", "seconds")
_ENDS = {
    Status.TIMEOUT: "ran out of time",
    Status.MEMORY: "ran out of memory",
    Status.CRASH: "its process died",
    Status.FORBIDDEN: "tried something that is not allowed",
}


def failing(row: Verdicts) -> list[int]:
    """Places of the tests that the one program of ``row`` fails; unknown cells are left out."""
    return [j for j in range(row.shape[1]) if row.known[0, j] and not row.passed[0, j]]


def what_came(outcome: Outcome) -> str:
    """What a failing program did, in words.

    >>> what_came(Outcome(Status.ERROR, error="IndexError: list index out of range", line=3))
    'raised IndexError: list index out of range (line 3)'
    """
    if outcome.status in _ENDS:
        return _ENDS[outcome.status]
    if outcome.status is Status.ERROR:
        where = f" (line {outcome.line})" if outcome.line else ""
        return f"raised {clip(outcome.error, _CLIP)}{where}"
    if outcome.value >= 0:
        return f"returned {shorten(outcome.result, _CLIP)}"
    return clip(outcome.error, _CLIP) or "failed"


def report(test: Test, outcome: Outcome) -> str:
    """One failing test with what the program really did, as a line of Python."""
    return f"{clip(shown_test(test), 2 * _CLIP)}  # the program {what_came(outcome)}"


def fallback_report(problem: Problem, row: Verdicts, *, most: int = 5) -> str:
    """All failing tests, ``most`` of them in full."""
    places = failing(row)
    lines = [report(problem.tests[j], row[0, j]) for j in places[:most]]
    more = [f"({len(places) - most} more fail)"] if len(places) > most else []
    return "\n".join([*lines, *more])


def entry_call(test: Test) -> str:
    """The call of the entry point in a test, as source; empty when there is none.

    The call is found in the syntax tree, so an ``==`` inside an argument, or an assert without one, does no harm.

    >>> from unriddle.problem import CodeTest
    >>> entry_call(CodeTest("assert abs(f('a == b') - 1.5) < 1e-6", "f"))
    "f('a == b')"
    """
    if isinstance(test, CallTest):
        return call_text(test)
    tree = parse(test.code)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (test.entry, "candidate"):
            return ast.unparse(_renamed(node, test.entry))
    return ""


def _renamed(call: ast.Call, entry: str) -> ast.Call:
    """The call under the entry point's own name."""
    return ast.Call(ast.Name(entry, ast.Load()), call.args, call.keywords)


def loads(source: str) -> bool:
    """Whether a program can be read at all."""
    return parse(source) is not None


def repair_until_passed(
    problem: Problem,
    proposer: LMRepair,
    *,
    executor: Executor,
    budget: Budget,
    limits: Limits | None,
    spent: Spent | None = None,
) -> Solution:
    """The best program by the visible tests once one passes them all, the lineages are over or the budget is spent.

    Args:
        problem: With visible tests.
        proposer: Made for it.
        executor: Where programs run.
        budget: One repair is one candidate.
        limits: Per test.
        spent: Spent before; counted, and taken off the budget.
    """
    before = spent or Spent()
    left = {
        name: None if getattr(budget, name) is None else max(0, getattr(budget, name) - getattr(before, name))
        for name in _SPENT
    }
    found = solve(problem, proposer, executor=executor, budget=replace(budget, **left), limits=limits, batch=1)
    found.spent.tokens = proposer.n_tokens
    for name in _SPENT:
        setattr(found.spent, name, getattr(found.spent, name) + getattr(before, name))
    return found
