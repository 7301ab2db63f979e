"""Tests for a module: cases searched, judged by what they cover and which mistakes they notice, the best written down.

Expected values are what the module gave when it was run, or what a reference gives; the former describe and do not
specify. Not covered: tests that need files, a network or the clock; such targets are named with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.coverage import Covered, cover_code
from unriddle.language.branches import Branch
from unriddle.language.mutants import Mutant, draw_mutants
from unriddle.language.values import decode, key
from unriddle.outcome import Limits, Status
from unriddle.testgen.case_pool import findings, worth_a_look
from unriddle.testgen.case_search import LIMITS, Found, search_cases
from unriddle.testgen.cases import Case
from unriddle.testgen.expected import assertion, looked_at
from unriddle.testgen.reduce import greedy_cover
from unriddle.testgen.shrink_case import shrink_cases
from unriddle.testgen.targets import Module

__all__ = ["ModuleTests", "Written", "make_module_tests"]

_POOL = 240
"""Most cases that get a closer look, in twenty seconds or more."""
_ELSEWHERE = "\n\nimport sys as _unriddle_sys\n_unriddle_sys.stdin, _unriddle_sys.argv = None, ['-?', '--?']\n"
"""What depends on the command line or the standard input shows by another result."""
_MISTAKE_LIMITS = Limits(cpu_seconds=0.2, max_kills=1)


@dataclass(frozen=True, slots=True)
class Written:
    """One test.

    Attributes:
        case: What it does.
        expression: What it looks at.
        statement: Its assert statement; empty where it expects an exception.
        raises: The exception, with its message; empty where it returns.
        own: Branches that no test before it takes.
        value: What came back, decoded; ``None`` where it raises.
    """

    case: Case
    expression: str
    statement: str
    raises: str
    own: tuple[Branch, ...]
    value: Any = None


@dataclass(slots=True)
class ModuleTests:
    """Tests, and what is known about them.

    Attributes:
        tests: In order of the module's targets.
        branches: What there is to cover inside functions.
        missed: Of those, what no test takes.
        branch_coverage: Share that is taken.
        n_mutants: Mistakes tried.
        n_noticed: Mistakes noticed by the tests.
        n_run: Cases that were run.
        findings: Exceptions that the source does not raise by itself, with the shortest case that shows each.
        left_out: What has no test, and why.
    """

    tests: list[Written] = field(default_factory=list)
    branches: tuple[Branch, ...] = ()
    missed: tuple[Branch, ...] = ()
    branch_coverage: float = 1.0
    n_mutants: int = 0
    n_noticed: int = 0
    n_run: int = 0
    findings: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def mutation_score(self) -> float:
        """Share of the mistakes that are noticed; NaN where none was tried."""
        return self.n_noticed / self.n_mutants if self.n_mutants else float("nan")


@dataclass(frozen=True, slots=True)
class _Settled:
    """A case with what it gave in fresh processes."""

    case: Case
    expression: str
    code: str
    statement: str
    raises: str
    value: Any
    counts: npt.NDArray[np.uint8]
    key: bytes | None


def make_module_tests(
    module: Module,
    source: str,
    *,
    executor: Executor,
    other: Executor,
    rng: np.random.Generator,
    seconds: float = 10.0,
    only: Sequence[str] = (),
    reference: str | None = None,
    max_tests: int = 60,
    n_mutants: int = 120,
    limits: Limits = LIMITS,
    least_rounds: int = 3,
    say: Callable[[str], None] = lambda _: None,
) -> ModuleTests:
    """Tests for the module's public functions and classes.

    Args:
        module: What it offers.
        source: Its text, with absolute imports.
        executor: Runs everything.
        other: Another executor with another seed: what differs between the two is left out.
        rng: Where randomness comes from.
        seconds: Wall seconds for the search; choosing and checking take about as long again at most.
        only: Names of functions and classes; all when empty.
        reference: A program whose results are expected instead of the module's own.
        max_tests: Most tests.
        n_mutants: Mistakes tried.
        limits: Per case.
        least_rounds: Rounds of the search that are made however little time there is.
        say: Takes progress messages.

    Raises:
        BadInput: The module does not load in the sandbox, or offers none of the names in ``only``.
    """
    known = {f.name for f in module.functions} | {c.name for c in module.classes}
    strange = [name for name in only if name not in known]
    if strange:
        raise BadInput(
            f"testgen: the module offers no {strange[0]!r}; it offers {', '.join(sorted(known)) or 'nothing'}"
        )
    _check_loads(source, executor)
    made = ModuleTests(left_out=dict(module.skipped))
    found = search_cases(
        module,
        source,
        executor=executor,
        rng=rng,
        seconds=seconds * 0.6,
        only=only,
        limits=limits,
        least_rounds=least_rounds,
        say=say,
    )
    made.n_run, made.branches = found.n_run, tuple(b for b in found.branches if b.function)
    made.findings.update(findings(found, module))
    pool = worth_a_look(found, module, most=max(40, min(_POOL, int(_POOL * seconds / 20))))
    settled = _settle([found.cases[i] for i in pool], source, module, made, executor, other, limits)
    if reference is not None:
        settled = _as_reference(settled, reference, module, made, executor, limits)
    say(f"{len(settled)} steady cases; trying mistakes")
    until = time.monotonic() + max(2.0, seconds * 0.4)
    mutants, killed = _mistakes(settled, source, rng, n_mutants, executor, until)
    chosen = _choose(settled, killed, max_tests)
    short = shrink_cases(
        [settled[i].case for i in chosen],
        [_duty(settled, killed, chosen, i) for i in chosen],
        source,
        [m.source for m in mutants],
        executor=executor,
        limits=limits,
        until=until + seconds * 0.3,
    )
    say("the shortest forms are checked once more")
    last = _settle(short, source, module, made, executor, other, limits)
    if reference is not None:
        last = _as_reference(last, reference, module, made, executor, limits)
    _finish(made, last, found, mutants, source, executor, until)
    return made


def _check_loads(source: str, executor: Executor) -> None:
    ((_, covered),) = cover_code([(source, ["None"])], executor=executor)
    if covered.status[0] != Status.PASS:
        raise BadInput(
            f"testgen: the module does not load in the sandbox: {covered.errors[0]}; packages it imports must be named "
            "with --packages, and files or networks are not there"
        )


def _run(source: str, codes: Sequence[str], executor: Executor, limits: Limits, *, isolated: bool = True) -> Covered:
    ((_, covered),) = cover_code([(source, codes)], executor=executor, limits=limits, isolated=isolated)
    return covered


def _settle(
    cases: Sequence[Case],
    source: str,
    module: Module,
    made: ModuleTests,
    executor: Executor,
    other: Executor,
    limits: Limits,
) -> list[_Settled]:
    """What the cases give in fresh processes, three times over; those that vary are named and left out."""
    cases = list({case.code: case for case in cases}.values())
    if not cases:
        return []
    plain = _run(source, [case.code for case in cases], executor, limits)
    ready: list[tuple[Case, str, str]] = []
    for case, status, value, error in zip(cases, plain.status, plain.values, plain.errors, strict=True):
        if status == Status.PASS and value is not None:
            expression = looked_at(case.expression, decode(value))
            ready.append((case, expression, "\n".join([*case.lines, expression])))
        elif status == Status.ERROR and error.partition(":")[0] in module.raised:
            ready.append((case, case.expression, case.code))
    codes = [code for _, _, code in ready]
    begins = _begin(source, [case for case, _, _ in ready], executor, limits)
    first, second = _run(source, codes, executor, limits), _run(source + _ELSEWHERE, codes, other, limits)
    found = []
    for i, (case, expression, code) in enumerate(ready):
        keys = [key(v) if v is not None else None for v in (first.values[i], second.values[i])]
        same = first.status[i] == second.status[i] and keys[0] == keys[1] and first.errors[i] == second.errors[i]
        if not same:
            made.left_out[case.entry] = "it gives different results for the same call, or reads the standard input"
            continue
        if first.status[i] == Status.PASS and first.values[i] is not None:
            value = decode(first.values[i] or b"")
            statement = assertion(expression, value)
            if statement is None:
                continue
            found.append(_Settled(case, expression, code, statement, "", value, first.counts[i], keys[0]))
        elif first.status[i] == Status.ERROR and begins[i]:
            found.append(_Settled(case, expression, code, "", first.errors[i], None, first.counts[i], None))
    return found


def _begin(source: str, cases: Sequence[Case], executor: Executor, limits: Limits) -> list[bool]:
    """Whether what comes before the last expression runs by itself."""
    run = _run(source, ["\n".join([*case.lines, "None"]) for case in cases], executor, limits, isolated=False)
    return [bool(status == Status.PASS) for status in run.status]


def _as_reference(
    settled: Sequence[_Settled],
    reference: str,
    module: Module,
    made: ModuleTests,
    executor: Executor,
    limits: Limits,
) -> list[_Settled]:
    """The cases with what the reference gives; where it gives no value or exception that can be written, left out."""
    if not settled:
        return []
    run = _run(reference, [s.code for s in settled], executor, limits)
    found = []
    for i, old in enumerate(settled):
        value = run.values[i]
        if run.status[i] == Status.PASS and value is not None:
            statement = assertion(old.expression, decode(value))
            if statement is not None:
                found.append(
                    _Settled(old.case, old.expression, old.code, statement, "", decode(value), old.counts, key(value))
                )
        elif run.status[i] == Status.ERROR and run.errors[i].partition(":")[0] in module.raised:
            found.append(_Settled(old.case, old.expression, old.code, "", run.errors[i], None, old.counts, None))
        else:
            made.left_out.setdefault(old.case.entry, f"the reference gives no result for {old.case.expression[:60]}")
    return found


def _mistakes(
    settled: Sequence[_Settled],
    source: str,
    rng: np.random.Generator,
    n: int,
    executor: Executor,
    until: float,
) -> tuple[list[Mutant], npt.NDArray[np.bool_]]:
    """Mutants, and ``(cases, mutants)`` which case notices which; as many as the time allows."""
    mutants = draw_mutants(source, n=n, rng=rng) if settled else []
    killed = np.zeros((len(settled), len(mutants)), np.bool_)
    done = 0
    for at in range(0, len(mutants), 20):
        if time.monotonic() > until and at:
            break
        part = mutants[at : at + 20]
        killed[:, at : at + len(part)] = _noticed(settled, part, executor)
        done = at + len(part)
    return mutants[:done], killed[:, :done]


def _noticed(settled: Sequence[_Settled], mutants: Sequence[Mutant], executor: Executor) -> npt.NDArray[np.bool_]:
    killed = np.zeros((len(settled), len(mutants)), np.bool_)
    jobs = [(mutant.source, [s.code for s in settled]) for mutant in mutants]
    for number, run in cover_code(jobs, executor=executor, limits=_MISTAKE_LIMITS, isolated=False):
        for i, case in enumerate(settled):
            status = Status(int(run.status[i]))
            if not status.known:
                continue
            value = run.values[i]
            if case.raises:
                killed[i, number] = status is not Status.ERROR or run.errors[i] != case.raises
            else:
                killed[i, number] = status is not Status.PASS or value is None or key(value) != case.key
    return killed


def _choose(settled: Sequence[_Settled], killed: npt.NDArray[np.bool_], most: int) -> list[int]:
    if not settled:
        return []
    return greedy_cover(_met(settled, killed), prefer=[s.case.size for s in settled])[:most]


def _met(settled: Sequence[_Settled], killed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Branches taken, mistakes noticed, and what is tested: everything that can be shall be tested once."""
    entries = sorted({s.case.entry for s in settled})
    about = np.array([[s.case.entry == entry for entry in entries] for s in settled], dtype=np.bool_)
    return np.hstack([np.array([s.counts for s in settled]) > 0, killed, about])


