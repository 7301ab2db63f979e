"""Programs that all fit the examples, told apart: inputs near the examples' on which they give something else.

The programs run in the sandbox on the same inputs. Not covered: a proof that two programs are equal; no input found
means only that none was found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Returns

__all__ = ["Differs", "differences", "near_inputs"]

Differs = tuple[tuple[Any, ...], str, str]
"""The arguments, and what the answer and the other program give there, as text."""
_N_INPUTS = 60


def differences(
    problem: Problem,
    answer: Candidate,
    others: Sequence[Candidate],
    *,
    executor: Executor,
    limits: Limits | None = None,
    n_inputs: int = _N_INPUTS,
) -> list[Differs | None]:
    """For each of the others the simplest input found on which it and the answer differ; ``None`` where none was.

    Args:
        problem: Its tests are calls with positional arguments; those of other tests are not used.
        answer: A program that fits.
        others: Other programs that fit.
        executor: Where they run.
        limits: Per call.
        n_inputs: At most so many inputs are tried.
    """
    inputs = list(itertools.islice(near_inputs(problem), n_inputs))
    if not inputs or not others:
        return [None] * len(others)
    tests = [CallTest(problem.entry, args, name=f"input {i}") for i, args in enumerate(inputs)]
    verdicts = executor.run([answer, *others], tests, limits=limits or Limits())
    place = {candidate: i for i, candidate in enumerate(verdicts.candidates)}
    first = place[answer.id]
    found: list[Differs | None] = []
    for other in others:
        row = place[other.id]
        known = verdicts.known[first] & verdicts.known[row] & (verdicts.passed[first] | verdicts.passed[row])
        apart = (
            (args, _shown(verdicts[first, j]), _shown(verdicts[row, j])) for j, args in enumerate(inputs) if known[j]
        )
        found.append(next((one for one in apart if one[1] != one[2]), None))
    return found


def _shown(outcome: Any) -> str:
    return repr(outcome.result) if outcome.passed else f"no value ({outcome.error or outcome.status.name.lower()})"


def near_inputs(problem: Problem) -> Iterator[tuple[Any, ...]]:
    """Arguments near those of the tests, one changed at a time, the shortest tests' first; none is a test's."""
    calls = [
        t.args for t in problem.tests if isinstance(t, CallTest) and isinstance(t.expect, Returns) and not t.kwargs
    ]
    seen = {repr(args) for args in calls}
    ways = [_changed(args) for args in sorted(calls, key=lambda args: (len(repr(args)), repr(args)))[:12]]
    for group in itertools.zip_longest(*ways):
        for args in group:
            if args is not None and repr(args) not in seen:
                seen.add(repr(args))
                yield args


def _changed(args: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for place, value in enumerate(args):
        for other in _near(value):
            yield (*args[:place], other, *args[place + 1 :])


def _near(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, -value, 2 * value, value - 1, 0 * value)
    elif isinstance(value, str):
        yield from _near_text(value)
    elif isinstance(value, list | tuple):
        yield from map(type(value), _near_list(list(value)))


def _near_text(text: str) -> Iterator[str]:
    words = text.split(" ")
    yield from (text[1:], text[:-1], text + text[-1:], " ".join([*words, words[-1]]), " ".join(words[1:]))
    yield from (text.swapcase(), text.replace(" ", ""), " ".join(reversed(words)), "")
    yield from (text.replace(mark, mark * 2) for mark in sorted({c for c in text if not c.isalnum()})[:4])
    yield "".join(str((int(c) + 1) % 10) if c.isascii() and c.isdigit() else c for c in text)


def _near_list(values: list[Any]) -> Iterator[list[Any]]:
    yield from (values[::-1], values[1:], values[:-1], values + values[-1:], values + values[:1], sorted(values), [])
    for place, value in enumerate(values[:4]):
        for other in itertools.islice(_near(value), 2):
            yield [*values[:place], other, *values[place + 1 :]]
