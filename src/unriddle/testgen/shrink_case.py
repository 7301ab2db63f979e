"""Shorter cases that still do what the long ones were chosen for.

A case's duty is the branches and the mutants that only it takes and notices among the chosen ones. Not covered: the
least possible case; calls and values are made smaller greedily.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.execute.coverage import cover_code
from unriddle.language.values import key
from unriddle.outcome import Limits, Status
from unriddle.testgen.cases import Call, Case, Made, is_readable
from unriddle.testgen.distinguish import smaller

__all__ = ["shrink_cases"]

_ROUNDS, _TRIED = 6, 24

Duty = tuple[npt.NDArray[np.bool_], list[int]]
"""Branches, ``(b,)``, and places of mutants."""


def shrink_cases(
    cases: Sequence[Case],
    duties: Sequence[Duty],
    source: str,
    mutants: Sequence[str],
    *,
    executor: Executor,
    limits: Limits,
    until: float = math.inf,
) -> list[Case]:
    """For each case, the shortest form found that still does its duty and ends in the same way.

    Args:
        cases: What to shorten.
        duties: What each must go on doing.
        source: The module.
        mutants: Its mutants.
        executor: Runs the shorter forms.
        limits: Per case.
        until: No further round is begun behind this time, as ``time.monotonic`` tells it.
    """
    now = list(cases)
    if not now:
        return now
    endings = _endings(source, [case.code for case in now], executor, limits)
    todo = list(range(len(now)))
    for _ in range(_ROUNDS):
        tried = {i: _shorter(now[i]) for i in todo}
        todo = [i for i in todo if tried[i]]
        if not todo or time.monotonic() > until:
            break
        good = _good(now, tried, todo, duties, endings, source, executor, limits)
        todo = []
        for i, forms in good.items():
            for form in forms:
                if time.monotonic() < until and _still_notices(form, duties[i][1], source, mutants, executor, limits):
                    now[i] = form
                    todo.append(i)
                    break
    return now


def _endings(source: str, codes: Sequence[str], executor: Executor, limits: Limits) -> list[tuple[int, str]]:
    ((_, run),) = cover_code([(source, codes)], executor=executor, limits=limits)
    return [(int(s), e.partition(":")[0]) for s, e in zip(run.status, run.errors, strict=True)]


def _good(
    now: Sequence[Case],
    tried: dict[int, list[Case]],
    todo: Sequence[int],
    duties: Sequence[Duty],
    endings: Sequence[tuple[int, str]],
    source: str,
    executor: Executor,
    limits: Limits,
) -> dict[int, list[Case]]:
    """Forms that take the branches of the duty and end as before, the shortest first; at most three for each."""
    jobs = [(source, [form.code for form in tried[i]]) for i in todo]
    found: dict[int, list[Case]] = {}
    for number, run in cover_code(jobs, executor=executor, limits=limits, isolated=False):
        i = todo[number]
        fitting = [
            form
            for j, form in enumerate(tried[i])
            if (int(run.status[j]), run.errors[j].partition(":")[0]) == endings[i]
            and not (duties[i][0] & (run.counts[j] == 0)).any()
        ]
        found[i] = sorted(fitting, key=lambda form: form.size)[:3]
    return found


def _still_notices(
    form: Case, mutants: Sequence[int], source: str, texts: Sequence[str], executor: Executor, limits: Limits
) -> bool:
    if not mutants:
        return True
    jobs = [(text, [form.code]) for text in (source, *(texts[k] for k in mutants))]
    results: dict[int, tuple[int, str, bytes | None]] = {}
    for number, run in cover_code(jobs, executor=executor, limits=limits, isolated=False):
        value = run.values[0]
        results[number] = (int(run.status[0]), run.errors[0], key(value) or value if value is not None else None)
    right = results[0]
    return right[0] in (Status.PASS, Status.ERROR) and all(results[k + 1] != right for k in range(len(mutants)))


def _shorter(case: Case) -> list[Case]:
    """Forms that are shorter to read, the shortest first."""
    forms: dict[str, Case] = {}
    for form in _forms(case):
        if form.size < case.size and is_readable(form):
            forms.setdefault(form.code, form)
    return sorted(forms.values(), key=lambda form: form.size)[:_TRIED]


def _forms(case: Case) -> Iterator[Case]:
    calls = case.calls
    if len(calls) > 1:
        yield replace(case, calls=calls[-1:])
        yield from (replace(case, calls=(*calls[:i], *calls[i + 1 :])) for i in range(len(calls)))
    if case.make is not None:
        yield from (replace(case, make=call) for call in _smaller_calls(case.make))
    for i, call in enumerate(calls):
        for less in _smaller_calls(call):
            yield replace(case, calls=(*calls[:i], less, *calls[i + 1 :]))


def _smaller_calls(call: Call) -> Iterator[Call]:
    free = {name for name, _, default in call.function.keywords if default}
    for i, (name, _) in enumerate(call.keywords):
        if name in free:
            yield replace(call, keywords=(*call.keywords[:i], *call.keywords[i + 1 :]))
    if len(call.args) > call.function.n_required:
        yield replace(call, args=call.args[:-1], guesses=call.guesses[:-1])
    for i, arg in enumerate(call.args):
        if isinstance(arg, Made):
            less = [Made(inner) for inner in _smaller_calls(arg.call)]
        else:
            less = list(smaller(arg))[:12]
        yield from (replace(call, args=(*call.args[:i], value, *call.args[i + 1 :])) for value in less)
