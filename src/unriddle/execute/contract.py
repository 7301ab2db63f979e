"""The conformance kit of executors: proof that one keeps the ``Executor`` contract, for whoever writes another.

``check_executor`` asks every property and returns a report; ``properties`` gives them one by one, for a test runner.
Each property is asked of fresh executors, with small Python programs. Not covered: languages other than Python, speed,
and executors that never answer (a check waits for them). That every attack fails cannot be shown by trying some: a
report that held is evidence about the programs in ``contract_hostile``, no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unriddle.errors import ExecutorError
from unriddle.execute.contract_property import Finding, Make, Property

__all__ = ["Finding", "Property", "Report", "check_executor", "properties"]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about an executor.

    Attributes:
        findings: One per property, in the order in which they were asked.
    """

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No property failed, and at least one held."""
        outcomes = {finding.outcome for finding in self.findings}
        return "failed" not in outcomes and "held" in outcomes

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The properties that do not hold."""
        return tuple(finding for finding in self.findings if finding.outcome == "failed")

    def as_text(self) -> str:
        """A summary line, then a line per property; three where one failed."""
        outcomes = [finding.outcome for finding in self.findings]
        counts = ", ".join(f"{outcomes.count(word)} {word}" for word in ("held", "failed", "skipped"))
        return "\n".join([f"executor contract: {counts}", *(finding.as_text() for finding in self.findings)])

    def raise_if_failed(self) -> None:
        """Nothing, when the report is ok.

        Raises:
            ExecutorError: A property failed or none was asked; the message lists those that failed.
        """
        if not self.ok:
            lines = [finding.as_text() for finding in self.failed] or ["no property was asked"]
            raise ExecutorError("\n".join(["the executor breaks its contract", *lines]))


def properties(*, trusted_only: bool = False, hostile: bool = True) -> tuple[Property, ...]:
    """The properties an executor must have; each is called with ``make`` and gives a ``Finding``.

    Args:
        trusted_only: The executor isolates nothing and runs trusted programs only; fewer properties are asked.
        hostile: Include those that run programs attacking their judge.

    >>> [p.name for p in properties(trusted_only=True)][:2]
    ['matrix-order', 'matrix-empty']
    """
    return tuple(p for p in _all() if not _why_not(p, trusted_only=trusted_only, hostile=hostile))


def check_executor(
    make: Make, *, trusted_only: bool = False, hostile: bool = True, watch: Callable[[Finding], None] | None = None
) -> Report:
    """Ask an executor for every property of the contract.

    Args:
        make: Gives a new executor, not yet entered; called at least once per property.
        trusted_only: The executor isolates nothing and runs trusted programs only (what the kit runs then is
            harmless); limits, isolation and hostile programs are not asked.
        hostile: Also run programs that attack their judge. They do no harm inside a sandbox; leave them out for an
            executor you do not believe to be one.
        watch: Called with each finding.

    Raises:
        IsolationError: The executor cannot be started on this machine.

    >>> from unriddle.execute.inprocess import InProcessExecutor
    >>> check_executor(InProcessExecutor, trusted_only=True).ok
    True
    """
    findings = []
    for asked in _all():
        reason = _why_not(asked, trusted_only=trusted_only, hostile=hostile)
        finding = asked.skipped(reason) if reason else asked(make)
        findings.append(finding)
        if watch:
            watch(finding)
    return Report(tuple(findings))


def _why_not(asked: Property, *, trusted_only: bool, hostile: bool) -> str:
    if trusted_only and not asked.trusted:
        return "not promised by an executor for trusted programs"
    return "hostile programs were left out" if asked.hostile and not hostile else ""


def _all() -> tuple[Property, ...]:
    """Every property; the tables are imported late because they are long and few callers need them."""
    from unriddle.execute.contract_cases import CASES
    from unriddle.execute.contract_hostile import HOSTILE
    from unriddle.execute.contract_matrix import MATRIX
    from unriddle.execute.contract_values import VALUES
    from unriddle.execute.contract_work import WORK

    return (*MATRIX, *VALUES, *CASES, *WORK, *HOSTILE)
