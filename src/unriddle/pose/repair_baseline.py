"""How a program does on its tests before it is repaired: which tests can be relied on, and where it is likely wrong.

Not covered: tests that waver more rarely than they are repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.try_many import try_many
from unriddle.feedback.localise import Localised, localise
from unriddle.language.python import parse
from unriddle.outcome import Limits, Status
from unriddle.problem import Test
from unriddle.verdicts import Verdicts

__all__ = ["LIMITS", "Baseline", "measure"]

LIMITS = Limits(cpu_seconds=3.0)
_QUICK, _SLOWER = 0.02, 10.0
"""CPU seconds of a test that is surely allowed, and how many times as long as the slowest passing one."""
_DENIED = ("[Errno 1] Operation not permitted", "[Errno 30] Read-only", "[Errno 101]", "[Errno -3]")
"""How exceptions read that come from the sandbox, not from the program."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How a program does before it is repaired.

    Attributes:
        tests: ``(m,)`` the tests that count.
        failing: Their names.
        unsteady: Names of tests that ended differently when repeated.
        unfit: Names of tests that the reference fails.
        denied: Names of tests that failed because the sandbox has no network, no processes and no other files.
        seconds: CPU seconds that one test of an edited program may take.
        localised: Where the program is likely wrong.
    """

    tests: tuple[Test, ...]
    failing: tuple[str, ...]
    unsteady: tuple[str, ...]
    unfit: tuple[str, ...]
    denied: tuple[str, ...]
    seconds: float
    localised: Localised


def measure(
    source: str,
    tests: Sequence[Test],
    *,
    executor: Executor,
    reference: str = "",
    context: str = "",
    formula: str = "ochiai",
    limits: Limits = LIMITS,
    n_repeats: int = 3,
) -> Baseline:
    """How a program does on its tests, which of them can be relied on, and where it is likely wrong.

    Args:
        source: The program.
        tests: What it should do.
        executor: Runs it.
        reference: A program that is right; tests it fails are left out.
        context: Source put before every program.
        formula: Of ``feedback.localise.FORMULAS``.
        limits: Of one test on the program as it is; a test that never ends costs a quarter second at most.
        n_repeats: How often each test is repeated to see whether it wavers.

    Raises:
        BadInput: There is no test, or none is left that can be relied on.
        BadProblem: The program cannot be read.
    """
    parse(source)
    if not tests:
        raise BadInput("repair: expected some tests, got none; give at least one that fails")
    seconds = min(limits.cpu_seconds, 0.25)
    runs = try_many([source] * n_repeats, tests, executor=executor, seconds=seconds, patient=True, context=context)
    passed = runs.verdicts.passed
    missing = [runs.verdicts[0, j].error for j in range(len(tests))]
    if all(error.startswith(("ModuleNotFoundError", "ImportError")) for error in missing):
        raise BadInput(f"no test can be run: {_not_there(runs.verdicts[0, 0].line, missing[0].partition(': ')[2])}")
    wavers = np.logical_or.reduce(passed, axis=0) & ~np.logical_and.reduce(passed, axis=0)
    unfit = np.zeros(len(tests), dtype=np.bool_)
    slowest = float(np.nanmax(np.where(passed, runs.verdicts.cpu_seconds, 0.0), initial=0.0))
    if reference:
        parse(reference, what="the reference")
        right = try_many(
            [reference], tests, executor=executor, seconds=limits.cpu_seconds, patient=True, context=context
        )
        unfit = ~right.verdicts.passed[0]
        slowest = max(slowest, float(np.nanmax(np.where(unfit, 0.0, right.verdicts.cpu_seconds[0]), initial=0.0)))
    names = runs.verdicts.tests
    denied = np.array([any(sign in error for sign in _DENIED) for error in missing], dtype=np.bool_)
    kept = np.flatnonzero(~wavers & ~unfit & ~denied).tolist()
    if not kept:
        what = "the reference passes" if unfit.all() else "ends the same way when repeated"
        if denied.all():
            raise BadInput(
                f"repair: {names[0]} needs what the sandbox has not ({missing[0].partition(': ')[2]}), and so do all "
                "tests; no network, no event loop of asyncio, no other files: test the parts that need none of them"
            )
        raise BadInput(f"repair: none of {len(tests)} tests {what}; correct the tests first ({names[0]}, ...)")
    chosen = tuple(tests[j] for j in kept)
    found = localise(source, chosen, executor=executor, formula=formula, seconds=seconds, context=context)
    failing = [names[j] for i, j in enumerate(kept) if not found.verdicts.passed[0, i]]
    return Baseline(
        chosen,
        tuple(failing),
        tuple(names[j] for j in np.flatnonzero(wavers)),
        tuple(names[j] for j in np.flatnonzero(unfit)),
        tuple(names[j] for j in np.flatnonzero(denied)),
        min(limits.cpu_seconds, max(_QUICK, _SLOWER * slowest, 2 * _longest(runs.verdicts))),
        found,
    )


def _not_there(line: int, why: str) -> str:
    """What to do where an import fails: at a line of the program, or (0) in the tests."""
    if line:
        return f"line {line} of the program: {why}; it may import the standard library and numpy"
    return (
        f"{why}. Tests may import the program (--module NAME, where they use another name for it) and the standard "
        "library; copy what they need of other files into theirs"
    )


def _longest(verdicts: Verdicts) -> float:
    """CPU seconds of the slowest test that came to an end, right or wrong."""
    ended = np.isin(verdicts.status, (Status.PASS, Status.FAIL, Status.ERROR))
    return float(np.nanmax(np.where(ended, verdicts.cpu_seconds, 0.0), initial=0.0))
