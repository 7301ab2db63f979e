"""The contract every executor keeps, run over all of them; and the kit itself, which must catch executors that lie."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from unriddle import CallTest, Candidate, Limits, Status, Verdicts
from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, IsolationError
from unriddle.execute.contract import Finding, Property, check_executor, properties
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.execute.python import PythonExecutor
from unriddle.verdicts import Detail


def _ask(asked: Property, make: Callable[[], Executor]) -> None:
    try:
        finding = asked(make)
    except IsolationError as error:
        pytest.skip(f"not to be had on this machine: {error}")
    if finding.outcome == "skipped":
        pytest.skip(finding.reason)
    finding.raise_if_failed()


MAKERS: dict[str, Callable[[], Executor]] = {
    "full": lambda: PythonExecutor(workers=2),
    "rlimits": lambda: PythonExecutor(workers=2, isolation="rlimits only"),
    "sharing": lambda: PythonExecutor(workers=2, share=4),
}


def _asked_of(name: str) -> list[Any]:
    """Every property; attacks on other executors than the default one are slow tests."""
    slow = [pytest.mark.slow] if name != "full" else []
    return [pytest.param(name, p, id=f"{name}-{p.name}", marks=slow if p.hostile else []) for p in properties()]


@pytest.mark.parametrize(("name", "asked"), [case for name in MAKERS for case in _asked_of(name)])
def test_python_executor(name, asked) -> None:
    _ask(asked, MAKERS[name])


@pytest.mark.parametrize("asked", properties(trusted_only=True), ids=lambda asked: asked.name)
def test_in_process_executor(asked) -> None:
    _ask(asked, InProcessExecutor)


class Wrapped:
    """Passes everything on to an executor; the lies below each replace one thing."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner

    @property
    def isolation(self) -> str:
        return self.inner.isolation

    def __enter__(self) -> Wrapped:
        self.inner.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.inner.__exit__(*exc)

    def changed(self, verdicts: Verdicts) -> Verdicts:
        return verdicts

    def run(self, candidates, tests, *, limits=None) -> Verdicts:
        return self.changed(self.inner.run(candidates, tests, limits=limits))

    def stream(self, candidates, tests, *, limits=None) -> Iterator[tuple[int, Verdicts]]:
        for i, row in self.inner.stream(candidates, tests, limits=limits):
            yield i, self.changed(row)

    def run_groups(self, groups, *, limits=None) -> Iterator[tuple[int, Verdicts]]:
        for number, verdicts in self.inner.run_groups(groups, limits=limits):
            yield number, self.changed(verdicts)


def change(how: Callable[[Verdicts], Verdicts]) -> type[Wrapped]:
    """An executor that changes every matrix."""
    return type("Changed", (Wrapped,), {"changed": lambda self, verdicts: how(verdicts)})


def replace(**fields: Callable[[Verdicts], Any]) -> type[Wrapped]:
    """An executor that replaces fields of every matrix."""
    return change(lambda v: dataclasses.replace(v, **{name: how(v) for name, how in fields.items()}))


def restate(**statuses: str) -> type[Wrapped]:
    """An executor that gives another status for some: ``TIMEOUT="PASS"``."""
    table = np.arange(len(Status), dtype=np.int8)
    for name, other in statuses.items():
        table[Status[name]] = Status[other]
    return replace(status=lambda v: table[v.status])


def retold(how: Callable[[Detail], Detail]) -> type[Wrapped]:
    """An executor that changes every cell's texts."""
    return replace(details=lambda v: {place: how(detail) for place, detail in v.details.items()})


def requested(**methods: Callable[..., Any]) -> type[Wrapped]:
    """An executor with other methods."""
    return type("Requested", (Wrapped,), methods)


def _dropping(self, candidates, tests, *, limits=None):
    return list(self.inner.stream(candidates, tests, limits=limits))[:-1]


def _doubling(self, candidates, tests, *, limits=None):
    for i, row in self.inner.stream(candidates, tests, limits=limits):
        yield from ((i, row), (i, row))


def _swapping(self, candidates, tests, *, limits=None):
    n = len(candidates)
    return iter([(n - 1 - i, row) for i, row in self.inner.stream(candidates, tests, limits=limits)])


def _eager(self, groups, *, limits=None):
    return self.inner.run_groups(list(groups), limits=limits)


def _forgetting_empty(self, groups, *, limits=None):
    return ((i, v) for i, v in self.inner.run_groups(groups, limits=limits) if v.shape[0])


