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


def marked_lines(source: str, found: Localised, *, most: int = 5, around: int | None = None) -> str:
    """The program beside ranks and the numbers of failing and passing tests that run each line.

    Args:
        source: The program.
        found: Where it is likely wrong.
        most: Ranks that are marked.
        around: Lines shown beside those that some failing test runs; ``None`` for the whole program.
    """
    suspects = {suspect.line: suspect for suspect in found.lines}
    texts = source.split("\n")[: -1 if source.endswith("\n") else None]
    near = set(range(1, len(texts) + 1))
    if around is not None:
        near &= {line + step for line in suspects for step in range(-around, around + 1)}
    rows, last = [], 0
    for number in sorted(near | {len(texts) + 1}):
        if number > last + 1:
            rows.append(f"{'':<24}  ... {number - last - 1} lines left out ...")
        last = number
        if number > len(texts):
            break
        mark = ""
        if number in suspects:
            s = suspects[number]
            rank = f"{s.first}" if s.first == s.last else f"{s.first}-{s.last}"
            mark = f"{'#' + rank if s.first <= most else '':>6} {s.n_failing:>3} fail {s.n_passing:>3} pass"
        rows.append(f"{mark:<24}| {texts[number - 1]}".rstrip())
    return "\n".join(rows)
