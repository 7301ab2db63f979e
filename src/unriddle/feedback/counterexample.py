"""Feedback that shows failing tests: the call, what came, what was expected."""

from __future__ import annotations

from unriddle.candidate import Candidate
from unriddle.contracts import Feedback
from unriddle.errors import shorten
from unriddle.feedback.failing import failing, what_came
from unriddle.outcome import Outcome
from unriddle.problem import CallTest, CodeTest, Raises, Returns, Test
from unriddle.verdicts import Verdicts

__all__ = ["call_text", "counterexample", "shortest_failing"]

_MOST = 200
"""Characters of a value or a message."""


def counterexample(tests: tuple[Test, ...], *, most: int = 1) -> Feedback:
    """A ``Feedback`` that shows the shortest failing tests, one a line; its text is empty where all pass.

    Args:
        tests: The tests of the columns, ``(m,)``.
        most: How many are shown.
    """

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        wrong = shortest_failing(tests, verdicts)[:most]
        return "\n".join(f"{call_text(tests[j])} {_what(verdicts[0, j], tests[j])}" for j in wrong)

    return text


def shortest_failing(tests: tuple[Test, ...], verdicts: Verdicts) -> list[int]:
    """Columns of the failing tests, those with the shortest text first."""
    return sorted(failing(verdicts), key=lambda j: (len(call_text(tests[j])), j))


def call_text(test: Test) -> str:
    """The test as a person would write it.

    >>> call_text(CallTest("f", (1, [2]), {"k": "a"}))
    "f(1, [2], k='a')"
    """
    if isinstance(test, CodeTest):
        return test.source or test.code
    parts = [shorten(value) for value in test.args] + [f"{k}={shorten(v)}" for k, v in test.kwargs.items()]
    return f"{test.entry}({', '.join(parts)})"


def _what(cell: Outcome, test: Test) -> str:
    expect = test.expect if isinstance(test, CallTest) else None
    got = what_came(cell, most=_MOST)
    if isinstance(expect, Returns):
        return f"{got}, expected {shorten(expect.value, _MOST)}"
    if isinstance(expect, Raises):
        return f"{got}, expected {expect.exception} to be raised"
    return got
