"""Tests that ask for the same call share one execution: run the distinct calls, then hold what came back to each test.

Many generated tests differ only in what they expect. ``share_calls`` names the distinct executions, ``judge_shared``
spreads their verdicts over the tests, with the statuses that running every test by itself would give (up to state that
a program keeps from call to call). Not covered: running them; any executor does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadShape
from unriddle.execute.compare import equal
from unriddle.language.values import Large, decode, encode
from unriddle.outcome import Status
from unriddle.problem import CallTest, Equality, Returns, Test
from unriddle.verdicts import Verdicts

__all__ = ["SharedCalls", "judge_shared", "share_calls"]


@dataclass(frozen=True, slots=True)
class SharedCalls:
    """Distinct executions of a list of tests.

    Attributes:
        tests: ``(m,)`` the tests.
        runs: What has to be run: bare calls first (they record their value), then the tests that run as they are.
        places: ``(m,)`` the run that each test is read from.
        n_calls: How many of ``runs`` are bare calls.
    """

    tests: tuple[Test, ...]
    runs: tuple[Test, ...]
    places: npt.NDArray[np.int64]
    n_calls: int


def share_calls(tests: Sequence[Test]) -> SharedCalls:
    """The distinct executions that these tests need.

    Shared are calls whose expectation is a value to be compared by value; where the type of the value counts, or the
    test is code, it runs as it is.

    >>> tests = [CallTest("f", (1,), expect=Returns(2)), CallTest("f", (1,), expect=Returns(3))]
    >>> len(share_calls(tests).runs)
    1
    """
    calls: dict[tuple[str, bytes], Test] = {}
    others: list[Test] = []
    keys: list[tuple[str, bytes] | int] = []
    for test in tests:
        if isinstance(test, CallTest) and _is_shared(test):
            at = test.entry, encode([list(test.args), dict(test.kwargs)])
            calls.setdefault(at, replace(test, expect=None, name="", source=""))
            keys.append(at)
        else:
            keys.append(len(others))
            others.append(replace(test, name=""))
    order = {at: i for i, at in enumerate(calls)}
    places = [order[at] if isinstance(at, tuple) else len(calls) + at for at in keys]
    runs = tuple(replace(test, name=f"run[{j}]") for j, test in enumerate([*calls.values(), *others]))
    return SharedCalls(tuple(tests), runs, np.array(places, np.int64), len(calls))


def _is_shared(test: CallTest) -> bool:
    """Whether the interned value decides: it stands for all values equal to it, whatever their types."""
    expect = test.expect
    plain = isinstance(expect, Returns) and expect.equality.kind in ("exact", "close", "truth")
    return isinstance(expect, Returns) and plain and not expect.equality.same_type and not test.isolated


def judge_shared(ran: Verdicts, shared: SharedCalls) -> Verdicts:
    """Verdicts ``(n, m)`` on the tests, from the verdicts ``(n, len(runs))`` on the executions.

    CPU seconds are those of the shared execution, so their sum over the columns is more than was spent.

    Raises:
        BadShape: ``ran`` is not about these executions.
    """
    if ran.shape[1] != len(shared.runs):
        raise BadShape(f"judge_shared: ran must have {len(shared.runs)} columns, one for each run, got {ran.shape}")
    status = ran.status[:, shared.places]
    decoded: dict[int, Any] = {}
    for j, test in enumerate(shared.tests):
        place = int(shared.places[j])
        if place < shared.n_calls and isinstance(test, CallTest) and isinstance(test.expect, Returns):
            status[:, j] = _judged(ran, place, test.expect, decoded)
    return Verdicts(
        status=status,
        value=ran.value[:, shared.places],
        cpu_seconds=ran.cpu_seconds[:, shared.places],
        prior=ran.prior,
        candidates=ran.candidates,
        tests=tuple(test.name or f"t{j}" for j, test in enumerate(shared.tests)),
        values=ran.values,
        info=ran.info,
    )


def _judged(ran: Verdicts, place: int, expect: Returns, decoded: dict[int, Any]) -> npt.NDArray[np.int8]:
    """``(n,)`` statuses of one expectation: a call that returned passes where its value is the expected one."""
    column = ran.status[:, place].copy()
    returned = column == Status.PASS
    numbers = ran.value[:, place]
    expected = decode(encode(expect.value))
    good: dict[int, bool] = {}
    for u in np.unique(numbers[returned]).tolist():
        if u >= 0 and u not in decoded:
            decoded[u] = decode(ran.values[u])
        good[u] = u >= 0 and _is_expected(decoded[u], expected, expect.equality)
    right = np.array([good.get(u, False) for u in numbers.tolist()], bool)
    column[returned & ~right] = Status.FAIL
    return column


def _is_expected(value: Any, expected: Any, equality: Equality) -> bool:
    if isinstance(value, Large):
        return equality.kind == "truth" and bool(expected)
    try:
        return equal(value, expected, equality)
    except (ValueError, ArithmeticError, RecursionError, MemoryError):
        return False