def _renumbering(self, groups, *, limits=None):
    return ((i + 1, v) for i, v in self.inner.run_groups(groups, limits=limits))


def _swallowing(self, candidates, tests, *, limits=None):
    try:
        return self.inner.run(candidates, tests, limits=limits)
    except BadInput:
        return self.inner.run([Candidate("") for _ in candidates], [CallTest("f")] * len(tests))


def _once(self):
    if getattr(self, "used", False):
        raise OSError("this executor was closed")
    self.used = True
    self.inner.__enter__()
    return self


def _stale(self, candidates, tests, *, limits=None):
    """Rows of an abandoned stream stay in a queue and answer whoever comes next."""
    self.kept = [row for _, row in self.inner.stream(candidates, tests, limits=limits)]
    while self.kept:
        yield 0, self.kept.pop(0)


def _answering_stale(self, candidates, tests, *, limits=None):
    kept = getattr(self, "kept", [])
    return kept.pop(0) if kept else self.inner.run(candidates, tests, limits=limits)


def _without_limits(self, candidates, tests, *, limits=None):
    verdicts = self.inner.run(candidates, tests, limits=Limits(max_kills=limits.max_kills) if limits else None)
    return dataclasses.replace(verdicts, info={**verdicts.info, "limits": (limits or Limits()).as_dict()})


def _without_giving_up(self, candidates, tests, *, limits=None):
    return self.inner.run(candidates, tests, limits=dataclasses.replace(limits or Limits(), max_kills=99))


def _without_isolation(self, candidates, tests, *, limits=None):
    shared = [dataclasses.replace(test, isolated=False) if isinstance(test, CallTest) else test for test in tests]
    return self.inner.run(candidates, shared, limits=limits)


def _seeded_by_the_clock(self, candidates, tests, *, limits=None):
    head = "import random as r; r.seed()\n"
    verdicts = self.inner.run([Candidate(head + c.source) for c in candidates], tests, limits=limits)
    return dataclasses.replace(verdicts, candidates=tuple(c.id for c in candidates))


def _one_process_for_all(self, candidates, tests, *, limits=None):
    """Every program sees what the programs before it did."""
    before, rows = "", []
    for candidate in candidates:
        row = self.inner.run([Candidate(before + candidate.source)], tests, limits=limits)
        rows.append(dataclasses.replace(row, candidates=(candidate.id,)))
        before += candidate.source + "\n" if "builtins.len" in candidate.source else ""
    return Verdicts.join_rows(rows)


def _believing(words: str) -> type[Wrapped]:
    """An executor that takes a text of the program, or of its own error, for a PASS."""

    def status(v: Verdicts) -> Any:
        told = v.status.copy()
        for place, detail in v.details.items():
            if words in detail.stdout + detail.error:
                told[place] = Status.PASS
        return told

    return replace(status=status)


def _cpu(seconds: Callable[[Any], Any]) -> type[Wrapped]:
    return replace(cpu_seconds=lambda v: seconds(v.cpu_seconds).astype(np.float32))


def _flip(verdicts: Verdicts) -> Verdicts:
    return dataclasses.replace(verdicts, status=verdicts.status[::-1], value=verdicts.value[::-1])


def _each_its_own(v: Verdicts) -> Verdicts:
    """Values without interning: every cell has a number of its own."""
    numbers = [int(x) for x in v.value.ravel()]
    value = np.array([i if x >= 0 else -1 for i, x in enumerate(numbers)], np.int32).reshape(v.value.shape)
    return dataclasses.replace(v, value=value, values=tuple(v.values[x] if x >= 0 else b"N" for x in numbers))


