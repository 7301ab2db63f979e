"""Feedback that marks the program's lines by the tests that run them: by how many failing and passing ones."""

from __future__ import annotations

from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Feedback
from unriddle.feedback.localise import Localised, localise
from unriddle.language.truncate import parse
from unriddle.problem import Test
from unriddle.verdicts import Verdicts

__all__ = ["coverage", "marked_lines"]


def coverage(tests: tuple[Test, ...], *, executor: Executor, most: int = 5) -> Feedback:
    """A ``Feedback`` with the program, its most suspicious lines marked; empty where every test passes, and
    where the program cannot be read.

    Args:
        tests: The tests of the columns, ``(m,)``.
        executor: Runs the program once more, with counters.
        most: Ranks that are marked; lines of equal suspicion are marked together.
    """

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        if verdicts.passed.all() or parse(candidate.source) is None:
            return ""
        found = localise(candidate.source, tests, executor=executor)
        return marked_lines(candidate.source, found, most=most)

    return text


def marked_lines(source: str, found: Localised, *, most: int = 5) -> str:
    """The program beside ranks and the numbers of failing and passing tests that run each line."""
    suspects = {suspect.line: suspect for suspect in found.lines}
    rows = []
    for number, line in enumerate(source.splitlines(), 1):
        mark = ""
        if number in suspects:
            s = suspects[number]
            rank = f"{s.first}" if s.first == s.last else f"{s.first}-{s.last}"
            mark = f"{'#' + rank if s.first <= most else '':>6} {s.n_failing:>3} fail {s.n_passing:>3} pass"
        rows.append(f"{mark:<24}| {line}".rstrip())
    return "\n".join(rows)
