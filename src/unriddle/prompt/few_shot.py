"""Prompts with worked examples before the problem, every piece of their wording configurable.

Not covered: choosing the examples (``unriddle.retrieve``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unriddle.problem import Problem
from unriddle.prompt.shown import shown_test

__all__ = ["Exemplar", "few_shot"]


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A worked example: a problem and a program that solves it."""

    problem: Problem
    program: str


def few_shot(
    problem: Problem,
    exemplars: Sequence[Exemplar],
    *,
    intro: str = "You are an expert Python programmer.",
    task: str = "Task: {statement}\nYour code should pass these tests:\n{tests}\n",
    begin: str = "[BEGIN]\n",
    end: str = "\n[DONE]\n",
    between: str = "\n",
    n_tests: int | None = None,
    show: Callable[[Problem], str] | None = None,
) -> str:
    """Text to be continued: each exemplar with its program, then the problem with an open ``begin``.

    Args:
        problem: What is asked.
        exemplars: Worked examples, in the order they are shown; may be empty.
        intro: First line; empty for none.
        task: How a problem is put; ``{statement}``, ``{tests}``, ``{stub}`` and ``{signature}`` are filled in.
        begin: Opens a program.
        end: Closes a program; pass ``end.strip()`` as the stop string.
        between: Between two examples.
        n_tests: Show at most this many tests of each problem; ``None`` shows all.
        show: Puts a problem into words instead of ``task``.

    >>> from unriddle.problem import CallTest, Problem, Returns, Signature
    >>> p = Problem("p", "Double x.", Signature("f"), tests=(CallTest("f", (1,), expect=Returns(2)),))
    >>> print(few_shot(p, [], intro="", begin="[BEGIN]"))
    Task: Double x.
    Your code should pass these tests:
    assert f(1) == 2
    [BEGIN]
    """

    def ask(one: Problem) -> str:
        return show(one) if show else _put(one, task, n_tests)

    worked = [f"{ask(e.problem)}{begin}{e.program.strip(chr(10))}{end}" for e in exemplars]
    head = [intro] if intro else []
    return between.join([*head, *worked, f"{ask(problem)}{begin}"])


def _put(problem: Problem, task: str, n_tests: int | None) -> str:
    tests = "\n".join(shown_test(test) for test in problem.tests[:n_tests])
    parts = {
        "{statement}": problem.statement.strip(),
        "{tests}": tests,
        "{stub}": problem.stub.rstrip(),
        "{signature}": problem.signature.header(),
    }
    for name, text in parts.items():
        task = task.replace(name, text)
    return task