TRUSTED_LIES = {
    "drops-a-row": (change(lambda v: v.take(range(max(0, v.shape[0] - 1)))), "matrix-order"),
    "drops-a-column": (change(lambda v: v.take(columns=range(max(0, v.shape[1] - 1)))), "matrix-order"),
    "doubles-a-row": (change(lambda v: v.take([*range(v.shape[0]), *range(v.shape[0])][: v.shape[0] + 1])),
                      "matrix-order"),
    "swaps-rows": (change(lambda v: v.take(range(v.shape[0])[::-1])), "matrix-order"),
    "swaps-verdicts-under-the-names": (change(_flip), "matrix-order"),
    "forgets-priors": (replace(prior=lambda v: np.full(v.shape[0], np.nan)), "matrix-order"),
    "forgets-values": (replace(value=lambda v: np.full(v.shape, -1, np.int32)), "values-plain"),
    "forgets-names": (replace(tests=lambda v: tuple(f"t{j}" for j in range(v.shape[1]))), "matrix-empty"),
    "numbers-each-value": (change(_each_its_own), "values-interned"),
    "stream-drops-a-row": (requested(stream=_dropping), "stream-rows"),
    "stream-doubles-rows": (requested(stream=_doubling), "stream-rows"),
    "stream-swaps-rows": (requested(stream=_swapping), "stream-rows"),
    "groups-taken-all-at-once": (requested(run_groups=_eager), "groups-lazy"),
    "groups-without-candidates-forgotten": (requested(run_groups=_forgetting_empty), "groups-matrices"),
    "groups-misnumbered": (requested(run_groups=_renumbering), "groups-matrices"),
    "always-passes": (replace(status=lambda v: np.zeros_like(v.status)), "status-answers"),
    "wrong-is-error": (restate(FAIL="ERROR"), "status-answers"),
    "raising-is-passing": (restate(ERROR="PASS"), "expectations"),
    "wrong-is-right": (restate(FAIL="PASS"), "equality-policies"),
    "test-code-always-passes": (restate(FAIL="PASS"), "code-tests"),
    "other-level-in-info": (replace(info=lambda v: {**v.info, "isolation": "full"}), "info-level-limits"),
    "default-limits-in-info": (replace(info=lambda v: {**v.info, "limits": Limits().as_dict()}), "info-level-limits"),
    "hides-errors": (retold(lambda d: Detail(d.stdout)), "details-errors"),
    "hides-lines": (retold(lambda d: Detail(d.stdout, d.error)), "details-errors"),
    "no-cpu-time": (_cpu(lambda seconds: seconds * 0), "cpu-seconds"),
    "negative-cpu-time": (_cpu(lambda seconds: -seconds), "cpu-seconds"),
    "waiting-is-computing": (_cpu(lambda seconds: seconds + 0.3), "cpu-seconds"),
    "swallows-mistakes": (requested(run=_swallowing), "refuses-mistakes"),
    "works-once": (requested(__enter__=_once), "life-again"),
    "answers-late": (requested(stream=_stale, run=_answering_stale), "life-abandoned"),
}  # fmt: skip

SANDBOX_LIES = {
    "hides-a-timeout": (restate(TIMEOUT="PASS"), "status-timeout"),
    "timeout-is-failure": (restate(TIMEOUT="FAIL"), "status-asleep"),
    "memory-is-error": (restate(MEMORY="ERROR"), "status-memory"),
    "crash-is-infra": (restate(CRASH="INFRA"), "status-crash"),
    "forbidden-is-error": (restate(FORBIDDEN="ERROR"), "status-forbidden"),
    "skipped-is-failure": (restate(SKIPPED="FAIL"), "status-skipped"),
    "never-gives-up": (requested(run=_without_giving_up), "status-skipped-at-one"),
    "own-cpu-limit": (requested(run=_without_limits), "limit-cpu-low"),
    "own-memory-limit": (requested(run=_without_limits), "limit-memory-low"),
    "own-value-limit": (requested(run=_without_limits), "limit-value"),
    "unbounded-stdout": (requested(run=_without_limits), "stdout-bounded"),
    "no-stdout": (retold(lambda d: Detail("", d.error, d.line)), "stdout-bounded"),
    "silent-deaths": (retold(lambda d: Detail(d.stdout)), "details-deaths"),
    "isolated-is-ignored": (requested(run=_without_isolation), "tests-isolated"),
    "one-process-for-all": (requested(run=_one_process_for_all), "rows-independent"),
    "seeded-by-the-clock": (requested(run=_seeded_by_the_clock), "runs-repeatable"),
    "believes-printed-text": (_believing("PASS"), "hostile-print"),
    "believes-exit-code-0": (_believing("exit code 0"), "hostile-exit-at-load"),
    "believes-the-object": (_believing("wrong value"), "hostile-equal-object"),
    "blames-itself": (restate(CRASH="INFRA"), "hostile-exit"),
}  # fmt: skip


def _asked(name: str) -> Property:
    return next(asked for asked in properties() if asked.name == name)


@pytest.mark.parametrize("lie", TRUSTED_LIES)
def test_a_broken_executor_is_caught_by_the_right_property(lie) -> None:
    broken, name = TRUSTED_LIES[lie]
    finding = _asked(name)(lambda: broken(InProcessExecutor()))
    assert finding.outcome == "failed", finding
    assert finding.expected != finding.got
    assert _asked(name)(lambda: Wrapped(InProcessExecutor())).outcome == "held", "the wrapper alone breaks nothing"


