"""One real sandbox per test file, and short ways to run a program in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from unriddle import CallTest, Candidate, Limits, Outcome
from unriddle.errors import IsolationError
from unriddle.execute.python import PythonExecutor

FAST = Limits(cpu_seconds=0.5, wall_seconds=4.0)


@pytest.fixture(scope="module")
def executor() -> Iterator[PythonExecutor]:
    try:
        with PythonExecutor(workers=2) as running:
            yield running
    except IsolationError as error:
        pytest.skip(f"no full isolation on this machine: {error}")


@pytest.fixture
def outcomes(executor: PythonExecutor) -> Callable[..., list[Outcome]]:
    """``outcomes(source, *tests, limits=...)``: the cells of one candidate."""

    def run(source: str, *tests: object, limits: Limits = FAST) -> list[Outcome]:
        verdicts = executor.run([Candidate(source)], tests, limits=limits)
        return [verdicts[0, j] for j in range(len(tests))]

    return run


@pytest.fixture
def returned(outcomes: Callable[..., list[Outcome]]) -> Callable[..., object]:
    """``returned(source, *args)``: what ``f(*args)`` returned; an error of the program fails the test."""

    def run(source: str, *args: object, limits: Limits = FAST) -> object:
        (outcome,) = outcomes(source, CallTest("f", args), limits=limits)
        assert outcome.passed, (outcome.status.name, outcome.error)
        return outcome.result

    return run