def _duty(
    settled: Sequence[_Settled], killed: npt.NDArray[np.bool_], chosen: Sequence[int], i: int
) -> tuple[npt.NDArray[np.bool_], list[int]]:
    """Branches that only this one of the chosen takes, and a few mutants that only it notices."""
    others = [j for j in chosen if j != i]
    mine = settled[i].counts > 0
    for j in others:
        mine = mine & ~(settled[j].counts > 0)
    alone = killed[i] & ~killed[others].any(axis=0) if others else killed[i]
    return mine, np.flatnonzero(alone)[:4].tolist()


def _finish(
    made: ModuleTests,
    settled: Sequence[_Settled],
    found: Found,
    mutants: Sequence[Mutant],
    source: str,
    executor: Executor,
    until: float,
) -> None:
    """The tests in order of the source, their coverage and their worth."""
    if settled:
        killed = _noticed(settled, mutants, executor) if mutants else np.zeros((len(settled), 0), np.bool_)
        kept = sorted(greedy_cover(_met(settled, killed), prefer=[s.case.size for s in settled]))
        settled, killed = [settled[i] for i in kept], killed[kept]
    else:
        killed = np.zeros((0, len(mutants)), np.bool_)
    order = {b.function: i for i, b in reversed(list(enumerate(found.branches)))}
    places = sorted(range(len(settled)), key=lambda i: (order.get(settled[i].case.entry, 10**6), settled[i].case.size))
    covered = found.loading > 0 if len(found.loading) else np.zeros(len(found.branches), np.bool_)
    inside = np.array([bool(b.function) for b in found.branches], np.bool_)
    for i in places:
        s = settled[i]
        own = (s.counts > 0) & ~covered
        covered = covered | (s.counts > 0)
        made.tests.append(
            Written(
                s.case,
                s.expression,
                s.statement,
                s.raises,
                tuple(found.branches[b] for b in np.flatnonzero(own)),
                s.value,
            )
        )
    tested = {test.case.entry for test in made.tests}
    made.left_out = {entry: why for entry, why in made.left_out.items() if entry not in tested}
    made.branch_coverage = float(covered[inside].mean()) if inside.any() else 1.0
    made.missed = tuple(found.branches[b] for b in np.flatnonzero(inside & ~covered))
    made.n_mutants, made.n_noticed = len(mutants), int(killed.any(axis=0).sum()) if len(settled) else 0