@pytest.mark.parametrize("lie", SANDBOX_LIES)
def test_a_broken_sandbox_is_caught_by_the_right_property(lie) -> None:
    broken, name = SANDBOX_LIES[lie]
    try:
        finding = _asked(name)(lambda: broken(PythonExecutor(workers=2)))
    except IsolationError as error:
        pytest.skip(f"not to be had on this machine: {error}")
    assert finding.outcome == "failed", finding


def test_a_process_left_behind_is_caught() -> None:
    left: list[subprocess.Popen[bytes]] = []

    def leave(self, *exc: object) -> None:
        left.append(subprocess.Popen(["sleep", "60"]))

    finding = _asked("life-nothing-left")(lambda: requested(__exit__=leave)(_Quiet()))
    for process in left:
        process.kill()
        process.wait()
    assert finding.outcome in ("failed", "skipped")
    assert str(left[0].pid) in finding.got + finding.reason


class _Quiet(Wrapped):
    """Answers without running anything."""

    def __init__(self) -> None:
        super().__init__(InProcessExecutor())

    def run(self, candidates, tests, *, limits=None) -> Verdicts:
        return self.inner.run([], tests)

    def stream(self, candidates, tests, *, limits=None) -> Iterator[tuple[int, Verdicts]]:
        yield 0, self.run(candidates, tests)


def test_the_search_for_the_expected_value_finds_it_where_it_is_in_reach() -> None:
    finding = _asked("hostile-search")(InProcessExecutor)
    assert finding.outcome == "failed"
    assert "PASS" in finding.got


def test_what_an_executor_raises_is_a_finding_and_no_isolation_is_not() -> None:
    def breaks(self, candidates, tests, *, limits=None):
        raise RuntimeError("the cable is out")

    finding = _asked("matrix-order")(lambda: requested(run=breaks)(InProcessExecutor()))
    assert (finding.outcome, finding.expected) == ("failed", "no exception")
    assert "the cable is out" in finding.got

    def refuses(self):
        raise IsolationError("no sandbox here")

    with pytest.raises(IsolationError, match="no sandbox"):
        check_executor(lambda: requested(__enter__=refuses)(InProcessExecutor()))


def test_a_report_of_an_executor_that_holds() -> None:
    seen: list[Finding] = []
    report = check_executor(InProcessExecutor, trusted_only=True, watch=seen.append)
    assert report.ok
    assert tuple(seen) == report.findings
    report.raise_if_failed()
    held = {finding.name for finding in report.findings if finding.outcome == "held"}
    assert held == {asked.name for asked in properties(trusted_only=True)}
    lines = report.as_text().splitlines()
    assert lines[0].startswith(f"executor contract: {len(held)} held, 0 failed")
    assert len(lines) == len(report.findings) + 1
    assert all(finding.reason for finding in report.findings if finding.outcome == "skipped")


def test_a_report_of_an_executor_that_does_not() -> None:
    broken, name = TRUSTED_LIES["swaps-rows"]
    report = check_executor(lambda: broken(InProcessExecutor()), trusted_only=True)
    assert not report.ok
    assert name in [finding.name for finding in report.failed]
    with pytest.raises(ExecutorError, match="expected the matrix to hold the candidates"):
        report.raise_if_failed()
    (finding,) = (finding for finding in report.failed if finding.name == name)
    with pytest.raises(ExecutorError, match="matrix-order"):
        finding.raise_if_failed()
    assert finding.as_text() in report.as_text()


def test_properties_have_names_of_their_own_and_can_be_left_out() -> None:
    names = [asked.name for asked in properties()]
    assert len(set(names)) == len(names)
    assert all(asked.meaning for asked in properties())
    tame = {asked.name for asked in properties(hostile=False)}
    assert {name for name in names if not name.startswith("hostile-")} == tame
    assert {asked.name for asked in properties(trusted_only=True)} < tame
    lies = {name for _, name in (*TRUSTED_LIES.values(), *SANDBOX_LIES.values())}
    assert lies <= set(names)


def test_the_kit_needs_no_test_runner() -> None:
    code = (
        "import sys; from unriddle.execute.contract import properties; properties(); "
        "sys.exit(bool({'pytest', 'hypothesis', '_pytest'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
