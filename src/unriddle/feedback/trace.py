"""Feedback that shows how the shortest failing call ran: executed blocks with the values around them."""

from __future__ import annotations

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Feedback
from unriddle.execute.trace import blocks_text, end_text, trace
from unriddle.feedback.counterexample import shortest_failing
from unriddle.feedback.failing import entry_call
from unriddle.language.truncate import parse
from unriddle.outcome import Limits
from unriddle.problem import Test
from unriddle.verdicts import Verdicts

__all__ = ["trace_of_failure"]

_LIMITS = Limits(cpu_seconds=5.0)


def trace_of_failure(
    tests: tuple[Test, ...], *, executor: Executor, most: int = 10, max_events: int = 2000, max_text: int = 4000
) -> Feedback:
    """A ``Feedback`` with the trace of one failing call; its text is empty where no call fails, and
    where the program cannot be read.

    Args:
        tests: The tests of the columns, ``(m,)``; code without a call of its entry point cannot be traced.
        executor: Runs the call once more.
        most: Blocks that are shown, half of them from either end.
        max_events: The run is stopped after so many events.
        max_text: Characters of the whole text; more are cut in the middle.
    """

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        calls = (entry_call(tests[j]) for j in shortest_failing(tests, verdicts))
        call = next(filter(None, calls), "")
        if not call or parse(candidate.source) is None:
            return ""
        seen = trace(candidate.source, call, executor=executor, max_events=max_events, limits=_LIMITS)
        shown = f"{call}\n{blocks_text(seen, most=most)}\n{end_text(seen)}"
        half = max_text // 2
        return shown if len(shown) <= max_text else f"{shown[:half]}\n...\n{shown[-half:]}"

    return text
