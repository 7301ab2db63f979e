"""Failing tests in words: which there are, what the program did instead, and the call behind a test.

Not covered: which feedback helps; that is what the methods that repair are about.
"""

from __future__ import annotations

import ast

from unriddle.candidate import Candidate
from unriddle.contracts import Feedback
from unriddle.errors import shorten
from unriddle.execute.trace.text import clip
from unriddle.language.truncate import parse
from unriddle.outcome import Outcome, Status
from unriddle.problem import CallTest, Test
from unriddle.prompt.shown import call_text, shown_test
from unriddle.verdicts import Verdicts

__all__ = ["entry_call", "failing", "failing_tests", "report", "what_came"]

_CLIP = 400
_ENDS = {
    Status.TIMEOUT: "ran out of time",
    Status.MEMORY: "ran out of memory",
    Status.CRASH: "its process died",
    Status.FORBIDDEN: "tried something that is not allowed",
}


def failing(row: Verdicts) -> list[int]:
    """Places of the tests that the one program of ``row`` fails; unknown cells are left out."""
    return [j for j in range(row.shape[1]) if row.known[0, j] and not row.passed[0, j]]


def what_came(outcome: Outcome, *, most: int = _CLIP) -> str:
    """What a failing program did, in words.

    Args:
        outcome: Of one test.
        most: Characters of a value or a message.

    >>> what_came(Outcome(Status.ERROR, error="IndexError: list index out of range", line=3))
    'raised IndexError: list index out of range (line 3)'
    """
    if outcome.status in _ENDS:
        return _ENDS[outcome.status]
    if outcome.status is Status.ERROR:
        where = f" (line {outcome.line})" if outcome.line else ""
        return f"raised {clip(outcome.error, most)}{where}"
    if outcome.value >= 0:
        return f"returned {shorten(outcome.result, most)}"
    return clip(outcome.error, most) or "failed"


def report(test: Test, outcome: Outcome) -> str:
    """One failing test with what the program really did, as a line of Python."""
    return f"{clip(shown_test(test), 2 * _CLIP)}  # the program {what_came(outcome)}"


def failing_tests(tests: tuple[Test, ...], *, most: int = 5) -> Feedback:
    """A ``Feedback`` with all failing tests in their order, ``most`` of them in full; empty where all pass.

    Args:
        tests: The tests of the columns, ``(m,)``.
        most: How many are shown; the others are counted.
    """

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        places = failing(verdicts)
        lines = [report(tests[j], verdicts[0, j]) for j in places[:most]]
        more = [f"({len(places) - most} more fail)"] if len(places) > most else []
        return "\n".join([*lines, *more])

    return text


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
